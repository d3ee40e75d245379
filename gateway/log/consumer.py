"""A member of a consumer group on the SQLite log."""

import asyncio
import contextlib
import secrets
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from gateway.log import groups, store
from gateway.log.engine import Engine
from gateway.log.lane import lane_of, require_same
from gateway.log.writer import Transaction
from gateway.seams import Before, Committed, CorruptRecord, Fenced, LogError, NewRecord, Places, Record, Report, TopicPartition

POLL_BYTES = 8 << 20


class _Synced(NamedTuple):
    """What a member learns when it joins or renews; `owned` None: its lease is over."""

    generation: int
    owned: dict[TopicPartition, int] | None
    starts: dict[TopicPartition, int]


class SqliteConsumer:
    """Created by `SqliteLog.consumer`. Used from one event loop; its heartbeat runs there too, so a hung loop loses its partitions."""

    def __init__(self, engine: Engine, group: str, topics: Sequence[str], session_timeout: float) -> None:
        self._engine = engine
        self._group = group
        self._topics = tuple(topics)
        self._timeout = session_timeout
        self._member: str | None = None
        self._generation = 0
        self._owned: dict[TopicPartition, int] = {}
        self._positions: dict[TopicPartition, int] = {}
        self._turn = 0
        self._closed = False
        self._syncing = asyncio.Lock()
        self._heart: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Join the group and begin to renew the lease."""
        await self._sync()
        self._heart = asyncio.create_task(self._beat(), name="log-heartbeat")

    @property
    def closed(self) -> bool:
        return self._closed

    @property
    def assignment(self) -> frozenset[TopicPartition]:
        return frozenset(self._owned)

    async def poll(self, max_records: int = 500, timeout: float = 1.0, without: Collection[TopicPartition] = ()) -> list[Record]:
        """Next records of the assigned partitions but those of `without`, in offset order per partition; empty after `timeout` seconds."""
        clock = asyncio.get_running_loop().time
        deadline = clock() + timeout
        while True:
            if self._closed:
                raise LogError("this consumer is closed")
            if self._member is None:
                await self._sync()
            with self._engine.hub.waiter([*self._owned, self._group_topic()]) as waiter:
                started = {partition: at for partition, at in self._positions.items() if partition not in without}
                found = await self._engine.read(partial(self._look, started, max_records))
                if found is None:
                    await self._sync()
                    continue
                records = self._accept(found, started)
                left = deadline - clock()
                if records or left <= 0:
                    return records
                await waiter.wait(left)

    async def committed(self, partition: TopicPartition) -> Committed | None:
        positions = await self._engine.read(lambda connection: store.load_positions(connection, self._group, store.load_topics(connection)))
        return positions.get(partition)

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """Read on from `offset`. Raises Fenced for a partition that is not this member's now."""
        if partition not in self._owned:
            raise Fenced(f"{partition.topic}/{partition.partition} is not assigned to this consumer")
        self._positions[partition] = offset

    async def commit(
        self, positions: Mapping[TopicPartition, Committed], results: Sequence[NewRecord] = (), report: Report | None = None,
        before: Before | None = None,
    ) -> Places:  # fmt: skip
        """Read positions of one lane, results, and what `report` makes of their places, in one transaction. Returns where the results are."""
        lane_of(positions)
        member, owned = self._member, {partition: self._owned.get(partition) for partition in positions}
        if member is None or self._closed or None in owned.values():
            raise Fenced(f"group {self._group}: a partition of this commit is not this member's")
        since = {partition: generation for partition, generation in owned.items() if generation is not None}
        placed = await self._engine.place(results)
        known = self._engine.topics
        rows = {(known[partition.topic].id, partition.partition): at for partition, at in positions.items()}

        def job(transaction: Transaction) -> Places:
            groups.check(transaction.connection, self._group, member, since, transaction.now, known)
            for partition, position in (before or {}).items():
                topic = known[partition.topic].id
                require_same(partition, position, store.load_position(transaction.connection, self._group, topic, partition.partition))
            where = transaction.append(placed)
            if report is not None:
                transaction.append(self._engine.placed(report(where)))
            store.save_positions(transaction.connection, self._group, rows)
            return where

        where: Places = await self._engine.write(job)
        return where

    async def close(self) -> None:
        """Leave the group. Idempotent."""
        if self._closed:
            return
        self._closed = True
        if self._heart is not None:
            self._heart.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._heart
        async with self._syncing:
            member, self._member = self._member, None
            self._owned, self._positions = {}, {}
        if member is not None:
            with contextlib.suppress(LogError):
                await self._engine.write(lambda transaction: self._leave(transaction, member))

    def _group_topic(self) -> tuple[str, str]:
        """What changes of the group are announced under; no TopicPartition is equal to it."""
        return ("group", self._group)

    def _leave(self, transaction: Transaction, member: str) -> None:
        groups.leave(transaction.connection, self._group, member, transaction.now, store.load_topics(transaction.connection))
        transaction.touched.add(self._group_topic())

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._timeout / 3)
            if self._member is not None:
                with contextlib.suppress(LogError):
                    await self._sync()

    async def _sync(self) -> None:
        """Join, or renew the lease and learn what is ours now. Partitions kept all the while keep their position."""
        async with self._syncing:
            if self._closed:
                return
            member = self._member or secrets.token_hex(8)
            joining = self._member is None
            synced: _Synced = await self._engine.write(lambda transaction: self._renew(transaction, member, joining))
            self._member = member if synced.owned is not None else None
            owned = synced.owned or {}
            kept = {
                partition: at for partition, at in self._positions.items() if partition in owned and self._owned.get(partition) == owned[partition]
            }
            self._generation = synced.generation
            self._owned = owned
            self._positions = synced.starts | kept

    def _renew(self, transaction: Transaction, member: str, joining: bool) -> _Synced:
        connection, now = transaction.connection, transaction.now
        known = store.load_topics(connection)
        if joining:
            mine = groups.join(connection, self._group, member, self._topics, round(self._timeout * 1000), now, known)
        else:
            renewed = groups.beat(connection, self._group, member, now, known)
            if renewed is None:
                return _Synced(0, None, {})
            mine = renewed
        if mine.generation != self._generation:
            transaction.touched.add(self._group_topic())
        committed = store.load_positions(connection, self._group, known)
        starts = {}
        for partition in mine.owned:
            at = committed.get(partition)
            starts[partition] = at.offset if at else transaction.lane(known[partition.topic].id, partition).first
        return _Synced(mine.generation, mine.owned, starts)

    def _look(self, started: Mapping[TopicPartition, int], max_records: int, connection: sqlite3.Connection) -> list[Record] | None:
        """Records from the positions on; None when the group has changed. A damaged partition does not keep back the others' records."""
        if self._member is None or groups.stale(connection, self._group, self._generation, self._engine.clock()):
            return None
        records: list[Record] = []
        damage: CorruptRecord | None = None
        order = sorted(self._ahead(started, connection))
        self._turn += 1
        turn = self._turn % len(order) if order else 0
        max_bytes = POLL_BYTES
        for partition in order[turn:] + order[:turn]:
            try:
                topic = self._engine.topics[partition.topic].id
                lane = store.load_lane(connection, topic, partition)
                at = max(started[partition], lane.first)
                if at > lane.last:
                    continue
                found = store.read_records(connection, topic, partition, at, max_records - len(records), max_bytes)
            except CorruptRecord as error:
                damage = error
                continue
            records += found
            max_bytes -= sum(len(record.value) for record in found)
            if len(records) >= max_records or max_bytes <= 0:
                break
        if damage is not None and not records:
            raise damage
        return records

    def _ahead(self, started: Mapping[TopicPartition, int], connection: sqlite3.Connection) -> Iterator[TopicPartition]:
        """Those worth a closer look; mostly they are few."""
        for name in {partition.topic for partition in started}:
            positions = {partition.partition: at for partition, at in started.items() if partition.topic == name}
            yield from (TopicPartition(name, number) for number in store.ahead(connection, self._engine.topics[name].id, positions))

    def _accept(self, found: Sequence[Record], started: Mapping[TopicPartition, int]) -> list[Record]:
        """Move the positions on, and leave out what was lost or sought elsewhere while it was read."""
        ours = {partition for partition, at in started.items() if self._positions.get(partition) == at}
        records = []
        for record in found:
            partition = TopicPartition(record.topic, record.partition)
            if partition in ours:
                records.append(record)
                self._positions[partition] = record.offset + 1
        return records
