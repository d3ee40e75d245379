"""Lanes: the partitions of one number of all topics that a group reads."""

from collections.abc import Iterable

from gateway.seams import Committed, Fenced, LogError, TopicPartition


def lane_of(partitions: Iterable[TopicPartition]) -> int:
    """The number all of them have. Raises LogError when they differ or there are none."""
    numbers = {partition.partition for partition in partitions}
    if len(numbers) != 1:
        raise LogError(f"a commit is of one lane, not of {len(numbers)}")
    return numbers.pop()


def require_same(partition: TopicPartition, before: Committed | None, now: Committed | None) -> None:
    """Raises Fenced where a read position is not the one its reader knows."""
    if before != now:
        raise Fenced(f"{partition.topic}/{partition.partition}: another member has gone on with it")
