"""What has been seen before: files by receipt, interchanges by control number. Judging the same place again gives the same answer."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, and_, or_, select

from gateway.state.database import Database
from gateway.state.rows import InterchangeKey
from gateway.state.schema import arrivals, interchanges

_BATCH = 100
"""Keys asked for in one statement; SQLite takes a limited number of parameters."""
_KEY = (
    interchanges.c.sender_qualifier,
    interchanges.c.sender,
    interchanges.c.receiver_qualifier,
    interchanges.c.receiver,
    interchanges.c.control_number,
)


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
    found: set[InterchangeKey] = set()
    others = (interchanges.c.site == candidate.site, interchanges.c.sha256 != candidate.sha256, interchanges.c.receipt != candidate.receipt)
    for start in range(0, len(candidate.keys), _BATCH):
        wanted = [and_(*(column == value for column, value in zip(_KEY, key, strict=True))) for key in candidate.keys[start : start + _BATCH]]
        found.update(InterchangeKey(*row) for row in connection.execute(select(*_KEY).where(*others, or_(*wanted))))
    return frozenset(found)
