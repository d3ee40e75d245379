"""How State follows the log: changes and read positions in one transaction, so that each outcome counts exactly once."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, func, select

from gateway.state.database import Database
from gateway.state.rows import Arrival, HeldStatus, IndexRow, ReceiptStatus
from gateway.state.schema import batches, facts, findings, held, positions, programs, receipts


class Progress(NamedTuple):
    """What one outcome record changes about a receipt. None leaves a value as it is; `findings` are (number, JSON line)."""

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


_CHANGING = ("status", "counts", "events", "worst", "finished_at")
_UPDATE = (
    receipts.update()
    .where(receipts.c.receipt == bindparam("which"))
    .values({name: func.coalesce(bindparam(f"new_{name}"), receipts.c[name]) for name in _CHANGING})
)


class Follow:
    def __init__(self, database: Database) -> None:
        self._database = database

    def positions(self, topic: str) -> dict[int, int]:
        """Next offset to read, by partition."""
        with self._database.read() as connection:
            rows = connection.execute(select(positions.c.part, positions.c.next).where(positions.c.topic == topic))
            return {int(part): int(following) for part, following in rows}

    def apply(self, topic: str, expected: Mapping[int, int], reached: Mapping[int, int], changes: Sequence[Progress]) -> bool:
        """Write the changes and the new positions; False, and nothing written, when another reader has moved a position meanwhile."""
        with self._database.write() as connection:
            if any(_position(connection, topic, part) != expected.get(part, 0) for part in reached):
                return False
            if changes:
                self._write(connection, changes)
            for part, following in reached.items():
                row = {"topic": topic, "part": part, "next": following}
                statement = self._database.insert(positions).values(row)
                connection.execute(statement.on_conflict_do_update(index_elements=["topic", "part"], set_={"next": following}))
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

    def _write(self, connection: Connection, changes: Sequence[Progress]) -> None:
        """One statement a table for all changes: what costs is the statement, not the row."""
        insert = self._database.insert
        known = {change.arrival.receipt: change.arrival for change in changes}
        new = [{**arrival._asdict(), "status": "received", "counts": "{}", "events": 0, "worst": ""} for arrival in known.values()]
        connection.execute(insert(receipts).on_conflict_do_nothing(), new)
        connection.execute(_UPDATE, _latest(changes))
        lines = [_finding(change.arrival.receipt, number, line) for change in changes for number, line in change.findings]
        if lines:
            connection.execute(insert(findings).on_conflict_do_nothing(), lines)
        rows = [_batch(change.arrival.receipt, row, change.at) for change in changes for row in change.batches]
        if rows:
            connection.execute(insert(batches).on_conflict_do_nothing(), rows)
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
    """Per receipt the last value each change names; None where none does."""
    rows: dict[str, dict[str, Any]] = {}
    for change in changes:
        receipt = change.arrival.receipt
        row = rows.setdefault(receipt, {"which": receipt, **{f"new_{name}": None for name in _CHANGING}})
        for name in _CHANGING:
            value = getattr(change, name)
            if value is not None:
                row[f"new_{name}"] = json.dumps(value) if name == "counts" else value
    return list(rows.values())


def _finding(receipt: str, number: int, line: Mapping[str, Any]) -> dict[str, Any]:
    return {"receipt": receipt, "number": number, "line": json.dumps(line)}


def _batch(receipt: str, row: IndexRow, at: int) -> dict[str, Any]:
    return {
        "receipt": receipt, "first_item": row.first, "last_item": row.last, "topic": row.topic, "part": row.partition,
        "log_offset": row.offset, "records": row.records, "at": at,
    }  # fmt: skip


def _position(connection: Connection, topic: str, part: int) -> int:
    found = connection.execute(select(positions.c.next).where(positions.c.topic == topic, positions.c.part == part)).scalar()
    return int(found or 0)
