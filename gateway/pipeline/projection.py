"""State follows the topic `outcomes`: receipts, findings and the event index, each outcome exactly once."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from gateway.pipeline.messages import OUTCOMES, read_outcome
from gateway.pipeline.services import Services
from gateway.seams import Record, TopicPartition
from gateway.state import IndexRow
from gateway.state.database import iso
from gateway.state.follow import Progress

BATCH_RECORDS = 500
BATCH_BYTES = 4 << 20
WAIT_SECONDS = 5.0


class Projection:
    def __init__(self, services: Services) -> None:
        self._services = services
        self._topic = services.config.topic(OUTCOMES)
        self._partitions = [TopicPartition(self._topic, number) for number in range(services.config.partitions(OUTCOMES))]

    async def run(self) -> None:
        """For ever."""
        while True:
            reached = await self.catch_up()
            await self._services.log.wait({partition: reached.get(partition.partition, 0) for partition in self._partitions}, WAIT_SECONDS)

    async def catch_up(self) -> dict[int, int]:
        """Follow to the end of the log as it is; the positions reached, by partition."""
        state = self._services.state
        reached = await asyncio.to_thread(state.follow.positions, self._topic)
        while True:
            records = await self._next(reached)
            if not records:
                return reached
            following = {record.partition: record.offset + 1 for record in records}
            changes = await asyncio.to_thread(_changes, records)
            if not await asyncio.to_thread(state.follow.apply, self._topic, reached, following, changes):
                reached = await asyncio.to_thread(state.follow.positions, self._topic)
                continue
            reached = {**reached, **following}
            self._services.moved.set()

    async def _next(self, reached: Mapping[int, int]) -> list[Record]:
        log = self._services.log
        records: list[Record] = []
        for partition in self._partitions:
            first, end = await log.offsets(partition)
            at = max(reached.get(partition.partition, 0), first)
            if at < end and len(records) < BATCH_RECORDS:
                records += await log.read(partition, at, BATCH_RECORDS - len(records), BATCH_BYTES)
        return records


def _changes(records: Sequence[Record]) -> list[Progress]:
    return [_change(record) for record in records]


def _change(record: Record) -> Progress:
    kind, arrival, values = read_outcome(record.value)
    at = iso(datetime.fromtimestamp(record.timestamp / 1000, UTC))
    progress = Progress(arrival, at=record.timestamp)
    if kind == "planned":
        by = values["released_by"]
        return progress._replace(status="processing", held=("released", "", by) if by else None)
    if kind == "held":
        lines = values["findings"]
        return progress._replace(status="held", worst=values["worst"], findings=lines, held=("held", values["reason"], at))
    if kind == "dropped":
        return progress._replace(status="dropped", finished_at=at, held=("dropped", "", values["by"]))
    if kind in ("part", "done"):
        progress = progress._replace(counts=values["counts"], events=values["events"], worst=values["worst"])
        return _part(progress, values) if kind == "part" else progress._replace(status=values["status"], finished_at=at)
    return progress


def _part(progress: Progress, values: Mapping[str, Any]) -> Progress:
    return progress._replace(findings=values["findings"], batches=[IndexRow(*row) for row in values["batches"]])
