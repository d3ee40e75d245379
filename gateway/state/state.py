"""State: opens the database and hands out its parts. Every call blocks: call it from a thread."""

from gateway.config import StateSettings
from gateway.state.access import AuditTrail, Keys
from gateway.state.answers import Answers
from gateway.state.copying import MapPlace, Maps, copy_rows
from gateway.state.database import Clock, Database, StateError, utc_now
from gateway.state.deliveries import Deliveries
from gateway.state.follow import Follow
from gateway.state.ledger import Ledger
from gateway.state.links import Links
from gateway.state.offsets import Offsets
from gateway.state.receipts import HeldFiles, Receipts
from gateway.state.schema import migrate


class State:
    """Receipts, findings and the event index follow the log; ledgers, keys, audit and offsets of earlier logs are at home here."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.receipts = Receipts(database)
        self.held = HeldFiles(database)
        self.ledger = Ledger(database)
        self.follow = Follow(database)
        self.offsets = Offsets(database)
        self.answers = Answers(database)
        self.deliveries = Deliveries(database)
        self.links = Links(database)
        self.keys = Keys(database)
        self.audit = AuditTrail(database)

    @classmethod
    def open(cls, url: str, clock: Clock = utc_now, settings: StateSettings | None = None, password: str | None = None) -> "State":
        """`url` as SQLAlchemy writes it: sqlite:///state.db, postgresql://user@host/name. Raises StateError."""
        database = Database.open(url, clock, settings, password)
        try:
            migrate(database)
        except StateError:
            database.close()
            raise
        return cls(database)

    def copy_to(self, other: "State", map_place: MapPlace, map_next: MapPlace | None = None, at: int | None = None) -> dict[str, int]:
        """Every row into an empty State that goes with a copy of the log; all of them or none. Returns how many by table. Raises StateError.

        `map_place`: (topic, partition, offset) of a record there, None when it was not copied. `map_next`: the same for where reading goes on.
        `at`: when the records were appended there (ms since 1970), None when they kept their time.
        """
        return copy_rows(self._database, other._database, Maps(map_place, map_next or map_place, at))

    def close(self) -> None:
        self._database.close()
