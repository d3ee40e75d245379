"""State: control numbers of acknowledgements, the queue of what is to be handed over, links. Every test runs on both sides."""

from collections import Counter

import pytest

from gateway.state import StateError
from gateway.state.answers import LAST_NUMBER, Draft
from gateway.state.deliveries import Delivery
from gateway.state.links import PER_KEY, AnswerRow, Heard, LaterRow, LinkRow, MentionRow, TargetRow
from tests.contract.state_sides import SIDES, StandingClock, at_once, opened, side_of


@pytest.fixture(params=SIDES)
def side(request, tmp_path):
    return side_of(request.param, request, tmp_path)


@pytest.fixture
def another(side):
    yield from opened(side)


@pytest.fixture
def state(another):
    return another(StandingClock())


def draft(receipt: str = "r1", kind: str = "999", isa: int = 0, cause: str = "done", partner: str = "ZZ:CLINIC", profile: str = "{}") -> Draft:
    return Draft(receipt, cause, kind, isa, f"{receipt}.{isa}.{kind}.{cause}", "ZZ:PAYER", partner, profile)


def delivery(number: int, feed: str = "claims", queued_at: int = 1) -> Delivery:
    return Delivery(f"d{number}", "river", feed, "r1", f"name{number}", "aa", 10, queued_at, number)


def test_numbers_count_up_per_partner(state):
    drawn = state.answers.draw([draft(), draft(kind="277CA"), draft("r2", partner="ZZ:OTHER"), draft("r3")])
    assert [row.number for row in drawn["r1", "done"]] == [1, 2]
    assert [row.number for row in drawn["r2", "done"]] == [1]
    assert [row.number for row in drawn["r3", "done"]] == [3]
    assert [row.number for row in state.answers.draw([draft("r4")])["r4", "done"]] == [4]


def test_groups_and_sets_are_counted_too(state):
    several = [draft()._replace(groups=2, sets=3), draft("r2", "TA1"), draft("r3")._replace(groups=1, sets=1)]
    drawn = state.answers.draw(several)
    assert [drawn[receipt, "done"][0][7:10] for receipt in ("r1", "r2", "r3")] == [(1, 1, 1), (2, 3, 4), (3, 3, 4)]


def test_drawn_again_a_file_keeps_its_numbers_and_profile(state, another):
    first = state.answers.draw([draft(profile='{"a":1}'), draft(kind="TA1", profile='{"a":1}')])
    again = another().answers.draw([draft(profile='{"a":2}'), draft("r2")])
    assert again["r1", "done"] == first["r1", "done"]
    assert {row.profile for row in again["r1", "done"]} == {'{"a":1}'}
    assert [row.number for row in again["r2", "done"]] == [3]


def test_a_released_file_is_answered_once_more_under_another_number(state):
    held = state.answers.draw([draft(cause="held", kind="TA1")])["r1", "held"]
    done = state.answers.draw([draft(kind="TA1")])["r1", "done"]
    assert ([row.number for row in held], [row.number for row in done]) == ([1], [2])


def test_machines_that_draw_at_once_never_get_one_number_twice(another):
    machines = [another() for _ in range(4)]
    calls = [
        lambda machine=machine, number=number: machine.answers.draw([draft(f"r{number}-{each}") for each in range(10)])
        for number, machine in enumerate(machines)
    ]
    drawn = [row.number for result in at_once(calls) for rows in result.values() for row in rows]
    assert sorted(drawn) == list(range(1, 41))


def test_machines_that_draw_for_the_same_file_get_the_same_numbers(another):
    machines = [another() for _ in range(4)]
    results = at_once([lambda machine=machine: machine.answers.draw([draft(), draft(isa=500)]) for machine in machines])
    assert Counter(row.number for result in results for row in result["r1", "done"]) == {1: 4, 2: 4}


