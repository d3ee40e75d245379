"""Acknowledgements that were written: which file each answers, its control number, its bytes. Numbers are drawn here and never twice."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, or_, select

from gateway.state.database import Database, StateError
from gateway.state.schema import answer_counters, answered_since, answers

LAST_NUMBER = 999_999_999
"""ISA13, GS06 and ST02 have nine digits at most."""
NUMBERS = "answers"
"""Lock of those who draw numbers."""
Feed = tuple[str, str]
"""Site and feed."""


class Draft(NamedTuple):
    """An acknowledgement to be written. `cause`: what it answers, `done` or `held`; `isa`: byte offset of the interchange in the received file.

    `sender` and `receiver` as its own ISA will say, qualifier and id; `profile`: JSON of how it is to be written; `groups` and `sets` are how many
    it holds.
    """

    receipt: str
    cause: str
    kind: str
    isa: int
    name: str
    sender: str
    receiver: str
    profile: str
    groups: int = 0
    sets: int = 0


class Answer(NamedTuple):
    """A draft with its control numbers: of the interchange, of the first group and the first set. `sha256` is empty until its bytes are safe."""

    receipt: str
    cause: str
    kind: str
    isa: int
    name: str
    sender: str
    receiver: str
    number: int
    first_group: int
    first_set: int
    groups: int
    sets: int
    profile: str
    sha256: str
    size: int


class _Last(NamedTuple):
    """Numbers used last towards a partner."""

    interchanges: int = 0
    groups: int = 0
    sets: int = 0

    def after(self, draft: Draft) -> "_Last":
        """Raises StateError when there are none left."""
        found = _Last(self.interchanges + 1, self.groups + draft.groups, self.sets + draft.sets)
        if max(found) > LAST_NUMBER:
            raise StateError("all control numbers for a partner are used; give its feed another sender or receiver id")
        return found


class Answers:
    def __init__(self, database: Database) -> None:
        self._database = database

    def since(self, feeds: Collection[Feed], now: str) -> dict[Feed, str]:
        """From when on each of these feeds is answered: when it was first asked about, without a pause. All others are forgotten."""
        with self._database.write(NUMBERS) as connection:
            known = {(str(site), str(feed)): str(since) for site, feed, since in connection.execute(select(answered_since))}
            for site, feed in known.keys() - set(feeds):
                connection.execute(answered_since.delete().where(answered_since.c.site == site, answered_since.c.feed == feed))
            new = [{"site": site, "feed": feed, "since": now} for site, feed in set(feeds) - known.keys()]
            if new:
                connection.execute(answered_since.insert(), new)
        return {feed: known.get(feed, now) for feed in feeds}

    def of(self, receipts: Collection[str]) -> dict[tuple[str, str], list[Answer]]:
        """By receipt and cause, in file order, of one interchange in the order they were drawn."""
        with self._database.read() as connection:
            return _of(connection, receipts)

    def get(self, receipt: str, name: str) -> Answer | None:
        query = select(answers).where(answers.c.receipt == receipt, answers.c.name == name)
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return None if row is None else Answer(*row)

    def draw(self, drafts: Sequence[Draft]) -> dict[tuple[str, str], list[Answer]]:
        """Numbers for each, in one transaction; drawn once for a receipt and cause, which then keeps its answers as they were drafted.

        Numbers count up per sender and receiver. Raises StateError when there are none left.
        """
        with self._database.write(NUMBERS) as connection:
            known = _of(connection, {draft.receipt for draft in drafts})
            new = [draft for draft in drafts if (draft.receipt, draft.cause) not in known]
            last = {pair: _last(connection, *pair) for pair in sorted({(draft.sender, draft.receiver) for draft in new})}
            rows = []
            for draft in new:
                before = last[draft.sender, draft.receiver]
                last[draft.sender, draft.receiver] = before.after(draft)
                numbers = before.interchanges + 1, before.groups + 1, before.sets + 1
                rows.append(Answer(*draft[:7], *numbers, draft.groups, draft.sets, draft.profile, sha256="", size=0))
            self._keep(connection, rows, last)
        for row in rows:
            known.setdefault((row.receipt, row.cause), []).append(row)
        return known

    def restore(self, rows: Sequence[Answer]) -> None:
        """Take over what the log tells of acknowledgements, so that a State of a backup draws none of their numbers again."""
        with self._database.write(NUMBERS) as connection:
            connection.execute(self._database.insert(answers).on_conflict_do_nothing(), [row._asdict() for row in rows])
            last = {pair: _last(connection, *pair) for pair in sorted({(row.sender, row.receiver) for row in rows})}
            for row in rows:
                used = row.number, row.first_group + row.groups - 1, row.first_set + row.sets - 1
                pair = row.sender, row.receiver
                last[pair] = _Last(*map(max, last[pair], used))
            self._keep(connection, [], last)

    def seal(self, rows: Sequence[Answer]) -> None:
        """Their bytes are safe."""
        keys = ("receipt", "cause", "kind", "isa")
        update = answers.update().where(*(answers.c[key] == bindparam(f"of_{key}") for key in keys))
        values = [{**{f"of_{key}": getattr(row, key) for key in keys}, "sha256": row.sha256, "size": row.size} for row in rows]
        if values:
            with self._database.write() as connection:
                connection.execute(update.values(sha256=bindparam("sha256"), size=bindparam("size")), values)

    def receipts_of_blob(self, sha256: str) -> list[str]:
        """Files that these bytes answer."""
        with self._database.read() as connection:
            return list(connection.scalars(select(answers.c.receipt).where(answers.c.sha256 == sha256).distinct()))

    def _keep(self, connection: Connection, rows: Sequence[Answer], last: dict[tuple[str, str], _Last]) -> None:
        if rows:
            connection.execute(answers.insert(), [row._asdict() for row in rows])
        for pair, numbers in last.items():
            insert = self._database.insert(answer_counters).values((*pair, *numbers))
            changed = or_(*(answer_counters.c[name] != value for name, value in numbers._asdict().items()))
            connection.execute(insert.on_conflict_do_update(index_elements=["sender", "receiver"], set_=numbers._asdict(), where=changed))


def _of(connection: Connection, receipts: Collection[str]) -> dict[tuple[str, str], list[Answer]]:
    query = select(answers).where(answers.c.receipt.in_(receipts)).order_by(answers.c.receipt, answers.c.cause, answers.c.isa, answers.c.number)
    found: dict[tuple[str, str], list[Answer]] = {}
    for row in connection.execute(query):
        found.setdefault((row.receipt, row.cause), []).append(Answer(*row))
    return found


def _last(connection: Connection, sender: str, receiver: str) -> _Last:
    numbers = answer_counters.c.interchanges, answer_counters.c.groups, answer_counters.c.sets
    query = select(*numbers).where(answer_counters.c.sender == sender, answer_counters.c.receiver == receiver)
    row = connection.execute(query).one_or_none()
    return _Last() if row is None else _Last(*row)
