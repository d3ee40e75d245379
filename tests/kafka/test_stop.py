"""`clearplane run` told to stop: what is under way ends, its partitions go to others at once, and a second word ends it at once."""

import asyncio
import json
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.api.keys import create_key
from gateway.config import Config
from gateway.pipeline.events import event_id_of
from gateway.runtime import Gateway
from gateway.seams import TopicPartition
from gateway.sites import load_sites
from gateway.state import State
from tests.fault.gateway_kill import interchange
from tests.unit.pipeline_world import EVENT_TOPICS, claim_offsets

pytestmark = pytest.mark.asyncio
WAIT = 40.0
STOP_SECONDS = 15.0
PARTITIONS = 3
SITE = 'id = "river"\n[[feeds]]\nid = "claims"\n[[feeds.sources]]\ntype = "http"\n'
SETTINGS = """
data_dir = "data"
workers = 1
[api]
port = 0
[limits]
chunk_bytes = 4096
[log]
kind = "{kind}"
partitions = {partitions}
prefix = "{prefix}"
[log.kafka]
servers = ["{server}"]
session_seconds = 60
"""


class Process:
    """`clearplane run` in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.lines: list[dict[str, Any]] = []

    async def said(self, message: str) -> dict[str, Any]:
        """The log line that begins like this."""
        assert self.process.stderr is not None
        async with asyncio.timeout(WAIT):
            while line := await self.process.stderr.readline():
                self.lines.append(json.loads(line))
                if self.lines[-1]["message"].startswith(message):
                    return self.lines[-1]
        raise AssertionError(f"it ended without saying {message!r}: {self.lines}")

    async def ended(self, seconds: float) -> int:
        """Its exit code."""
        async with asyncio.timeout(seconds):
            await self.process.communicate()
        assert self.process.returncode is not None
        return self.process.returncode

    def tell(self) -> None:
        self.process.send_signal(signal.SIGTERM)


@asynccontextmanager
async def running(config: Path, *options: str) -> AsyncIterator[Process]:
    command = [sys.executable, "-c", "from gateway.cli.main import entry; entry()", "run", "--config", str(config), *options]
    process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    try:
        yield Process(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def configured(folder: Path, kind: str = "embedded", server: str = "127.0.0.1:9", prefix: str = "") -> Path:
    (folder / "sites").mkdir()
    (folder / "sites" / "river.toml").write_text(SITE)
    path = folder / "clearplane.toml"
    path.write_text(SETTINGS.format(kind=kind, partitions=PARTITIONS, server=server, prefix=prefix))
    return path


def token_for(config: Config) -> dict[str, str]:
    state = State.open(config.state_url)
    try:
        return {"Authorization": f"Bearer {create_key(state, 'test', ['admin'])[1]}"}
    finally:
        state.close()


async def ids_on(gateway: Gateway) -> Counter[str]:
    found: Counter[str] = Counter()
    for topic in EVENT_TOPICS:
        for number in range(PARTITIONS):
            partition = TopicPartition(gateway.config.topic(topic), number)
            at = (await gateway.log.offsets(partition))[0]
            while records := await gateway.log.read(partition, at):
                found.update(map(event_id_of, records))
                at = records[-1].offset + 1
    return found


async def test_a_stopped_process_leaves_its_groups_and_another_goes_on_where_it_was(tmp_path: Path, kafka_servers: tuple[str, ...]) -> None:
    """A member that does not leave would keep its partitions for a minute, longer than this waits."""
    path = configured(tmp_path, "kafka", kafka_servers[0], f"{tmp_path.name}-")
    config = Config.load(path)
    contents = [interchange(number, range(number * 1000, number * 1000 + 150), 40) for number in range(1, 7)]
    receipts = []
    async with running(path) as process:
        up = await process.said("gateway is up")
        assert (up["roles"], up["log"]) == ("intake, normalise, serve", "kafka")
        async with httpx.AsyncClient(base_url=up["url"], headers=token_for(config), timeout=WAIT) as client:
            for content in contents:
                answer = await client.post("/v1/intake/river/claims", content=content)
                assert answer.status_code == 202
                receipts.append(answer.json()["receipt"])
        process.tell()
        await process.said("gateway stops")
        assert await process.ended(STOP_SECONDS) == 0
    async with Gateway(config, load_sites(config.sites_dir)) as gateway:
        async with asyncio.timeout(WAIT):
            await gateway.wait_final(receipts)
            await gateway.wait_idle()
        expected = {f"{receipt}.{offset}.claim.submitted" for receipt, each in zip(receipts, contents, strict=True) for offset in claim_offsets(each)}
        assert await ids_on(gateway) == Counter(expected)


async def test_a_request_in_hand_is_answered_and_a_second_word_waits_for_nobody(tmp_path: Path) -> None:
    path = configured(tmp_path)
    headers = token_for_new(path)
    content = interchange(1, range(3), 5)
    for words, code in ((1, 0), (2, 128 + signal.SIGTERM)):
        async with running(path, "--role", "intake") as process:
            up = await process.said("gateway is up")
            assert up["roles"] == "intake"
            go_on = asyncio.Event()

            async def body(go_on: asyncio.Event = go_on) -> AsyncIterator[bytes]:
                yield content[:500]
                await go_on.wait()
                yield content[500:]

            async with httpx.AsyncClient(base_url=up["url"], headers=headers, timeout=WAIT) as client:
                upload = asyncio.create_task(client.post("/v1/intake/river/claims", content=body()))
                async with asyncio.timeout(WAIT):
                    while not list((tmp_path / "data" / "blobs" / "incoming").iterdir()):  # noqa: ASYNC110 (told by looking)
                        await asyncio.sleep(0.01)
                process.tell()
                await process.said("nothing is taken from folders and listeners any more")
                if words == 2:
                    process.tell()
                    assert await process.ended(STOP_SECONDS) == code
                    upload.cancel()
                    await asyncio.wait([upload])
                else:
                    go_on.set()
                    assert (await upload).status_code == 202
                    assert await process.ended(STOP_SECONDS) == code


def token_for_new(path: Path) -> dict[str, str]:
    """A key in a data folder that no gateway has made yet."""
    config = Config.load(path)
    config.data_dir.mkdir(mode=0o700)
    return token_for(config)


async def test_an_unknown_role_is_refused(tmp_path: Path) -> None:
    async with running(configured(tmp_path), "--role", "intake,reader") as process:
        assert process.process.stderr is not None
        said = (await process.process.stderr.read()).decode()
        assert "--role: no role 'reader'; roles are intake, normalise, serve and all" in said
        assert await process.ended(STOP_SECONDS) == 64
