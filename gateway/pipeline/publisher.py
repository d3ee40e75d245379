"""Reads the units on `work` in worker processes, several at a time, and commits what they made strictly in order."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import orjson

from gateway.pipeline import worker
from gateway.pipeline.ahead import Ahead, Job
from gateway.pipeline.bundle import bundle_of, members_of
from gateway.pipeline.carry import Carry
from gateway.pipeline.lanes import Lane
from gateway.pipeline.made import decode_made
from gateway.pipeline.made_index import SPREAD_WAIT, Entry, MadeIndex
from gateway.pipeline.messages import MADE, OUTCOMES, WORK, Place, Work, made_place, work_of
from gateway.pipeline.pool import WorkerDiedError
from gateway.pipeline.programs import keep_programs
from gateway.pipeline.publication import Publication
from gateway.pipeline.reading import FileSettings, Made, failed
from gateway.pipeline.services import Services, logger, topics_of
from gateway.seams import Committed, LogError, LogUnavailable, TopicPartition
from gateway.state import Arrival

GROUP = "publish"
JOB_UNITS = 64
ALONE_TRIES = 3
"""A worker may also be killed for want of memory elsewhere on its machine."""
IDLE_SECONDS = 2.0
"""A lane without work looks so often whether results that nobody needs have come, and passes them by."""

Units = Ahead[list[Work], list[list[Made]]]


class Publisher:
    """Reads [work, made]. `spread_wait`: seconds a lane waits for its next unit of a huge file before it reads it itself."""

    def __init__(self, services: Services, spread_wait: float = SPREAD_WAIT) -> None:
        self._services = services
        self._spread_wait = spread_wait
        self._work, self._made = services.config.topic(WORK), services.config.topic(MADE)
        self._slots = asyncio.Semaphore(services.pool.count + 2)

    async def run(self, lane: Lane) -> None:
        """The units of one lane."""
        carry = Carry.of_text(lane.metadata)
        index = MadeIndex(carry.place, self._spread_wait)
        with Units(self._slots) as units:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._collect(lane, index))
                tasks.create_task(self._submit(lane, units, index, carry.place))
                tasks.create_task(self._finish(lane, units, index, carry))

    async def _collect(self, lane: Lane, index: MadeIndex) -> None:
        while True:
            index.add(await lane.take(self._made))

    # -- beginning

    async def _submit(self, lane: Lane, units: Units, index: MadeIndex, last: Place) -> None:
        while True:
            record = await lane.take(self._work)
            work, following = work_of(record), record.offset + 1
            if work.place.done(last):
                logger.warning("receipt %s unit %d is on the log again and is left out", work.arrival.receipt, work.number)
                await units.slot()
                units.add(Job([], following, 0, asyncio.create_task(_nothing())))
                continue
            if work.spread:
                entry = await self._find(index, work)
                await units.slot()
                units.add(Job([work], following, work.size, asyncio.create_task(self._fetch(lane, work, entry))))
            else:
                await units.slot()
                works, following = await self._gather(lane, work, following)
                units.add(Job(works, following, sum(work.size for work in works), asyncio.create_task(self._read(works))))
                work = works[-1]
            last = work.place

    async def _gather(self, lane: Lane, work: Work, following: int) -> tuple[list[Work], int]:
        """This unit and small ones right after it, to be read in one go, and the read position after them."""
        works, size = [work], work.size
        while (record := lane.peek(self._work)) is not None and len(works) < JOB_UNITS:
            work = work_of(record)
            size += work.size
            if size > self._services.config.limits.chunk_bytes or work.spread or work.place.done(works[-1].place):
                break
            works.append(work)
            following = (await lane.take(self._work)).offset + 1
        return works, following

    async def _find(self, index: MadeIndex, work: Work) -> Entry | None:
        entry = await index.find(work.place)
        if entry is None and index.missed == 1:
            text = "receipt %s: unit %d has not been read by another worker in time; this one now reads what has not come when its turn is there"
            logger.warning(text, work.arrival.receipt, work.number)
        return entry

    # -- reading

    async def _fetch(self, lane: Lane, work: Work, entry: Entry | None) -> list[list[Made]]:
        """What another worker has made of a spread unit; without it, or when it cannot be read, the same made here."""
        if entry is not None:
            try:
                return [[await self._made_of(lane, work, entry)]]
            except LogUnavailable:
                raise
            except (LogError, ValueError) as error:
                logger.warning("receipt %s unit %d is read here: %s", work.arrival.receipt, work.number, error)
        return await self._read([work])

    async def _made_of(self, lane: Lane, work: Work, entry: Entry) -> Made:
        """Raises LogError, ValueError."""
        record = entry.record
        if record is None:
            [record] = await self._services.log.read(TopicPartition(self._made, lane.number), entry.offset, 1)
        if made_place(record) != work.place:
            raise ValueError("another unit's result is in its place")
        if not record.value:
            raise ValueError("no other worker could")
        return await asyncio.to_thread(decode_made, record.value)

    async def _read(self, works: Sequence[Work]) -> list[list[Made]]:
        calls = [_call(work) for work in works]
        try:
            return await self._services.pool.run(worker.read_units, calls)
        except WorkerDiedError:
            logger.warning("a worker died while it read %d units; each is read again on its own", len(works))
            return [await self._read_alone(work) for work in calls]

    async def _read_alone(self, call: worker.Call) -> list[Made]:
        """What kills its worker even alone, again and again, is dead; the bytes are kept. A bundle is halved until it is one file."""
        pool = self._services.pool
        if call[1] is None and len(members := members_of(call[2])) > 1:
            with suppress(WorkerDiedError):
                return (await pool.run_alone(worker.read_units, [call]))[0]
            half = len(members) // 2
            return [made for some in (members[:half], members[half:]) for made in await self._read_alone((call[0], None, bundle_of(some)))]
        for _ in range(ALONE_TRIES):
            with suppress(WorkerDiedError):
                return (await pool.run_alone(worker.read_units, [call]))[0]
        logger.error("receipt %s: a unit killed each worker that read it; its items are dead", call[0].receipt)
        try:
            return [await pool.run_alone(worker.give_up, *call)]
        except WorkerDiedError:
            return [Made(findings=[failed()])]

    # -- finishing

    async def _finish(self, lane: Lane, units: Units, index: MadeIndex, carry: Carry) -> None:
        passed = index.position()
        while True:
            jobs = await units.ready(IDLE_SECONDS)
            if jobs:
                carry = await self._commit(lane, jobs, index, carry, passed)
                units.finish(len(jobs))
            elif index.position() > passed:
                await lane.commit({self._made: Committed(index.position())})
            passed = index.position()

    async def _commit(self, lane: Lane, jobs: Sequence[Job[list[Work], list[list[Made]]]], index: MadeIndex, carry: Carry, passed: int) -> Carry:
        """Events, outcomes and read positions in one transaction."""
        services = self._services
        read = [(work, parts) for job in jobs for work, parts in zip(job.work, job.result.result(), strict=True)]
        publication = Publication(services.config.topic(OUTCOMES), topics_of(services.config), carry)
        for work, parts in read:
            await self._keep_programs(work, parts)
            for arrival, part in _files(work, parts):
                for fault in part.faults:
                    logger.error("receipt %s unit %d: %s", arrival.receipt, work.number, fault)
            publication.add(work, parts)
            index.finish(work.place)
        positions = {self._work: Committed(jobs[-1].following, publication.carry.to_text())}
        if index.position() > passed:
            positions[self._made] = Committed(index.position())
        began = time.perf_counter()
        await lane.commit(positions, publication.events, publication.report)
        services.metrics.commits.observe(time.perf_counter() - began)
        services.committed()
        self._count(read)
        return publication.carry

    async def _keep_programs(self, work: Work, parts: Sequence[Made]) -> None:
        known = self._services.programs
        if new := [number for number, part in enumerate(parts) if not known.issuperset(part.guides.values())]:
            settings = [member.settings for member in members_of(work.unit)] if work.bundle else [_settings(work)] * len(parts)
            for number in new:
                await keep_programs(self._services, settings[number], parts[number].guides)

    def _count(self, read: Sequence[tuple[Work, Sequence[Made]]]) -> None:
        metrics = self._services.metrics
        for work, parts in read:
            totals: Counter[tuple[Any, ...]] = Counter()
            for arrival, part in _files(work, parts):
                place = arrival.site, arrival.feed
                for name, number in part.counts._asdict().items():
                    totals[metrics.items, *place, name] += number
                for _, _, topic, _, number in part.index:
                    totals[metrics.events, *place, topic] += number
                for value in part.findings:
                    totals[metrics.findings, *place, value.code] += 1
                if work.bundle:
                    totals[metrics.files, *place, "read"] += 1
            for (counter, *labels), number in totals.items():
                if number:
                    counter.labels(*labels).inc(number)
            if work.last and not work.bundle:
                metrics.files.labels(work.arrival.site, work.arrival.feed, "read").inc()


def _call(work: Work) -> worker.Call:
    return work.arrival, None if work.bundle else _settings(work), work.unit


def _settings(work: Work) -> FileSettings:
    return FileSettings(*orjson.loads(work.settings))


def _files(work: Work, parts: Sequence[Made]) -> Iterator[tuple[Arrival, Made]]:
    """Whose each part is."""
    arrivals = [member.arrival for member in members_of(work.unit)] if work.bundle else [work.arrival] * len(parts)
    return zip(arrivals, parts, strict=True)


async def _nothing() -> list[list[Made]]:
    return []
