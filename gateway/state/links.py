"""What can be linked and what is: keys of requests and of answers, each waiting for the other, and the links made."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Column, Connection, Select, Table, bindparam, func, select

from gateway.state.database import Database
from gateway.state.schema import link_answers, link_later, link_mentions, link_targets, links

AT_ONCE = 500
PER_KEY = 20
"""Of each key the newest on either side count, and only they are kept: a number that a sender uses for everything costs no more."""


class TargetRow(NamedTuple):
    """`target` may be named by `key`. `kind` is that of its event, `at` when that was recorded."""

    key: str
    target: str
    kind: str
    at: str


class MentionRow(NamedTuple):
    """`part` of an answer names something by `key`, after `rule`."""

    key: str
    answer: str
    part: str
    rule: str


class AnswerRow(NamedTuple):
    """`about`: JSON of what its links need of the answer."""

    answer: str
    kind: str
    at: str
    about: str


class LaterRow(NamedTuple):
    """A mention that counts from `due` on. `lane` is that of the answer."""

    key: str
    answer: str
    part: str
    rule: str
    site: str
    lane: int
    due: str


class LinkRow(NamedTuple):
    """`cause`: the event, of the answer or of what it answers, that came last and made the link. `kind` is that of the request.

    `replaces`: the link of the same part that counts no more.
    """

    id: str
    answer: str
    part: str
    target: str
    kind: str
    rule: str
    cause: str
    at: str
    replaces: str = ""


class Heard(NamedTuple):
    """An event as far as linking goes."""

    id: str
    targets: Sequence[TargetRow]
    mentions: Sequence[MentionRow]
    answer: AnswerRow | None
    later: Sequence[LaterRow] = ()


class Pair(NamedTuple):
    """An answer's mention and a target of the same key. `asked` is when the target was recorded, `answered` the answer."""

    mention: MentionRow
    target: TargetRow
    answered: str


Choose = Callable[[Sequence[Pair], Sequence[LinkRow], Mapping[tuple[str, str], str]], Sequence[LinkRow]]
"""(pairs, links there are of these answers, events of this call by (key, target)) -> the new links."""


class Links:
    def __init__(self, database: Database) -> None:
        self._database = database

    def hear(self, sites: Iterable[str], heard: Sequence[Heard], choose: Choose) -> list[tuple[LinkRow, AnswerRow]]:
        """Remember these events, link what fits, and return every link that one of them has caused, also in an earlier call.

        A site is worked on by one machine at a time, so that of an answer and a request that come at once one sees the other.
        """
        with self._database.write(*(f"links/{site}" for site in sites)) as connection:
            self._add(connection, link_targets, [row for each in heard for row in each.targets])
            self._add(connection, link_answers, [each.answer for each in heard if each.answer is not None])
            self._add(connection, link_mentions, [row for each in heard for row in each.mentions])
            self._add(connection, link_later, [row for each in heard for row in each.later])
            keys = {row.key for each in heard for row in each.targets} | {row.key for each in heard for row in each.mentions}
            _trim(connection, keys)
            pairs = _pairs(connection, keys)
            if pairs:
                causes = {(row.key, row.target): each.id for each in reversed(heard) for row in each.targets}
                made = _links(connection, links.c.answer, {pair.mention.answer for pair in pairs})
                self._add(connection, links, choose(pairs, made, causes))
            caused = _links(connection, links.c.cause, {each.id for each in heard})
            answers = _answers(connection, {link.answer for link in caused})
        return [(link, answers[link.answer]) for link in caused if link.answer in answers]

    def due(self, lane: int, until: str | None = None, limit: int = AT_ONCE) -> list[LaterRow]:
        """Mentions of a lane that waited until then, or until now; the first of them, always in the same order."""
        query = select(link_later).where(link_later.c.lane == lane, link_later.c.due <= (until or self._database.now))
        with self._database.read() as connection:
            order = (link_later.c[name] for name in ("due", "answer", "part", "rule", "key"))
            return [LaterRow(*row) for row in connection.execute(query.order_by(*order).limit(limit))]

    def release(self, rows: Sequence[LaterRow], choose: Choose) -> list[tuple[LinkRow, AnswerRow]]:
        """Let these mentions count, and return the links that came of it, also in an earlier call. They are due until `released`.

        No link is recorded before the time its mention counts from.
        """
        with self._database.write(*{f"links/{row.site}" for row in rows}) as connection:
            waited = {row.answer for row in rows}
            known = _answers(connection, waited)
            made = _links(connection, links.c.answer, waited)
            linked = {(link.answer, link.part) for link in made}
            open_rows = [row for row in rows if row.answer in known and (row.answer, row.part) not in linked]
            self._add(connection, link_mentions, [MentionRow(*row[:4]) for row in open_rows])
            keys = {row.key for row in open_rows}
            _trim(connection, keys)
            pairs = [pair for pair in _pairs(connection, keys) if pair.mention.answer in waited]
            due = {(row.answer, row.part): row.due for row in rows}
            new = [link._replace(at=max(link.at, due[link.answer, link.part])) for link in choose(pairs, made, {})]
            self._add(connection, links, new)
            meant = {(row.answer, row.part, row.rule) for row in rows}
            caused = [link for link in _links(connection, links.c.cause, waited) if (link.answer, link.part, link.rule) in meant]
        return [(link, known[link.answer]) for link in caused if link.answer in known]

    def released(self, rows: Sequence[LaterRow]) -> None:
        """What came of these mentions is on the log."""
        same = [link_later.c[name] == bindparam(f"of_{name}") for name in MentionRow._fields]
        with self._database.write() as connection:
            connection.execute(link_later.delete().where(*same), [{f"of_{name}": getattr(row, name) for name in MentionRow._fields} for row in rows])

    def of(self, answers: Sequence[str] = (), targets: Sequence[str] = ()) -> list[tuple[LinkRow, str]]:
        """Links of these answers and to these targets, with the kind of the answer."""
        with self._database.read() as connection:
            found = [*_links(connection, links.c.answer, set(answers)), *_links(connection, links.c.target, set(targets))]
            kinds = _answers(connection, {link.answer for link in found})
        return [(link, kinds[link.answer].kind if link.answer in kinds else "") for link in dict.fromkeys(found)]

    def unmatched(self) -> int:
        """Answers that belong to nothing yet."""
        linked = select(links.c.answer).where(links.c.answer == link_answers.c.answer).exists()
        with self._database.read() as connection:
            return int(connection.execute(select(func.count()).select_from(link_answers).where(~linked)).scalar_one())

    def forget(self, before: str) -> None:
        """What was recorded before this time; its events are gone too."""
        old = select(link_answers.c.answer).where(link_answers.c.at < before)
        with self._database.write() as connection:
            for table in (link_mentions, link_later):
                connection.execute(table.delete().where(table.c.answer.in_(old)))
            for table in (link_targets, link_answers, links):
                connection.execute(table.delete().where(table.c.at < before))

    def _add(self, connection: Connection, table: Table, rows: Sequence[TargetRow | MentionRow | LaterRow | AnswerRow | LinkRow]) -> None:
        if rows:
            connection.execute(self._database.insert(table).on_conflict_do_nothing(), [row._asdict() for row in rows])


