"""276 and 277 transaction sets (005010X212): where claims are, asked of a payer and answered."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from gateway.synth.catalog import Site
from gateway.synth.claims import submitter
from gateway.synth.identity import day, phone
from gateway.synth.model import Ask, Claim, Decided, Decision, money
from gateway.synth.segments import Item, Levels, born, clinic, payer, person
from parsers.x12.writer import Element, Segment

_CODES = {
    "paid": ("F1", "65"), "partly_denied": ("F1", "65"), "denied": ("F2", "585"), "no_payment": ("F4", "1"), "complete": ("F0", "1"),
    "review": ("P2", "46"), "pending": ("P1", "20"), "not_found": ("A4", "35"),
}  # fmt: skip
_OUTCOMES = {"PAID": "paid", "PARTIAL_DENIAL": "partly_denied", "DENIED": "denied", "ZERO_PAY": "no_payment", "PENDED": "review", "none": "complete"}
_LINES = ("paid", "partly_denied")


def answer_to(claim: Claim, decision: Decision | None) -> str:
    """A word for the answer, once the first remittance is out."""
    if decision is not None:
        return _OUTCOMES[decision.outcome]
    return "not_found" if claim.scenario == "rejected" else "pending"


def is_asked(claim: Claim) -> bool:
    """Of claims without a payment always, of others now and then."""
    return claim.scenario in ("unanswered", "rejected", "pended") or claim.variety % 6 == 2


def question(reference: str, on: int, asks: Sequence[Ask]) -> Iterator[Segment]:
    """A 276 between ST and SE: `asks` of one payer, in order."""
    yield ["BHT", "0010", "13", reference, day(on), "1023"]
    yield from _levels(asks, on, answered=False)


def answer(reference: str, on: int, asks: Sequence[Ask]) -> Iterator[Segment]:
    """The 277."""
    yield ["BHT", "0010", "08", reference, day(on), "1031", "DG"]
    yield from _levels(asks, on, answered=True)


def _levels(asks: Sequence[Ask], on: int, answered: bool) -> Iterator[Segment]:
    levels = Levels()
    site: Site = asks[0].claim.site
    yield levels.hl("20")
    yield payer("PR", asks[0].coverage.payer)
    if answered:
        yield ["PER", "IC", "CLAIM STATUS", "TE", phone(33)]
    yield levels.hl("21", 1)
    yield submitter(site)
    for ours, several in groupby(asks, key=lambda one: one.claim.clinic):
        yield levels.hl("19", 2)
        yield clinic("1P", ours)
        provider = levels.last
        for ask in several:
            yield from _member(levels, provider, ask, answered)
            yield Item(["TRN", "2" if answered else "1", ask.trace], ask)
            yield from _answered(ask, on) if answered else _asked(ask)


def _member(levels: Levels, provider: int, ask: Ask, answered: bool) -> Iterator[Segment]:
    coverage, patient = ask.coverage, ask.claim.patient.person
    yield levels.hl("22", provider, "0" if coverage.holder is None else "1")
    if not answered and coverage.holder is None:
        yield born(patient)
    yield person("IL", coverage.holder or patient, coverage.member_id)
    if coverage.holder is not None:
        yield levels.hl("23", levels.last, "")
        if not answered:
            yield born(patient)
        yield person("QC", patient)


def _references(ask: Ask) -> Iterator[Segment]:
    claim = ask.claim
    if ask.decision is not None:
        yield ["REF", "1K", ask.decision.payer_number]
    if claim.kind == "837I":
        yield ["REF", "BLT", f"{claim.facility}1"]
    yield ["REF", "EJ", claim.control_number]


def _dates(claim: Claim) -> Iterator[Segment]:
    span = f"{day(claim.admitted)}-{day(claim.day)}"
    yield ["DTP", "472", "D8", day(claim.day)] if claim.admitted == claim.day else ["DTP", "472", "RD8", span]


def _asked(ask: Ask) -> Iterator[Segment]:
    yield from _references(ask)
    yield ["AMT", "T3", money(ask.claim.charge)]
    yield from _dates(ask.claim)


def _answered(ask: Ask, on: int) -> Iterator[Segment]:
    decision, code = ask.decision, _CODES[ask.outcome]
    status: list[Element] = ["STC", code, day(on), "", money(ask.claim.charge)]
    if decision is not None and ask.outcome != "review":
        status += [money(decision.paid), day(ask.paid_on - 1), "", day(ask.paid_on), ask.paid_by]
    yield status
    yield from _references(ask)
    yield from _dates(ask.claim)
    if decision is not None and ask.outcome in _LINES:
        for line in decision.lines:
            yield from _line(line, on)


def _line(decided: Decided, on: int) -> Iterator[Segment]:
    line = decided.line
    revenue = line.revenue if line.composite else ""
    yield ["SVC", line.composite or ("NU", line.revenue), money(line.charge), money(decided.paid), revenue, "", "", str(line.units)]
    paid_for = decided.paid or any(one.group == "PR" for one in decided.adjustments)
    yield ["STC", _CODES["paid" if paid_for else "denied"], day(on)]
    yield ["REF", "FJ", line.reference]
    yield ["DTP", "472", "D8", day(line.day)]
