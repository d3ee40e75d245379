"""Tables of State and the numbered migrations that make them. SQL that SQLite and PostgreSQL both take."""

from sqlalchemy import BigInteger, Column, Connection, Dialect, MetaData, Table, Text, TypeDecorator, inspect, text

from gateway.state.database import Database, StateError

metadata = MetaData()
MIGRATION = "migration"


def storable(value: str) -> str:
    """PostgreSQL knows no NUL in text; the same is stored on both sides."""
    return value.replace("\0", "\ufffd") if "\0" in value else value


class _StorableText(TypeDecorator[str]):
    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else storable(value)


def _table(name: str, *columns: str) -> Table:
    """`column` is text, `column#` a number."""
    return Table(name, metadata, *(Column(c.rstrip("#"), BigInteger if c.endswith("#") else _StorableText) for c in columns))


receipts = _table(
    "receipt", "receipt", "site", "feed", "sha256", "size#", "name", "content_type", "received_at", "status", "counts", "events#", "worst",
    "finished_at", "blob", "blob_offset#",
)  # fmt: skip
findings = _table("finding", "receipt", "number#", "line")
batches = _table("event_batch", "receipt", "first_item#", "last_item#", "topic", "part#", "log_offset#", "records#", "at#")
arrivals = _table("arrival", "receipt", "place")
interchanges = _table(
    "interchange", "site", "sender_qualifier", "sender", "receiver_qualifier", "receiver", "control_number", "sha256", "receipt", "place", "at"
)  # fmt: skip
held = _table("held", "receipt", "reason", "held_at", "status", "actor")
api_keys = _table("api_key", "id", "name", "sha256", "scopes", "sites", "created_at", "revoked_at", "last_used_at")
audit = _table("audit", "number#", "at", "actor", "action", "target", "records#")
programs = _table("program", "sha256", "guide", "first_used_at")
positions = _table("position", "topic", "part#", "next#")
facts = _table("fact", "name", "value")
offset_runs = _table("offset_run", "from_log", "to_log", "topic", "part#", "old_offset#", "new_offset#", "records#")
answers = _table(
    "answer", "receipt", "cause", "kind", "isa#", "name", "sender", "receiver", "number#", "first_group#", "first_set#", "groups#", "sets#",
    "profile", "sha256", "size#",
)  # fmt: skip
answer_counters = _table("answer_counter", "sender", "receiver", "interchanges#", "groups#", "sets#")
answered_since = _table("answered_since", "site", "feed", "since")
link_targets = _table("link_target", "key", "target", "kind", "at")
link_mentions = _table("link_mention", "key", "answer", "part", "rule")
link_answers = _table("link_answer", "answer", "kind", "at", "about")
link_later = _table("link_later", "key", "answer", "part", "rule", "site", "lane#", "due")
links = _table("link", "id", "answer", "part", "target", "kind", "rule", "cause", "at", "replaces")
deliveries = _table(
    "delivery", "id", "site", "feed", "receipt", "name", "sha256", "size#", "queued_at#", "place#", "delivered_at", "tries#", "fault", "route",
    "start#", "record", "status",
)  # fmt: skip

