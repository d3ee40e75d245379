"""Rules between the segments of a claim (837), its levels above included: if this is there, that must be (SNIP 4).

One function a rule, all in `CLAIM_RULES`; `docs/findings.md` says in words what each looks at. A rule that needs an absent or unreadable value
does not judge: that value has a finding of its own.
"""

from collections.abc import Callable, Iterator
from typing import Any

from parsers.x12.checks.coded import service_days
from parsers.x12.checks.problem import Problem

Fields = dict[str, Any]
Rule = Callable[[Fields, Fields], Iterator[Problem]]
_NONE: tuple[Fields, ...] = ()

_INPATIENT_PLACES = frozenset({"21", "51", "61"})
INPATIENT_BILLS = frozenset({"11", "18", "21", "41"})
_AMBULANCE_PLACES = frozenset({"41", "42"})
_SENT = frozenset({"BM", "EL", "EM", "FT", "FX"})
"""PWK02 of an attachment that is or was sent; AA is held until asked for."""
_ORDER = "PSTABCDEFGH"
_SUBSCRIBER = "18"
_MEDICARE = frozenset({"MA", "MB"})


def accident_state(fields: Fields, _context: Fields) -> Iterator[Problem]:
    """CLM11 AA names the state, or the country abroad."""
    if "AA" in fields.get("accident_causes", ()) and "accident_state" not in fields and "accident_country" not in fields:
        yield Problem("ACCIDENT_STATE_MISSING")


def admission_date(fields: Fields, _context: Fields) -> Iterator[Problem]:
    """DTP*435 where the place of service or the type of bill is inpatient; dental claims have none."""
    inpatient = fields.get("place_of_service") in _INPATIENT_PLACES or fields.get("facility_type") in INPATIENT_BILLS
    if inpatient and "admission_date" not in fields and not _is_dental(fields):
        yield Problem("ADMISSION_DATE_MISSING")


def _is_dental(fields: Fields) -> bool:
    return any(line.get("procedure", _EMPTY).get("qualifier") == "AD" for line in fields.get("lines", _NONE))


def is_ambulance(code: str) -> bool:
    """HCPCS codes of transport by ambulance."""
    return code == "A0225" or (len(code) == 5 and "A0380" <= code <= "A0436")


def ambulance(fields: Fields, _context: Fields) -> Iterator[Problem]:
    """CR1, and both places, in the claim or in the line that has an ambulance service (HCPCS A0225, A0380 to A0436; place of service 41, 42)."""
    if "place_of_service" not in fields:  # institutional claims say it otherwise
        return
    of_claim = fields["place_of_service"] in _AMBULANCE_PLACES
    for index, line in enumerate(fields.get("lines", _NONE)):
        code = line.get("procedure", _EMPTY).get("code", "")
        if not is_ambulance(code):
            continue
        of_claim = False  # said of the line
        if "ambulance" not in fields and "ambulance" not in line:
            yield Problem("AMBULANCE_INFORMATION_MISSING", index)
        if any(place not in fields and place not in line for place in ("ambulance_pickup", "ambulance_dropoff")):
            yield Problem("AMBULANCE_PLACE_MISSING", index)
    if of_claim and "ambulance" not in fields and not any("ambulance" in line for line in fields.get("lines", _NONE)):
        yield Problem("AMBULANCE_INFORMATION_MISSING")


_EMPTY: Fields = {}


def attachment_number(fields: Fields, _context: Fields) -> Iterator[Problem]:
    """PWK06 where PWK02 says that the attachment is sent."""
    for number, attachment in enumerate(fields.get("attachments", _NONE), 1):
        if attachment.get("transmission") in _SENT and "control_number" not in attachment:
            yield Problem("ATTACHMENT_NUMBER_MISSING", where=f"attachment {number}")
    for index, line in enumerate(fields.get("lines", _NONE)):
        for number, attachment in enumerate(line.get("attachments", _NONE), 1):
            if attachment.get("transmission") in _SENT and "control_number" not in attachment:
                yield Problem("ATTACHMENT_NUMBER_MISSING", index, where=f"attachment {number}")


