"""The link that counts is the same in whatever order events are heard; a rule that waits is used once its time has come, and over a restart."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import orjson
import pytest

from gateway.links import stage
from gateway.links.keys import heard
from gateway.links.lookup import links_of
from gateway.links.rules import RANKS, RULES, Side
from gateway.links.stage import chosen
from gateway.pipeline.events import attributes_of, event_id_of
from gateway.seams import Record
from gateway.state import State
from gateway.state.links import PER_KEY, LaterRow, LinkRow
from tests.fault.gateway_kill import interchange
from tests.unit.test_links import WAITS, Linking, _event

REFERENCE = RULES[RANKS["claim.reference"]]
ANSWER = _event(REFERENCE.answer, ("B", "1"), 2)
EARLIER, MEANT, OTHER, NUMBER_ONLY = (_event(REFERENCE.request, (name, "1"), number) for number, name in enumerate("BBxBA") if name != "x")
LATE = "2026-01-03T00:05:00.000Z"


@pytest.fixture
def state(tmp_path: Path) -> Any:
    opened = State.open(f"sqlite:///{tmp_path / 'state.db'}")
    yield opened
    opened.close()


def _hear(state: State, records: Sequence[Record], together: int = 1) -> list[LinkRow]:
    noted = [found.event for record in records if (found := heard(record, "claims", WAITS)) is not None]
    return [link for at in range(0, len(noted), together) for link, _ in state.links.hear(["river"], noted[at : at + together], chosen)]


def _release(state: State, until: str | None = None) -> list[LinkRow]:
    rows = state.links.due(0, until)
    links = [link for link, _ in state.links.release(rows, chosen)] if rows else []
    if rows:
        state.links.released(rows)
    return links


def _counting(links: Sequence[LinkRow]) -> list[tuple[str, str]]:
    replaced = {link.replaces for link in links}
    return [(link.rule, link.target) for link in links if link.id not in replaced]


@pytest.mark.parametrize("together", [1, 3])
def test_in_any_order_the_same_link_counts(state: State, together: int) -> None:
    for order in permutations([EARLIER, MEANT, ANSWER, NUMBER_ONLY]):
        links = _hear(state, order, together)
        assert _counting(links) == [("claim.reference", event_id_of(MEANT))]
        assert {link.rule for link in links} == {"claim.reference"}
        assert _release(state) == []
        state.links.forget("2027")


def test_what_came_after_the_answer_is_meant_only_where_nothing_came_before(state: State) -> None:
    assert _counting(_hear(state, [ANSWER, OTHER, MEANT])) == [("claim.reference", event_id_of(MEANT))]
    assert _hear(state, [NUMBER_ONLY, _event(REFERENCE.request, ("B", "1"), 5)]) == []


def test_of_what_came_after_the_answer_the_first_is_meant(state: State) -> None:
    again = _event(REFERENCE.request, ("B", "1"), 5)
    assert _counting(_hear(state, [ANSWER, again, OTHER])) == [("claim.reference", event_id_of(OTHER))]


def test_a_rule_that_waits_is_used_when_its_time_has_come(state: State) -> None:
    assert _hear(state, [NUMBER_ONLY, ANSWER]) == []
    assert _release(state, "2026-01-03T00:04:59.999Z") == []
    rows = state.links.due(0, LATE)
    assert state.links.due(1, LATE) == []
    [(link, _)] = state.links.release(rows, chosen)
    assert (link.rule, link.target, link.replaces) == ("claim.number", event_id_of(NUMBER_ONLY), "")
    assert [link.id for link, _ in state.links.release(rows, chosen)] == [link.id]  # killed before it was published
    state.links.released(rows)
    assert state.links.due(0) == []
    [better] = _hear(state, [MEANT])
    assert (better.rule, better.target, better.replaces) == ("claim.reference", event_id_of(MEANT), link.id)
    rows_shown = links_of(state, ANSWER)
    assert {each["rule"]: each["replaced_by"] for each in rows_shown} == {"claim.number": better.id, "claim.reference": None}
    assert [each["replaced_by"] for each in links_of(state, NUMBER_ONLY)] == [better.id]


def test_what_waited_is_linked_by_a_request_that_comes_later_still(state: State) -> None:
    assert _hear(state, [ANSWER]) == _release(state, LATE) == []
    assert _counting(_hear(state, [NUMBER_ONLY])) == [("claim.number", event_id_of(NUMBER_ONLY))]


def test_an_answer_that_names_no_batch_does_not_wait(state: State) -> None:
    number = RULES[RANKS["claim.number"]]
    assert _counting(_hear(state, [NUMBER_ONLY, _event(number.answer, ("1",), 2)])) == [("claim.number", event_id_of(NUMBER_ONLY))]


def test_what_waits_is_forgotten_with_its_answer(state: State) -> None:
    _hear(state, [ANSWER])
    state.links.forget("2026-02-01")
    assert state.links.due(0) == []


def test_as_many_requests_as_are_kept_all_after_the_answer_say_nothing(state: State) -> None:
    """An earlier one may have been among those that are kept no more. A weaker rule may still know."""
    trace, member = (RULES[RANKS[f"eligibility.requested.{name}"]] for name in ("trace_number", "reference_member"))
    requests = [_numbered(trace.request, ("7",), number) for number in range(PER_KEY)]
    answer = _both(_event(trace.answer, ("7",), 0), _event(member.answer, ("R", "M"), 0))
    assert len(_hear(state, [answer, *requests[1:]], PER_KEY)) == 1
    state.links.forget("2027")
    assert _hear(state, [answer, *requests], PER_KEY + 1) == []
    assert _counting(_hear(state, [_event(member.request, ("R", "M"), 5)])) == [(member.name, event_id_of(_event(member.request, ("R", "M"), 5)))]


def _numbered(side: Side, values: tuple[str, ...], number: int) -> Record:
    """One of many requests, all recorded after an answer that is number 0."""
    record = _event(side, values, 2)
    headers = tuple((name, value.replace(b"a" * 20, b"a" * 18 + b"%02d" % number)) for name, value in record.headers)
    return record._replace(headers=headers)


def _both(one: Record, other: Record) -> Record:
    return one._replace(value=orjson.dumps(orjson.loads(one.value) | orjson.loads(other.value)))


async def passes_over_a_restart(world: Linking, monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits is linked although nothing comes any more; what comes then still is better, and says what it replaces.

    The first time it is published the stage fails right behind that, and then knows that it was.
    """
    monkeypatch.setattr(stage, "RELEASE_SECONDS", 0.02)
    async with world.running():
        claims = await world.pass_through(interchange(1, range(2), 2))
        [answer] = [content for content in await world.answers() if b"ST*277*" in content]
        await world.pass_through(answer.replace(b"TRN*2*1~", b"TRN*2*SOMEONE ELSES~"), "back")
        assert await world.links() == []
        assert world.gateway.state.links.unmatched() == 3
    world.clock.now += WAITS["river"] + timedelta(seconds=1)
    async with world.running():
        links_of_state = world.gateway.state.links
        released = links_of_state.released

        def failing(rows: Sequence[LaterRow]) -> None:
            links_of_state.released = released  # type: ignore[method-assign]
            raise OSError

        links_of_state.released = failing  # type: ignore[method-assign]
        while any(world.gateway.state.links.due(lane) for lane in range(2)):  # noqa: ASYNC110 (what is released says so to nobody)
            await asyncio.sleep(0.02)
        links = await world.links()
        assert {(data["rule"], data["request"].startswith(claims.receipt)) for _, data in links} == {("claim.number", True)}
        weak = [attributes["id"] for attributes, _ in links]
        assert len(weak) == len(set(weak)) == 2
        recorded = {event_id_of(record): attributes_of(record)["recordedtime"] for record in await world.records("claims.test")}
        for attributes, data in links:
            assert datetime.fromisoformat(attributes["recordedtime"]) == datetime.fromisoformat(recorded[data["answer"]]) + WAITS["river"]
        await world.pass_through(interchange(2, range(2), 2).replace(b"BHT*0019*00*2*", b"BHT*0019*00*SOMEONE ELSES*"))
        strong = [attributes for attributes, data in await world.links() if data["rule"] == "claim.reference"]
        assert sorted(attributes["replaces"] for attributes in strong) == sorted(weak)


@pytest.mark.asyncio
async def test_what_waits_is_linked_over_a_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await passes_over_a_restart(Linking(tmp_path), monkeypatch)
