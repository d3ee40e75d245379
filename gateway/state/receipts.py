"""Receipts, their findings, where their events are, and what is held."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import BigInteger, Row, Select, cast, func, select, tuple_

from gateway.state.database import Database
from gateway.state.rows import Arrival, BatchPlace, Held, HeldStatus, ItemFinding, Receipt, ReceiptFilter, ReceiptStatus
from gateway.state.schema import batches, findings, held, interchanges, receipts


class Receipts:
    """Reading is for the API; rows beyond `add` are written by `Follow`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, received: Iterable[Arrival]) -> None:
        """Remember that these files were received; known receipts stay as they are."""
        rows = new_receipts(received)
        if rows:
            with self._database.write() as connection:
                connection.execute(self._database.insert(receipts).on_conflict_do_nothing(), rows)

    def get(self, receipt: str) -> Receipt | None:
        with self._database.read() as connection:
            row = connection.execute(select(receipts).where(receipts.c.receipt == receipt)).one_or_none()
        return _receipt(row) if row is not None else None

    def page(
        self,
        site: str | None = None,
        feed: str | None = None,
        status: ReceiptStatus | None = None,
        after: tuple[str, str] | None = None,
        limit: int = 100,
    ) -> list[Receipt]:
        """Oldest first; `after` is (received_at, receipt) of the last one seen."""
        query = select(receipts).order_by(receipts.c.received_at, receipts.c.receipt).limit(limit)
        for column, value in ((receipts.c.site, site), (receipts.c.feed, feed), (receipts.c.status, status)):
            if value is not None:
                query = query.where(column == value)
        if after is not None:
            query = query.where(tuple_(receipts.c.received_at, receipts.c.receipt) > after)
        with self._database.read() as connection:
            return [_receipt(row) for row in connection.execute(query)]

    def recent(self, wanted: ReceiptFilter, before: Receipt | None = None, limit: int = 100) -> list[Receipt]:
        """Newest first, those older than `before`."""
        query = _matching(wanted).order_by(receipts.c.received_at.desc(), receipts.c.receipt.desc()).limit(limit)
        if before is not None:
            query = query.where(tuple_(receipts.c.received_at, receipts.c.receipt) < (before.received_at, before.receipt))
        with self._database.read() as connection:
            return [_receipt(row) for row in connection.execute(query)]

    def beginning(self, letters: str, limit: int = 2) -> list[Receipt]:
        """Receipts that begin so."""
        query = select(receipts).where(receipts.c.receipt >= letters, receipts.c.receipt < letters + "~").limit(limit)
        with self._database.read() as connection:
            return [_receipt(row) for row in connection.execute(query)]

    def findings(self, receipt: str, after: int = -1, limit: int = 100) -> list[ItemFinding]:
        """Findings with a number above `after`, in file order."""
        query = select(findings.c.number, findings.c.line).where(findings.c.receipt == receipt, findings.c.number > after)
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(findings.c.number).limit(limit))
            return [ItemFinding(number, json.loads(line)) for number, line in rows]

    def places(self, receipt: str, item: int) -> list[BatchPlace]:
        """Where the events of the item at this byte offset may be, most likely first."""
        query = (
            select(batches.c.topic, batches.c.part, batches.c.log_offset, batches.c.records, batches.c.at)
            .where(batches.c.receipt == receipt, batches.c.first_item <= item, batches.c.last_item >= item)
            .order_by(batches.c.last_item - batches.c.first_item)
        )
        with self._database.read() as connection:
            return [BatchPlace(*row) for row in connection.execute(query)]

    def all_places(self, receipt: str) -> list[BatchPlace]:
        """Per topic and partition the last place with events of this receipt."""
        latest = func.max(batches.c.log_offset)
        query = (
            select(batches.c.topic, batches.c.part, latest, cast(func.sum(batches.c.records), BigInteger), func.max(batches.c.at))
            .where(batches.c.receipt == receipt)
            .group_by(batches.c.topic, batches.c.part)
        )
        with self._database.read() as connection:
            return [BatchPlace(*row) for row in connection.execute(query)]

    def of_blob(self, sha256: str) -> list[Receipt]:
        """Every receipt whose bytes are there: the same file may have come by several feeds, and many share a pack."""
        own = (receipts.c.sha256 == sha256) & receipts.c.blob.is_(None)
        with self._database.read() as connection:
            return [_receipt(row) for row in connection.execute(select(receipts).where(own | (receipts.c.blob == sha256)))]

    def count(self, statuses: Sequence[ReceiptStatus]) -> int:
        with self._database.read() as connection:
            return int(connection.execute(select(func.count()).select_from(receipts).where(receipts.c.status.in_(statuses))).scalar_one())


class HeldFiles:
    """What was quarantined."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, status: HeldStatus | None = "held", limit: int = 1000) -> list[Held]:
        """Oldest first; status None: all."""
        query = _HELD.order_by(held.c.held_at, held.c.receipt).limit(limit)
        if status is not None:
            query = query.where(held.c.status == status)
        with self._database.read() as connection:
            return [Held(*row) for row in connection.execute(query)]

    def get(self, receipt: str) -> Held | None:
        with self._database.read() as connection:
            row = connection.execute(_HELD.where(held.c.receipt == receipt)).one_or_none()
        return Held(*row) if row is not None else None

    def settle(self, receipt: str, status: HeldStatus, actor: str) -> bool:
        """Mark a held file released or dropped; False when it was not held."""
        with self._database.write() as connection:
            update = held.update().where(held.c.receipt == receipt, held.c.status == "held").values(status=status, actor=actor)
            return connection.execute(update).rowcount > 0


_HELD = select(
    held.c.receipt, receipts.c.site, receipts.c.feed, receipts.c.name, receipts.c.size, held.c.reason, held.c.held_at, held.c.status, held.c.actor
).join_from(held, receipts, held.c.receipt == receipts.c.receipt)  # fmt: skip


def _matching(wanted: ReceiptFilter) -> Select[Any]:
    query = select(receipts)
    for column, value in ((receipts.c.feed, wanted.feed), (receipts.c.status, wanted.status)):
        if value is not None:
            query = query.where(column == value)
    if wanted.sites is not None:
        query = query.where(receipts.c.site.in_(wanted.sites))
    if wanted.worst:
        query = query.where(receipts.c.worst.in_(wanted.worst))
    if wanted.silent:
        query = query.where(receipts.c.finished_at.is_not(None), receipts.c.events == 0)
    if wanted.control_number is not None:
        query = query.where(receipts.c.receipt.in_(select(interchanges.c.receipt).where(interchanges.c.control_number == wanted.control_number)))
    if wanted.since is not None:
        query = query.where(receipts.c.received_at >= wanted.since)
    return query if wanted.until is None else query.where(receipts.c.received_at < wanted.until)


def new_receipts(received: Iterable[Arrival]) -> list[dict[str, Any]]:
    """Rows as they begin, the first of each receipt, in the order in which every writer inserts them: so none waits for one that waits for it."""
    first: dict[str, Arrival] = {}
    for arrival in received:
        first.setdefault(arrival.receipt, arrival)
    return [{**first[receipt]._asdict(), "status": "received", "counts": "{}", "events": 0, "worst": ""} for receipt in sorted(first)]


def _receipt(row: Row[Any]) -> Receipt:
    values = {**row._mapping, "counts": json.loads(row.counts)}
    return Receipt(**values)
