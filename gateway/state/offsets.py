"""Where records of an earlier log stand in the log that was copied from it, so that cursors of the earlier one still read on."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import or_, select

from gateway.state.database import Database
from gateway.state.rows import OffsetRun
from gateway.state.schema import offset_runs

_KEY = ("from_log", "to_log", "topic", "part", "old_offset")


class _Found(NamedTuple):
    to_log: str
    old: int
    new: int
    records: int


class Offsets:
    """A log has one successor: runs that lead to another one than those added last are of a copy that was given up, and go."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, runs: Iterable[OffsetRun]) -> None:
        """A run that is known by its first offset is replaced. Each partition needs one at the first offset that was kept, if only of no records."""
        rows = [dict(zip(offset_runs.columns.keys(), run, strict=True)) for run in runs]
        if not rows:
            return
        insert = self._database.insert(offset_runs)
        to = {name: insert.excluded[name] for name in ("new_offset", "records")}
        with self._database.write("offsets") as connection:
            for from_log, to_log in {(row["from_log"], row["to_log"]) for row in rows}:
                of_others = or_(offset_runs.c.to_log < to_log, offset_runs.c.to_log > to_log)
                connection.execute(offset_runs.delete().where(offset_runs.c.from_log == from_log, of_others))
            connection.execute(insert.on_conflict_do_update(index_elements=_KEY, set_=to), rows)

    def translate(self, from_log: str, topic: str, partition: int, offset: int) -> tuple[str, int] | None:
        """Where to read on when `offset` is the next one to read; behind a run that is after its last record.

        One step: after two copies the result is of the log between. None: nothing is known of the partition, or the offset was no longer kept.
        """
        found = self._run(from_log, topic, partition, offset)
        return None if found is None else (found.to_log, found.new + min(offset - found.old, found.records))

    def place(self, from_log: str, topic: str, partition: int, offset: int) -> tuple[str, int] | None:
        """Where the record that stood at `offset` is; None when it was not copied."""
        found = self._run(from_log, topic, partition, offset)
        return None if found is None or offset >= found.old + found.records else (found.to_log, found.new + offset - found.old)

    def _run(self, from_log: str, topic: str, partition: int, offset: int) -> _Found | None:
        """The last one that begins at or before the offset."""
        of = offset_runs.c
        successor = select(of.to_log).where(of.from_log == from_log).limit(1).scalar_subquery()
        query = (
            select(of.to_log, of.old_offset, of.new_offset, of.records)
            .where(of.from_log == from_log, of.to_log == successor, of.topic == topic, of.part == partition, of.old_offset <= offset)
            .order_by(of.old_offset.desc())
            .limit(1)
        )
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _Found(*row)
