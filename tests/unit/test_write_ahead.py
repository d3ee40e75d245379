"""Whoever opens a new file at the same moment as others has its write-ahead log."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Semaphore
from typing import Any

import pytest

from gateway.write_ahead import switch_to_wal

SECONDS = 5.0


def test_it_waits_for_whoever_has_the_file(tmp_path: Path) -> None:
    """Without SQLite's busy handler, which is not asked when two new connections collide."""
    tries = Semaphore(0)

    class Counted(sqlite3.Connection):
        def execute(self, *arguments: Any) -> sqlite3.Cursor:
            tries.release()
            return super().execute(*arguments)

    with closing(sqlite3.connect(tmp_path / "one", isolation_level=None)) as other, ThreadPoolExecutor(1) as thread:
        other.execute("BEGIN EXCLUSIVE")
        with closing(sqlite3.connect(tmp_path / "one", timeout=0, check_same_thread=False, factory=Counted)) as connection:
            switched = thread.submit(switch_to_wal, connection, SECONDS)
            for _ in range(3):
                assert tries.acquire(timeout=SECONDS)
            other.execute("COMMIT")
            assert switched.result() == "wal"


def test_it_does_not_wait_for_ever(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "one", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with closing(sqlite3.connect(tmp_path / "one", timeout=0)) as connection, pytest.raises(sqlite3.OperationalError):
            switch_to_wal(connection, 0.05)


def test_a_file_that_cannot_have_one_says_so() -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        assert switch_to_wal(connection, SECONDS) == "memory"
