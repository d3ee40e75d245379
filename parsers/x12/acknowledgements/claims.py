"""The 277CA: one transaction set for each received 837 set, claim by claim in the order received, with sums that balance.

Sums stand in front of what they add up, so the claims are swept over more than once; nothing is held but one claim. A claim is rejected exactly
when it was refused, so that events and acknowledgement never disagree. A refused set is rejected where the refusal stands, at the level of the
submitter (2200B), which covers every claim beneath; the claims are named all the same, so that each finds its answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

from parsers.x12.acknowledgements.profile import Profile
from parsers.x12.acknowledgements.rejections import Line, Ordinals, Rejection, Status, refused_items, rejection, set_rejection
from parsers.x12.acknowledgements.results import ByOffset
from parsers.x12.acknowledgements.sums import Refusals, Sums, provider_sums, sum_segments
from parsers.x12.acknowledgements.sweep import Claim, Elements, Head, Provider, facts
from parsers.x12.checks.amounts import HUNDREDTHS
from parsers.x12.delimiters import Delimiters
from parsers.x12.plan import ReadAt, SetPlan
from parsers.x12.writer import Element, Segment
from schemas.codes.acknowledgement import ACCEPTED
from schemas.envelope import Finding

UNKNOWN = "UNKNOWN"
"""A name or number that a 277CA must have and the claim does not."""
_RECEIVED = "A1", "19"
"""Status of what holds claims: received."""
_HELD_PROVIDERS = 4096
"""Billing providers whose sums are kept from the first sweep; with more of them the second adds up again."""
_NO_NUMBER = "0"
"""TRN02 of a claim without CLM01."""


class Source(NamedTuple):
    """Who answers, and when: `name` and `id` are the information source's (2100A), `reference` is BHT03 and TRN02 of this answer."""

    name: str
    id: str
    reference: str
    at: datetime


class Answered:
    """One 837 set being answered. `readings` are three independent runs over the findings, each asked for its sets in file order."""

    def __init__(self, read_at: ReadAt, plan: SetPlan, readings: tuple[ByOffset, ...], profile: Profile, source: Source, marks: Delimiters) -> None:
        self.read_at, self.plan, self.readings, self.profile, self.source = read_at, plan, readings, profile, source
        self.day = f"{source.at:%Y%m%d}"
        self.kept = keeper(marks)
        self.component = plan.delimiters.component
        self.hl = 2
        self.refused: list[Status] = []
        self.received: Status = (*_RECEIVED, profile.source_entity)
        status, code, entity = ACCEPTED[profile.accepted]
        self.accepted: Status = (status, code, profile.source_entity) if entity else (status, code)

    def body(self) -> Iterator[Segment]:
        totals, of_providers, details = self.readings
        refusals = Refusals(totals.of(self.plan))
        sums, each = Sums(), list[Sums]()
        for one in provider_sums(self.read_at, self.plan, refusals):
            sums = sums.plus(one)
            if len(each) <= _HELD_PROVIDERS:
                each.append(one)
        refusals.rest()
        if refusals.whole:
            self.refused = set_rejection(refusals.of_set)
            sums = sums.all_rejected()
        found = facts(self.read_at, self.plan, self.plan.guide == "837I")
        head = next(found)
        assert isinstance(head, Head)
        yield from self._heading(head, sums)
        again = provider_sums(self.read_at, self.plan, Refusals(of_providers.of(self.plan))) if len(each) > _HELD_PROVIDERS else iter(each)
        yield from self._providers(found, again, refused_items(details.of(self.plan)))

    def _heading(self, head: Head, sums: Sums) -> Iterator[Segment]:
        at, source, profile = self.source.at, self.source, self.profile
        yield ("BHT", "0085", "08", source.reference, f"{at:%Y%m%d}", f"{at:%H%M}", "TH")
        yield ("HL", "1", "", "20", "1")
        yield ("NM1", profile.source_entity, "2", source.name, "", "", "", "", profile.source_qualifier, source.id)
        yield ("TRN", "1", source.reference)
        yield ("DTP", "050", "D8", self.day)
        yield ("DTP", "009", "D8", self.day)
        yield ("HL", "2", "1", "21", "1")
        name = _padded(head.submitter, 10)
        kind = name[2] if name[2] in ("1", "2") else "2"
        person = (self.kept(name[4], 35), self.kept(name[5], 25)) if kind == "1" else ("", "")
        yield ("NM1", "41", kind, self._known(name[3] or name[9], 60), *person, "", "", "46", self._known(name[9], 80))
        yield ("TRN", "2", self.kept(head.reference, 50) or _NO_NUMBER)
        yield self._stc(self.refused or [self.received], not self.refused, sums.amount)
        yield from sum_segments(sums, "90", "AA")

    def _providers(
        self, found: Iterator[Head | Provider | Claim], sums: Iterator[Sums], refused: Iterator[tuple[int, list[Finding]]]
    ) -> Iterator[Segment]:
        above = 0
        ordinals = Ordinals(self.read_at, self.plan)
        rejected = next(refused, None)
        for fact in found:
            if isinstance(fact, Claim):
                while rejected is not None and rejected[0] < fact.offset:
                    rejected = next(refused, None)
                why = Rejection(self.refused, []) if self.refused else None
                if why is None and rejected is not None and rejected[0] == fact.offset:
                    why = rejection(self.read_at, self.plan, fact, rejected[1], ordinals)
                yield from self._claim(fact, above, why)
            elif isinstance(fact, Provider):
                self.hl += 1
                above = self.hl
                yield from self._provider(fact, next(sums))

    def _provider(self, provider: Provider, sums: Sums) -> Iterator[Segment]:
        name = _padded(provider.name, 10)
        kind = name[2] if name[2] in ("1", "2") else "2"
        qualifier, number = ("XX", name[9]) if name[8] == "XX" and len(name[9]) > 1 else ("FI", provider.tax_id or name[9])
        person = (self.kept(name[4], 35), self.kept(name[5], 25), "", self.kept(name[7], 10)) if kind == "1" else ("", "", "", "")
        yield ("HL", str(self.hl), "2", "19", "1")
        yield ("NM1", "85", kind, self._known(name[3], 60), *person, qualifier, self._known(number, 80))
        yield ("TRN", "1", f"{self.source.reference}.{self.hl}")
        yield self._stc(self.refused or [self.received], not self.refused, sums.amount, dated=False)
        yield from sum_segments(sums.all_rejected() if self.refused else sums, "QA", "QC")

    def _claim(self, claim: Claim, above: int, why: Rejection | None) -> Iterator[Segment]:
        self.hl += 1
        kept = self.kept
        name = claim.patient
        if len(name) < 10:
            name = _padded(name, 10)
        member = claim.subscriber
        number = member[9] if len(member) > 9 else ""
        clm = claim.clm
        charge = clm[2] if len(clm) > 2 else ""
        yield ("HL", str(self.hl), str(above), "PT")
        yield (
            "NM1", "QC", "1", kept(name[3], 60) or UNKNOWN, kept(name[4], 35), kept(name[5], 25), "", kept(name[7], 10),
            "II" if number and member[8] == "II" else "MI", self._known(number, 80),
        )  # fmt: skip
        yield ("TRN", "2", kept(clm[1], 50) or _NO_NUMBER if len(clm) > 1 else _NO_NUMBER)
        amount = charge if charge in HUNDREDTHS or _is_amount(charge) else "0"
        yield self._stc([self.accepted] if why is None else why.statuses, why is None, amount)
        if claim.trace:
            yield ("REF", "D9", kept(claim.trace, 50))
        bill = _bill_type(clm, self.component) if self.plan.guide == "837I" else ""
        if bill:
            yield ("REF", "BLT", kept(bill, 50))
        period = _period(tuple(claim.dates))
        if period is not None:
            yield ("DTP", "472", *period)
        if why is not None:
            for line in why.lines:
                yield from self._line(line)

    def _line(self, line: Line) -> Iterator[Segment]:
        service = _service(line.service, self.component)
        if service is None:
            return
        composite, charge, revenue, units = service
        parts = tuple(self.kept(part, 48) for part in composite)
        yield ("SVC", parts, charge if _is_amount(charge) else "0", "", self.kept(revenue, 48), "", "", units if _is_amount(units) else "")
        first, *more = line.statuses
        tail: list[Element] = ["", "", "", "", "", "", *more] if more else []
        yield ("STC", first, self.day, "U", *tail)
        if line.control_number:
            yield ("REF", "FJ", self.kept(line.control_number, 50))
        period = _period(tuple(line.dates))
        if period is not None:
            yield ("DTP", "472", *period)

    def _stc(self, statuses: list[Status], good: bool, amount: str, dated: bool = True) -> Segment:
        first, *more = statuses
        tail: list[Element] = ["", "", "", "", "", *more] if more else []
        return ("STC", first, self.day if dated else "", "WQ" if good else "U", amount, *tail)

    def _known(self, value: str, most: int) -> str:
        """A number or name that must be there and is at least two characters long."""
        value = self.kept(value, most)
        return value if len(value) > 1 else UNKNOWN


