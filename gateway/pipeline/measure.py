"""Looks at log and disk every few seconds: does the log answer, and how far behind is each group. Off the path of the records."""

import asyncio
import logging
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

from gateway.metrics import Metrics
from gateway.seams import Log, LogError, TopicPartition

logger = logging.getLogger("clearplane.gateway")
LOOK_SECONDS = 5.0


@runtime_checkable
class CountsLag(Protocol):
    """A log that does it with one request per broker."""

    async def lag(self, group: str, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]: ...


class Meter:
    """`groups`: topics by group, whose lag is shown; `asked`: a partition whose offsets show that the log answers; `folder`: of the data."""

    def __init__(self, log: Log, metrics: Metrics, groups: Mapping[str, Sequence[str]], asked: TopicPartition, folder: Path) -> None:
        self._log, self._metrics, self._groups, self._asked, self._folder = log, metrics, groups, asked, folder

    async def run(self) -> None:
        """For ever; a log that does not answer is what is measured, not an error."""
        available: bool | None = None
        while True:
            before, available = available, await self._look()
            self._metrics.log_available.set(available)
            self._metrics.disk_free.set((await asyncio.to_thread(shutil.disk_usage, self._folder)).free)
            if available != before and (before is not None or not available):
                logger.log(logging.INFO if available else logging.WARNING, "the log answers again" if available else "the log does not answer")
            await asyncio.sleep(LOOK_SECONDS)

    async def _look(self) -> bool:
        try:
            await self._log.offsets(self._asked)
            known = await self._log.topics() if self._groups else {}
            for group, topics in self._groups.items():
                for topic in topics:
                    partitions = [TopicPartition(topic, number) for number in range(known[topic].partitions)] if topic in known else []
                    self._metrics.lag.labels(group, topic).set(sum((await lag(self._log, group, partitions)).values()))
        except LogError:
            return False
        return True


async def lag(log: Log, group: str, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
    """How far the group's positions are from the ends; on Kafka markers between records count too, but not alone."""
    if isinstance(log, CountsLag):
        return await log.lag(group, partitions)
    positions = await log.group_positions(group)
    behind = {}
    for partition in partitions:
        first, end = await log.offsets(partition)
        committed = positions.get(partition)
        behind[partition] = max(0, end - max(first, committed.offset if committed is not None else 0))
    return behind
