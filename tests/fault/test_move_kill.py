"""A copy that is killed goes on when it is asked for again, and ends as if it had never been killed."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.config import Config
from gateway.move.copy import Copy, opened
from tests.unit.test_move import FILES, ids_in, world_in

_COPY = """
import asyncio, os, signal, sys
from gateway.config import Config
from gateway.move.copy import Copy, opened

source, target, where, count = sys.argv[1:]

def progress(what, done, total):
    if what == where and done >= int(count):
        os.kill(os.getpid(), signal.SIGKILL)

async def main():
    async with opened(Config.load(source)) as old, opened(Config.load(target)) as new:
        await Copy(old, new, progress).run()

asyncio.run(main())
"""
KILLS = (("records copied", 60), ("records copied", 1), ("records compared", 20), ("stored files", 1), ("parts of State", 1), ("parts of State", 2))
"""Where the process that copies kills itself, one after the other: after so many of them in its own run."""


def written(folder: Path, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "clearplane.toml"
    path.write_text(text)
    return path


async def killed_at(source: Path, target: Path, what: str, count: int) -> None:
    """Copy in a process of its own until it kills itself there."""
    command = [sys.executable, "-c", _COPY, str(source), str(target), what, str(count)]
    done = await asyncio.to_thread(subprocess.run, command, stderr=subprocess.PIPE, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL, (what, done.stderr.decode()[-500:])


@pytest.mark.asyncio
async def test_a_copy_killed_again_and_again_is_complete(tmp_path: Path) -> None:
    world = world_in(tmp_path / "source")
    await world.start()
    receipts = [(await world.send(content, feed)).receipt for content, feed in FILES.values()]
    await world.gateway.wait_idle()
    wanted = await ids_in(world.gateway.log, world.config)
    said = [world.gateway.state.receipts.get(receipt) for receipt in receipts]
    await world.stop()
    source = written(tmp_path / "source", "[log]\npartitions = 2\n")
    target = written(tmp_path / "target", '[log]\npartitions = 2\nprefix = "new."\n')
    for what, count in KILLS:
        await killed_at(source, target, what, count)
    async with opened(Config.load(source)) as old, opened(Config.load(target)) as new:
        await Copy(old, new).run()
        assert await ids_in(new.log, new.config) == wanted
        assert [new.state.receipts.get(receipt) for receipt in receipts] == said
        assert new.state.offsets.translate(old.log.log_id, "claims.test", 0, 0) == (new.log.log_id, 0)
        assert {sha for sha, *_ in new.blobs.list()} == {sha for sha, *_ in old.blobs.list()}
