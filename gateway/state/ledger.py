"""What has been seen before: files by receipt, interchanges by control number. Judging the same place again gives the same answer."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from sqlalchemy import Connection, select, text

from gateway.state.database import Database
from gateway.state.rows import InterchangeKey
from gateway.state.schema import arrivals, interchanges, storable

SiteKey = tuple[str, InterchangeKey]
KEYS_AT_ONCE = 2000
_KNOWN = {
    "sqlite": """SELECT k.key, i.sha256, i.receipt FROM json_each(:keys) k CROSS JOIN interchange i
        ON i.site = json_extract(k.value, '$[0]') AND i.sender_qualifier = json_extract(k.value, '$[1]')
        AND i.sender = json_extract(k.value, '$[2]') AND i.receiver_qualifier = json_extract(k.value, '$[3]')
        AND i.receiver = json_extract(k.value, '$[4]') AND i.control_number = json_extract(k.value, '$[5]')""",
    "postgresql": """SELECT k.n - 1, found.sha256, found.receipt
        FROM jsonb_array_elements(CAST(:keys AS jsonb)) WITH ORDINALITY k (v, n) CROSS JOIN LATERAL (
            SELECT i.sha256, i.receipt FROM interchange i WHERE i.site = k.v ->> 0 AND i.sender_qualifier = k.v ->> 1 AND i.sender = k.v ->> 2
            AND i.receiver_qualifier = k.v ->> 3 AND i.receiver = k.v ->> 4 AND i.control_number = k.v ->> 5 LIMIT 1) found""",
}
"""By the whole primary key for each of a list, `keys`, in this order: joined otherwise, the database may walk all keys of a site."""


class _Known(NamedTuple):
    sha256: str
    receipt: str


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
        """In order, each knowing of those before it; keys of files that go on are remembered, all in one transaction.

        A site is judged by one machine at a time: of two files that come at the same moment the second one knows of the first.
        """
        with self._database.write(*(f"ledger/{candidate.site}" for candidate in candidates)) as connection:
            places = self._arrive(connection, candidates)
            known = self._known(connection, [candidate for candidate in candidates if places[_name(candidate)] == candidate.place])
            verdicts, kept = _decide(candidates, places, known)
            if kept:
                connection.execute(self._database.insert(interchanges).on_conflict_do_nothing(), kept)
        return verdicts

    def _arrive(self, connection: Connection, candidates: Sequence[Candidate]) -> dict[str, str]:
        """First place of each name; those without one get it here, the earliest candidate's."""
        rows = [{"receipt": _name(candidate), "place": candidate.place} for candidate in candidates]
        if rows:
            connection.execute(self._database.insert(arrivals).on_conflict_do_nothing(), rows)
        query = select(arrivals.c.receipt, arrivals.c.place).where(arrivals.c.receipt.in_([row["receipt"] for row in rows]))
        return {str(name): str(place) for name, place in connection.execute(query)}

    def _known(self, connection: Connection, candidates: Sequence[Candidate]) -> dict[SiteKey, _Known]:
        """What each key of these that was there before belongs to."""
        statement = text(_KNOWN["sqlite" if self._database.is_sqlite else "postgresql"])
        keys = iter({(candidate.site, key) for candidate in candidates for key in candidate.keys})
        known = {}
        while some := list(islice(keys, KEYS_AT_ONCE)):
            listed = json.dumps([[storable(part) for part in (site, *key)] for site, key in some])
            for at, sha256, receipt in connection.execute(statement, {"keys": listed}):
                known[some[at]] = _Known(sha256, receipt)
        return known


def _decide(candidates: Sequence[Candidate], places: Mapping[str, str], known: dict[SiteKey, _Known]) -> tuple[list[Verdict], list[dict[str, str]]]:
    """Verdicts, and rows of the keys to remember. `known` grows on the way; a key that is known keeps its first content."""
    verdicts, kept = [], []
    for candidate in candidates:
        if places[_name(candidate)] != candidate.place:
            verdicts.append(Verdict(False, frozenset(), False))
            continue
        reused = frozenset(_reused(candidate, known))
        hold = not candidate.released and not reused.isdisjoint(candidate.quarantined)
        verdicts.append(Verdict(True, reused, hold))
        new = () if hold else [key for key in candidate.keys if (candidate.site, key) not in known]
        for key in new:
            known[candidate.site, key] = _Known(candidate.sha256, candidate.receipt)
            content = {"sha256": candidate.sha256, "receipt": candidate.receipt, "place": candidate.place}
            kept.append({"site": candidate.site, **key._asdict(), **content})
    return verdicts, kept


def _reused(candidate: Candidate, known: Mapping[SiteKey, _Known]) -> Iterator[InterchangeKey]:
    for key in candidate.keys:
        found = known.get((candidate.site, key))
        if found is not None and found.sha256 != candidate.sha256 and found.receipt != candidate.receipt:
            yield key


def _name(candidate: Candidate) -> str:
    return f"{candidate.receipt}/released" if candidate.released else candidate.receipt
