"""Retention on demand, values that nothing refers to any more, and a check of every record."""

import asyncio
from collections.abc import Collection, Iterable

from gateway.config import KafkaSettings
from gateway.log.kafka.batches import topic_bytes
from gateway.log.kafka.errors import RETRYABLE, name_of, refusal
from gateway.log.kafka.fetch import EARLIEST, LATEST, Answer, Piece, fetch, list_offsets
from gateway.log.kafka.link import BACKOFF_SECONDS, Link, deadline
from gateway.log.kafka.positions import stored_positions
from gateway.log.kafka.values import referenced, restore
from gateway.log.kafka.wire import DeleteRecordsRequest, ListGroupsRequest
from gateway.seams import BlobError, Blobs, CorruptRecord, LogError, LogUnavailable, Problem, TopicPartition, TopicSpec

DAY_MS = 86_400_000
TAKE_RECORDS = 1_000
DOING = "deleting old records"


def partitions_of(topics: Iterable[TopicSpec]) -> list[TopicPartition]:
    return [TopicPartition(spec.name, number) for spec in topics for number in range(spec.partitions)]


class Upkeep:
    """Long work: each request is bounded, not the whole."""

    def __init__(self, link: Link, settings: KafkaSettings, blobs: Blobs, prefix: str) -> None:
        self._link = link
        self._settings = settings
        self._blobs = blobs
        self._prefix = prefix

    async def prune(self, topics: Collection[TopicSpec], now: int) -> dict[TopicPartition, int]:
        """Delete what is older than each topic's retention; returns how many records went per partition."""
        limits = {p: now - spec.retention_ms for spec in topics if spec.retention_ms is not None for p in partitions_of([spec])}
        gone: dict[TopicPartition, int] = {}
        if limits:
            async with deadline(self._settings.request_seconds, DOING, self._link):
                starts = await list_offsets(self._link, dict.fromkeys(limits, EARLIEST))
                ends = await list_offsets(self._link, dict.fromkeys(limits, LATEST))
                young = await list_offsets(self._link, limits)
            for partition in limits:
                keep = ends[partition] if young[partition] < 0 else min(young[partition], ends[partition])
                if keep > starts[partition]:
                    count = await self._count(partition, starts[partition], keep)
                    await self._delete(partition, keep)
                    gone |= {partition: count} if count else {}
        return gone

    async def sweep(self, topics: Collection[TopicSpec], now: int) -> int:
        """Delete values that are older than any record can be and that no read position refers to; returns how many. Needs every topic to end."""
        ages = [spec.retention_ms for spec in topics]
        if not ages or None in ages:
            return 0
        before = (now - max(age for age in ages if age is not None) - DAY_MS) / 1000
        used = await self._used()
        try:
            return await asyncio.to_thread(self._sweep, before, used)
        except BlobError as error:
            raise LogUnavailable(f"old values of the log cannot be deleted: {error}") from None

    def _sweep(self, before: float, used: set[str]) -> int:
        old = [name for name, _, modified in self._blobs.list() if modified < before and name not in used]
        for name in old:
            self._blobs.delete(name)
        return len(old)

    async def _used(self) -> set[str]:
        """Values that committed positions of our groups refer to, however old."""
        used = set()
        async with deadline(self._settings.request_seconds, "reading the positions of all groups", self._link):
            client = await self._link.client()
            for broker in client.cluster.brokers():
                answer = await self._link.send(broker.nodeId, ListGroupsRequest(), "listing consumer groups")
                if answer.error_code:
                    raise refusal(answer.error_code, "listing consumer groups")
                for group, *_ in answer.groups:
                    if group.startswith(self._prefix):
                        found = await stored_positions(self._link, group, stable=False)
                        used |= {name for at in found.values() if (name := referenced(at.metadata)) is not None}
        return used

    async def verify(self, topics: Collection[TopicSpec]) -> list[Problem]:
        """Read every record: its checksum, that it unpacks, that its value is there when it is elsewhere."""
        problems: list[Problem] = []
        for partition in partitions_of(topics):
            try:
                problems += await self._verified(partition)
            except LogUnavailable:
                raise
            except LogError as error:
                problems.append(Problem(f"{partition.topic}/{partition.partition}", str(error)))
        return problems

    async def _verified(self, partition: TopicPartition) -> list[Problem]:
        problems: list[Problem] = []
        at, end = await self._ends(partition)
        while at < end:
            answer = await self._fetch(partition, at)
            if not isinstance(answer, Piece):
                problems += [Problem(f"{partition.topic}/{partition.partition} offset {at}", str(answer))] if isinstance(answer, LogError) else []
                break
            damage, following = await self._check(answer)
            if damage is not None:
                problems.append(Problem(f"{partition.topic}/{partition.partition} offset {answer.next}", str(damage)))
            if following <= at:
                break
            at = following
        return problems

    async def _check(self, piece: Piece) -> tuple[LogError | None, int]:
        """The first thing wrong in what was read, and the offset to go on at."""
        while True:
            try:
                records = piece.take(TAKE_RECORDS)
            except CorruptRecord as error:
                return error, piece.damaged_to
            if not records:
                return None, piece.next
            for record in records:
                try:
                    await restore(self._blobs, [record])
                except CorruptRecord as error:
                    piece.next = record.offset
                    return error, record.offset + 1

    async def _count(self, partition: TopicPartition, start: int, end: int) -> int:
        """Records, not markers, between two offsets; of those that cannot be read, none."""
        count, at = 0, start
        while at < end:
            answer = await self._fetch(partition, at)
            if not isinstance(answer, Piece):
                break
            try:
                while records := answer.take(TAKE_RECORDS):
                    count += sum(record.offset < end for record in records)
            except LogError:
                answer.next = answer.damaged_to
            if answer.next <= at:
                break
            at = answer.next
        return count

    async def _fetch(self, partition: TopicPartition, offset: int) -> Answer:
        size = topic_bytes(self._settings)
        async with deadline(self._settings.request_seconds, f"reading {partition.topic}/{partition.partition}", self._link):
            while True:
                answer = (await fetch(self._link, await self._link.leader(partition), {partition: offset}, 0, size, size)).get(partition)
                if answer is not None:
                    return answer
                await asyncio.sleep(BACKOFF_SECONDS)

    async def _ends(self, partition: TopicPartition) -> tuple[int, int]:
        async with deadline(self._settings.request_seconds, f"reading {partition.topic}/{partition.partition}", self._link):
            start = await list_offsets(self._link, {partition: EARLIEST})
            end = await list_offsets(self._link, {partition: LATEST})
        return start[partition], end[partition]

    async def _delete(self, partition: TopicPartition, before: int) -> None:
        async with deadline(self._settings.request_seconds, DOING, self._link):
            while True:
                rows = [(partition.topic, [(partition.partition, before)])]
                request = DeleteRecordsRequest(rows, round(self._settings.request_seconds * 1000))
                answer = await self._link.send(await self._link.leader(partition), request, DOING)
                code = next(number[2] for topic in answer.topics for number in topic[1])
                if code == 0:
                    return
                if code not in RETRYABLE:
                    raise refusal(code, f"deleting old records of {partition.topic}/{partition.partition}")
                self._link.trouble = name_of(code)
                await asyncio.sleep(BACKOFF_SECONDS)
                await self._link.refresh()
