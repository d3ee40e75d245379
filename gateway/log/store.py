"""What is in the log's file, read and written on one SQLite connection. Blocking; called from the writer's and the readers' threads."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from gateway.log import batch
from gateway.log.batch import Packed
from gateway.log.schema import seal
from gateway.seams import Committed, CorruptRecord, LogError, Record, TopicPartition, TopicSpec

BATCH_RECORDS = 1000
BATCH_BYTES = 1 << 19
NO_RECORD = -1


class Topic(NamedTuple):
    id: int
    spec: TopicSpec


class Lane(NamedTuple):
    """Where a partition stands: first offset kept, next to be written, last record ever written (-1: none) and its time.

    `timestamp` never goes back within a partition, so that a search by time has one answer.
    """

    first: int
    next: int
    last: int
    timestamp: int


class Placed(NamedTuple):
    """A record with its partition decided."""

    topic: int
    partition: TopicPartition
    record: Packed


def load_topics(connection: sqlite3.Connection) -> dict[str, Topic]:
    topics = {}
    for number, name, partitions, age, size, check in connection.execute(
        "SELECT id, name, partitions, retention_ms, retention_bytes, seal FROM topic"
    ):
        if check != seal(number, name, partitions, age, size):
            raise CorruptRecord("the list of topics does not match its checksum")
        topics[name] = Topic(number, TopicSpec(name, partitions, age, size))
    return topics


def save_topic(connection: sqlite3.Connection, spec: TopicSpec, known: Mapping[str, Topic]) -> None:
    """Create a topic or take over its new retention. Raises LogError for another number of partitions, before writing."""
    topic = known.get(spec.name)
    if topic is None:
        number = max((other.id for other in known.values()), default=0) + 1
        values = (number, *spec)
        connection.execute("INSERT INTO topic VALUES (?, ?, ?, ?, ?, ?)", (*values, seal(*values)))
        empty = Lane(0, 0, NO_RECORD, 0)
        rows = [(number, partition, *empty, seal(number, partition, *empty)) for partition in range(spec.partitions)]
        connection.executemany("INSERT INTO lane VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
    elif topic.spec != spec:
        sealed = seal(topic.id, *spec)
        changed = (spec.retention_ms, spec.retention_bytes, sealed, topic.id)
        connection.execute("UPDATE topic SET retention_ms = ?, retention_bytes = ?, seal = ? WHERE id = ?", changed)


def load_lane(connection: sqlite3.Connection, topic: int, partition: TopicPartition) -> Lane:
    query = "SELECT first, next, last, timestamp, seal FROM lane WHERE topic = ? AND number = ?"
    row = connection.execute(query, (topic, partition.partition)).fetchone()
    if row is None or row[4] != seal(topic, partition.partition, *row[:4]):
        raise CorruptRecord(f"{partition.topic}/{partition.partition}: the partition's offsets do not match their checksum")
    return Lane(*row[:4])


def ahead(connection: sqlite3.Connection, topic: int, positions: Mapping[int, int]) -> set[int]:
    """Partitions of a topic that may have a record at or past these positions by their numbers; those whose offsets are damaged among them."""
    rows = connection.execute("SELECT number, first, next, last, timestamp, seal FROM lane WHERE topic = ?", (topic,)).fetchall()
    behind = {row[0] for row in rows if row[3] < positions.get(row[0], 0) and row[5] == seal(topic, *row[:5])}
    return positions.keys() - behind


def save_lane(connection: sqlite3.Connection, topic: int, number: int, lane: Lane) -> None:
    values = (*lane, seal(topic, number, *lane), topic, number)
    connection.execute("UPDATE lane SET first = ?, next = ?, last = ?, timestamp = ?, seal = ? WHERE topic = ? AND number = ?", values)


def write_records(
    connection: sqlite3.Connection, topic: int, partition: TopicPartition, before: Lane, timestamp: int, records: Sequence[tuple[int, Packed]]
) -> None:
    """Store (offset, record) rows of one partition as batches of bounded size. `before` is the lane as it was before them."""
    previous = before.last
    for chunk in _chunks(records):
        data = batch.encode(partition, previous, timestamp, chunk)
        first, last = chunk[0][0], chunk[-1][0]
        row = (topic, partition.partition, first, last, len(chunk), timestamp, len(data), data)
        query = "INSERT INTO batch (topic, number, first, last, records, timestamp, bytes, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        connection.execute(query, row)
        previous = last


def _chunks(records: Sequence[tuple[int, Packed]]) -> Iterator[Sequence[tuple[int, Packed]]]:
    start = size = 0
    for at, (_, record) in enumerate(records):
        if at > start and (at - start >= BATCH_RECORDS or size + record.size > BATCH_BYTES):
            yield records[start:at]
            start, size = at, 0
        size += record.size
    yield records[start:]


def read_records(
    connection: sqlite3.Connection, topic: int, partition: TopicPartition, offset: int, max_records: int, max_bytes: int
) -> list[Record]:
    """Records from `offset` on. A damaged batch ends the list, or raises CorruptRecord when it is the first one needed."""
    records: list[Record] = []
    lane = load_lane(connection, topic, partition)
    if offset < lane.first:
        raise LogError(f"{partition.topic}/{partition.partition}: offset {offset} is below the first one kept, {lane.first}")
    try:
        for head, data in scan(connection, topic, partition, lane, offset):
            found = batch.decode(partition, data, head, offset, max_records - len(records), max_bytes)
            if records and (not found or _size(found[0]) > max_bytes):
                break
            records += found
            max_bytes -= sum(map(_size, found))
            if len(records) >= max_records or max_bytes <= 0 or records[-1].offset < head.last:
                break
    except CorruptRecord:
        if not records:
            raise
    return records


def _size(record: Record) -> int:
    return len(record.key) + len(record.value)


def scan(connection: sqlite3.Connection, topic: int, partition: TopicPartition, lane: Lane, offset: int) -> Iterator[tuple[batch.Head, bytes]]:
    """Stored batches from the one that holds `offset` (or the next record after it) to the last. Raises CorruptRecord for a missing one."""
    expected: int | None = None
    query = "SELECT first, last, records, timestamp, data FROM batch WHERE topic = ? AND number = ? AND last >= ? ORDER BY last"
    for row in connection.execute(query, (topic, partition.partition, offset)):
        head = checked_head(partition, row)
        if head.previous >= offset if expected is None else head.previous != expected:
            raise CorruptRecord(f"{partition.topic}/{partition.partition}: records before offset {head.first} are missing")
        expected = head.last
        yield head, row[4]
    if (expected if expected is not None else offset - 1) < lane.last:
        raise CorruptRecord(f"{partition.topic}/{partition.partition}: records up to offset {lane.last} are missing")


def checked_head(partition: TopicPartition, row: Sequence[Any]) -> batch.Head:
    """Head of a row (first, last, records, timestamp, data). Raises CorruptRecord when the bytes or the columns beside them were changed."""
    head = batch.read_head(partition, row[4])
    if tuple(row[:4]) != (head.first, head.last, head.records, head.timestamp):
        raise CorruptRecord(f"{partition.topic}/{partition.partition}: the index of a stored batch does not match it")
    return head


def offset_for_time(connection: sqlite3.Connection, topic: int, partition: TopicPartition, timestamp: int) -> int:
    query = "SELECT first FROM batch WHERE topic = ? AND number = ? AND timestamp >= ? ORDER BY timestamp, last LIMIT 1"
    row = connection.execute(query, (topic, partition.partition, timestamp)).fetchone()
    return int(row[0]) if row else load_lane(connection, topic, partition).next


def load_positions(connection: sqlite3.Connection, group: str, topics: Mapping[str, Topic]) -> dict[TopicPartition, Committed]:
    """The group's read positions. Looks at every group's rows and at their number, so that a row that went astray is noticed."""
    names = {topic.id: name for name, topic in topics.items()}
    positions = {}
    for team, topic, number, offset, metadata, check in connection.execute("SELECT team, topic, number, next, metadata, seal FROM position"):
        if check != seal(team, topic, number, offset, metadata) or topic not in names:
            raise CorruptRecord("a read position does not match its checksum")
        if team == group:
            positions[TopicPartition(names[topic], number)] = Committed(offset, metadata)
    row = connection.execute("SELECT positions FROM team WHERE name = ?", (group,)).fetchone()
    if len(positions) != (row[0] if row else 0):
        raise CorruptRecord(f"group {group}: a read position is missing")
    return positions


def load_position(connection: sqlite3.Connection, group: str, topic: int, number: int) -> Committed | None:
    """The group's read position of one partition."""
    query = "SELECT next, metadata, seal FROM position WHERE team = ? AND topic = ? AND number = ?"
    row = connection.execute(query, (group, topic, number)).fetchone()
    if row is None:
        return None
    if row[2] != seal(group, topic, number, *row[:2]):
        raise CorruptRecord("a read position does not match its checksum")
    return Committed(*row[:2])


def save_positions(connection: sqlite3.Connection, group: str, positions: Mapping[tuple[int, int], Committed]) -> None:
    """`positions` by (topic id, partition number)."""
    rows = [(group, topic, number, *at, seal(group, topic, number, *at)) for (topic, number), at in positions.items()]
    connection.executemany("INSERT OR REPLACE INTO position VALUES (?, ?, ?, ?, ?, ?)", rows)
    count = connection.execute("SELECT count(*) FROM position WHERE team = ?", (group,)).fetchone()[0]
    connection.execute("UPDATE team SET positions = ?1 WHERE name = ?2 AND positions != ?1", (count, group))
