"""Reads several partitions on: one request at a time to each broker, what it brings is kept until it is taken."""

import asyncio
from collections.abc import Collection, Mapping

from gateway.config import KafkaSettings
from gateway.log.kafka.batches import topic_bytes
from gateway.log.kafka.fetch import EARLIEST, Answer, OutOfRange, Piece, fetch, list_offsets
from gateway.log.kafka.link import ANSWER_SHARE, BACKOFF_SECONDS, Link
from gateway.log.kafka.values import weight
from gateway.seams import CorruptRecord, LogError, LogUnavailable, Record, TopicPartition

WAIT_SECONDS = 0.25
"""How long a broker waits for records before it answers that there are none. A partition added meanwhile waits as long."""
TOTAL_BYTES = 16 << 20
POLL_BYTES = 8 << 20
"""A poll's records have little more than this, whatever their number."""


class Reader:
    """`positions`: where each partition is read on. Used by one task at a time."""

    def __init__(self, link: Link, settings: KafkaSettings) -> None:
        self.positions: dict[TopicPartition, int] = {}
        self.alive: dict[TopicPartition, float] = {}
        """When each partition last gave something, or was known to have nothing; without the time in which nobody asked."""
        self._link = link
        self._settings = settings
        self._pieces: dict[TopicPartition, Piece] = {}
        self._damage: dict[TopicPartition, LogError] = {}
        self._tasks: dict[int, asyncio.Task[dict[TopicPartition, Answer]]] = {}
        self._turn = 0
        self._closed = False

    def place(self, positions: Mapping[TopicPartition, int], keep: Collection[TopicPartition]) -> None:
        """Read on at these positions, and as before in those of `keep`; forget all others."""
        now = asyncio.get_running_loop().time()
        self.positions = {partition: at for partition, at in self.positions.items() if partition in keep} | dict(positions)
        self.alive = {partition: self.alive.get(partition, now) for partition in self.positions}
        self._pieces = {partition: piece for partition, piece in self._pieces.items() if self.positions.get(partition) == piece.next}
        self._damage = {}

    def idle(self, seconds: float, without: Collection[TopicPartition]) -> None:
        """Nobody has asked for so long, and nobody asks for some partitions now."""
        now = asyncio.get_running_loop().time()
        self.alive = {p: now if p in without else min(now, at + seconds) for p, at in self.alive.items()}

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self.positions[partition] = offset
        self._pieces.pop(partition, None)
        self._damage.pop(partition, None)

    def take(self, max_records: int, wanted: Collection[TopicPartition]) -> list[Record]:
        """What has been brought, each partition in its turn. Raises the error of a partition only when no other has anything."""
        records: list[Record] = []
        order = sorted(partition for partition in self._pieces if partition in wanted)
        self._turn += 1
        turn = self._turn % len(order) if order else 0
        left = POLL_BYTES
        for partition in order[turn:] + order[:turn]:
            found = self._taken(partition, max_records - len(records), left)
            left -= sum(map(weight, found))
            records += found
            if len(records) >= max_records or left <= 0:
                break
        if not records:
            for partition in [partition for partition in self._damage if partition in wanted]:
                raise self._damage.pop(partition)
        return records

    def _taken(self, partition: TopicPartition, max_records: int, max_bytes: int) -> list[Record]:
        piece = self._pieces[partition]
        try:
            records = piece.take(max_records, max_bytes)
        except CorruptRecord as error:
            self._damage[partition] = error
            records = []
        done = not records or piece.empty
        self.positions[partition] = piece.next
        if done:
            del self._pieces[partition]
        if records:
            self.alive[partition] = asyncio.get_running_loop().time()
        return records

    async def bring(self, wanted: Collection[TopicPartition], seconds: float, changed: asyncio.Event) -> bool:
        """Ask the brokers for more, and wait until one has answered, `changed` is set or the time is over. Seconds 0: until all have answered.

        Returns whether a position moved without a record, or a record of these partitions came: then there may be more to have at once.
        """
        await self._ask(wanted, min(seconds, WAIT_SECONDS, self._settings.request_seconds / 2))
        tasks = set(self._tasks.values())
        if not tasks:
            return False
        bell = asyncio.ensure_future(changed.wait())
        try:
            if seconds > 0:
                await asyncio.wait({*tasks, bell}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            else:
                await asyncio.wait(tasks, timeout=self._settings.request_seconds)
        finally:
            bell.cancel()
        before = dict(self.positions)
        for node, task in list(self._tasks.items()):
            if task.done():
                del self._tasks[node]
                await self._accept(task)
        return any(partition in wanted for partition in (*self._pieces, *self._damage)) or self.positions != before

    async def _ask(self, wanted: Collection[TopicPartition], seconds: float) -> None:
        """A broker is asked for all its partitions at once, when none of them has anything left: else one would wait for the others."""
        nodes, without = await self._link.led(sorted(wanted))
        if self._closed:
            return  # whoever closed it meanwhile does not hear of what is begun now
        if without and not nodes:
            await asyncio.sleep(min(seconds, BACKOFF_SECONDS))
        for node, partitions in nodes.items():
            if node in self._tasks or any(partition in self._pieces for partition in partitions):
                continue
            turn = self._turn % len(partitions)
            positions = {partition: self.positions[partition] for partition in partitions[turn:] + partitions[:turn]}
            self._tasks[node] = asyncio.create_task(self._fetch(node, positions, seconds), name="log-fetch")

    async def _fetch(self, node: int, positions: Mapping[TopicPartition, int], seconds: float) -> dict[TopicPartition, Answer]:
        """Of a broker that does not answer it may be that others lead its partitions now."""
        try:
            async with asyncio.timeout(seconds + ANSWER_SHARE * self._settings.request_seconds):
                return await fetch(self._link, node, positions, seconds, topic_bytes(self._settings), TOTAL_BYTES)
        except TimeoutError:
            (await self._link.client()).force_metadata_update()
            raise LogUnavailable("reading records: a broker does not answer") from None

    async def _accept(self, task: asyncio.Task[dict[TopicPartition, Answer]]) -> None:
        """Keep what is still wanted: a partition may have been taken away or sought elsewhere meanwhile."""
        try:
            answers = task.result()
        except LogUnavailable as error:
            self._link.trouble = str(error)
            await asyncio.sleep(0.05)
            return
        now = asyncio.get_running_loop().time()
        for partition, answer in answers.items():
            if isinstance(answer, OutOfRange):
                await self._start_again(partition)
            elif isinstance(answer, LogError):
                self._damage[partition] = answer
            elif self.positions.get(partition) == answer.next:
                if not answer.empty:
                    self._pieces[partition] = answer
                elif answer.next > self.positions[partition] or answer.next >= answer.stable:
                    self.alive[partition] = now
                self.positions[partition] = answer.next

    async def _start_again(self, partition: TopicPartition) -> None:
        """Retention has overtaken the position."""
        before = self.positions.get(partition)
        start = (await list_offsets(self._link, {partition: EARLIEST}))[partition]
        if before is not None and self.positions.get(partition) == before < start:
            self.positions[partition] = start

    async def close(self) -> None:
        self._closed = True
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        self._tasks.clear()
