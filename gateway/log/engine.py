"""The running side of a SQLite log: one writer thread, a few readers, and the list of topics."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from gateway.log import batch, schema, store
from gateway.log.batch import Packed
from gateway.log.murmur2 import partition_for
from gateway.log.store import Placed, Topic
from gateway.log.wake import Hub
from gateway.log.writer import Job, Writer
from gateway.seams import LogError, NewRecord, TopicPartition

T = TypeVar("T")
PLACE_INLINE = 500
"""Records up to this many are prepared on the event loop (about 3 microseconds each), more in a thread."""


def wall_clock() -> int:
    """Milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000


class Engine:
    """Opened by `start` (blocking); `read` and `write` run jobs off the event loop."""

    def __init__(self, path: Path, log_id: str, writer: Writer, hub: Hub, clock: Callable[[], int], readers: int) -> None:
        self.log_id = log_id
        self.hub = hub
        self.clock = clock
        self.topics: dict[str, Topic] = {}
        self._path = path
        self._writer = writer
        self._pool = ThreadPoolExecutor(readers, thread_name_prefix="log-reader")
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []

    @classmethod
    def start(cls, path: Path, clock: Callable[[], int], gap: int, readers: int, checkpoint_pages: int) -> "Engine":
        """Open or create the file. Raises LogError for a foreign, newer or damaged one."""
        schema.create_file(path)
        connection = None
        try:
            connection = schema.connect(path, reader=False, checkpoint_pages=checkpoint_pages)
            log_id = schema.prepare(connection)
            topics = store.load_topics(connection)
        except (*schema.FileErrors, LogError) as error:
            if connection is not None:
                connection.close()
            raise error if isinstance(error, LogError) else schema.translate(error) from None
        hub = Hub()
        writer = Writer(path, connection, hub, clock, gap, checkpoint_pages)
        engine = cls(path, log_id, writer, hub, clock, readers)
        engine.topics = topics
        return engine

    async def write(self, job: Job, *, alone: bool = False) -> Any:
        """Run `job` in the writer's next transaction; returns once it is on disk."""
        return await self._writer.submit(job, alone=alone)

    async def read(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """Run `job` on one consistent snapshot."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, self._read, job)
        except RuntimeError as error:
            if "shutdown" in str(error):
                raise LogError("the log is closed") from None
            raise

    def _read(self, job: Callable[[sqlite3.Connection], T]) -> T:
        connection = getattr(self._local, "connection", None)
        try:
            if connection is None:
                connection = self._local.connection = schema.connect(self._path, reader=True)
                self._connections.append(connection)
            connection.execute("BEGIN")
            try:
                return job(connection)
            finally:
                connection.execute("ROLLBACK")
        except schema.FileErrors as error:
            self._local.connection = None
            if connection is not None:
                connection.close()
                self._connections.remove(connection)
            raise schema.translate(error) from None

    async def topic(self, name: str) -> Topic:
        """Raises LogError when there is none of this name, in another process's writes neither."""
        if name not in self.topics:
            self.topics = await self.read(store.load_topics)
        try:
            return self.topics[name]
        except KeyError:
            raise LogError(f"there is no topic {name}") from None

    async def lane_of(self, partition: TopicPartition) -> int:
        """The topic's number. Raises LogError for a partition that does not exist."""
        topic = await self.topic(partition.topic)
        if not 0 <= partition.partition < topic.spec.partitions:
            raise LogError(f"topic {partition.topic} has no partition {partition.partition}")
        return topic.id

    async def place(self, records: Sequence[NewRecord]) -> list[Placed]:
        """Decide each record's partition and pack it. Raises LogError for an unknown topic or partition or a record that is too large."""
        topics = {name: await self.topic(name) for name in {record.topic for record in records}}
        if len(records) <= PLACE_INLINE:
            return [_placed(record, topics[record.topic]) for record in records]
        return await asyncio.to_thread(lambda: [_placed(record, topics[record.topic]) for record in records])

    def placed(self, records: Sequence[NewRecord]) -> list[Placed]:
        """The same inside a transaction that has begun to write, which a record that cannot be placed must end: RuntimeError, not LogError."""
        try:
            return [_placed(record, self.topics[record.topic]) for record in records]
        except (LogError, KeyError) as error:
            raise RuntimeError(f"a record of a report cannot be placed: {error}") from None

    async def close(self) -> None:
        await asyncio.to_thread(self._close)
        self.hub.notify(None)  # now, because whoever looks again must find the log closed

    def _close(self) -> None:
        self._pool.shutdown(wait=True)
        while self._connections:
            self._connections.pop().close()
        self._writer.close()


def _placed(record: NewRecord, topic: Topic) -> Placed:
    partition = partition_for(record.key, topic.spec.partitions) if record.partition is None else record.partition
    if not 0 <= partition < topic.spec.partitions:
        raise LogError(f"topic {record.topic} has no partition {partition}")
    if not isinstance(record.value, bytes) or not isinstance(record.key, bytes):
        raise TypeError("key and value of a record are bytes")
    packed = Packed(record.key, batch.pack_headers(record.headers), record.value)
    if packed.size > batch.MAX_RECORD:
        raise LogError(f"a record for topic {record.topic} is too large: {packed.size} bytes, at most {batch.MAX_RECORD}")
    return Placed(topic.id, TopicPartition(record.topic, partition), packed)
