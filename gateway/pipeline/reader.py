"""Reads units of huge files for the lanes of all machines: one record on `made` per unit of `chunks`."""

import asyncio
import time
from collections.abc import Sequence
from typing import NamedTuple

import orjson

from gateway.pipeline import publisher, worker
from gateway.pipeline.ahead import Ahead, Job
from gateway.pipeline.carry import Carry
from gateway.pipeline.lanes import Lane
from gateway.pipeline.messages import MADE, WORK, Place, Work, chunk_of, made_headers
from gateway.pipeline.pool import WorkerDiedError
from gateway.pipeline.programs import keep_programs
from gateway.pipeline.reading import FileSettings
from gateway.pipeline.services import Services, logger
from gateway.seams import Committed, NewRecord

GROUP = "read"
IDLE_SECONDS = 60.0
LOOK_SECONDS = 2.0
"""How old what is known of the lanes' progress may be."""


class Result(NamedTuple):
    """`value` is what the unit made; `guides` the programs it used."""

    guides: dict[str, str]
    value: bytes


class Reader:
    """Reads [chunks]. A unit whose worker dies gets an empty result: its lane finds out what is wrong with it."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._slots = asyncio.Semaphore(services.pool.count + 2)
        self._progress = _Progress(services)

    async def run(self, lane: Lane) -> None:
        """The units of one partition, results committed in its order."""
        with Ahead[tuple[Work, int], Result | None](self._slots) as units:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._submit(lane, units))
                tasks.create_task(self._finish(lane, units))

    async def _submit(self, lane: Lane, units: Ahead[tuple[Work, int], Result | None]) -> None:
        while True:
            record = await lane.take()
            work, number = chunk_of(record)
            await units.slot()
            units.add(Job((work, number), record.offset + 1, work.size, asyncio.create_task(self._read(work, number))))

    async def _read(self, work: Work, lane: int) -> Result | None:
        """None when its lane has read it itself meanwhile."""
        if work.place.done(await self._progress.of(lane)):
            return None
        settings = FileSettings(*orjson.loads(work.settings))
        try:
            return Result(*await self._services.pool.run(worker.read_spread, work.arrival, settings, work.unit))
        except WorkerDiedError:
            logger.warning("receipt %s unit %d: the worker that read it died", work.arrival.receipt, work.number)
            return Result({}, b"")

    async def _finish(self, lane: Lane, units: Ahead[tuple[Work, int], Result | None]) -> None:
        while True:
            jobs = await units.ready(IDLE_SECONDS)
            if jobs:
                await self._commit(lane, jobs)
                units.finish(len(jobs))

    async def _commit(self, lane: Lane, jobs: Sequence[Job[tuple[Work, int], Result | None]]) -> None:
        """Results and read position in one transaction; what their events were made with is safe before."""
        topic = self._services.config.topic(MADE)
        results = []
        for job in jobs:
            (work, number), result = job.work, job.result.result()
            if result is not None:
                await keep_programs(self._services, FileSettings(*orjson.loads(work.settings)), result.guides)
                results.append(NewRecord(topic, work.arrival.receipt.encode(), result.value, made_headers(work), number))
        await lane.commit({lane.topics[0]: Committed(jobs[-1].following)}, results)


class _Progress:
    """How far the lanes of the publisher have come, looked up at most every LOOK_SECONDS."""

    def __init__(self, services: Services) -> None:
        self._log = services.log
        self._topic = services.config.topic(WORK)
        self._places: dict[int, Place] = {}
        self._next_look = 0.0
        self._looking = asyncio.Lock()

    async def of(self, lane: int) -> Place:
        """The unit finished last."""
        async with self._looking:
            if time.monotonic() >= self._next_look:
                positions = await self._log.group_positions(publisher.GROUP)
                self._places = {
                    partition.partition: Carry.of_text(position.metadata).place
                    for partition, position in positions.items()
                    if partition.topic == self._topic
                }
                self._next_look = time.monotonic() + LOOK_SECONDS
        return self._places.get(lane, Place())
