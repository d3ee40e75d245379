"""What has been seen before: files by receipt, interchanges by control number. Deciding again for the same place gives the same answer."""

from collections.abc import Iterable, Sequence

from sqlalchemy import and_, or_, select

from gateway.state.database import Database
from gateway.state.rows import InterchangeKey
from gateway.state.schema import arrivals, interchanges

_BATCH = 100
"""Keys asked for in one statement; SQLite takes a limited number of parameters."""
_KEY = (
    interchanges.c.sender_qualifier, interchanges.c.sender, interchanges.c.receiver_qualifier, interchanges.c.receiver,
    interchanges.c.control_number,
)  # fmt: skip


class Ledger:
    """`place` is where on the log a file was received, e.g. "intake/3/17"."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, received: Sequence[tuple[str, str]]) -> list[bool]:
        """For each (receipt, place): whether this place is the first one of its receipt."""
        firsts = []
        with self._database.write() as connection:
            for receipt, place in received:
                connection.execute(self._database.insert(arrivals).values((receipt, place)).on_conflict_do_nothing())
                known = connection.execute(select(arrivals.c.place).where(arrivals.c.receipt == receipt)).scalar_one()
                firsts.append(known == place)
        return firsts

    def conflicts(self, site: str, keys: Iterable[InterchangeKey], sha256: str, place: str) -> list[InterchangeKey]:
        """The keys under which this site has had other content, from another place."""
        wanted = list(dict.fromkeys(keys))
        found: set[InterchangeKey] = set()
        with self._database.read() as connection:
            for start in range(0, len(wanted), _BATCH):
                query = select(*_KEY).where(
                    interchanges.c.site == site, interchanges.c.sha256 != sha256, interchanges.c.place != place,
                    or_(*(and_(*(column == value for column, value in zip(_KEY, key, strict=True))) for key in wanted[start : start + _BATCH])),
                )  # fmt: skip
                found.update(InterchangeKey(*row) for row in connection.execute(query))
        return [key for key in wanted if key in found]

    def record(self, site: str, keys: Iterable[InterchangeKey], sha256: str, receipt: str, place: str) -> None:
        """Remember these interchanges; a key that is known keeps its first content."""
        rows = [(site, *key, sha256, receipt, place) for key in dict.fromkeys(keys)]
        if not rows:
            return
        with self._database.write() as connection:
            names = [column.name for column in interchanges.columns]
            statement = self._database.insert(interchanges).on_conflict_do_nothing()
            connection.execute(statement, [dict(zip(names, row, strict=True)) for row in rows])