def prior_payers(fields: Fields, _context: Fields) -> Iterator[Problem]:
    """SVD01 of a line is the NM109 of an other payer of the claim (2330B)."""
    known = {payer.get("payer", _EMPTY).get("id") for payer in fields.get("other_payers", _NONE)}
    for index, line in enumerate(fields.get("lines", _NONE)):
        for number, decision in enumerate(line.get("adjudications", _NONE), 1):
            if "payer_id" in decision and decision["payer_id"] not in known:
                yield Problem("COB_PAYER_UNKNOWN", index, where=f"SVD01 of prior payer {number}")


def date_order(fields: Fields, context: Fields) -> Iterator[Problem]:
    """Days that cannot stand in another order, each compared only where both are there."""
    first, last = service_days(fields)
    birth = (context.get("patient") or context.get("subscriber") or _EMPTY).get("birth_date", "")[:10]
    admitted = fields.get("admission_date", "")[:10]
    statement_end = fields["statement_period"].get("end", "")[:10] if "statement_period" in fields else ""
    pairs = (
        (fields.get("accident_date", "")[:10], last, "the last day of service before the accident (DTP*439)"),
        (birth, first, "the first day of service before the birth of the patient"),
        (admitted, fields.get("discharge_date", "")[:10], "the discharge (DTP*096) before the admission (DTP*435)"),
        (admitted, statement_end, "the end of the statement (DTP*434) before the admission"),
        (fields.get("onset_date", "")[:10], last, "the last day of service before the onset (DTP*431)"),
        (fields.get("last_worked_date", "")[:10], fields.get("return_to_work_date", "")[:10], "the return to work before the last day worked"),
        (fields.get("assumed_care_date", "")[:10], fields.get("relinquished_care_date", "")[:10], "the end of care before its start"),
    )
    for earlier, later, said in pairs:
        if earlier and later and later < earlier:
            yield Problem("DATE_ORDER", where=said)


def service_in_future(fields: Fields, context: Fields) -> Iterator[Problem]:
    """No service is later than the day the set was made, but what a predetermination asks about."""
    made = context.get("transaction", _EMPTY).get("created_date", "")
    if not made or "predetermination" in fields:
        return
    for index, line in enumerate(fields.get("lines", _NONE)):
        period = line.get("service_period")
        if period is not None and period["start"][:10] > made:
            yield Problem("SERVICE_IN_FUTURE", index, where="the service date")
    period = fields.get("statement_period")
    if period is not None and period["start"][:10] > made:
        yield Problem("SERVICE_IN_FUTURE", where="the statement date")


def diagnosis_pointers(fields: Fields, _context: Fields) -> Iterator[Problem]:
    """A pointer of a line counts diagnoses of the claim from 1."""
    count = len(fields.get("diagnoses", _NONE))
    for index, line in enumerate(fields.get("lines", _NONE)):
        for number, pointer in enumerate(line.get("diagnosis_pointers", ()), 1):
            if pointer.isdecimal() and not 1 <= int(pointer[:4]) <= count:
                yield Problem("DIAGNOSIS_POINTER", index, where=f"pointer {number}")


def line_in_statement(fields: Fields, _context: Fields) -> Iterator[Problem]:
    """Service dates of an institutional claim are within its statement dates."""
    statement = fields.get("statement_period")
    if statement is None:
        return
    start, end = statement["start"][:10], statement.get("end", statement["start"])[:10]
    for index, line in enumerate(fields.get("lines", _NONE)):
        period = line.get("service_period")
        if period is not None and not (start <= period["start"][:10] and period.get("end", period["start"])[:10] <= end):
            yield Problem("LINE_OUTSIDE_STATEMENT", index)


def medicare_second(fields: Fields, context: Fields) -> Iterator[Problem]:
    """SBR05 where the destination payer is Medicare and not the first; institutional claims have no SBR05."""
    if "facility_type" in fields:
        return
    coverage = context.get("coverage", _EMPTY)
    place = coverage.get("payer_responsibility", "P")
    if coverage.get("filing_indicator") in _MEDICARE and place != "P" and "insurance_type" not in coverage:
        yield Problem("MSP_TYPE_MISSING")


