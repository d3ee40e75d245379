"""A whole file to events and findings: first pass, then each set chunk by chunk. Pure over `read_at`; memory does not grow with the file."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

import orjson

from parsers.outputs import Event, Origin, Summary
from parsers.x12 import compiled
from parsers.x12.checks import CHECKS, Problem
from parsers.x12.checks.amounts import decimal_text, hundredths
from parsers.x12.checks.judge import NO_EXTRA, Extra, judge_for
from parsers.x12.feed import feed_span, first_segment
from parsers.x12.frames import ItemEvent, Limits, Policy, derive, key_of
from parsers.x12.plan import LooseItem, ReadAt, ScanLimits, SetPlan
from parsers.x12.program import SET_CHECK, program_for
from parsers.x12.reader import SetReader
from parsers.x12.scan import finding, items_of, refuses_set, scan
from parsers.x12.stamp import ENVELOPE, SetEnd, Stamp, heading_of, source_time
from parsers.x12.trouble import Style
from parsers.x12.walker import Machine, machine_for
from schemas.codes.findings import FINDINGS
from schemas.envelope import Counts, Finding, Location


class Settings(NamedTuple):
    """How to read: strictness per finding code, every limit, what the site adds; engine `python` leaves out the compiled one."""

    policy: Policy = {}  # noqa: RUF012 - a default that nobody changes
    scan: ScanLimits = ScanLimits()
    item: Limits = Limits()
    findings: int = 100_000
    extra: Extra = NO_EXTRA
    engine: str = "auto"


GATHERED = "gathered"
"""In the sums of a set: what its own event lists, by name."""
_COUNT = {"items": "count"}


# -- one set


def reader_for(plan: SetPlan, origin: Origin, settings: Settings, program: dict[str, Any] | None = None) -> SetReader:
    style = Style(plan.delimiters.component, plan.delimiters.repetition, plan.partial)
    machine: Machine = machine_for(program or program_for(plan.guide), style)
    return SetReader(machine, heading_of(plan, origin), plan.delimiters.element, settings.policy, settings.item, settings.extra)


def read_chunk(read_at: ReadAt, plan: SetPlan, number: int, origin: Origin, settings: Settings) -> Iterator[Event | Finding | SetEnd]:
    """Events and findings of one chunk of a set in file order, then its SetEnd."""
    reader = reader_for(plan, origin, settings)
    chunk = plan.chunks[number]
    reader.quiet = True
    for span in chunk.context:
        for _ in feed_span(reader, read_at, span, plan, settings.scan):
            pass
    if chunk.context:
        reader.resume(chunk.hl, chunk.items_above, first_segment(read_at, chunk.body.start, plan.delimiters))
    reader.quiet = False
    stamp = Stamp(plan, origin)
    drain = partial(_drain, reader, stamp)
    lane = compiled.lane(reader, plan, settings.scan, settings.extra, stamp, drain) if settings.engine != "python" else None
    if lane is not None:
        yield from lane.read(read_at, chunk.body)
    else:
        for _ in feed_span(reader, read_at, chunk.body, plan, settings.scan):
            yield from drain()
    closing = reader.finish(chunk.last, None if chunk.last else first_segment(read_at, chunk.body.end, plan.delimiters))
    yield from _drain(reader, stamp)
    sums = {**reader.sums, GATHERED: reader.gathered} if reader.gathered else reader.sums
    yield SetEnd(reader.counts, sums, closing)


def _drain(reader: SetReader, stamp: Stamp) -> Iterator[Event | Finding]:
    findings, reader.findings = reader.findings, []
    events, reader.events = reader.events, []
    yield from findings
    if events:
        created = reader.created()
        for event in events:
            yield stamp.event(event, created)


_PAYMENT = Location(2, "BPR", 2, loop="ST")
"""What the checks of a whole remittance look at."""


def _set_problem(problem: Problem, plan: SetPlan) -> Finding:
    kind = problem.kind or FINDINGS[problem.code]
    at = _PAYMENT if problem.code.startswith(("REMIT_PAYMENT", "PAYMENT_METHOD")) else Location(1, "ST", offset=plan.st.offset, loop="ST")
    place = f"The set, {problem.where}" if problem.where else "The set"
    return Finding(problem.code, kind.severity, "set", "reported", kind.text.format(place=place), at, None, kind.snip)


def close_set(plan: SetPlan, origin: Origin, end: SetEnd, policy: Policy, extra: Extra = NO_EXTRA) -> tuple[list[Event], list[Finding]]:
    """The event of the set itself (remittance.received) once the sums of all its chunks are in `end.sums`, with its balance findings."""
    if end.closing is None:
        return [], []
    closing = dict(end.closing)
    emit, created = closing.pop("emit"), closing.pop("created")
    data: dict[str, Any] = closing["data"]
    gathered = end.sums.get(GATHERED, {})
    data |= {name: [entry for entry in gathered[slot] if entry is not None] for slot, name in emit.get("gathers", ()) if slot in gathered}
    if "items" in end.sums or SET_CHECK in emit["checks"]:
        data["claims"] = {"count": 0, **{_COUNT.get(name, name): value for name, value in end.sums.items() if name != GATHERED}}
    derive(emit, data)
    findings: list[Finding] = []
    if not end.counts.refused:
        problems = [problem for name in emit["checks"] for problem in CHECKS[name](data)]
        problems += judge_for(extra)(emit, data, {})
        for problem in problems:
            if policy.get(problem.code) != "ignore":
                findings.append(_set_problem(problem, plan))
        unbalanced = [problem for problem in problems if problem.level]
        if unbalanced:
            data["balanced"] = False
            data["imbalances"] = [{"level": p.level, "difference": p.difference} for p in unbalanced]
    paths = emit["key"] if isinstance(emit["key"], list) else [f"payment.{emit['key']}"]
    key = key_of(paths, data)
    item = ItemEvent(emit["event"], emit["lane"], emit["topic"], plan.st.offset, key, orjson.dumps(data))
    return [Stamp(plan, origin).event(item, tuple(created))], findings


def add_ends(first: SetEnd, second: SetEnd) -> SetEnd:
    """The sums of two chunks of one set, in file order."""
    sums: dict[str, Any] = dict(first.sums)
    for name, value in second.sums.items():
        if name == "items":
            sums[name] = sums.get(name, 0) + value
        elif name == GATHERED:
            held = sums.get(name, {})
            sums[name] = {slot: [*held.get(slot, []), *value.get(slot, [])] for slot in {**held, **value}}
        else:
            sums[name] = decimal_text(hundredths(sums.get(name, "0")) + hundredths(value))
    return SetEnd(first.counts.plus(second.counts), sums, second.closing)


# -- a whole file


def refused_items(plan: SetPlan, read_at: ReadAt, settings: Settings) -> Iterator[Finding]:
    """One line per item of a refused set."""
    for offset, tag in items_of(plan, read_at, settings.scan):
        yield finding("ITEM_IN_REFUSED_SET", offset=offset, tag=tag)._replace(item=f"{offset}.{tag}")


def rejects(read_at: ReadAt, plan: SetPlan, origin: Origin, settings: Settings) -> Finding | None:
    """The finding for which the site refuses this set whole; to know, the set is read once before its first event."""
    if not any(refuses_set(code, settings.policy) for code in settings.policy):
        return None
    total = SetEnd(Counts(), {}, None)
    for chunk in plan.chunks:
        for output in read_chunk(read_at, plan, chunk.number, origin, settings):
            if isinstance(output, SetEnd):
                total = add_ends(total, output)
            elif isinstance(output, Finding) and refuses_set(output.code, settings.policy):
                return output
    _, findings = close_set(plan, origin, total, settings.policy, settings.extra)
    return next((found for found in findings if refuses_set(found.code, settings.policy)), None)


def set_refused(plan: SetPlan, cause: Finding) -> list[Finding]:
    """What is said of a set that the site refuses: why, and that it is."""
    return [cause, finding("SET_REFUSED", offset=plan.st.offset, tag="ST", segment=1)]


def read_set(read_at: ReadAt, plan: SetPlan, origin: Origin, settings: Settings) -> Iterator[Event | Finding | SetEnd]:
    """Everything of one set that is not refused."""
    total = SetEnd(Counts(), {}, None)
    for chunk in plan.chunks:
        for output in read_chunk(read_at, plan, chunk.number, origin, settings):
            if isinstance(output, SetEnd):
                total = add_ends(total, output)
            else:
                yield output
    events, findings = close_set(plan, origin, total, settings.policy, settings.extra)
    yield from findings
    yield from events
    yield total


def convert(read_at: ReadAt, size: int, origin: Origin, settings: Settings | None = None) -> Iterator[Event | Finding | Summary]:
    """Events and findings of a file in order, then its Summary."""
    settings = settings or Settings()
    counts, items, events, worst, readable = Counts(), 0, 0, "info", False
    listed = suppressed = 0
    for output in _outputs(read_at, size, origin, settings):
        if isinstance(output, Event):
            events += 1
            yield output
        elif isinstance(output, Finding):
            if settings.policy.get(output.code) == "ignore" and output.outcome == "reported":
                continue
            if output.severity == "error" or (output.severity == "warning" and worst == "info"):
                worst = output.severity
            if listed < settings.findings or output.outcome != "reported":
                listed += 1
                yield output
            else:
                suppressed += 1
        elif isinstance(output, LooseItem):
            counts, items = counts.plus(Counts(dead=1)), items + 1
        elif isinstance(output, SetPlan):
            readable = True
            items += output.items
        else:
            counts = counts.plus(output.counts)
    yield Summary(counts, items, events, readable, worst, suppressed)


def _outputs(read_at: ReadAt, size: int, origin: Origin, settings: Settings) -> Iterator[Event | Finding | SetEnd | SetPlan | LooseItem]:
    for scanned in scan(read_at, size, settings.scan, settings.policy):
        yield scanned
        if isinstance(scanned, SetPlan):
            cause = None if scanned.refusal else rejects(read_at, scanned, origin, settings)
            if cause is not None:
                yield from set_refused(scanned, cause)
            if scanned.refusal or cause is not None:
                yield from refused_items(scanned, read_at, settings)
                yield SetEnd(Counts(refused=scanned.items), {}, None)
            else:
                yield from read_set(read_at, scanned, origin, settings)


__all__ = ["ENVELOPE", "Event", "Origin", "SetEnd", "Settings", "Summary", "convert", "read_chunk", "read_set", "source_time"]