# One entry per version, in order; an entry is never changed once released.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE receipt (receipt TEXT PRIMARY KEY, site TEXT NOT NULL, feed TEXT NOT NULL, sha256 TEXT NOT NULL, size BIGINT NOT NULL,
            name TEXT NOT NULL, content_type TEXT NOT NULL, received_at TEXT NOT NULL, status TEXT NOT NULL, counts TEXT NOT NULL,
            events BIGINT NOT NULL, worst TEXT NOT NULL, finished_at TEXT)""",
        "CREATE INDEX receipt_sha256 ON receipt (sha256)",
        "CREATE INDEX receipt_received ON receipt (received_at, receipt)",
        "CREATE TABLE finding (receipt TEXT NOT NULL, number BIGINT NOT NULL, line TEXT NOT NULL, PRIMARY KEY (receipt, number))",
        """CREATE TABLE event_batch (receipt TEXT NOT NULL, first_item BIGINT NOT NULL, last_item BIGINT NOT NULL, topic TEXT NOT NULL,
            part BIGINT NOT NULL, log_offset BIGINT NOT NULL, records BIGINT NOT NULL, at BIGINT NOT NULL,
            PRIMARY KEY (receipt, topic, part, log_offset, first_item))""",
        "CREATE TABLE arrival (receipt TEXT PRIMARY KEY, place TEXT NOT NULL)",
        """CREATE TABLE interchange (site TEXT NOT NULL, sender_qualifier TEXT NOT NULL, sender TEXT NOT NULL, receiver_qualifier TEXT NOT NULL,
            receiver TEXT NOT NULL, control_number TEXT NOT NULL, sha256 TEXT NOT NULL, receipt TEXT NOT NULL, place TEXT NOT NULL,
            PRIMARY KEY (site, sender_qualifier, sender, receiver_qualifier, receiver, control_number))""",
        "CREATE TABLE held (receipt TEXT PRIMARY KEY, reason TEXT NOT NULL, held_at TEXT NOT NULL, status TEXT NOT NULL, actor TEXT)",
        """CREATE TABLE api_key (id TEXT PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL, scopes TEXT NOT NULL, sites TEXT NOT NULL,
            created_at TEXT NOT NULL, revoked_at TEXT, last_used_at TEXT)""",
        """CREATE TABLE audit (number BIGINT PRIMARY KEY, at TEXT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, target TEXT NOT NULL,
            records BIGINT NOT NULL)""",
        "CREATE TABLE program (sha256 TEXT PRIMARY KEY, guide TEXT NOT NULL, first_used_at TEXT NOT NULL)",
        "CREATE TABLE position (topic TEXT NOT NULL, part BIGINT NOT NULL, next BIGINT NOT NULL, PRIMARY KEY (topic, part))",
        "CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    ),
    (
        """CREATE TABLE offset_run (from_log TEXT NOT NULL, to_log TEXT NOT NULL, topic TEXT NOT NULL, part BIGINT NOT NULL,
            old_offset BIGINT NOT NULL, new_offset BIGINT NOT NULL, records BIGINT NOT NULL,
            PRIMARY KEY (from_log, to_log, topic, part, old_offset))""",
    ),
    (
        """CREATE TABLE answer (receipt TEXT NOT NULL, cause TEXT NOT NULL, kind TEXT NOT NULL, isa BIGINT NOT NULL, name TEXT NOT NULL,
            sender TEXT NOT NULL, receiver TEXT NOT NULL, number BIGINT NOT NULL, first_group BIGINT NOT NULL, first_set BIGINT NOT NULL,
            groups BIGINT NOT NULL, sets BIGINT NOT NULL, profile TEXT NOT NULL, sha256 TEXT NOT NULL, size BIGINT NOT NULL,
            PRIMARY KEY (receipt, cause, kind, isa))""",
        "CREATE INDEX answer_sha256 ON answer (sha256)",
        """CREATE TABLE answer_counter (sender TEXT NOT NULL, receiver TEXT NOT NULL, interchanges BIGINT NOT NULL, groups BIGINT NOT NULL,
            sets BIGINT NOT NULL, PRIMARY KEY (sender, receiver))""",
        "CREATE TABLE answered_since (site TEXT NOT NULL, feed TEXT NOT NULL, since TEXT NOT NULL, PRIMARY KEY (site, feed))",
        """CREATE TABLE delivery (id TEXT PRIMARY KEY, site TEXT NOT NULL, feed TEXT NOT NULL, receipt TEXT NOT NULL, name TEXT NOT NULL,
            sha256 TEXT NOT NULL, size BIGINT NOT NULL, queued_at BIGINT NOT NULL, place BIGINT NOT NULL, delivered_at TEXT, tries BIGINT NOT NULL,
            fault TEXT NOT NULL)""",
        "CREATE INDEX delivery_open ON delivery (site, feed, queued_at, place) WHERE delivered_at IS NULL",
        "CREATE INDEX delivery_receipt ON delivery (receipt)",
        "CREATE TABLE link_target (key TEXT NOT NULL, target TEXT NOT NULL, kind TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (key, target))",
        """CREATE TABLE link_mention (key TEXT NOT NULL, answer TEXT NOT NULL, part TEXT NOT NULL, rule TEXT NOT NULL,
            PRIMARY KEY (key, answer, part, rule))""",
        "CREATE INDEX link_mention_answer ON link_mention (answer)",
        "CREATE TABLE link_answer (answer TEXT PRIMARY KEY, kind TEXT NOT NULL, at TEXT NOT NULL, about TEXT NOT NULL)",
        "CREATE INDEX link_answer_at ON link_answer (at)",
        """CREATE TABLE link (id TEXT PRIMARY KEY, answer TEXT NOT NULL, part TEXT NOT NULL, target TEXT NOT NULL, kind TEXT NOT NULL,
            rule TEXT NOT NULL, cause TEXT NOT NULL, at TEXT NOT NULL)""",
        "CREATE INDEX link_of_answer ON link (answer)",
        "CREATE INDEX link_of_target ON link (target)",
        "CREATE INDEX link_of_cause ON link (cause)",
        "CREATE INDEX link_at ON link (at)",
    ),
    (
        "ALTER TABLE receipt ADD COLUMN blob TEXT",
        "ALTER TABLE receipt ADD COLUMN blob_offset BIGINT",
        "CREATE INDEX receipt_blob ON receipt (blob) WHERE blob IS NOT NULL",
        "ALTER TABLE interchange ADD COLUMN at TEXT",
        "CREATE INDEX interchange_at ON interchange (sender_qualifier, at) WHERE at IS NOT NULL",
    ),
    (
        "ALTER TABLE delivery ADD COLUMN route TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE delivery ADD COLUMN start BIGINT NOT NULL DEFAULT 0",
        "ALTER TABLE delivery ADD COLUMN record TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE delivery ADD COLUMN status TEXT NOT NULL DEFAULT 'waiting'",
        "UPDATE delivery SET status = 'delivered' WHERE delivered_at IS NOT NULL",
        "DROP INDEX delivery_open",
        "CREATE INDEX delivery_open ON delivery (site, feed, route, queued_at, place) WHERE status = 'waiting'",
        "CREATE INDEX delivery_parked ON delivery (queued_at, place, id) WHERE status = 'parked'",
    ),
    (
        """CREATE TABLE link_later (key TEXT NOT NULL, answer TEXT NOT NULL, part TEXT NOT NULL, rule TEXT NOT NULL, site TEXT NOT NULL,
            lane BIGINT NOT NULL, due TEXT NOT NULL, PRIMARY KEY (key, answer, part, rule))""",
        "CREATE INDEX link_later_due ON link_later (lane, due)",
        "ALTER TABLE link ADD COLUMN replaces TEXT NOT NULL DEFAULT ''",
    ),
)


def migrate(database: Database) -> None:
    """Bring the tables to this program's version; several machines may try at once. Raises StateError for a newer one."""
    with database.read() as connection:
        _check_encoding(connection)
        if _version(connection) == len(MIGRATIONS):
            return  # also for a role that may not make tables
    with database.write(MIGRATION) as connection:
        if not database.is_sqlite:
            connection.execute(text("SET LOCAL statement_timeout = 0"))
        if not _is_versioned(connection):
            connection.execute(text("CREATE TABLE schema_version (number BIGINT NOT NULL)"))
        for number, statements in enumerate(MIGRATIONS[_version(connection) :], _version(connection) + 1):
            for statement in statements:
                connection.execute(text(statement if database.is_sqlite else _bytewise(statement)))
            connection.execute(text("DELETE FROM schema_version"))
            connection.execute(text("INSERT INTO schema_version VALUES (:number)"), {"number": number})


def _bytewise(statement: str) -> str:
    """Text in the order of its bytes, as SQLite has it, whatever the collation of the database."""
    return statement.replace(" TEXT", ' TEXT COLLATE "C"')


def _version(connection: Connection) -> int:
    """0 for none. Raises StateError."""
    version = int(connection.execute(text("SELECT number FROM schema_version")).scalar() or 0) if _is_versioned(connection) else 0
    if version > len(MIGRATIONS):
        raise StateError(f"the state database is of a newer program (schema {version}, this one knows {len(MIGRATIONS)}); upgrade Clearplane")
    return version


def _is_versioned(connection: Connection) -> bool:
    return inspect(connection).has_table("schema_version")


def _check_encoding(connection: Connection) -> None:
    if connection.dialect.name == "postgresql" and connection.execute(text("SHOW server_encoding")).scalar() not in ("UTF8", b"UTF8"):
        raise StateError("the state database has to be made with ENCODING 'UTF8'")