def test_what_the_log_tells_is_not_drawn_again(state, another, side):
    rows = state.answers.draw([draft()._replace(groups=2, sets=5), draft("r2")])
    sealed = [rows["r1", "done"][0]._replace(sha256="cc", size=7), rows["r2", "done"][0]]
    for table in ("answer", "answer_counter"):
        side.sql(f"DELETE FROM {table}")  # noqa: S608
    restored = another()
    restored.answers.restore(sealed[:1])
    restored.answers.restore(sealed[:1])
    [row] = restored.answers.draw([draft("r3")._replace(groups=1, sets=1)])["r3", "done"]
    assert row[7:10] == (2, 3, 6)
    assert restored.answers.get("r1", sealed[0].name) == sealed[0]


def test_no_number_is_drawn_past_the_last(state, side):
    side.sql("INSERT INTO answer_counter VALUES ('ZZ:PAYER', 'ZZ:CLINIC', 999999998, 0, 0)")
    with pytest.raises(StateError, match="all control numbers"):
        state.answers.draw([draft(), draft(kind="277CA")])
    assert state.answers.of(["r1"]) == {}
    assert state.answers.draw([draft()])["r1", "done"][0].number == LAST_NUMBER


def test_bytes_are_found_by_name_and_by_hash(state):
    rows = state.answers.draw([draft(), draft("r2")])
    sealed = [row._replace(sha256="cc", size=7) for key in (("r1", "done"), ("r2", "done")) for row in rows[key]]
    state.answers.seal(sealed)
    assert state.answers.get("r1", "r1.0.999.done") == sealed[0]
    assert state.answers.get("r1", "r2.0.999.done") is None
    assert sorted(state.answers.receipts_of_blob("cc")) == ["r1", "r2"]
    assert state.answers.of(["r1"]) == {("r1", "done"): sealed[:1]}


def test_a_feed_is_answered_from_when_it_first_asked(state):
    assert state.answers.since([("river", "claims")], "2026-01-01") == {("river", "claims"): "2026-01-01"}
    both = [("river", "claims"), ("lake", "claims")]
    assert state.answers.since(both, "2026-01-02") == {both[0]: "2026-01-01", both[1]: "2026-01-02"}
    state.answers.since(both[1:], "2026-01-03")
    assert state.answers.since(both, "2026-01-04") == {both[0]: "2026-01-04", both[1]: "2026-01-02"}


# -- deliveries


def test_a_queue_is_in_order_and_per_feed(state):
    state.deliveries.queue([delivery(3, queued_at=2), delivery(1), delivery(2), delivery(4, "paid")])
    assert [each.id for each in state.deliveries.next("river", "claims")] == ["d1", "d2", "d3"]
    assert sorted(state.deliveries.waiting()) == [("river", "claims", 3, 1, ""), ("river", "paid", 1, 1, "")]


def test_what_was_handed_over_stays_so_when_it_is_queued_again(state):
    state.deliveries.queue([delivery(1), delivery(2)])
    state.deliveries.settle(["d1"])
    state.deliveries.queue([delivery(1), delivery(2)])
    assert [each.id for each in state.deliveries.next("river", "claims")] == ["d2"]
    assert [(each.id, each.delivered_at) for each in state.deliveries.of("r1")] == [("d1", "2026-01-01T00:00:00.000Z"), ("d2", None)]


def test_a_try_that_failed_is_counted_and_says_why(state):
    state.deliveries.queue([delivery(1)])
    state.deliveries.fail("d1", "no folder")
    state.deliveries.fail("d1", "disk full")
    [found] = state.deliveries.next("river", "claims")
    assert (found.tries, found.fault) == (2, "disk full")
    state.deliveries.settle(["d1"])
    state.deliveries.fail("d1", "late")
    [found] = state.deliveries.of("r1")
    assert (found.delivered_at, found.tries, found.fault) == ("2026-01-01T00:00:00.000Z", 2, "")


