"""What is carried where: partitions of both logs side by side, in an order in which what names places comes after the places."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from gateway.config import Config
from gateway.move.offsets import OffsetMap
from gateway.pipeline.messages import CHUNKS, HELD, INTAKE, MADE, OUTBOUND, OUTCOMES, WORK
from gateway.pipeline.services import EVENT_TOPICS
from gateway.seams import LogError, TopicPartition, TopicSpec

STAGES = ((INTAKE, HELD, *EVENT_TOPICS), (WORK, CHUNKS, MADE, OUTCOMES, OUTBOUND))
"""Topics by name without prefix: records of the second stage name places of the first."""


class Pair(NamedTuple):
    """One partition on both logs. `name`: its topic without prefix."""

    name: str
    source: TopicPartition
    target: TopicPartition


def pairs_of(source: Config, target: Config, known: Mapping[str, TopicSpec]) -> list[list[Pair]]:
    """By stage, of the topics that the source has. Raises LogError when numbers of partitions differ."""
    here = [[name for name in stage if source.topic(name) in known] for stage in STAGES]
    names = [name for stage in here for name in stage]
    different = [f"{name} ({known[source.topic(name)].partitions}, not {target.partitions(name)})" for name in names]
    different = [text for name, text in zip(names, different, strict=True) if known[source.topic(name)].partitions != target.partitions(name)]
    if different:
        raise LogError(f"a copy keeps every record's partition; give these topics as many as the source has: {', '.join(different)}")
    return [[pair for name in stage for pair in _pairs(source, target, name, known)] for stage in here]


def _pairs(source: Config, target: Config, name: str, known: Mapping[str, TopicSpec]) -> Sequence[Pair]:
    old, new = source.topic(name), target.topic(name)
    return [Pair(name, TopicPartition(old, number), TopicPartition(new, number)) for number in range(known[old].partitions)]


class Moved:
    """Implements gateway.pipeline.relocate.Relocation, by what has been compared so far."""

    def __init__(self, from_log: str, to_log: str, intake: str, pairs: Sequence[Pair]) -> None:
        self.from_log, self.to_log = from_log, to_log
        self.maps: dict[Pair, OffsetMap] = {}
        self._intake = intake
        self._pairs = {pair.source: pair for pair in pairs}
        self._topics = {pair.source.topic: pair.target.topic for pair in pairs}

    def topic(self, topic: str) -> str:
        return self._topics[topic]

    def following(self, partition: TopicPartition, offset: int) -> int:
        return self._map(partition).following(offset)

    def intake(self, partition: int, offset: int) -> int:
        return self._map(TopicPartition(self._intake, partition)).ordered(offset)

    def record_at(self, topic: str, partition: int, offset: int) -> tuple[str, int, int] | None:
        """Of State: where a record is, None when it was not copied."""
        if topic not in self._topics:
            return None
        found = self._map(TopicPartition(topic, partition)).exact(offset)
        return None if found is None else (self.topic(topic), partition, found)

    def reading_at(self, topic: str, partition: int, offset: int) -> tuple[str, int, int] | None:
        """Of State: where reading goes on."""
        if topic not in self._topics:
            return None
        return self.topic(topic), partition, self.following(TopicPartition(topic, partition), offset)

    def _map(self, partition: TopicPartition) -> OffsetMap:
        return self.maps[self._pairs[partition]]
