"""The log on SQLite: the embedded side of the Log seam. One file, several processes, one disk flush per group of appends."""

import asyncio
import contextlib
import re
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

from gateway.log import schema, store, upkeep
from gateway.log.consumer import SqliteConsumer
from gateway.log.engine import Engine, wall_clock
from gateway.log.store import Topic
from gateway.log.writer import Transaction
from gateway.seams import Committed, LogError, LogUnavailable, NewRecord, Places, Problem, Record, TopicPartition, TopicSpec

_TOPIC_NAME = re.compile(r"[A-Za-z0-9._-]{1,249}")
PRUNE_BATCHES = 200
SESSION_SECONDS = 3.0
"""How long a killed member keeps its partitions from the next one; a loop that hangs for longer loses them and begins anew."""


class SqliteLog:
    """Implements gateway.seams.Log. Open it with `await SqliteLog.open(path)`, after any fork."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._consumers: list[SqliteConsumer] = []

    @classmethod
    async def open(
        cls,
        path: Path | str,
        *,
        clock: Callable[[], int] = wall_clock,
        gap: int = 0,
        readers: int = 4,
        checkpoint_pages: int = schema.CHECKPOINT_PAGES,
    ) -> "SqliteLog":
        """Open or create the log at `path`, mode 0600.

        `clock` gives ms since 1970 (append time, leases, retention). `gap` leaves so many offsets unused after each append, as Kafka's
        transaction markers do. `checkpoint_pages` 0 never moves the write-ahead log into the main file. Raises LogError for a foreign,
        newer or damaged file.
        """
        return cls(await asyncio.to_thread(Engine.start, Path(path), clock, gap, readers, checkpoint_pages))

    @property
    def log_id(self) -> str:
        return self._engine.log_id

    @property
    def may_repeat(self) -> bool:
        """Results and position are rows of one SQLite transaction."""
        return False

    async def create_topics(self, topics: Iterable[TopicSpec]) -> None:
        """Idempotent; takes over a changed retention. Raises LogError for another number of partitions or a name Kafka would not take."""
        specs = list(topics)
        for spec in specs:
            if not _TOPIC_NAME.fullmatch(spec.name) or spec.name in {".", ".."} or spec.partitions < 1:
                raise LogError(f"no valid topic: {spec.name!r} with {spec.partitions} partitions")
        self._engine.topics = await self._engine.write(lambda transaction: _create(transaction, specs))

    async def topics(self) -> dict[str, TopicSpec]:
        self._engine.topics = await self._engine.read(store.load_topics)
        return {name: topic.spec for name, topic in self._engine.topics.items()}

    async def append(self, records: Sequence[NewRecord]) -> Places:
        """Durable (fsync) before it returns; all records or none."""
        placed = await self._engine.place(records)
        if not placed:
            return []
        where: Places = await self._engine.write(lambda transaction: transaction.append(placed))
        return where

    async def read(self, partition: TopicPartition, offset: int, max_records: int = 500, max_bytes: int = 8 << 20) -> list[Record]:
        """Records from `offset` on, at least one if there is one however large. Raises LogError for an offset below the start."""
        topic = await self._engine.lane_of(partition)
        return await self._engine.read(lambda connection: store.read_records(connection, topic, partition, offset, max_records, max_bytes))

    async def offsets(self, partition: TopicPartition) -> tuple[int, int]:
        """(first offset kept, next offset to be written)."""
        topic = await self._engine.lane_of(partition)
        lane = await self._engine.read(lambda connection: store.load_lane(connection, topic, partition))
        return lane.first, lane.next

    async def offset_for_time(self, partition: TopicPartition, timestamp: int) -> int:
        """First offset whose record was appended at or after `timestamp` (ms); the end offset when there is none."""
        topic = await self._engine.lane_of(partition)
        return await self._engine.read(lambda connection: store.offset_for_time(connection, topic, partition, timestamp))

    async def wait(self, after: Mapping[TopicPartition, int], timeout: float) -> bool:
        """True as soon as one of the partitions has a record at or past its offset; False after `timeout` seconds."""
        wanted = [(await self._engine.lane_of(partition), partition, offset) for partition, offset in after.items()]
        clock = asyncio.get_running_loop().time
        deadline = clock() + timeout
        with self._engine.hub.waiter(after.keys()) as waiter:
            while True:
                waiter.clear()
                if await self._engine.read(lambda connection: _arrived(connection, wanted)):
                    return True
                left = deadline - clock()
                if left <= 0:
                    return False
                await waiter.wait(left)

    async def consumer(self, group: str, topics: Sequence[str], session_timeout: float | None = None) -> SqliteConsumer:
        """Join `group`. Reads from the group's positions, from the start where there are none."""
        session_timeout = SESSION_SECONDS if session_timeout is None else session_timeout
        if session_timeout <= 0:
            raise LogError("a session timeout must be positive")
        for name in topics:
            await self._engine.topic(name)
        consumer = SqliteConsumer(self._engine, group, topics, session_timeout)
        await consumer.start()
        self._consumers = [*(known for known in self._consumers if not known.closed), consumer]
        return consumer

    async def group_positions(self, group: str) -> dict[TopicPartition, Committed]:
        return await self._engine.read(lambda connection: store.load_positions(connection, group, store.load_topics(connection)))

    async def prune(self, now: int | None = None) -> dict[TopicPartition, int]:
        """Apply each topic's retention; returns how many records went per partition. Whole batches go, in small transactions."""
        await self.topics()
        moment = self._engine.clock() if now is None else now
        gone = {}
        for topic in self._engine.topics.values():
            for number in range(topic.spec.partitions):
                partition = TopicPartition(topic.spec.name, number)
                count = await self._prune(topic, partition, moment)
                if count:
                    gone[partition] = count
        if gone:
            with contextlib.suppress(LogUnavailable):  # the space is given back by the next prune
                await self._vacuum()
        return gone

    async def verify(self) -> list[Problem]:
        """Check every record's checksum, that none is missing in between, and the structure of the file."""
        await self.topics()
        problems = []
        for topic in self._engine.topics.values():
            for number in range(topic.spec.partitions):
                problems += await self._verify(topic, TopicPartition(topic.spec.name, number))
        problems += await self._engine.read(upkeep.verify_positions)
        return problems + await self._engine.read(upkeep.verify_structure)

    async def close(self) -> None:
        """Leave all groups, finish what is queued, close the file. Idempotent."""
        for consumer in self._consumers:
            await consumer.close()
        self._consumers.clear()
        await self._engine.close()

    async def _prune(self, topic: Topic, partition: TopicPartition, now: int) -> int:
        count = 0
        while True:
            last = await self._engine.read(lambda connection: upkeep.expired(connection, topic, partition, now, PRUNE_BATCHES))
            if last is None:
                return count
            count += await self._engine.write(partial(_drop, topic.id, partition, last))

    async def _vacuum(self) -> None:
        left = await self._engine.write(lambda transaction: upkeep.vacuum(transaction.connection), alone=True)
        while left:
            before, left = left, await self._engine.write(lambda transaction: upkeep.vacuum(transaction.connection), alone=True)
            if left >= before:
                return

    async def _verify(self, topic: Topic, partition: TopicPartition) -> list[Problem]:
        try:
            lane = await self._engine.read(lambda connection: store.load_lane(connection, topic.id, partition))
        except LogError as error:
            return [Problem(f"{partition.topic}/{partition.partition}", str(error))]
        problems: list[Problem] = []
        after, expected = lane.first - 1, None
        while True:
            step = await self._engine.read(partial(upkeep.verify_some, topic.id, partition, after, expected))
            if step is None:
                break
            problems += step[0]
            after, expected = step[1], step[2]
        if lane.last >= lane.first and after < lane.last:
            problems.append(Problem(f"{partition.topic}/{partition.partition}", f"records up to offset {lane.last} are missing"))
        return problems


def _create(transaction: Transaction, specs: Sequence[TopicSpec]) -> dict[str, Topic]:
    known = store.load_topics(transaction.connection)
    for spec in specs:
        topic = known.get(spec.name)
        if topic is not None and topic.spec.partitions != spec.partitions:
            raise LogError(f"topic {spec.name} exists with {topic.spec.partitions} partitions, not {spec.partitions}")
    for spec in specs:
        store.save_topic(transaction.connection, spec, known)
        known = store.load_topics(transaction.connection)
    return known


def _drop(topic: int, partition: TopicPartition, last: int, transaction: Transaction) -> int:
    return transaction.drop(topic, partition, last)


def _arrived(connection: sqlite3.Connection, wanted: Sequence[tuple[int, TopicPartition, int]]) -> bool:
    return any(store.load_lane(connection, topic, partition).last >= offset for topic, partition, offset in wanted)
