"""834 and 820 transaction sets (005010X220A1, X218): who is covered by whom, and the premiums that are paid for it."""

from calendar import monthrange
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from gateway.synth.catalog import SPONSOR
from gateway.synth.identity import Coverage, Patient, Payer, Person, day, phone
from gateway.synth.model import Claim, money
from gateway.synth.segments import Item, person, place
from parsers.x12.writer import Segment

_ADDED, _ENDED, _REINSTATED = "021", "024", "025"
_REASONS = {_ADDED: "28", _ENDED: "08", _REINSTATED: "41"}
_SELF = "18"


class Member(NamedTuple):
    """One person under one coverage; `change` is what happens to it, `ended` the last day it holds (0: it goes on)."""

    who: Person
    coverage: Coverage
    relationship: str
    change: str
    year: str
    ended: int

    @property
    def is_subscriber(self) -> bool:
        return self.relationship == _SELF

    @property
    def premium(self) -> int:
        """Cents a month of the whole contract."""
        return 30_000 + sum(self.coverage.member_id.encode()) % 60 * 1_000 + (15_050 if self.coverage.holder else 0)


def enrolled(claims: Iterable[Claim]) -> list[Member]:
    """Everybody whom the claims are about and whom payers know, each once, subscribers before their dependents."""
    found: dict[tuple[str, str], Member] = {}
    for claim in claims:
        if not claim.unknown:
            for coverage in _coverages(claim):
                for one in _of(claim.patient, coverage, claim):
                    found.setdefault((coverage.member_id, one.relationship), one)
    return list(found.values())


def reinstated(claims: Iterable[Claim]) -> list[Member]:
    """Those whose coverage had ended and who got it back, so that the claim was paid after all."""
    again = [claim for claim in claims if claim.ended and claim.scenario == "replaced"]
    return [one._replace(change=_REINSTATED, ended=0) for one in enrolled(again)]


def _coverages(claim: Claim) -> tuple[Coverage, ...]:
    both = claim.scenario in ("secondary", "crossover")
    return (claim.patient.first, claim.patient.second) if both else (claim.patient.first,)


def _of(patient: Patient, coverage: Coverage, claim: Claim) -> Iterator[Member]:
    change = _ENDED if claim.ended else _ADDED
    subscriber = Member(coverage.holder or patient.person, coverage, _SELF, change, day(claim.ended or claim.admitted)[:4], claim.ended)
    yield subscriber
    if coverage.holder is not None:
        yield subscriber._replace(who=patient.person, relationship=coverage.relationship)


def enrollment(reference: str, on: int, payer: Payer, members: Sequence[Member]) -> Iterator[Segment]:
    """An 834 between ST and SE: members of one payer."""
    yield ["BGN", "00", reference, day(on), "1023", "", "", "", "2"]
    yield ["DTP", "007", "D8", day(on)]
    yield ["QTY", "TO", str(len(members))]
    yield ["N1", "P5", SPONSOR[0], "FI", SPONSOR[1]]
    yield ["N1", "IN", payer.name, "FI", payer.tax]
    for one in members:
        yield from _member(one)


def _member(one: Member) -> Iterator[Segment]:
    coverage, who = one.coverage, one.who
    subscriber = one.is_subscriber
    yield Item(["INS", "Y" if subscriber else "N", one.relationship, one.change, _REASONS[one.change], "A", "", "", "FT" if subscriber else ""], one)
    yield ["REF", "0F", coverage.member_id]
    yield ["REF", "1L", coverage.group]
    yield ["DTP", "356", "D8", f"{one.year}0101"]
    if one.ended:
        yield ["DTP", "357", "D8", day(one.ended)]
    yield person("IL", who)
    if subscriber:
        yield ["PER", "IP", "", "HP", phone(sum(coverage.member_id.encode()))]
    yield from place(who.address)
    yield ["DMG", "D8", who.born, who.sex]
    yield [
        "HD",
        one.change,
        "",
        "HMO" if coverage.payer.filing == "HM" else "HLT",
        f"{coverage.payer.name} STANDARD",
        "FAM" if coverage.holder else "EMP",
    ]
    yield ["DTP", "348", "D8", f"{one.year}0101"]
    if one.ended:
        yield ["DTP", "349", "D8", day(one.ended)]
    if subscriber:
        yield ["AMT", "P3", money(one.premium)]


def paying(members: Iterable[Member]) -> list[Member]:
    """Those for whom a premium is paid."""
    return [one for one in members if one.is_subscriber and not one.ended]


def premium(trace: str, on: int, payer: Payer, members: Sequence[Member]) -> Iterator[Segment]:
    """An 820 between ST and SE: the month's premiums of one payer's contracts."""
    total = sum(one.premium for one in members)
    sponsor_account, payer_account = ("01", "999988880", "DA", SPONSOR[1]), ("01", "999999992", "DA", f"{payer.id}02")
    yield ["BPR", "C", money(total), "C", "ACH", "CTX", *sponsor_account, f"1{SPONSOR[1]}", "", *payer_account, day(on)]
    yield ["TRN", "1", trace, f"1{SPONSOR[1]}"]
    yield ["DTM", "582", "", "", "", "RD8", _month(on)]
    yield ["N1", "PE", payer.name, "FI", payer.tax]
    yield ["N1", "PR", SPONSOR[0], "FI", SPONSOR[1]]
    for at, one in enumerate(members):
        yield ["ENT", str(at + 1), "2J", "EI", one.coverage.member_id]
        yield person("IL", one.who, one.coverage.member_id, "EI")
        yield ["RMR", "IK", f"{one.coverage.group}{day(on)[:6]}", "", money(one.premium)]
        yield ["DTM", "582", "", "", "", "RD8", _month(on)]


def _month(on: int) -> str:
    text = day(on)
    last = monthrange(int(text[:4]), int(text[4:6]))[1]
    return f"{text[:6]}01-{text[:6]}{last}"
