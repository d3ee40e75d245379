"""A stored batch: records of one partition, compressed together. Pure functions, no I/O.

Layout: fixed head, 8-byte check, zstd body. The check covers topic, partition, head and compressed body, so nothing is unpacked unchecked.
The body is a table (one row per record: offset step, key, header and value length, 8-byte check) and then the bytes of the records.
Checks are the first 8 bytes of SHA-256: no slower here than shorter sums, and a changed bit passes once in 2^64.
"""

import hashlib
import struct
import threading
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import zstandard

from gateway.seams import CorruptRecord, Headers, LogError, Record, TopicPartition

MAGIC = b"CPB1"
CHECK_SIZE = 8
LEVEL = 3
_HEAD = struct.Struct("<4sIqqqqI")
_ROW = struct.Struct("<IIII8s")
_PLACE = struct.Struct("<qqIII")
_COUNTS = struct.Struct("<HH")
_UINT32 = 0xFFFFFFFF
MAX_RECORD = 256 << 20
"""Bytes of key, headers and value together; larger content belongs into the blob store."""


class _Codecs(threading.local):
    """A zstd context is costly to make and may serve one thread at a time."""

    def __init__(self) -> None:
        self.compressor = zstandard.ZstdCompressor(level=LEVEL)
        self.decompressor = zstandard.ZstdDecompressor()


_codecs = _Codecs()


class Packed(NamedTuple):
    """A record ready to be stored: `headers` as `pack_headers` gave them."""

    key: bytes
    headers: bytes
    value: bytes

    @property
    def size(self) -> int:
        return len(self.key) + len(self.headers) + len(self.value)


class Head(NamedTuple):
    """`previous` is the offset of the record before `first` (-1: none): a batch that went missing shows as a broken chain."""

    records: int
    first: int
    last: int
    previous: int
    timestamp: int
    body_size: int


def pack_headers(headers: Headers) -> bytes:
    """Count, names joined by NUL, value lengths, values. Raises LogError for a name with NUL."""
    if not headers:
        return b""
    names, values = zip(*headers, strict=True)
    head, sizes = _header_names(names)
    return b"".join((head, sizes.pack(*map(len, values)), *values))


@lru_cache(maxsize=1024)
def _header_names(names: tuple[str, ...]) -> tuple[bytes, struct.Struct]:
    """What comes before the lengths, and how they are written."""
    if any("\0" in name for name in names):
        raise LogError("a header name holds a NUL character")
    joined = "\0".join(names).encode()
    if len(names) > 0xFFFF or len(joined) > 0xFFFF:
        raise LogError("a record has too many headers")
    return _COUNTS.pack(len(names), len(joined)) + joined, struct.Struct(f"<{len(names)}I")


@lru_cache(maxsize=1024)
def _header_shape(shape: bytes, count: int) -> tuple[tuple[str, ...], struct.Struct]:
    """Names, and how to cut the values. Records of one kind share a few shapes, so this is looked up rather than worked out."""
    sizes = struct.unpack_from(f"<{count}I", shape, len(shape) - 4 * count)
    return tuple(shape[4 : len(shape) - 4 * count].decode().split("\0")), struct.Struct("".join(f"{size}s" for size in sizes))


def unpack_headers(block: bytes) -> Headers:
    """Inverse of `pack_headers`; the block's bytes have been checked before."""
    if not block:
        return ()
    count, names_size = _COUNTS.unpack_from(block)
    at = 4 + names_size + 4 * count
    names, values = _header_shape(block[:at], count)
    return tuple(zip(names, values.unpack_from(block, at), strict=True))


def check_of(*parts: bytes | memoryview) -> bytes:
    """The 8-byte check over the parts in order. Callers make the lengths part of what is covered."""
    return hashlib.sha256(b"".join(parts)).digest()[:CHECK_SIZE]  # in one call, because each gives other threads their turn


