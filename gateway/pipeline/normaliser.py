"""Reads `intake` in feed order: is it new, is its control number, and into which units of work is it cut."""

import asyncio
import json
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

import orjson

from gateway.pipeline import worker
from gateway.pipeline.lanes import Lane
from gateway.pipeline.messages import (
    CHUNKS,
    HELD,
    OUTCOMES,
    WORK,
    Place,
    Received,
    Work,
    chunk_headers,
    feed_key,
    outcome,
    place_of,
    received,
    work_headers,
)
from gateway.pipeline.plan import encode_finding, to_json
from gateway.pipeline.pool import WorkerDiedError
from gateway.pipeline.reading import FileSettings
from gateway.pipeline.services import Services, logger
from gateway.pipeline.worker import Survey
from gateway.seams import Committed, NewRecord, Record
from gateway.sites import Feed, Site
from gateway.state import Arrival, InterchangeKey
from gateway.state.ledger import Candidate, Verdict
from parsers.x12.scan import finding
from schemas.envelope import Finding

GROUP = "normalise"
BATCH_FILES = 64
EMIT_UNITS = 64
EMIT_BYTES = 4 << 20
REUSED = "ISA_REUSED"
NOTHING = b"[]"


class File(NamedTuple):
    """A received file with what is needed to decide about it."""

    record: Record
    received: Received
    settings: FileSettings


class Normaliser:
    def __init__(self, services: Services) -> None:
        self._services = services

    async def run(self, lane: Lane) -> None:
        """The files of one partition, small ones several at a time."""
        while True:
            first = self._file(await lane.take())
            if not self._small(first):
                await self._large(lane, first)
                continue
            files = [first]
            while (record := lane.peek()) is not None and len(files) < BATCH_FILES and self._small(file := self._file(record)):
                files.append(file)
                await lane.take()
            await self._many(lane, files)

    def _file(self, record: Record) -> File:
        found = received(record)
        return File(record, found, self._services.file_settings(found.arrival.site))

    def _small(self, file: File) -> bool:
        return file.received.arrival.size <= self._services.config.limits.chunk_bytes

    # -- small files: one unit each, without a plan

    async def _many(self, lane: Lane, files: Sequence[File]) -> None:
        calls = [(file.received.arrival, file.received.body, file.settings) for file in files]
        try:
            surveys = await self._services.pool.run(worker.survey_small, calls)
        except WorkerDiedError:
            surveys = [Survey([], fault="the worker died") for _ in files]
        verdicts = await self._judge(files, surveys)
        results: list[NewRecord] = []
        for file, survey, verdict in zip(files, surveys, verdicts, strict=True):
            results += self._decided(file, survey, verdict)
            if verdict.first and not verdict.hold:
                notes = _notes(file, survey, verdict)
                results.append(self._work(self._whole(file, notes), lane.number))
        await self._commit(lane, Committed(files[-1].record.offset + 1), results)

    # -- large files: cut into units, which go to `work` a few at a time

    async def _large(self, lane: Lane, file: File) -> None:
        emitted, settings = _resumed(lane.metadata, file.record)
        if settings is not None:
            file = file._replace(settings=settings)
        spool = await asyncio.to_thread(self._spool)
        try:
            survey = await self._survey(file, spool)
            [verdict] = await self._judge([file], [survey])
            results = self._decided(file, survey, verdict) if not emitted else []
            if verdict.first and not verdict.hold:
                if survey.fault:  # reading the whole file as one unit says what is wrong and accounts for it
                    results.append(self._work(self._whole(file, _notes(file, survey, verdict)), lane.number))
                else:
                    results = await self._emit(lane, file, survey, _notes(file, survey, verdict), spool, emitted, results)
            await self._commit(lane, Committed(file.record.offset + 1), results)
        finally:
            await asyncio.to_thread(spool.unlink, missing_ok=True)

    async def _survey(self, file: File, spool: Path) -> Survey:
        try:
            return await self._services.pool.run(worker.survey_large, file.received.arrival, file.settings, spool)
        except WorkerDiedError:
            return Survey([], fault="the worker died")

    async def _emit(
        self, lane: Lane, file: File, survey: Survey, notes: bytes, spool: Path, emitted: int, results: list[NewRecord]
    ) -> list[NewRecord]:
        """Commit units from number `emitted` on, except the last few, which are returned to go with the end of the file."""
        number = 0
        with spool.open("rb") as lines:
            while True:
                units = await asyncio.to_thread(_some_lines, lines)
                if number and units and results:
                    metadata = json.dumps({"offset": file.record.offset, "emitted": number, "settings": list(file.settings)})
                    await self._commit(lane, Committed(file.record.offset, metadata), results)
                    results = []
                for unit in units:
                    if number >= emitted:
                        results += self._unit(file, number, number + 1 == survey.units, notes if number == 0 else NOTHING, unit, lane.number)
                    number += 1
                if not units:
                    return results

    def _spool(self) -> Path:
        folder = self._services.config.spool_path
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder / f"{secrets.token_hex(8)}.plan"

    # -- both

    async def _judge(self, files: Sequence[File], surveys: Sequence[Survey]) -> list[Verdict]:
        candidates = []
        for file, survey in zip(files, surveys, strict=True):
            if survey.fault:
                logger.error("receipt %s: the first pass failed: %s", file.received.arrival.receipt, survey.fault)
            arrival = file.received.arrival
            keys, held = _keys(*self._services.feed(arrival.site, arrival.feed), survey)
            released = bool(file.received.released_by)
            candidates.append(Candidate(arrival.receipt, place_of(file.record), arrival.site, arrival.sha256, keys, held, released))
        return await asyncio.to_thread(self._services.state.ledger.judge, candidates)

    def _decided(self, file: File, survey: Survey, verdict: Verdict) -> list[NewRecord]:
        """What a receipt shows from now on."""
        arrival, config = file.received.arrival, self._services.config
        if not verdict.first:
            self._services.metrics.files.labels(arrival.site, arrival.feed, "duplicate").inc()
            return [self._outcome(file, "duplicate")]
        if verdict.hold:
            self._services.metrics.files.labels(arrival.site, arrival.feed, "held").inc()
            held = NewRecord(config.topic(HELD), arrival.receipt.encode(), to_json({**arrival._asdict(), "reason": REUSED}))
            lines = [(number, line.to_json()) for number, line in enumerate(_reused(survey, verdict))]
            return [held, self._outcome(file, "held", reason=REUSED, findings=lines, worst="warning")]
        return [self._outcome(file, "planned", released_by=file.received.released_by)]

    def _outcome(self, file: File, kind: str, **values: object) -> NewRecord:
        arrival = file.received.arrival
        return NewRecord(self._services.config.topic(OUTCOMES), arrival.receipt.encode(), outcome(kind, arrival, **values))

    def _whole(self, file: File, notes: bytes) -> Work:
        """The whole file as one unit."""
        return Work(*self._facts(file, 0), True, file.received.arrival.size, notes, b"")

    def _unit(self, file: File, number: int, last: bool, notes: bytes, line: bytes, lane: int) -> list[NewRecord]:
        """Work of one unit (a line of the spool), and of a huge file the same for the workers of all machines, dealt out over all partitions."""
        config = self._services.config
        size, _, content = line.partition(b" ")
        spread = 0 < config.spread_bytes <= file.received.arrival.size
        work = Work(*self._facts(file, number), last, int(size), notes, content, spread)
        records = [self._work(work, lane)]
        if spread:
            partition = number % config.partitions(CHUNKS)
            records.append(NewRecord(config.topic(CHUNKS), _key(work.arrival), content, chunk_headers(work, lane), partition))
        return records

    def _facts(self, file: File, number: int) -> tuple[Arrival, bytes, Place]:
        place = Place(self._services.log.log_id, file.record.offset, number)
        return file.received.arrival, orjson.dumps(file.settings, default=list), place

    def _work(self, work: Work, lane: int) -> NewRecord:
        """On the partition of the same number, so that the feed's order goes on."""
        return NewRecord(self._services.config.topic(WORK), _key(work.arrival), work.unit, work_headers(work), lane)

    async def _commit(self, lane: Lane, position: Committed, results: Sequence[NewRecord]) -> None:
        await lane.commit({lane.topics[0]: position}, results)
        self._services.committed()


