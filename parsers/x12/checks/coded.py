"""Where the codes of a claim and of a remittance claim stand: every code with its code set, so that forms and lists look at the same ones."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from schemas.codes.known import PROVINCES

Fields = dict[str, Any]


class Coded(NamedTuple):
    """One code. `line` is the index in `lines`; `day` the ISO date it must be valid on, "" when the claim does not say."""

    code_set: str
    code: str
    line: int | None
    where: str
    day: str = ""


PROCEDURE_SETS = {"HC": "hcpcs", "HP": "hipps", "AD": "cdt", "N4": "ndc", "NU": "revenue"}
"""By the qualifier of the procedure composite; others have no form known here. HC is three sets: what begins with D, with another letter, or not."""
DIAGNOSIS_SETS = {
    **dict.fromkeys(("ABK", "ABF", "ABJ", "APR", "ABN"), "icd10cm"), **dict.fromkeys(("BK", "BF", "BJ", "PR", "BN"), "icd9cm"),
    "BBR": "icd10pcs", "BBQ": "icd10pcs", "BR": "icd9pcs", "BQ": "icd9pcs",
}  # fmt: skip
"""By the qualifier of an HI composite."""
_NONE: tuple[Fields, ...] = ()
_CLAIM = (
    ("place_of_service", "pos", "CLM05-1"), ("facility_type", "facility_type", "CLM05-1"), ("frequency", "frequency", "CLM05-3"),
    ("accident_state", "state", "CLM11-4"), ("patient_status", "patient_status", "CL103"), ("drg", "drg", "HI drg"),
)  # fmt: skip
_LISTED = (("condition_codes", "condition"), ("occurrences", "occurrence"), ("occurrence_spans", "occurrence span"), ("values", "value"))
_PROVIDERS = (
    "rendering_provider", "attending_provider", "operating_provider", "other_operating_provider", "supervising_provider", "assistant_surgeon",
    "service_facility",
)  # fmt: skip
_PARTIES = (
    ("billing_provider", "billing provider"), ("pay_to_address", "pay-to address"), ("subscriber", "subscriber"), ("payer", "payer"),
    ("patient", "patient"),
)  # fmt: skip


def service_days(fields: Fields) -> tuple[str, str]:
    """(first, last) day of service of a claim, ISO, "" when it has none: the statement dates, else the claim's own, else those of its lines."""
    period = fields.get("statement_period") or fields.get("service_period")
    if period:
        return period["start"][:10], period.get("end", period["start"])[:10]
    first = last = ""
    for line in fields.get("lines", _NONE):
        found = line.get("service_period")
        if found:
            start, end = found["start"][:10], found.get("end", found["start"])[:10]
            first = start if not first or start < first else first
            last = end if end > last else last
    return first, last


def claim_codes(fields: Fields, context: Fields) -> Iterator[Coded]:
    """Every code of a submitted claim (837), its parties above it included."""
    first, last = service_days(fields)
    for name, code_set, where in _CLAIM:
        if name in fields:
            yield Coded(code_set, fields[name], None, where, first)
    yield from _diagnoses(fields, last)
    for name, said in _LISTED:
        for number, entry in enumerate(fields.get(name, _NONE), 1):
            if "code" in entry:
                yield Coded("two", entry["code"], None, f"{said} code {number}")
    yield from _providers(fields, None, first)
    yield from _references(fields, None)
    for slot, said in _PARTIES:
        if slot in context:
            yield from _party(context[slot], said, first)
    for number, payer in enumerate(fields.get("other_payers", _NONE), 1):
        yield from _decided(payer, None, f"other payer {number}")
    for index, line in enumerate(fields.get("lines", _NONE)):
        yield from _claim_line(line, index, first)


