"""A whole file to events and findings: first pass, then each set chunk by chunk. Pure over `read_at`; memory does not grow with the file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, tzinfo
from itertools import accumulate
from typing import Any, NamedTuple

import orjson

from parsers.x12.checks import payment_balance
from parsers.x12.checks.amounts import decimal_text, hundredths
from parsers.x12.delimiters import BLANKS
from parsers.x12.plan import Control, LooseItem, ReadAt, ScanLimits, SetPlan, Span
from parsers.x12.program import hash_for, program_for
from parsers.x12.reader import Heading, ItemEvent, Limits, Policy, SetReader
from parsers.x12.scan import finding, items_of, refuses_set, scan
from parsers.x12.walker import Machine, machine_for
from schemas.codes.findings import FINDINGS
from schemas.envelope import SPEC_VERSION, Counts, Finding, Location, batch_key, claim_key, cloud_event_type, event_id, receipt_id, source_uri


class Origin(NamedTuple):
    """Whose bytes these are. `zone` is the site's, for times without one; `usage` overrides ISA15 (production or test)."""

    site: str = "local"
    feed: str = "convert"
    sha256: str = ""
    zone: tzinfo = UTC
    usage: str = ""

    @property
    def receipt(self) -> str:
        return receipt_id(self.site, self.feed, self.sha256)


class Settings(NamedTuple):
    """How to read: strictness per finding code and every limit."""

    policy: Policy = {}  # noqa: RUF012 - a default that nobody changes
    scan: ScanLimits = ScanLimits()
    item: Limits = Limits()
    findings: int = 100_000


class Event(NamedTuple):
    """One event: CloudEvents attributes (text values) and the JSON bytes of its data. `topic` has no prefix and no `.test`."""

    attributes: dict[str, str]
    data: bytes
    topic: str
    offset: int

    def to_json(self) -> bytes:
        """CloudEvents JSON, one line without its end."""
        return orjson.dumps({**self.attributes, "data": orjson.Fragment(self.data)})


class SetEnd(NamedTuple):
    """A set is done: its counts, and for a set with an event of its own the data that waits for the sums of all chunks."""

    counts: Counts
    sums: dict[str, Any]
    closing: dict[str, Any] | None


class Summary(NamedTuple):
    """The end of a file: how its items ended, as counted by the engine, and `items` as counted by the first pass."""

    counts: Counts
    items: int
    events: int
    readable: bool
    worst: str
    suppressed: int = 0

    def to_json(self) -> dict[str, Any]:
        suppressed = {"suppressed": self.suppressed} if self.suppressed else {}
        return {"summary": {"items": self.items, **self.counts._asdict(), "events": self.events, **suppressed}}

    @property
    def exit_code(self) -> int:
        """0 nothing at severity error, 1 an error or a refusal, 2 nothing readable (design section 8)."""
        if not self.readable:
            return 2
        return 1 if self.worst == "error" or self.counts.refused or self.counts.dead else 0


# -- one set


ENVELOPE: dict[str, tuple[str, dict[str, int]]] = {
    "interchange": ("isa", {"sender_qualifier": 5, "sender": 6, "receiver_qualifier": 7, "receiver": 8, "control_number": 13, "usage": 15}),
    "group": ("gs", {"sender": 2, "receiver": 3, "control_number": 6, "version": 8}),
    "set": ("st", {"transaction": 1, "control_number": 2, "version": 3}),
}
"""Part of an event's `envelope` -> its segment, as the provenance names it, and the element of each field."""


def heading_of(plan: SetPlan, origin: Origin) -> Heading:
    """What every event of a set carries from the envelope above it. Blanks that pad an element are not part of its value."""
    common: dict[str, Any] = {}
    provenance: dict[str, Any] = {"receipt": origin.receipt, "map": hash_for(plan.guide)}
    for part, (name, places) in ENVELOPE.items():
        control: Control | None = getattr(plan, name)
        if control is not None:
            common[part] = {field: value for field, number in places.items() if (value := _text(control.get(number).strip()))}
            provenance[name] = control.offset
    return Heading(plan.guide, plan.use, plan.partial, common, provenance)


def usage_of(plan: SetPlan, origin: Origin) -> str:
    """production only when the sender says P and the feed does not say otherwise: test traffic never passes for production."""
    if origin.usage:
        return origin.usage
    return "production" if plan.isa is not None and plan.isa.get(15) == "P" else "test"


def reader_for(plan: SetPlan, origin: Origin, settings: Settings, program: dict[str, Any] | None = None) -> SetReader:
    machine: Machine = machine_for(program or program_for(plan.guide), plan.delimiters.component, plan.partial)
    return SetReader(machine, heading_of(plan, origin), plan.delimiters.element, settings.policy, settings.item)


