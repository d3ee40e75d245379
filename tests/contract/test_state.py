"""State: receipts, ledgers, held files, following the log, offsets, keys, audit. Every test runs on both sides."""

import random
from datetime import timedelta
from functools import partial

import pytest

from gateway.state import IndexRow, InterchangeKey, OffsetRun, ReceiptFilter, StateError
from gateway.state.ledger import Candidate, KeyOf, Verdict
from gateway.state.schema import MIGRATIONS
from tests.contract.state_sides import KEY, OTHER, SIDES, StandingClock, arrival, at_once, candidate, change, opened, side_of


@pytest.fixture(params=SIDES)
def side(request, tmp_path):
    return side_of(request.param, request, tmp_path)


@pytest.fixture
def clock():
    return StandingClock()


@pytest.fixture
def another(side):
    yield from opened(side)


@pytest.fixture
def state(another, clock):
    return another(clock)


def test_the_schema_is_versioned_and_a_newer_one_refused(state, side, another):
    assert side.sql("SELECT number FROM schema_version") == [(len(MIGRATIONS),)]
    side.sql("UPDATE schema_version SET number = 99")
    with pytest.raises(StateError, match="upgrade"):
        another()


def test_opening_again_keeps_what_is_there(state, another):
    state.receipts.add([arrival()])
    assert another().receipts.get("r1").status == "received"


def test_machines_that_start_at_once_make_the_tables_once(side, another):
    at_once([another] * 6)
    assert side.sql("SELECT number FROM schema_version") == [(len(MIGRATIONS),)]


def test_an_error_says_nothing_of_the_values(state, side):
    side.sql("DROP TABLE audit")
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


def test_recent_receipts_are_found_by_what_became_of_them_newest_first(state):
    days = [f"2026-01-0{n}T00:00:00.000Z" for n in range(1, 6)]
    state.receipts.add([arrival(f"r{n}", feed=f"f{n % 2}", at=day) for n, day in enumerate(days)])
    ends = (("done", 1, ""), ("done", 0, "warning"), ("failed", 0, "error"), ("held", 0, "error"))
    changes = [
        change(f"r{n}", status=status, events=events, worst=worst, finished_at=None if status == "held" else days[n])
        for n, (status, events, worst) in enumerate(ends)
    ]
    state.follow.apply("outcomes", {}, {0: 1}, changes)
    state.ledger.judge([candidate("r1", "intake/0/1", "aa")])

    def names(before=None, limit=9, **wanted):
        return [row.receipt for row in state.receipts.recent(ReceiptFilter(**wanted), before and state.receipts.get(before), limit)]

    assert names() == ["r4", "r3", "r2", "r1", "r0"]
    assert names(before="r3", limit=2) == ["r2", "r1"]
    assert names(silent=True) == ["r2", "r1"]  # what is held or on its way may yet make an event
    assert names(worst=("warning", "error")) == ["r3", "r2", "r1"]
    assert names(status="failed", feed="f0", sites={"river"}) == ["r2"]
    assert names(sites=()) == names(sites={"other"}) == names(feed="f2") == []
    assert names(since=days[1], until=days[3]) == ["r2", "r1"]
    assert names(control_number=KEY.control_number) == ["r1"]
    assert [row.receipt for row in state.receipts.beginning("r", 9)] == ["r0", "r1", "r2", "r3", "r4"]


def test_receipts_of_one_moment_page_in_the_order_of_their_bytes(state):
    names = ["B", "a", "A", "b", "Z-", "Z", "z", "é", "0", "~", "e", "É"]
    state.receipts.add([arrival(name) for name in names])
    seen = []
    while page := state.receipts.page(after=(seen[-1].received_at, seen[-1].receipt) if seen else None, limit=5):
        seen += page
    assert [row.receipt for row in seen] == sorted(names, key=str.encode)


def test_text_that_one_side_could_not_store_is_stored_alike(state):
    state.receipts.add([arrival()._replace(name="a\0b", site="river\0")])
    assert (state.receipts.get("r1").name, state.receipts.page(site="river\0")[0].receipt) == ("a\ufffdb", "r1")
    assert state.receipts.get("r\0") is None
    key = KEY._replace(sender="A\0")
    state.ledger.judge([candidate("r1", "intake/0/1", "aa", keys=(key,))])
    assert state.ledger.judge([candidate("r2", "intake/0/2", "bb", keys=(key,))])[0].reused == {KeyOf(key)}


