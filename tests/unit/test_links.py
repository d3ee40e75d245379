"""Answers are linked to what they answer, whichever comes first: rules against the event models, State, and whole files through a gateway."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args, get_origin

import httpx
import orjson
import pytest
from pydantic import BaseModel

from gateway.answers.settings import AnswerSettings
from gateway.api.app import create_app
from gateway.api.keys import create_key
from gateway.cli.main import main
from gateway.config import TopicSettings
from gateway.links.keys import heard
from gateway.links.rules import ANY, RANKS, RULES, Rule, Side
from gateway.links.stage import chosen
from gateway.pipeline.events import attributes_of, event_id_of
from gateway.pipeline.services import EVENT_TOPICS
from gateway.runtime import Gateway
from gateway.seams import Record
from gateway.sites import Feed, Site
from gateway.state import State
from gateway.toml_file import ConfigError
from schemas.events import event_kinds
from schemas.events.common import Event
from schemas.events.fields import bare
from schemas.events.link import AnswerLinked
from tests.fault.gateway_kill import interchange
from tests.unit.pipeline_world import World, production

CLAIMS = interchange(1, range(4), 2)
WAITS = dict.fromkeys(("river", "lake", *(f"site{number}" for number in range(1, 10))), timedelta(minutes=5))


# -- the rules and the models


def _held(model: type[BaseModel], path: str) -> Any:
    kind: Any = model
    for name in path.split("."):
        kind = bare(kind.model_fields[name].annotation)
        kind = get_args(kind)[0] if get_origin(kind) is list else kind
    return kind


def _levels(side: Side, model: type[BaseModel]) -> list[type[BaseModel]]:
    levels = [model]
    for name in side.each:
        assert get_origin(bare(levels[-1].model_fields[name].annotation)) is list
        levels.append(_held(levels[-1], name))
    return levels


def _sides() -> Iterator[tuple[str, Side]]:
    for rule in RULES:
        yield rule.name, rule.answer
        yield rule.name, rule.request


@pytest.mark.parametrize(("name", "side"), list(_sides()))
def test_fields_of_a_rule_are_texts_of_its_event(name: str, side: Side) -> None:
    levels = _levels(side, Event if side.kind == ANY else event_kinds()[side.kind])
    for field in side.fields:
        level, colon, path = field.partition("|")[0].rpartition(":")
        assert _held(levels[int(level)] if colon else levels[-1], path) is str, field
    for field, _ in side.where:
        assert _held(levels[-1], field) is str


def test_names_are_unique_and_both_sides_have_as_many_fields() -> None:
    assert len(RANKS) == len(RULES)
    assert all(len(rule.answer.fields) == len(rule.request.fields) == len(rule.on) for rule in RULES)


# -- one answer and one request of each rule


def _put(data: dict[str, Any], path: str, value: str) -> None:
    *above, last = path.split(".")
    for name in above:
        data = data.setdefault(name, {})
    data[last] = value


def _event(side: Side, values: tuple[str, ...], number: int, site: str = "river") -> Record:
    """An event that has these values in the fields of a side, and nothing else."""
    kind = "claim.adjudicated" if side.kind == ANY else side.kind
    receipt = f"{'a' * 24}{'bcdefgh'[number]}2"
    root: dict[str, Any] = {"envelope": {}, "provenance": {"receipt": receipt, "map": "0", "isa": 0, "gs": 106, "st": 150, "item": 512}}
    levels = [root]
    for name in side.each:
        levels[-1][name] = [{}, {}]
        levels.append(levels[-1][name][1])
    for field, value in zip(side.fields, values, strict=True):
        level, colon, path = field.partition("|")[0].rpartition(":")
        _put(levels[int(level)] if colon else levels[-1], path, value)
    for field, value in side.where:
        levels[-1][field] = value
    attributes = {
        "ce_id": f"{receipt}.512.{kind}", "ce_type": f"clearplane.{kind}.v1", "ce_source": f"/sites/{site}/feeds/f", "ce_usage": "test",
        "ce_subject": "k", "ce_partitionkey": "k", "ce_recordedtime": f"2026-01-0{number + 1}T00:00:00.000Z",
    }  # fmt: skip
    headers = tuple((name, value.encode()) for name, value in attributes.items())
    return Record("claims.test", 0, number, 0, b"k", orjson.dumps(root), headers)


def _values(rule: Rule, change: int | None = None) -> tuple[str, ...]:
    return tuple(f"{number}{'X' if number == change else ''}" for number in range(1, len(rule.on) + 1))


def _hear(state: State, *records: Record) -> list[tuple[str, str, str]]:
    """Links by (rule, part, request), hearing one event after the other."""
    found = []
    for record in records:
        noted = heard(record, "claims", WAITS)
        assert noted is not None
        found += state.links.hear([noted.site], [noted.event], chosen)
    return [(link.rule, link.part, link.target) for link, _ in found]


@pytest.fixture
def state(tmp_path) -> Iterator[State]:
    opened = State.open(f"sqlite:///{tmp_path / 'state.db'}")
    yield opened
    opened.close()


@pytest.mark.parametrize("answer_first", [False, True])
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_each_rule_links_in_either_order(state: State, rule: Rule, answer_first: bool) -> None:
    answer, request = _event(rule.answer, _values(rule), 1), _event(rule.request, _values(rule), 0)
    found = _hear(state, *((answer, request) if answer_first else (request, answer)))
    receipt, event = event_id_of(request).split(".")[0], event_id_of(request)
    target = {"event": event, "set": f"{receipt}.150", "group": f"{receipt}.106", "interchange": f"{receipt}.0"}[rule.level]
    part = "".join(f"/{name}/1" for name in rule.answer.each) if rule.parts else ""
    assert (rule.name, part, target) in found


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_field_of_a_rule_counts(state: State, rule: Rule) -> None:
    for change in range(1, len(rule.on) + 1):
        site = f"site{change}"
        found = _hear(state, _event(rule.request, _values(rule), 0, site), _event(rule.answer, _values(rule, change), 1, site))
        assert rule.name not in [name for name, _, _ in found]


TRACE = RULES[RANKS["eligibility.requested.trace"]]
NUMBER = RULES[RANKS["eligibility.requested.trace_number"]]
CLAIM = RULES[RANKS["claim.number"]]


@pytest.mark.parametrize("order", [(0, 1, 3, 4), (4, 0, 1, 3), (1, 0, 4, 3)])
def test_the_latest_request_before_the_answer_is_meant(state: State, order: tuple[int, ...]) -> None:
    """The answer is number 3 in time, whatever the order in which they are heard."""
    sides = {number: CLAIM.answer if number == 3 else CLAIM.request for number in order}
    [(_, _, target)] = _hear(state, *(_event(sides[number], ("1",), number) for number in order))
    assert target == event_id_of(_event(CLAIM.request, ("1",), 1))


def test_a_stronger_rule_links_once_more_and_a_weaker_one_does_not(state: State) -> None:
    answer = _event(TRACE.answer, ("7", "ME"), 2)
    weak, strong, weaker = _event(NUMBER.request, ("7",), 0), _event(TRACE.request, ("7", "ME"), 1), _event(NUMBER.request, ("7",), 3)
    found = _hear(state, weak, answer, strong, weaker)
    assert [(name, target) for name, _, target in found] == [
        ("eligibility.requested.trace_number", event_id_of(weak)), ("eligibility.requested.trace", event_id_of(strong)),
    ]  # fmt: skip


def test_a_number_used_for_everything_stays_cheap(state: State) -> None:
    """Twenty of each side at most are looked at."""
    requests = [_event(CLAIM.request, ("1",), 0) for _ in range(40)]
    pairs = [heard(record, "claims", WAITS) for record in requests]
    renamed = [
        each._replace(id=f"{number}", targets=[row._replace(target=f"{number}") for row in each.targets])
        for number, each in enumerate(noted.event for noted in pairs if noted is not None)
    ]
    state.links.hear(["river"], renamed, chosen)
    seen: list[int] = []

    def counted(pairs: Any, made: Any, causes: Any) -> Any:
        seen.append(len(pairs))
        return chosen(pairs, made, causes)

    found = heard(_event(CLAIM.answer, ("1",), 1), "claims", WAITS)
    assert found is not None
    assert len(state.links.hear(["river"], [found.event], counted)) == 1
    assert seen == [20]


def test_sites_and_usages_are_apart(state: State) -> None:
    request = _event(TRACE.request, ("7", "ME"), 0)
    for name, other in (("ce_usage", b"production"), ("ce_source", b"/sites/lake/feeds/f")):
        headers = tuple((key, other if key == name else value) for key, value in request.headers)
        assert _hear(state, request._replace(headers=headers)) == []
    assert _hear(state, _event(TRACE.answer, ("7", "ME"), 1)) == []
    assert state.links.unmatched() == 1


def test_an_event_heard_again_gives_the_links_it_caused_again(state: State) -> None:
    request, answer = _event(TRACE.request, ("7", "ME"), 0), _event(TRACE.answer, ("7", "ME"), 1)
    assert len(_hear(state, request, answer)) == 1
    assert len(_hear(state, answer)) == 1
    assert _hear(state, request) == []


@pytest.mark.parametrize("name", ["status.trace_number", "batch.reference", "eligibility.requested.trace_number"])
def test_0_is_no_trace_number(state: State, name: str) -> None:
    rule = RULES[RANKS[name]]
    assert _hear(state, _event(rule.request, ("0",), 0), _event(rule.answer, ("0",), 1)) == []


def test_what_is_gone_from_the_log_is_forgotten(state: State) -> None:
    _hear(state, _event(TRACE.request, ("7", "ME"), 0), _event(TRACE.answer, ("8", "ME"), 0))
    state.links.forget("2026-01-02")
    assert _hear(state, _event(TRACE.answer, ("7", "ME"), 2), _event(TRACE.request, ("8", "ME"), 2)) == []


# -- whole files


class Linking(World):
    """The same site sends claims by one feed and gets acknowledgements back by another."""

    def __init__(self, folder: Any, **values: Any) -> None:
        super().__init__(folder, **values)
        answers = AnswerSettings(ta1="always", claims="277CA")
        feeds = Feed(id="claims", answers=answers), Feed(id="back")
        self.sites = {
            "river": Site(id="river", feeds=feeds, links=True, links_wait_seconds=WAITS["river"].total_seconds()),
            "lake": Site(id="lake", feeds=feeds),
        }

    @asynccontextmanager
    async def running(self) -> Any:
        await self.start()
        try:
            async with asyncio.timeout(30):
                yield self
        finally:
            await self.stop()

    async def answers(self) -> list[bytes]:
        """What was written to the sender, oldest first."""
        found = [delivery for receipt in self.gateway.state.receipts.page() for delivery in self.gateway.state.deliveries.of(receipt.receipt)]
        return [self.gateway.blobs.read(each.sha256) for each in found]

    async def links(self) -> list[tuple[dict[str, str], dict[str, Any]]]:
        records = [record for record in await self.records(*EVENT_TOPICS) if event_id_of(record).partition("~")[0].endswith(".answer.linked")]
        return [(attributes_of(record), orjson.loads(record.value)) for record in records]


EXPECTED = {
    ("interchange", None): 1, ("group", None): 1, ("set", "/sets/0"): 1, ("set", "/sets/1"): 1, ("claim.reference", None): 4,
    ("batch.reference_parties", None): 2,
}  # fmt: skip
"""By rule and part: a TA1, a 999 of two sets, and a 277CA with two sets of two claims each."""


def _tally(links: list[tuple[dict[str, str], dict[str, Any]]]) -> dict[tuple[str, str | None], int]:
    found: dict[tuple[str, str | None], int] = {}
    for _, data in links:
        AnswerLinked.model_validate(data)
        key = data["rule"], data.get("part")
        found[key] = found.get(key, 0) + 1
    return found


@pytest.mark.asyncio
@pytest.mark.parametrize("turned", [False, True])
async def test_acknowledgements_that_come_back_are_linked_to_what_they_speak_of(tmp_path, turned: bool) -> None:
    async with Linking(tmp_path / "first").running() as world:
        receipt = (await world.pass_through(CLAIMS)).receipt
        answers = await world.answers()
        assert len(answers) == 3
        if not turned:
            for content in answers:
                await world.pass_through(content, "back")
            links = await world.links()
    if turned:  # acknowledgements first
        async with Linking(tmp_path / "second").running() as world:
            for content in answers:
                await world.pass_through(content, "back")
            assert await world.links() == []
            assert world.gateway.state.links.unmatched() == 8
            await world.pass_through(CLAIMS)
            links = await world.links()
            assert world.gateway.state.links.unmatched() == 0
    assert _tally(links) == EXPECTED
    for attributes, data in links:
        assert data["request"].startswith(receipt)
        assert attributes["id"].startswith(data["answer"].removesuffix(data["answer_kind"]))
        assert (attributes["usage"], attributes["source"]) == ("test", "/sites/river/feeds/back")
    claims = {data["answer"].rpartition(".")[0]: data["request"] for _, data in links if data["rule"] == "claim.reference"}
    assert len(set(claims.values())) == 4
    assert len({attributes["id"] for attributes, _ in links}) == sum(EXPECTED.values())


GOLDEN = Path(__file__).parents[1] / "golden"
PAIRS = {
    ("270_subscriber", "271_benefits"): ("eligibility.requested.trace", 1),
    ("276_claims", "277_statuses"): ("status.trace_number", 3),
    ("278_request", "278_response"): ("authorization.requested.trace", 1),
    ("278_notification",): ("authorization.notified.trace", 1),
    ("278_inquiry",): ("authorization.inquired.trace", 1),
}  # fmt: skip


@pytest.mark.asyncio
async def test_questions_and_their_answers(tmp_path) -> None:
    async with Linking(tmp_path).running() as world:
        for pair, (rule, expected) in PAIRS.items():
            before = {attributes["id"] for attributes, _ in await world.links()}
            for case in reversed(pair):
                await world.pass_through((GOLDEN / case / "input.x12").read_bytes(), "back")
            found = Counter(data["rule"] for attributes, data in await world.links() if attributes["id"] not in before)
            assert (rule, found[rule]) == (rule, expected), (pair, found)


@pytest.mark.asyncio
async def test_links_are_found_by_either_side(tmp_path, capsys: pytest.CaptureFixture[str]) -> None:
    world = Linking(tmp_path)
    async with world.running():
        await world.pass_through(CLAIMS)
        for content in await world.answers():
            await world.pass_through(content, "back")
        links = await world.links()
        _, token = create_key(world.gateway.state, "test", ["events:read"])
        transport = httpx.ASGITransport(create_app(world.gateway))
        async with httpx.AsyncClient(transport=transport, base_url="http://test", headers={"Authorization": f"Bearer {token}"}) as http:
            [claim, *_] = [data for _, data in links if data["rule"] == "claim.reference"]
            of_answer = (await http.get(f"/v1/events/{claim['answer']}/links")).json()["links"]
            assert [(link["rule"], link["request"]) for link in of_answer] == [("claim.reference", claim["request"])]
            of_claim = (await http.get(f"/v1/events/{claim['request']}/links")).json()["links"]
            assert {link["rule"] for link in of_claim} == {"interchange", "group", "set", "claim.reference", "batch.reference_parties"}
            assert all(link["on"] for link in of_claim)
            event = await http.get(f"/v1/events/{links[0][0]['id']}")
            assert (event.status_code, event.json()["data"]) == (200, links[0][1])
            assert (await http.get(f"/v1/events/{links[0][0]['id']}/explain")).status_code == 409
    (tmp_path / "clearplane.toml").write_text('data_dir = "data"\n')
    arguments = ["links", claim["request"], "--config", str(tmp_path / "clearplane.toml")]
    assert await asyncio.to_thread(main, arguments) == 0
    assert [orjson.loads(line) for line in capsys.readouterr().out.splitlines()] == of_claim


@pytest.mark.asyncio
async def test_a_site_that_does_not_ask_has_no_links(tmp_path) -> None:
    async with Linking(tmp_path).running() as world:
        await world.pass_through(CLAIMS, site="lake")
        for content in await world.answers():
            await world.pass_through(content, "back", "lake")
        assert await world.links() == []


@pytest.mark.asyncio
async def test_after_a_restart_nothing_is_linked_twice(tmp_path) -> None:
    world = Linking(tmp_path)
    async with world.running():
        await world.pass_through(production(CLAIMS))
        answers = await world.answers()
    async with world.running():
        for content in answers:
            await world.pass_through(content, "back")
        before = [attributes["id"] for attributes, _ in await world.links()]
    async with world.running():
        await world.pass_through(interchange(2, range(10, 12), 2))
        assert [attributes["id"] for attributes, _ in await world.links()] == before
        assert len(before) == len(set(before)) == sum(EXPECTED.values())


@pytest.mark.asyncio
async def test_lanes_need_as_many_partitions_of_each_topic(tmp_path) -> None:
    world = Linking(tmp_path, topics={"batches": TopicSettings(partitions=3)})
    with pytest.raises(ConfigError, match="same number of partitions"):
        async with Gateway(world.config, world.sites):
            pass
