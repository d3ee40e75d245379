"""Many rows with one statement: what is stored is what SQLAlchemy stores, row for row."""

import pytest
from sqlalchemy import select

from gateway.state.database import Database, utc_now
from gateway.state.follow import _UPDATE
from gateway.state.many import Many
from gateway.state.schema import findings, metadata, receipts

WHOLE = dict.fromkeys((column.name for column in receipts.c), "") | {"size": 1, "events": 0, "blob_offset": None, "blob": None, "finished_at": None}


@pytest.fixture
def database(tmp_path):
    database = Database.open(f"sqlite:///{tmp_path / 'state.db'}", utc_now)
    metadata.create_all(database.engine)
    yield database
    database.close()


def stored(database, table):
    with database.read() as connection:
        return [tuple(row) for row in connection.execute(select(table))]


@pytest.mark.parametrize("texts", [["plain", "é 中", "'; --"], ["with \0 in it", "without"]])
def test_rows_are_as_sqlalchemy_writes_them(database, texts):
    rows = [{"receipt": text, "number": number, "line": text} for number, text in enumerate(texts)]
    statement = database.insert(findings)
    with database.write() as connection:
        Many(database, statement).execute(connection, rows)
    quick = stored(database, findings)
    with database.write() as connection:
        connection.execute(findings.delete())
        connection.execute(statement, rows)
    assert quick == stored(database, findings)
    assert not any("\0" in line for _, _, line in quick)


def test_values_go_to_their_columns_whatever_the_order_of_their_names(database):
    rows = [{"line": "l", "number": 7, "receipt": "r"}]
    with database.write() as connection:
        Many(database, database.insert(findings)).execute(connection, rows)
        Many(database, database.insert(findings)).execute(connection, [])
    assert stored(database, findings) == [("r", 7, "l")]


def test_a_statement_keeps_the_values_it_has_of_its_own(database):
    """What is done stays as it is; of the other only what is given changes."""
    old = [{**WHOLE, "receipt": "a", "status": "done", "worst": "info"}, {**WHOLE, "receipt": "b", "status": "processing", "worst": "info"}]
    names = ("status", "counts", "events", "worst", "finished_at", "blob", "blob_offset")
    changes = [{"which": which, **{f"new_{name}": None for name in names}, "new_status": "held", "new_events": 3} for which in "ab"]
    with database.write() as connection:
        Many(database, database.insert(receipts)).execute(connection, old)
        Many(database, _UPDATE).execute(connection, changes)
    with database.read() as connection:
        found = [tuple(row) for row in connection.execute(select(receipts.c.receipt, receipts.c.status, receipts.c.events, receipts.c.worst))]
    assert sorted(found) == [("a", "done", 0, "info"), ("b", "held", 3, "info")]
