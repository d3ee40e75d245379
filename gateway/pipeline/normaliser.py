"""Reads `intake` in feed order: is it new, is its control number, and into which units of work is it cut."""

import asyncio
import json
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import orjson

from gateway.pipeline import formats, worker
from gateway.pipeline.arrived import File, look, pack
from gateway.pipeline.bundle import Kept, Member, bundle_of
from gateway.pipeline.control import keys_of, known, notes_of, reused_code
from gateway.pipeline.lanes import Lane
from gateway.pipeline.messages import (
    CHUNKS,
    HELD,
    OUTCOMES,
    WORK,
    Place,
    Work,
    chunk_headers,
    feed_key,
    outcome,
    place_of,
    received,
    work_headers,
)
from gateway.pipeline.plan import to_json
from gateway.pipeline.pool import WorkerDiedError
from gateway.pipeline.reading import FileSettings
from gateway.pipeline.services import Services, logger
from gateway.pipeline.worker import Survey
from gateway.seams import Committed, NewRecord, Record
from gateway.state import Arrival
from gateway.state.ledger import Candidate, Verdict

GROUP = "normalise"
BATCH_FILES = 64
BATCH_MESSAGES, BATCH_BYTES = 512, 1 << 20
"""Of messages that come one by one at most so many, and small files of any format with so many bytes, at once."""
EMIT_UNITS = 64
EMIT_BYTES = 4 << 20
NOTHING = b"[]"


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
            await self._many(lane, await self._more(lane, first))

    async def _more(self, lane: Lane, first: File) -> list[File]:
        """This file and small ones right after it."""
        files, size, weight = [first], first.received.arrival.size, _weight(first)
        while (record := lane.peek()) is not None:
            file = self._file(record)
            size, weight = size + file.received.arrival.size, weight + _weight(file)
            if weight > BATCH_MESSAGES or size > BATCH_BYTES or not self._small(file):
                break
            files.append(file)
            await lane.take()
        return files

    def _file(self, record: Record) -> File:
        found = received(record)
        site, feed = found.arrival.site, found.arrival.feed
        settings = self._services.file_settings(site, feed)
        if found.body is not None:
            kind = formats.kind_of(settings.kind, found.arrival.content_type, found.body[: formats.HEAD])
            settings = self._services.file_settings(site, feed, kind)
        return File(record, found, settings)

    def _small(self, file: File) -> bool:
        return file.received.arrival.size <= self._services.config.limits.chunk_bytes

    # -- small files: one unit each, messages many in one

    async def _many(self, lane: Lane, files: Sequence[File]) -> None:
        others = await self._surveys([file for file in files if not file.is_message])
        files, surveys, verdicts, packed = await asyncio.to_thread(self._settle, files, others)
        results: list[NewRecord] = []
        members: list[tuple[File, Member]] = []
        for file, survey, verdict in zip(files, surveys, verdicts, strict=True):
            if file.is_message and not verdict.hold:
                if verdict.first:
                    notes = notes_of(file.settings.policy, survey, verdict)
                    members.append((file, Member(file.received.arrival, file.settings, packed[file.record.offset], notes)))
                else:
                    self._again(file)
                continue
            results += self._bundle(members, lane.number)
            members = []
            results += self._decided(file, survey, verdict)
            if verdict.first and not verdict.hold:
                results.append(self._work(self._whole(file, to_json(notes_of(file.settings.policy, survey, verdict))), lane.number))
        results += self._bundle(members, lane.number)
        await self._commit(lane, Committed(files[-1].record.offset + 1), results)

    async def _surveys(self, files: Sequence[File]) -> list[Survey]:
        """By the workers; messages are looked at here, for it takes less than sending them to a worker."""
        if not files:
            return []
        try:
            return await self._services.pool.run(worker.survey_small, [(file.received.arrival, file.received.body, file.settings) for file in files])
        except WorkerDiedError:
            return [Survey([], fault="the worker died") for _ in files]

    def _settle(
        self, files: Sequence[File], others: Sequence[Survey]
    ) -> tuple[Sequence[File], Sequence[Survey], Sequence[Verdict], Mapping[int, Kept]]:
        """What is known and decided of each, and where the bytes of messages are, safe before this is committed. Blocking.

        `others`: surveys of those that are no messages. One visit to a thread: for a single message the visits are what costs.
        """
        found, rest = iter(look([file for file in files if file.is_message])), iter(others)
        surveys = [next(found) if file.is_message else next(rest) for file in files]
        files = [file._replace(settings=file.settings._replace(kind=survey.kind)) if file.settings.kind != survey.kind else file
                 for file, survey in zip(files, surveys, strict=True)]  # fmt: skip
        verdicts = self._judge(files, surveys)
        decided = list(zip(files, verdicts, strict=True))
        go_on = [file for file, verdict in decided if file.is_message and verdict.first and not verdict.hold]
        held = [file for file, verdict in decided if verdict.first and verdict.hold]
        return files, surveys, verdicts, pack(self._services.blobs, go_on, held)

    def _bundle(self, members: Sequence[tuple[File, Member]], lane: int) -> list[NewRecord]:
        if not members:
            return []
        size = sum(member.arrival.size for _, member in members)
        arrival, _, place = self._facts(members[-1][0], 0)
        unit = bundle_of([member for _, member in members])
        return [self._work(Work(arrival, b"null", place, True, size, NOTHING, unit, bundle=True), lane)]

    def _again(self, file: File) -> None:
        arrival = file.received.arrival
        self._services.metrics.files.labels(arrival.site, arrival.feed, "duplicate").inc()

    # -- large files: cut into units, which go to `work` a few at a time

    async def _large(self, lane: Lane, file: File) -> None:
        emitted, settings = _resumed(lane.metadata, file.record)
        if settings is not None:
            file = file._replace(settings=settings)
        spool = await asyncio.to_thread(self._spool)
        try:
            survey = await self._survey(file, spool)
            [verdict] = await asyncio.to_thread(self._judge, [file], [survey])
            results = self._decided(file, survey, verdict) if not emitted else []
            if verdict.first and not verdict.hold:
                notes = to_json(notes_of(file.settings.policy, survey, verdict))
                if survey.fault:  # reading the whole file as one unit says what is wrong and accounts for it
                    results.append(self._work(self._whole(file, notes), lane.number))
                else:
                    file = file._replace(settings=file.settings._replace(kind=survey.kind))
                    results = await self._emit(lane, file, survey, notes, spool, emitted, results)
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

    def _judge(self, files: Sequence[File], surveys: Sequence[Survey]) -> list[Verdict]:
        """Blocking."""
        candidates = []
        for file, survey in zip(files, surveys, strict=True):
            if survey.fault:
                logger.error("receipt %s: the first pass failed: %s", file.received.arrival.receipt, survey.fault)
            arrival = file.received.arrival
            site, feed = self._services.feed(arrival.site, arrival.feed)
            keys, held = keys_of(site, feed, survey)
            since = formats.format_named(survey.kind).window_start(arrival.received_at, file.settings)
            facts = arrival.receipt, place_of(file.record), arrival.site, arrival.sha256
            candidates.append(Candidate(*facts, keys, held, bool(file.received.released_by), arrival.received_at, since))
        return self._services.state.ledger.judge(candidates)

    def _decided(self, file: File, survey: Survey, verdict: Verdict) -> list[NewRecord]:
        """What a receipt shows from now on."""
        arrival, config = file.received.arrival, self._services.config
        if not verdict.first:
            self._services.metrics.files.labels(arrival.site, arrival.feed, "duplicate").inc()
            return [self._outcome(file, "duplicate")]
        if verdict.hold:
            reason = reused_code(survey)
            self._services.metrics.files.labels(arrival.site, arrival.feed, "held").inc()
            held = NewRecord(config.topic(HELD), arrival.receipt.encode(), to_json({**arrival._asdict(), "reason": reason}))
            lines = [(number, line.to_json()) for number, line in enumerate(known(survey, verdict))]
            return [held, self._outcome(file, "held", reason=reason, findings=lines, worst="warning")]
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


def _weight(file: File) -> int:
    return 1 if file.is_message else BATCH_MESSAGES // BATCH_FILES


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
