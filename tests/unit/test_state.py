"""State: receipts, ledgers, held files, following the log, keys, audit."""

import sqlite3
import threading
from datetime import UTC, datetime, timedelta

import pytest

from gateway.state import Arrival, IndexRow, InterchangeKey, State, StateError
from gateway.state.follow import Progress
from gateway.state.ledger import Candidate

KEY = InterchangeKey("ZZ", "A", "ZZ", "B", "000000001")
OTHER = InterchangeKey("ZZ", "A", "ZZ", "B", "000000002")


def arrival(receipt="r1", sha256="aa", feed="claims", at="2026-01-01T00:00:00.000Z"):
    return Arrival(receipt, "river", feed, sha256, 10, "file.x12", "text/plain", at)


def candidate(receipt, place, sha256, keys=(KEY,), quarantined=(KEY,), released=False):
    return Candidate(receipt, place, "river", sha256, tuple(keys), frozenset(quarantined), released)


class Clock:
    def __init__(self):
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'state.db'}"


@pytest.fixture
def state(url, clock):
    state = State.open(url, clock)
    yield state
    state.close()


def test_the_file_is_private_durable_and_versioned(state, tmp_path):
    assert (tmp_path / "state.db").stat().st_mode & 0o777 == 0o600
    with sqlite3.connect(tmp_path / "state.db") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("SELECT number FROM schema_version").fetchall() == [(1,)]


def test_every_connection_flushes_to_disk(state):
    with state._database.read() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2


def test_a_newer_schema_is_refused(state, url, tmp_path):
    with sqlite3.connect(tmp_path / "state.db") as connection:
        connection.execute("UPDATE schema_version SET number = 99")
    with pytest.raises(StateError, match="upgrade"):
        State.open(url)


def test_opening_again_keeps_what_is_there(state, url):
    state.receipts.add([arrival()])
    again = State.open(url)
    assert again.receipts.get("r1").status == "received"
    again.close()


def test_an_error_says_nothing_of_the_values(state, tmp_path):
    with sqlite3.connect(tmp_path / "state.db") as connection:
        connection.execute("DROP TABLE audit")
    with pytest.raises(StateError) as caught:
        state.audit.add("key", "read", "target-text")
    assert "target-text" not in str(caught.value)
    assert caught.value.__cause__ is None


# -- receipts


def test_a_known_receipt_stays_as_it_is(state):
    state.receipts.add([arrival(), arrival("r2", "bb")])
    state.receipts.add([arrival(at="2027-01-01T00:00:00.000Z")])
    assert state.receipts.get("r1").received_at == "2026-01-01T00:00:00.000Z"
    assert state.receipts.get("none") is None


def test_receipts_page_in_order_of_time(state):
    state.receipts.add([arrival(f"r{n}", at=f"2026-01-0{9 - n}T00:00:00.000Z") for n in range(1, 6)])
    first = state.receipts.page(limit=2)
    last = first[-1]
    rest = state.receipts.page(after=(last.received_at, last.receipt))
    assert [row.receipt for row in first + rest] == ["r5", "r4", "r3", "r2", "r1"]
    assert state.receipts.page(feed="none") == []
    assert state.receipts.page(status="done") == []


def test_receipts_of_one_blob(state):
    state.receipts.add([arrival("r1", "aa"), arrival("r2", "aa", "remits"), arrival("r3", "bb")])
    assert {row.receipt for row in state.receipts.of_blob("aa")} == {"r1", "r2"}


# -- ledger


def test_the_first_place_of_a_receipt_stays_the_first(state):
    judge = state.ledger.judge
    assert [v.first for v in judge([candidate("r1", "intake/0/1", "aa"), candidate("r1", "intake/0/2", "aa")])] == [True, False]
    assert judge([candidate("r1", "intake/0/1", "aa")])[0].first


def test_other_content_under_a_known_key_is_held_also_when_judged_again(state):
    judge = state.ledger.judge
    first = judge([candidate("r1", "intake/0/1", "aa")])[0]
    assert (first.reused, first.hold) == (frozenset(), False)
    for _ in range(2):
        second = judge([candidate("r2", "intake/0/2", "bb", keys=(KEY, OTHER))])[0]
        assert (second.reused, second.hold) == ({KEY}, True)
    assert judge([candidate("r1", "intake/0/1", "aa")])[0] == first


def test_keys_of_a_held_file_are_not_remembered_until_it_is_released(state):
    judge = state.ledger.judge
    judge([candidate("r1", "intake/0/1", "aa"), candidate("r2", "intake/0/2", "bb", keys=(KEY, OTHER))])
    assert not judge([candidate("r3", "intake/0/3", "cc", keys=(OTHER,))])[0].reused
    released = judge([candidate("r2", "intake/0/4", "bb", keys=(KEY, OTHER), released=True)])[0]
    assert released.first
    assert not released.hold


def test_a_file_is_released_once(state):
    places = [candidate("r1", "intake/0/1", "aa", released=True), candidate("r1", "intake/0/2", "aa", released=True)]
    assert [verdict.first for verdict in state.ledger.judge(places)] == [True, False]


def test_reported_keys_do_not_hold(state):
    state.ledger.judge([candidate("r1", "intake/0/1", "aa")])
    verdict = state.ledger.judge([candidate("r2", "intake/0/2", "bb", quarantined=())])[0]
    assert verdict.reused == {KEY}
    assert not verdict.hold


