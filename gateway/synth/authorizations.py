"""278 transaction sets (005010X217): a review asked for before a service, and what was decided."""

from collections.abc import Iterator, Sequence

from gateway.synth.eligibility import service_type
from gateway.synth.identity import day, phone
from gateway.synth.model import Ask, Claim, Line, money
from gateway.synth.segments import Item, Levels, born, clinic, clinician, payer, person, place
from parsers.x12.writer import Segment

_ACTIONS = {"certified": "A1", "partial": "A2", "modified": "A6", "denied": "A3", "pended": "A4"}
_DENIED, _PENDED = "0V", "0U"
"""HCR03: why it was not certified, why it is not decided yet."""
_FINAL, _NOT_FINAL = "18", "19"
_VALID_DAYS = 90


def outcome_of(claim: Claim) -> str:
    """A word for the final decision, empty for a claim that needed none."""
    if not claim.authorization:
        return "denied" if claim.denial is not None and claim.denial.category == "authorization" else ""
    if claim.scenario == "partial":
        return "partial"
    return "modified" if claim.variety % 3 == 0 and _modified(claim.lines[0]) else "certified"


def is_pended(claim: Claim) -> bool:
    """Whether the reviewer takes some days for it."""
    return claim.variety % 5 == 1


def question(reference: str, on: int, asks: Sequence[Ask]) -> Iterator[Segment]:
    """The request for one patient event between ST and SE."""
    (ask,) = asks
    yield ["BHT", "0007", "13", reference, day(on), "1023"]
    levels = Levels()
    yield from _parties(levels, ask, answered=False)
    claim = ask.claim
    yield Item(levels.hl("EV", levels.last), ask)
    event = levels.last
    yield ["TRN", "1", ask.trace, ask.originator]
    yield _review(claim)
    yield ["DTP", "435", "D8", day(claim.admitted)] if claim.inpatient else ["DTP", "AAH", "D8", day(claim.day)]
    yield _diagnoses(claim)
    if claim.inpatient:
        yield ["HSD", "DY", str(max(1, claim.day - claim.admitted))]
        yield ["CL1", "3", "1", "30"]
    yield clinician("71" if claim.inpatient else "DK" if claim.kind == "837P" else "SJ", claim.clinician)
    for line in claim.lines:
        yield levels.hl("SS", event, "0")
        yield from _service(claim, line)


def answer(reference: str, on: int, asks: Sequence[Ask]) -> Iterator[Segment]:
    """What the reviewer decided; `pended` says that it will be decided later."""
    (ask,) = asks
    claim, outcome = ask.claim, ask.outcome
    yield ["BHT", "0007", "11", reference, day(on), "1029", _NOT_FINAL if outcome == "pended" else _FINAL]
    levels = Levels()
    yield from _parties(levels, ask, answered=True)
    yield Item(levels.hl("EV", levels.last, "0" if outcome in ("pended", "denied") else "1"), ask)
    event = levels.last
    yield ["TRN", "1", f"{ask.coverage.payer.id}R{claim.number:09d}", f"1{ask.coverage.payer.tax}"]
    yield ["TRN", "2", ask.trace, ask.originator]
    yield _review(claim)
    yield from _decision(ask, on)
    if outcome in ("pended", "denied"):
        return
    for at, line in enumerate(claim.lines):
        yield levels.hl("SS", event, "0")
        if outcome == "partial":
            refused = at == len(claim.lines) - 1
            yield ["HCR", "A3", "", _DENIED] if refused else ["HCR", "A1", claim.authorization]
        yield from _service(claim, _modified(line) or line if outcome == "modified" else line)


def _decision(ask: Ask, on: int) -> Iterator[Segment]:
    """HCR, the reviewer's own number while there is no other, and the days it holds for."""
    claim, action = ask.claim, _ACTIONS[ask.outcome]
    if ask.outcome == "pended":
        yield ["HCR", action, "", _PENDED]
        yield ["REF", "NT", f"CASE{claim.number:08d}"]
    elif ask.outcome == "denied":
        yield ["HCR", action, "", _DENIED]
        yield ["DTP", "102", "D8", day(on)]
        yield ["MSG", "SEND CLINICAL RECORDS FOR A NEW REVIEW"]
        yield ["NM1", "L5", "2", "UTILIZATION REVIEW"]
        yield ["PER", "IC", "", "TE", phone(64)]
    else:
        yield ["HCR", action, claim.authorization]
        yield ["DTP", "102", "D8", day(on)]
        yield ["DTP", "007", "RD8", f"{day(on)}-{day(on + _VALID_DAYS)}"]


def _parties(levels: Levels, ask: Ask, answered: bool) -> Iterator[Segment]:
    """Reviewer, requester, subscriber and dependent."""
    claim, coverage = ask.claim, ask.coverage
    patient = claim.patient.person
    yield levels.hl("20")
    yield payer("X3", coverage.payer)
    if answered:
        yield ["PER", "IC", "REVIEW DESK", "TE", phone(63)]
    yield levels.hl("21", 1)
    yield clinic("1P", claim.clinic)
    if not answered:
        yield from place(claim.clinic.address)
        yield ["PER", "IC", "AUTHORIZATIONS", "TE", phone(18)]
        yield ["PRV", "RF", "PXC", claim.clinic.taxonomy]
    yield levels.hl("22", 2)
    yield person("IL", coverage.holder or patient, coverage.member_id)
    yield ["REF", "6P", coverage.group]
    if coverage.holder is None:
        yield born(patient)
        return
    yield levels.hl("23", 3)
    yield person("QC", patient)
    yield born(patient)
    yield ["INS", "N", coverage.relationship]


def _review(claim: Claim) -> Segment:
    facility = ("21" if claim.inpatient else "22" if claim.kind == "837I" else "11", "B")
    return ["UM", "AR" if claim.inpatient else "HS", "I", service_type(claim), facility, "", "E"]


def _diagnoses(claim: Claim) -> Segment:
    first, *others = claim.diagnoses
    return ["HI", ("ABK", first), *(("ABF", code) for code in others)]


def _service(claim: Claim, line: Line) -> Iterator[Segment]:
    yield ["DTP", "472", "D8", day(line.day)]
    units = str(line.units)
    if claim.kind == "837I":
        yield ["SV2", line.revenue, line.composite, money(line.charge), "UN" if line.composite else "DA", units]
    elif claim.kind == "837D":
        yield ["SV3", line.composite, money(line.charge), "", "", "", units]
        if line.tooth:
            yield ["TOO", "JP", line.tooth, line.surfaces]
    else:
        yield ["SV1", line.composite, money(line.charge), "UN", units]


def _modified(line: Line) -> Line | None:
    """One unit less than was asked for, where there were several."""
    return line._replace(units=line.units - 1) if line.units > 1 else None
