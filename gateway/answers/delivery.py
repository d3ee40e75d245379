"""Hands over what is on `outbound`: acknowledgements to the sinks of their feed, routed messages to the sink of their route.

Each way out has a queue of its own, in order; one that is away holds up nobody else. The group follows `outbound` into the queues in State;
what is handed over is marked there. A kill between the two hands the same bytes over once more, under the same name.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress

from gateway.answers.outbound import Outbound, Routed, answer_of, outbound_of
from gateway.answers.taking import taken
from gateway.config import Config
from gateway.log import partition_for
from gateway.pipeline.lanes import Lane
from gateway.pipeline.messages import DELIVER, OUTBOUND, feed_key, place_of
from gateway.pipeline.services import Services, logger
from gateway.routes.contents import Bodies, Contents
from gateway.routes.ways import NoWayError, Refusal, Way, open_way
from gateway.seams import Committed, Log, Record, TopicPartition
from gateway.state import State
from gateway.state.deliveries import Deliveries, Delivery, Waiting

GROUP = DELIVER
BATCH_RECORDS, BATCH_BYTES = 256, 8 << 20
AT_ONCE = 50
"""Deliveries of one queue before the next has its turn."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 60.0
IDLE_SECONDS = 5.0
"""What another process has put back into a queue is seen by then."""
Queue = tuple[str, str, str]
"""Site, feed and route; without a route the answers of the feed."""


class Deliverer:
    def __init__(self, services: Services) -> None:
        self._services = services

    async def run(self, lane: Lane) -> None:
        """The queues of one partition."""
        arrived, bodies = asyncio.Event(), Bodies()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._collect(lane, arrived, bodies))
            tasks.create_task(_Queues(self._services, lane.number, arrived, bodies).run())

    async def _collect(self, lane: Lane, arrived: asyncio.Event, bodies: Bodies) -> None:
        while True:
            records = await taken(lane, BATCH_RECORDS, BATCH_BYTES)
            bodies.remember(records)
            await asyncio.to_thread(take_in, self._services.state, records)
            arrived.set()
            await lane.commit({lane.topics[0]: Committed(records[-1].offset + 1)})
            self._services.committed()


class _Queues:
    """The queues of the feeds whose records stand in partition `number`."""

    def __init__(self, services: Services, number: int, arrived: asyncio.Event, bodies: Bodies) -> None:
        self._services, self._number, self._arrived = services, number, arrived
        self._partitions = services.config.partitions(OUTBOUND)
        self._contents = Contents(services.log, services.blobs, bodies)
        self._pauses: dict[Queue, tuple[float, float]] = {}
        self._ways: dict[Queue, Way] = {}
        self._busy: set[Queue] = set()
        self._shown: set[Queue] = set()

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                while True:
                    self._arrived.clear()
                    await self._round(tasks)
        finally:
            self._measure((), ())
            await asyncio.gather(*(way.close() for way in self._ways.values()))

    async def _round(self, tasks: asyncio.TaskGroup) -> None:
        """Every queue that has something to hand over and is not at it has its turn: a sink that hangs keeps no other. Then wait for more."""
        waiting, parked = await asyncio.to_thread(self._look)
        self._measure(waiting, parked)
        self._pauses = {queue: pause for queue, pause in self._pauses.items() if any(queue == _queue(each) for each in waiting)}
        for queue in {_queue(each) for each in waiting if self._is_due(each)} - self._busy:
            self._busy.add(queue)
            tasks.create_task(self._turn(queue))
        with suppress(TimeoutError):
            async with asyncio.timeout(self._patience()):
                await self._arrived.wait()

    def _look(self) -> tuple[list[Waiting], list[Waiting]]:
        """What is ours of what waits and of what is parked."""
        deliveries = self._services.state.deliveries
        waiting, parked = ([each for each in found if self._is_mine(each)] for found in (deliveries.waiting(), deliveries.parked()))
        return waiting, parked

    async def _turn(self, queue: Queue) -> None:
        try:
            await self._deliver(queue)
        finally:
            self._busy.discard(queue)
            self._arrived.set()

    def _is_mine(self, waiting: Waiting) -> bool:
        return partition_for(feed_key(waiting.site, waiting.feed), self._partitions) == self._number

    def _is_due(self, waiting: Waiting) -> bool:
        return self._pauses.get(_queue(waiting), (0.0, 0.0))[0] <= time.monotonic()

    def _patience(self) -> float:
        """Seconds until the next try of a queue that failed."""
        now = time.monotonic()
        return max(0.0, min((at - now for queue, (at, _) in self._pauses.items() if queue not in self._busy), default=IDLE_SECONDS))

    async def _deliver(self, queue: Queue) -> None:
        """Some of a queue, up to the first that has to wait."""
        deliveries = self._services.state.deliveries
        site, feed, route = queue
        done = _Done(deliveries)
        fault = ""
        try:
            for delivery in await asyncio.to_thread(deliveries.next, site, feed, AT_ONCE, route):
                fault = await self._hand_over(queue, delivery, done)
                if fault:
                    break
        finally:  # also when this is the end: what was handed over is not to be sent again
            if count := await done.finish():
                self._services.metrics.deliveries.labels(*queue, "delivered").inc(count)
                self._services.committed()
        self._pause(queue, fault)

    async def _hand_over(self, queue: Queue, delivery: Delivery, done: "_Done") -> str:
        """Why it has to wait, empty when it has not: it is handed over or parked."""
        deliveries = self._services.state.deliveries
        try:
            fault = await self._way(queue).send(delivery, self._contents)
        except (NoWayError, Refusal) as refused:
            await asyncio.to_thread(deliveries.fail, delivery.id, str(refused), "parked")
            self._services.metrics.deliveries.labels(*queue, "parked").inc()
            logger.error("receipt %s is parked on route %s of feed %s/%s: %s", delivery.receipt, queue[2], *queue[:2], refused)
            return ""
        if fault:
            await asyncio.to_thread(deliveries.fail, delivery.id, fault)
        else:
            done.add(delivery.id)
        return fault

    def _way(self, queue: Queue) -> Way:
        """Raises NoWayError."""
        if queue not in self._ways:
            self._ways[queue] = open_way(*self._services.feed(*queue[:2]), queue[2])
        return self._ways[queue]

    def _pause(self, queue: Queue, fault: str) -> None:
        if not fault:
            self._pauses.pop(queue, None)
            return
        first, longest = self._bounds(queue)
        _, last = self._pauses.get(queue, (0.0, first / 2))
        pause = min(last * 2, longest)
        self._pauses[queue] = time.monotonic() + pause, pause
        self._services.metrics.deliveries.labels(*queue, "failed").inc()
        what = f"route {queue[2]}" if queue[2] else "acknowledgements"
        logger.warning("%s of feed %s/%s: what is to be handed over waits: %s; tried again in %g seconds", what, *queue[:2], fault, pause)

    def _bounds(self, queue: Queue) -> tuple[float, float]:
        site = self._services.sites.get(queue[0])
        route = site.route(queue[2]) if site is not None else None
        return (FIRST_PAUSE, LONGEST_PAUSE) if route is None else (route.first_pause_seconds, route.longest_pause_seconds)

    def _measure(self, waiting: Sequence[Waiting], parked: Sequence[Waiting]) -> None:
        now = time.time() * 1000
        metrics = self._services.metrics
        found, refused = ({_queue(each): each for each in rows} for rows in (waiting, parked))
        for queue in self._shown | found.keys() | refused.keys():
            each = found.get(queue)
            metrics.delivery_waiting.labels(*queue).set(each.depth if each else 0)
            metrics.delivery_oldest.labels(*queue).set(max(0.0, (now - each.oldest) / 1000) if each else 0)
            metrics.delivery_parked.labels(*queue).set(refused[queue].depth if queue in refused else 0)
        self._shown |= found.keys() | refused.keys()


