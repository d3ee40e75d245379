"""What goes from one unit of a file to the next: running totals of the file and the sums of an unfinished set. Kept with the read position."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import orjson

from gateway.pipeline.messages import Place
from gateway.pipeline.reading import EventRecord, Made, Packer, index_of
from parsers.x12.convert import Origin, SetEnd, Settings, add_ends, close_set
from schemas.envelope import Counts, Finding

_SEVERITIES = ("", "info", "warning", "error")


class Carry(NamedTuple):
    """Totals of the file `receipt` up to here. `listed` findings have numbers below it; `open_set` is (counts, sums) of a set not yet closed.

    `place` is the unit finished last: work at or below it is a repeat.
    """

    receipt: str = ""
    counts: Counts = Counts()
    items: int = 0
    sets: int = 0
    events: int = 0
    listed: int = 0
    suppressed: int = 0
    worst: str = ""
    open_set: tuple[Counts, dict[str, Any]] | None = None
    place: Place = Place()

    def to_text(self) -> str:
        return orjson.dumps(self, default=list).decode()

    @classmethod
    def of_text(cls, text: str) -> "Carry":
        """Inverse of `to_text`, also of one without a place; an empty carry for an empty text."""
        if not text:
            return cls()
        carry = cls(*orjson.loads(text))
        opened = carry.open_set
        opened = None if opened is None else (Counts(*opened[0]), opened[1])
        return carry._replace(counts=Counts(*carry.counts), open_set=opened, place=Place(*carry.place))

    def totals(self) -> dict[str, int]:
        """As a receipt shows them."""
        return {**self.counts._asdict(), "items": self.items, "suppressed": self.suppressed}


class Step(NamedTuple):
    """What one unit adds: records of events, places of them (`Made.index`), findings with their numbers."""

    records: Sequence[EventRecord]
    places: Sequence[tuple[int, int, str, int, int]]
    findings: Sequence[tuple[int, Finding]]


def fold(carry: Carry, made: Made, origin: Origin, settings: Settings, packer: Packer, notes: Sequence[Finding] = ()) -> tuple[Carry, Step]:
    """The totals after a unit, and what it publishes. The last chunk of a set closes the set over the sums of all its chunks."""
    records, index, found = made.records, made.index, [*notes, *made.findings]
    opened = carry.open_set
    if made.end is not None:
        end = made.end if opened is None else add_ends(SetEnd(*opened, None), made.end)
        opened = (end.counts, end.sums)
        if made.closing is not None:
            events, balance = close_set(made.closing.plan, origin, end, settings.policy, settings.extra)
            closing = [packer.record(event) for event in events]
            records, index, found = records + closing, index + index_of(events, closing), found + balance
    else:
        opened = None
    kept, suppressed = _within(found, settings.findings - carry.listed)
    after = carry._replace(
        counts=carry.counts.plus(made.counts),
        items=carry.items + made.items,
        sets=carry.sets + made.sets,
        events=carry.events + len(records),
        listed=carry.listed + len(kept),
        suppressed=carry.suppressed + made.suppressed + suppressed,
        worst=worst_of(found, carry.worst),
        open_set=opened,
    )
    return after, Step(records, index, list(enumerate(kept, carry.listed)))


def worst_of(found: Iterable[Finding], before: str = "") -> str:
    """Worst severity; empty without findings."""
    return max((before, *(finding.severity for finding in found)), key=_SEVERITIES.index)


def _within(found: Sequence[Finding], room: int) -> tuple[list[Finding], int]:
    """Findings that are listed, and how many are only counted; refused and dead items are always listed."""
    kept: list[Finding] = []
    for finding in found:
        if finding.outcome != "reported" or len(kept) < room:
            kept.append(finding)
    return kept, len(found) - len(kept)