def test_each_way_out_has_its_own_queue(state):
    state.deliveries.queue([delivery(1), delivery(2)._replace(route="lab"), delivery(3)._replace(route="lab", start=7, record="outbound/0/3")])
    assert [each.id for each in state.deliveries.next("river", "claims")] == ["d1"]
    assert [(each.id, each.start, each.record) for each in state.deliveries.next("river", "claims", 9, "lab")] == [
        ("d2", 0, ""),
        ("d3", 7, "outbound/0/3"),
    ]
    assert sorted((each.route, each.depth) for each in state.deliveries.waiting()) == [("", 1), ("lab", 2)]
    assert [each.id for each in state.deliveries.of("r1", "lab")] == ["d2", "d3"]


def test_what_is_parked_is_out_of_its_queue_until_somebody_decides(state):
    state.deliveries.queue([delivery(number)._replace(route="lab") for number in range(1, 6)])
    for number in (1, 2, 4):
        state.deliveries.fail(f"d{number}", "refused", "parked")
    assert [each.id for each in state.deliveries.next("river", "claims", 9, "lab")] == ["d3", "d5"]
    assert [(each.route, each.depth) for each in state.deliveries.parked()] == [("lab", 3)]
    assert [(each.id, each.tries, each.fault) for each in state.deliveries.page_parked("", 2)] == [("d1", 1, "refused"), ("d2", 1, "refused")]
    assert [each.id for each in state.deliveries.page_parked("d2", 2)] == ["d4"]
    assert state.deliveries.decide("d2", "waiting")
    assert state.deliveries.decide("d4", "dropped")
    assert not state.deliveries.decide("d4", "waiting")
    assert not state.deliveries.decide("d5", "dropped")
    assert [each.id for each in state.deliveries.next("river", "claims", 9, "lab")] == ["d2", "d3", "d5"]
    state.deliveries.queue([delivery(number)._replace(route="lab") for number in range(1, 6)])
    assert [each.id for each in state.deliveries.next("river", "claims", 9, "lab")] == ["d2", "d3", "d5"]
    state.deliveries.settle(["d2"])
    assert state.deliveries.get("d2").status == "delivered"
    assert state.deliveries.get("none") is None


# -- links


def asked(key: str, event: str, at: str = "2026-01-01") -> Heard:
    return Heard(event, [TargetRow(key, event, "asked", at)], [], None)


def answered(key: str, event: str, at: str = "2026-01-02") -> Heard:
    return Heard(event, [], [MentionRow(key, event, "", "rule")], AnswerRow(event, "answered", at, '{"topic":"claims"}'))


def waiting(key: str, event: str, due: str = "2026-01-03", lane: int = 0) -> Heard:
    """An answer that mentions by `key` only from `due` on."""
    known = answered(f"{key}-strong", event)
    return known._replace(later=[LaterRow(key, event, "", "weak", "river", lane, due)])


def first(pairs, made, causes):
    """The pair of the earliest request, of answers without a link."""
    linked = {link.answer for link in made}
    best = {}
    for pair in sorted(pairs, key=lambda pair: (pair.target.at, pair.target.target)):
        if pair.mention.answer not in linked:
            best.setdefault(pair.mention.answer, pair)
    return [
        LinkRow(f"{answer}~{pair.target.target}", answer, "", pair.target.target, pair.target.kind, pair.mention.rule,
                causes.get((pair.target.key, pair.target.target), answer), pair.answered)
        for answer, pair in best.items()
    ]  # fmt: skip


def test_a_link_is_made_by_whoever_comes_last_and_given_again_to_it_alone(state, another):
    assert state.links.hear(["river"], [asked("k", "e1"), asked("other", "e0")], first) == []
    [(link, answer)] = state.links.hear(["river"], [answered("k", "e2")], first)
    assert (link.answer, link.target, link.cause, answer.kind) == ("e2", "e1", "e2", "answered")
    assert another().links.hear(["river"], [answered("k", "e2"), asked("z", "e9")], first) == [(link, answer)]
    assert state.links.hear(["river"], [asked("k", "e1")], first) == []
    assert state.links.of(answers=["e2"]) == state.links.of(targets=["e1"]) == [(link, "answered")]


