"""Several machines of a gateway in one process: they share log, blobs and State, and each has tasks of its own that can be stopped or lost."""

import asyncio
import hashlib
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from gateway.blobs import DirectoryBlobs
from gateway.config import Config, LimitSettings, LogSettings
from gateway.log import SqliteLog, partition_for
from gateway.metrics import Metrics
from gateway.pipeline import normaliser, publisher, reader
from gateway.pipeline.events import event_id_of
from gateway.pipeline.idle import idle
from gateway.pipeline.lanes import run_lanes
from gateway.pipeline.messages import CHUNKS, INTAKE, MADE, OUTCOMES, WORK, feed_key, intake_headers, read_outcome
from gateway.pipeline.normaliser import Normaliser
from gateway.pipeline.pool import WorkerPool
from gateway.pipeline.projection import Projection
from gateway.pipeline.publisher import Publisher
from gateway.pipeline.reader import Reader
from gateway.pipeline.services import Services
from gateway.pipeline.supervisor import Supervisor
from gateway.seams import NewRecord, Record, TopicPartition
from gateway.sites import Feed, Site
from gateway.state import Arrival, IndexRow, State
from schemas.envelope import receipt_id, split_event_id
from tests.unit.pipeline_world import CHUNK, EVENT_TOPICS

PARTITIONS = 2
RECEIVED_AT = "2025-01-01T00:00:00.000000Z"
DEADLINE = 40.0
FEEDS = tuple(Feed(id=name, duplicate_control_number="ignore") for name in ("claims", "more"))
SITES = {"river": Site(id="river", feeds=FEEDS, findings={"NPI_CHECK_DIGIT": "reject_set"})}
ALL = (normaliser.GROUP, publisher.GROUP, reader.GROUP)


class Result(NamedTuple):
    """What a run leaves: events in order by partition and feed, findings with their numbers and totals by receipt."""

    events: dict[tuple[str, int, bytes], list[tuple[Any, ...]]]
    findings: dict[str, list[Any]]
    receipts: dict[str, tuple[Any, ...]]