def patient_level(_fields: Fields, context: Fields) -> Iterator[Problem]:
    """SBR02 is 18 exactly where the claim stands below the subscriber."""
    coverage = context.get("coverage")
    if coverage and (coverage.get("relationship") == _SUBSCRIBER) == bool(context.get("patient")):
        yield Problem("PATIENT_LEVEL")


def patient_details(_fields: Fields, context: Fields) -> Iterator[Problem]:
    """Address, birth date and sex of a subscriber who is the patient."""
    subscriber = context.get("subscriber")
    if not subscriber or context.get("patient") or context.get("coverage", _EMPTY).get("relationship") != _SUBSCRIBER:
        return
    if subscriber.get("entity_type") == "2":  # an employer in a workers' compensation case
        return
    for names, said in ((("address_line1",), "N3"), (("city", "state", "postal_code"), "N4"), (("birth_date", "sex"), "DMG")):
        if not any(name in subscriber for name in names):
            yield Problem("PATIENT_DETAILS_MISSING", where=f"{said} of the subscriber")


def payer_sequence(fields: Fields, context: Fields) -> Iterator[Problem]:
    """No two payers of a claim have one place (SBR01), and there is a first one; U says that the place is not known."""
    others = fields.get("other_payers", _NONE)
    own = context.get("coverage", _EMPTY).get("payer_responsibility", "U")
    places = [place for place in (own, *(payer.get("payer_responsibility", "U") for payer in others)) if place in _ORDER]
    if len(set(places)) != len(places) or (places and "P" not in places and len(places) == len(others) + 1):
        yield Problem("PAYER_SEQUENCE")


CLAIM_RULES: tuple[Rule, ...] = (
    accident_state, admission_date, ambulance, attachment_number, prior_payers, date_order, service_in_future, diagnosis_pointers, line_in_statement,
    medicare_second, patient_level, patient_details, payer_sequence,
)  # fmt: skip


def reversal_sign(fields: Fields, _context: Fields) -> Iterator[Problem]:
    """CLP02 22 has charge and payment with the opposite sign."""
    amounts = fields.get("total_charge", "0.00"), fields.get("paid_amount", "0.00")
    if fields.get("status") == "22" and any(amount[:1] != "-" and amount.strip("0.") for amount in amounts):
        yield Problem("REVERSAL_SIGN")


def predetermination_paid(fields: Fields, _context: Fields) -> Iterator[Problem]:
    """CLP02 25 announces and pays nothing."""
    if fields.get("status") == "25" and fields.get("paid_amount", "0.00").strip("-0."):
        yield Problem("PREDETERMINATION_PAID")


def remittance_dates(fields: Fields, _context: Fields) -> Iterator[Problem]:
    """Statement and service dates end after they start."""
    start, end = fields.get("statement_start_date", ""), fields.get("statement_end_date", "")
    if start and end and end < start:
        yield Problem("DATE_ORDER", where="the end of the statement (DTM*233) before its start (DTM*232)")
    for index, line in enumerate(fields.get("lines", _NONE)):
        start, end = line.get("service_start_date", ""), line.get("service_end_date", "")
        if start and end and end < start:
            yield Problem("DATE_ORDER", index, where="the end of the service (DTM*151) before its start (DTM*150)")


def payment_method(fields: Fields, _context: Fields) -> Iterator[Problem]:
    """BPR01 H (notification) and BPR04 NON move no money."""
    payment = fields.get("payment", _EMPTY)
    idle = payment.get("handling") == "H" or payment.get("method") == "NON"
    if idle and payment.get("amount", "0.00").strip("-0."):
        yield Problem("PAYMENT_METHOD")


RULES: dict[str, tuple[Rule, ...]] = {
    "claim.submitted": CLAIM_RULES,
    "claim.adjudicated": (reversal_sign, predetermination_paid, remittance_dates),
    "remittance.received": (payment_method,),
}
"""By event kind."""
