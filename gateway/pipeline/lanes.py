"""A consumer group read as lanes: one task per partition number over all topics of the group, fed in order, committing on its own."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from typing import Any

from gateway.pipeline.lane import LANE_BYTES, SETTLE_SECONDS, Lane
from gateway.seams import Consumer, Fenced, Log, LogError, LogUnavailable, Record, TopicPartition

logger = logging.getLogger("clearplane.gateway")
POLL_RECORDS = 256
POLL_SECONDS = 1.0
PACE_SECONDS, LONGEST_PACE_SECONDS = 0.02, 0.05
"""From one poll that finds records to the next, twice as long while each finds several: what a round costs, a busy group pays for many at once. A
quiet one does not wait."""
FULL_SECONDS = 0.1
"""A poll waits only so long while a partition is left out for want of room."""
FIRST_PAUSE, LONGEST_PAUSE, CALM_SECONDS = 0.1, 5.0, 30.0
"""Before a lane whose log was away begins anew: twice as long each time, until one has lived for CALM_SECONDS."""
REBALANCING_PAUSE = 0.02
"""Seconds between questions for a position that is refused while the group rebalances: soon the lane is ours again, or not at all."""


Work = Callable[[Lane], Coroutine[Any, Any, None]]
Failed = Callable[[str], None]
"""Told how a lane has failed: fenced or unavailable."""


async def run_lanes(
    log: Log, group: str, topics: Sequence[str], work: Work, session_timeout: float | None = None, failed: Failed = lambda kind: None,
    eager: bool = False,
) -> None:  # fmt: skip
    """Join `group` and run `work` for each lane owned, until cancelled. A lane begins with its first record, an `eager` one without.

    A lane that is fenced, or whose log is away, begins anew alone. Any other error of one ends all: who calls begins anew.
    """
    member = _Member(log, await _join(log, group, topics, session_timeout), topics, work, failed, eager)
    try:
        async with asyncio.TaskGroup() as tasks:
            while True:
                await member.round(tasks)
    except Exception:
        _give_way()
        raise
    finally:
        await member.close()


def _give_way() -> None:
    """A group of tasks that fails while it is cancelled says only that it failed; whoever cancels waits for the other."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError from None


async def _join(log: Log, group: str, topics: Sequence[str], session_timeout: float | None) -> Consumer:
    """Cancelled half-way, the member still leaves: else nobody reads its partitions until its lease is over. Nothing may hide the cancellation."""
    joining = asyncio.ensure_future(log.consumer(group, topics, session_timeout))
    try:
        return await asyncio.shield(joining)
    except asyncio.CancelledError:
        with contextlib.suppress(LogError):
            await (await joining).close()
        raise


