"""State on SQLite: the file, and that a database of an earlier version goes on."""

import sqlite3
from contextlib import closing

import pytest

from gateway.state import State, StateError, StateUnavailableError
from gateway.state.schema import MIGRATIONS
from tests.contract.state_sides import arrival


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state.db"


@pytest.fixture
def state(path):
    state = State.open(f"sqlite:///{path}")
    yield state
    state.close()


def test_the_file_is_private_and_its_log_written_ahead(state, path):
    assert path.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_every_connection_flushes_to_disk(state):
    with state._database.read() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2


def test_a_database_of_the_first_version_goes_on(path):
    with closing(sqlite3.connect(path)) as connection:
        for statement in (*MIGRATIONS[0], "CREATE TABLE schema_version (number BIGINT NOT NULL)", "INSERT INTO schema_version VALUES (1)"):
            connection.execute(statement)
        connection.execute("INSERT INTO fact VALUES ('name', 'value')")
        connection.commit()
    state = State.open(f"sqlite:///{path}")
    state.receipts.add([arrival()])
    assert state.follow.fact("name", "other") == "value"
    assert state.offsets.translate("log", "claims", 0, 0) is None
    state.close()


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(StateUnavailableError, match="cannot be opened"):
        State.open(f"sqlite:///{tmp_path}/none/state.db")


@pytest.mark.parametrize("url", ["mysql://u@h/x", "nothing"])
def test_other_databases_are_refused(url):
    with pytest.raises(StateError):
        State.open(url)