def feed_span(reader: SetReader, read_at: ReadAt, span: Span, plan: SetPlan, limits: ScanLimits) -> Iterator[None]:
    """Feed the segments of a span; yields after each block so that the caller can drain the reader."""
    terminator = plan.delimiters.terminator.encode("latin-1")
    reader.seek(span.ordinal)
    at, tail, start = span.start, b"", span.start
    while at < span.end:
        block = read_at(at, min(limits.read, span.end - at))
        if not block:
            break
        at += len(block)
        text = tail + block
        cut = text.rfind(terminator) + len(terminator)
        if cut >= len(terminator):
            feed_text(reader, text[: cut - len(terminator)], start, terminator, limits.segment)
            start, tail = start + cut, text[cut:]
        else:
            tail = text
        if len(tail) > limits.segment:
            end = _end_of_segment(read_at, start, span.end, terminator)
            reader.over_limit(tail[:64].decode("latin-1"), start)
            at, tail, start = end, b"", end
        yield
    if tail.strip(b" \t\r\n"):
        feed_text(reader, tail, start, terminator, limits.segment)
        yield


def feed_text(reader: SetReader, block: bytes, start: int, terminator: bytes, longest: int) -> None:
    """Feed whole segments: `block` begins at byte `start` of the file and leaves out its last terminator."""
    lead = 1 if block.startswith(b"\n") else 0
    breaks = block.count(b"\n", lead)
    if lead or breaks:
        if block.count(terminator + b"\n") == breaks == block.count(terminator):
            # The usual layout, one segment a line: the line break is part of the gap.
            block, start, terminator = block[lead:], start + lead, terminator + b"\n"
        else:
            breaks = 0
    gap = len(terminator)
    controls = len(block) - breaks != len(block.translate(None, _CONTROLS))
    segments = block.decode("latin-1").split(terminator.decode("latin-1"))
    offsets: Iterable[int] = accumulate(map(gap.__add__, map(len, segments)), initial=start)
    blank = block.startswith(b" ") or terminator + b" " in block
    if controls or blank or not block.isascii() or not all(segments) or len(max(segments, key=len)) > longest:
        _feed_odd(reader, segments, offsets, longest)
    else:
        reader.feed(segments, offsets)


_CONTROLS = bytes([*range(0x20), 0x7F])
_CONTROL = re.compile("[\x00-\x1f\x7f]")


def _feed_odd(reader: SetReader, segments: list[str], offsets: Iterable[int], longest: int) -> None:
    """The careful way: line breaks and blanks around segments, blank ones, text that is not ASCII, control characters, too long ones."""
    for raw, offset in zip(segments, offsets, strict=False):
        segment = raw.lstrip(BLANKS)
        at = offset + len(raw) - len(segment)
        segment = segment.rstrip("\r\n")
        if not segment:
            continue
        if len(segment) > longest:
            reader.over_limit(segment[:64], at)
            continue
        if _CONTROL.search(segment):
            reader.control_character(1, at)
        reader.feed([_text(segment)], [at])


def _text(segment: str) -> str:
    """Latin-1 text whose bytes are UTF-8 is read as UTF-8, and otherwise stays Latin-1."""
    if segment.isascii():
        return segment
    try:
        return segment.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return segment


def _end_of_segment(read_at: ReadAt, at: int, end: int, terminator: bytes) -> int:
    """Offset behind the terminator of a segment that is too long to keep."""
    overlap = len(terminator) - 1
    while at < end:
        block = read_at(at, min(1 << 20, end - at))
        found = block.find(terminator)
        if found >= 0:
            return at + found + len(terminator)
        at += max(len(block) - overlap, 1)
    return end


def read_chunk(read_at: ReadAt, plan: SetPlan, number: int, origin: Origin, settings: Settings) -> Iterator[Event | Finding | SetEnd]:
    """Events and findings of one chunk of a set in file order, then its SetEnd."""
    reader = reader_for(plan, origin, settings)
    chunk = plan.chunks[number]
    reader.quiet = True
    for span in chunk.context:
        for _ in feed_span(reader, read_at, span, plan, settings.scan):
            pass
    reader.quiet = False
    if chunk.context:
        reader.resume(chunk.hl, chunk.items_above)
    stamp = Stamp(plan, origin)
    for _ in feed_span(reader, read_at, chunk.body, plan, settings.scan):
        yield from _drain(reader, stamp)
    closing = reader.finish(chunk.last)
    yield from _drain(reader, stamp)
    yield SetEnd(reader.counts, reader.sums, closing)


