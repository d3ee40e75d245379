"""Files of an SFTP server through a gateway: read, published, and moved to done on the server."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.api.service import Service
from gateway.config import ApiSettings, Config, LogSettings
from gateway.runtime import Gateway
from gateway.sites import Feed, SftpSource, Site
from tests.servers.sftp import Sftp
from tests.unit.v2_world import adt, batch

WAIT = 30.0


async def _until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT
    while not reached():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


@pytest.mark.asyncio
async def test_a_file_of_messages_is_taken_from_the_server_and_its_events_are_published(tmp_path: Path) -> None:
    server = await asyncio.to_thread(Sftp)
    try:
        await asyncio.to_thread(server.start)
        inbox = server.root / "inbox"
        inbox.mkdir()
        (inbox / "batch.hl7").write_bytes(batch([adt(number) for number in range(5)]))
        source = SftpSource(
            type="sftp", host="127.0.0.1", port=server.port, user=server.user, key=server.key, host_key=server.host_key, path="/inbox",
            stable_seconds=0, poll_seconds=0.1,
        )  # fmt: skip
        config = Config(data_dir=tmp_path / "data", workers=1, log=LogSettings(partitions=1), api=ApiSettings(port=0))
        async with Gateway(config, {"river": Site(id="river", feeds=(Feed(id="adt", sources=(source,)),))}) as gateway, Service(gateway):
            await _until((inbox / "done" / "batch.hl7").exists)
            [receipt] = await asyncio.to_thread(gateway.state.receipts.page, "river", "adt")
            assert (receipt.status, receipt.counts["published"]) == ("done", 5)

            def available() -> float | None:
                labels = {"site": "river", "feed": "adt", "type": "sftp"}
                return gateway.metrics.registry.get_sample_value("clearplane_source_available", labels)

            assert available() == 1
            server.kill()
            await _until(lambda: available() == 0)
    finally:
        await asyncio.to_thread(server.close)
