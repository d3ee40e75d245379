"""Retention and verification of the log's file. Blocking, on one connection."""

import sqlite3

from gateway.log import batch, store
from gateway.log.store import NO_RECORD, Topic, checked_head
from gateway.seams import CorruptRecord, Problem, TopicPartition

VERIFY_BATCHES = 64
VACUUM_PAGES = 2000


def first_offset(connection: sqlite3.Connection, topic: int, partition: TopicPartition) -> int | None:
    """First offset of the oldest stored batch; None when there is none."""
    query = "SELECT first FROM batch WHERE topic = ? AND number = ? ORDER BY last LIMIT 1"
    row = connection.execute(query, (topic, partition.partition)).fetchone()
    return int(row[0]) if row else None


def delete_batches(connection: sqlite3.Connection, topic: int, partition: TopicPartition, last: int) -> int:
    """Delete batches that end at or before offset `last`; returns how many records went."""
    where = (topic, partition.partition, last)
    gone = connection.execute("SELECT coalesce(sum(records), 0) FROM batch WHERE topic = ? AND number = ? AND last <= ?", where).fetchone()[0]
    connection.execute("DELETE FROM batch WHERE topic = ? AND number = ? AND last <= ?", where)
    return int(gone)


def expired(connection: sqlite3.Connection, topic: Topic, partition: TopicPartition, now: int, limit: int) -> int | None:
    """Last offset of the oldest batches (at most `limit`) that retention no longer keeps, or None. The newest batch outlives a limit of bytes."""
    ends = [NO_RECORD]
    if topic.spec.retention_ms is not None:
        ends.append(_too_old(connection, topic.id, partition, now - topic.spec.retention_ms, limit))
    if topic.spec.retention_bytes is not None:
        ends.append(_too_much(connection, topic.id, partition, topic.spec.retention_bytes, limit))
    return max(ends) if max(ends) > NO_RECORD else None


def _too_old(connection: sqlite3.Connection, topic: int, partition: TopicPartition, before: int, limit: int) -> int:
    """Goes by the checked time inside each batch, so that a flipped bit beside it deletes nothing; a damaged batch goes with the next sound one."""
    query = "SELECT first, last, records, timestamp, data FROM batch WHERE topic = ? AND number = ? ORDER BY last LIMIT ?"
    last = NO_RECORD
    for row in connection.execute(query, (topic, partition.partition, limit)):
        try:
            head = checked_head(partition, row)
        except CorruptRecord:
            continue
        if head.timestamp >= before:
            break
        last = head.last
    return last


def _too_much(connection: sqlite3.Connection, topic: int, partition: TopicPartition, keep: int, limit: int) -> int:
    where = (topic, partition.partition)
    total = connection.execute("SELECT coalesce(sum(bytes), 0) FROM batch WHERE topic = ? AND number = ?", where).fetchone()[0]
    query = "SELECT last, bytes FROM batch WHERE topic = ? AND number = ? ORDER BY timestamp, last LIMIT ?"
    last = NO_RECORD
    for end, size in connection.execute(query, (*where, limit + 1)).fetchall()[:-1]:
        if total <= keep:
            break
        total -= size
        last = end
    return last


def vacuum(connection: sqlite3.Connection) -> int:
    """Give up to `VACUUM_PAGES` free pages back to the file system; returns how many are left. Outside a transaction.

    `executescript`, because `execute` makes one step of the pragma only, which frees next to nothing.
    """
    connection.executescript(f"PRAGMA incremental_vacuum({VACUUM_PAGES})")
    return int(connection.execute("PRAGMA freelist_count").fetchone()[0])


def verify_some(
    topic: int, partition: TopicPartition, after: int, expected: int | None, connection: sqlite3.Connection
) -> tuple[list[Problem], int, int | None] | None:
    """Check the next stored batches, those that end after offset `after`. `expected`: last offset of the batch before, None when not known.

    Returns the problems and the `after` and `expected` of the next call, or None when there are no more.
    """
    query = "SELECT first, last, records, timestamp, data FROM batch WHERE topic = ? AND number = ? AND last > ? ORDER BY last LIMIT ?"
    rows = connection.execute(query, (topic, partition.partition, after, VERIFY_BATCHES)).fetchall()
    problems: list[Problem] = []
    for row in rows:
        place = f"{partition.topic}/{partition.partition} offsets {row[0]} to {row[1]}"
        try:
            head = checked_head(partition, row)
            batch.decode(partition, row[4], head)
        except CorruptRecord as error:
            problems.append(Problem(place, str(error)))
            expected = None
        else:
            if expected is not None and head.previous != expected:
                problems.append(Problem(place, f"records between offsets {expected} and {head.first} are missing"))
            expected = head.last
        after = row[1]
    return (problems, after, expected) if rows else None


def verify_structure(connection: sqlite3.Connection) -> list[Problem]:
    """SQLite's own check of tables and indexes."""
    rows = connection.execute("PRAGMA integrity_check(20)").fetchall()
    return [Problem("file", str(text).splitlines()[0]) for (text,) in rows if text != "ok"]


def verify_positions(connection: sqlite3.Connection) -> list[Problem]:
    """Check the read positions of every group."""
    problems = []
    topics = store.load_topics(connection)
    groups = connection.execute("SELECT name FROM team UNION SELECT team FROM position").fetchall()
    for (group,) in groups:
        try:
            store.load_positions(connection, group, topics)
        except CorruptRecord as error:
            problems.append(Problem("read positions", str(error)))
    return problems
