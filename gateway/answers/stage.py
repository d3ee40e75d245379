"""Follows `outcomes`: what has become of a file is told its sender. Acknowledgements and read position in one transaction.

Nothing is told before the events it speaks of: the outcome that is followed was committed with them. After a kill the same control numbers,
profile and time are found in State, so the same bytes are written again.
"""

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple, TypeVar

from gateway.answers import work
from gateway.answers.findings import FindingFile, Findings, findings_of
from gateway.answers.outbound import outbound, outbound_record, routed, routed_record
from gateway.answers.profile import Made, profile_for
from gateway.answers.taking import taken
from gateway.answers.work import Call, Drafted, Sealed
from gateway.pipeline.lanes import Lane
from gateway.pipeline.messages import ANSWER, OUTBOUND, OUTCOMES, read_outcome
from gateway.pipeline.pool import WorkerDiedError
from gateway.pipeline.services import Services, logger
from gateway.seams import Committed, NewRecord, Record
from gateway.state import Arrival
from gateway.state.answers import Answer

GROUP = ANSWER
BATCH_RECORDS, BATCH_BYTES = 64, 4 << 20
ALONE_TRIES = 3
LOOK_SECONDS, LONGEST_LOOK = 0.01, 0.5
_PASSED = (b'{"kind":"part"', b'{"kind":"planned"', b'{"kind":"bundle"')
DONE, HELD, AGAIN = "done", "held", "duplicate"
C = TypeVar("C")
R = TypeVar("R")


class Ask(NamedTuple):
    """A file whose sender waits. `kind` is that of the outcome at `offset`; `made` is for one that is not a resend."""

    kind: str
    offset: int
    arrival: Arrival
    made: Made


