"""The partitions of one number that a member of a group owns: their records in order, and commits of their positions."""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence

from gateway.seams import Committed, Consumer, NewRecord, Places, Record, Report, TopicPartition

LANE_RECORDS = 1000
LANE_BYTES = 16 << 20
"""What a lane holds unread of one partition; more is left on the log, so that one backlog does not fill the memory or starve the others."""
SETTLE_SECONDS = 10.0
"""How long a lane that ends waits for its commit under way."""


class _Feed:
    """One partition of a lane: its position committed last, and the records that are here and unread."""

    def __init__(self, partition: TopicPartition, committed: Committed | None) -> None:
        self.partition = partition
        self.committed = committed
        self.next = committed.offset if committed is not None else 0
        self.waiting: deque[Record] = deque()
        self.arrived = asyncio.Event()
        self._bytes = 0

    @property
    def full(self) -> bool:
        return len(self.waiting) >= LANE_RECORDS or self._bytes >= LANE_BYTES

    def put(self, record: Record) -> None:
        """What is below the position is there for a second time: a poll of before the commit has brought it."""
        if record.offset >= self.next:
            self.waiting.append(record)
            self._bytes += len(record.value)
            self.next = record.offset + 1
            self.arrived.set()

    async def take(self) -> Record:
        while not self.waiting:
            self.arrived.clear()
            await self.arrived.wait()
        record = self.waiting.popleft()
        self._bytes -= len(record.value)
        return record


class Lane:
    """The partitions of one number while this member owns them. Where a topic is asked for, the group's first is the default."""

    def __init__(self, consumer: Consumer, topics: Sequence[str], committed: Mapping[TopicPartition, Committed | None]) -> None:
        self.topics = tuple(topics)
        self.partitions = frozenset(committed)
        self.task: asyncio.Task[None] | None = None
        self.began = asyncio.get_running_loop().time()
        self.pause = 0.0
        """Seconds before it may begin anew."""
        self._consumer = consumer
        self._feeds = {partition.topic: _Feed(partition, position) for partition, position in committed.items()}
        self._committing: asyncio.Task[Places] | None = None

    @property
    def number(self) -> int:
        return next(iter(self.partitions)).partition

    @property
    def over(self) -> bool:
        """Its work has ended before it was told to."""
        return self.task is not None and self.task.done()

    @property
    def metadata(self) -> str:
        """What was committed last with the position on the first topic."""
        committed = self._feeds[self.topics[0]].committed
        return committed.metadata if committed is not None else ""

    def feed(self, topic: str = "") -> _Feed:
        return self._feeds[topic or self.topics[0]]

    async def take(self, topic: str = "") -> Record:
        """The next record."""
        return await self.feed(topic).take()

    def peek(self, topic: str = "") -> Record | None:
        """The record that `take` would give at once."""
        waiting = self.feed(topic).waiting
        return waiting[0] if waiting else None

    async def commit(self, positions: Mapping[str, Committed], results: Sequence[NewRecord] = (), report: Report | None = None) -> Places:
        """Positions by topic, results and what `report` makes of their places, at once. A cancelled caller does not stop it half-way.

        Raises Fenced also when another member has moved a position since this lane began or committed.
        """
        self._committing = asyncio.create_task(self._commit(positions, results, report))
        self._committing.add_done_callback(_heard)
        return await asyncio.shield(self._committing)

    async def settled(self) -> bool:
        """Returns when no commit is under way; False when that takes too long."""
        if self._committing is None:
            return True
        _, pending = await asyncio.wait([self._committing], timeout=SETTLE_SECONDS)
        return not pending

    async def _commit(self, positions: Mapping[str, Committed], results: Sequence[NewRecord], report: Report | None) -> Places:
        feeds = [self._feeds[topic] for topic in positions]
        before = {feed.partition: feed.committed for feed in feeds}
        where = await self._consumer.commit({feed.partition: positions[feed.partition.topic] for feed in feeds}, results, report, before)
        for feed in feeds:
            feed.committed = positions[feed.partition.topic]
        return where


def _heard(commit: "asyncio.Task[Places]") -> None:
    """Its error is for the lane that waits for it; when that was cancelled meanwhile, for nobody."""
    if not commit.cancelled():
        commit.exception()