def _diagnoses(fields: Fields, day: str) -> Iterator[Coded]:
    for number, entry in enumerate(fields.get("diagnoses", _NONE), 1):
        code_set = DIAGNOSIS_SETS.get(entry.get("qualifier", ""), "")
        if code_set and "code" in entry:
            yield Coded(code_set, entry["code"], None, f"diagnosis {number} (HI)", day)
        if "present_on_admission" in entry:
            yield Coded("poa", entry["present_on_admission"], None, f"presence on admission of diagnosis {number} (HI)")
    for number, entry in enumerate(fields.get("procedures", _NONE), 1):
        code_set = DIAGNOSIS_SETS.get(entry.get("qualifier", ""), "")
        if code_set and "code" in entry:
            yield Coded(code_set, entry["code"], None, f"procedure {number} (HI)", entry.get("date", day)[:10])


def _providers(fields: Fields, line: int | None, day: str) -> Iterator[Coded]:
    for name in _PROVIDERS:
        if name in fields:
            provider = fields[name]
            if "taxonomy" in provider:
                yield Coded("taxonomy", provider["taxonomy"], line, f"PRV03 of the {name.replace('_', ' ')}", day)
            yield from _address(provider, line, f"the {name.replace('_', ' ')}")
    for provider in fields.get("referring_providers", _NONE):
        if "taxonomy" in provider:
            yield Coded("taxonomy", provider["taxonomy"], line, "PRV03 of a referring provider", day)


def _references(fields: Fields, line: int | None) -> Iterator[Coded]:
    for reference in fields.get("references", _NONE):
        if reference.get("qualifier") in ("X4", "F4") and "value" in reference:
            yield Coded("clia", reference["value"], line, f"REF*{reference['qualifier']}")


def _party(party: Fields, said: str, day: str) -> Iterator[Coded]:
    if "taxonomy" in party:
        yield Coded("taxonomy", party["taxonomy"], None, f"PRV03 of the {said}", day)
    if "tax_id" in party:
        yield Coded("ein", party["tax_id"], None, f"REF*EI of the {said}")
    if "social_security_number" in party:
        yield Coded("ssn", party["social_security_number"], None, f"REF*SY of the {said}")
    yield from _address(party, None, f"the {said}")


_SHORTEST_ZIP = 3
"""What is shorter is a finding of the guide already."""


def _address(party: Fields, line: int | None, said: str) -> Iterator[Coded]:
    """State and postal code have a form in the United States only."""
    if party.get("country", "US") in ("US", "USA"):
        state = party.get("state", "")
        if state:
            yield Coded("state", state, line, f"N402 of {said}")
        if len(party.get("postal_code", "")) >= _SHORTEST_ZIP and state not in PROVINCES:
            yield Coded("zip", party["postal_code"], line, f"N403 of {said}")
    else:
        yield Coded("country", party["country"], line, f"N404 of {said}")


def procedure_set(qualifier: str, code: str) -> str:
    """Code set of a procedure, "" when its qualifier names none."""
    name = PROCEDURE_SETS.get(qualifier, "")
    if name != "hcpcs":
        return name
    return "cdt" if code[:1] == "D" else "hcpcs" if code[:1].isalpha() else "cpt"


def _procedure(holder: Fields, name: str, line: int | None, where: str, day: str) -> Iterator[Coded]:
    procedure = holder.get(name)
    if procedure is None:
        return
    code = procedure.get("code", "")
    code_set = procedure_set(procedure.get("qualifier", ""), code)
    if code_set and code:
        yield Coded(code_set, code, line, f"{where}-2", day)
    for at, modifier in enumerate(procedure.get("modifiers", ()), 3):
        yield Coded("modifier", modifier, line, f"{where}-{at}", day)


def _decided(holder: Fields, line: int | None, said: str) -> Iterator[Coded]:
    """Adjustments and remarks of a payer that has decided."""
    for adjustment in holder.get("adjustments", _NONE):
        if "reason" in adjustment:
            yield Coded("carc", adjustment["reason"], line, f"CAS of {said}")
    for name, tag in (("inpatient_adjudication", "MIA"), ("outpatient_adjudication", "MOA")):
        for code in holder.get(name, {}).get("remark_codes", ()):
            yield Coded("rarc", code, line, f"{tag} of {said}")


