"""Who gets which partitions: a lane, the partitions of one number of all topics, is one member's, and stays with it if it can."""

import struct
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from gateway.log.kafka.wire import AbstractPartitionAssignor, ConsumerProtocolMemberAssignment, ConsumerProtocolMemberMetadata

VERSION = 0
_HEAD = struct.Struct(">i")


class Claim(NamedTuple):
    """What a member had when it last was assigned something."""

    generation: int
    lanes: tuple[int, ...]


def share(lanes: int, claims: Mapping[str, Claim]) -> dict[str, list[int]]:
    """The lanes of each member: as even as can be, and of what a member had as much as that allows. Of two claims the younger one counts."""
    owners: dict[int, str] = {}
    for member in sorted(claims, key=lambda name: (claims[name].generation, name)):
        owners.update({lane: member for lane in claims[member].lanes if lane < lanes})
    least, more = divmod(lanes, len(claims))
    shares: dict[str, list[int]] = {member: [] for member in claims}
    for lane in range(lanes):
        owner = owners.get(lane)
        if owner is not None and len(shares[owner]) < least + (more > 0):
            shares[owner].append(lane)
            more -= len(shares[owner]) > least
        elif owner is not None:
            del owners[lane]
    for lane in sorted(set(range(lanes)) - owners.keys()):
        member = min(shares, key=lambda name: (len(shares[name]), name))
        shares[member].append(lane)
    return {member: sorted(found) for member, found in shares.items()}


class LaneAssignor(AbstractPartitionAssignor):  # type: ignore[misc]
    """Each member tells what it had; one of them, chosen by the brokers, assigns for all."""

    name = "clearplane-lanes"

    def __init__(self) -> None:
        self._claim = Claim(-1, ())

    def remember(self, generation: int, lanes: Iterable[int]) -> None:
        self._claim = Claim(generation, tuple(sorted(lanes)))

    def metadata(self, topics: Iterable[str]) -> Any:
        data = _HEAD.pack(self._claim.generation) + struct.pack(f">{len(self._claim.lanes)}i", *self._claim.lanes)
        return ConsumerProtocolMemberMetadata(VERSION, sorted(topics), data)

    def assign(self, cluster: Any, members: Mapping[str, Any]) -> dict[str, Any]:
        claims = {member: _claim_of(metadata.user_data) for member, metadata in members.items()}
        counts = {topic: len(cluster.partitions_for_topic(topic) or ()) for topic in _topics(members)}
        lanes = share(max(counts.values(), default=0), claims)
        return {member: _assignment(lanes[member], metadata.subscription, counts) for member, metadata in members.items()}

    def on_assignment(self, assignment: Any) -> None:
        """Nothing: the membership says what it got, with its generation."""


def _topics(members: Mapping[str, Any]) -> set[str]:
    return {topic for metadata in members.values() for topic in metadata.subscription}


def _claim_of(data: bytes | None) -> Claim:
    if not data or len(data) % 4:
        return Claim(-1, ())
    return Claim(_HEAD.unpack_from(data)[0], struct.unpack(f">{len(data) // 4 - 1}i", data[4:]))


def _assignment(lanes: Collection[int], topics: Iterable[str], counts: Mapping[str, int]) -> Any:
    rows = [(topic, [lane for lane in lanes if lane < counts[topic]]) for topic in sorted(topics)]
    return ConsumerProtocolMemberAssignment(VERSION, [row for row in rows if row[1]], b"")