class Answerer:
    """`since`: the feeds that are answered, and from when on."""

    def __init__(self, services: Services, since: Mapping[tuple[str, str], str]) -> None:
        self._services, self._since = services, since
        self._topic = services.config.topic(OUTCOMES)

    async def run(self, lane: Lane) -> None:
        """The outcomes of one partition."""
        while True:
            records = await taken(lane, BATCH_RECORDS, BATCH_BYTES)
            asks = [ask for record in records if (ask := self._ask(record)) is not None]
            results = await self._answers(lane.number, asks) if asks else []
            await lane.commit({lane.topics[0]: Committed(records[-1].offset + 1)}, results)
            self._services.committed()

    def _ask(self, record: Record) -> Ask | None:
        if record.value.startswith(_PASSED):
            return None
        kind, arrival, values = read_outcome(record.value)
        since = self._since.get((arrival.site, arrival.feed))
        if kind not in (DONE, HELD, AGAIN) or since is None or arrival.received_at < since:
            return None
        counts = values.get("counts", {})
        faulty = values.get("worst") == "error" or bool(counts.get("refused") or counts.get("dead"))
        return Ask(kind, record.offset, arrival, Made(kind, faulty, not counts.get("suppressed")))

    async def _answers(self, lane: int, asks: Sequence[Ask]) -> list[NewRecord]:
        """In the order of the outcomes. A resend before the end of its file is answered by the answer to come."""
        state = self._services.state
        known = await asyncio.to_thread(state.answers.of, {ask.arrival.receipt for ask in asks})
        known = {key: rows for key, rows in known.items() if all(row.sha256 for row in rows)}
        new = [ask for ask in asks if ask.kind != AGAIN and (ask.arrival.receipt, ask.kind) not in known]
        if new:
            await self._followed(lane, new[-1].offset)
            known |= await self._write(new)
        results: list[NewRecord] = []
        for ask in asks:
            receipt = ask.arrival.receipt
            rows = known.get((receipt, DONE)) or known.get((receipt, HELD)) if ask.kind == AGAIN else known.get((receipt, ask.kind))
            again = f"{lane}-{ask.offset}" if ask.kind == AGAIN else ""
            for row in rows or ():
                results += await self._records(ask.arrival, row, again)
        return results

    async def _followed(self, lane: int, offset: int) -> None:
        """Returns when State has heard of this outcome, and so of all findings before it."""
        pause = LOOK_SECONDS
        while (await asyncio.to_thread(self._services.state.follow.positions, self._topic)).get(lane, 0) <= offset:
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_LOOK)

    # -- writing

    async def _write(self, asks: Sequence[Ask]) -> dict[tuple[str, str], list[Answer]]:
        """Their acknowledgements by receipt and cause, bytes safe. What fails for a fault of ours is left out and counted."""
        calls = [await self._call(ask) for ask in asks]
        try:
            drafted = await self._each(work.draft, calls, Drafted([], "the worker died"))
            drafts = [draft for call, found in zip(calls, drafted, strict=True) if self._went(call, found.fault) for draft in found.drafts]
            drawn = await asyncio.to_thread(self._services.state.answers.draw, drafts) if drafts else {}
            calls = [_as_drawn(call, drawn) for call in calls]
            writes = [(call, rows) for call in calls if (rows := drawn.get((call.arrival.receipt, call.cause)))]
            sealed = await self._each(work.seal, writes, Sealed([], "the worker died"))
        finally:
            await asyncio.to_thread(_remove, calls)
        found = {
            (call.arrival.receipt, call.cause): each.answers for (call, _), each in zip(writes, sealed, strict=True) if self._went(call, each.fault)
        }
        await asyncio.to_thread(self._services.state.answers.seal, [row for rows in found.values() for row in rows])
        self._count(calls, found)
        return found

    async def _call(self, ask: Ask) -> Call:
        site, feed = self._services.feed(ask.arrival.site, ask.arrival.feed)
        assert feed.answers is not None  # only such feeds are in `since`
        spool = self._services.config.spool_path / f"{secrets.token_hex(8)}.plan"
        findings: Findings = await asyncio.to_thread(findings_of, self._services.state, ask.arrival.receipt, spool)
        return Call(ask.arrival, ask.kind, findings, profile_for(feed.answers, site.zone, ask.made))

    async def _each(self, function: Callable[[Sequence[C]], list[R]], calls: Sequence[C], dead: R) -> list[R]:
        """What the workers make of the calls. One that kills its worker even alone, again and again, is `dead`."""
        pool = self._services.pool
        if not calls:
            return []
        try:
            return await pool.run(function, calls)
        except WorkerDiedError:
            return [await self._alone(function, call, dead) for call in calls]

    async def _alone(self, function: Callable[[Sequence[C]], list[R]], call: C, dead: R) -> R:
        for _ in range(ALONE_TRIES):
            with suppress(WorkerDiedError):
                return (await self._services.pool.run_alone(function, [call]))[0]
        return dead

    def _went(self, call: Call, fault: str) -> bool:
        if fault:
            logger.error("receipt %s is not acknowledged: %s", call.arrival.receipt, fault)
            self._services.metrics.answers_failed.labels(call.arrival.site, call.arrival.feed).inc()
        return not fault

    def _count(self, calls: Sequence[Call], found: Mapping[tuple[str, str], Sequence[Answer]]) -> None:
        for call in calls:
            for row in found.get((call.arrival.receipt, call.cause), ()):
                self._services.metrics.answers.labels(call.arrival.site, call.arrival.feed, row.kind).inc()

    async def _records(self, arrival: Arrival, answer: Answer, again: str) -> list[NewRecord]:
        """For the feed's sinks, and for each route that takes its acknowledgements."""
        config = self._services.config
        topic, found = config.topic(OUTBOUND), outbound(arrival, answer, again)
        inline = answer.size <= config.limits.inline_bytes
        body = await asyncio.to_thread(self._services.blobs.read, answer.sha256) if inline else None
        site, _ = self._services.feed(arrival.site, arrival.feed)
        routes = (route for route in site.routes if route.feed == arrival.feed and route.what == "acknowledgements")
        return [outbound_record(topic, found, body), *(routed_record(topic, routed(found, route.id), b"") for route in routes)]


def _as_drawn(call: Call, drawn: Mapping[tuple[str, str], Sequence[Answer]]) -> Call:
    """A file that was drafted before, by whoever was killed, keeps the profile of then."""
    rows = drawn.get((call.arrival.receipt, call.cause))
    return call._replace(profile=rows[0].profile) if rows else call


def _remove(calls: Sequence[Call]) -> None:
    for call in calls:
        if isinstance(call.findings, FindingFile):
            call.findings.path.unlink(missing_ok=True)


__all__ = ["GROUP", "Answerer"]
