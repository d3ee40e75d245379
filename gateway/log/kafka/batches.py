"""Records on their way to the brokers: the partition of each, and batches of bounded size, which a broker takes whole or not at all."""

import asyncio
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from gateway.config import KafkaSettings
from gateway.log.kafka.link import Link
from gateway.log.kafka.values import check_in, stored_size
from gateway.log.kafka.wire import DefaultRecordBatchBuilder
from gateway.log.murmur2 import partition_for
from gateway.seams import Blobs, Headers, LogError, NewRecord, TopicPartition

_CODECS = {"none": 0, "gzip": 1, "lz4": 3, "zstd": 4}
BATCH_BYTES = 1_000_000
BATCH_OVERHEAD = 48_000
"""Room between a full batch and the topic's limit. With BATCH_BYTES it stays within the brokers' own default limit of 1,048,588 bytes."""
INLINE_BYTES = 1 << 16
"""Batches up to this many bytes are compressed on the event loop (at most about 0.3 ms), larger ones in a thread."""
MAGIC = 2


class Placed(NamedTuple):
    """A record with its partition decided, no larger than the log takes. `size`: bytes in a batch, at most."""

    partition: TopicPartition
    key: bytes
    value: bytes
    headers: Headers
    size: int


class ProducerId(NamedTuple):
    """What a broker knows a producer by. `transactional_id` None: idempotent only."""

    id: int
    epoch: int
    transactional_id: str | None = None


def batch_bytes(settings: KafkaSettings) -> int:
    return max(BATCH_BYTES, settings.record_bytes)


def topic_bytes(settings: KafkaSettings) -> int:
    """max.message.bytes of our topics."""
    return batch_bytes(settings) + BATCH_OVERHEAD


async def place(link: Link, blobs: Blobs, settings: KafkaSettings, records: Sequence[NewRecord]) -> list[Placed]:
    """Decide each record's partition and put values that are too large in the blob store. Raises LogError for a record that cannot be appended."""
    counts = {topic: await link.partitions(topic) for topic in {record.topic for record in records}}
    located = [_located(record, counts[record.topic]) for record in records]
    return [item if item.size <= settings.record_bytes else await _checked_in(blobs, settings, item) for item in located]


def _located(record: NewRecord, count: int) -> Placed:
    number = partition_for(record.key, count) if record.partition is None else record.partition
    if not 0 <= number < count:
        raise LogError(f"topic {record.topic} has no partition {number}")
    if not isinstance(record.value, bytes) or not isinstance(record.key, bytes):
        raise TypeError("key and value of a record are bytes")
    if not all(isinstance(name, str) and isinstance(value, bytes) for name, value in record.headers):
        raise TypeError("headers of a record are names and bytes")
    if any("\0" in name for name, _ in record.headers):
        raise LogError("a header name holds a NUL character")
    size = stored_size(record.key, record.value, record.headers)
    return Placed(TopicPartition(record.topic, number), record.key, record.value, record.headers, size)


async def _checked_in(blobs: Blobs, settings: KafkaSettings, item: Placed) -> Placed:
    rest = stored_size(item.key, b"", item.headers) + 200
    if rest > settings.record_bytes:
        raise LogError(f"key and headers of a record for topic {item.partition.topic} are too large: {rest} bytes, at most {settings.record_bytes}")
    headers = await check_in(blobs, item.value, item.headers)
    return item._replace(value=b"", headers=headers, size=stored_size(item.key, b"", headers))


def cut(records: Sequence[Placed], limit: int) -> Iterator[dict[TopicPartition, list[int]]]:
    """Rounds of at most one batch per partition: which records (their numbers) each holds. The rounds keep the order of each partition."""
    waiting: dict[TopicPartition, list[list[int]]] = {}
    sizes: dict[TopicPartition, int] = {}
    for number, record in enumerate(records):
        chunks = waiting.setdefault(record.partition, [])
        size = sizes.get(record.partition, limit)
        if not chunks or size + record.size > limit:
            chunks.append([])
            size = 0
        chunks[-1].append(number)
        sizes[record.partition] = size + record.size
    rounds = max((len(chunks) for chunks in waiting.values()), default=0)
    for turn in range(rounds):
        yield {partition: chunks[turn] for partition, chunks in waiting.items() if turn < len(chunks)}


def build(records: Iterable[Placed], producer: ProducerId, sequence: int, compression: str) -> bytes:
    """Bytes of a batch. Raises LogError when a record cannot be written, such as for a name that is no text."""
    builder: Any = DefaultRecordBatchBuilder(
        MAGIC, _CODECS[compression], producer.transactional_id is not None, producer.id, producer.epoch, sequence, 1 << 30
    )
    now = time.time_ns() // 1_000_000
    try:
        for number, record in enumerate(records):
            builder.append(number, now, record.key, record.value, list(record.headers))
    except (TypeError, ValueError) as error:
        raise LogError(f"a record cannot be written ({type(error).__name__})") from None
    return bytes(builder.build())


async def built(records: Sequence[Placed], producer: ProducerId, sequence: int, compression: str) -> bytes:
    """The same; a large batch is compressed off the event loop."""
    if sum(record.size for record in records) <= INLINE_BYTES:
        return build(records, producer, sequence, compression)
    return await asyncio.to_thread(build, records, producer, sequence, compression)
