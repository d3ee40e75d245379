"""Reads the units on `work` in worker processes, several at a time, and commits what they made strictly in order."""

import asyncio
import time
from collections.abc import Sequence
from typing import NamedTuple

import orjson

from gateway.pipeline import worker
from gateway.pipeline.carry import Carry, Step, fold
from gateway.pipeline.lanes import Lane
from gateway.pipeline.messages import OUTCOMES, Work, outcome, work_of
from gateway.pipeline.plan import decode_finding
from gateway.pipeline.pool import WorkerDiedError
from gateway.pipeline.reading import FileSettings, Made
from gateway.pipeline.services import Services, logger, packer_for
from gateway.seams import Committed, NewRecord, TopicPartition
from gateway.state import Arrival, IndexRow
from parsers.x12.scan import finding

GROUP = "publish"
JOB_UNITS = 64
OUTCOME_FINDINGS = 2000


class Job(NamedTuple):
    """Units that are read in one go; `following` is the read position after them."""

    works: list[Work]
    following: int
    made: "asyncio.Task[list[list[Made]]]"


class Ends:
    """Where the events of one commit will stand at the earliest: exactly there, unless another lane commits in between."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._next: dict[TopicPartition, int] = {}

    async def take(self, partition: TopicPartition, count: int) -> int:
        """The offset of the next event of `partition`, and `count` events from there on are given out."""
        at = self._next.get(partition)
        if at is None:
            at = await self._services.end(partition)
        self._next[partition] = at + count
        return at


class Publisher:
    """`slots` bounds the jobs read and not yet committed, over all partitions: memory stays the same however long a file is."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._slots = asyncio.Semaphore(services.pool.count + 2)

    async def run(self, lane: Lane) -> None:
        """The units of one partition. Jobs hold their slot until committed; the oldest of a lane always has one, so there is no standstill."""
        jobs: asyncio.Queue[Job] = asyncio.Queue()
        held: list[Job] = []
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._submit(lane, jobs, held))
                tasks.create_task(self._finish(lane, jobs, held))
        finally:
            for job in held:
                job.made.cancel()
                self._slots.release()

    async def _submit(self, lane: Lane, jobs: "asyncio.Queue[Job]", held: list[Job]) -> None:
        limit = self._services.config.limits.chunk_bytes
        while True:
            record = await lane.take()
            await self._slots.acquire()
            works = [work_of(record)]
            size = works[0].size
            while (more := lane.peek()) is not None and len(works) < JOB_UNITS:
                size += (work := work_of(more)).size
                if size > limit:
                    break
                works.append(work)
                record = await lane.take()
            job = Job(works, record.offset + 1, asyncio.create_task(self._read(works)))
            held.append(job)
            jobs.put_nowait(job)

    async def _finish(self, lane: Lane, jobs: "asyncio.Queue[Job]", held: list[Job]) -> None:
        carry = Carry.of_text(lane.metadata)
        while True:
            job = await jobs.get()
            made = await job.made
            carry = await self._commit(lane, job, made, carry)
            held.remove(job)
            self._slots.release()

    async def _read(self, works: Sequence[Work]) -> list[list[Made]]:
        calls = [(work.arrival, FileSettings(*orjson.loads(work.settings)), work.unit) for work in works]
        try:
            return await self._services.pool.run(worker.read_units, calls)
        except WorkerDiedError:
            logger.warning("a worker died while it read %d units; each is read again on its own", len(works))
            return [await self._read_alone(work) for work in calls]

    async def _read_alone(self, call: tuple[Arrival, FileSettings, bytes]) -> list[Made]:
        """What kills its worker even alone is dead; the bytes are kept."""
        pool = self._services.pool
        try:
            return (await pool.run_alone(worker.read_units, [call]))[0]
        except WorkerDiedError:
            logger.error("receipt %s: a unit killed the worker that read it; its items are dead", call[0].receipt)
        try:
            return [await pool.run_alone(worker.give_up, *call)]
        except WorkerDiedError:
            return [Made(findings=[finding("READ_FAILED", offset=0)])]

    async def _commit(self, lane: Lane, job: Job, made: Sequence[list[Made]], carry: Carry) -> Carry:
        """Events, outcomes and read position in one transaction."""
        services = self._services
        results: list[NewRecord] = []
        ends = Ends(services)
        for work, parts in zip(job.works, made, strict=True):
            for part in parts:
                await self._keep_programs(part)
                for fault in part.faults:
                    logger.error("receipt %s unit %d: %s", work.arrival.receipt, work.number, fault)
            carry, more = await self._results(work, parts, carry, ends)
            results += more
        began = time.perf_counter()
        where = await lane.commit(Committed(job.following, carry.to_text()), results)
        services.metrics.commits.observe(time.perf_counter() - began)
        services.committed(where)
        self._count(job.works, made)
        return carry

    async def _results(self, work: Work, parts: Sequence[Made], carry: Carry, ends: "Ends") -> tuple[Carry, list[NewRecord]]:
        """Records of one unit of work: its events, what became of its items, and for the last one of a file its end."""
        arrival = work.arrival
        settings = FileSettings(*orjson.loads(work.settings))
        origin, reading = settings.origin(arrival.site, arrival.feed, arrival.sha256), settings.reading()
        packer = packer_for(self._services, arrival.received_at)
        if work.number == 0:
            carry = Carry(arrival.receipt)
        notes = [decode_finding(row) for row in orjson.loads(work.notes)]
        results: list[NewRecord] = []
        for part in parts:
            carry, step = fold(carry, part, origin, reading, packer, notes)
            notes = []
            results += [NewRecord._make((topic, key, value, headers, partition)) for topic, key, value, headers, partition in step.records]
            results += await self._parts(work, carry, step, ends)
        if work.last:
            status = "done" if carry.sets or carry.items else "failed"
            results.append(self._outcome(work, "done", status=status, counts=carry.totals(), events=carry.events, worst=carry.worst))
        return carry, results

    async def _parts(self, work: Work, carry: Carry, step: Step, ends: "Ends") -> list[NewRecord]:
        """Outcome records of one unit; many findings are cut into several."""
        rows = []
        for first, last, topic, partition, count in step.places:
            rows.append(IndexRow(first, last, topic, partition, await ends.take(TopicPartition(topic, partition), count), count))
        lines = [(number, value.to_json()) for number, value in step.findings]
        records = []
        for start in range(0, max(len(lines), 1), OUTCOME_FINDINGS):
            values = {"counts": carry.totals(), "events": carry.events, "worst": carry.worst, "findings": lines[start : start + OUTCOME_FINDINGS]}
            records.append(self._outcome(work, "part", **values, batches=[] if start else rows))
        return records

    def _outcome(self, work: Work, kind: str, **values: object) -> NewRecord:
        return NewRecord(self._services.config.topic(OUTCOMES), work.arrival.receipt.encode(), outcome(kind, work.arrival, **values))

    async def _keep_programs(self, made: Made) -> None:
        """The program that made an event is safe before the event is."""
        services = self._services
        for guide, sha256 in made.guides.items():
            if sha256 not in services.programs:
                found, content = await services.pool.run(worker.program, guide)
                stored = await asyncio.to_thread(services.blobs.put, content)
                if not sha256 == found == stored:
                    raise RuntimeError(f"the program of {guide} does not have the hash its events name")
                await asyncio.to_thread(services.state.follow.remember_program, sha256, guide)
                services.programs.add(sha256)

    def _count(self, works: Sequence[Work], made: Sequence[list[Made]]) -> None:
        metrics = self._services.metrics
        for work, parts in zip(works, made, strict=True):
            place = work.arrival.site, work.arrival.feed
            for part in parts:
                for outcome_name, number in part.counts._asdict().items():
                    if number:
                        metrics.items.labels(*place, outcome_name).inc(number)
                for _, _, topic, _, number in part.index:
                    metrics.events.labels(*place, topic).inc(number)
                for value in part.findings:
                    metrics.findings.labels(*place, value.code).inc()
            if work.last:
                metrics.files.labels(*place, "read").inc()
