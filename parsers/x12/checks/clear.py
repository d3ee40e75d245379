"""The quick look: most items can be cleared of every rule and form at a fraction of what the close look costs.

True is a promise that `situations` and `codes` (with no list loaded) find nothing; False only says look closely. What is rare is never cleared.
"""

from collections.abc import Callable
from typing import Any

from parsers.values import Memo
from parsers.x12.checks.coded import DIAGNOSIS_SETS, procedure_set
from parsers.x12.checks.forms import FORMS, KNOWN
from parsers.x12.checks.situations import INPATIENT_BILLS, is_ambulance
from schemas.codes.carc import CARCS
from schemas.codes.known import PROVINCES

Fields = dict[str, Any]

_RARE_IN_CLAIM = frozenset({
    "predetermination", "discharge_date", "last_worked_date", "return_to_work_date", "assumed_care_date", "relinquished_care_date", "references",
    "supervising_provider", "assistant_surgeon", "other_operating_provider",
})  # fmt: skip
_RARE_IN_LINE = frozenset({
    "attachments", "references", "rendering_provider", "referring_providers", "supervising_provider",
    "assistant_surgeon", "service_facility", "operating_provider", "other_operating_provider", "attending_provider",
})  # fmt: skip
_UNCOMMON_IN_CLAIM = frozenset({
    "facility_type", "admission_date", "occurrences", "occurrence_spans", "values", "condition_codes", "procedures", "accident_causes",
    "accident_state", "attending_provider", "operating_provider", "attachments", "patient_status", "drg",
})  # fmt: skip
_UNCOMMON_IN_LINE = _RARE_IN_LINE | {"adjudications", "tooth", "drugs", "place_of_service"}
_CODED = ("occurrences", "occurrence_spans", "values", "condition_codes")
_PLACES = frozenset({"21", "51", "61", "41", "42"})
_DETAILS = frozenset({"address_line1", "city", "birth_date", "sex"})
"""Of a subscriber who is the patient."""
_NONE: tuple[Fields, ...] = ()
_EMPTY: Fields = {}
_ICD10_FROM = "2015-10-01"


def _diagnosis(qualifier: str, code: str) -> bool:
    return DIAGNOSIS_SETS.get(qualifier) == "icd10cm" and bool(FORMS["icd10cm"][code])


def _procedure(qualifier: str, code: str) -> bool:
    name = procedure_set(qualifier, code)
    return not is_ambulance(code) and (not name or not code or bool(FORMS[name][code]))


def _address(country: str, state: str, postal: str) -> bool:
    return (
        country in ("US", "USA")
        and (not state or (state not in PROVINCES and bool(KNOWN["state"][state])))
        and (not postal or bool(FORMS["zip"][postal]))
    )


def _facility(place: str, bill: str, frequency: str) -> bool:
    well = not place or (place not in _PLACES and bool(FORMS["pos"][place]) and bool(KNOWN["pos"][place]))
    return well and (not bill or bool(FORMS["facility_type"][bill])) and (not frequency or bool(FORMS["frequency"][frequency]))


def _reason(code: str) -> bool:
    return bool(FORMS["carc"][code]) and code in CARCS


def _remark(qualifier: str, code: str) -> bool:
    return qualifier != "HE" or (bool(FORMS["rarc"][code]) and bool(KNOWN["rarc"][code]))


_DIAGNOSIS, _PROCEDURE, _ADDRESS, _FACILITY = Memo(_diagnosis), Memo(_procedure), Memo(_address), Memo(_facility)
_REASON, _REMARK, _TOOTH = Memo(_reason), Memo(_remark), FORMS["tooth"]
_MODIFIER, _REVENUE, _POA, _TWO = FORMS["modifier"], FORMS["revenue"], FORMS["poa"], FORMS["two"]
_TAXONOMY, _EIN, _SSN, _NDC, _ICD10PCS = FORMS["taxonomy"], FORMS["ein"], FORMS["ssn"], FORMS["ndc"], FORMS["icd10pcs"]
_MEDICARE, _ORDER = frozenset({"MA", "MB"}), frozenset("PSTABCDEFGH")


