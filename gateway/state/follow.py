"""How State follows the log: changes and read positions in one transaction, so that each outcome counts exactly once."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

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
            for change in changes:
                self._change(connection, change)
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

    def _change(self, connection: Connection, change: Progress) -> None:
        insert = self._database.insert
        arrival = {**change.arrival._asdict(), "status": "received", "counts": "{}", "events": 0, "worst": ""}
        connection.execute(insert(receipts).values(arrival).on_conflict_do_nothing())
        values: dict[str, Any] = {
            "status": change.status, "events": change.events, "worst": change.worst, "finished_at": change.finished_at,
            "counts": None if change.counts is None else json.dumps(change.counts),
        }  # fmt: skip
        values = {name: value for name, value in values.items() if value is not None}
        receipt = change.arrival.receipt
        if values:
            connection.execute(receipts.update().where(receipts.c.receipt == receipt).values(**values))
        if change.findings:
            rows = [{"receipt": receipt, "number": number, "line": json.dumps(line)} for number, line in change.findings]
            connection.execute(insert(findings).on_conflict_do_nothing(), rows)
        if change.batches:
            connection.execute(insert(batches).on_conflict_do_nothing(), [_batch(receipt, row, change.at) for row in change.batches])
        if change.held is not None:
            self._hold(connection, receipt, *change.held)

    def _hold(self, connection: Connection, receipt: str, status: HeldStatus, reason: str, at_or_by: str) -> None:
        if status == "held":
            row = (receipt, reason, at_or_by, "held", None)
            connection.execute(self._database.insert(held).values(row).on_conflict_do_nothing())
        else:
            connection.execute(held.update().where(held.c.receipt == receipt).values(status=status, actor=at_or_by))


def _batch(receipt: str, row: IndexRow, at: int) -> dict[str, Any]:
    return {
        "receipt": receipt, "first_item": row.first, "last_item": row.last, "topic": row.topic, "part": row.partition,
        "log_offset": row.offset, "records": row.records, "at": at,
    }  # fmt: skip


def _position(connection: Connection, topic: str, part: int) -> int:
    found = connection.execute(select(positions.c.next).where(positions.c.topic == topic, positions.c.part == part)).scalar()
    return int(found or 0)
