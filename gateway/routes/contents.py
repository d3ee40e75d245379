"""The bytes of what is to be handed over: of a blob, or of the record that told of it."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence

from gateway.pipeline.messages import place_of
from gateway.seams import BlobNotFound, Blobs, Log, Record, TopicPartition
from gateway.state.deliveries import Delivery

PIECE_BYTES = 1 << 20
KEPT_BYTES = 8 << 20


class GoneError(Exception):
    """Retention has taken the bytes."""


class Bodies:
    """Values of the records that came last, by place, so that what goes out at once is not read again."""

    def __init__(self, most: int = KEPT_BYTES) -> None:
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._size, self._most = 0, most

    def remember(self, records: Sequence[Record]) -> None:
        for record in records:
            place = place_of(record)
            if record.value and place not in self._kept:
                self._kept[place] = record.value
                self._size += len(record.value)
        while self._size > self._most:
            self._size -= len(self._kept.popitem(last=False)[1])

    def take(self, place: str) -> bytes | None:
        """Each is asked for once."""
        found = self._kept.pop(place, None)
        self._size -= len(found or b"")
        return found


class Contents:
    def __init__(self, log: Log, blobs: Blobs, bodies: Bodies) -> None:
        self._log, self._blobs, self._bodies = log, blobs, bodies

    async def whole(self, delivery: Delivery) -> bytes:
        """Raises GoneError, BlobError, LogError."""
        if delivery.record:
            return self._bodies.take(delivery.record) or await self._recorded(delivery)
        return await asyncio.to_thread(self._read, delivery, 0, delivery.size)

    async def pieces(self, delivery: Delivery) -> Iterable[bytes]:
        """For whoever writes from a thread: what stands in a blob is read piece by piece. Raises GoneError, BlobError, LogError, also later."""
        return [await self.whole(delivery)] if delivery.record else self._pieces(delivery)

    async def _recorded(self, delivery: Delivery) -> bytes:
        """The value of the record."""
        place = delivery.record.split("/")
        if len(place) != len(TopicPartition._fields) + 1:
            raise GoneError  # it was not copied when the log moved
        partition, offset = TopicPartition(place[0], int(place[1])), int(place[2])
        first, end = await self._log.offsets(partition)
        found = await self._log.read(partition, offset, 1) if first <= offset < end else []
        if not found or found[0].offset != offset:
            raise GoneError
        return found[0].value

    def _pieces(self, delivery: Delivery) -> Iterator[bytes]:
        for start in range(0, delivery.size, PIECE_BYTES):
            yield self._read(delivery, start, min(PIECE_BYTES, delivery.size - start))

    def _read(self, delivery: Delivery, start: int, length: int) -> bytes:
        try:
            return self._blobs.read(delivery.sha256, delivery.start + start, length)
        except BlobNotFound:
            raise GoneError from None


__all__ = ["Bodies", "Contents", "GoneError"]
