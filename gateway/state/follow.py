"""How State follows the log: changes and read positions in one transaction, so that each outcome counts exactly once."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, func, select

from gateway.state.database import Database
from gateway.state.many import Many
from gateway.state.receipts import new_receipts
from gateway.state.rows import Arrival, HeldStatus, IndexRow, ReceiptStatus
from gateway.state.schema import batches, facts, findings, held, positions, programs, receipts


class Progress(NamedTuple):
    """What one outcome changes about a receipt. None leaves a value as it is; `findings` are (number, JSON line); `blob`: where its bytes are."""

    arrival: Arrival
    status: ReceiptStatus | None = None
    counts: dict[str, int] | None = None
    events: int | None = None
    worst: str | None = None
    finished_at: str | None = None
    findings: Sequence[tuple[int, Mapping[str, Any]]] = ()
    batches: Sequence[IndexRow] = ()
    at: int = 0
    held: tuple[HeldStatus, str, str] | None = None
    """(status, reason, at or by): `held` sets reason and time, `released` and `dropped` who did it."""
    blob: str | None = None
    blob_offset: int | None = None


CLOSED = ("done", "failed")
"""Nothing new comes behind these: an outcome that does is one of before, which the log has twice."""
_CHANGING = ("status", "counts", "events", "worst", "finished_at", "blob", "blob_offset")
_UPDATE = (
    receipts.update()
    .where(receipts.c.receipt == bindparam("which"), *(receipts.c.status != status for status in CLOSED))
    .values({name: func.coalesce(bindparam(f"new_{name}", type_=receipts.c[name].type), receipts.c[name]) for name in _CHANGING})
)
_MOVE = (
    positions.update()
    .where(positions.c.topic == bindparam("of"), positions.c.part == bindparam("number"), positions.c.next == bindparam("before"))
    .values(next=bindparam("after"))
)
_COUNTED = {"preserve_rowcount": True}


class _MovedError(Exception):
    """Another reader has moved a position: the transaction ends without a trace."""


class Follow:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._new = {table: Many(database, database.insert(table).on_conflict_do_nothing()) for table in (receipts, findings, batches, positions)}
        self._update = Many(database, _UPDATE)

    def positions(self, topic: str) -> dict[int, int]:
        """Next offset to read, by partition."""
        with self._database.read() as connection:
            rows = connection.execute(select(positions.c.part, positions.c.next).where(positions.c.topic == topic))
            return {int(part): int(following) for part, following in rows}

    def apply(self, topic: str, expected: Mapping[int, int], reached: Mapping[int, int], changes: Sequence[Progress]) -> bool:
        """Write the changes and the new positions; False, and nothing written, when another reader has moved a position meanwhile."""
        try:
            with self._database.write() as connection:
                self._move(connection, topic, expected, reached)
                if changes:
                    self._write(connection, changes)
        except _MovedError:
            return False
        return True

    def remember_program(self, sha256: str, guide: str) -> None:
        """This compiled program has made events: its blob is kept for ever."""
        row = (sha256, guide, self._database.now)
        with self._database.write() as connection:
            connection.execute(self._database.insert(programs).values(row).on_conflict_do_nothing())

    def programs(self) -> dict[str, str]:
        """Guide by hash of the program."""
        with self._database.read() as connection:
            return {str(sha256): str(guide) for sha256, guide in connection.execute(select(programs.c.sha256, programs.c.guide))}

    def fact(self, name: str, default: str) -> str:
        """A fact about this database, set to `default` the first time it is asked for."""
        with self._database.write() as connection:
            connection.execute(self._database.insert(facts).values((name, default)).on_conflict_do_nothing())
            return str(connection.execute(select(facts.c.value).where(facts.c.name == name)).scalar_one())

    def recall(self, name: str) -> str | None:
        """A fact, if there is one."""
        with self._database.read() as connection:
            found = connection.execute(select(facts.c.value).where(facts.c.name == name)).scalar()
        return None if found is None else str(found)

    def claim(self, name: str, before: str | None, now: str) -> bool:
        """Change a fact that is `before`, or is not there when that is None; of several who try with values of their own one is told True."""
        if before is None:
            statement = self._database.insert(facts).values((name, now)).on_conflict_do_nothing()
        else:
            statement = facts.update().where(facts.c.name == name, facts.c.value == before).values(value=now)
        with self._database.write() as connection:
            return bool(connection.execute(statement, execution_options=_COUNTED).rowcount)

    def _move(self, connection: Connection, topic: str, expected: Mapping[int, int], reached: Mapping[int, int]) -> None:
        """From the expected positions to those reached, or _MovedError. The rows stay locked: a second reader waits here, in order of partition."""
        steps = [{"of": topic, "number": part, "before": expected.get(part, 0), "after": following} for part, following in sorted(reached.items())]
        starts = [{"topic": topic, "part": step["number"], "next": 0} for step in steps if step["before"] == 0]
        self._new[positions].execute(connection, starts)
        if steps and connection.execute(_MOVE, steps).rowcount != len(steps):
            raise _MovedError

    def _write(self, connection: Connection, changes: Sequence[Progress]) -> None:
        """One statement a table for all changes: what costs is the statement, not the row."""
        self._new[receipts].execute(connection, new_receipts(change.arrival for change in changes))
        self._update.execute(connection, _latest(changes))
        self._new[findings].execute(connection, [_finding(each.arrival.receipt, number, line) for each in changes for number, line in each.findings])
        self._new[batches].execute(connection, [_batch(each.arrival.receipt, row, each.at) for each in changes for row in each.batches])
        for change in changes:
            if change.held is not None:
                self._hold(connection, change.arrival.receipt, *change.held)

    def _hold(self, connection: Connection, receipt: str, status: HeldStatus, reason: str, at_or_by: str) -> None:
        if status == "held":
            row = (receipt, reason, at_or_by, "held", None)
            connection.execute(self._database.insert(held).values(row).on_conflict_do_nothing())
        else:
            connection.execute(held.update().where(held.c.receipt == receipt).values(status=status, actor=at_or_by))


def _latest(changes: Sequence[Progress]) -> list[dict[str, Any]]:
    """Per receipt, in order, the last value each change up to its end names; None where none does."""
    rows: dict[str, dict[str, Any]] = {}
    for change in changes:
        receipt = change.arrival.receipt
        row = rows.setdefault(receipt, {"which": receipt, **{f"new_{name}": None for name in _CHANGING}})
        if row["new_status"] in CLOSED:
            continue
        for name in _CHANGING:
            value = getattr(change, name)
            if value is not None:
                row[f"new_{name}"] = json.dumps(value) if name == "counts" else value
    return [rows[receipt] for receipt in sorted(rows)]


def _finding(receipt: str, number: int, line: Mapping[str, Any]) -> dict[str, Any]:
    return {"receipt": receipt, "number": number, "line": json.dumps(line)}


def _batch(receipt: str, row: IndexRow, at: int) -> dict[str, Any]:
    return {
        "receipt": receipt, "first_item": row.first, "last_item": row.last, "topic": row.topic, "part": row.partition,
        "log_offset": row.offset, "records": row.records, "at": at,
    }  # fmt: skip
