"""The two sides of State for its contract suite: a fresh database each, and a way to look at it that shares nothing with State."""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar

import psycopg
import pytest

from gateway.state import Arrival, InterchangeKey, State
from gateway.state.database import Clock, utc_now
from gateway.state.follow import Progress
from gateway.state.ledger import Candidate, KeyOf

T = TypeVar("T")
SIDES = ("sqlite", "postgresql")
KEY = InterchangeKey("ZZ", "A", "ZZ", "B", "000000001")
OTHER = InterchangeKey("ZZ", "A", "ZZ", "B", "000000002")


class Side(Protocol):
    """One database, opened as often as wanted."""

    url: str

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        """Committed at once; rows, if it gives any."""


class SqliteSide:
    def __init__(self, path: Path) -> None:
        self.url = f"sqlite:///{path}"
        self.path = path

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            return connection.execute(statement).fetchall()


class PostgresSide:
    def __init__(self, url: str, password: str | None = None) -> None:
        self.url = url
        self._password = password

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url, password=self._password, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []


def side_of(name: str, request: pytest.FixtureRequest, folder: Path) -> Side:
    """A fresh database; the server is started only for whom it is."""
    return SqliteSide(folder / "state.db") if name == "sqlite" else PostgresSide(request.getfixturevalue("postgres").new_database())


class Opened:
    """Opens State as other machines would, and closes all of them."""

    def __init__(self, side: Side) -> None:
        self._side = side
        self._open: list[State] = []

    def __call__(self, clock: Clock = utc_now) -> State:
        self._open.append(State.open(self._side.url, clock))
        return self._open[-1]

    def close(self) -> None:
        for state in self._open:
            state.close()


def opened(side: Side) -> Iterator[Opened]:
    handles = Opened(side)
    yield handles
    handles.close()


def at_once(calls: Sequence[Callable[[], T]]) -> list[T]:
    """Run them in threads that begin together. What they returned, in the order of the calls; raises what the first one raised."""
    ready = threading.Barrier(len(calls))

    def run(call: Callable[[], T]) -> T:
        ready.wait(10)
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


class StandingClock:
    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def arrival(receipt: str = "r1", sha256: str = "aa", feed: str = "claims", at: str = "2026-01-01T00:00:00.000Z") -> Arrival:
    return Arrival(receipt, "river", feed, sha256, 10, "file.x12", "text/plain", at)


def candidate(
    receipt: str, place: str, sha256: str, keys: tuple[InterchangeKey, ...] = (KEY,), quarantined: tuple[InterchangeKey, ...] = (KEY,),
    released: bool = False, site: str = "river",
) -> Candidate:  # fmt: skip
    return Candidate(receipt, place, site, sha256, tuple(KeyOf(key) for key in keys), frozenset(quarantined), released)


def change(receipt: str = "r1", **values: Any) -> Progress:
    return Progress(arrival(receipt), **values)
