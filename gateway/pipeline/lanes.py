"""A consumer group read as lanes: one task per partition, fed in order from one member of the group, committing on its own."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from gateway.seams import Committed, Consumer, Fenced, Log, LogError, NewRecord, Record, TopicPartition

POLL_RECORDS = 256
LANE_RECORDS = 1000
"""Records a lane holds unread; more are left on the log, so that one partition's backlog does not fill the memory or starve the others."""


class Lane:
    """One partition while this member owns it. `metadata` is what was committed last."""

    def __init__(self, consumer: Consumer, partition: TopicPartition, committed: Committed | None) -> None:
        self.partition = partition
        self._consumer = consumer
        self._committed = committed
        self._waiting: deque[Record] = deque()
        self._arrived = asyncio.Event()
        self._room = asyncio.Event()
        self.next = committed.offset if committed is not None else 0
        self.task: asyncio.Task[None] | None = None

    @property
    def metadata(self) -> str:
        return self._committed.metadata if self._committed is not None else ""

    def put(self, record: Record) -> bool:
        """False when there is no room."""
        if len(self._waiting) >= LANE_RECORDS:
            return False
        self._waiting.append(record)
        self.next = record.offset + 1
        self._arrived.set()
        return True

    async def take(self) -> Record:
        """The next record of this partition."""
        while not self._waiting:
            self._arrived.clear()
            await self._arrived.wait()
        self._room.set()
        return self._waiting.popleft()

    def peek(self) -> Record | None:
        """The record that `take` would give at once."""
        return self._waiting[0] if self._waiting else None

    async def room(self) -> None:
        """Returns when a record was taken, at the latest after a tenth of a second."""
        self._room.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.1):
                await self._room.wait()

    async def commit(self, position: Committed, results: Sequence[NewRecord]) -> list[tuple[TopicPartition, int]]:
        """Results and position at once. Raises Fenced also when another member has moved the position since this lane began or committed."""
        if await self._consumer.committed(self.partition) != self._committed:
            raise Fenced(f"{self.partition.topic}/{self.partition.partition}: another member has gone on with it")
        where = await self._consumer.commit({self.partition: position}, results)
        self._committed = position
        return where


SESSION_SECONDS = 3.0
"""How long a killed gateway keeps its partitions from the next one; a loop that hangs for longer loses them and begins anew."""
Work = Callable[[Lane], Coroutine[Any, Any, None]]


async def run_lanes(log: Log, group: str, topic: str, work: Work, session_timeout: float = SESSION_SECONDS) -> None:
    """Join `group` and run `work` for each partition owned, until cancelled. An error of one lane ends all: who calls begins anew."""
    consumer = await _join(log, group, topic, session_timeout)
    try:
        async with asyncio.TaskGroup() as tasks:
            lanes: dict[TopicPartition, Lane] = {}
            while True:
                records = await consumer.poll(POLL_RECORDS, 1.0)
                await _follow(consumer, lanes, records, work, tasks)
                dealt, full = _deal(consumer, lanes, records)
                if full and not dealt:
                    await full[0].room()
    finally:
        await consumer.close()


async def _join(log: Log, group: str, topic: str, session_timeout: float) -> Consumer:
    """Cancelled half-way, the member still leaves: else nobody reads its partitions until its lease is over."""
    joining = asyncio.ensure_future(log.consumer(group, [topic], session_timeout))
    try:
        return await asyncio.shield(joining)
    except asyncio.CancelledError:
        await (await joining).close()
        raise


async def _follow(consumer: Consumer, lanes: dict[TopicPartition, Lane], records: Sequence[Record], work: Work, tasks: asyncio.TaskGroup) -> None:
    """End the lanes of partitions that went away, begin those of new ones. A partition that went and came back starts from its position again."""
    first: dict[TopicPartition, int] = {}
    for record in records:
        first.setdefault(TopicPartition(record.topic, record.partition), record.offset)
    owned = consumer.assignment
    for partition in [p for p, lane in lanes.items() if p not in owned or first.get(p, lane.next) < lane.next]:
        task = lanes.pop(partition).task
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
    for partition in (first.keys() & owned) - lanes.keys():
        lane = lanes[partition] = Lane(consumer, partition, await consumer.committed(partition))
        lane.task = tasks.create_task(work(lane), name=f"{partition.topic}/{partition.partition}")


def _deal(consumer: Consumer, lanes: dict[TopicPartition, Lane], records: Sequence[Record]) -> tuple[int, list[Lane]]:
    """Give records to their lanes. Returns how many, and the lanes without room, whose records will be read again."""
    full: dict[TopicPartition, Lane] = {}
    dealt = 0
    for record in records:
        partition = TopicPartition(record.topic, record.partition)
        lane = lanes.get(partition)
        if lane is None or partition in full:
            continue
        if lane.put(record):
            dealt += 1
            continue
        full[partition] = lane
        with contextlib.suppress(LogError):  # no longer ours
            consumer.seek(partition, record.offset)
    return dealt, list(full.values())
