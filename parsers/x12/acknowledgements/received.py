"""The envelope of received interchanges, found again by the first pass: control segments and sets in file order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from parsers.x12.acknowledgements.sweep import charges
from parsers.x12.delimiters import ISA_WINDOW, read_isa
from parsers.x12.items import Rule
from parsers.x12.marks import Marks
from parsers.x12.plan import Control, ReadAt, ScanLimits, SetPlan
from parsers.x12.scan import Scanner
from schemas.x12 import guide, guide_names

LIMITS = ScanLimits(chunk=1 << 62)
"""Nothing is cut here: a set is one span."""
ENVELOPE = ("ISA", "TA1", "GS", "ST", "SE", "GE", "IEA")

Mark = Control | SetPlan


class _Envelope(Scanner):
    """The first pass, saying where control segments stand and passing over the items, which it need not count here."""

    def _marks(self, rule: Rule) -> Marks:
        found = Marks(self.delimiters, (*ENVELOPE, *sorted(rule.binary)))
        found.tags |= frozenset(rule.marks)  # the items of this rule are asked for and left out
        return found

    def _check_isa(self) -> Iterator[Any]:
        yield self.isa

    def _control(self, control: Control, before: int) -> Iterator[Any]:
        yield from super()._control(control, before)
        if control.elements[0] in ("GS", "GE", "IEA"):
            yield control

    def one(self, at: int) -> Iterator[Any]:
        """The interchange whose ISA stands at `at`."""
        read = read_isa(self.read_at(at, ISA_WINDOW))
        if read is None:
            return
        self._start(read.delimiters, Control(at, ("ISA", *read.elements)))
        yield self.isa
        yield from self._interchange(at + read.length)


def marks(read_at: ReadAt, size: int) -> Iterator[Mark]:
    """Everything of a file. An interchange starts with its ISA; bytes outside any interchange give nothing, nor does one without ISA."""
    known = False
    for found in _Envelope(read_at, size, LIMITS, {}).run():
        if isinstance(found, Control) and found.elements[0] == "ISA":
            known = True
        elif isinstance(found, SetPlan) and found.isa is None:
            known = False
        if known and isinstance(found, (Control, SetPlan)):
            yield found


def interchange(read_at: ReadAt, start: int, end: int) -> Iterator[Mark]:
    """The marks of the one interchange in [start, end)."""
    for found in _Envelope(read_at, end, LIMITS, {}).one(start):
        if isinstance(found, (Control, SetPlan)):
            yield found


class Survey(NamedTuple):
    """What decides which acknowledgements an interchange gets. `acknowledges`: it holds nothing but acknowledgements itself.

    `answerable` counts the groups that are not of acknowledgements, `runs` the runs of them with equal GS02 and GS03, `claims` the 837 sets
    with claims; `astray` says that a set stands outside any group. `closed` is where its IEA stands, else the end.
    """

    isa: Control
    closed: int
    end: int
    sets: int
    answerable: int
    runs: int
    claims: int
    astray: bool
    acknowledges: bool


def surveys(read_at: ReadAt, size: int) -> Iterator[Survey]:
    """One survey for each interchange of a file."""
    open_one: _Counting | None = None
    for mark in marks(read_at, size):
        if isinstance(mark, Control) and mark.elements[0] == "ISA":
            if open_one is not None:
                yield open_one.survey(mark.offset)
            open_one = _Counting(read_at, mark)
        elif open_one is not None:
            open_one.see(mark)
    if open_one is not None:
        yield open_one.survey(size)


ACKNOWLEDGEMENTS = "FA"
"""GS01 of groups that are never acknowledged: 997 and 999."""


class _Counting:
    def __init__(self, read_at: ReadAt, isa: Control) -> None:
        self.read_at, self.isa = read_at, isa
        self.sets = self.groups = self.answerable = self.runs = self.claims = self.notes = 0
        self.astray = False
        self.closed: int | None = None
        self.key: tuple[str, str] | None = None

    def see(self, mark: Mark) -> None:
        if isinstance(mark, SetPlan):
            self._set(mark)
        elif mark.elements[0] == "GS":
            self.groups += 1
            if answerable(mark):
                self.answerable += 1
                key = application_ids(mark)
                self.runs += key != self.key
                self.key = key
        elif mark.elements[0] == "IEA":
            self.closed = mark.offset

    def _set(self, plan: SetPlan) -> None:
        if plan.st.elements[0] == "TA1":
            self.notes += 1
            return
        self.sets += 1
        if plan.gs is None:
            self.astray = True
        self.claims += is_claims(self.read_at, plan)

    def survey(self, end: int) -> Survey:
        acknowledges = not self.sets and self.notes > 0 if not self.groups else not self.answerable
        closed = end if self.closed is None else self.closed
        return Survey(self.isa, closed, end, self.sets, self.answerable, self.runs, self.claims, self.astray, acknowledges)


def answerable(gs: Control) -> bool:
    return gs.get(1).strip() != ACKNOWLEDGEMENTS


def application_ids(gs: Control) -> tuple[str, str]:
    """GS02 and GS03."""
    return gs.get(2).strip(), gs.get(3).strip()


def is_claims(read_at: ReadAt, plan: SetPlan) -> bool:
    """Whether a 277CA answers this set: an 837 in a group, with at least one claim."""
    return plan.gs is not None and answerable(plan.gs) and transaction_of(plan) == "837" and next(charges(read_at, plan), None) is not None


def transaction_of(plan: SetPlan) -> str:
    """The transaction set that was read: that of the guide, whatever ST01 says."""
    return guide(plan.guide).transaction if plan.guide in guide_names() else plan.st.get(1).strip()
