"""State on SQLite: one file, durable at each commit, private to its owner."""

import os
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event

from gateway.state.errors import StateUnavailableError
from gateway.write_ahead import switch_to_wal

LOCK_SECONDS = 15.0


def open_sqlite(url: URL) -> Engine:
    """Raises StateUnavailableError."""
    if url.database:
        _create_file(Path(url.database))
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": LOCK_SECONDS, "check_same_thread": False})
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def _create_file(path: Path) -> None:
    """0600 before SQLite makes it; its side files get the same mode."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise StateUnavailableError(f"the state database cannot be opened: {error.strerror}") from None


def _on_connect(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions are begun by _on_begin, not by the driver
    switch_to_wal(connection, LOCK_SECONDS)
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF"):
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: Connection) -> None:
    """A writer takes its lock at once, so that no transaction fails half-way for being second."""
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")
