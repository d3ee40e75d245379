"""Records of one log appended to another one, exactly once however often it is killed, and both compared record by record."""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import NamedTuple

from gateway.log.once import Readable
from gateway.move.mark import Mark
from gateway.move.offsets import OffsetMap
from gateway.move.plan import Pair
from gateway.seams import Consumer, Headers, Log, LogError, NewRecord, Record, TopicPartition

CHUNK_RECORDS = 500
AHEAD_BYTES, CHUNK_BYTES, LEAST_BYTES = 64 << 20, 4 << 20, 64 << 10
"""Values read ahead, of all partitions and of one."""
Update = Callable[[int], None]
"""Told of records that were dealt with."""
Content = Callable[[Pair, Record], tuple[bytes, Headers]]
"""Value and headers as the target shall have them."""


class Tally(NamedTuple):
    """What was compared. `latest`: when the last record was appended to the target, ms since 1970."""

    records: int = 0
    bytes: int = 0
    latest: int = 0

    def plus(self, other: "Tally") -> "Tally":
        return Tally(self.records + other.records, self.bytes + other.bytes, max(self.latest, other.latest))


async def carry(reader: Callable[[Pair], Readable], marks: Mapping[Pair, Mark], content: Content, update: Update, consumer: Consumer) -> None:
    """Append what the target lacks, roughly in order of time. `consumer` is the only member of the group `copy`."""
    everything = frozenset(pair.target for pair in marks)
    size = min(CHUNK_BYTES, max(LEAST_BYTES, AHEAD_BYTES // max(1, len(marks))))
    waiting: dict[Pair, list[Record]] = {}

    async def look_ahead(pair: Pair, at: int) -> None:
        if records := await reader(pair).read(pair.source, at, CHUNK_RECORDS, size):
            waiting[pair] = records

    for pair in marks:
        at = Mark.of(await consumer.committed(pair.target)) or marks[pair]
        await look_ahead(pair, max(at.next, (await reader(pair).offsets(pair.source))[0]))
    while waiting:
        pair = min(waiting, key=lambda pair: waiting[pair][0].timestamp)
        records = waiting.pop(pair)
        mark = marks[pair]._replace(next=records[-1].offset + 1)
        await consumer.poll(1, 0.0, everything)  # keeps this member in its group
        await consumer.commit({pair.target: mark.position()}, [_new(pair, record, content) for record in records])
        update(len(records))
        await look_ahead(pair, mark.next)


async def compare(source: Readable, target: Log, pair: Pair, start: int, content: Content, update: Update) -> tuple[OffsetMap, Tally]:
    """Read both sides of a partition through; `start`: the source's first offset when the copy began. Raises LogError at the first difference."""
    (first, end), (new_first, new_end) = await source.offsets(pair.source), await target.offsets(pair.target)
    offsets = OffsetMap(first, new_first)
    tally = Tally()
    gone = first > start  # retention went on meanwhile: what it took is at the beginning of the copy
    copies = records_of(target, pair.target, new_first, new_end)
    async for record in records_of(source, pair.source, first, end):
        wanted = (record.key, *content(pair, record))
        copy = await anext(copies, None)
        while gone and copy is not None and _content_of(copy) != wanted:
            copy = await anext(copies, None)
        if copy is None or _content_of(copy) != wanted:
            raise LogError(_differs(pair, record.offset))
        gone = False
        offsets.add(record.offset, copy.offset)
        tally = tally.plus(Tally(1, len(record.value), copy.timestamp))
        update(1)
    if not gone and await anext(copies, None) is not None:
        raise LogError(_differs(pair, end))
    offsets.close(end, new_end)
    return offsets, tally


async def records_of(log: Readable, partition: TopicPartition, at: int, end: int) -> AsyncIterator[Record]:
    """Those at offsets below `end`."""
    while at < end and (records := await log.read(partition, at, CHUNK_RECORDS, CHUNK_BYTES)):
        for record in records:
            if record.offset >= end:
                return
            yield record
        at = records[-1].offset + 1


def _content_of(record: Record) -> tuple[bytes, bytes, Headers]:
    return record.key, record.value, record.headers


def _new(pair: Pair, record: Record, content: Content) -> NewRecord:
    value, headers = content(pair, record)
    return NewRecord(pair.target.topic, record.key, value, headers, pair.target.partition)


def _differs(pair: Pair, offset: int) -> str:
    place = f"{pair.source.topic}/{pair.source.partition}"
    return f"{place}: the copy differs from offset {offset} on; something else writes to one of the logs: stop it, and copy to an empty target"
