"""Reads pages of single partitions. What a broker sent beyond a page is kept for a while, because most readers go on where they stopped."""

import asyncio
from collections import OrderedDict

from gateway.config import KafkaSettings
from gateway.log.kafka.batches import topic_bytes
from gateway.log.kafka.fetch import EARLIEST, OutOfRange, Piece, fetch, list_offsets
from gateway.log.kafka.link import BACKOFF_SECONDS, Link
from gateway.seams import LogError, Record, TopicPartition

KEPT_BYTES = 32 << 20
KEPT_SECONDS = 5.0
"""So long a reader may still see records that retention has deleted."""


class Pages:
    def __init__(self, link: Link, settings: KafkaSettings) -> None:
        self._link = link
        self._bytes = topic_bytes(settings)
        self._kept: OrderedDict[tuple[TopicPartition, int], tuple[float, Piece]] = OrderedDict()
        self._size = 0

    async def read(self, partition: TopicPartition, offset: int, max_records: int, max_bytes: int) -> list[Record]:
        """Records from `offset` on, at least one if there is one. Raises LogError for an offset below the start. Callers bound the time."""
        piece = self._again(partition, offset)
        while piece is None or piece.empty:
            if piece is not None:
                if piece.next >= piece.stable:
                    return []
                offset = piece.next
            piece = await self._fetch(partition, offset)
            if piece is None:
                return []
        records = piece.take(max_records, max_bytes)
        if not piece.empty:
            self._keep(partition, piece)
        return records

    async def _fetch(self, partition: TopicPartition, offset: int) -> Piece | None:
        """None: there is nothing at this offset, which is past the end."""
        while True:
            node = await self._link.leader(partition)
            answer = (await fetch(self._link, node, {partition: offset}, 0, self._bytes, self._bytes)).get(partition)
            if isinstance(answer, Piece):
                return answer
            if isinstance(answer, LogError):
                raise answer
            if isinstance(answer, OutOfRange):
                start = (await list_offsets(self._link, {partition: EARLIEST}))[partition]
                if offset < start:
                    raise LogError(f"{partition.topic}/{partition.partition}: offset {offset} is below the first one kept, {start}")
                return None
            await asyncio.sleep(BACKOFF_SECONDS)

    def _again(self, partition: TopicPartition, offset: int) -> Piece | None:
        found = self._kept.pop((partition, offset), None)
        if found is None:
            return None
        self._size -= found[1].size
        return found[1] if asyncio.get_running_loop().time() - found[0] < KEPT_SECONDS else None

    def _keep(self, partition: TopicPartition, piece: Piece) -> None:
        self._again(partition, piece.next)
        self._kept[partition, piece.next] = asyncio.get_running_loop().time(), piece
        self._size += piece.size
        while self._size > KEPT_BYTES:
            self._size -= self._kept.popitem(last=False)[1][1].size

    def clear(self) -> None:
        self._kept.clear()
        self._size = 0