def test_receipts_that_many_machines_remember_in_any_order(state, another):
    rows = [arrival(f"r{n:03d}") for n in range(200)]
    machine = another()
    for start in range(10):
        some = [row._replace(receipt=f"{start}/{row.receipt}") for row in rows]
        at_once([partial(state.receipts.add, some), partial(machine.receipts.add, some[::-1])])
    assert len(state.receipts.page(limit=10_000)) == 2000


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
        assert (second.reused, second.hold) == ({KeyOf(KEY)}, True)
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
    assert verdict.reused == {KeyOf(KEY)}
    assert not verdict.hold


def test_same_content_and_other_sites_are_no_reuse(state):
    state.ledger.judge([candidate("r1", "intake/0/1", "aa")])
    assert not state.ledger.judge([candidate("r2", "intake/1/1", "aa")])[0].reused
    assert not state.ledger.judge([candidate("r3", "intake/2/1", "bb", site="lake")])[0].reused


def test_many_keys_at_once(state):
    keys = tuple(KEY._replace(control_number=f"{n:09d}") for n in range(1000))
    state.ledger.judge([candidate("r1", "intake/0/1", "aa", keys=keys[500:])])
    assert state.ledger.judge([candidate("r2", "intake/0/2", "bb", keys=keys)])[0].reused == {KeyOf(key) for key in keys[500:]}


def elsewhere(file):
    """The same among other sites and receipts, so that both ways can be tried in one database."""
    return file._replace(site=f"{file.site}2", receipt=f"{file.receipt}-2")


def test_the_verdicts_on_a_batch_are_those_on_its_files_one_by_one(state):
    """Random files with few receipts and keys, so that they meet in every way."""
    draw = random.Random(4)
    keys = [KEY._replace(control_number=str(n)) for n in range(4)]

    def drawn(n: int) -> Candidate:
        content = draw.randrange(12)
        some = tuple(draw.sample(keys, draw.randrange(4)))
        held = tuple(key for key in some if draw.random() < 0.5)
        place, site = f"intake/0/{draw.randrange(n + 1)}", draw.choice(("river", "lake"))
        return candidate(f"{site}{content}", place, str(content), some, held, draw.random() < 0.1, site)

    files = [drawn(n) for n in range(150)]
    singly = [verdict for file in files for verdict in state.ledger.judge([elsewhere(file)])]
    together = [verdict for at in range(0, 150, 30) for verdict in state.ledger.judge(files[at : at + 30])]
    assert together == singly
    assert {(v.first, v.hold, bool(v.reused)) for v in together} == {
        (False, False, False),
        (True, False, False),
        (True, False, True),
        (True, True, True),
    }


def test_a_file_that_several_machines_judge_at_once_is_first_once(state, another):
    machines = [state, another(), another(), another()]
    for number in range(10):
        files = [[candidate(f"r{number}.{at}", f"intake/{mine}/{number}", "aa") for at in range(3)] for mine in range(len(machines))]
        verdicts = at_once([partial(machine.ledger.judge, files[mine][:: (1, -1)[mine % 2]]) for mine, machine in enumerate(machines)])
        assert sum(verdict.first for some in verdicts for verdict in some) == 3


def test_of_files_with_one_control_number_that_machines_judge_at_once_one_goes_on(state, another):
    machines = [state, another(), another(), another()]
    for number in range(15):
        key = KEY._replace(control_number=f"{number:09d}")
        files = [candidate(f"r{number}.{mine}", f"intake/{mine}/{number}", f"content {mine}", (key,), (key,)) for mine in range(len(machines))]
        verdicts = at_once([partial(machine.ledger.judge, [file]) for machine, file in zip(machines, files, strict=True)])
        assert [verdict.hold for [verdict] in verdicts].count(False) == 1
        again = at_once([partial(machine.ledger.judge, [file]) for machine, file in zip(machines[::-1], files, strict=True)])
        assert again == verdicts


