"""State on PostgreSQL: how it is reached, what it says when it is not, and that it comes back by itself."""

import sys
from functools import partial
from pathlib import Path

import certifi
import pytest
from sqlalchemy.engine import make_url

from gateway.config import StateSettings
from gateway.state import State, StateError, StateUnavailableError
from gateway.state.database import utc_now
from gateway.state.postgres import LIMITS, tls_arguments
from tests.contract.state_sides import PostgresSide, arrival, at_once, candidate
from tests.contract.tls_front import TlsFront
from tests.servers.certificates import make_certificates
from tests.servers.postgres import Postgres

SECRET = "a secret of this test"  # noqa: S105


@pytest.fixture(scope="module")
def server():
    """Of this module alone: it is stopped, and asks for a password."""
    with Postgres(password=SECRET) as running:
        yield running


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def url(server):
    return server.new_database()


def opened(url, password=SECRET, **settings):
    return State.open(url, utc_now, StateSettings(**settings), password)


@pytest.fixture
def state(url):
    state = opened(url)
    yield state
    state.close()


# -- reaching it


@pytest.mark.parametrize(("password", "said"), [(None, "set state.password"), ("wrong one", "the password is wrong")])
def test_without_the_password_it_says_what_is_wrong(url, password, said):
    with pytest.raises(StateUnavailableError, match=said) as caught:
        opened(url, password)
    assert "wrong one" not in str(caught.value)


def test_a_database_that_is_not_there(server):
    with pytest.raises(StateUnavailableError, match="no such database"):
        opened(server.url.removesuffix("postgres") + "unknown")


def test_the_driver_is_asked_for(url, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StateError, match=r"install clearplane\[cluster\]"):
        opened(url)


@pytest.mark.parametrize("part", ["?sslmode=disable", "?password=x", "?host=127.0.0.1&sslrootcert=x", "?options=-csearch_path%3Dx"])
def test_the_url_may_not_set_what_a_setting_is_for(part):
    with pytest.raises(StateError, match=r"state\.url may not set"):
        opened(f"postgresql://postgres@127.0.0.1/x{part}")


def test_a_password_in_the_url_is_refused_and_not_repeated():
    with pytest.raises(StateError, match=r"state\.url may not set password") as caught:
        opened("postgresql://postgres:hidden@127.0.0.1/x")
    assert "hidden" not in str(caught.value)


PLAIN, VERIFIED = "prefer", "verify-full"


@pytest.mark.parametrize(
    ("url", "mode"),
    [
        ("u@127.0.0.1/x", PLAIN), ("u@localhost:5432/x", PLAIN), ("u@[::1]/x", PLAIN), ("u@/x?host=127.0.0.1", PLAIN),
        ("u@/x?host=[::1]:5432", PLAIN), ("u@/x?host=127.0.0.1:1&host=localhost:2", PLAIN),
        ("u@db.example/x", VERIFIED), ("u@10.0.0.1/x", VERIFIED), ("u@127.0.0.1/x?hostaddr=10.0.0.1", VERIFIED),
        ("u@127.0.0.1/x?host=db.example", VERIFIED), ("u@/x?host=127.0.0.1:1&host=db.example:2", VERIFIED),
        ("u@/x?host=127.0.0.1,db.example", VERIFIED), ("u@127.0.0.1.example/x", VERIFIED),
        ("u@/x", VERIFIED), ("u@/x?host=/run/postgresql", VERIFIED),
    ],
)  # fmt: skip
def test_tls_is_verified_unless_every_host_is_loopback(url, mode):
    """On a socket the client library does without TLS whatever it is told."""
    parsed = make_url(f"postgresql://{url}")
    assert tls_arguments(parsed, StateSettings())["sslmode"] == mode
    assert tls_arguments(parsed, StateSettings(trusted_network=True))["sslmode"] == PLAIN
    assert tls_arguments(parsed, StateSettings(trusted_network=True, ca_file=Path("ca.pem")))["sslmode"] == VERIFIED


def test_an_address_from_the_environment_is_not_loopback(monkeypatch):
    monkeypatch.setenv("PGHOSTADDR", "10.0.0.1")
    assert tls_arguments(make_url("postgresql://u@localhost/x"), StateSettings())["sslmode"] == VERIFIED


def test_a_server_with_the_right_certificate_is_used(server, url, certificates):
    with TlsFront(server.port, certificates.server) as front:
        state = opened(url.replace(str(server.port), str(front.port)), ca_file=certificates.authority)
        state.receipts.add([arrival()])
        assert state.receipts.get("r1").status == "received"
        state.close()
        assert front.served == 1


def test_a_server_of_an_unknown_authority_gets_nothing(server, url, certificates):
    with TlsFront(server.port, certificates.server) as front:
        with pytest.raises(StateUnavailableError, match="its certificate cannot be verified"):
            opened(url.replace(str(server.port), str(front.port)), ca_file=certifi.where())
        assert front.served == 0


