"""Lanes: the partitions of one number of all topics that a group reads."""

from collections.abc import Iterable

from gateway.seams import LogError, TopicPartition


def lane_of(partitions: Iterable[TopicPartition]) -> int:
    """The number all of them have. Raises LogError when they differ or there are none."""
    numbers = {partition.partition for partition in partitions}
    if len(numbers) != 1:
        raise LogError(f"a commit is of one lane, not of {len(numbers)}")
    return numbers.pop()