class Plane:
    """What the machines share. `spread` is spread_bytes."""

    def __init__(self, folder: Path, blobs: Path, spread: int) -> None:
        folder.mkdir(exist_ok=True)
        self.config = Config(
            data_dir=folder, workers=1, limits=LimitSettings(chunk_bytes=CHUNK), log=LogSettings(partitions=PARTITIONS, spread_bytes=spread)
        )
        self.config.spool_path.mkdir(exist_ok=True)
        self.blobs = DirectoryBlobs(blobs)
        self.receipts: list[str] = []

    async def open(self) -> None:
        self.log = await SqliteLog.open(self.config.log_path)
        await self.log.create_topics(self.config.topic_specs())
        self.state = State.open(self.config.state_url)

    async def close(self) -> None:
        await self.log.close()
        self.state.close()

    async def receive(self, content: bytes, feed: str = "claims") -> str:
        sha256 = self.blobs.put(content)
        assert sha256 == hashlib.sha256(content).hexdigest()
        receipt = receipt_id("river", feed, sha256)
        arrival = Arrival(receipt, "river", feed, sha256, len(content), "name.x12", "application/edi-x12", RECEIVED_AT)
        await self.log.append([NewRecord(self.config.topic(INTAKE), feed_key("river", feed), b"", intake_headers(arrival, False))])
        self.receipts.append(receipt)
        return receipt

    async def records(self, *topics: str) -> list[Record]:
        found: list[Record] = []
        for topic in topics:
            for number in range(self.config.partitions(topic)):
                partition = TopicPartition(topic, number)
                at = (await self.log.offsets(partition))[0]
                while more := await self.log.read(partition, at):
                    found += more
                    at = more[-1].offset + 1
        return found

    async def settled(self) -> None:
        """Returns when everything received is published."""
        projection = Projection(self.config, self.log, self.state, asyncio.Event())
        async with asyncio.timeout(DEADLINE):
            while True:
                await projection.catch_up()
                if await idle(self.config, self.log, self.state):
                    return
                await self.log.wait(await self.ends(OUTCOMES), 0.2)

    async def cut(self, pool: WorkerPool) -> None:
        """Let a machine cut everything received into units."""
        end = await self.ends(INTAKE)
        async with asyncio.timeout(DEADLINE), Machine(self, pool, (normaliser.GROUP,)):
            while True:
                work = await self.ends(WORK)
                positions = await self.log.group_positions(normaliser.GROUP)
                if {partition: position.offset for partition, position in positions.items()} == {at: number for at, number in end.items() if number}:
                    return
                await self.log.wait(work, 0.2)

    async def published(self, count: int) -> None:
        """Returns when so many events are on the log."""
        async with asyncio.timeout(DEADLINE):
            while len(await self.records(*EVENT_TOPICS)) < count:
                await self.log.wait(await self.ends("claims.test"), 0.2)

    async def in_lane(self, topic: str) -> list[Record]:
        """Records of the partition on which the files of the first feed are."""
        return [record for record in await self.records(topic) if record.partition == partition_for(feed_key("river", "claims"), PARTITIONS)]

    async def ends(self, topic: str) -> dict[TopicPartition, int]:
        partitions = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        return {partition: (await self.log.offsets(partition))[1] for partition in partitions}

    async def result(self) -> Result:
        """By feed, because transactions of several lanes may come in any order between them."""
        events: dict[tuple[str, int, bytes], list[tuple[Any, ...]]] = {}
        for record in await self.records(*EVENT_TOPICS):
            place = record.topic, record.partition, dict(record.headers)["ce_source"]
            events.setdefault(place, []).append((record.key, record.value, record.headers))
        findings, receipts = {}, {}
        for receipt in self.receipts:
            found = self.state.receipts.get(receipt)
            receipts[receipt] = found.status, found.counts, found.events, found.worst
            findings[receipt] = [(row.number, row.line) for row in self.state.receipts.findings(receipt, limit=10_000)]
        return Result(events, findings, receipts)

    async def check_index(self) -> None:
        """Each row of the index names the exact place of its first event, and so many events from there on are of its items."""
        rows = 0
        for said in await self.records(OUTCOMES):
            _, arrival, values = read_outcome(said.value)
            for row in (IndexRow(*row) for row in values.get("batches", ())):
                records = await self.log.read(TopicPartition(row.topic, row.partition), row.offset, row.records)
                items = [split_event_id(event_id_of(record))[:2] for record in records]
                assert (records[0].offset, len(records)) == (row.offset, row.records)
                assert all(receipt == arrival.receipt and row.first <= item <= row.last for receipt, item in items)
                rows += 1
        assert rows > 10


class Machine:
    """One machine with the tasks of these groups. `spread_wait` as of Publisher."""

    def __init__(
        self, plane: Plane, pool: WorkerPool, groups: Sequence[str] = ALL, spread_wait: float = DEADLINE, session_timeout: float = 1.0
    ) -> None:
        config = plane.config
        self.services = Services(config, SITES, plane.log, plane.blobs, plane.state, pool, Metrics())
        works = {
            normaliser.GROUP: ([config.topic(INTAKE)], Normaliser(self.services).run),
            publisher.GROUP: ([config.topic(WORK), config.topic(MADE)], Publisher(self.services, spread_wait).run),
            reader.GROUP: ([config.topic(CHUNKS)], Reader(self.services).run),
        }
        self._supervisors = [
            Supervisor(group, partial(run_lanes, plane.log, group, topics, work, session_timeout=session_timeout), self.services.metrics)
            for group in groups
            for topics, work in [works[group]]
        ]

    async def __aenter__(self) -> "Machine":
        self._tasks = [asyncio.create_task(supervisor.run()) for supervisor in self._supervisors]
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task

    @property
    def failures(self) -> int:
        return sum(supervisor.health().failures for supervisor in self._supervisors)


async def alone(folder: Path, pool: WorkerPool, blobs: Path, files: Sequence[bytes]) -> Result:
    """What one machine makes of the files without spreading them."""
    plane = Plane(folder, blobs, 0)
    await plane.open()
    try:
        for content in files:
            await plane.receive(content)
        async with Machine(plane, pool, (normaliser.GROUP, publisher.GROUP)):
            await plane.settled()
        await plane.check_index()
        return await plane.result()
    finally:
        await plane.close()
