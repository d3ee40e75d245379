"""State: opens the database and hands out its parts. Every call blocks: call it from a thread."""

from gateway.state.access import AuditTrail, Keys
from gateway.state.database import Clock, Database, utc_now
from gateway.state.follow import Follow
from gateway.state.ledger import Ledger
from gateway.state.receipts import HeldFiles, Receipts
from gateway.state.schema import migrate


class State:
    """Receipts, findings and the event index follow the log; ledgers, keys and audit are at home here."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.receipts = Receipts(database)
        self.held = HeldFiles(database)
        self.ledger = Ledger(database)
        self.follow = Follow(database)
        self.keys = Keys(database)
        self.audit = AuditTrail(database)

    @classmethod
    def open(cls, url: str, clock: Clock = utc_now) -> "State":
        """`url` as SQLAlchemy writes it, e.g. sqlite:///state.db. Raises StateError."""
        database = Database.open(url, clock)
        migrate(database)
        return cls(database)

    def close(self) -> None:
        self._database.close()
