"""This project: commits of lanes through the Log seam."""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.commits import PARTITIONS, Job, Side, main, places
from gateway.blobs import DirectoryBlobs
from gateway.config import KafkaSettings
from gateway.log.kafka import KafkaLog
from gateway.seams import Committed, Consumer, NewRecord, Places, TopicPartition

JOIN_SECONDS = 20.0


class Lanes:
    def __init__(self, job: Job, log: KafkaLog, consumer: Consumer) -> None:
        self._job, self._log, self._consumer = job, log, consumer

    @classmethod
    async def open(cls, job: Job) -> Side:
        values = DirectoryBlobs(Path(tempfile.gettempdir()) / "values")
        log = await KafkaLog.open(KafkaSettings(servers=(job.servers,)), "", values)
        consumer = await log.consumer(job.group, [job.source])
        async with asyncio.timeout(JOIN_SECONDS):
            while len(consumer.assignment) < PARTITIONS:
                await consumer.poll(timeout=0.1)
        return cls(job, log, consumer)

    async def commit(self, lane: int, offset: int, events: Sequence[NewRecord]) -> None:
        def report(where: Places) -> list[NewRecord]:
            return [NewRecord(self._job.target, b"places", places([(partition.partition, at) for partition, at in where]))]

        await self._consumer.commit({TopicPartition(self._job.source, lane): Committed(offset)}, events, report)

    async def close(self) -> None:
        await self._log.close()


if __name__ == "__main__":
    main(Lanes.open)