def test_same_content_and_other_sites_are_no_reuse(state):
    state.ledger.judge([candidate("r1", "intake/0/1", "aa")])
    assert not state.ledger.judge([candidate("r2", "intake/1/1", "aa")])[0].reused
    assert not state.ledger.judge([candidate("r3", "intake/2/1", "bb")._replace(site="lake")])[0].reused


def test_many_keys_at_once(state):
    keys = tuple(KEY._replace(control_number=f"{n:09d}") for n in range(1000))
    state.ledger.judge([candidate("r1", "intake/0/1", "aa", keys=keys[500:])])
    assert state.ledger.judge([candidate("r2", "intake/0/2", "bb", keys=keys)])[0].reused == set(keys[500:])


# -- following the log


def change(receipt="r1", **values):
    return Progress(arrival(receipt), **values)


def test_changes_and_positions_go_together_or_not_at_all(state):
    follow = state.follow
    assert follow.apply("outcomes", {}, {0: 5}, [change(status="done", counts={"published": 2}, events=3, worst="info")])
    assert not follow.apply("outcomes", {}, {0: 9}, [change(status="failed")])
    receipt = state.receipts.get("r1")
    assert (receipt.status, receipt.counts, receipt.events, receipt.worst) == ("done", {"published": 2}, 3, "info")
    assert follow.positions("outcomes") == {0: 5}
    assert follow.apply("outcomes", {0: 5}, {0: 6, 1: 2}, [])
    assert follow.positions("outcomes") == {0: 6, 1: 2}


def test_what_a_change_does_not_name_stays(state):
    state.follow.apply("outcomes", {}, {0: 1}, [change(status="processing", events=3)])
    state.follow.apply("outcomes", {0: 1}, {0: 2}, [change(worst="error")])
    receipt = state.receipts.get("r1")
    assert (receipt.status, receipt.events, receipt.worst) == ("processing", 3, "error")


def test_findings_page_in_file_order(state):
    lines = [(number, {"code": f"C{number}"}) for number in range(5)]
    state.follow.apply("outcomes", {}, {0: 1}, [change(findings=lines)])
    first = state.receipts.findings("r1", limit=3)
    assert [found.number for found in first] == [0, 1, 2]
    assert state.receipts.findings("r1", after=2)[0].line == {"code": "C3"}


def test_places_of_an_item(state):
    rows = [IndexRow(100, 200, "claims", 0, 7, 3), IndexRow(100, 900, "claims", 1, 2, 9), IndexRow(300, 900, "claims", 0, 10, 4)]
    state.follow.apply("outcomes", {}, {0: 1}, [change(batches=rows, at=1234)])
    assert [(p.partition, p.offset, p.records, p.at) for p in state.receipts.places("r1", 150)] == [(0, 7, 3, 1234), (1, 2, 9, 1234)]
    assert state.receipts.places("r1", 950) == []
    assert {(p.partition, p.offset, p.records) for p in state.receipts.all_places("r1")} == {(0, 10, 7), (1, 2, 9)}


def test_held_files_and_the_way_out(state):
    held = ("held", "ISA_REUSED", "2026-01-02T00:00:00.000Z")
    state.follow.apply("outcomes", {}, {0: 1}, [change("r1", status="held", held=held), change("r2", status="held", held=held)])
    assert [(row.receipt, row.reason, row.feed) for row in state.held.page()] == [("r1", "ISA_REUSED", "claims"), ("r2", "ISA_REUSED", "claims")]
    assert state.held.settle("r1", "released", "anna")
    assert not state.held.settle("r1", "dropped", "ben")
    assert state.held.get("r1").by == "anna"
    assert [row.receipt for row in state.held.page()] == ["r2"]
    assert len(state.held.page(None)) == 2
    state.follow.apply("outcomes", {0: 1}, {0: 2}, [change("r2", status="dropped", held=("dropped", "", "carl"))])
    assert (state.held.get("r2").status, state.held.get("r2").by) == ("dropped", "carl")


def test_programs_and_facts_are_set_once(state):
    state.follow.remember_program("ff", "837P")
    state.follow.remember_program("ff", "837P")
    assert state.follow.programs() == {"ff": "837P"}
    assert state.follow.fact("name", "first") == state.follow.fact("name", "second") == "first"


# -- keys and audit


def test_keys(state, clock):
    state.keys.add("k1", "reader", "ab" * 32, {"events:read", "raw:read"}, {"river"})
    clock.now += timedelta(seconds=1)
    state.keys.add("k2", "writer", "cd" * 32, {"intake:write"})
    first, second = state.keys.all()
    assert (first.scopes, first.sites, second.sites) == ({"events:read", "raw:read"}, {"river"}, frozenset())
    assert state.keys.touch("k1")
    assert state.keys.revoke("k1")
    assert not state.keys.revoke("k1")
    assert not state.keys.touch("k1")
    key = state.keys.get("k1")
    assert key.revoked_at == key.last_used_at == "2026-01-01T00:00:01.000Z"
    assert state.keys.get("none") is None


def test_the_audit_trail_numbers_and_pages_newest_first(state):
    for number in range(5):
        state.audit.add("k1", "events.read", f"type={number}", number)
    newest = state.audit.page(limit=2)
    assert [entry.target for entry in newest] == ["type=4", "type=3"]
    assert [entry.records for entry in state.audit.page(before=newest[-1].number)] == [2, 1, 0]


def test_writers_in_many_threads_wait_for_each_other(state, url):
    other = State.open(url)
    threads = [threading.Thread(target=lambda s=s: [s.audit.add("k", "a", "t") for _ in range(10)]) for s in (state, other) * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert [entry.number for entry in state.audit.page(limit=1000)] == list(range(60, 0, -1))
