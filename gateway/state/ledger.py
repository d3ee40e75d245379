"""What has been seen before: files by receipt, interchanges by control number. Judging the same place again gives the same answer."""

import json
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import Connection, select, text

from gateway.state.database import Database
from gateway.state.many import Many
from gateway.state.rows import InterchangeKey
from gateway.state.schema import arrivals, interchanges, storable

SiteKey = tuple[str, InterchangeKey]
KEYS_AT_ONCE = 2000
_KNOWN = {
    "sqlite": """SELECT k.key, i.sha256, i.at, i.receipt FROM json_each(:keys) k CROSS JOIN interchange i
        ON i.site = json_extract(k.value, '$[0]') AND i.sender_qualifier = json_extract(k.value, '$[1]')
        AND i.sender = json_extract(k.value, '$[2]') AND i.receiver_qualifier = json_extract(k.value, '$[3]')
        AND i.receiver = json_extract(k.value, '$[4]') AND i.control_number = json_extract(k.value, '$[5]')""",
    "postgresql": """SELECT k.n - 1, found.sha256, found.at, found.receipt
        FROM jsonb_array_elements(CAST(:keys AS jsonb)) WITH ORDINALITY k (v, n) CROSS JOIN LATERAL (
            SELECT i.sha256, i.at, i.receipt FROM interchange i WHERE i.site = k.v ->> 0 AND i.sender_qualifier = k.v ->> 1 AND i.sender = k.v ->> 2
            AND i.receiver_qualifier = k.v ->> 3 AND i.receiver = k.v ->> 4 AND i.control_number = k.v ->> 5 LIMIT 1) found""",
}
"""By the whole primary key for each of a list, `keys`, in this order: joined otherwise, the database may walk all keys of a site."""


class _Known(NamedTuple):
    """`at`: when it came, None for what was kept before that was written down."""

    content: str
    at: str | None
    receipt: str


class KeyOf(NamedTuple):
    """A key and the SHA-256 of what has it, empty: of the whole file."""

    key: InterchangeKey
    content: str = ""


class Candidate(NamedTuple):
    """A file to be judged. `place` is where on the log it was received, e.g. "intake/3/17"; `quarantined` are the keys whose reuse holds it.

    A released file is judged as itself once more: its keys are remembered and hold nothing. `at` is when it came; keys of before `since`
    count no more, and belong to this file now.
    """

    receipt: str
    place: str
    site: str
    sha256: str
    keys: tuple[KeyOf, ...]
    quarantined: frozenset[InterchangeKey]
    released: bool = False
    at: str = ""
    since: str = ""


class Verdict(NamedTuple):
    """`first`: this place is the first of its receipt. `reused`: keys under which the site has had other content. `hold`: one of them holds it.

    `again`: keys whose content of their own came before in another file.
    """

    first: bool
    reused: frozenset[KeyOf]
    hold: bool
    again: frozenset[KeyOf] = frozenset()


class Ledger:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._known_by = text(_KNOWN["sqlite" if database.is_sqlite else "postgresql"])
        self._arriving = Many(database, database.insert(arrivals).on_conflict_do_nothing())
        self._keeping = Many(database, self._keep())

    def judge(self, candidates: Sequence[Candidate]) -> list[Verdict]:
        """In order, each knowing of those before it; keys of files that go on are remembered, all in one transaction.

        A site is judged by one machine at a time: of two files that come at the same moment the second one knows of the first.
        """
        with self._database.write(*(f"ledger/{candidate.site}" for candidate in candidates)) as connection:
            places = self._arrive(connection, candidates)
            known = self._known(connection, [candidate for candidate in candidates if places[_name(candidate)] == candidate.place])
            verdicts, kept = _decide(candidates, places, known)
            self._keeping.execute(connection, kept)
        return verdicts

    def forget(self, prefix: str, before: str) -> int:
        """Keys whose sender qualifier is this and that came before a time; how many."""
        where = interchanges.c.sender_qualifier == prefix, interchanges.c.at < before
        with self._database.write() as connection:
            return connection.execute(interchanges.delete().where(*where), execution_options={"preserve_rowcount": True}).rowcount

    def _keep(self) -> Any:
        """A key that is kept has no rival, or one whose time is over."""
        insert = self._database.insert(interchanges)
        changed = {name: insert.excluded[name] for name in ("sha256", "receipt", "place", "at")}
        return insert.on_conflict_do_update(index_elements=[interchanges.c[name] for name in ("site", *InterchangeKey._fields)], set_=changed)

    def _arrive(self, connection: Connection, candidates: Sequence[Candidate]) -> dict[str, str]:
        """First place of each name; those without one get it here, the earliest candidate's."""
        rows = [{"receipt": _name(candidate), "place": candidate.place} for candidate in candidates]
        self._arriving.execute(connection, rows)
        query = select(arrivals.c.receipt, arrivals.c.place).where(arrivals.c.receipt.in_([row["receipt"] for row in rows]))
        return {str(name): str(place) for name, place in connection.execute(query)}

    def _known(self, connection: Connection, candidates: Sequence[Candidate]) -> dict[SiteKey, _Known]:
        """What each key of these that was there before belongs to."""
        keys = iter({(candidate.site, each.key) for candidate in candidates for each in candidate.keys})
        known = {}
        while some := list(islice(keys, KEYS_AT_ONCE)):
            listed = json.dumps([[storable(part) for part in (site, *key)] for site, key in some])
            for number, content, at, receipt in connection.execute(self._known_by, {"keys": listed}):
                known[some[number]] = _Known(content, at, receipt)
        return known


def _decide(candidates: Sequence[Candidate], places: Mapping[str, str], known: dict[SiteKey, _Known]) -> tuple[list[Verdict], list[dict[str, str]]]:
    """Verdicts, and rows of the keys to remember. `known` grows on the way; a key that is known keeps its first content while that counts."""
    verdicts, kept = [], []
    for candidate in candidates:
        if places[_name(candidate)] != candidate.place:
            verdicts.append(Verdict(False, frozenset(), False))
            continue
        reused, again, new = _sorted(candidate, known)
        hold = not candidate.released and any(each.key in candidate.quarantined for each in reused)
        verdicts.append(Verdict(True, reused, hold, again))
        if hold:
            continue
        for key, content in new.items():
            known[candidate.site, key] = _Known(content, candidate.at, candidate.receipt)
            row = {"sha256": content, "receipt": candidate.receipt, "place": candidate.place, "at": candidate.at}
            kept.append({"site": candidate.site, **key._asdict(), **row})
    return verdicts, kept


def _sorted(candidate: Candidate, known: Mapping[SiteKey, _Known]) -> tuple[frozenset[KeyOf], frozenset[KeyOf], dict[InterchangeKey, str]]:
    """Keys that had other content, before this file or in it; those that had the same in another file; and the content of those that are new."""
    reused: set[KeyOf] = set()
    again: set[KeyOf] = set()
    new: dict[InterchangeKey, str] = {}
    for each in candidate.keys:
        content = each.content or candidate.sha256
        found = known.get((candidate.site, each.key))
        if found is not None and (found.at is None or found.at >= candidate.since):
            if found.content != content:
                reused.add(each)
            elif each.content and found.receipt != candidate.receipt:
                again.add(each)
        elif new.setdefault(each.key, content) != content:
            reused.add(each)
    return frozenset(reused), frozenset(again), new


def _name(candidate: Candidate) -> str:
    return f"{candidate.receipt}/released" if candidate.released else candidate.receipt