def test_sites_that_are_judged_at_once_do_not_wait_for_each_other_in_a_ring(state, another):
    machine = another()
    for batch in range(10):
        files = [candidate(f"{site}.{batch}", f"intake/0/{batch}", "aa", site=f"site{site}") for site in range(8)]
        at_once([partial(state.ledger.judge, files), partial(machine.ledger.judge, files[::-1])])


# -- following the log


def test_changes_and_positions_go_together_or_not_at_all(state):
    follow = state.follow
    assert follow.apply("outcomes", {}, {0: 5}, [change(status="done", counts={"published": 2}, events=3, worst="info")])
    assert not follow.apply("outcomes", {}, {0: 9}, [change(status="failed")])
    receipt = state.receipts.get("r1")
    assert (receipt.status, receipt.counts, receipt.events, receipt.worst) == ("done", {"published": 2}, 3, "info")
    assert follow.positions("outcomes") == {0: 5}
    assert follow.apply("outcomes", {0: 5}, {0: 6, 1: 2}, [])
    assert follow.positions("outcomes") == {0: 6, 1: 2}


def test_of_several_readers_of_one_position_one_writes(state, another):
    machines = [state, another(), another()]
    for at in range(15):
        expected = dict.fromkeys(range(3), at)
        reached = [dict.fromkeys(order, at + 1) for order in (range(3), range(2, -1, -1), range(3))]
        calls = [
            partial(machine.follow.apply, "outcomes", expected, reached[number], [change(f"r{at}", worst=str(number))])
            for number, machine in enumerate(machines)
        ]
        wrote = at_once(calls)
        assert wrote.count(True) == 1
        assert state.receipts.get(f"r{at}").worst == str(wrote.index(True))
    assert state.follow.positions("outcomes") == {0: 15, 1: 15, 2: 15}


def test_readers_of_other_positions_may_change_the_same_receipts_in_any_order(state, another):
    machines, names = [state, another()], [f"r{n}" for n in range(60)]
    for at in range(10):
        calls = [
            partial(machine.follow.apply, "outcomes", {part: at}, {part: at + 1}, [change(name, events=at) for name in names[:: (1, -1)[part]]])
            for part, machine in enumerate(machines)
        ]
        assert at_once(calls) == [True, True]


def test_a_reader_that_is_behind_leaves_no_trace(state, side):
    assert not state.follow.apply("outcomes", {0: 3, 1: 0}, {0: 4, 1: 1}, [change()])
    assert side.sql("SELECT * FROM position") == side.sql("SELECT * FROM receipt") == []


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
    assert {type(value) for place in state.receipts.all_places("r1") for value in place[1:]} == {int}


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


def test_a_fact_is_claimed_by_one(state, another):
    assert state.follow.recall("pruned") is None
    machines = [state, another(), another(), another()]
    before = None
    for day in range(10):
        told = at_once([partial(machine.follow.claim, "pruned", before, f"{day}/{n}") for n, machine in enumerate(machines)])
        assert told.count(True) == 1
        before = state.follow.recall("pruned")
        assert before == f"{day}/{told.index(True)}"
    assert not state.follow.claim("pruned", "another", "x")
    assert not state.follow.claim("unknown", "another", "x")


def test_a_held_file_is_settled_by_one(state, another):
    held = ("held", "ISA_REUSED", "2026-01-02T00:00:00.000Z")
    machines = [state, another(), another()]
    for number in range(10):
        state.follow.apply("outcomes", {0: number}, {0: number + 1}, [change(f"r{number}", status="held", held=held)])
        told = at_once([partial(machine.held.settle, f"r{number}", "dropped", str(n)) for n, machine in enumerate(machines)])
        assert told.count(True) == 1
        assert state.held.get(f"r{number}").by == str(told.index(True))


# -- offsets of earlier logs


def runs(*rows, from_log="old", to_log="new"):
    return [OffsetRun(from_log, to_log, "claims", *row) for row in rows]


