"""As much of Kafka's wire format as the proxy needs: frames, request headers, transactional ids and a few answers.

A frame is 4 bytes of length and its content. From a version on that differs per request, texts and arrays are compact (length + 1 as a
variable integer) and tagged fields follow. Layouts: Kafka's protocol guide.
"""

import asyncio
import struct
from typing import NamedTuple

PRODUCE, ADD_PARTITIONS_TO_TXN, ADD_OFFSETS_TO_TXN, END_TXN, TXN_OFFSET_COMMIT = 0, 24, 25, 26, 28
FLEXIBLE_FROM = {PRODUCE: 9, ADD_PARTITIONS_TO_TXN: 3, ADD_OFFSETS_TO_TXN: 3, END_TXN: 3, TXN_OFFSET_COMMIT: 3}
"""Requests whose first field is the transactional id, and the version from which they are compact."""
PRODUCE_WITH_ID_FROM = 3
BATCHED_FROM = 4
"""Version of AddPartitionsToTxn from which a request holds several transactions."""
FRAME_LIMIT = 64 << 20


class Request(NamedTuple):
    """`transactional_id` None: it has none, or this is not a request that is looked into."""

    api_key: int
    version: int
    correlation: int
    transactional_id: str | None


class _Fields:
    """Reads fields one after the other."""

    def __init__(self, data: bytes, at: int, flexible: bool) -> None:
        self._data, self._at, self._flexible = data, at, flexible

    def int16(self) -> int:
        self._at += 2
        return int(struct.unpack_from(">h", self._data, self._at - 2)[0])

    def int32(self) -> int:
        self._at += 4
        return int(struct.unpack_from(">i", self._data, self._at - 4)[0])

    def text(self) -> str | None:
        size = self._variable() - 1 if self._flexible else self.int16()
        if size < 0:
            return None
        self._at += size
        return self._data[self._at - size : self._at].decode()

    def count(self) -> int:
        """Of the items of an array."""
        return self._variable() - 1 if self._flexible else self.int32()

    def tags(self) -> None:
        """Passes over tagged fields."""
        for _ in range(self._variable() if self._flexible else 0):
            self._variable()
            self._at += self._variable()

    def _variable(self) -> int:
        value = shift = 0
        while True:
            byte = self._data[self._at]
            self._at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value


async def read_frame(reader: asyncio.StreamReader) -> bytes:
    """With its length. Raises IncompleteReadError at the end of the stream, ValueError for a frame over the limit."""
    head = await reader.readexactly(4)
    size = int.from_bytes(head, "big")
    if size > FRAME_LIMIT:
        raise ValueError(f"a frame of {size} bytes")
    return head + await reader.readexactly(size)


def request_of(frame: bytes) -> Request:
    api_key, version, correlation = struct.unpack_from(">hhi", frame, 4)
    looked_into = api_key in FLEXIBLE_FROM and not (api_key == PRODUCE and version < PRODUCE_WITH_ID_FROM)
    return Request(api_key, version, correlation, _transactional_id(frame, api_key, version) if looked_into else None)


def correlation_of(answer: bytes) -> int:
    return int(struct.unpack_from(">i", answer, 4)[0])


def error_of(request: Request, answer: bytes) -> int:
    """Kafka's error code in the answer to EndTxn, AddOffsetsToTxn or AddPartitionsToTxn (its first partition); 0 is none, or another request."""
    fields = _Fields(answer, 8, _flexible(request.api_key, request.version))
    fields.tags()
    fields.int32()  # how long to wait
    if request.api_key in (END_TXN, ADD_OFFSETS_TO_TXN):
        return fields.int16()
    if request.api_key != ADD_PARTITIONS_TO_TXN:
        return 0
    if request.version >= BATCHED_FROM:
        return fields.int16()
    if fields.count() < 1:
        return 0
    fields.text()
    if fields.count() < 1:
        return 0
    fields.int32()
    return fields.int16()


def _flexible(api_key: int, version: int) -> bool:
    return version >= FLEXIBLE_FROM.get(api_key, 1 << 15)


def _transactional_id(frame: bytes, api_key: int, version: int) -> str | None:
    (client_size,) = struct.unpack_from(">h", frame, 12)
    fields = _Fields(frame, 14 + max(0, client_size), _flexible(api_key, version))
    fields.tags()
    if api_key == ADD_PARTITIONS_TO_TXN and version >= BATCHED_FROM and fields.count() < 1:
        return None
    return fields.text()
