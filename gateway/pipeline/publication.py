"""What one transaction publishes: events, and the outcomes that say where they stand."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from gateway.pipeline.carry import Carry, Step, fold
from gateway.pipeline.messages import Work, outcome
from gateway.pipeline.plan import decode_finding
from gateway.pipeline.reading import FileSettings, Made, Packer, Topics
from gateway.seams import NewRecord, Places
from gateway.state import IndexRow

OUTCOME_FINDINGS = 2000


class _Part(NamedTuple):
    """An outcome whose index rows wait for the places of the events from number `start` on. `rows` are as `Made.index`."""

    work: Work
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
        self._outcomes: list[_Part | NewRecord] = []

    def add(self, work: Work, parts: Sequence[Made]) -> None:
        """One unit of work: its events, what became of its items, and for the last one of a file its end."""
        arrival = work.arrival
        settings = FileSettings(*orjson.loads(work.settings))
        origin, reading = settings.origin(arrival.site, arrival.feed, arrival.sha256), settings.reading()
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
        return [self._placed(entry, places) if isinstance(entry, _Part) else entry for entry in self._outcomes]

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

    def _placed(self, part: _Part, places: Places) -> NewRecord:
        rows = _index(part.rows, places[part.start : part.start + part.events])
        return self._outcome(part.work, "part", {**part.values, "batches": rows})

    def _outcome(self, work: Work, kind: str, values: Mapping[str, Any]) -> NewRecord:
        return NewRecord(self._topic, work.arrival.receipt.encode(), outcome(kind, work.arrival, **values))


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
