"""Consumer groups: who is a member, who owns which partition, and whether a commit may pass. Blocking, inside the caller's transaction.

A membership change raises the group's generation. Each owner row says since which generation its member owns the partition, so that a commit
passes only for partitions the member has owned ever since it learned of them: one that went away and came back is fenced as well.
A lease is over when its time has passed, or lies further ahead than any can: then the clock was set back since.
"""

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from gateway.log.store import Topic
from gateway.seams import Fenced, TopicPartition

_LATE = "SELECT 1 FROM member WHERE team = :team AND lease NOT BETWEEN :now + 1 AND :now + 2 * timeout LIMIT 1"
_ALIVE = "SELECT 1 FROM member WHERE team = :team AND id = :id AND lease BETWEEN :now + 1 AND :now + 2 * timeout"
_DROP = "DELETE FROM member WHERE team = :team AND lease NOT BETWEEN :now + 1 AND :now + 2 * timeout"


class Membership(NamedTuple):
    """What a member knows: the group's generation and, per partition it owns, since which generation."""

    generation: int
    owned: dict[TopicPartition, int]


def assign(partitions: Mapping[str, int], members: Sequence[tuple[str, Collection[str]]]) -> dict[TopicPartition, str]:
    """Kafka's range assignment: per topic, contiguous ranges over its subscribers in the given order. `members`: (id, topics)."""
    owners = {}
    for topic, count in partitions.items():
        subscribed = [member for member, topics in members if topic in topics]
        for partition in range(count if subscribed else 0):
            share, rest = divmod(count, len(subscribed))
            large = rest * (share + 1)
            at = partition // (share + 1) if partition < large else rest + (partition - large) // share
            owners[TopicPartition(topic, partition)] = subscribed[at]
    return owners


def join(
    connection: sqlite3.Connection, group: str, member: str, topics: Sequence[str], timeout: int, now: int, known: Mapping[str, Topic]
) -> Membership:
    """Become a member; `timeout` in ms. Others lose the partitions that move here at once."""
    _drop_expired(connection, group, now)
    joined = connection.execute("SELECT coalesce(max(joined), 0) + 1 FROM member WHERE team = ?", (group,)).fetchone()[0]
    connection.execute("INSERT INTO member VALUES (?, ?, ?, ?, ?, ?)", (group, member, joined, json.dumps(list(topics)), timeout, now + timeout))
    _rebalance(connection, group, known)
    return _membership(connection, group, member, known)


def beat(connection: sqlite3.Connection, group: str, member: str, now: int, known: Mapping[str, Topic]) -> Membership | None:
    """Renew the lease and drop members whose lease is over; None when this member is one of them."""
    if _drop_expired(connection, group, now):
        _rebalance(connection, group, known)
    renewed = connection.execute("UPDATE member SET lease = ? + timeout WHERE team = ? AND id = ?", (now, group, member)).rowcount
    return _membership(connection, group, member, known) if renewed else None


def leave(connection: sqlite3.Connection, group: str, member: str, now: int, known: Mapping[str, Topic]) -> None:
    gone = connection.execute("DELETE FROM member WHERE team = ? AND id = ?", (group, member)).rowcount
    if _drop_expired(connection, group, now) or gone:
        _rebalance(connection, group, known)


def stale(connection: sqlite3.Connection, group: str, generation: int, now: int) -> bool:
    """Whether this member must `beat` to learn of a change: another generation, or somebody's lease is over."""
    row = connection.execute("SELECT generation FROM team WHERE name = ?", (group,)).fetchone()
    late = connection.execute(_LATE, {"team": group, "now": now}).fetchone()
    return row is None or row[0] != generation or late is not None


def check(connection: sqlite3.Connection, group: str, member: str, owned: Mapping[TopicPartition, int], now: int, known: Mapping[str, Topic]) -> None:
    """Raise Fenced unless the member is alive and has owned each partition since the generation it says."""
    if connection.execute(_ALIVE, {"team": group, "id": member, "now": now}).fetchone() is None:
        raise Fenced(f"group {group}: this member's lease is over")
    for partition, since in owned.items():
        query = "SELECT member, since FROM owner WHERE team = ? AND topic = ? AND number = ?"
        owner = connection.execute(query, (group, known[partition.topic].id, partition.partition)).fetchone()
        if owner != (member, since):
            raise Fenced(f"group {group}: {partition.topic}/{partition.partition} belongs to another member")


def _drop_expired(connection: sqlite3.Connection, group: str, now: int) -> int:
    return connection.execute(_DROP, {"team": group, "now": now}).rowcount


def _rebalance(connection: sqlite3.Connection, group: str, known: Mapping[str, Topic]) -> None:
    """Next generation: give every partition to a live member; rows of partitions that stay where they are do not change."""
    connection.execute("INSERT INTO team VALUES (?, 1, 0) ON CONFLICT (name) DO UPDATE SET generation = generation + 1", (group,))
    generation = connection.execute("SELECT generation FROM team WHERE name = ?", (group,)).fetchone()[0]
    rows = connection.execute("SELECT id, topics FROM member WHERE team = ? ORDER BY joined", (group,)).fetchall()
    members = [(member, frozenset(json.loads(topics))) for member, topics in rows]
    wanted = {
        (known[topic].id, number): member
        for (topic, number), member in assign({name: topic.spec.partitions for name, topic in known.items()}, members).items()
    }
    held = {
        (topic, number): member for topic, number, member in connection.execute("SELECT topic, number, member FROM owner WHERE team = ?", (group,))
    }
    connection.executemany("DELETE FROM owner WHERE team = ? AND topic = ? AND number = ?", [(group, *key) for key in held.keys() - wanted.keys()])
    moved = [(group, *key, member, generation) for key, member in wanted.items() if held.get(key) != member]
    connection.executemany("INSERT OR REPLACE INTO owner VALUES (?, ?, ?, ?, ?)", moved)


def _membership(connection: sqlite3.Connection, group: str, member: str, known: Mapping[str, Topic]) -> Membership:
    names = {topic.id: name for name, topic in known.items()}
    generation = connection.execute("SELECT generation FROM team WHERE name = ?", (group,)).fetchone()[0]
    rows = connection.execute("SELECT topic, number, since FROM owner WHERE team = ? AND member = ?", (group, member))
    return Membership(generation, {TopicPartition(names[topic], number): since for topic, number, since in rows})