class _Member:
    """One member of a group and its lanes by number. `_returning`: lanes that have ended, until their partitions are read from their positions."""

    def __init__(self, log: Log, consumer: Consumer, topics: Sequence[str], work: Work, failed: Failed, eager: bool) -> None:
        self._log, self._consumer, self._topics, self._work, self._failed = log, consumer, topics, work, failed
        self._eager = eager
        self._lanes: dict[int, Lane] = {}
        self._returning: dict[int, asyncio.Task[None]] = {}
        self._pauses: dict[int, float] = {}
        self._pace, self._next_poll = PACE_SECONDS, 0.0

    async def round(self, tasks: asyncio.TaskGroup) -> None:
        """Poll once, and give the records to their lanes. Lanes that return are left out even where their partitions come back meanwhile."""
        self._returning = {number: task for number, task in self._returning.items() if not task.done()}
        left_out = self._full() | {TopicPartition(topic, number) for topic in self._topics for number in self._returning}
        records = await self._poll(left_out)
        await self._end_lanes(records, tasks)
        records = [record for record in records if record.partition not in self._returning]
        await self._begin_lanes(records, tasks)
        for record in records:
            lane = self._lanes.get(record.partition)
            if lane is not None:
                lane.feed(record.topic).put(record)

    async def _poll(self, left_out: Collection[TopicPartition]) -> list[Record]:
        """A poll that finds all it may take is followed by the next one at once."""
        clock = asyncio.get_running_loop().time
        if (early := self._next_poll - clock()) > 0:
            await asyncio.sleep(early)
        records = await self._consumer.poll(POLL_RECORDS, FULL_SECONDS if left_out else POLL_SECONDS, left_out)
        if 0 < len(records) < POLL_RECORDS:
            self._pace = min(2 * self._pace, LONGEST_PACE_SECONDS) if len(records) > 1 else PACE_SECONDS
            self._next_poll = clock() + self._pace
        return records

    def _full(self) -> frozenset[TopicPartition]:
        lanes = self._lanes.values()
        return frozenset(partition for lane in lanes for partition in lane.partitions if lane.feed(partition.topic).full)

    async def _end_lanes(self, records: Sequence[Record], tasks: asyncio.TaskGroup) -> None:
        """End lanes whose partitions went away, came back or were fenced; what is ours of them is read again from its position."""
        first: dict[TopicPartition, int] = {}
        for record in records:
            first.setdefault(_partition_of(record), record.offset)
        owned = self._consumer.assignment
        moved = {number for number, lane in self._lanes.items() if lane.over or not lane.partitions <= owned or _behind(lane, first)}
        for number in moved:
            lane = self._lanes.pop(number)
            await _end(lane)
            self._return(number, lane.partitions & owned, lane.pause, tasks)

    def _return(self, number: int, partitions: Collection[TopicPartition], pause: float, tasks: asyncio.TaskGroup) -> None:
        self._returning[number] = tasks.create_task(self._rewound(number, partitions, pause), name=f"{self._topics[0]}/{number} again")

    async def _rewound(self, number: int, partitions: Collection[TopicPartition], pause: float) -> None:
        """Read on from the committed positions, as soon as they can be had. One that is assigned anew meanwhile is read from there anyway.

        Fenced may only mean that the group is rebalancing: what stays ours has lost its records, so it is sought until it is not ours.
        """
        await asyncio.sleep(pause)
        left = set(partitions)
        while left := left & self._consumer.assignment:
            try:
                for partition in sorted(left):
                    await self._rewind(partition)
                return
            except Fenced:
                await asyncio.sleep(REBALANCING_PAUSE)
            except LogUnavailable as error:
                logger.warning("%s/%d still waits for its position: %s", self._topics[0], number, error)
                await asyncio.sleep(self._longer(number))

    def _longer(self, number: int) -> float:
        pause = self._pauses.get(number, 0.0)
        self._pauses[number] = min(2 * pause, LONGEST_PAUSE) or FIRST_PAUSE
        return self._pauses[number]

    async def _rewind(self, partition: TopicPartition) -> None:
        committed = await self._consumer.committed(partition)
        start = committed.offset if committed is not None else (await self._log.offsets(partition))[0]
        self._consumer.seek(partition, start)

    async def _begin_lanes(self, records: Sequence[Record], tasks: asyncio.TaskGroup) -> None:
        owned = self._consumer.assignment
        begun = owned if self._eager else owned.intersection(map(_partition_of, records))
        for number in {partition.partition for partition in begun} - self._lanes.keys() - self._returning.keys():
            partitions = [TopicPartition(topic, number) for topic in self._topics]
            if not owned.issuperset(partitions):
                raise Fenced(f"{self._topics[0]}/{number}: another member has a partition of its lane")
            try:
                known = await asyncio.gather(*map(self._consumer.committed, partitions))
            except LogUnavailable:
                self._return(number, partitions, self._longer(number), tasks)
                continue
            lane = self._lanes[number] = Lane(self._consumer, self._topics, dict(zip(partitions, known, strict=True)))
            lane.task = tasks.create_task(self._run(lane), name=f"{self._topics[0]}/{number}")

    async def _run(self, lane: Lane) -> None:
        """If its member left the group for one lane, lanes of the other members would move in mid-commit, and these would leave in turn."""
        try:
            await self._work(lane)
        except* Fenced as errors:
            self._failed("fenced")
            logger.warning("%s/%d is read again from its position: %s", self._topics[0], lane.number, _first_of(errors))
        except* LogUnavailable as errors:
            self._failed("unavailable")
            if asyncio.get_running_loop().time() - lane.began > CALM_SECONDS:
                self._pauses.pop(lane.number, None)
            lane.pause = self._longer(lane.number)
            text = "%s/%d waits for the log and is read again from its position in %.1f seconds: %s"
            logger.warning(text, self._topics[0], lane.number, lane.pause, _first_of(errors))

    async def close(self) -> None:
        """Leave the group once nothing is being committed any more, or that takes too long."""
        try:
            await asyncio.gather(*(lane.settled() for lane in self._lanes.values()))
        finally:
            with contextlib.suppress(LogError):  # else a cancellation would be lost
                await self._consumer.close()


def _partition_of(record: Record) -> TopicPartition:
    return TopicPartition(record.topic, record.partition)


def _first_of(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _behind(lane: Lane, first: Mapping[TopicPartition, int]) -> bool:
    """Whether a partition of this lane is being read again."""
    return any(first.get(partition, lane.feed(partition.topic).next) < lane.feed(partition.topic).next for partition in lane.partitions)


async def _end(lane: Lane) -> None:
    if lane.task is not None:
        lane.task.cancel()
        await asyncio.wait([lane.task])
    if not await lane.settled():
        raise LogUnavailable(f"{lane.topics[0]}/{lane.number}: a commit is still under way after {SETTLE_SECONDS:g} seconds")


__all__ = ["LANE_BYTES", "SETTLE_SECONDS", "Failed", "Lane", "Work", "run_lanes"]
