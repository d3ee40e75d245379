"""Claim check: content too large for the log is in the blob store, and its record carries where.

A record's value is replaced by nothing and two headers are added, `ce_dataref` (the CloudEvents extension of that name: where the data
is, here `urn:sha256:` and the hash) and `ce_datasize` (bytes). Reading through our log gives the value and hides the two headers.
"""

import asyncio
import re
from collections.abc import Sequence

from gateway.log.kafka.wire import DefaultRecordBatchBuilder
from gateway.seams import BlobDamaged, BlobError, BlobNotFound, Blobs, CorruptRecord, Headers, LogError, LogUnavailable, Record

REFERENCE, SIZE = "ce_dataref", "ce_datasize"
METADATA_BYTES = 3_500
"""Text beside a read position from which on it goes to the blob store: brokers refuse more than 4,096 bytes (offset.metadata.max.bytes)."""
_URN = "urn:sha256:"
_HASH = re.compile(r"urn:sha256:([0-9a-f]{64})")


def stored_size(key: bytes, value: bytes, headers: Headers) -> int:
    """Bytes of a record in a batch, at most."""
    return int(DefaultRecordBatchBuilder.estimate_size_in_bytes(key, value, list(headers)))


async def check_in(blobs: Blobs, value: bytes, headers: Headers) -> Headers:
    """The headers of the record that stands for this value, which is durable before this returns."""
    return (*headers, (REFERENCE, (await put(blobs, value)).encode()), (SIZE, b"%d" % len(value)))


async def put(blobs: Blobs, data: bytes) -> str:
    """The reference of stored data."""
    try:
        return _URN + await asyncio.to_thread(blobs.put, data)
    except BlobError as error:
        raise LogUnavailable(f"a record too large for the log cannot be stored: {error}") from None


async def get(blobs: Blobs, reference: str, place: str) -> bytes:
    """What `put` stored. Raises CorruptRecord when it is gone."""
    match = _HASH.fullmatch(reference)
    if match is None:
        raise CorruptRecord(f"{place}: the reference to its content cannot be read")
    try:
        return await asyncio.to_thread(blobs.read, match.group(1))
    except BlobNotFound:
        raise CorruptRecord(f"{place}: its content is not in the blob store") from None
    except BlobDamaged:
        raise CorruptRecord(f"{place}: its content in the blob store is damaged") from None
    except BlobError as error:
        raise LogUnavailable(f"{place}: its content cannot be read: {error}") from None


async def restore(blobs: Blobs, records: Sequence[Record]) -> list[Record]:
    """Records as they were appended. A record whose content is gone ends the list, or raises CorruptRecord when it is the first."""
    whole: list[Record] = []
    for record in records:
        try:
            whole.append(await _restored(blobs, record))
        except LogError:
            if not whole:
                raise
            break
    return whole


def is_reference(record: Record) -> bool:
    return not record.value and len(record.headers) >= 2 and record.headers[-1][0] == SIZE and record.headers[-2][0] == REFERENCE


def weight(record: Record) -> int:
    """Bytes of key and value, also of a value that is elsewhere."""
    elsewhere = int(record.headers[-1][1]) if is_reference(record) and record.headers[-1][1].isdigit() else 0
    return len(record.key) + len(record.value) + elsewhere


async def _restored(blobs: Blobs, record: Record) -> Record:
    if not is_reference(record):
        return record
    place = f"{record.topic}/{record.partition} offset {record.offset}"
    value = await get(blobs, record.headers[-2][1].decode("ascii", "replace"), place)
    if b"%d" % len(value) != record.headers[-1][1]:
        raise CorruptRecord(f"{place}: its content has another size than the record says")
    return record._replace(value=value, headers=record.headers[:-2])


async def pack_metadata(blobs: Blobs, text: str) -> str:
    """What is committed beside a read position for this text."""
    if len(text.encode()) <= METADATA_BYTES and not text.startswith(_URN):
        return text
    return await put(blobs, text.encode())


async def unpack_metadata(blobs: Blobs, text: str | None, place: str) -> str:
    if not text or not text.startswith(_URN):
        return text or ""
    return (await get(blobs, text, place)).decode()


def referenced(text: str | None) -> str | None:
    """The hash that packed metadata refers to."""
    match = _HASH.fullmatch(text or "")
    return match.group(1) if match else None
