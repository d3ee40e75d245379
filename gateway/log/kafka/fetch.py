"""Reads records of committed transactions from the brokers that lead their partitions."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from gateway.log.kafka.errors import CORRUPT, OFFSET_OUT_OF_RANGE, RETRYABLE, name_of, refusal
from gateway.log.kafka.link import Link
from gateway.log.kafka.values import weight
from gateway.log.kafka.wire import ABORT_MARKER, READ_COMMITTED, ControlRecord, CorruptRecordException, FetchRequest, MemoryRecords, OffsetRequest
from gateway.seams import CorruptRecord, LogError, LogUnavailable, Record, TopicPartition

EARLIEST, LATEST = -2, -1


class OutOfRange(NamedTuple):
    """The offset asked for is below the first one kept or above the end."""


class Piece:
    """Records of one partition as a broker sent them, decoded as they are taken.

    `next`: where to read on. `stable`: end of what is committed as the broker knew it then. `start`: the offset that was asked for.
    """

    def __init__(self, partition: TopicPartition, start: int, stable: int, data: bytes, aborted: Any) -> None:
        self.partition = partition
        self.next = start
        self.stable = stable
        self.size = len(data)
        self._start = start
        self._batches = MemoryRecords(data)
        self._aborted = sorted(((int(first), int(producer)) for producer, first in aborted or ()), reverse=True)
        self._dropping: set[int] = set()
        self._records = self._decoded()
        self._ahead: Record | None = None
        self._damage: CorruptRecord | None = None
        self._done = False
        self.damaged_to = start
        """Where to go on after a damaged batch."""

    def take(self, max_records: int, max_bytes: int = 1 << 62) -> list[Record]:
        """The next records; at least one if there is one, however large. Raises CorruptRecord when the next one is damaged."""
        records: list[Record] = []
        size = 0
        while len(records) < max_records:
            record = self._peek()
            if record is None:
                break
            size += weight(record)
            if records and size > max_bytes:
                break
            self._ahead = None
            self.next = record.offset + 1
            records.append(record)
        if not records and self._damage is not None:
            raise self._damage
        return records

    @property
    def empty(self) -> bool:
        """Nothing is left to take. Looks ahead, so that `next` is past transaction markers and aborted records."""
        return self._peek() is None and self._damage is None

    def _peek(self) -> Record | None:
        if self._ahead is None and not self._done:
            try:
                self._ahead = next(self._records, None)
            except CorruptRecord as error:
                self._damage = error
            self._done = self._ahead is None
        return self._ahead

    def _decoded(self) -> Iterator[Record]:
        topic, number = self.partition
        while self._batches.has_next():
            batch = self._batches.next_batch()
            base, end = int(batch.base_offset), int(batch.next_offset)
            if end > self._start:
                self.damaged_to = max(end, self._start + 1)
                if not batch.validate_crc():
                    raise CorruptRecord(f"{topic}/{number} offsets {base} to {end - 1}: the records do not match their checksum")
                if not self._hidden(batch, base):
                    yield from self._unpacked(batch)
            self.next = max(self.next, end)

    def _unpacked(self, batch: Any) -> Iterator[Record]:
        topic, number = self.partition
        try:
            for item in batch:
                if item.offset >= self._start:
                    headers = tuple((name, value or b"") for name, value in item.headers)
                    yield Record(topic, number, item.offset, item.timestamp, item.key or b"", item.value or b"", headers)
        except CorruptRecordException:
            raise CorruptRecord(f"{topic}/{number} offsets {batch.base_offset} to {batch.next_offset - 1}: the records cannot be unpacked") from None

    def _hidden(self, batch: Any, base: int) -> bool:
        """A transaction's marker, or a batch of an aborted one."""
        while self._aborted and self._aborted[-1][0] <= base:
            self._dropping.add(self._aborted.pop()[1])
        if batch.is_control_batch:
            if ControlRecord.parse(next(batch).key) == ABORT_MARKER:
                self._dropping.discard(batch.producer_id)
            return True
        return bool(batch.is_transactional and batch.producer_id in self._dropping)


Answer = Piece | OutOfRange | LogError


async def fetch(
    link: Link, node: int, wanted: Mapping[TopicPartition, int], wait_seconds: float, partition_bytes: int, total_bytes: int
) -> dict[TopicPartition, Answer]:
    """What follows each offset, from the broker that leads the partitions. Waits up to `wait_seconds` when there is nothing.

    A partition whose leader is moving is left out of the answer. Partitions earlier in `wanted` come first when there is too much. Callers
    bound the time.
    """
    topics: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for partition, offset in wanted.items():
        topics[partition.topic].append((partition.partition, offset, partition_bytes))
    request = FetchRequest(round(wait_seconds * 1000), 1, total_bytes, READ_COMMITTED, list(topics.items()))
    response = await link.send(node, request, "reading records")
    answers: dict[TopicPartition, Answer] = {}
    stale = False
    for topic, partitions in response.topics:
        for number, code, _, stable, *rest in partitions:
            partition = TopicPartition(topic, number)
            if code == 0:
                aborted, data = (rest[1], rest[-1]) if response.API_VERSION >= 5 else (rest[0], rest[-1])
                answers[partition] = Piece(partition, wanted[partition], stable, data or b"", aborted)
            elif code == OFFSET_OUT_OF_RANGE:
                answers[partition] = OutOfRange()
            elif code == CORRUPT:
                answers[partition] = CorruptRecord(f"{topic}/{number} offset {wanted[partition]}: the broker cannot read its records")
            elif code in RETRYABLE or code == -1:
                stale = True
                link.trouble = name_of(code)
            else:
                answers[partition] = refusal(code, f"reading {topic}/{number}")
    if stale:
        await link.refresh()
    return answers


async def list_offsets(link: Link, partitions: Mapping[TopicPartition, int], isolation: int = READ_COMMITTED) -> dict[TopicPartition, int]:
    """Per partition: EARLIEST the first offset kept, LATEST the end of what is committed, else the first offset at or after that time (ms).

    -1 when no record is as young. `isolation` READ_UNCOMMITTED: LATEST is the end of what is written. Asks until each has an answer; callers
    bound the time.
    """
    found: dict[TopicPartition, int] = {}
    backoff = 0.01
    while True:
        left = [partition for partition in partitions if partition not in found]
        if not left:
            return found
        nodes = await link.by_leader(left)
        calls = [_offsets_of_node(link, node, {p: partitions[p] for p in some}, isolation) for node, some in nodes.items()]
        for answer in await asyncio.gather(*calls):
            found |= answer
        if len(found) < len(partitions):
            await asyncio.sleep(backoff)
            backoff = min(backoff * 2, 0.2)
            await link.refresh()


async def _offsets_of_node(link: Link, node: int, partitions: Mapping[TopicPartition, int], isolation: int) -> dict[TopicPartition, int]:
    topics: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for partition, moment in partitions.items():
        topics[partition.topic].append((partition.partition, moment))
    try:
        response = await link.send(node, OffsetRequest(-1, isolation, list(topics.items())), "asking for offsets")
    except LogUnavailable as error:
        link.trouble = str(error)
        return {}
    found = {}
    for topic, numbers in response.topics:
        for number, code, _, offset in numbers:
            if code == 0:
                found[TopicPartition(topic, number)] = int(offset)
            elif code in RETRYABLE or code == -1:
                link.trouble = name_of(code)
            else:
                raise refusal(code, f"asking for offsets of {topic}/{number}")
    return found