def test_a_server_with_the_certificate_of_another_host_gets_nothing(server, url, certificates):
    with TlsFront(server.port, certificates.server, host="127.0.0.2") as front:
        with pytest.raises(StateUnavailableError, match="its certificate cannot be verified"):
            opened(url.replace(f"127.0.0.1:{server.port}", f"127.0.0.2:{front.port}"), ca_file=certificates.authority)
        assert front.served == 0


def test_a_server_without_tls_is_refused_where_it_is_wanted(url, certificates):
    with pytest.raises(StateUnavailableError, match="offers no TLS"):
        opened(url, ca_file=certificates.authority)


# -- what it is asked to keep


def test_text_is_ordered_by_its_bytes_whatever_the_collation_of_the_database(state, sql):
    collations = sql("SELECT DISTINCT collation_name FROM information_schema.columns WHERE table_schema = 'public' AND data_type = 'text'")
    assert collations == [("C",)]


@pytest.fixture
def sql(url):
    return PostgresSide(url, SECRET).sql


def test_another_encoding_is_refused(server, sql):
    sql("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    with pytest.raises(StateError, match="UTF8"):
        opened(server.url.removesuffix("postgres") + "latin")


def test_waiting_has_limits(state):
    with state._database.read() as connection:
        shown = {name: connection.exec_driver_sql(f"SHOW {name}").scalar() for name in LIMITS}
    assert shown == {"statement_timeout": "1min", "lock_timeout": "15s", "idle_in_transaction_session_timeout": "1min"}


def test_a_user_that_may_not_make_tables_can_work(state, url, sql):
    sql(f"CREATE ROLE worker LOGIN PASSWORD '{SECRET}'")
    sql("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO worker")
    worker = opened(url.replace("postgres@", "worker@"))
    worker.receipts.add([arrival()])
    worker.close()
    assert state.receipts.get("r1").status == "received"


def test_all_connections_in_use_is_said(url, monkeypatch):
    monkeypatch.setattr("gateway.state.postgres.POOL_SECONDS", 0.1)
    state = opened(url, connections=2)
    with state._database.read(), state._database.read(), pytest.raises(StateUnavailableError, match="in use"):
        state.receipts.get("r1")
    assert state.receipts.get("r1") is None
    state.close()


# -- faults


def test_a_server_that_was_away_is_used_again(server, url, state):
    state.receipts.add([arrival()])
    server.stop()
    for call in (partial(state.receipts.get, "r1"), partial(state.receipts.add, [arrival("r2")]), partial(opened, url)):
        with pytest.raises(StateUnavailableError) as caught:
            call()
        assert caught.value.retryable
        assert SECRET not in str(caught.value)
    server.start()
    assert state.receipts.get("r1").status == "received"
    state.receipts.add([arrival("r2")])


def test_a_server_that_dies_in_mid_transaction_keeps_nothing_of_it(server, state, another):
    def half(server):
        with state._database.write("ledger/river") as connection:
            connection.exec_driver_sql("INSERT INTO arrival VALUES ('r1', 'intake/0/1')")
            server.kill()
            connection.exec_driver_sql("INSERT INTO arrival VALUES ('r2', 'intake/0/2')")

    with pytest.raises(StateUnavailableError):
        half(server)
    server.start()
    assert [verdict.first for verdict in state.ledger.judge([candidate("r1", "intake/0/7", "aa")])] == [True]
    assert another.ledger.judge([candidate("r1", "intake/0/8", "aa")])[0].first is False


@pytest.fixture
def another(url):
    """Another machine."""
    state = opened(url)
    yield state
    state.close()


def test_a_machine_that_falls_silent_holds_the_others_up_no_longer_than_the_limit(url, another, monkeypatch):
    monkeypatch.setitem(LIMITS, "idle_in_transaction_session_timeout", 300)
    silent = opened(url)

    def stuck():
        with silent._database.write("ledger/river") as connection:
            [verdict] = another.ledger.judge([candidate("r1", "intake/0/1", "aa")])
            assert verdict.first
            connection.exec_driver_sql("INSERT INTO arrival VALUES ('r2', 'intake/0/2')")

    with pytest.raises(StateUnavailableError):
        stuck()
    silent.close()


def test_a_wait_that_takes_too_long_may_be_tried_again(url, another, monkeypatch):
    monkeypatch.setitem(LIMITS, "lock_timeout", 100)
    hasty = opened(url)
    with another._database.write("ledger/river"), pytest.raises(StateUnavailableError):
        hasty.ledger.judge([candidate("r1", "intake/0/1", "aa")])
    assert hasty.ledger.judge([candidate("r1", "intake/0/1", "aa")])[0].first
    hasty.close()


def test_more_writers_than_connections_wait_for_one(url):
    state = opened(url, connections=2)
    at_once([partial(state.audit.add, "k", "a", str(number)) for number in range(12)])
    assert [entry.number for entry in state.audit.page()] == list(range(12, 0, -1))
    state.close()
