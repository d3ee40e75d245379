"""The connection below State: one engine, short transactions, errors without statements or values."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from gateway.config import StateSettings
from gateway.state.errors import StateError, StateUnavailableError, translated
from gateway.state.postgres import open_postgres, take_locks
from gateway.state.sqlite import open_sqlite

Clock = Callable[[], datetime]
_SNAPSHOT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


def utc_now() -> datetime:
    return datetime.now(UTC)


def iso(moment: datetime) -> str:
    """2026-01-31T12:00:00.000Z"""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Database:
    """Blocking. SQLite has one writer at a time; on PostgreSQL many machines write, and `write` names what must not be done by two."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self.engine = engine
        self.clock = clock
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._turn: AbstractContextManager[object] = threading.Lock() if self.is_sqlite else nullcontext()

    @classmethod
    def open(cls, url: str, clock: Clock, settings: StateSettings | None = None, password: str | None = None) -> "Database":
        """Raises StateError."""
        try:
            parsed = make_url(url)
        except ArgumentError:
            raise StateError("the url of the state database cannot be read") from None
        if (backend := parsed.get_backend_name()) == "postgresql":
            return cls(open_postgres(parsed, settings or StateSettings(), password), clock)
        if backend != "sqlite":
            raise StateError(f"no side of State for {backend}")
        return cls(open_sqlite(parsed), clock)

    @property
    def now(self) -> str:
        return iso(self.clock())

    @contextmanager
    def write(self, *locks: str) -> Iterator[Connection]:
        """One transaction, committed at the end. Of those that name the same lock one runs at a time, on all machines. Raises StateError."""
        with self._turn, translated(), self.engine.connect().execution_options(writes=True) as connection, connection.begin():
            if not self.is_sqlite:
                take_locks(connection, locks)
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent snapshot. Raises StateError."""
        with translated(), self.engine.connect() as connection:
            if not self.is_sqlite:
                connection.execution_options(**_SNAPSHOT)
            with connection.begin():
                yield connection

    def insert(self, table: Table) -> Any:
        """INSERT with ON CONFLICT of this database."""
        return sqlite.insert(table) if self.is_sqlite else postgresql.insert(table)

    def close(self) -> None:
        self.engine.dispose()


__all__ = ["Clock", "Database", "StateError", "StateUnavailableError", "iso", "utc_now"]
