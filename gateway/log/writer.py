"""The one thread that writes. It drains a queue and commits what it found together, so that callers share the cost of a disk flush."""

import asyncio
import queue
import sqlite3
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from gateway.log import schema, store, upkeep
from gateway.log.batch import Packed
from gateway.log.store import Lane, Placed
from gateway.log.wake import Hub
from gateway.seams import LogError, TopicPartition

GROUP_RECORDS = 2000
GROUP_SECONDS = 0.005
POLL_SECONDS = 0.1

Job = Callable[["Transaction"], Any]


class Op(NamedTuple):
    """`job` refuses (LogError) before it writes anything, because it shares its transaction with others. `alone`: outside any transaction."""

    job: Job
    loop: asyncio.AbstractEventLoop
    future: "asyncio.Future[Any]"
    alone: bool = False


class Transaction:
    """One write transaction: offsets are given out at once, batches are written when it ends."""

    def __init__(self, connection: sqlite3.Connection, now: int, gap: int) -> None:
        self.connection = connection
        self.now = now
        self.records = 0
        self.touched: set[Hashable] = set()
        self._gap = gap
        self._before: dict[tuple[int, TopicPartition], Lane] = {}
        self._lanes: dict[tuple[int, TopicPartition], Lane] = {}
        self._buffers: dict[tuple[int, TopicPartition], list[tuple[int, Packed]]] = defaultdict(list)

    def append(self, placed: Sequence[Placed]) -> list[tuple[TopicPartition, int]]:
        """Offsets of the records in order. Raises CorruptRecord before anything changed."""
        following = {key: self.lane(*key).next for key in {(item.topic, item.partition) for item in placed}}
        where = []
        for topic, partition, record in placed:
            offset = following[topic, partition]
            following[topic, partition] = offset + 1
            self._buffers[topic, partition].append((offset, record))
            where.append((partition, offset))
        for key, end in following.items():
            lane = self._lanes[key]
            self._lanes[key] = Lane(lane.first, end + self._gap, end - 1, max(lane.timestamp, self.now))
            self.touched.add(key[1])
        self.records += len(placed)
        return where

    def lane(self, topic: int, partition: TopicPartition) -> Lane:
        """The partition as this transaction leaves it so far. Raises CorruptRecord."""
        key = topic, partition
        if key not in self._lanes:
            self._before[key] = self._lanes[key] = store.load_lane(self.connection, topic, partition)
        return self._lanes[key]

    def drop(self, topic: int, partition: TopicPartition, last: int) -> int:
        """Delete the stored batches up to the one that ends at offset `last`; returns how many records went."""
        lane = self.lane(topic, partition)
        gone = upkeep.delete_batches(self.connection, topic, partition, last)
        first = upkeep.first_offset(self.connection, topic, partition)
        kept = self._before[topic, partition].next if first is None else first
        self._lanes[topic, partition] = lane._replace(first=kept)
        return gone

    def flush(self) -> None:
        for (topic, partition), records in self._buffers.items():
            key = topic, partition
            store.write_records(self.connection, topic, partition, self._before[key], self._lanes[key].timestamp, records)
        for (topic, partition), lane in self._lanes.items():
            if lane != self._before[topic, partition]:
                store.save_lane(self.connection, topic, partition.partition, lane)


