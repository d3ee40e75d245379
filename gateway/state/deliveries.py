"""What is to be handed over, and what was: the queue of each feed, in order, so that a sink that is away holds up nobody else."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import func, select

from gateway.state.database import Database
from gateway.state.schema import deliveries, positions


class Delivery(NamedTuple):
    """`queued_at` (ms since 1970) and `place`, an offset of the log, give the order. `fault` says why the last try failed, without data."""

    id: str
    site: str
    feed: str
    receipt: str
    name: str
    sha256: str
    size: int
    queued_at: int
    place: int
    delivered_at: str | None = None
    tries: int = 0
    fault: str = ""


class Waiting(NamedTuple):
    """How much of a feed waits, and since when (ms since 1970)."""

    site: str
    feed: str
    depth: int
    oldest: int


class Deliveries:
    def __init__(self, database: Database) -> None:
        self._database = database

    def queue(self, rows: Sequence[Delivery], topic: str = "", partition: int = 0, following: int = 0) -> None:
        """Those that are known stay as they are, also when they were handed over. `following`: the position of the topic reached with them."""
        insert = self._database.insert
        place = insert(positions).values((topic, partition, following))
        moved = place.on_conflict_do_update(index_elements=["topic", "part"], set_={"next": following}, where=positions.c.next < following)
        with self._database.write() as connection:
            if rows:
                connection.execute(insert(deliveries).on_conflict_do_nothing(), [row._asdict() for row in rows])
            if topic:
                connection.execute(moved)

    def waiting(self) -> list[Waiting]:
        """Feeds that wait for something."""
        columns = deliveries.c.site, deliveries.c.feed
        query = select(*columns, func.count(), func.min(deliveries.c.queued_at)).where(deliveries.c.delivered_at.is_(None)).group_by(*columns)
        with self._database.read() as connection:
            return [Waiting(*row) for row in connection.execute(query)]

    def next(self, site: str, feed: str, limit: int = 100) -> list[Delivery]:
        """What comes next of a feed, in order."""
        query = select(deliveries).where(deliveries.c.site == site, deliveries.c.feed == feed, deliveries.c.delivered_at.is_(None))
        with self._database.read() as connection:
            return [Delivery(*row) for row in connection.execute(query.order_by(deliveries.c.queued_at, deliveries.c.place).limit(limit))]

    def settle(self, ids: Sequence[str]) -> None:
        """Handed over, now."""
        with self._database.write() as connection:
            connection.execute(deliveries.update().where(deliveries.c.id.in_(ids)).values(delivered_at=self._database.now, fault=""))

    def fail(self, delivery_id: str, fault: str) -> None:
        with self._database.write() as connection:
            update = deliveries.update().where(deliveries.c.id == delivery_id, deliveries.c.delivered_at.is_(None))
            connection.execute(update.values(tries=deliveries.c.tries + 1, fault=fault))

    def of(self, receipt: str) -> list[Delivery]:
        """Every delivery of a file's answers, oldest first."""
        query = select(deliveries).where(deliveries.c.receipt == receipt).order_by(deliveries.c.queued_at, deliveries.c.place)
        with self._database.read() as connection:
            return [Delivery(*row) for row in connection.execute(query)]