def _drain(reader: SetReader, stamp: Stamp) -> Iterator[Event | Finding]:
    findings, reader.findings = reader.findings, []
    events, reader.events = reader.events, []
    yield from findings
    if events:
        created = reader.created()
        for event in events:
            yield stamp.event(event, created)


class Stamp:
    """Puts the CloudEvents attributes on the events of one set."""

    def __init__(self, plan: SetPlan, origin: Origin) -> None:
        self.origin = origin
        self.usage = usage_of(plan, origin)
        self.fallback = (plan.gs.get(4), plan.gs.get(5)) if plan.gs is not None else ("", "")
        self.receipt = origin.receipt
        self.source = source_uri(origin.site, origin.feed)
        self._said: tuple[str, str] | None = None
        self._time = ""
        self._types = _Types()

    def event(self, item: ItemEvent, created: tuple[str, str]) -> Event:
        said = created if created[0] else self.fallback
        if said != self._said:
            self._said, self._time = said, source_time(*said, self.origin.zone)
        if not item.key:
            key = self.receipt
        elif item.lane == "claim":
            key = claim_key(self.origin.site, item.key)
        else:
            key = batch_key(self.origin.site, item.key)
        kind, schema = self._types[item.event]
        attributes = {
            "specversion": SPEC_VERSION, "id": event_id(self.receipt, item.offset, item.event), "source": self.source,
            "type": kind, "subject": key, "partitionkey": key, "datacontenttype": "application/json",
            "dataschema": schema, "usage": self.usage,
        }  # fmt: skip
        if self._time:
            attributes["time"] = self._time
        return Event(attributes, item.data, item.topic, item.offset)


class _Types(dict[str, tuple[str, str]]):
    """(type, dataschema) by event, made once."""

    def __missing__(self, event: str) -> tuple[str, str]:
        result = self[event] = cloud_event_type(event), f"/v1/schemas/{event}.v1.json"
        return result


def source_time(day: str, clock: str, zone: tzinfo) -> str:
    """RFC 3339 time of a date (CCYYMMDD, YYMMDD or ISO) and a time of day (HHMM[SS[DD]] or ISO) in a zone; "" when unreadable."""
    digits = day.replace("-", "")
    if len(digits) == 6:
        digits = ("19" if digits >= "70" else "20") + digits
    hours = clock.replace(":", "")[:6]
    try:
        moment = datetime.strptime(digits + hours.ljust(6, "0") if len(hours) in (4, 6) else digits + "000000", "%Y%m%d%H%M%S")
    except ValueError:
        return ""
    return moment.replace(tzinfo=zone).isoformat()


def close_set(plan: SetPlan, origin: Origin, end: SetEnd, policy: Policy) -> tuple[list[Event], list[Finding]]:
    """The event of the set itself (remittance.received) once the sums of all its chunks are in `end.sums`, with its balance findings."""
    if end.closing is None:
        return [], []
    closing = dict(end.closing)
    emit, created = closing.pop("emit"), closing.pop("created")
    data: dict[str, Any] = closing["data"]
    data["claims"] = {"count": end.sums.get("items", 0), **{name: value for name, value in end.sums.items() if name != "items"}}
    findings: list[Finding] = []
    if not end.counts.refused:
        problems = payment_balance(data.get("payment", {}), data["claims"].get("paid_amount", "0"))
        for problem in problems:
            if policy.get(problem.code) == "ignore":
                continue
            kind = FINDINGS[problem.code]
            at = Location(2, "BPR", 2, offset=None, loop="ST")
            findings.append(Finding(problem.code, kind.severity, kind.scope, "reported", kind.text, at, None, kind.snip))
        unbalanced = [problem for problem in problems if problem.level]
        if unbalanced:
            data["balanced"] = False
            data["imbalances"] = [{"level": p.level, "difference": p.difference} for p in unbalanced]
    key = str(data.get("payment", {}).get(emit["key"], ""))
    item = ItemEvent(emit["event"], emit["lane"], emit["topic"], plan.st.offset, key, orjson.dumps(data))
    return [Stamp(plan, origin).event(item, tuple(created))], findings


def add_ends(first: SetEnd, second: SetEnd) -> SetEnd:
    """The sums of two chunks of one set, in file order."""
    sums: dict[str, Any] = dict(first.sums)
    for name, value in second.sums.items():
        if name == "items":
            sums[name] = sums.get(name, 0) + value
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
    _, findings = close_set(plan, origin, total, settings.policy)
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
    events, findings = close_set(plan, origin, total, settings.policy)
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