def clear_claim(fields: Fields, context: Fields) -> bool:
    """A claim of everyday: dates in order, codes with their form, payers in order."""
    try:
        if (
            not _RARE_IN_CLAIM.isdisjoint(fields)
            or not _FACILITY[fields.get("place_of_service", ""), fields.get("facility_type", ""), fields.get("frequency", "")]
        ):
            return False
        first, last = _claim_days(fields, context)
        if not first:
            return False
        return _claim_facts(fields, last) and _claim_lines(fields, context, first, last) and _levels(context) and _payers(fields, context)
    except (KeyError, TypeError, ValueError):
        return False


def _claim_days(fields: Fields, context: Fields) -> tuple[str, str]:
    """The days every line has to be within; "" where a close look is needed."""
    period = fields.get("statement_period") or fields.get("service_period")
    if period is None:
        return _ICD10_FROM, context["transaction"]["created_date"]
    first, last = period["start"][:10], period.get("end", period["start"])[:10]
    if first < _ICD10_FROM or last < first or first > context["transaction"]["created_date"]:
        return "", ""
    return first, last


def _claim_facts(fields: Fields, last: str) -> bool:
    for entry in fields.get("diagnoses", _NONE):
        if not _DIAGNOSIS[entry["qualifier"], entry["code"]] or ("present_on_admission" in entry and not _POA[entry["present_on_admission"]]):
            return False
    if "rendering_provider" in fields and not _taxonomy(fields["rendering_provider"]):
        return False
    if "referring_providers" in fields and any("taxonomy" in provider for provider in fields["referring_providers"]):
        return False
    if "service_facility" in fields and not _place(fields["service_facility"]):
        return False
    return _UNCOMMON_IN_CLAIM.isdisjoint(fields) or _uncommon_facts(fields, last)


def _uncommon_facts(fields: Fields, last: str) -> bool:
    """What an institutional claim has, an accident, and attachments."""
    admitted = fields.get("admission_date")
    if admitted is None:
        if fields.get("facility_type") in INPATIENT_BILLS:
            return False
    elif "statement_period" in fields and admitted[:10] > last:
        return False
    for name in _CODED:
        for entry in fields.get(name, _NONE):
            if not _TWO[entry["code"]]:
                return False
    for entry in fields.get("procedures", _NONE):
        if DIAGNOSIS_SETS[entry["qualifier"]] != "icd10pcs" or not _ICD10PCS[entry["code"]]:
            return False
    if not KNOWN["state"][fields["accident_state"]] if "accident_state" in fields else "AA" in fields.get("accident_causes", ()):
        return False
    if not all(_taxonomy(fields.get(name, _EMPTY)) for name in ("attending_provider", "operating_provider")):
        return False
    if any("control_number" not in attachment for attachment in fields.get("attachments", _NONE)):
        return False
    if "patient_status" in fields and not FORMS["patient_status"][fields["patient_status"]]:
        return False
    return "drg" not in fields or bool(FORMS["drg"][fields["drg"]])


def _taxonomy(provider: Fields) -> bool:
    return "taxonomy" not in provider or bool(_TAXONOMY[provider["taxonomy"]])


def _claim_lines(fields: Fields, context: Fields, first: str, last: str) -> bool:
    pointers = _POINTERS[: len(fields.get("diagnoses", _NONE))]
    made = context["transaction"]["created_date"]
    earliest = ""
    for line in fields["lines"]:
        if not _coded(line) or not (_UNCOMMON_IN_LINE.isdisjoint(line) or _uncommon_line(line, fields)):
            return False
        period = line.get("service_period")
        if period is not None:
            start = period["start"]
            if start < first or start > made:
                return False
            end = period.get("end", start)
            if end > last or end < start:
                return False
            if not earliest or start < earliest:
                earliest = start
        if "diagnosis_pointers" in line:
            for pointer in line["diagnosis_pointers"]:
                if pointer not in pointers:
                    return False
    if "statement_period" in fields or "service_period" in fields:
        earliest = first
    born = (context.get("patient") or context["subscriber"])["birth_date"]
    begun = max(born, fields.get("onset_date", ""), fields.get("accident_date", ""))
    return bool(earliest) and begun[:10] <= earliest


_POINTERS = tuple(map(str, range(1, 13)))


def _uncommon_line(line: Fields, fields: Fields) -> bool:
    if not _RARE_IN_LINE.isdisjoint(line) or ("adjudications" in line and "other_payers" not in fields):
        return False
    for tooth in line.get("tooth", _NONE):
        if tooth["qualifier"] != "JP" or not _TOOTH[tooth["code"]]:
            return False
    for drug in line.get("drugs", _NONE):
        if drug["qualifier"] != "N4" or not _NDC[drug["code"]]:
            return False
    return "place_of_service" not in line or bool(_FACILITY[line["place_of_service"], "", ""])