class Writer:
    """Owns the writing connection. `submit` from any event loop; answers come back after COMMIT."""

    def __init__(self, path: Path, connection: sqlite3.Connection, hub: Hub, clock: Callable[[], int], gap: int, checkpoint_pages: int) -> None:
        self._path = path
        self._connection = connection
        self._hub = hub
        self._clock = clock
        self._gap = gap
        self._checkpoint_pages = checkpoint_pages
        self._queue: queue.SimpleQueue[Op | None] = queue.SimpleQueue()
        self._closing = threading.Lock()
        self._closed = False
        self._carried: list[Op | None] = []
        self._version = self._data_version()
        self._next_poll = 0.0
        self._thread = threading.Thread(target=self._run, name="log-writer", daemon=True)
        self._thread.start()

    async def submit(self, job: Job, *, alone: bool = False) -> Any:
        """Run `job` in a transaction and return what it returned, once that is on disk."""
        loop = asyncio.get_running_loop()
        op = Op(job, loop, loop.create_future(), alone)
        with self._closing:
            if self._closed:
                raise LogError("the log is closed")
            self._queue.put(op)
        return await op.future

    def close(self) -> None:
        """Finish what is queued, then stop. Blocking, idempotent."""
        with self._closing:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (op := self._next()) is not None:
            if op.alone:
                self._run_alone(op)
            else:
                self._run_group(op)
        self._connection.close()

    def _next(self) -> Op | None:
        """The next operation; while somebody waits for records, look at every pause whether another process wrote."""
        if self._carried:
            return self._carried.pop()
        while True:
            if self._hub.busy() and time.monotonic() >= self._next_poll:
                self._look_for_others()
            try:
                return self._queue.get(timeout=POLL_SECONDS)
            except queue.Empty:
                continue

    def _look_for_others(self) -> None:
        self._next_poll = time.monotonic() + POLL_SECONDS
        version = self._data_version()
        if version != self._version:
            self._version = version
            self._hub.notify(None)

    def _data_version(self) -> int:
        try:
            return int(self._connection.execute("PRAGMA data_version").fetchone()[0])
        except schema.FileErrors:
            return -1

    def _run_group(self, first: Op) -> None:
        done: list[tuple[Op, Any]] = []
        refused: list[tuple[Op, Exception]] = []
        taken: list[Op] = []
        try:
            self._require_connection()
            self._connection.execute("BEGIN IMMEDIATE")
            transaction = Transaction(self._connection, self._clock(), self._gap)
            until = time.monotonic() + GROUP_SECONDS
            op: Op | None = first
            while op is not None:
                taken.append(op)
                try:
                    done.append((op, op.job(transaction)))
                except LogError as error:
                    refused.append((op, error))
                op = self._more() if transaction.records < GROUP_RECORDS and time.monotonic() < until else None
            transaction.flush()
            self._connection.execute("COMMIT")
        except Exception as error:
            self._roll_back()
            failure = schema.translate(error) if isinstance(error, schema.FileErrors) else error
            _answer([(op, failure) for op in taken or [first]])
            return
        self._hub.notify(transaction.touched)
        _answer([*done, *refused])

    def _more(self) -> Op | None:
        """Another operation for the open transaction, if one is queued now."""
        try:
            op = self._queue.get_nowait()
        except queue.Empty:
            return None
        if op is None or op.alone:
            self._carried.append(op)
            return None
        return op

    def _run_alone(self, op: Op) -> None:
        try:
            self._require_connection()
            _answer([(op, op.job(Transaction(self._connection, self._clock(), self._gap)))])
        except Exception as error:
            _answer([(op, schema.translate(error) if isinstance(error, schema.FileErrors) else error)])

    def _roll_back(self) -> None:
        """Leave no open transaction behind; a connection that cannot even roll back is given up."""
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except schema.FileErrors:
            self._connection.close()

    def _require_connection(self) -> None:
        """Another one for a connection that was given up. While it cannot be had, one of `FileErrors` refuses the writes of the moment."""
        try:
            _ = self._connection.in_transaction
        except sqlite3.ProgrammingError:  # it is closed
            self._connection = schema.connect(self._path, reader=False, checkpoint_pages=self._checkpoint_pages)


def _answer(outcomes: Sequence[tuple[Op, Any]]) -> None:
    """Give each caller its result or exception, with one wake-up per event loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[Op, Any]]] = defaultdict(list)
    for op, outcome in outcomes:
        by_loop[op.loop].append((op, outcome))
    for loop, answers in by_loop.items():
        try:
            loop.call_soon_threadsafe(_resolve, answers)
        except RuntimeError:
            continue  # the caller's loop is gone, and the caller with it


def _resolve(answers: Sequence[tuple[Op, Any]]) -> None:
    for op, outcome in answers:
        if op.future.done():
            continue
        if isinstance(outcome, Exception):
            op.future.set_exception(outcome)
        else:
            op.future.set_result(outcome)
