"""The state database or the blob store goes away and comes back: senders are told to wait, no file is taken for unreadable, work goes on."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

import httpx
import pytest

from gateway.api.keys import create_key
from gateway.api.service import Service
from gateway.config import ApiSettings, BlobSettings, BucketSettings, StateSettings
from gateway.runtime import Gateway
from gateway.sites import DirectorySource, Feed, HttpSource, Site
from tests.fault.gateway_kill import interchange
from tests.servers.postgres import Postgres
from tests.servers.s3 import S3
from tests.unit.pipeline_world import World, chunks, claim_offsets

pytestmark = pytest.mark.asyncio
WAIT = 40.0
CLAIMS = 400


class Server(Protocol):
    def start(self) -> None: ...

    def stop(self) -> None: ...


@pytest.fixture
def postgres_alone() -> Iterator[Postgres]:
    with Postgres() as server:
        yield server


@pytest.fixture
def s3_alone() -> Iterator[S3]:
    with S3() as server:
        yield server


class Watching(World):
    """One feed by HTTP and from a folder."""

    def __init__(self, folder: Path, **settings: object) -> None:
        super().__init__(folder, api=ApiSettings(port=0), **settings)
        self.inbox = folder / "inbox"
        self.inbox.mkdir()
        paths = {"path": self.inbox, "done": self.inbox / "done", "failed": self.inbox / "failed"}
        watched = DirectorySource(type="directory", stable_seconds=0, poll_seconds=0.05, **paths)
        self.sites = {"river": Site(id="river", feeds=(Feed(id="claims", sources=(HttpSource(type="http"), watched)),))}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[httpx.AsyncClient]:
        async with Gateway(self.config, self.sites) as self.gateway, Service(self.gateway) as service:
            headers = {"Authorization": f"Bearer {create_key(self.gateway.state, 'test', ['admin'])[1]}"}
            async with httpx.AsyncClient(base_url=service.url, headers=headers, timeout=WAIT) as http:
                yield http


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(WAIT):
        while not await condition():  # noqa: ASYNC110 (told by looking)
            await asyncio.sleep(0.05)


async def away_and_back(world: Watching, server: Server, part: str, sentence: str) -> None:
    contents = [interchange(number, range(number * 1000, number * 1000 + CLAIMS), 50) for number in range(1, 4)]
    small = interchange(9, range(2), 5)
    async with world.running() as http:
        receipts = [(await world.gateway.intake.accept("river", "claims", chunks(content))).receipt for content in contents]
        await asyncio.to_thread(server.stop)
        answer = await http.post("/v1/intake/river/claims", content=small)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert answer.json()["detail"] == sentence
        (world.inbox / "watched.x12").write_bytes(small)

        async def missing() -> bool:
            ready = await http.get("/health/ready")
            return ready.status_code == 503 and ready.json()["checks"][part] is False

        async def failing() -> bool:
            return any(task.failures for task in world.gateway.health())

        await until(missing)
        await until(failing)
        assert not (world.inbox / "failed").exists()
        await asyncio.to_thread(server.start)
        await until(lambda: asyncio.to_thread((world.inbox / "done" / "watched.x12").exists))
        async with asyncio.timeout(WAIT):
            await world.gateway.wait_idle()
        found = [world.gateway.state.receipts.get(receipt) for receipt in receipts]
        assert [(receipt.status, receipt.counts["published"], receipt.counts["dead"]) for receipt in found if receipt] == [("done", CLAIMS, 0)] * 3
        expected = {f"{receipt}.{at}.claim.submitted" for receipt, each in zip(receipts, contents, strict=True) for at in claim_offsets(each)}
        assert {event: count for event, count in (await world.ids()).items() if event in expected} == Counter(expected)
        await until(lambda: _ready(http))


async def _ready(http: httpx.AsyncClient) -> bool:
    return (await http.get("/health/ready")).status_code == 200


async def test_the_state_database_goes_away_and_comes_back(tmp_path: Path, postgres_alone: Postgres) -> None:
    world = Watching(tmp_path, state=StateSettings(url=postgres_alone.new_database()))
    await away_and_back(world, postgres_alone, "state", "keys cannot be checked now")


async def test_the_blob_store_goes_away_and_comes_back(tmp_path: Path, s3_alone: S3) -> None:
    keys = {}
    for name in ("access_key", "secret_key"):
        (tmp_path / name).write_text(getattr(s3_alone, name))
        keys[name] = f"file:{tmp_path / name}"
    bucket = BucketSettings(bucket=s3_alone.new_bucket(), endpoint=s3_alone.endpoint, timeout_seconds=2.0, retry_seconds=1.0, **keys)
    world = Watching(tmp_path, blobs=BlobSettings(s3=bucket))
    await away_and_back(world, s3_alone, "blobs", "the blob store cannot be used now")
