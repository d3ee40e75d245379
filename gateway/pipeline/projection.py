"""State follows the topic `outcomes`: receipts, findings and the event index, each outcome exactly once."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from gateway.config import Config
from gateway.pipeline.lanes import Lane
from gateway.pipeline.messages import OUTCOMES, read_outcomes
from gateway.seams import Committed, Log, Record, TopicPartition
from gateway.state import IndexRow, State
from gateway.state.database import iso
from gateway.state.follow import Progress

GROUP = "projection"
BATCH_RECORDS = 500
BATCH_BYTES = 4 << 20
COMMIT_SECONDS = 5.0


class Projection:
    """State's own positions are the truth. Those of the group say who follows which partition, and how far behind it is."""

    def __init__(self, config: Config, log: Log, state: State, moved: asyncio.Event) -> None:
        self._log, self._state, self._moved = log, state, moved
        self._topic = config.topic(OUTCOMES)
        self._partitions = [TopicPartition(self._topic, number) for number in range(config.partitions(OUTCOMES))]

    async def catch_up(self) -> None:
        """Follow to the end of the log as it is."""
        for partition in self._partitions:
            await self._catch_up(partition)

    async def run(self, lane: Lane) -> None:
        """The outcomes of one partition. What State has not seen although the group is past it (State is of a backup) is read first."""
        partition = TopicPartition(self._topic, lane.number)
        reached = await self._catch_up(partition)
        committed = 0  # of the group, which may be behind State: its former owner wrote there and was gone before it committed
        next_commit = 0.0
        while True:
            records = await _some(lane, COMMIT_SECONDS)
            reached = await self._apply(partition, reached, records)
            if reached != committed and time.monotonic() >= next_commit:
                await lane.commit({self._topic: Committed(reached)})
                committed, next_commit = reached, time.monotonic() + COMMIT_SECONDS

    async def _catch_up(self, partition: TopicPartition) -> int:
        """The position reached."""
        reached = await self._position(partition)
        at = max(reached, (await self._log.offsets(partition))[0])
        while records := await self._log.read(partition, at, BATCH_RECORDS, BATCH_BYTES):
            reached = await self._apply(partition, reached, records)
            at = max(reached, records[-1].offset + 1)
        return reached

    async def _apply(self, partition: TopicPartition, reached: int, records: Sequence[Record]) -> int:
        """Write what is new of these records; the position afterwards. Another process may have been faster."""
        while records and records[-1].offset >= reached:
            number, following = partition.partition, records[-1].offset + 1
            if await asyncio.to_thread(self._write, [record for record in records if record.offset >= reached], number, reached, following):
                self._moved.set()
                return following
            reached = await self._position(partition)
        return reached

    def _write(self, records: Sequence[Record], number: int, reached: int, following: int) -> bool:
        """False: another process was faster. Blocking."""
        return self._state.follow.apply(self._topic, {number: reached}, {number: following}, _changes(records))

    async def _position(self, partition: TopicPartition) -> int:
        return (await asyncio.to_thread(self._state.follow.positions, self._topic)).get(partition.partition, 0)


async def _some(lane: Lane, seconds: float) -> list[Record]:
    """What the lane holds, at least one record unless none comes for `seconds`."""
    records: list[Record] = []
    size = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            records.append(await lane.take())
    while records and lane.peek() is not None and len(records) < BATCH_RECORDS and size < BATCH_BYTES:
        records.append(await lane.take())
        size += len(records[-1].value)
    return records


def _changes(records: Sequence[Record]) -> list[Progress]:
    return [change for record in records for change in _of_record(record)]


def _of_record(record: Record) -> list[Progress]:
    at = iso(datetime.fromtimestamp(record.timestamp / 1000, UTC))
    return [_change(Progress(arrival, at=record.timestamp), kind, values, at) for kind, arrival, values in read_outcomes(record.value)]


def _change(progress: Progress, kind: str, values: Mapping[str, Any], at: str) -> Progress:
    if kind == "planned":
        by = values["released_by"]
        return progress._replace(status="processing", held=("released", "", by) if by else None)
    if kind == "held":
        lines = values["findings"]
        return progress._replace(status="held", worst=values["worst"], findings=lines, held=("held", values["reason"], at))
    if kind == "dropped":
        return progress._replace(status="dropped", finished_at=at, held=("dropped", "", values["by"]))
    if kind == "linked":
        return progress._replace(batches=[IndexRow(*row) for row in values["batches"]])
    if kind in ("part", "done"):
        blob, offset = values.get("kept", (None, None))
        progress = progress._replace(counts=values["counts"], events=values["events"], worst=values["worst"], blob=blob, blob_offset=offset)
        if "findings" in values:  # those of a part, or of a file of a bundle
            progress = progress._replace(findings=values["findings"], batches=[IndexRow(*row) for row in values["batches"]])
        return progress if kind == "part" else progress._replace(status=values["status"], finished_at=at)
    return progress
