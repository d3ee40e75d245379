"""The running gateway: opens log, blobs and state, starts what consumes, and stops it in order."""

import asyncio
import logging
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from gateway.blobs import DirectoryBlobs
from gateway.config import Config, prepare_data_dir
from gateway.log import SqliteLog
from gateway.metrics import Metrics
from gateway.pipeline import normaliser, publisher
from gateway.pipeline.hold import Hold
from gateway.pipeline.intake import Intake
from gateway.pipeline.lanes import run_lanes
from gateway.pipeline.lookup import find_event
from gateway.pipeline.messages import INTAKE, OUTCOMES, WORK, received
from gateway.pipeline.normaliser import Normaliser
from gateway.pipeline.pool import WorkerPool
from gateway.pipeline.projection import Projection
from gateway.pipeline.prune import COMPLETE_SINCE, Pruned, Pruner
from gateway.pipeline.publisher import Publisher
from gateway.pipeline.services import Services, topics_of
from gateway.pipeline.supervisor import Supervisor, TaskHealth
from gateway.seams import Log, Record, TopicPartition
from gateway.sites import Site
from gateway.state import State
from gateway.state.database import Clock, iso, utc_now

logger = logging.getLogger("clearplane.gateway")
SPOOL_SECONDS = 3600.0
IDLE_POLL = 0.2
FIRST_PRUNE_SECONDS, PRUNE_SECONDS = 3600.0, 86_400.0


class GatewayBrokenError(Exception):
    """A task of the gateway fails for good; what it would have done does not get done."""


class Gateway:
    """`async with Gateway(config, sites) as gateway:`. Raises ConfigError, LogError, BlobError or StateError at the start."""

    log: Log
    blobs: DirectoryBlobs
    state: State
    intake: Intake
    hold: Hold

    def __init__(self, config: Config, sites: Mapping[str, Site], clock: Clock = utc_now) -> None:
        self.config = config
        self.sites = dict(sites)
        self.metrics = Metrics()
        self._clock = clock
        self._stack = AsyncExitStack()
        self._supervisors: list[Supervisor] = []
        self._moved = asyncio.Event()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            await self._open(stack)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop consuming, then workers, then the seams. What was not committed is done after the next start."""
        await self._stack.aclose()

    async def wait_idle(self) -> None:
        """Returns when everything received so far is published and State has heard of it. Raises GatewayBrokenError when that will not come."""
        while True:
            self._moved.clear()
            if await self._idle():
                return
            broken = [health for health in self.health() if health.broken]
            if broken:
                raise GatewayBrokenError(f"{broken[0].name} fails for good: {broken[0].error}")
            with suppress(TimeoutError):
                async with asyncio.timeout(IDLE_POLL):
                    await self._moved.wait()

    async def find_event(self, event_id: str) -> Record | None:
        """The record of an event, by the index of its receipt. Raises ValueError for a text that is no event id."""
        return await find_event(self.log, self.state, event_id)

    async def prune(self) -> Pruned:
        """Apply retention to topics and blobs."""
        return await Pruner(self.config, self.log, self.blobs, self.state, self._clock).prune()

    def health(self) -> list[TaskHealth]:
        return [supervisor.health() for supervisor in self._supervisors]

    # -- start

    async def _open(self, stack: AsyncExitStack) -> None:
        config = self.config
        await asyncio.to_thread(prepare_data_dir, config.data_dir)
        self.log = await SqliteLog.open(config.log_path)
        stack.push_async_callback(self.log.close)
        self.blobs = await asyncio.to_thread(DirectoryBlobs, config.blobs_path)
        self.state = await asyncio.to_thread(State.open, config.state_url, self._clock)
        stack.push_async_callback(asyncio.to_thread, self.state.close)
        await self.log.create_topics(config.topic_specs())
        await asyncio.to_thread(self.state.follow.fact, COMPLETE_SINCE, iso(self._clock()))
        await asyncio.to_thread(_sweep, config.spool_path)
        pool = WorkerPool(config.worker_count, config.blobs_path, topics_of(config))
        stack.push_async_callback(pool.close)
        services = Services(config, self.sites, self.log, self.blobs, self.state, pool, self.metrics, self._moved)
        services.programs.update(await asyncio.to_thread(self.state.follow.programs))
        projection = Projection(services)
        await projection.catch_up()
        await self._recall()
        self.intake = Intake(config, self.sites, self.log, self.blobs, self.state, self.metrics, self._clock)
        self.hold = Hold(config, self.log, self.state)
        await pool.warm_up()
        self._start(stack, services, projection)

    def _start(self, stack: AsyncExitStack, services: Services, projection: Projection) -> None:
        normalise, publish = Normaliser(services), Publisher(services)
        intake, work = self.config.topic(INTAKE), self.config.topic(WORK)
        self._supervisors = [
            Supervisor("normalise", partial(run_lanes, self.log, normaliser.GROUP, intake, normalise.run), self.metrics),
            Supervisor("publish", partial(run_lanes, self.log, publisher.GROUP, work, publish.run), self.metrics),
            Supervisor("projection", projection.run, self.metrics),
            Supervisor("retention", self._retain, self.metrics),
        ]
        tasks = [asyncio.create_task(supervisor.run(), name=supervisor.name) for supervisor in self._supervisors]
        stack.push_async_callback(_stop, tasks)

    async def _retain(self) -> None:
        """Retention without being asked: the first time an hour after the start, so that a crash loop does not spend itself on it."""
        pause = FIRST_PRUNE_SECONDS
        while True:
            await asyncio.sleep(pause)
            await self.prune()
            pause = PRUNE_SECONDS

    async def _recall(self) -> None:
        """Tell State of files that were committed to `intake` right before a kill, so that a resend is known as one."""
        positions = await self.log.group_positions(normaliser.GROUP)
        topic = self.config.topic(INTAKE)
        for number in range(self.config.partitions(INTAKE)):
            partition = TopicPartition(topic, number)
            committed = positions.get(partition)
            at = max((await self.log.offsets(partition))[0], committed.offset if committed is not None else 0)
            while records := await self.log.read(partition, at):
                await asyncio.to_thread(self.state.receipts.add, [received(record).arrival for record in records])
                at = records[-1].offset + 1

    # -- idle

    async def _idle(self) -> bool:
        """In the order of the flow: what one stage has done is seen by the look at the next."""
        for group, name in ((normaliser.GROUP, INTAKE), (publisher.GROUP, WORK)):
            committed = await self.log.group_positions(group)
            if not await self._read_to_end(name, {at.partition: position.offset for at, position in committed.items()}):
                return False
        return await self._read_to_end(OUTCOMES, await asyncio.to_thread(self.state.follow.positions, self.config.topic(OUTCOMES)))

    async def _read_to_end(self, name: str, positions: Mapping[int, int]) -> bool:
        """Whether no record of the topic is at or past these positions."""
        for number in range(self.config.partitions(name)):
            partition = TopicPartition(self.config.topic(name), number)
            first, end = await self.log.offsets(partition)
            at = max(positions.get(number, 0), first)
            if at < end and await self.log.read(partition, at, 1):
                return False
        return True


async def _stop(tasks: list["asyncio.Task[None]"]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


def _sweep(spool: Path) -> None:
    """Remove what a killed gateway left; a running one may share the folder, so only old files go."""
    before = time.time() - SPOOL_SECONDS
    for path in spool.glob("*.plan"):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < before:
                path.unlink()


__all__ = ["Gateway", "GatewayBrokenError", "TaskHealth"]