def _key(arrival: Arrival) -> bytes:
    return feed_key(arrival.site, arrival.feed)


def _keys(site: Site, feed: Feed, survey: Survey) -> tuple[tuple[InterchangeKey, ...], frozenset[InterchangeKey]]:
    """Keys to look up, and those whose reuse holds the file: by the feed's rule, without one those of production interchanges."""
    rule = feed.duplicate_control_number
    if rule == "ignore":
        return (), frozenset()
    usages: dict[InterchangeKey, set[str]] = {}
    for found in survey.interchanges:
        if found.key[-1]:
            usages.setdefault(InterchangeKey(*found.key), set()).add(site.usage or ("production" if found.usage == "P" else "test"))
    held = frozenset(key for key, usage in usages.items() if rule == "quarantine" or (rule is None and "production" in usage))
    return tuple(usages), held


def _reused(survey: Survey, verdict: Verdict) -> list[Finding]:
    """Findings about the envelope that only the ledger knows."""
    return [
        finding(REUSED, offset=found.offset, tag="ISA", element=13) for found in survey.interchanges if InterchangeKey(*found.key) in verdict.reused
    ]


def _notes(file: File, survey: Survey, verdict: Verdict) -> bytes:
    """The same, on their way to the receipt of a file that goes on."""
    if file.settings.policy.get(REUSED) == "ignore":
        return NOTHING
    return to_json([encode_finding(line) for line in _reused(survey, verdict)])


def _resumed(metadata: str, record: Record) -> tuple[int, FileSettings | None]:
    """How many units of this file are on `work` already, and under which settings it was cut."""
    found = json.loads(metadata) if metadata else {}
    if found.get("offset") != record.offset:
        return 0, None
    return found["emitted"], FileSettings(*found["settings"])


def _some_lines(lines: BinaryIO) -> list[bytes]:
    """Next units of a spool: `size JSON` each."""
    found: list[bytes] = []
    size = 0
    while len(found) < EMIT_UNITS and size < EMIT_BYTES and (line := lines.readline()):
        found.append(line.rstrip(b"\n"))
        size += len(line)
    return found
