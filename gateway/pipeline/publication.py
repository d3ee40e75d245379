"""What one transaction publishes: events, and the outcomes that say where they stand."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from gateway.pipeline.bundle import Member, members_of
from gateway.pipeline.carry import Carry, Step, fold, worst_of
from gateway.pipeline.formats import x12
from gateway.pipeline.messages import Work, bundle_outcome, feed_key, outcome
from gateway.pipeline.plan import decode_finding
from gateway.pipeline.reading import FileSettings, Made, Packer, Topics
from gateway.seams import NewRecord, Places
from gateway.state import IndexRow
from schemas.envelope import Finding

OUTCOME_FINDINGS = 2000
"""Findings of an outcome, at most; of a bundle unless one file has more."""


class _Part(NamedTuple):
    """An outcome whose index rows wait for the places of the events from number `start` on. `rows` are as `Made.index`."""

    work: Work
    values: Mapping[str, Any]
    rows: Sequence[tuple[int, int, str, int, int]]
    start: int
    events: int


class _End(NamedTuple):
    """A file of a bundle with what is said of it; the same for its places."""

    member: Member
    values: Mapping[str, Any]
    rows: Sequence[tuple[int, int, str, int, int]]
    start: int
    events: int


class Publication:
    """`add` the units in file order; then `events` and `report` are what a commit takes."""

    def __init__(self, outcomes: str, topics: Topics, carry: Carry) -> None:
        self.carry = carry
        self.events: list[NewRecord] = []
        self._topic, self._topics = outcomes, topics
        self._outcomes: list[_Part | list[_End] | NewRecord] = []

    def add(self, work: Work, parts: Sequence[Made]) -> None:
        """One unit of work: its events, what became of its items, and for the last one of a file its end."""
        if work.bundle:
            self._bundle(work, parts)
            self.carry = Carry(work.arrival.receipt, place=work.place)
            return
        arrival = work.arrival
        settings = FileSettings(*orjson.loads(work.settings))
        origin = settings.origin(arrival.site, arrival.feed, arrival.sha256)
        reading = x12.reading(settings) if any(part.closing is not None for part in parts) else x12.surveying(settings)
        packer = Packer(self._topics, arrival.received_at)
        carry = self.carry if work.number else Carry(arrival.receipt)
        notes = [decode_finding(row) for row in orjson.loads(work.notes)]
        for part in parts:
            carry, step = fold(carry, part, origin, reading, packer, notes)
            notes = []
            self._part(work, carry, step)
        if work.last:
            status = "done" if carry.sets or carry.items else "failed"
            values = {"status": status, "counts": carry.totals(), "events": carry.events, "worst": carry.worst}
            self._outcomes.append(self._outcome(work, "done", values))
        self.carry = carry._replace(place=work.place)

    def report(self, places: Places) -> list[NewRecord]:
        """Records of the topic `outcomes`, by the places of `events`."""
        return [self._placed(entry, places) for entry in self._outcomes]

    def _bundle(self, work: Work, parts: Sequence[Made]) -> None:
        """Every file is done: one outcome says it of all, or several where there are many findings."""
        ends: list[_End] = []
        listed = 0
        for member, made in zip(members_of(work.unit), parts, strict=True):
            findings = [*map(decode_finding, member.notes), *made.findings]
            if ends and listed + len(findings) > OUTCOME_FINDINGS:
                self._outcomes.append(ends)
                ends, listed = [], 0
            listed += len(findings)
            ends.append(self._end(member, made, findings))
        self._outcomes.append(ends)

    def _end(self, member: Member, made: Made, findings: Sequence[Finding]) -> _End:
        start = len(self.events)
        self.events += [NewRecord._make((topic, key, value, headers, partition)) for topic, key, value, headers, partition in made.records]
        values = {
            "status": "done" if made.sets or made.items > made.counts.dead else "failed",
            "counts": {**made.counts._asdict(), "items": made.items, "suppressed": made.suppressed},
            "events": len(made.records), "worst": worst_of(findings), "kept": member.kept,
            "findings": [(number, found.to_json()) for number, found in enumerate(findings)],
        }  # fmt: skip
        return _End(member, values, made.index, start, len(made.records))

    def _part(self, work: Work, carry: Carry, step: Step) -> None:
        """Many findings are cut into several outcomes."""
        start = len(self.events)
        self.events += [NewRecord._make((topic, key, value, headers, partition)) for topic, key, value, headers, partition in step.records]
        lines = [(number, value.to_json()) for number, value in step.findings]
        totals = {"counts": carry.totals(), "events": carry.events, "worst": carry.worst}
        for first in range(0, max(len(lines), 1), OUTCOME_FINDINGS):
            values = {**totals, "findings": orjson.Fragment(orjson.dumps(lines[first : first + OUTCOME_FINDINGS]))}
            if first:
                self._outcomes.append(self._outcome(work, "part", {**values, "batches": []}))
            else:
                self._outcomes.append(_Part(work, values, step.places, start, len(step.records)))

    def _placed(self, entry: _Part | list[_End] | NewRecord, places: Places) -> NewRecord:
        if isinstance(entry, NewRecord):
            return entry
        if isinstance(entry, _Part):
            return self._outcome(entry.work, "part", {**entry.values, "batches": _rows(entry, places)})
        first = entry[0].member.arrival
        value = bundle_outcome([(end.member.arrival, {**end.values, "batches": _rows(end, places)}) for end in entry])
        return NewRecord(self._topic, feed_key(first.site, first.feed), value)

    def _outcome(self, work: Work, kind: str, values: Mapping[str, Any]) -> NewRecord:
        return NewRecord(self._topic, work.arrival.receipt.encode(), outcome(kind, work.arrival, **values))


def _rows(entry: _Part | _End, places: Places) -> list[IndexRow]:
    return _index(entry.rows, places[entry.start : entry.start + entry.events])


def _index(rows: Iterable[tuple[int, int, str, int, int]], places: Places) -> list[IndexRow]:
    """Rows of a receipt's index: those of a partition take its places one after the other."""
    offsets: dict[tuple[str, int], list[int]] = {}
    for place, offset in places:
        offsets.setdefault(place, []).append(offset)
    taken = dict.fromkeys(offsets, 0)
    found = []
    for first, last, topic, partition, count in rows:
        at = taken[topic, partition]
        taken[topic, partition] = at + count
        found.append(IndexRow(first, last, topic, partition, offsets[topic, partition][at], count))
    return found
