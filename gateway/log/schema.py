"""The SQLite file of the log: its tables, how a connection is set up, and what SQLite's errors mean to a caller."""

import contextlib
import os
import secrets
import sqlite3
from pathlib import Path

from gateway.log.batch import check_of
from gateway.seams import CorruptRecord, LogError, LogUnavailable
from gateway.write_ahead import switch_to_wal

APPLICATION_ID = 0x434C5052
BUSY_MS = 15_000
CHECKPOINT_PAGES = 1000
_TEMPORARY = {
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_PERM,
}  # fmt: skip
_REASONS = {
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_BUSY: "another process holds it",
    sqlite3.SQLITE_IOERR: "the disk reports an error",
}

# One entry per schema version, in order; an entry is never changed once released.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL, seal BLOB NOT NULL) WITHOUT ROWID",
        """CREATE TABLE topic (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, partitions INTEGER NOT NULL,
            retention_ms INTEGER, retention_bytes INTEGER, seal BLOB NOT NULL)""",
        """CREATE TABLE lane (topic INTEGER NOT NULL, number INTEGER NOT NULL, first INTEGER NOT NULL, next INTEGER NOT NULL,
            last INTEGER NOT NULL, timestamp INTEGER NOT NULL, seal BLOB NOT NULL, PRIMARY KEY (topic, number)) WITHOUT ROWID""",
        """CREATE TABLE batch (id INTEGER PRIMARY KEY, topic INTEGER NOT NULL, number INTEGER NOT NULL, first INTEGER NOT NULL,
            last INTEGER NOT NULL, records INTEGER NOT NULL, timestamp INTEGER NOT NULL, bytes INTEGER NOT NULL, data BLOB NOT NULL)""",
        "CREATE UNIQUE INDEX batch_offset ON batch (topic, number, last)",
        "CREATE INDEX batch_time ON batch (topic, number, timestamp, last, bytes)",
        """CREATE TABLE position (team TEXT NOT NULL, topic INTEGER NOT NULL, number INTEGER NOT NULL, next INTEGER NOT NULL,
            metadata TEXT NOT NULL, seal BLOB NOT NULL, PRIMARY KEY (team, topic, number)) WITHOUT ROWID""",
        "CREATE TABLE team (name TEXT PRIMARY KEY, generation INTEGER NOT NULL, positions INTEGER NOT NULL) WITHOUT ROWID",
        """CREATE TABLE member (team TEXT NOT NULL, id TEXT NOT NULL, joined INTEGER NOT NULL, topics TEXT NOT NULL,
            timeout INTEGER NOT NULL, lease INTEGER NOT NULL, PRIMARY KEY (team, id)) WITHOUT ROWID""",
        """CREATE TABLE owner (team TEXT NOT NULL, topic INTEGER NOT NULL, number INTEGER NOT NULL, member TEXT NOT NULL,
            since INTEGER NOT NULL, PRIMARY KEY (team, topic, number)) WITHOUT ROWID""",
    ),
)


def seal(*values: object) -> bytes:
    """Checksum of the small rows beside the batches (offsets, positions, topics), so that a flipped bit there is seen too."""
    return check_of(repr(values).encode("utf-8", "surrogatepass"))


FileErrors = (sqlite3.Error, UnicodeDecodeError)
"""What the sqlite3 module raises about the file: UnicodeDecodeError when damage is in a text, even in the text of an error."""


def translate(error: Exception) -> LogError:
    """What one of `FileErrors` means to the caller. No SQL and no content in the text."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    if code in _TEMPORARY:
        return LogUnavailable(f"the log cannot be used now: {_REASONS.get(code, 'its file cannot be read or written')} ({name})")
    if isinstance(error, sqlite3.ProgrammingError):
        return LogError("the log is closed")
    return CorruptRecord(f"the log's file is damaged ({name})")


def create_file(path: Path) -> None:
    """Make the file 0600 before SQLite does; SQLite gives its side files the same mode.

    It gets its name only when it is closed again: closing a file drops the locks that this process's SQLite connections hold on it.
    """
    if path.exists():
        return
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}.new")
    try:
        os.close(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        try:
            with contextlib.suppress(FileExistsError):  # another process was faster
                path.hardlink_to(draft)
        finally:
            draft.unlink()
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise LogUnavailable(f"the log's file cannot be created: {error.strerror}") from error


def connect(path: Path, *, reader: bool, checkpoint_pages: int = CHECKPOINT_PAGES) -> sqlite3.Connection:
    """A connection on an existing log. Raises one of `FileErrors`."""
    connection = sqlite3.connect(path, timeout=BUSY_MS / 1000, isolation_level=None, check_same_thread=False, cached_statements=64)
    try:
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA trusted_schema=OFF")
        connection.execute("PRAGMA cell_size_check=ON")
        connection.execute(f"PRAGMA wal_autocheckpoint={checkpoint_pages}")
        connection.execute("PRAGMA journal_size_limit=67108864")
        if reader:
            connection.execute("PRAGMA query_only=ON")
    except FileErrors:
        connection.close()
        raise
    return connection


def prepare(connection: sqlite3.Connection) -> str:
    """Bring the file to this program's schema and return the log's id. Raises LogError for a foreign or newer file, or one of `FileErrors`."""
    version = _known_version(connection)
    if version == 0:
        connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
    if switch_to_wal(connection, BUSY_MS / 1000) != "wal":
        raise LogError("the log's folder does not support SQLite's write-ahead log (a network file system?)")
    if version < len(MIGRATIONS):
        _migrate(connection)
    row = connection.execute("SELECT value, seal FROM meta WHERE name = 'log_id'").fetchone()
    if row is None or row[1] != seal("log_id", row[0]):
        raise CorruptRecord("the log's id does not match its checksum")
    return str(row[0])


def _known_version(connection: sqlite3.Connection) -> int:
    """Schema version of a file of ours, read in one transaction, since another process may be making the log at this moment."""
    connection.execute("BEGIN")
    try:
        version = _pragma(connection, "user_version")
        _refuse_foreign(connection, version)
    finally:
        connection.execute("ROLLBACK")
    return version


def _refuse_foreign(connection: sqlite3.Connection, version: int) -> None:
    application = _pragma(connection, "application_id")
    empty = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
    if application != APPLICATION_ID and not (empty and application == 0):
        raise LogError("this file is not a Clearplane log; give another path")
    if version > len(MIGRATIONS):
        raise LogError(f"this log was written by a newer program (schema {version}, this one knows {len(MIGRATIONS)}); upgrade Clearplane")
    if version == 0 and not empty:
        raise CorruptRecord("the log's file says it has no schema, but it has tables")


def _migrate(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _pragma(connection, "user_version")
        _refuse_foreign(connection, version)
        for number, statements in enumerate(MIGRATIONS[version:], version + 1):
            for statement in statements:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version={number}")
        if version == 0:
            connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
            log_id = secrets.token_hex(8)
            connection.execute("INSERT INTO meta VALUES ('log_id', ?, ?)", (log_id, seal("log_id", log_id)))
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])
