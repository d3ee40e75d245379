"""A `read_committed` consumer that knows nothing of this project."""

import time
from collections.abc import Iterator
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, Message, TopicPartition

READ_SECONDS, PAUSE_SECONDS = 120.0, 0.1


def consumer(servers: str, **settings: object) -> Consumer:
    common = {"bootstrap.servers": servers, "group.id": "bench", "enable.auto.commit": False, "isolation.level": "read_committed"}
    return Consumer({**common, **settings})


def event_id(message: Message) -> str:
    """Of a CloudEvent in binary mode."""
    headers: Any = message.headers()
    return bytes(dict(headers)["ce_id"]).decode()


def read_committed(servers: str, topic: str, partitions: int) -> Iterator[Message]:
    """Everything in a topic at rest, or what came within two minutes."""
    reader = consumer(servers, **{"enable.partition.eof": True})
    try:
        reader.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in range(partitions)])
        late, ended = time.monotonic() + READ_SECONDS, set[int]()
        while len(ended) < partitions and time.monotonic() < late:
            for message in reader.consume(10_000, PAUSE_SECONDS):
                if message.error() is None:
                    yield message
                else:
                    ended.add(message.partition() or 0)
    finally:
        reader.close()
