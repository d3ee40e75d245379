"""Opaque cursors: the log's id and the next offset of every partition, as one word."""

import base64
import binascii
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from gateway.seams import TopicPartition

Positions = dict[TopicPartition, int]
MAX_LENGTH = 16_384


class ForeignCursorError(Exception):
    """The cursor belongs to another log."""


class MalformedCursorError(Exception):
    """The text is no cursor."""


def encode_cursor(log_id: str, positions: Mapping[TopicPartition, int]) -> str:
    lanes: dict[str, dict[str, int]] = {}
    for partition in sorted(positions):
        lanes.setdefault(partition.topic, {})[str(partition.partition)] = positions[partition]
    return base64.urlsafe_b64encode(orjson.dumps([log_id, {topic: _packed(offsets) for topic, offsets in lanes.items()}])).rstrip(b"=").decode()


def decode_cursor(text: str, log_id: str, partitions: Iterable[TopicPartition]) -> Positions:
    """Positions of those of `partitions` that the cursor knows. Raises MalformedCursorError, ForeignCursorError."""
    try:
        if len(text) > MAX_LENGTH:
            raise ValueError
        loaded: Any = orjson.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
        of_log, lanes = loaded
        positions = {partition: _position(lanes, partition) for partition in partitions}
    except (ValueError, TypeError, KeyError, AttributeError, binascii.Error) as error:
        raise MalformedCursorError from error
    if of_log != log_id:
        raise ForeignCursorError
    return {partition: offset for partition, offset in positions.items() if offset is not None}


def _packed(offsets: Mapping[str, int]) -> list[int] | dict[str, int]:
    """A list where all partitions are there, as nearly always."""
    values = list(offsets.values())
    return values if list(offsets) == [str(number) for number in range(len(offsets))] else dict(offsets)


def _position(lanes: Mapping[str, Any], partition: TopicPartition) -> int | None:
    known = lanes.get(partition.topic, {})
    if isinstance(known, list):
        offset = known[partition.partition] if partition.partition < len(known) else None
    else:
        offset = known.get(str(partition.partition))
    if offset is not None and (type(offset) is not int or offset < 0):
        raise ValueError
    return offset


__all__ = ["ForeignCursorError", "MalformedCursorError", "Positions", "decode_cursor", "encode_cursor"]
