"""Who waits for records: one task asks the brokers for all who wait, and only while somebody does."""

import asyncio
import contextlib
from collections.abc import Mapping

from gateway.config import KafkaSettings
from gateway.log.kafka.batches import topic_bytes
from gateway.log.kafka.fetch import LATEST, Piece, fetch, list_offsets
from gateway.log.kafka.link import Link, deadline
from gateway.seams import LogError, LogUnavailable, Places, TopicPartition

ASK_SECONDS = 0.05


class Watch:
    """Ends of partitions as last heard. A transaction's marker moves the end without a record: then the records are looked at."""

    def __init__(self, link: Link, settings: KafkaSettings) -> None:
        self._link = link
        self._settings = settings
        self._ends: dict[TopicPartition, int] = {}
        self._bare: dict[TopicPartition, tuple[int, int]] = {}
        self._waiting: dict[asyncio.Event, Mapping[TopicPartition, int]] = {}
        self._task: asyncio.Task[None] | None = None
        self._soon = asyncio.Event()
        self._closed = False

    async def wait(self, after: Mapping[TopicPartition, int], timeout: float) -> bool:
        """True as soon as one of the partitions has a record at or past its offset; False after `timeout` seconds."""
        clock = asyncio.get_running_loop().time
        until = clock() + timeout
        bell = asyncio.Event()
        self._waiting[bell] = after
        try:
            await self._first_look(after)
            while not await self._arrived(after):
                if self._closed:
                    raise LogError("the log is closed")
                left = until - clock()
                if left <= 0:
                    return False
                self._watch()
                bell.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(left):
                        await bell.wait()
            return True
        finally:
            del self._waiting[bell]

    def wrote(self, where: Places) -> None:
        """Records of ours were committed there."""
        if any(partition in after for partition, _ in where for after in self._waiting.values()):
            self._soon.set()

    async def _first_look(self, after: Mapping[TopicPartition, int]) -> None:
        async with deadline(self._settings.request_seconds, "waiting for records", self._link):
            await self._look(after)

    def close(self) -> None:
        """Wakes who waits."""
        self._closed = True
        if self._task is not None:
            self._task.cancel()
        for bell in self._waiting:
            bell.set()

    def _watch(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="log-watch")

    async def _run(self) -> None:
        while self._waiting:
            self._soon.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(ASK_SECONDS):
                    await self._soon.wait()
            wanted = {partition: 0 for after in self._waiting.values() for partition in after}
            if not wanted:
                return
            before = dict(self._ends)
            try:
                async with asyncio.timeout(self._settings.request_seconds):
                    await self._look(wanted)
            except (LogError, TimeoutError):
                continue  # who waits finds out when its time is over
            for bell, after in self._waiting.items():
                if any(self._ends[partition] != before.get(partition) for partition in after if partition in self._ends):
                    bell.set()

    async def _look(self, partitions: Mapping[TopicPartition, int]) -> None:
        self._ends |= await list_offsets(self._link, dict.fromkeys(partitions, LATEST))

    async def _arrived(self, after: Mapping[TopicPartition, int]) -> bool:
        for partition, offset in after.items():
            if self._ends[partition] > offset and await self.has_record(partition, offset, self._ends[partition]):
                return True
        return False

    async def has_record(self, partition: TopicPartition, offset: int, end: int) -> bool:
        """Whether a record, not only markers, is between the offsets."""
        if offset >= end:
            return False
        start, stop = self._bare.get(partition, (0, 0))
        at = stop if start <= offset < stop else offset
        while at < end:
            node = await self._link.leader(partition)
            answer = (await fetch(self._link, node, {partition: at}, 0, topic_bytes(self._settings), topic_bytes(self._settings))).get(partition)
            if answer is None or isinstance(answer, LogUnavailable):
                return False
            if not isinstance(answer, Piece) or not answer.empty or answer.next == at:
                return not isinstance(answer, Piece) or not answer.empty
            at = answer.next
        self._bare[partition] = (min(start, offset) if start <= offset < stop else offset, at)
        return False