def _pairs(connection: Connection, keys: set[str]) -> list[Pair]:
    """Everything that fits by these keys."""
    found = []
    for some in _some(keys):
        query = select(link_mentions, link_targets, link_answers.c.at.label("answered")).where(link_mentions.c.key.in_(some))
        query = query.join_from(link_mentions, link_targets, link_mentions.c.key == link_targets.c.key)
        for row in connection.execute(query.join(link_answers, link_mentions.c.answer == link_answers.c.answer)):
            found.append(Pair(MentionRow(*row[:4]), TargetRow(*row[4:8]), row.answered))
    return found


def _trim(connection: Connection, keys: set[str]) -> None:
    """Forget of these keys what is not among the newest."""
    asked = select(link_targets.c.key, link_targets.c.target)
    said = select(link_mentions).join_from(link_mentions, link_answers, link_mentions.c.answer == link_answers.c.answer)
    for some in _some(keys):
        _keep_newest(connection, asked, link_targets.c.at, link_targets.c.target, some)
        _keep_newest(connection, said, link_answers.c.at, link_mentions.c.answer, some)


def _keep_newest(connection: Connection, rows: Select[Any], at: Column[Any], name: Column[Any], keys: Sequence[str]) -> None:
    """`rows`: columns that tell a row of the table of `name`."""
    table = name.table
    many = select(table.c.key).where(table.c.key.in_(keys)).group_by(table.c.key).having(func.count() > PER_KEY)
    for key in connection.execute(many).scalars().all():
        old = connection.execute(rows.where(table.c.key == key).order_by(at.desc(), name.desc()).offset(PER_KEY)).mappings().all()
        if old:
            same = [table.c[column] == bindparam(f"of_{column}") for column in old[0]]
            connection.execute(table.delete().where(*same), [{f"of_{column}": value for column, value in row.items()} for row in old])


def _links(connection: Connection, column: Column[Any], values: set[str]) -> list[LinkRow]:
    found = []
    for some in _some(values):
        found += [LinkRow(*row) for row in connection.execute(select(links).where(column.in_(some)).order_by(links.c.id))]
    return found


def _answers(connection: Connection, ids: set[str]) -> dict[str, AnswerRow]:
    found = {}
    for some in _some(ids):
        for row in connection.execute(select(link_answers).where(link_answers.c.answer.in_(some))):
            found[str(row.answer)] = AnswerRow(*row)
    return found


def _some(values: set[str]) -> list[list[str]]:
    listed = sorted(values)
    return [listed[at : at + AT_ONCE] for at in range(0, len(listed), AT_ONCE)]