def test_a_cursor_of_an_earlier_log_reads_on(state):
    state.offsets.add(runs((0, 100, 7, 50), (0, 160, 60, 10), (1, 5, 0, 0)))
    where = {at: state.offsets.translate("old", "claims", 0, at) for at in (99, 100, 149, 150, 155, 160, 170, 500)}
    expected = {99: None, 100: 7, 149: 56, 150: 57, 155: 57, 160: 60, 170: 70, 500: 70}
    assert where == {at: None if new is None else ("new", new) for at, new in expected.items()}
    assert state.offsets.translate("old", "claims", 1, 5) == ("new", 0)
    assert state.offsets.translate("old", "claims", 2, 5) is None
    assert state.offsets.translate("other", "claims", 0, 100) is None
    assert state.offsets.translate("old", "batches", 0, 100) is None


def test_a_place_of_an_earlier_log_is_one_of_a_record(state):
    state.offsets.add(runs((0, 100, 7, 50), (0, 160, 60, 10)))
    assert [state.offsets.place("old", "claims", 0, at) for at in (99, 149, 150, 169)] == [None, ("new", 56), None, ("new", 69)]


def test_a_log_has_the_successor_that_was_added_last(state):
    state.offsets.add(runs((0, 0, 0, 10), (0, 10, 20, 10), to_log="given up"))
    state.offsets.add(runs((0, 0, 3, 9), from_log="new", to_log="newer"))
    state.offsets.add(runs((0, 0, 1, 5)))
    state.offsets.add(runs((0, 0, 2, 30)))
    state.offsets.add([])
    assert state.offsets.translate("old", "claims", 0, 12) == ("new", 14)
    assert state.offsets.translate("new", "claims", 0, 1) == ("newer", 4)


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


def test_the_audit_trail_has_no_gap_whoever_writes(state, another):
    def write(machine):
        for _ in range(10):
            machine.audit.add("k", "a", "t")

    at_once([partial(write, machine) for machine in (state, another()) * 3])
    assert [entry.number for entry in state.audit.page(limit=1000)] == list(range(60, 0, -1))


def messages(receipt: str, place: str, *contents: tuple[str, str], at: str = "2026-01-10", since: str = "2026-01-03") -> Candidate:
    """A file with a message of each (control id, content)."""
    keys = tuple(KeyOf(InterchangeKey("MSH", "REG", "", "HOSP", control), content) for control, content in contents)
    return Candidate(receipt, place, "river", "of the file", keys, frozenset(), False, at, since)


def test_control_ids_of_messages_have_the_content_of_their_message(state):
    judge = state.ledger.judge
    first = messages("r1", "intake/0/1", ("A", "aa"), ("B", "bb"))
    assert judge([first]) == judge([first]) == [Verdict(True, frozenset(), False)]
    [second] = judge([messages("r2", "intake/0/2", ("A", "aa"), ("B", "other"), ("C", "cc"), ("C", "dd"))])
    assert {each.content for each in second.again} == {"aa"}
    assert {each.content for each in second.reused} == {"other", "dd"}
    assert not second.hold


def test_control_ids_of_messages_count_for_a_while(state):
    judge = state.ledger.judge
    judge([messages("r1", "intake/0/1", ("A", "aa"))])
    later = messages("r2", "intake/0/2", ("A", "bb"), at="2026-01-20", since="2026-01-13")
    assert judge([later]) == judge([later]) == [Verdict(True, frozenset(), False)]
    [soon] = judge([messages("r3", "intake/0/3", ("A", "aa"), at="2026-01-21", since="2026-01-14")])
    assert len(soon.reused) == 1
    judge([candidate("r4", "intake/0/4", "x12")])
    assert [state.ledger.forget("MSH", day) for day in ("2026-01-20", "2026-01-21", "2026-01-22")] == [0, 1, 0]
    assert judge([candidate("r5", "intake/0/5", "another")])[0].hold


def test_where_the_bytes_of_a_file_are_is_told_with_its_end(state):
    state.receipts.add([arrival("r1"), arrival("r2")])
    state.follow.apply("outcomes", {0: 0}, {0: 1}, [change("r1", status="done", blob="pack", blob_offset=7), change("r2", status="done")])
    assert state.receipts.get("r1").kept == ("pack", 7)
    assert state.receipts.get("r2").kept == (arrival("r2").sha256, 0)
    assert [found.receipt for found in state.receipts.of_blob("pack")] == ["r1"]
    assert [found.receipt for found in state.receipts.of_blob(arrival("r2").sha256)] == ["r2"]