def _payers(fields: Fields, context: Fields) -> bool:
    """Payers in one order, and what those before the destination payer have decided."""
    coverage, others = context["coverage"], fields.get("other_payers", _NONE)
    own = coverage["payer_responsibility"]
    if own != "P" and coverage.get("filing_indicator") in _MEDICARE:
        return False
    if not others:
        return bool(own == "P")
    places = [own, *[payer["payer_responsibility"] for payer in others]]
    if "P" not in places or len(set(places)) != len(places) or not _ORDER.issuperset(places):
        return False
    ids = {payer["payer"]["id"] for payer in others}
    for payer in others:
        if "inpatient_adjudication" in payer or not _reasons(payer):
            return False
        if not all(_REMARK["HE", code] for code in payer.get("outpatient_adjudication", _EMPTY).get("remark_codes", ())):
            return False
    for line in fields["lines"]:
        for decision in line.get("adjudications", _NONE):
            if decision["payer_id"] not in ids or not _reasons(decision) or not _coded(decision):
                return False
    return True


def _reasons(holder: Fields) -> bool:
    return all(_REASON[adjustment["reason"]] for adjustment in holder.get("adjustments", _NONE))


def _coded(line: Fields) -> bool:
    """Procedure, modifiers and revenue code of a line."""
    procedure = line.get("procedure")
    if procedure is not None:
        if not _PROCEDURE[procedure["qualifier"], procedure.get("code", "")]:
            return False
        if "modifiers" in procedure:
            for modifier in procedure["modifiers"]:
                if not _MODIFIER[modifier]:
                    return False
    return "revenue_code" not in line or bool(_REVENUE[line["revenue_code"]])


def _levels(context: Fields) -> bool:
    coverage, subscriber, patient, billing = context["coverage"], context["subscriber"], context.get("patient"), context["billing_provider"]
    if "social_security_number" in subscriber:
        return False
    if patient:
        if coverage.get("relationship") == "18" or "social_security_number" in patient or not _place(patient):
            return False
    elif coverage["relationship"] != "18" or not _DETAILS.issubset(subscriber):
        return False
    if not _taxonomy(billing) or ("tax_id" in billing and not _EIN[billing["tax_id"]]):
        return False
    if "social_security_number" in billing and not _SSN[billing["social_security_number"]]:
        return False
    others = context.get("payer"), context.get("pay_to_address")
    return _place(billing) and _place(subscriber) and not (others[0] and not _place(others[0])) and not (others[1] and not _place(others[1]))


def _place(party: Fields) -> bool:
    """Taxonomy is looked at where parties have one; addresses are in the United States or not cleared."""
    return "postal_code" not in party or bool(_ADDRESS[party.get("country", "US"), party.get("state", ""), party["postal_code"]])


def clear_remittance(fields: Fields, _context: Fields) -> bool:
    """An ordinary payment: no reversal, no predetermination, codes with their form, dates in order."""
    try:
        if fields["status"] == "25" or (fields["status"] == "22" and not fields["total_charge"][0] == fields["paid_amount"][0] == "-"):
            return False
        if "drg" in fields and not FORMS["drg"][fields["drg"]]:
            return False
        if "statement_end_date" in fields and fields["statement_end_date"] < fields.get("statement_start_date", ""):
            return False
        for name in ("inpatient_adjudication", "outpatient_adjudication"):
            if name in fields and not all(_REMARK["HE", code] for code in fields[name].get("remark_codes", ())):
                return False
        return all(map(_paid_line, fields.get("lines", _NONE)))
    except (KeyError, TypeError, ValueError):
        return False


def _paid_line(line: Fields) -> bool:
    if "original_procedure" in line or ("service_end_date" in line and line["service_end_date"] < line.get("service_start_date", "")):
        return False
    if "remark_codes" in line and not all(_REMARK[remark.get("qualifier", ""), remark.get("code", "")] for remark in line["remark_codes"]):
        return False
    return _coded(line)


CLEAR: dict[str, Callable[[Fields, Fields], bool]] = {"claim.submitted": clear_claim, "claim.adjudicated": clear_remittance}
"""By event kind."""
