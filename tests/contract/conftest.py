"""Harnesses of the seams' contract suites: one per side, so that the same tests run on every side."""

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from gateway.blobs import DirectoryBlobs
from gateway.log import SqliteLog
from gateway.seams import TopicPartition

START_MS = 1_700_000_000_000
_APPEND_ELSEWHERE = """
import asyncio, sys
from gateway.log import SqliteLog
from gateway.seams import NewRecord

async def main():
    log = await SqliteLog.open(sys.argv[1])
    await log.append([NewRecord(sys.argv[2], b"key", sys.argv[3].encode(), partition=0)])
    await log.close()

asyncio.run(main())
"""


class SqliteHarness:
    """A log on SQLite with a clock that stands until it is moved."""

    def __init__(self, path: Path, gap: int) -> None:
        self.path = path
        self.gap = gap
        self.now = START_MS
        self._open: list[SqliteLog] = []

    async def open(self) -> SqliteLog:
        """A handle of its own on the same log, as another process would have one."""
        log = await SqliteLog.open(self.path, clock=lambda: self.now, gap=self.gap)
        self._open.append(log)
        return log

    def pass_time(self, milliseconds: int) -> None:
        self.now += milliseconds

    async def append_in_another_process(self, topic: str, value: str) -> None:
        command = [sys.executable, "-c", _APPEND_ELSEWHERE, str(self.path), topic, value]
        await asyncio.to_thread(subprocess.run, command, check=True)

    def damage(self, partition: TopicPartition, offset: int) -> None:
        """Flip one bit of the stored record."""
        connection = sqlite3.connect(self.path)
        query = "SELECT b.id, b.data FROM batch b JOIN topic t ON t.id = b.topic WHERE t.name = ? AND b.number = ? AND b.last >= ? ORDER BY b.last"
        number, data = connection.execute(query, (*partition, offset)).fetchone()
        changed = data[:-1] + bytes([data[-1] ^ 1])
        connection.execute("UPDATE batch SET data = ? WHERE id = ?", (changed, number))
        connection.commit()
        connection.close()

    async def close(self) -> None:
        for log in self._open:
            await log.close()


@pytest_asyncio.fixture(params=["sqlite", "sqlite with gaps"])
async def log_factory(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SqliteHarness]:
    harness = SqliteHarness(tmp_path / "log.db", gap=2 if "gaps" in request.param else 0)
    yield harness
    await harness.close()


@pytest_asyncio.fixture
async def log(log_factory: SqliteHarness) -> SqliteLog:
    return await log_factory.open()


@pytest.fixture
def blobs(tmp_path: Path) -> Iterator[DirectoryBlobs]:
    before = len(list(Path("/dev/fd").iterdir()))
    yield DirectoryBlobs(tmp_path / "blobs")
    assert len(list(Path("/dev/fd").iterdir())) == before, "a file was left open"
