"""Harnesses of the Log seam's contract suite: one per side, so that the same tests run on every side."""

import asyncio
import sqlite3
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Protocol

from gateway.blobs import DirectoryBlobs
from gateway.config import KafkaSettings
from gateway.log import SqliteLog
from gateway.log.kafka import KafkaLog
from gateway.log.kafka.link import Link
from gateway.log.kafka.wire import GROUP, LeaveGroupRequest
from gateway.seams import Consumer, Log, TopicPartition
from tests.servers.kafka import KafkaCluster

START_MS = 1_700_000_000_000
_APPEND_ELSEWHERE = """
import asyncio, sys
from gateway.seams import NewRecord
{imports}

async def main():
    log = await {open}
    await log.append([NewRecord(sys.argv[1], b"key", sys.argv[2].encode(), partition=0)])
    await log.close()

asyncio.run(main())
"""


class LogSide(Protocol):
    """A log of one kind, and what a test may do to it from outside."""

    def name(self, topic: str) -> str:
        """A topic's name on the log; no other test uses it."""

    def now(self) -> int:
        """About the time that an append gets now, in ms."""

    async def open(self) -> Log:
        """A handle of its own on the same log, as another process would have one."""

    async def tick(self) -> None:
        """After it an append gets a later time than any before."""

    async def evict(self, consumer: Consumer) -> None:
        """The group has removed this member, which does not know it yet."""

    async def hang(self, consumer: Consumer) -> None:
        """The same, and the member does nothing any more by itself."""

    async def append_in_another_process(self, topic: str, value: str) -> None: ...

    def damage(self, partition: TopicPartition, offset: int) -> None:
        """Flip one bit of the stored record."""

    async def close(self) -> None: ...


class SqliteSide:
    """A log on SQLite with a clock that stands until it is moved."""

    def __init__(self, path: Path, gap: int) -> None:
        self.path = path
        self.gap = gap
        self._now = START_MS
        self._open: list[SqliteLog] = []

    def name(self, topic: str) -> str:
        return topic

    def now(self) -> int:
        return self._now

    async def open(self) -> SqliteLog:
        log = await SqliteLog.open(self.path, clock=self.now, gap=self.gap)
        self._open.append(log)
        return log

    async def tick(self) -> None:
        self._now += 10

    async def evict(self, consumer: Consumer) -> None:
        self._now += 100_000

    async def hang(self, consumer: Consumer) -> None:
        await self.evict(consumer)

    async def append_in_another_process(self, topic: str, value: str) -> None:
        code = _APPEND_ELSEWHERE.format(imports="from gateway.log import SqliteLog", open="SqliteLog.open(sys.argv[3])")
        await _run(code, topic, value, str(self.path))

    def damage(self, partition: TopicPartition, offset: int) -> None:
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


class KafkaSide:
    """A log on the shared broker: its prefix makes topics, groups and transactions its own."""

    def __init__(self, kafka: KafkaCluster, folder: Path, prefix: str, **settings: Any) -> None:
        self.prefix = prefix
        self.settings = KafkaSettings(servers=kafka.servers, **settings)
        self.values = DirectoryBlobs(folder / "values")
        self._kafka = kafka
        self.folder = folder
        self._open: list[KafkaLog] = []

    def name(self, topic: str) -> str:
        return self.prefix + topic

    def now(self) -> int:
        return time.time_ns() // 1_000_000

    async def open(self, **settings: Any) -> KafkaLog:
        log = await KafkaLog.open(self.settings.model_copy(update=settings), self.prefix, self.values, heartbeat_seconds=0.1)
        self._open.append(log)
        return log

    async def tick(self) -> None:
        """The broker's clock is this machine's."""
        await asyncio.sleep(0.002)

    async def evict(self, consumer: Any) -> None:
        membership = consumer._membership
        link = Link(self.settings, {})
        node = await link.coordinator(GROUP, membership.group)
        answer = await link.send(node, LeaveGroupRequest(membership.group, membership.member), "leaving for another")
        assert answer.error_code == 0
        await link.close()

    async def hang(self, consumer: Any) -> None:
        coordinator = consumer._membership._coordinator
        for task in (coordinator._coordination_task, coordinator._heartbeat_task):
            task.cancel()
        await self.evict(consumer)

    async def append_in_another_process(self, topic: str, value: str) -> None:
        imports = "from gateway.blobs import DirectoryBlobs\nfrom gateway.config import KafkaSettings\nfrom gateway.log.kafka import KafkaLog"
        code = _APPEND_ELSEWHERE.format(imports=imports, open="KafkaLog.open(KafkaSettings(servers=(sys.argv[3],)), '', DirectoryBlobs(sys.argv[4]))")
        await _run(code, topic, value, self.settings.servers[0], str(self.folder / "values"))

    def damage(self, partition: TopicPartition, offset: int) -> None:
        """In the value of the last record of its batch. Base offset, length and last offset delta of a batch are at its bytes 0, 8 and 23."""
        path = self._kafka.log_dir(1) / f"{partition.topic}-{partition.partition}" / f"{0:020}.log"
        data = path.read_bytes()
        at = 0
        while at < len(data):
            base, length = struct.unpack_from(">qi", data, at)
            end = at + 12 + length
            if base <= offset <= base + struct.unpack_from(">i", data, at + 23)[0]:
                break
            at = end
        with path.open("r+b") as file:
            file.seek(end - 2)
            file.write(bytes([data[end - 2] ^ 1]))

    async def close(self) -> None:
        for log in self._open:
            await log.close()


async def _run(code: str, *arguments: str) -> None:
    await asyncio.to_thread(subprocess.run, [sys.executable, "-c", code, *arguments], check=True)
