"""Opaque cursors: the log's id and the next offset of every partition, as one word. Those of a log that was copied go on to be good."""

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import orjson

from gateway.config import RETENTION_DAYS
from gateway.seams import TopicPartition

Positions = dict[TopicPartition, int]
Translate = Callable[[str, str, int, int], tuple[str, int] | None]
"""(log, topic without prefix, partition, offset) -> the log copied from it and where reading goes on there."""
MAX_LENGTH = 16_384
MAX_MOVES = 100
_LOG_ID = re.compile(r"[ -~]{1,200}")


class ForeignCursorError(Exception):
    """The cursor belongs to another log."""


class MalformedCursorError(Exception):
    """The text is no cursor."""


def encode_cursor(log_id: str, positions: Mapping[TopicPartition, int]) -> str:
    lanes: dict[str, dict[str, int]] = {}
    for partition in sorted(positions):
        lanes.setdefault(partition.topic, {})[str(partition.partition)] = positions[partition]
    return base64.urlsafe_b64encode(orjson.dumps([log_id, {topic: _packed(offsets) for topic, offsets in lanes.items()}])).rstrip(b"=").decode()


class Cursor(NamedTuple):
    """`lanes`: offsets by topic, a list by partition or numbers as text."""

    log_id: str
    lanes: Mapping[str, Any]


def decode_cursor(text: str, log_id: str, partitions: Iterable[TopicPartition]) -> Positions:
    """Positions of those of `partitions` that the cursor knows. Raises MalformedCursorError, ForeignCursorError."""
    wanted = list(partitions)
    cursor, positions = _decoded(text, lambda lanes: {partition: _position(lanes, partition) for partition in wanted})
    if cursor.log_id != log_id:
        raise ForeignCursorError
    return {partition: offset for partition, offset in positions.items() if offset is not None}


def moved_cursor(text: str, log_id: str, partitions: Iterable[TopicPartition], translate: Translate) -> Positions:
    """The same for a cursor of a log from which this one was copied, maybe by way of others. Blocking. Raises as `decode_cursor`."""
    wanted = {(_name(partition.topic), partition.partition): partition for partition in partitions}

    def known(lanes: Mapping[str, Any]) -> dict[TopicPartition, int | None]:
        """By the topics' names without prefix: the prefix may have been another one."""
        names = {_name(topic): offsets for topic, offsets in lanes.items()}
        return {partition: _position(names, TopicPartition(*name)) for name, partition in wanted.items()}

    cursor, positions = _decoded(text, known)
    found = {}
    for (name, number), partition in wanted.items():
        offset = positions[partition]
        if offset is not None:
            found[partition] = _translated(cursor.log_id, log_id, name, number, offset, translate)
    return found


def _translated(at: str, log_id: str, name: str, number: int, offset: int, translate: Translate) -> int:
    for _ in range(MAX_MOVES):
        if at == log_id:
            return offset
        moved = translate(at, name, number, offset)
        if moved is None:
            break
        at, offset = moved
    raise ForeignCursorError


def _name(topic: str) -> str:
    """A topic's name without whatever prefix."""
    return max((name for name in RETENTION_DAYS if topic.endswith(name)), key=len, default=topic)


def _decoded(
    text: str, positions_of: Callable[[Mapping[str, Any]], dict[TopicPartition, int | None]]
) -> tuple[Cursor, dict[TopicPartition, int | None]]:
    """Raises MalformedCursorError."""
    try:
        if len(text) > MAX_LENGTH:
            raise ValueError
        loaded: Any = orjson.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
        cursor = Cursor(*loaded)
        if not _LOG_ID.fullmatch(cursor.log_id):
            raise ValueError
        return cursor, positions_of(cursor.lanes)
    except (ValueError, TypeError, KeyError, AttributeError, binascii.Error) as error:
        raise MalformedCursorError from error


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
    if offset is not None and (type(offset) is not int or not 0 <= offset < 1 << 63):
        raise ValueError
    return offset


__all__ = ["ForeignCursorError", "MalformedCursorError", "Positions", "decode_cursor", "encode_cursor", "moved_cursor"]
