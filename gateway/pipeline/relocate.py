"""What records and read positions of the gateway's own topics say of places on their log, told anew for a log they were copied to."""

import json
from collections.abc import Callable
from typing import Any, Protocol

import orjson

from gateway.pipeline import normaliser, publisher
from gateway.pipeline.carry import Carry
from gateway.pipeline.messages import CHUNKS, MADE, OUTCOMES, WORK, Place, made_place
from gateway.seams import Committed, Headers, Record, TopicPartition


class Relocation(Protocol):
    """From the log with id `from_log` to the one with id `to_log`; topics and offsets asked about are of the former."""

    from_log: str
    to_log: str

    def topic(self, topic: str) -> str: ...

    def following(self, partition: TopicPartition, offset: int) -> int:
        """Where to read on."""

    def intake(self, partition: int, offset: int) -> int:
        """A number in the order of `intake`, for offsets that are kept no more too."""


def relocated_record(name: str, record: Record, relocation: Relocation) -> tuple[bytes, Headers]:
    """Value and headers of a record of the topic `name` (without prefix)."""
    if name in (WORK, CHUNKS, MADE):
        return _unit(name, record, relocation), _unit_headers(name, record, relocation)
    if name == OUTCOMES:
        return _outcome(record.value, relocation), record.headers
    return record.value, record.headers


def relocated_position(group: str, partition: TopicPartition, position: Committed, relocation: Relocation) -> Committed:
    """A group's read position with what was stored with it."""
    change = _METADATA.get(group)
    text = position.metadata
    if change is not None and text:
        text = change(text, partition.partition, relocation)
    return Committed(relocation.following(partition, position.offset), text)


def _unit(name: str, record: Record, relocation: Relocation) -> bytes:
    """What a unit made names topics in full. Under other names it is left out, which its lane takes for: read it yourself."""
    return b"" if name == MADE and relocation.topic(record.topic) != record.topic else record.value


def _unit_headers(name: str, record: Record, relocation: Relocation) -> Headers:
    """The place of the unit; units of one lane are of the same partition of `intake`."""
    place = made_place(record)
    if place.log != relocation.from_log:
        return record.headers
    lane = int(dict(record.headers)["lane"]) if name == CHUNKS else record.partition
    changed = {"intake-offset": b"%d" % relocation.intake(lane, place.offset), "log": relocation.to_log.encode()}
    return tuple((header, changed.get(header, value)) for header, value in record.headers)


def _outcome(value: bytes, relocation: Relocation) -> bytes:
    """Rows of the index are (first, last, topic, partition, offset, records)."""
    found: dict[str, Any] = orjson.loads(value)
    told = [each for each in (found, *found.get("files", ())) if each.get("batches")]
    for each in told:
        each["batches"] = [_row(*row, relocation=relocation) for row in each["batches"]]
    return orjson.dumps(found) if told else value


def _row(first: int, last: int, topic: str, partition: int, offset: int, records: int, *, relocation: Relocation) -> list[Any]:
    now = relocation.following(TopicPartition(topic, partition), offset)
    return [first, last, relocation.topic(topic), partition, now, records]


def _of_normaliser(text: str, number: int, relocation: Relocation) -> str:
    """Units of the file at `offset` were emitted in part."""
    found = json.loads(text)
    return json.dumps({**found, "offset": relocation.intake(number, found["offset"])})


def _of_publisher(text: str, number: int, relocation: Relocation) -> str:
    carry = Carry.of_text(text)
    if carry.place.log != relocation.from_log:
        return text
    return carry._replace(place=Place(relocation.to_log, relocation.intake(number, carry.place.offset), carry.place.number)).to_text()


_METADATA: dict[str, Callable[[str, int, Relocation], str]] = {normaliser.GROUP: _of_normaliser, publisher.GROUP: _of_publisher}
