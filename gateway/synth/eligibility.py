"""270 and 271 transaction sets (005010X279A1): what is asked of a payer before a visit, and what it answers."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from gateway.synth.identity import day, phone
from gateway.synth.model import Ask, Claim, money
from gateway.synth.segments import Item, Levels, born, clinic, clinician, payer, person, place
from parsers.x12.writer import Element, Segment

_PLAN = "30"
_SERVICE = {"837P": "98", "837I": "50", "837D": "35"}
_INPATIENT = "48"
_INSURANCE = {"CI": "C1", "BL": "PR", "HM": "HM", "MB": "MB", "MC": "MC"}
_CALENDAR_YEAR, _REMAINING, _VISIT = "23", "29", "27"


def answer_to(claim: Claim) -> str:
    """A word for the answer: active, inactive, unknown, or birth_date where the question had a wrong one and was not asked again."""
    if claim.unknown:
        return "unknown"
    if claim.ended:
        return "inactive"
    return "birth_date" if claim.variety % 17 == 4 else "active"


def service_type(claim: Claim) -> str:
    return _INPATIENT if claim.inpatient else _SERVICE[claim.kind]


def in_order(asks: Sequence[Ask]) -> list[Ask]:
    """As the levels of a set want them."""
    return sorted(asks, key=lambda one: (one.claim.clinic.npi, one.claim.number))


def question(reference: str, on: int, asks: Sequence[Ask]) -> Iterator[Segment]:
    """A 270 between ST and SE: `asks` of one payer, in order."""
    yield ["BHT", "0022", "13", reference, day(on), "1023"]
    yield from _levels(asks, answered=False)


def answer(reference: str, on: int, asks: Sequence[Ask]) -> Iterator[Segment]:
    """The 271."""
    yield ["BHT", "0022", "11", reference, day(on), "1024"]
    yield from _levels(asks, answered=True)


def _levels(asks: Sequence[Ask], answered: bool) -> Iterator[Segment]:
    levels = Levels()
    source = asks[0].coverage.payer
    yield levels.hl("20")
    yield payer("PR", source)
    if answered:
        yield ["PER", "IC", "ELIGIBILITY", "TE", phone(31)]
    for asking, ours in groupby(asks, key=lambda one: one.claim.clinic):
        yield levels.hl("21", 1)
        yield clinic("1P", asking)
        receiver = levels.last
        for ask in ours:
            yield from _member(levels, receiver, ask, answered)


def _member(levels: Levels, receiver: int, ask: Ask, answered: bool) -> Iterator[Segment]:
    """Subscriber level, and that of the dependent who is the patient."""
    coverage, patient = ask.coverage, ask.claim.patient.person
    body = _answered if answered else _asked
    if coverage.holder is None:
        yield Item(levels.hl("22", receiver, "0"), ask)
        yield from _traces(ask, answered)
        yield person("IL", patient, coverage.member_id)
        yield from body(ask, "Y")
        return
    yield levels.hl("22", receiver)
    yield person("IL", coverage.holder, coverage.member_id)
    if answered and not ask.claim.unknown:
        yield ["REF", "6P", coverage.group]
    yield Item(levels.hl("23", levels.last, "0"), ask)
    yield from _traces(ask, answered)
    yield person("03", patient)
    yield from body(ask, "N")


def _traces(ask: Ask, answered: bool) -> Iterator[Segment]:
    yield ["TRN", "2" if answered else "1", ask.trace, ask.originator]
    if answered:
        yield ["TRN", "1", f"{ask.coverage.payer.id}E{ask.claim.number:09d}", f"1{ask.coverage.payer.tax}"]


def _insured(ask: Ask, subscriber: str) -> Segment:
    return ["INS", subscriber, ask.coverage.relationship]


def _asked(ask: Ask, subscriber: str) -> Iterator[Segment]:
    claim = ask.claim
    yield born(claim.patient.person)
    if subscriber == "N":
        yield _insured(ask, subscriber)
    yield ["DTP", "291", "D8", day(claim.admitted)]
    yield ["EQ", [_PLAN, service_type(claim)]]
    procedure = claim.lines[0].composite
    if claim.authorization and procedure:
        yield ["EQ", "", procedure[:2]]


def _answered(ask: Ask, subscriber: str) -> Iterator[Segment]:
    patient, coverage, outcome = ask.claim.patient.person, ask.coverage, ask.outcome
    dependent = subscriber == "N"
    if outcome == "unknown":
        yield ["AAA", "N", "", "67" if dependent else "75", "C"]
        return
    if not dependent:
        yield ["REF", "6P", coverage.group]
        yield from place(patient.address)
    if outcome == "birth_date":
        yield ["AAA", "N", "", "71", "C"]
        return
    yield born(patient)
    yield _insured(ask, subscriber)
    yield ["DTP", "346", "D8", f"{day(ask.claim.ended or ask.claim.admitted)[:4]}0101"]
    yield from _inactive(ask) if outcome == "inactive" else _benefits(ask)


def _inactive(ask: Ask) -> Iterator[Segment]:
    yield ["EB", "6", "", _PLAN, _INSURANCE[ask.coverage.payer.filing]]
    yield ["DTP", "357", "D8", day(ask.claim.ended)]


def _benefits(ask: Ask) -> Iterator[Segment]:
    """Active coverage, what the patient pays of the service asked for, what needs an authorisation, and who else has to do with it."""
    claim, filing = ask.claim, ask.coverage.payer.filing
    service, insurance = service_type(claim), _INSURANCE[filing]
    deductible = 25_000 * (1 + claim.variety % 6)
    yield ["EB", "1", "", [_PLAN, service], insurance, f"{ask.coverage.payer.name} STANDARD"]
    yield ["EB", "C", "IND", _PLAN, "", "", _CALENDAR_YEAR, money(deductible), "", "", "", "", "Y"]
    yield ["EB", "C", "IND", _PLAN, "", "", _REMAINING, money(deductible * (claim.variety % 5) // 8), "", "", "", "", "Y"]
    if claim.variety % 2:
        yield ["EB", "B", "IND", service, "", "", _VISIT, money(1500 + 500 * (claim.variety % 7)), "", "", "", "", "Y"]
    else:
        yield ["EB", "A", "IND", service, "", "", "", "", f".{1 + claim.variety % 4}", "", "", "", "Y"]
    if claim.authorization:
        needed: list[Element] = ["EB", "1", "IND", "", "", "", "", "", "", "", "", "Y", "Y"]
        procedure = claim.lines[0].composite
        if procedure:
            needed.append(procedure[:2])
        else:
            needed[3] = service
        yield needed
        yield ["MSG", "AUTHORIZATION NEEDED BEFORE THE SERVICE"]
    if claim.kind != "837I" and claim.variety % 4 == 0:
        yield ["EB", "F", "IND", service, "", "", _CALENDAR_YEAR, "", "", "VS", "20"]
        yield ["HSD", "VS", "20", "", "", _CALENDAR_YEAR, "1"]
    if claim.scenario in ("secondary", "crossover"):
        yield ["EB", "R", "", _PLAN]
        yield from _named(payer("SEP", claim.patient.second.payer))
    if filing == "HM":
        yield ["EB", "L"]
        yield from _named(clinician("P3", claim.other_clinician))


def _named(who: Segment) -> Iterator[Segment]:
    yield ["LS", "2120"]
    yield who
    yield ["LE", "2120"]