def _lane(partition: TopicPartition) -> bytes:
    name = partition.topic.encode()
    return struct.pack(f"<H{len(name)}sI", len(name), name, partition.partition)


def encode(partition: TopicPartition, previous: int, timestamp: int, records: Sequence[tuple[int, Packed]]) -> bytes:
    """Bytes of a batch of (offset, record) in offset order, at least one, all appended at `timestamp` ms."""
    lane = _lane(partition)
    first = records[0][0]
    rows: list[bytes] = []
    data: list[bytes] = []
    for offset, (key, headers, value) in records:
        content = key + headers + value
        sizes = len(key), len(headers), len(value)
        check = check_of(lane, _PLACE.pack(offset, timestamp, *sizes), content)
        rows.append(_ROW.pack(offset - first, *sizes, check))
        data.append(content)
    body = b"".join(rows + data)
    if len(body) > _UINT32:
        raise LogError("a batch of the log is too large")
    head = _HEAD.pack(MAGIC, len(records), first, records[-1][0], previous, timestamp, len(body))
    packed = _codecs.compressor.compress(body)
    return head + check_of(lane, head, packed) + packed


def read_head(partition: TopicPartition, blob: object) -> Head:
    """Check the whole stored batch and give its head. Raises CorruptRecord."""
    if not isinstance(blob, bytes) or len(blob) < _HEAD.size + CHECK_SIZE:
        raise CorruptRecord(f"{partition.topic}/{partition.partition}: a stored batch is cut short")
    start = _HEAD.size + CHECK_SIZE
    view = memoryview(blob)
    head = view[: _HEAD.size]
    if check_of(_lane(partition), head, view[start:]) != blob[_HEAD.size : start]:
        raise CorruptRecord(f"{partition.topic}/{partition.partition}: a stored batch does not match its checksum")
    magic, count, first, last, previous, timestamp, body_size = _HEAD.unpack(head)
    if magic != MAGIC:
        raise CorruptRecord(f"{partition.topic}/{partition.partition}: a stored batch is of an unknown kind")
    return Head(count, first, last, previous, timestamp, body_size)


def decode(partition: TopicPartition, blob: bytes, head: Head, start: int = 0, max_records: int = _UINT32, max_bytes: int = 1 << 62) -> list[Record]:
    """Records from offset `start` on, each checked; at least one if there is one, whatever `max_bytes` (keys and values). `head`: of `read_head`."""
    topic, number = partition
    timestamp = head.timestamp
    body = _body(partition, blob, head)
    lane = _lane(partition)
    records: list[Record] = []
    at = head.records * _ROW.size
    taken = 0
    digest, place_of, new = hashlib.sha256, _PLACE.pack, Record._make
    for step, key_size, headers_size, value_size, check in _ROW.iter_unpack(memoryview(body)[:at]):
        offset = head.first + step
        value_at = at + key_size + headers_size
        end = value_at + value_size
        if offset >= start:
            taken += key_size + value_size
            if len(records) >= max_records or (records and taken > max_bytes):
                break
            place = lane + place_of(offset, timestamp, key_size, headers_size, value_size)
            if digest(place + body[at:end]).digest()[:CHECK_SIZE] != check:
                raise CorruptRecord(f"{topic}/{number} offset {offset}: the record does not match its checksum")
            headers = unpack_headers(body[at + key_size : value_at]) if headers_size else ()
            records.append(new((topic, number, offset, timestamp, body[at : at + key_size], body[value_at:end], headers)))
        at = end
    return records


def _body(partition: TopicPartition, blob: bytes, head: Head) -> bytes:
    try:
        body = _codecs.decompressor.decompress(memoryview(blob)[_HEAD.size + CHECK_SIZE :], max_output_size=head.body_size)
    except zstandard.ZstdError:
        body = b""
    if len(body) != head.body_size or len(body) < head.records * _ROW.size:
        raise CorruptRecord(f"{partition.topic}/{partition.partition}: a stored batch cannot be unpacked")
    return body