def _claim_line(line: Fields, index: int, first: str) -> Iterator[Coded]:
    day = line["service_period"]["start"][:10] if "service_period" in line else first
    dental = line.get("procedure", {}).get("qualifier") == "AD"
    yield from _procedure(line, "procedure", index, "SV202" if "revenue_code" in line else "SV301" if dental else "SV101", day)
    if "revenue_code" in line:
        yield Coded("revenue", line["revenue_code"], index, "SV201")
    if "place_of_service" in line:
        yield Coded("pos", line["place_of_service"], index, "the place of service (SV105, SV303)", day)
    for number, drug in enumerate(line.get("drugs", _NONE), 1):
        if drug.get("qualifier") == "N4" and "code" in drug:
            yield Coded("ndc", drug["code"], index, f"LIN03 of drug {number}", day)
    for tooth in line.get("tooth", _NONE):
        if tooth.get("qualifier") == "JP" and "code" in tooth:
            yield Coded("tooth", tooth["code"], index, "TOO02")
    yield from _providers(line, index, day)
    yield from _references(line, index)
    for number, decision in enumerate(line.get("adjudications", _NONE), 1):
        yield from _procedure(decision, "procedure", index, "SVD03", day)
        if "revenue_code" in decision:
            yield Coded("revenue", decision["revenue_code"], index, "SVD04")
        yield from _decided(decision, index, f"prior payer {number}")


def remittance_codes(fields: Fields, _context: Fields) -> Iterator[Coded]:
    """Every code of a remittance claim (835). Reason codes are a check of their own, because their rules need group and place."""
    if "drg" in fields:
        yield Coded("drg", fields["drg"], None, "CLP11")
    for name, tag in (("inpatient_adjudication", "MIA"), ("outpatient_adjudication", "MOA")):
        for code in fields.get(name, {}).get("remark_codes", ()):
            yield Coded("rarc", code, None, tag)
    for index, line in enumerate(fields.get("lines", _NONE)):
        day = line.get("service_date", line.get("service_start_date", ""))
        yield from _procedure(line, "procedure", index, "SVC01", day)
        yield from _procedure(line, "original_procedure", index, "SVC06", day)
        if "revenue_code" in line:
            yield Coded("revenue", line["revenue_code"], index, "SVC04")
        for number, remark in enumerate(line.get("remark_codes", _NONE), 1):
            if remark.get("qualifier") == "HE" and "code" in remark:
                yield Coded("rarc", remark["code"], index, f"LQ02 of remark {number}")


def remittance_reasons(fields: Fields) -> Iterator[Coded]:
    """Reason codes of a remittance claim, for a list that the site has loaded."""
    for adjustment in fields.get("adjustments", _NONE):
        if "reason" in adjustment:
            yield Coded("carc", adjustment["reason"], None, "CAS")
    for index, line in enumerate(fields.get("lines", _NONE)):
        day = line.get("service_date", line.get("service_start_date", ""))
        for adjustment in line.get("adjustments", _NONE):
            if "reason" in adjustment:
                yield Coded("carc", adjustment["reason"], index, "CAS", day)


def status_codes(fields: Fields, _context: Fields) -> Iterator[Coded]:
    """Status categories and codes of an answer about a claim (277, 277CA), of its lines too."""
    for line, holder in ((None, fields), *enumerate(fields.get("lines", _NONE))):
        for status in (code for entry in holder.get("statuses", _NONE) for code in entry.get("codes", _NONE)):
            if "category" in status:
                yield Coded("status_category", status["category"], line, "the category of a status (STC)")
            if "code" in status:
                yield Coded("status", status["code"], line, "the code of a status (STC)")


def payment_codes(fields: Fields, _context: Fields) -> Iterator[Coded]:
    """What a remittance says of itself: its payer, its payee, its trace number."""
    for slot in ("payer", "payee"):
        if slot in fields:
            yield from _address(fields[slot], None, f"the {slot}")
    identifier = fields.get("payment", {}).get("payer_identifier")
    if identifier:
        yield Coded("payer_identifier", identifier, None, "TRN03")