def keeper(marks: Delimiters) -> Callable[[str, int], str]:
    """A function that makes a received value fit: delimiters of the answer and control characters left out, cut to its length."""
    gone = dict.fromkeys((*range(0x20), 0x7F, *(ord(mark) for mark in marks if mark)))

    def kept(value: str, most: int) -> str:
        if len(value) <= most and (value == "" or value.isalnum()):
            return value
        return value.translate(gone)[:most].strip()

    return kept


def _padded(elements: Elements, size: int) -> Elements:
    return elements + [""] * (size - len(elements))


def _is_amount(text: str) -> bool:
    try:
        return len(text) <= 18 and text != "" and HUNDREDTHS[text] is not None
    except KeyError:
        return False


def _bill_type(clm: Elements, component: str) -> str:
    """CLM05-1 and CLM05-3, as REF*BLT has them."""
    parts = clm[5].split(component) if len(clm) > 5 else []
    return parts[0] + parts[2] if len(parts) > 2 else ""


@lru_cache(maxsize=4096)
def _is_day(text: str) -> bool:
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return len(text) == 8 and text.isascii() and text.isdigit()


@lru_cache(maxsize=4096)
def _period(values: tuple[str, ...]) -> tuple[str, str] | None:
    """(D8 or RD8, value) of the first to the last day of service; None when none can be read."""
    days = sorted({day for value in values for day in value.split("-") if _is_day(day)})
    if not days:
        return None
    return ("D8", days[0]) if len(days) == 1 else ("RD8", f"{days[0]}-{days[-1]}")


def _service(sv: Elements, component: str) -> tuple[list[str], str, str, str] | None:
    """(procedure with modifiers, charge, revenue code, units) of SV1, SV2 or SV3 as SVC has them; None when there is no procedure or revenue code."""
    sv = _padded(sv, 7)
    if sv[0] == "SV2":
        procedure, charge, revenue, units = sv[2], sv[3], sv[1], sv[5]
    elif sv[0] == "SV3":
        procedure, charge, revenue, units = sv[1], sv[2], "", sv[6]
    else:
        procedure, charge, revenue, units = sv[1], sv[2], "", sv[4]
    parts = procedure.split(component)[:6] if procedure else ["NU", revenue] if revenue else []
    return (parts, charge, "" if parts[0] == "NU" else revenue, units) if len(parts) > 1 else None