class _Done:
    """What was handed over, noted in State behind the deliveries: as soon as may be, with all that came meanwhile."""

    def __init__(self, deliveries: Deliveries) -> None:
        self._deliveries = deliveries
        self._ids: list[str] = []
        self._noting: asyncio.Task[None] | None = None
        self._count = 0

    def add(self, delivery_id: str) -> None:
        self._ids.append(delivery_id)
        self._count += 1
        if self._noting is None or self._noting.done():
            before, ids, self._ids = self._noting, self._ids, []
            self._noting = asyncio.create_task(self._note(before, ids))

    async def finish(self) -> int:
        """How many, all noted."""
        ids, self._ids = self._ids, []
        if self._noting is not None:
            await self._note(self._noting, ids)
        return self._count

    async def _note(self, before: "asyncio.Task[None] | None", ids: list[str]) -> None:
        if before is not None:
            await before
        if ids:
            await asyncio.to_thread(self._deliveries.settle, ids)


def _queue(waiting: Waiting) -> Queue:
    return waiting.site, waiting.feed, waiting.route


async def recall(config: Config, log: Log, state: State) -> None:
    """Take in what is on the log and not in State, which may be of a backup: before any number is drawn."""
    topic = config.topic(OUTBOUND)
    reached = await asyncio.to_thread(state.follow.positions, topic)
    for number in range(config.partitions(OUTBOUND)):
        partition = TopicPartition(topic, number)
        at = max(reached.get(number, 0), (await log.offsets(partition))[0])
        while records := await log.read(partition, at, BATCH_RECORDS):
            await asyncio.to_thread(take_in, state, records)
            at = records[-1].offset + 1


def take_in(state: State, records: Sequence[Record]) -> None:
    """Records of one partition, in order: what they say was written, and what is to be handed over. Blocking."""
    found = [(outbound_of(record), record) for record in records]
    answers = [answer_of(each) for each, _ in found if isinstance(each, Outbound)]
    if answers:
        state.answers.restore(answers)
    last = records[-1]
    state.deliveries.queue([_queued(each, record) for each, record in found], last.topic, last.partition, last.offset + 1)


def _queued(found: Outbound | Routed, record: Record) -> Delivery:
    queued = Delivery(
        found.id, found.site, found.feed, found.receipt, found.name, found.sha256, found.size, queued_at=record.timestamp, place=record.offset
    )
    if isinstance(found, Outbound):
        return queued
    return queued._replace(route=found.route, start=found.start, record="" if found.sha256 else place_of(record))


__all__ = ["GROUP", "Deliverer", "recall", "take_in"]
