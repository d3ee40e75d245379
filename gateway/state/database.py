"""The connection below State: one engine, short transactions, errors without statements or values."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

Clock = Callable[[], datetime]


class StateError(Exception):
    """State could not do what was asked. `retryable` says whether the same call may work later."""

    retryable = False


class StateUnavailableError(StateError):
    """State cannot take or give rows now (disk full, locked, server away). Nothing of this call was written."""

    retryable = True


def utc_now() -> datetime:
    return datetime.now(UTC)


def iso(moment: datetime) -> str:
    """2026-01-31T12:00:00.000Z"""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Database:
    """Blocking. One writer at a time within this process; SQLite sees to other processes."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self.engine = engine
        self.clock = clock
        self._writing = threading.Lock()

    @classmethod
    def open(cls, url: str, clock: Clock) -> "Database":
        parsed = make_url(url)
        if parsed.get_backend_name() != "sqlite":
            raise StateError(f"no side of State for {parsed.get_backend_name()}")
        if parsed.database:
            _create_file(Path(parsed.database))
        engine = create_engine(parsed, hide_parameters=True, connect_args={"timeout": 15.0, "check_same_thread": False})
        event.listen(engine, "connect", _on_connect)
        event.listen(engine, "begin", _on_begin)
        return cls(engine, clock)

    @property
    def now(self) -> str:
        return iso(self.clock())

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction, committed at the end. Raises StateError."""
        with self._writing, _translated(), self.engine.connect().execution_options(writes=True) as connection, connection.begin():
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent snapshot. Raises StateError."""
        with _translated(), self.engine.connect() as connection, connection.begin():
            yield connection

    def insert(self, table: Table) -> Any:
        """INSERT with ON CONFLICT of this database."""
        return sqlite.insert(table) if self.engine.dialect.name == "sqlite" else postgresql.insert(table)

    def close(self) -> None:
        self.engine.dispose()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        name = getattr(getattr(error, "orig", None), "sqlite_errorname", type(error).__name__)
        if isinstance(error, OperationalError) or (isinstance(error, DBAPIError) and error.connection_invalidated):
            raise StateUnavailableError(f"the state database cannot be used now ({name})") from None
        raise StateError(f"the state database refused a statement ({name})") from None


def _create_file(path: Path) -> None:
    """0600 before SQLite makes it; its side files get the same mode."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise StateUnavailableError(f"the state database cannot be opened: {error.strerror}") from None


def _on_connect(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions are begun by _on_begin, not by the driver
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF"):
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: Connection) -> None:
    """A writer takes its lock at once, so that no transaction fails half-way for being second."""
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")
