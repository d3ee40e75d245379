"""What has been seen before: files by receipt, interchanges by control number. Judging the same place again gives the same answer."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select

from gateway.state.database import Database
from gateway.state.rows import InterchangeKey
from gateway.state.schema import arrivals, interchanges

_KNOWN = select(interchanges.c.sha256, interchanges.c.receipt).where(
    interchanges.c.site == bindparam("site"), *(interchanges.c[name] == bindparam(name) for name in InterchangeKey._fields)
)
"""By the whole primary key, one at a time: a list of keys in one statement makes SQLite walk all keys of the site."""


class Candidate(NamedTuple):
    """A file to be judged. `place` is where on the log it was received, e.g. "intake/3/17"; `quarantined` are the keys whose reuse holds it.

    A released file is judged as itself once more: its keys are remembered and hold nothing.
    """

    receipt: str
    place: str
    site: str
    sha256: str
    keys: tuple[InterchangeKey, ...]
    quarantined: frozenset[InterchangeKey]
    released: bool = False


class Verdict(NamedTuple):
    """`first`: this place is the first of its receipt. `reused`: keys under which the site has had other content. `hold`: one of them holds it."""

    first: bool
    reused: frozenset[InterchangeKey]
    hold: bool


class Ledger:
    def __init__(self, database: Database) -> None:
        self._database = database

    def judge(self, candidates: Sequence[Candidate]) -> list[Verdict]:
        """In order, each knowing of those before it; keys of files that go on are remembered, all in one transaction."""
        with self._database.write() as connection:
            return [self._judge(connection, candidate) for candidate in candidates]

    def _judge(self, connection: Connection, candidate: Candidate) -> Verdict:
        name = f"{candidate.receipt}/released" if candidate.released else candidate.receipt
        connection.execute(self._database.insert(arrivals).values((name, candidate.place)).on_conflict_do_nothing())
        known = connection.execute(select(arrivals.c.place).where(arrivals.c.receipt == name)).scalar_one()
        if known != candidate.place:
            return Verdict(False, frozenset(), False)
        reused = _reused(connection, candidate)
        hold = not candidate.released and not reused.isdisjoint(candidate.quarantined)
        if not hold:
            self._remember(connection, candidate)
        return Verdict(True, reused, hold)

    def _remember(self, connection: Connection, candidate: Candidate) -> None:
        """A key that is known keeps its first content."""
        names = [column.name for column in interchanges.columns]
        rows = [(candidate.site, *key, candidate.sha256, candidate.receipt, candidate.place) for key in candidate.keys]
        if rows:
            statement = self._database.insert(interchanges).on_conflict_do_nothing()
            connection.execute(statement, [dict(zip(names, row, strict=True)) for row in rows])


def _reused(connection: Connection, candidate: Candidate) -> frozenset[InterchangeKey]:
    found = set()
    for key in candidate.keys:
        row = connection.execute(_KNOWN, {"site": candidate.site, **key._asdict()}).one_or_none()
        if row is not None and row.sha256 != candidate.sha256 and row.receipt != candidate.receipt:
            found.add(key)
    return frozenset(found)
