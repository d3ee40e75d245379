"""A State copied into another: every row, places translated, all or nothing, in constant memory."""

import tracemalloc
from itertools import pairwise

import pytest

from gateway.state import IndexRow, OffsetRun, StateError
from gateway.state.schema import metadata
from tests.contract.state_sides import KEY, OTHER, SIDES, Opened, SqliteSide, arrival, candidate, change, side_of
from tests.contract.test_state_answers import answered, asked, delivery, draft, first, waiting

TABLES = sorted(metadata.tables)


def same(topic, partition, offset):
    return topic, partition, offset


def rows_of(side):
    """Every table as it is stored."""
    return {table: sorted(map(tuple, side.sql(f'SELECT * FROM "{table}"')), key=repr) for table in TABLES}  # noqa: S608


def fill(state):
    """Rows in every table, with what may be NULL once there and once not."""
    held = ("held", "ISA_REUSED", "2026-01-02T00:00:00.000Z")
    places = [IndexRow(100, 200, "claims", 0, 7, 3), IndexRow(100, 900, "claims", 1, 2, 9)]
    done = change("r1", status="done", counts={"published": 2}, events=3, worst="info", finished_at="2026-01-01T00:00:01.000Z", batches=places, at=5)
    state.receipts.add([arrival("r1")._replace(name="Zoë 'x'.x12")])
    state.follow.apply("outcomes", {}, {0: 5, 3: 1}, [done, change("r2", held=held, findings=[(0, {"code": "ISA_REUSED", "text": "é"})])])
    state.held.settle("r2", "dropped", "anna")
    state.follow.remember_program("ff", "837P")
    state.follow.fact("name", "value")
    state.ledger.judge([candidate("r1", "intake/0/1", "aa", keys=(KEY, OTHER)), candidate("r1", "intake/0/4", "aa", keys=(KEY,), released=True)])
    state.offsets.add([OffsetRun("older", "old", "claims", 0, 3, 0, 12)])
    state.answers.since([("river", "claims")], "2026-01-01T00:00:00.000Z")
    state.answers.draw([draft("r1", profile='{"zone":"é"}'), draft("r2", cause="held")])
    state.deliveries.queue([delivery(1), delivery(2), delivery(3)._replace(route="lab", record="claims/0/9")])
    state.deliveries.settle(["d1"])
    state.links.hear(["river"], [asked("k", "e1"), answered("k", "e2"), waiting("k", "e3")], first)
    state.keys.add("k1", "reader", "ab" * 32, {"events:read"}, {"river"})
    state.keys.revoke("k1")
    state.keys.add("k2", "writer", "cd" * 32, {"intake:write"})
    state.audit.add("k1", "events.read", "type=x", 7)


@pytest.fixture
def sides(request, tmp_path):
    """SQLite, PostgreSQL and another SQLite, each empty."""
    names = ("sqlite", "postgresql", "sqlite")
    found = [side_of(name, request, folder) for name, folder in zip(names, (tmp_path / "a", tmp_path, tmp_path / "b"), strict=True)]
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    return found


def test_there_and_back_every_row_is_equal(sides):
    handles = [Opened(side) for side in sides]
    states = [handle() for handle in handles]
    fill(states[0])
    before = rows_of(sides[0])
    assert all(before.values()), "a table that no test copies"
    for source, target in pairwise(states):
        assert source.copy_to(target, same) == {table: len(rows) for table, rows in before.items()}
    assert rows_of(sides[1]) == before
    assert rows_of(sides[2]) == before
    for handle in handles:
        handle.close()


@pytest.fixture
def pair(tmp_path):
    """(State, State, how to look into the second)."""
    (tmp_path / "source").mkdir()
    source, target = SqliteSide(tmp_path / "source" / "state.db"), SqliteSide(tmp_path / "state.db")
    handles = Opened(source), Opened(target)
    yield handles[0](), handles[1](), target
    for handle in handles:
        handle.close()


def test_places_are_those_of_the_other_log(pair):
    source, target, side = pair
    fill(source)
    source.copy_to(
        target, lambda topic, part, offset: (f"x.{topic}", part + 10, offset + 100), lambda topic, part, offset: (topic, part, offset + 1000)
    )
    assert sorted(side.sql("SELECT receipt, place FROM arrival")) == [("r1", "x.intake/10/101"), ("r1/released", "x.intake/10/104")]
    assert set(side.sql("SELECT receipt, place FROM interchange")) == {("r1", "x.intake/10/101")}
    assert target.follow.positions("outcomes") == {0: 1005, 3: 1001}
    assert [place.offset for place in target.receipts.places("r1", 150)] == [1007, 1002]
    assert (target.deliveries.get("d3").record, target.deliveries.get("d1").record) == ("x.claims/10/109", "")


def test_what_is_on_the_log_no_more_is_not_pointed_at(pair):
    """A ledger still knows its files, by a place that no record can have; the same file sent again is no first one."""
    source, target, side = pair
    fill(source)
    source.copy_to(target, lambda *place: None)
    assert target.follow.positions("outcomes") == {}
    assert side.sql("SELECT * FROM event_batch") == []
    assert target.deliveries.get("d3").record == "claims/0/9/gone"
    assert not target.ledger.judge([candidate("r1", "intake/0/1", "aa", keys=())])[0].first
    assert target.ledger.judge([candidate("r9", "intake/0/2", "bb")])[0].hold
    third = Opened(SqliteSide(side.path.with_name("third.db")))
    target.copy_to(third(), same)
    third.close()


def test_rows_in_the_other_are_left_alone(pair):
    source, target, side = pair
    fill(source)
    target.audit.add("k", "a", "t")
    before = rows_of(side)
    with pytest.raises(StateError, match="not empty: it has rows in audit"):
        source.copy_to(target, same)
    assert rows_of(side) == before


@pytest.mark.parametrize("name", SIDES)
def test_a_copy_that_fails_leaves_nothing(name, request, pair, tmp_path):
    source, _, _ = pair
    fill(source)
    (tmp_path / "target").mkdir()
    side = side_of(name, request, tmp_path / "target")
    handle = Opened(side)
    target = handle()

    def fail(topic, part, offset):
        raise LookupError

    with pytest.raises(LookupError):
        source.copy_to(target, same, fail)
    assert not any(rows_of(side).values())
    source.copy_to(target, same)
    handle.close()


def test_memory_does_not_grow_with_the_rows(pair):
    source, target, _ = pair
    rows, size = 8000, 2000
    for start in range(0, rows, 1000):
        lines = [(number, {"text": "x" * size}) for number in range(start, start + 1000)]
        source.follow.apply("outcomes", {0: start}, {0: start + 1000}, [change(findings=lines)])
    tracemalloc.start()
    source.copy_to(target, same)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert target.receipts.findings("r1", after=rows - 2)[0].number == rows - 1
    assert peak < rows * size / 2
