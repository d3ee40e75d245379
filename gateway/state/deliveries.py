"""What is to be handed over, and what was: a queue for each way out of a feed, in order, so that one that is away holds up nobody else."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from sqlalchemy import func, select, tuple_, update

from gateway.state.database import Database
from gateway.state.schema import deliveries, positions

Status = Literal["waiting", "delivered", "parked", "dropped"]


class Delivery(NamedTuple):
    """`queued_at` (ms since 1970) and `place`, an offset of the log, give the order. `fault` says why the last try failed, without data.

    `route`: the way out, empty for the sinks of the feed's answers. The bytes are `size` from `start` of the blob `sha256`; without one they
    are the value of `record`, a place on the log.
    """

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
    route: str = ""
    start: int = 0
    record: str = ""
    status: Status = "waiting"


class Waiting(NamedTuple):
    """How much of a way out waits, and since when (ms since 1970)."""

    site: str
    feed: str
    depth: int
    oldest: int
    route: str = ""


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
        """Ways out that wait for something."""
        return self._counted("waiting")

    def parked(self) -> list[Waiting]:
        """Ways out with something that was refused, and nobody has decided about."""
        return self._counted("parked")

    def next(self, site: str, feed: str, limit: int = 100, route: str = "") -> list[Delivery]:
        """What comes next on a way out, in order."""
        of = deliveries.c
        query = select(deliveries).where(of.site == site, of.feed == feed, of.route == route, of.status == "waiting")
        with self._database.read() as connection:
            return [Delivery(*row) for row in connection.execute(query.order_by(of.queued_at, of.place).limit(limit))]

    def settle(self, ids: Sequence[str]) -> None:
        """Handed over, now."""
        values = {"delivered_at": self._database.now, "fault": "", "status": "delivered"}
        with self._database.write() as connection:
            connection.execute(deliveries.update().where(deliveries.c.id.in_(ids)).values(values))

    def fail(self, delivery_id: str, fault: str, status: Status = "waiting") -> None:
        """One more try without success. With the status `parked` it waits for a decision, and those behind it go on.

        What was put aside meanwhile stays aside.
        """
        with self._database.write() as connection:
            failed = deliveries.update().where(deliveries.c.id == delivery_id, deliveries.c.status == "waiting")
            connection.execute(failed.values(tries=deliveries.c.tries + 1, fault=fault, status=status))

    def page_parked(self, after: str = "", limit: int = 100) -> list[Delivery]:
        """Oldest first; `after` is the id of the last one of the page before."""
        of = deliveries.c
        query = select(deliveries).where(of.status == "parked").order_by(of.queued_at, of.place, of.id).limit(limit)
        with self._database.read() as connection:
            last = connection.execute(select(of.queued_at, of.place).where(of.id == after)).one_or_none() if after else None
            if last is not None:
                query = query.where(tuple_(of.queued_at, of.place, of.id) > tuple_(last[0], last[1], after))
            return [Delivery(*row) for row in connection.execute(query)]

    def get(self, delivery_id: str) -> Delivery | None:
        with self._database.read() as connection:
            row = connection.execute(select(deliveries).where(deliveries.c.id == delivery_id)).one_or_none()
        return None if row is None else Delivery(*row)

    def decide(self, delivery_id: str, status: Literal["waiting", "parked", "dropped"]) -> bool:
        """What is parked is sent again, in its old place, or given up; what waits is parked. False when there is no such thing."""
        before = "waiting" if status == "parked" else "parked"
        decided = update(deliveries).where(deliveries.c.id == delivery_id, deliveries.c.status == before).values(status=status)
        with self._database.write() as connection:
            return connection.execute(decided, execution_options={"preserve_rowcount": True}).rowcount > 0

    def of(self, receipt: str, route: str = "") -> list[Delivery]:
        """Every delivery of a file on a way out, oldest first."""
        query = select(deliveries).where(deliveries.c.receipt == receipt, deliveries.c.route == route)
        with self._database.read() as connection:
            return [Delivery(*row) for row in connection.execute(query.order_by(deliveries.c.queued_at, deliveries.c.place))]

    def _counted(self, status: Status) -> list[Waiting]:
        of = deliveries.c
        columns = of.site, of.feed, of.route
        query = select(*columns, func.count(), func.min(of.queued_at)).where(of.status == status).group_by(*columns)
        with self._database.read() as connection:
            return [Waiting(site, feed, depth, oldest, route) for site, feed, route, depth, oldest in connection.execute(query)]
