"""Acknowledgements and links on Kafka: split over processes that share nothing but brokers and stores, and killed in between."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from gateway.answers.outbound import outbound_of
from gateway.answers.settings import AnswerSettings, DirectorySink
from gateway.config import KafkaSettings, LogSettings
from gateway.log.once import once
from gateway.pipeline.events import event_id_of
from gateway.roles import INTAKE, NORMALISE, SERVE
from gateway.runtime import Gateway
from gateway.seams import TopicPartition
from gateway.sites import Feed, Site
from tests.fault import answers_kill
from tests.fault.gateway_kill import interchange
from tests.unit.pipeline_world import World, chunks
from tests.unit.test_links import Linking
from tests.unit.test_links_order import passes_over_a_restart

WAIT = 90.0


@pytest.mark.asyncio
async def test_processes_share_the_answering_and_the_linking(tmp_path: Path, kafka_servers: tuple[str, ...]) -> None:
    log = LogSettings(kind="kafka", prefix=f"{tmp_path.name}-", partitions=3, kafka=KafkaSettings(servers=kafka_servers))
    world = World(tmp_path, log=log)
    outbox = tmp_path / "out"
    answers = AnswerSettings(claims="277CA", sinks=(DirectorySink(type="directory", path=outbox),))
    world.sites = {"river": Site(id="river", links=True, feeds=(Feed(id="claims", answers=answers), Feed(id="back")))}
    async with asyncio.timeout(WAIT), AsyncExitStack() as stack:
        roles = (INTAKE, NORMALISE, NORMALISE, SERVE)
        intake, _, _, serve = [await stack.enter_async_context(Gateway(world.config, world.sites, world.clock, (role,))) for role in roles]
        contents = [interchange(number, range(number * 10, number * 10 + 4), 2) for number in range(1, 9)]
        receipts = [(await intake.intake.accept("river", "claims", chunks(content))).receipt for content in contents]
        await serve.wait_idle()
        names = {f"{receipt}.0.{kind}.x12" for receipt in receipts for kind in ("999", "277ca")}
        assert {path.name for path in outbox.iterdir()} == names
        reader = once(serve.log, 1000)
        outbound = [record for number in range(3) for record in await reader.read(TopicPartition(f"{log.prefix}outbound", number), 0)]
        assert {outbound_of(record).name: record.value for record in outbound if record.value}.keys() <= names
        assert len({outbound_of(record).id for record in outbound}) == len(names)
        await intake.intake.accept("river", "claims", chunks(contents[0]))
        for path in sorted(outbox.iterdir()):
            await intake.intake.accept("river", "back", chunks(path.read_bytes()))
        await serve.wait_idle()
        events = []
        for topic in ("claims.test", "batches.test"):
            for number in range(3):
                events += await reader.read(TopicPartition(log.prefix + topic, number), 0, 10_000)
        linked = [event_id_of(record) for record in events if ".answer.linked~" in event_id_of(record)]
        # of each file a 999 with two sets, and a 277CA with two sets of two claims
        assert len(linked) == len(set(linked)) == len(contents) * (1 + 2 + 2 + 4)


@pytest.mark.asyncio
async def test_what_waits_is_linked_over_a_restart(tmp_path: Path, kafka_servers: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    log = LogSettings(kind="kafka", prefix=f"{tmp_path.name}-", partitions=2, kafka=KafkaSettings(servers=kafka_servers))
    await passes_over_a_restart(Linking(tmp_path, log=log), monkeypatch)


def test_killed_between_publishing_and_acknowledging(tmp_path: Path, kafka_servers: tuple[str, ...]) -> None:
    counted = answers_kill.run(kills=2, files=40, seed="short", folder=tmp_path, servers=kafka_servers)
    assert counted["between"] == 2
    assert counted["acknowledgements"] == 40 * 2 + 40 // 4
