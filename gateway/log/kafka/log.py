"""The log on Apache Kafka: the distributed side of the Log seam."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence

from gateway.config import KafkaSettings
from gateway.log.kafka import connect, values
from gateway.log.kafka.append import Appender
from gateway.log.kafka.batches import Placed, place
from gateway.log.kafka.consumer import KafkaConsumer
from gateway.log.kafka.fetch import EARLIEST, LATEST, list_offsets
from gateway.log.kafka.keeper import Keeper
from gateway.log.kafka.link import Link, deadline
from gateway.log.kafka.pages import Pages
from gateway.log.kafka.positions import read_positions
from gateway.log.kafka.quiet import quieten
from gateway.log.kafka.topics import check_name, cluster_id, create, existing
from gateway.log.kafka.upkeep import Upkeep
from gateway.log.kafka.watch import Watch
from gateway.seams import Blobs, Committed, LogError, LogUnavailable, NewRecord, Places, Problem, Record, TopicPartition, TopicSpec

VISIBLE_SECONDS = 1.0
"""A transaction's records appear a moment after its commit was answered: so long reads of this handle wait for what it wrote itself."""


def _name(partition: TopicPartition) -> str:
    return f"{partition.topic}/{partition.partition}"


class KafkaLog:
    """Implements gateway.seams.Log. Open it with `await KafkaLog.open(...)`; used from one event loop.

    The brokers need not be there when it is opened: what needs them raises LogUnavailable, after `request_seconds` at the latest, until they
    are. Offsets have gaps, where transactions leave their markers.
    """

    def __init__(self, settings: KafkaSettings, arguments: connect.Arguments, prefix: str, blobs: Blobs, heartbeat_seconds: float | None) -> None:
        self._settings = settings
        self._arguments = arguments
        self._prefix = prefix
        self._blobs = blobs
        self._heartbeat = heartbeat_seconds
        self._link = Link(settings, arguments)
        self._append_link = Link(settings, arguments)
        self._names: set[str] = set()
        self._appender = Appender(self._append_link, settings, prefix, self._is_ours)
        self._pages = Pages(self._link, settings)
        self._watch = Watch(self._link, settings)
        self._upkeep = Upkeep(self._link, settings, blobs, prefix)
        self._keeper = Keeper(self._link, settings, self._is_ours, self._decide)
        self._consumers: list[KafkaConsumer] = []
        self._written: dict[TopicPartition, int] = {}
        self._cluster: str | None = None
        self._closed = False

    @classmethod
    async def open(cls, settings: KafkaSettings, prefix: str, values: Blobs, *, heartbeat_seconds: float | None = None) -> "KafkaLog":
        """`prefix` stands before the names of topics, groups and transactions that are this log's. `values` takes what is too large for a record.

        `heartbeat_seconds`: how often members report, and so how fast they notice a rebalance; None is at most a second. Raises LogError for
        certificates that cannot be used, SecretError.
        """
        quieten()
        arguments = await asyncio.to_thread(connect.connection_arguments, settings)
        return cls(settings, arguments, prefix, values, heartbeat_seconds)

    @property
    def log_id(self) -> str:
        """Id of the cluster, and the prefix. Raises LogUnavailable until the brokers have answered once; `identify` asks them."""
        if self._cluster is None:
            raise LogUnavailable("the id of the log is not known before the brokers have answered")
        return f"{self._cluster}.{self._prefix}" if self._prefix else self._cluster

    @property
    def may_repeat(self) -> bool:
        """Transactions are not the only thing that exactly once rests on: readers know ids again."""
        return True

    async def identify(self) -> str:
        """The log's id, asked for if need be."""
        async with self._bounded("asking who the brokers are"):
            return self.log_id

    async def create_topics(self, topics: Iterable[TopicSpec]) -> None:
        """Idempotent; takes over a changed retention. Raises LogError for another number of partitions, a bad name or missing rights."""
        specs = list(topics)
        for spec in specs:
            check_name(spec)
        async with self._bounded("making topics"):
            await create(self._link, self._settings, specs)
        self._names.update(spec.name for spec in specs)

    async def topics(self) -> dict[str, TopicSpec]:
        """Those with our prefix."""
        async with self._bounded("listing topics"):
            return await existing(self._link, self._prefix)

    async def append(self, records: Sequence[NewRecord]) -> Places:
        """On all replicas in sync before it returns; all records or none. After LogUnavailable they may still appear."""
        async with deadline(self._settings.request_seconds, "appending records", self._append_link):
            placed = await self._place_by(self._append_link, records)
        self._keeper.begin()
        where = await self._appender.append(placed)
        self._wrote(where)
        return where

    async def read(self, partition: TopicPartition, offset: int, max_records: int = 500, max_bytes: int = 8 << 20) -> list[Record]:
        """Records from `offset` on, at least one if there is one however large. Raises LogError for an offset below the start."""
        async with self._bounded(f"reading {_name(partition)}"):
            records = await self._pages.read(partition, offset, max_records, max_bytes)
            if not records and offset < self._written.get(partition, 0):
                await self._visible([partition])
                records = await self._pages.read(partition, offset, max_records, max_bytes)
            return await values.restore(self._blobs, records)

    async def offsets(self, partition: TopicPartition) -> tuple[int, int]:
        """(first offset kept, end of what is committed)."""
        async with self._bounded(f"asking for the offsets of {_name(partition)}"):
            start, end = await asyncio.gather(list_offsets(self._link, {partition: EARLIEST}), self._visible([partition]))
        return start[partition], end[partition]

    async def ends(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """End of what is committed of many partitions: one request per broker."""
        async with self._bounded("asking for offsets"):
            return await self._visible(partitions)

    async def lag(self, group: str, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """Offsets between a group's position, or the start where it has none, and the end; 0 when only transaction markers are between."""
        wanted = list(partitions)
        async with self._bounded("asking for offsets"):
            ends, positions = await asyncio.gather(self._visible(wanted), self._positions(group, wanted))
            missing = {partition: EARLIEST for partition in wanted if partition not in positions}
            starts = await list_offsets(self._link, missing) if missing else {}
            at = {partition: positions[partition].offset if partition in positions else starts[partition] for partition in wanted}
            behind = await asyncio.gather(*(self._watch.has_record(partition, at[partition], ends[partition]) for partition in wanted))
        return {partition: max(0, ends[partition] - at[partition]) if some else 0 for partition, some in zip(wanted, behind, strict=True)}

    async def offset_for_time(self, partition: TopicPartition, timestamp: int) -> int:
        """First offset whose record was appended at or after `timestamp` (ms); the end offset when there is none."""
        async with self._bounded(f"asking for offsets of {_name(partition)}"):
            found = (await list_offsets(self._link, {partition: max(0, timestamp)}))[partition]
            end = (await self._visible([partition]))[partition]
        return end if found < 0 else min(found, end)

    async def wait(self, after: Mapping[TopicPartition, int], timeout: float) -> bool:
        """True as soon as one of the partitions has a record at or past its offset; False after `timeout` seconds."""
        return await self._watch.wait(after, timeout)

    async def consumer(self, group: str, topics: Sequence[str], session_timeout: float | None = None) -> KafkaConsumer:
        """Join `group`. Reads from the group's positions, from the start where there are none."""
        seconds = self._settings.session_seconds if session_timeout is None else session_timeout
        if seconds <= 0:
            raise LogError("a session timeout must be positive")
        async with self._bounded(f"joining group {group}"):
            for topic in topics:
                await self._link.partitions(topic)
        name = self._prefix + group
        consumer = KafkaConsumer(
            self._settings, self._arguments, self._blobs, name, topics, seconds, self._heartbeat, self._place, self._wrote,
            self._is_ours,
        )  # fmt: skip
        self._consumers = [known for known in self._consumers if not known.closed] + [consumer]
        await consumer.start()
        self._keeper.begin()
        return consumer

    async def group_positions(self, group: str) -> dict[TopicPartition, Committed]:
        """As of the last commit; while one is under way for long, as of the one before."""
        async with self._bounded(f"reading the positions of group {group}"):
            await self._link.refresh()
            cluster = (await self._link.client()).cluster
            names = [name for name in cluster.topics() if name.startswith(self._prefix)]
            return await self._positions(group, [TopicPartition(name, number) for name in names for number in cluster.partitions_for_topic(name)])

    async def _positions(self, group: str, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, Committed]:
        """Asked for by name: of "all" the brokers leave out what is being committed for the first time."""
        name = self._prefix + group
        try:
            async with asyncio.timeout(self._settings.request_seconds / 2):
                return await read_positions(self._link, self._blobs, name, partitions)
        except TimeoutError:
            return await read_positions(self._link, self._blobs, name, partitions, stable=False)

    async def prune(self, now: int | None = None) -> dict[TopicPartition, int]:
        """Apply each topic's age; returns how many records went per partition. The brokers themselves do it too, and by size."""
        moment = time.time_ns() // 1_000_000 if now is None else now
        specs = (await self.topics()).values()
        gone = await self._upkeep.prune(list(specs), moment)
        await self._upkeep.sweep(list(specs), moment)
        self._pages.clear()
        return gone

    async def verify(self) -> list[Problem]:
        """Read every record of our topics and check it."""
        return await self._upkeep.verify(list((await self.topics()).values()))

    async def close(self) -> None:
        """Leave all groups; what is on its way fails. Idempotent."""
        if self._closed:
            return
        self._closed = True
        await self._keeper.close()
        await asyncio.gather(*(consumer.close() for consumer in self._consumers))
        self._watch.close()
        await self._appender.close()
        await asyncio.gather(self._link.close(), self._append_link.close())

    @contextlib.asynccontextmanager
    async def _bounded(self, doing: str) -> AsyncIterator[None]:
        """Bounds a call; the first one also learns who the brokers are."""
        async with deadline(self._settings.request_seconds, doing, self._link):
            if self._cluster is None:
                self._cluster = await cluster_id(self._link)
            yield

    def _is_ours(self, topic: str) -> bool:
        """By the prefix; without one every topic of the cluster would be, so by those that were asked for."""
        return topic.startswith(self._prefix) if self._prefix or not self._names else topic in self._names

    def _wrote(self, where: Places) -> None:
        for partition, offset in where:
            self._written[partition] = max(self._written.get(partition, 0), offset + 1)
        self._watch.wrote(where)

    async def _decide(self, partitions: Collection[TopicPartition]) -> None:
        for consumer in [known for known in self._consumers if not known.closed]:
            await consumer.decide(partitions)
        await self._appender.decide(partitions)

    async def _visible(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """Ends of what is committed, with what this handle wrote, unless another's transaction keeps that back for too long."""
        wanted = dict.fromkeys(partitions, LATEST)
        until = asyncio.get_running_loop().time() + VISIBLE_SECONDS
        while True:
            ends = await list_offsets(self._link, wanted)
            if all(end >= self._written.get(partition, 0) for partition, end in ends.items()) or asyncio.get_running_loop().time() > until:
                return ends
            await asyncio.sleep(0.003)

    async def _place(self, records: Sequence[NewRecord]) -> list[Placed]:
        return await self._place_by(self._link, records)

    async def _place_by(self, link: Link, records: Sequence[NewRecord]) -> list[Placed]:
        return await place(link, self._blobs, self._settings, records)
