"""Roles on Kafka: processes that share nothing but brokers and stores do the work of one; the demo runs there too."""

import asyncio
import re
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from gateway.api.app import create_app
from gateway.api.keys import create_key
from gateway.cli.main import main
from gateway.config import KafkaSettings, LogSettings
from gateway.pipeline import normaliser, projection, publisher
from gateway.roles import INTAKE, NORMALISE, SERVE
from gateway.runtime import Gateway
from gateway.sites import Feed, HttpSource, Site
from tests.fault.gateway_kill import interchange
from tests.unit.pipeline_world import World, chunks, claim_offsets, remittance

WAIT = 60.0


@pytest.mark.asyncio
async def test_split_processes_do_the_work_of_one(tmp_path: Path, kafka_servers: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.pipeline.measure.LOOK_SECONDS", 0.2)
    monkeypatch.setattr("gateway.pipeline.projection.COMMIT_SECONDS", 0.2)
    log = LogSettings(kind="kafka", prefix=f"{tmp_path.name}-", partitions=3, kafka=KafkaSettings(servers=kafka_servers))
    world = World(tmp_path, log=log)
    world.sites = {"river": Site(id="river", feeds=(Feed(id="claims", sources=(HttpSource(type="http"),)), Feed(id="paid")))}
    async with asyncio.timeout(WAIT), AsyncExitStack() as stack:
        roles = (INTAKE, INTAKE, NORMALISE, NORMALISE, SERVE)
        first, second, normalise, _, serve = [
            await stack.enter_async_context(Gateway(world.config, world.sites, world.clock, (role,))) for role in roles
        ]
        contents = [interchange(number, range(number * 100, number * 100 + 40), 15) for number in range(1, 7)]
        expected = set()
        for number, content in enumerate(contents):
            taken = await (first, second)[number % 2].intake.accept("river", "claims", chunks(content))
            expected |= {f"{taken.receipt}.{offset}.claim.submitted" for offset in claim_offsets(content)}
        paid = await second.intake.accept("river", "paid", chunks(remittance(7, 30)))
        await serve.wait_idle()
        _, token = create_key(serve.state, "test", ["admin"])
        transport = httpx.ASGITransport(create_app(serve))
        async with httpx.AsyncClient(transport=transport, base_url="http://serve", headers={"Authorization": f"Bearer {token}"}) as http:
            page = (await http.get("/v1/events", params={"usage": "test", "limit": 1000})).json()
        found = [event["id"] for event in page["events"]]
        assert len(found) == len(set(found)) == len(expected) + 31
        assert expected == {event for event in found if not event.startswith(paid.receipt)}
        value = normalise.metrics.registry.get_sample_value
        for group, topic in ((normaliser.GROUP, "intake"), (publisher.GROUP, "work"), (projection.GROUP, "outcomes")):
            while value("clearplane_lag_records", {"group": group, "topic": log.prefix + topic}) != 0:  # noqa: ASYNC110 (told by looking)
                await asyncio.sleep(0.05)
        assert value("clearplane_log_available") == 1


def test_the_demo_on_brokers(tmp_path: Path, kafka_servers: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--once", "--claims", "8", "--data", str(tmp_path / "demo"), "--port", "0", "--servers", ",".join(kafka_servers)]) == 0
    said = capsys.readouterr().out
    assert re.search(r"claim\.submitted +\d+", said)
    assert "where one field comes from" in said


def test_servers_beyond_this_machine_need_tls(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--once", "--data", str(tmp_path / "demo"), "--servers", "brokers.example:9092"]) == 64
    assert "security tls or sasl_tls is required" in capsys.readouterr().err
