"""Brokers away while messages come over MLLP: senders of a feed that this node acknowledges go on, others are told to come back, nothing is lost."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.api.service import Service
from gateway.config import ApiSettings, Config, KafkaSettings, LogSettings
from gateway.pipeline.events import event_id_of
from gateway.runtime import Gateway
from gateway.seams import TopicPartition
from gateway.sites import Feed, MllpSource, Site
from tests.servers.kafka import KafkaCluster
from tests.unit.test_mllp_inlet import Sender
from tests.unit.v2_world import adt

pytestmark = pytest.mark.asyncio
PARTITIONS = 2
REQUEST_SECONDS = 2.0
WAIT = 60.0


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[KafkaCluster]:
    """A node of its own that does not run yet."""
    made = KafkaCluster(tmp_path / "kafka")
    yield made
    made.close()


@asynccontextmanager
async def plane(folder: Path, cluster: KafkaCluster) -> AsyncIterator[tuple[Gateway, Sender, Sender]]:
    """A gateway, and a sender to each feed: `own` is acknowledged by this node, `far` by the brokers."""
    kafka = KafkaSettings(servers=cluster.servers, request_seconds=REQUEST_SECONDS, session_seconds=6.0)
    config = Config(
        data_dir=folder / "data", workers=1, api=ApiSettings(port=0),
        log=LogSettings(kind="kafka", prefix="away-", partitions=PARTITIONS, kafka=kafka),
    )  # fmt: skip
    source = (MllpSource(type="mllp", port=0),)
    feeds = (Feed(id="own", sources=source, acknowledge="local"), Feed(id="far", sources=source))
    async with Gateway(config, {"river": Site(id="river", feeds=feeds)}) as gateway, Service(gateway) as service:
        ports = [service.listeners["river", feed.id][0].port for feed in feeds]
        own, far = [Sender(*await asyncio.open_connection("127.0.0.1", port)) for port in ports]
        yield gateway, own, far
        own.writer.close()
        far.writer.close()


async def test_senders_go_on_or_are_told_to_come_back(tmp_path: Path, cluster: KafkaCluster) -> None:
    sent: dict[str, list[bytes]] = {"own": [], "far": []}

    async def taken(sender: Sender, feed: str, count: int) -> None:
        for _ in range(count):
            body = adt(len(sent[feed]), 1 if feed == "own" else 2, control=f"{feed}{len(sent[feed])}")
            assert await sender.ask(body) == "AA"
            sent[feed].append(body)

    await asyncio.to_thread(cluster.start)
    async with plane(tmp_path, cluster) as (gateway, own, far):
        await gateway.preparation.succeeded()
        await asyncio.gather(taken(own, "own", 5), taken(far, "far", 5))
        await asyncio.to_thread(cluster.kill, 1)
        refused = adt(5, 2, control="far5")
        await asyncio.gather(taken(own, "own", 20), refuse(far, refused))
        await asyncio.to_thread(cluster.start)
        async with asyncio.timeout(WAIT):
            while await far.ask(refused) != "AA":  # noqa: ASYNC110 (told by asking)
                await asyncio.sleep(0.2)
        sent["far"].append(refused)
        await asyncio.gather(taken(own, "own", 5), taken(far, "far", 5))
        async with asyncio.timeout(WAIT):
            await gateway.wait_idle()
        ids = Counter([event_id_of(record) for number in range(PARTITIONS) for record in await records(gateway, number)])
        assert max(ids.values()) == 1
        assert ids.total() == len(sent["own"]) + len(sent["far"])
        assert not any(task.broken for task in gateway.health())


async def refuse(sender: Sender, body: bytes) -> None:
    assert await sender.ask(body) == "AR"


async def records(gateway: Gateway, number: int) -> list:
    partition = TopicPartition(gateway.config.topic("patients.test"), number)
    return await gateway.log.read(partition, (await gateway.log.offsets(partition))[0])
