"""Read positions of a group as its coordinator has them."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from gateway.log.kafka.link import Link
from gateway.log.kafka.values import unpack_metadata
from gateway.log.kafka.wire import GROUP, OffsetFetchRequest
from gateway.seams import Blobs, Committed, TopicPartition

NONE = -1


async def stored_positions(
    link: Link, group: str, partitions: Iterable[TopicPartition] | None = None, stable: bool = True
) -> dict[TopicPartition, Committed]:
    """All of the group's, or those of some partitions; text as it is stored. Callers bound the time.

    `stable`: waits until no transaction is under way that moves one of them.
    """
    wanted = None
    if partitions is not None:
        topics: dict[str, list[int]] = defaultdict(list)
        for topic, number in partitions:
            topics[topic].append(number)
        wanted = list(topics.items())
    request = OffsetFetchRequest(group, wanted, stable)
    answer = await link.ask_coordinator(GROUP, group, request, _code, f"read positions of group {group}", again=True)
    found = {}
    for topic, numbers, _ in answer.topics:
        for number, offset, _, metadata, *_ in numbers:
            if offset != NONE:
                found[TopicPartition(topic, number)] = Committed(int(offset), metadata or "")
    return found


async def read_positions(
    link: Link, blobs: Blobs, group: str, partitions: Iterable[TopicPartition] | None = None, stable: bool = True
) -> dict[TopicPartition, Committed]:
    """The same with the text as it was committed."""
    found = await stored_positions(link, group, partitions, stable)
    return {
        p: Committed(at.offset, await unpack_metadata(blobs, at.metadata, f"read position of {p.topic}/{p.partition}")) for p, at in found.items()
    }


def _code(answer: Any) -> int:
    return int(answer.error_code or next((row[4] for _, numbers, _ in answer.topics for row in numbers if row[4]), 0))
