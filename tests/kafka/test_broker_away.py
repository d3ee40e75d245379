"""Brokers away at the start, in the middle and over restarts: what each feed is answered, and that all of it is published once, in order."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from gateway.api.keys import create_key
from gateway.api.service import Service
from gateway.config import ApiSettings, Config, KafkaSettings, LimitSettings, LogSettings
from gateway.pipeline.events import event_id_of
from gateway.pipeline.messages import received
from gateway.runtime import Gateway
from gateway.seams import LogError, Record, TopicPartition
from gateway.sites import DirectorySource, Feed, HttpSource, Site
from schemas.envelope import receipt_id
from tests.fault.gateway_kill import interchange
from tests.servers.kafka import KafkaCluster
from tests.unit.pipeline_world import EVENT_TOPICS, claim_offsets

pytestmark = pytest.mark.asyncio
PARTITIONS = 2
REQUEST_SECONDS = 2.0
WAIT = 40.0


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[KafkaCluster]:
    """A node of its own that does not run yet."""
    made = KafkaCluster(tmp_path / "kafka")
    yield made
    made.close()


class Plane:
    """One gateway after another on the same data folder; `own` is acknowledged by this node, `far` by the brokers, `folder` is watched."""

    def __init__(self, folder: Path, cluster: KafkaCluster) -> None:
        self.inbox = folder / "inbox"
        self.inbox.mkdir()
        kafka = KafkaSettings(servers=cluster.servers, request_seconds=REQUEST_SECONDS, session_seconds=6.0)
        log = LogSettings(kind="kafka", prefix="away-", partitions=PARTITIONS, kafka=kafka)
        limits = LimitSettings(chunk_bytes=4096, inline_bytes=2048)
        self.config = Config(data_dir=folder / "data", workers=1, log=log, limits=limits, api=ApiSettings(port=0))
        http = (HttpSource(type="http"),)
        paths = {"path": self.inbox, "done": self.inbox / "done", "failed": self.inbox / "failed"}
        watched = DirectorySource(type="directory", stable_seconds=0, poll_seconds=0.05, **paths)
        feeds = (Feed(id="own", sources=http, acknowledge="local"), Feed(id="far", sources=http), Feed(id="folder", sources=(watched,)))
        self.sites = {"river": Site(id="river", zone="America/New_York", feeds=feeds)}
        self.files = 0
        self.expected: dict[str, list[int]] = {}

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Client"]:
        async with Gateway(self.config, self.sites) as gateway, Service(gateway) as service:
            _, token = create_key(gateway.state, "test", ["admin"])
            headers = {"Authorization": f"Bearer {token}"}
            async with httpx.AsyncClient(base_url=service.url, headers=headers, timeout=30) as http:
                yield Client(self, gateway, http)

    def content(self) -> bytes:
        """A new file: small ones and some of several units."""
        self.files += 1
        return interchange(self.files, range(self.files * 100, self.files * 100 + (30 if self.files % 3 == 0 else 3)), 12)


class Client(NamedTuple):
    plane: Plane
    gateway: Gateway
    http: httpx.AsyncClient

    async def send(self, feed: str, content: bytes) -> httpx.Response:
        return await self.http.post(f"/v1/intake/river/{feed}", content=content)

    async def taken(self, feed: str, count: int = 1) -> list[str]:
        """Receipts of new files; their events are expected from now on."""
        receipts = []
        for _ in range(count):
            content = self.plane.content()
            answer = await self.send(feed, content)
            assert answer.status_code == 202, answer.text
            receipts.append(answer.json()["receipt"])
            self.plane.expected[receipts[-1]] = claim_offsets(content)
        return receipts

    async def ready(self) -> tuple[int, str, dict[str, bool]]:
        answer = await self.http.get("/health/ready")
        return answer.status_code, answer.json()["status"], answer.json()["checks"]

    async def records(self, name: str) -> list[Record]:
        log, found = self.gateway.log, list[Record]()
        for number in range(PARTITIONS):
            partition = TopicPartition(self.plane.config.topic(name), number)
            at = (await log.offsets(partition))[0]
            while more := await log.read(partition, at):
                found += more
                at = more[-1].offset + 1
        return found

    async def everything_once(self) -> None:
        """Waits until all that was taken is done; each claim is on the log once, the claims of a file in its order."""
        async with asyncio.timeout(WAIT):
            await self.gateway.wait_final(self.plane.expected)
            await self.gateway.wait_idle()
        events = [record for topic in EVENT_TOPICS for record in await self.records(topic)]
        ids = [event_id_of(record) for record in events]
        wanted = {f"{receipt}.{offset}.claim.submitted" for receipt, offsets in self.plane.expected.items() for offset in offsets}
        assert Counter(ids) == Counter(wanted)
        last: dict[tuple[str, int], int] = {}
        for record, event_id in zip(events, ids, strict=True):
            receipt, offset = event_id.split(".")[:2]
            assert last.get((receipt, record.partition), -1) < int(offset)
            last[receipt, record.partition] = int(offset)

    async def order(self, feed: str) -> list[str]:
        """Receipts of a feed as the log has them, each once."""
        arrivals = [received(record).arrival for record in await self.records("intake")]
        return list(dict.fromkeys(arrival.receipt for arrival in arrivals if arrival.feed == feed))


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(WAIT):
        while not await condition():  # noqa: ASYNC110 (told by looking)
            await asyncio.sleep(0.05)


def problem(answer: httpx.Response) -> str:
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert answer.headers["content-type"] == "application/problem+json"
    return str(json.loads(answer.content)["detail"])


async def test_started_before_its_brokers_and_restarted_without_them(tmp_path: Path, cluster: KafkaCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.runtime.START_SECONDS", 0.5)
    plane = Plane(tmp_path, cluster)
    watched = plane.content()
    async with plane.running() as client:
        status, word, checks = await client.ready()
        assert (status, word) == (200, "local only")
        assert [name for name, good in checks.items() if not good and name != "tasks"] == ["log", "prepared"]
        refused = plane.content()
        assert problem(await client.send("far", refused)) == "the log has not been reached since the start; nothing can be kept on it yet"
        own = await client.taken("own", 3)
        (plane.inbox / "watched.x12").write_bytes(watched)
        status = await client.http.get(f"/v1/intake/receipts/{own[0]}")
        assert status.json()["status"] == "received"
        assert (await client.http.get("/metrics")).text.count("clearplane_local_waiting_files 3.0") == 1
        with pytest.raises(LogError):
            await client.gateway.preparation.succeeded(0)
    async with plane.running() as client:
        own += await client.taken("own", 2)
        metrics = (await client.http.get("/metrics")).text
        assert "clearplane_local_waiting_files 5.0" in metrics
        assert "clearplane_log_available 0.0" in metrics
        assert not (plane.inbox / "failed").exists()
        await asyncio.to_thread(cluster.start)
        plane.expected[_receipt("folder", watched)] = claim_offsets(watched)
        await client.everything_once()
        assert await client.order("own") == own
        await until(lambda: asyncio.to_thread((plane.inbox / "done" / "watched.x12").exists))
        await client.taken("far")
        await client.everything_once()

        async def ready() -> bool:
            return (await client.ready())[:2] == (200, "ready")

        await until(ready)


async def test_brokers_that_go_and_come_back_and_a_start_with_other_partitions(tmp_path: Path, cluster: KafkaCluster) -> None:
    plane = Plane(tmp_path, cluster)
    await asyncio.to_thread(cluster.start)
    async with plane.running() as client:
        await client.taken("far", 2)
        own = await client.taken("own", 2)
        await asyncio.to_thread(cluster.kill, 1)
        refused, began = plane.content(), time.monotonic()
        assert problem(await client.send("far", refused)) == "the log cannot be used now"
        assert time.monotonic() - began < 3 * REQUEST_SECONDS
        own += await client.taken("own", 2)
        watched = plane.content()
        (plane.inbox / "watched.x12").write_bytes(watched)
        status, word, checks = await client.ready()
        assert (status, word, checks["log"]) == (200, "local only", False)
        await asyncio.to_thread(cluster.start)
        for content, feed in ((watched, "folder"), (refused, "far")):
            plane.expected[_receipt(feed, content)] = claim_offsets(content)

        async def taken() -> bool:
            return (await client.send("far", refused)).status_code == 202

        await until(taken)
        own += await client.taken("own")
        await until(lambda: asyncio.to_thread((plane.inbox / "done" / "watched.x12").exists))
        await client.everything_once()
        assert await client.order("own") == own
        assert not any(task.broken for task in client.gateway.health())
    other = plane.config.model_copy(update={"log": plane.config.log.model_copy(update={"partitions": PARTITIONS + 1})})
    with pytest.raises(LogError, match="partitions"):
        await Gateway(other, plane.sites).__aenter__()


def _receipt(feed: str, content: bytes) -> str:
    return receipt_id("river", feed, sha256(content).hexdigest())
