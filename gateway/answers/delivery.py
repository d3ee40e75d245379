"""Hands acknowledgements to the sinks of their feed, in order per feed. A sink that is away holds up its own feed only.

The group follows `outbound` into a queue in State; what is handed over is marked there. A kill between the two hands the same bytes over once
more, under the same name.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from connectors.sinks.directory import DirectorySink
from gateway.answers import settings
from gateway.answers.outbound import Outbound, answer_of, outbound_of
from gateway.config import Config
from gateway.log import partition_for
from gateway.pipeline.lanes import Lane
from gateway.pipeline.messages import DELIVER, OUTBOUND, feed_key
from gateway.pipeline.services import Services, logger
from gateway.seams import BlobError, BlobNotFound, Committed, Log, Record, TopicPartition
from gateway.state import State
from gateway.state.deliveries import Delivery, Waiting

GROUP = DELIVER
BATCH_RECORDS = 256
AT_ONCE = 50
"""Deliveries of one feed before the next has its turn."""
PIECE_BYTES = 1 << 20
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 60.0
IDLE_SECONDS = 30.0
Feed = tuple[str, str]


class Deliverer:
    def __init__(self, services: Services) -> None:
        self._services = services

    async def run(self, lane: Lane) -> None:
        """The feeds of one partition."""
        arrived = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._collect(lane, arrived))
            tasks.create_task(_Feeds(self._services, lane.number, arrived).run())

    async def _collect(self, lane: Lane, arrived: asyncio.Event) -> None:
        while True:
            records = [await lane.take()]
            while lane.peek() is not None and len(records) < BATCH_RECORDS:
                records.append(await lane.take())
            await asyncio.to_thread(take_in, self._services.state, records)
            arrived.set()
            await lane.commit({lane.topics[0]: Committed(records[-1].offset + 1)})
            self._services.committed()


class _Feeds:
    """The queues of the feeds whose records stand in partition `number`."""

    def __init__(self, services: Services, number: int, arrived: asyncio.Event) -> None:
        self._services, self._number, self._arrived = services, number, arrived
        self._partitions = services.config.partitions(OUTBOUND)
        self._pauses: dict[Feed, tuple[float, float]] = {}
        self._folders: dict[Path, DirectorySink] = {}
        self._busy: set[Feed] = set()
        self._shown: set[Feed] = set()

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                while True:
                    self._arrived.clear()
                    await self._round(tasks)
        finally:
            self._measure(())

    async def _round(self, tasks: asyncio.TaskGroup) -> None:
        """Every feed that has something to hand over and is not at it has its turn: a folder that hangs keeps no other feed. Then wait for more."""
        waiting = [each for each in await asyncio.to_thread(self._services.state.deliveries.waiting) if self._is_mine(each)]
        self._measure(waiting)
        self._pauses = {feed: pause for feed, pause in self._pauses.items() if any(feed == (each.site, each.feed) for each in waiting)}
        for feed in {(each.site, each.feed) for each in waiting if self._is_due(each)} - self._busy:
            self._busy.add(feed)
            tasks.create_task(self._turn(feed))
        with suppress(TimeoutError):
            async with asyncio.timeout(self._patience()):
                await self._arrived.wait()

    async def _turn(self, feed: Feed) -> None:
        try:
            await self._deliver(feed)
        finally:
            self._busy.discard(feed)
            self._arrived.set()

    def _is_mine(self, waiting: Waiting) -> bool:
        return partition_for(feed_key(waiting.site, waiting.feed), self._partitions) == self._number

    def _is_due(self, waiting: Waiting) -> bool:
        return self._pauses.get((waiting.site, waiting.feed), (0.0, 0.0))[0] <= time.monotonic()

    def _patience(self) -> float:
        """Seconds until the next try of a feed that failed."""
        now = time.monotonic()
        return max(0.0, min((at - now for feed, (at, _) in self._pauses.items() if feed not in self._busy), default=IDLE_SECONDS))

    async def _deliver(self, feed: Feed) -> None:
        """Some of a feed, up to the first that fails."""
        state = self._services.state
        done: list[str] = []
        fault = ""
        for delivery in await asyncio.to_thread(state.deliveries.next, *feed, AT_ONCE):
            fault = await asyncio.to_thread(self._hand_over, delivery)
            if fault:
                await asyncio.to_thread(state.deliveries.fail, delivery.id, fault)
                break
            done.append(delivery.id)
        if done:
            await asyncio.to_thread(state.deliveries.settle, done)
            self._services.metrics.deliveries.labels(*feed, "delivered").inc(len(done))
            self._services.committed()
        self._pause(feed, fault)

    def _pause(self, feed: Feed, fault: str) -> None:
        if not fault:
            self._pauses.pop(feed, None)
            return
        _, last = self._pauses.get(feed, (0.0, FIRST_PAUSE / 2))
        pause = min(last * 2, LONGEST_PAUSE)
        self._pauses[feed] = time.monotonic() + pause, pause
        self._services.metrics.deliveries.labels(*feed, "failed").inc()
        logger.warning("acknowledgements of feed %s/%s wait: %s; tried again in %g seconds", *feed, fault, pause)

    def _hand_over(self, delivery: Delivery) -> str:
        """Blocking. To every sink of its feed; why it failed, empty when it did not. What retention has taken is passed by."""
        _, feed = self._services.feed(delivery.site, delivery.feed)
        sinks = feed.answers.sinks if feed.answers is not None else ()
        for sink in sinks:
            try:
                if isinstance(sink, settings.DirectorySink):
                    self._folders.setdefault(sink.path, DirectorySink(sink.path)).put(delivery.name, self._pieces(delivery))
            except BlobNotFound:
                logger.error("receipt %s: an acknowledgement is not in the store any more and is not handed over", delivery.receipt)
            except OSError as error:
                return f"the folder cannot be written ({error.strerror or type(error).__name__})"
            except BlobError as error:
                return str(error)
        return ""

    def _pieces(self, delivery: Delivery) -> Iterator[bytes]:
        for start in range(0, delivery.size, PIECE_BYTES):
            yield self._services.blobs.read(delivery.sha256, start, min(PIECE_BYTES, delivery.size - start))

    def _measure(self, waiting: Sequence[Waiting]) -> None:
        now = time.time() * 1000
        metrics = self._services.metrics
        found = {(each.site, each.feed): each for each in waiting}
        for feed in self._shown | found.keys():
            each = found.get(feed)
            metrics.delivery_waiting.labels(*feed).set(each.depth if each else 0)
            metrics.delivery_oldest.labels(*feed).set(max(0.0, (now - each.oldest) / 1000) if each else 0)
        self._shown |= found.keys()


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
    found = [outbound_of(record) for record in records]
    state.answers.restore([answer_of(each) for each in found])
    last = records[-1]
    state.deliveries.queue([_queued(each, record) for each, record in zip(found, records, strict=True)], last.topic, last.partition, last.offset + 1)


def _queued(found: Outbound, record: Record) -> Delivery:
    return Delivery(
        found.id, found.site, found.feed, found.receipt, found.name, found.sha256, found.size, queued_at=record.timestamp, place=record.offset
    )


__all__ = ["GROUP", "Deliverer", "recall", "take_in"]