def test_an_answer_waits_for_its_request(state):
    assert state.links.hear(["river"], [answered("k", "e2")], first) == []
    assert state.links.unmatched() == 1
    [(link, _)] = state.links.hear(["river"], [asked("k", "e1")], first)
    assert (link.cause, state.links.unmatched()) == ("e1", 0)


def test_of_an_answer_and_a_request_that_come_at_once_one_sees_the_other(another):
    machines = [another() for _ in range(6)]
    for turn in range(5):
        events = [
            [asked(f"k{turn}{number}", f"a{turn}{number}") for number in range(3)],
            [answered(f"k{turn}{number}", f"b{turn}{number}") for number in range(3)],
        ]
        calls = [
            lambda machine=machine, heard=events[number % 2]: machine.links.hear(["river"], heard, first)
            for number, machine in enumerate(machines[:2])
        ]
        links = [link.id for found in at_once(calls) for link, _ in found]
        assert sorted(links) == [f"b{turn}{number}~a{turn}{number}" for number in range(3)]


def test_what_waits_counts_from_its_time_on_and_is_due_until_it_is_on_the_log(state, another):
    heard = [asked("k", "e1"), waiting("k", "e2"), waiting("k", "e3", lane=1), waiting("k", "e4", due="2026-01-05")]
    assert state.links.hear(["river"], heard, first) == []
    assert state.links.due(0, "2026-01-02") == []
    rows = another().links.due(0, "2026-01-04")
    assert [row.answer for row in rows] == ["e2"]
    [(link, answer)] = state.links.release(rows, first)
    assert (link.answer, link.target, link.rule, answer.kind) == ("e2", "e1", "weak", "answered")
    assert another().links.release(rows, first) == [(link, answer)]
    state.links.released(rows)
    assert state.links.due(0, "2026-01-04") == []
    assert [row.answer for row in state.links.due(0, "2026-01-06")] == ["e4"]


def test_what_waits_and_is_linked_meanwhile_is_not_linked_again(state):
    state.links.hear(["river"], [asked("k", "e1"), waiting("k", "e2"), asked("k-strong", "e0")], first)
    rows = state.links.due(0, "2026-01-04")
    assert len(rows) == 1
    assert state.links.release(rows, first) == []


def test_of_a_number_that_is_used_for_everything_the_newest_are_kept(state, side):
    days = [f"2026-{month:02}-{day:02}" for month in (3, 1, 2) for day in range(1, 29)]
    state.links.hear(["river"], [asked("rare", "r"), *(asked("k", f"asked {day}", day) for day in days)], first)
    state.links.hear(["river"], [answered("k", f"answered {day}", day) for day in days], first)
    newest = [f"2026-03-{day:02}" for day in range(28, 28 - PER_KEY, -1)]
    assert side.sql("SELECT target FROM link_target WHERE key = 'k' ORDER BY at DESC") == [(f"asked {day}",) for day in newest]
    assert sorted(side.sql("SELECT answer FROM link_mention")) == [(f"answered {day}",) for day in sorted(newest)]
    assert side.sql("SELECT target FROM link_target WHERE key = 'rare'") == [("r",)]


def test_links_are_forgotten_with_their_events(state):
    state.links.hear(["river"], [asked("k", "e1"), answered("k", "e2"), asked("n", "e3", "2026-03-01"), answered("n", "e4", "2026-03-01")], first)
    state.links.forget("2026-02-01")
    assert [link.answer for link, _ in state.links.of(answers=["e2", "e4"])] == ["e4"]
    assert state.links.hear(["river"], [answered("k", "e5")], first) == []
