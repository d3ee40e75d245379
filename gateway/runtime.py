"""The running gateway: opens log, blobs and state, starts what its roles need, and stops it in order."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from gateway import roles as every
from gateway.answers import delivery, stage
from gateway.answers.delivery import Deliverer
from gateway.answers.stage import Answerer
from gateway.config import Config, ConfigError, prepare_data_dir
from gateway.links import stage as link_stage
from gateway.links.stage import Linker
from gateway.local import Forwarder, LocalStore
from gateway.metrics import Metrics
from gateway.pipeline import normaliser, projection, publisher, reader
from gateway.pipeline.formats import WINDOW_DAYS
from gateway.pipeline.hold import Hold
from gateway.pipeline.idle import answered, idle, linked, routed
from gateway.pipeline.intake import Intake
from gateway.pipeline.lanes import Work, run_lanes
from gateway.pipeline.lookup import find_event
from gateway.pipeline.measure import Meter
from gateway.pipeline.messages import CHUNKS, INTAKE, MADE, OUTBOUND, OUTCOMES, WORK
from gateway.pipeline.normaliser import Normaliser
from gateway.pipeline.pool import WorkerPool
from gateway.pipeline.prepare import Preparation, Step, recall
from gateway.pipeline.projection import Projection
from gateway.pipeline.prune import COMPLETE_SINCE, Pruned, Pruner
from gateway.pipeline.publisher import Publisher
from gateway.pipeline.reader import Reader
from gateway.pipeline.services import EVENT_TOPICS, Services, topics_of
from gateway.pipeline.supervisor import Supervisor, TaskHealth
from gateway.routes import stage as routing
from gateway.routes.stage import Router
from gateway.seams import Blobs, Log, Record, TopicPartition
from gateway.sites import Site
from gateway.state import Receipt, State
from gateway.state.database import Clock, iso, utc_now
from gateway.stores import blob_place, open_blobs, open_log, open_state

logger = logging.getLogger("clearplane.gateway")
Stage = tuple[str, tuple[str, ...], Work]
"""A group, the topics it reads, and what it does with a lane."""
SPOOL_SECONDS = 3600.0
IDLE_POLL = 0.2
START_SECONDS = 5.0
"""How long a start waits for brokers; after that the gateway is up without them, and goes on trying."""
FINAL = frozenset({"done", "failed", "held", "dropped"})
"""What a receipt ends as."""


class GatewayBrokenError(Exception):
    """A task of the gateway fails for good; what it would have done does not get done."""


class Gateway:
    """`async with Gateway(config, sites) as gateway:`. Raises ConfigError, SecretError, LogError, BlobError or StateError at the start.

    `intake`, `local` and `hold` are there in the roles that need them.
    """

    log: Log
    blobs: Blobs
    state: State
    intake: Intake
    hold: Hold
    local: LocalStore | None = None

    def __init__(self, config: Config, sites: Mapping[str, Site], clock: Clock = utc_now, roles: Collection[str] = every.ALL) -> None:
        self.config = config
        self.sites = dict(sites)
        self.roles = frozenset(roles)
        self.metrics = Metrics()
        self.metrics.gateway.info({"roles": every.listed(roles), "log": config.log.kind})
        self.preparation = Preparation(())
        self._clock = clock
        self._stack = AsyncExitStack()
        self._supervisors: list[Supervisor] = []
        self._tasks: list[asyncio.Task[None]] = []
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
        await self.preparation.succeeded()
        await self._wait(self._idle)

    async def wait_final(self, receipts: Collection[str]) -> None:
        """Returns when these files are done, failed, held or dropped, whoever works on them. Raises GatewayBrokenError when that will not come."""
        open_ = set(receipts)

        async def final() -> bool:
            for receipt in list(open_):
                found = await asyncio.to_thread(self.state.receipts.get, receipt)
                if found is None or found.status not in FINAL:
                    return False
                open_.discard(receipt)
            return True

        await self._wait(final)

    async def find_event(self, event_id: str) -> Record | None:
        """The record of an event, by the index of its receipt. Raises ValueError for a text that is no event id."""
        return await find_event(self.log, self.state, event_id)

    async def find_receipt(self, receipt: str) -> Receipt | None:
        """What State knows of a file, or this node while only it has the file."""
        arrival = await self.local.get(receipt) if self.local is not None else None
        if arrival is not None:
            return Receipt(*arrival, status="received", counts={}, events=0, worst="", finished_at=None)
        return await asyncio.to_thread(self.state.receipts.get, receipt)

    async def prune(self) -> Pruned:
        """Apply retention to topics and blobs."""
        return await self._pruner().prune()

    def health(self) -> list[TaskHealth]:
        return [supervisor.health() for supervisor in self._supervisors]

    @property
    def acknowledges_locally(self) -> bool:
        """Whether a feed is answered once this node has a file. The embedded log is this node's disk: there all are, and nothing is forwarded."""
        feeds = (feed for site in self.sites.values() for feed in site.feeds)
        return self.config.log.kind == "kafka" and every.INTAKE in self.roles and any(feed.acknowledge == "local" for feed in feeds)

    # -- start

    async def _open(self, stack: AsyncExitStack) -> None:
        config = self.config
        if config.log.kind == "kafka" and (config.state.url is None or config.blobs.s3 is None):
            logger.warning("the log is on Kafka, but state or files are on this machine alone: no other machine can share its work")
        await asyncio.to_thread(prepare_data_dir, config.data_dir)
        self.log = await open_log(config)
        stack.push_async_callback(self.log.close)
        self.blobs = await asyncio.to_thread(open_blobs, blob_place(config))
        self.state = await asyncio.to_thread(open_state, config, self._clock)
        stack.push_async_callback(asyncio.to_thread, self.state.close)
        pool = await self._open_pool(stack)
        if every.INTAKE in self.roles:
            await self._open_local(stack)
        self.preparation = Preparation(self._steps())
        self._stop_last(stack)
        await self._prepare()
        if every.INTAKE in self.roles:
            intake = config, self.sites, self.log, self.blobs, self.state, self.metrics, self._clock
            self.intake = Intake(*intake, preparation=self.preparation, local=self.local)
        if every.SERVE in self.roles:
            self.hold = Hold(config, self.log, self.state)
        if pool is not None:
            await pool.warm_up()
        await self._start(pool)

    async def _open_pool(self, stack: AsyncExitStack) -> WorkerPool | None:
        if every.NORMALISE not in self.roles:
            return None
        await asyncio.to_thread(_sweep, self.config.spool_path)
        pool = WorkerPool(self.config.worker_count, blob_place(self.config), topics_of(self.config))
        stack.push_async_callback(pool.close)
        self.metrics.workers.set(pool.count)
        self.metrics.workers_busy.set_function(lambda: pool.busy)
        return pool

    async def _open_local(self, stack: AsyncExitStack) -> None:
        """Also when no feed asks for it any more but something still waits."""
        config = self.config
        if self.acknowledges_locally or await asyncio.to_thread((config.local_path / "log.db").exists):
            self.local = await LocalStore.open(config.local_path, config.log.local_bytes)
            stack.push_async_callback(self.local.close)
            self.local.measure(self.metrics)

    def _steps(self) -> list[Step]:
        """Whoever takes files in has to know what came before; whoever reads them follows up what State has not heard of."""
        steps: list[Step] = [partial(self.log.create_topics, self.config.topic_specs())]
        if self.roles & {every.INTAKE, every.NORMALISE}:
            followed = Projection(self.config, self.log, self.state, self._moved)
            steps += [self._complete_since, followed.catch_up, partial(recall, self.config, self.log, self.state)]
        if every.NORMALISE in self.roles:
            steps.append(partial(delivery.recall, self.config, self.log, self.state))
        return steps

    async def _complete_since(self) -> None:
        await asyncio.to_thread(self.state.follow.fact, COMPLETE_SINCE, iso(self._clock()))

    async def _prepare(self) -> None:
        """The embedded log is there or is not; brokers may come later."""
        self._supervise(Supervisor("prepare", self.preparation.run, self.metrics, once=True))
        await self.preparation.first_try(START_SECONDS if self.config.log.kind == "kafka" else None)
        if not self.preparation.done.is_set():
            logger.warning("the log is not ready yet; the gateway goes on trying to reach it")

    async def _start(self, pool: WorkerPool | None) -> None:
        works: dict[str, Step] = {}
        groups: dict[str, list[str]] = {}
        if every.INTAKE in self.roles and self.local is not None:
            works["forward"] = Forwarder(self.config, self.local, self.log, self.blobs, self.state).run
        if pool is not None:
            services = await self._services(pool)
            for group, topics, work in [*self._lanes(services), *await self._answering(services), *self._links(services)]:
                groups[group] = [self.config.topic(topic) for topic in topics]
                eager = group in {delivery.GROUP, link_stage.GROUP}  # what they left to do later is no new record
                works[group] = partial(run_lanes, self.log, group, groups[group], work, failed=self._lane_failed, eager=eager)
            works["retention"] = self._pruner().run
        for name, step in works.items():
            self._supervise(Supervisor(name, self.preparation.after(step), self.metrics))
        meter = Meter(self.log, self.metrics, groups, TopicPartition(self.config.topic(INTAKE), 0), self.config.data_dir)
        self._supervise(Supervisor("measure", meter.run, self.metrics))

    async def _services(self, pool: WorkerPool) -> Services:
        programs = await asyncio.to_thread(self.state.follow.programs)
        return Services(self.config, self.sites, self.log, self.blobs, self.state, pool, self.metrics, self._moved, set(programs))

    def _lanes(self, services: Services) -> list[Stage]:
        """Groups, the topics they read, and what they do with a lane."""
        lanes: list[Stage] = [
            (normaliser.GROUP, (INTAKE,), Normaliser(services).run),
            (publisher.GROUP, (WORK, MADE), Publisher(services).run),
            (projection.GROUP, (OUTCOMES,), Projection(self.config, self.log, self.state, self._moved).run),
        ]
        if self.config.spread_bytes:
            lanes.append((reader.GROUP, (CHUNKS,), Reader(services).run))
        return lanes

    async def _answering(self, services: Services) -> list[Stage]:
        """Nothing when no feed asks for it and no route leads anywhere. One that begins to is served from now on."""
        feeds = [(site.id, feed.id) for site in self.sites.values() for feed in site.feeds if feed.answers is not None]
        routes = [routing.since_key(site, route) for site in self.sites.values() for route in site.routes]
        since = await asyncio.to_thread(self.state.answers.since, [*feeds, *routes], iso(self._clock()))
        stages: list[Stage] = []
        if feeds:
            stages.append((stage.GROUP, (OUTCOMES,), Answerer(services, since).run))
        if routes:
            stages.append((routing.GROUP, (routing.TOPIC,), Router(services, since).run))
        if stages:
            stages.append((delivery.GROUP, (OUTBOUND,), Deliverer(services).run))
        return stages

    @property
    def _linking(self) -> dict[str, timedelta]:
        """Sites whose answers are linked, and how long a rule that waits does there."""
        return {site.id: timedelta(seconds=site.links_wait_seconds) for site in self.sites.values() if site.links}

    def _links(self, services: Services) -> list[Stage]:
        """Raises ConfigError: the lanes of this group go over all event topics."""
        if not self._linking:
            return []
        if len({self.config.partitions(name) for name in EVENT_TOPICS}) > 1:
            raise ConfigError([f"where links are made, the topics {', '.join(EVENT_TOPICS)} need the same number of partitions"])
        return [(link_stage.GROUP, EVENT_TOPICS, Linker(services, self._linking).run)]

    def _lane_failed(self, kind: str) -> None:
        self.metrics.commit_failures.labels(kind).inc()

    def _supervise(self, supervisor: Supervisor) -> None:
        self._supervisors.append(supervisor)
        self._tasks.append(asyncio.create_task(supervisor.run(), name=supervisor.name))

    def _stop_last(self, stack: AsyncExitStack) -> None:
        stack.push_async_callback(_stop, self._tasks)

    def _pruner(self) -> Pruner:
        days = [site.profile_data(feed.id)["duplicate_window_days"] for site in self.sites.values() for feed in site.feeds]
        return Pruner(self.config, self.log, self.blobs, self.state, self._clock, max(days, default=WINDOW_DAYS))

    # -- idle

    async def _idle(self) -> bool:
        if self.local is not None:
            await self.local.look()
            if self.local.files:
                return False
        if not await idle(self.config, self.log, self.state):
            return False
        if self._linking and not await linked(self.config, self.log):
            return False
        routes = any(site.routes for site in self.sites.values())
        answers = any(feed.answers is not None for site in self.sites.values() for feed in site.feeds)
        if routes and not await routed(self.config, self.log):
            return False
        return not (answers or routes) or await answered(self.config, self.log, self.state, answers)

    async def _wait(self, reached: Callable[[], Awaitable[bool]]) -> None:
        while True:
            self._moved.clear()
            if await reached():
                return
            broken = [health for health in self.health() if health.broken]
            if broken:
                raise GatewayBrokenError(f"{broken[0].name} fails for good: {broken[0].error}")
            with suppress(TimeoutError):
                async with asyncio.timeout(IDLE_POLL):
                    await self._moved.wait()


async def _stop(tasks: list["asyncio.Task[None]"]) -> None:
    """Nothing new is begun; what is being committed ends, and the groups are left."""
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)


def _sweep(spool: Path) -> None:
    """Remove what a killed gateway left; a running one may share the folder, so only old files go."""
    before = time.time() - SPOOL_SECONDS
    for path in spool.glob("*.plan"):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < before:
                path.unlink()


__all__ = ["FINAL", "Gateway", "GatewayBrokenError", "TaskHealth"]
