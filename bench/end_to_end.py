"""Files in a watched folder -> events committed on the embedded log, by the real gateway with all its workers.

`python -m bench.end_to_end FOLDER FILE...` moves the files into the folder a gateway watches and prints one JSON line: claim events on
the log, wall seconds from the move until the last is committed, and CPU seconds of the gateway and its workers.
"""

import asyncio
import json
import resource
import shutil
import sys
import time
from pathlib import Path

from gateway.api.service import Service
from gateway.config import ApiSettings, Config
from gateway.runtime import Gateway
from gateway.seams import TopicPartition
from gateway.sites import DirectorySource, Feed, Site

SITE, FEED = "bench", "files"


def settings(folder: Path) -> tuple[Config, dict[str, Site]]:
    inbox = folder / "inbox"
    inbox.mkdir(parents=True)
    source = DirectorySource(type="directory", path=inbox, done=folder / "done", failed=folder / "failed", stable_seconds=0, poll_seconds=0.02)
    site = Site(id=SITE, usage="test", feeds=(Feed(id=FEED, sources=(source,), duplicate_control_number="ignore"),))
    return Config(data_dir=folder / "data", sites_dir=folder / "sites", api=ApiSettings(port=0)), {SITE: site}


async def measure(folder: Path, files: list[Path]) -> dict[str, float]:
    config, sites = settings(folder)
    waiting = [folder / file.name for file in files]
    for file, copy in zip(files, waiting, strict=True):
        shutil.copyfile(file, copy)
    async with Gateway(config, sites) as gateway, Service(gateway):
        started = time.perf_counter()
        for copy in waiting:
            copy.replace(folder / "inbox" / copy.name)
        while not await asyncio.to_thread(settled, folder, waiting):  # noqa: ASYNC110 (a folder has no event to wait for)
            await asyncio.sleep(0.01)
        await gateway.wait_idle()
        wall = time.perf_counter() - started
        claims = await count(gateway)
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return {"claims": claims, "wall": wall, "cpu": sum(usage.ru_utime + usage.ru_stime for usage in used)}


def settled(folder: Path, files: list[Path]) -> bool:
    """Every file has been moved to done or failed, which the gateway does once its events are committed."""
    return all((folder / "done" / file.name).exists() or (folder / "failed" / file.name).exists() for file in files)


async def count(gateway: Gateway) -> int:
    """Records of the claims topic, read back from the log."""
    topic = gateway.config.topic("claims.test")
    total = 0
    for number in range((await gateway.log.topics())[topic].partitions):
        at = 0
        while records := await gateway.log.read(TopicPartition(topic, number), at, 5000):
            total += len(records)
            at = records[-1].offset + 1
    return total


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measure(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]]))))
