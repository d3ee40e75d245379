"""Appends: records of one partition go as one batch of an idempotent producer, records of several partitions as a transaction.

A broker takes a batch whole or not at all, so the first kind needs no transaction. Appends that arrive while others are on their way go
together with the next request.
"""

import asyncio
import contextlib
import secrets
from collections import defaultdict, deque
from collections.abc import Collection, Sequence
from typing import NamedTuple

from gateway.config import KafkaSettings
from gateway.log.kafka.batches import Placed, ProducerId, batch_bytes
from gateway.log.kafka.link import Link, deadline
from gateway.log.kafka.produce import Production
from gateway.log.kafka.transaction import Transactor
from gateway.log.kafka.undecided import Scope, Topics
from gateway.log.kafka.wire import InitProducerIdRequest
from gateway.seams import Fenced, LogError, LogUnavailable, Places, TopicPartition

GROUP_RECORDS = 5_000
NO_TRANSACTION_MS = (1 << 31) - 1
DOING = "appending records"


class Op(NamedTuple):
    records: Sequence[Placed]
    future: "asyncio.Future[Places]"


class Appender:
    """Used from one event loop. After any error its producers are thrown away, and what was on its way with them fails."""

    def __init__(self, link: Link, settings: KafkaSettings, prefix: str, topics: Topics) -> None:
        self._link = link
        self._settings = settings
        self._limit = batch_bytes(settings)
        self._transactor = Transactor(link, settings, f"{prefix}append-{secrets.token_hex(8)}", Scope(topics))
        self._production: Production | None = None
        self._starting = asyncio.Lock()
        self._turn = asyncio.Lock()
        self._singles: dict[TopicPartition, deque[Op]] = defaultdict(deque)
        self._groups: deque[Op] = deque()
        self._tasks: dict[TopicPartition | None, asyncio.Task[None]] = {}

    async def append(self, records: Sequence[Placed]) -> Places:
        """Durable on all replicas in sync before it returns; all records or none."""
        if not records:
            return []
        op = Op(records, asyncio.get_running_loop().create_future())
        partition = records[0].partition
        one = all(record.partition == partition for record in records) and sum(record.size for record in records) <= self._limit
        lane = partition if one else None
        (self._singles[partition] if lane is not None else self._groups).append(op)
        if lane not in self._tasks:
            self._tasks[lane] = asyncio.create_task(self._drain(lane), name="log-append")
        return await op.future

    async def _drain(self, lane: TopicPartition | None) -> None:
        """Send what waits for this partition (None: for a transaction), until there is nothing."""
        waiting = self._groups if lane is None else self._singles[lane]
        ops: list[Op] = []
        try:
            while waiting:
                ops = self._take(waiting)
                try:
                    where = await (self._transact(ops) if lane is None else self._send(ops))
                except LogUnavailable as error:
                    _fail([*ops, *waiting], error)  # each has waited as long
                    waiting.clear()
                except LogError as error:
                    if len(ops) == 1:
                        _fail(ops, error)
                    await self._one_by_one(lane, ops)
                except Exception as error:
                    _fail(ops, error)
                else:
                    _answer(ops, where)
        finally:
            del self._tasks[lane]
            if lane is not None:
                self._singles.pop(lane, None)
            _fail([*ops, *waiting], LogError("the log is closed"))

    async def _one_by_one(self, lane: TopicPartition | None, ops: Sequence[Op]) -> None:
        """What was refused was one of them, or only together they are too much for the topic: no batch of them is in the log."""
        for op in ops:
            if not op.future.done():
                try:
                    _answer([op], await (self._transact([op]) if lane is None else self._send([op])))
                except LogError as error:
                    _fail([op], error)

    def _take(self, waiting: deque[Op]) -> list[Op]:
        """The next operations that fit into one request."""
        ops: list[Op] = []
        size = count = 0
        while waiting:
            size += sum(record.size for record in waiting[0].records)
            count += len(waiting[0].records)
            if ops and (size > self._limit or count > GROUP_RECORDS):
                break
            ops.append(waiting.popleft())
        return ops

    async def _send(self, ops: Sequence[Op]) -> Places:
        records = [record for op in ops for record in op.records]
        production: Production | None = None
        try:
            async with deadline(self._settings.request_seconds, DOING, self._link):
                production = await self._idempotent()
                return await production.send(records)
        except BaseException as error:
            if production is not None and self._production is production:
                self._production = None
            if isinstance(error, Fenced):
                raise LogUnavailable(str(error)) from None
            raise

    async def _idempotent(self) -> Production:
        async with self._starting:
            if self._production is None:
                answer = await self._link.ask_any(InitProducerIdRequest(None, NO_TRANSACTION_MS), lambda found: int(found.error_code), DOING)
                producer = ProducerId(answer.producer_id, answer.producer_epoch)
                request_ms = max(1, round(self._settings.request_seconds * 1000))
                self._production = Production(self._link, producer, self._settings.compression, self._limit, request_ms)
            return self._production

    async def _transact(self, ops: Sequence[Op]) -> Places:
        records = [record for op in ops for record in op.records]
        try:
            async with deadline(self._settings.request_seconds, DOING, self._link), self._turn:
                if not self._transactor.ready:
                    await self._transactor.start()
                where, _ = await self._transactor.run(records)
                return where
        except BaseException as error:
            self._transactor.ready = False
            if isinstance(error, Fenced):
                raise LogUnavailable(str(error)) from None
            raise

    async def decide(self, partitions: Collection[TopicPartition]) -> None:
        """For partitions in which a transaction is open for too long: end it, if it is ours."""
        async with deadline(self._settings.request_seconds, DOING, self._link), self._turn:
            if await self._transactor.holds(partitions):
                await self._transactor.start()

    async def close(self) -> None:
        """What is on its way fails."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)


def _answer(ops: Sequence[Op], where: Places) -> None:
    start = 0
    for op in ops:
        end = start + len(op.records)
        if not op.future.done():
            op.future.set_result(where[start:end])
        start = end


def _fail(ops: Sequence[Op], error: Exception) -> None:
    for op in ops:
        if not op.future.done():
            op.future.set_exception(type(error)(*error.args))
