"""SQLite's write-ahead log, switched on where several processes may open a new file at once."""

import sqlite3
import time

PAUSE_SECONDS = 0.005


def switch_to_wal(connection: sqlite3.Connection, seconds: float) -> str:
    """The journal mode there is now: "wal", or another one where the folder does not support it. Blocking.

    Two that open a new file at once collide here without SQLite's busy handler being asked, so this waits. Raises sqlite3.OperationalError.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            return str(connection.execute("PRAGMA journal_mode=WAL").fetchone()[0])
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(PAUSE_SECONDS)


__all__ = ["switch_to_wal"]
