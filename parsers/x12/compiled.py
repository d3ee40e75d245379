"""The compiled engine, where it is installed: a fast lane for the items that nothing is to be said of.

It runs the same program. Items with a finding, and whatever else it does not know, are read by `SetReader`, which gets the open loops and their
objects where the lane stopped and hands them back behind the item. Without the extension, or for a program, delimiters or settings that it does
not know, everything is read by `SetReader`; the events and findings are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from functools import cache
from typing import Any, NamedTuple

import orjson

from parsers.outputs import Event
from parsers.x12.checks import adjustment, coded, codes, forms, situations
from parsers.x12.checks.judge import NO_EXTRA, Extra
from parsers.x12.extension import ENGINE
from parsers.x12.feed import feed_span
from parsers.x12.frames import USES, Frame, ItemEvent
from parsers.x12.plan import ReadAt, ScanLimits, SetPlan, Span
from parsers.x12.program import program_bytes
from parsers.x12.reader import STRUCTURE, SetReader
from parsers.x12.stamp import Stamp
from parsers.x12.walker import Machine
from schemas.codes.carc import ALERTS
from schemas.codes.known import POS, PROVINCES, REMARKS, STATES
from schemas.envelope import Finding

Drain = Callable[[], Iterator[Event | Finding]]
"""Gives what the reader has made and empties it."""
_HELD = 1 << 20
"""Bytes kept for one item; a longer one is read by `SetReader`, and so is what follows it in its chunk."""
_ALL, _UNCLEAN, _HEADER, _AGAIN = range(4)
"""Why the lane stops: all is read, what follows is not clean, there is one event under a new header, it goes on."""
_MARKS = range(0x21, 0x7F)


def lane(reader: SetReader, plan: SetPlan, limits: ScanLimits, extra: Extra, stamp: Stamp, drain: Drain) -> Lane | None:
    """The lane for a reader that stands between two items; None when the reader has to do it alone."""
    if ENGINE is None or not _plain(plan) or extra != NO_EXTRA:
        return None
    program = _program(reader.machine)
    return Lane(program, reader, plan, limits, stamp, drain) if program is not None else None


def _plain(plan: SetPlan) -> bool:
    """Single printable delimiters; a line break may end the segments."""
    element, component, _, terminator = plan.delimiters
    marks = element, component, terminator
    return all(len(mark) == 1 and (ord(mark) in _MARKS or (mark is terminator and mark in "\r\n")) for mark in marks) and len(set(marks)) == 3


_programs: dict[int, tuple[Machine, Any]] = {}


def _program(machine: Machine) -> Any:
    """The program as the extension runs it, made once a machine; None when it cannot."""
    known = _programs.get(id(machine))
    if known is None or known[0] is not machine:
        if len(_programs) > 32:
            _programs.clear()
        known = _programs[id(machine)] = machine, _made(machine)
    return known[1]


def _made(machine: Machine) -> Any:
    heads = [loop for loop in machine.loops if loop.target == "transaction"]
    odd = any(loop.gathered or loop.tentative or loop.leaves for loop in machine.loops)
    if machine.style.wrap is not None or odd or any(loop.parent is not None for loop in heads):
        return None
    try:
        return ENGINE.Machine(program_bytes(machine.program), ord(machine.component), machine.partial, _facts())
    except ValueError:
        return None


@cache
def _facts() -> bytes:
    """What the checks look up, as data, and the names of the rules that the extension has to know by itself."""
    rules = {event: [rule.__name__ for rule in found] for event, found in situations.RULES.items()}
    for event, source in codes.CODED.items():
        rules[event] = [*rules.get(event, []), source.__name__]
    remarks = {f"{letters}{number:0{width}d}" for letters, numbers in REMARKS.items() for number in numbers.held for width in range(1, 5)}
    return orjson.dumps({
        "structure": sorted(STRUCTURE), "duties": adjustment.DUTIES, "alerts": sorted(ALERTS), "rules": rules, "forms": forms.PATTERNS,
        "known": {"pos": sorted(POS), "state": sorted(STATES | PROVINCES), "rarc": sorted(remarks)}, "provinces": sorted(PROVINCES),
        "procedures": coded.PROCEDURE_SETS, "diagnoses": coded.DIAGNOSIS_SETS,
        "old": [qualifier for qualifier, version in codes.QUALIFIED.items() if version == 9],
    })  # fmt: skip


class _Held(NamedTuple):
    """Bytes of the chunk that are not read yet; `data` starts at byte `start` of the file, `last` says that the chunk ends with it."""

    data: bytes
    start: int
    last: bool

    def behind(self, size: int) -> _Held:
        return _Held(self.data[size:], self.start + size, self.last)

    def read_at(self, offset: int, length: int) -> bytes:
        return self.data[offset - self.start : offset - self.start + length]


class Lane:
    """Reads the body of a chunk together with its reader: one of them has the state at any time."""

    def __init__(self, program: Any, reader: SetReader, plan: SetPlan, limits: ScanLimits, stamp: Stamp, drain: Drain) -> None:
        self.reader, self.plan, self.limits, self.stamp, self.drain = reader, plan, limits, stamp, drain
        heading, origin = reader.heading, stamp.origin
        self.terminator = plan.delimiters.terminator.encode("ascii")
        self.emit = next(loop.item for loop in reader.machine.loops if loop.item is not None)
        self._numbers = {loop.id: loop.number for loop in reversed(reader.machine.loops)}
        self.native = ENGINE.Lane(
            program, delimiters=(ord(plan.delimiters.element), ord(plan.delimiters.terminator)), usage=heading.use, uses=list(USES.items()),
            common=orjson.dumps(heading.common), provenance=orjson.dumps(heading.provenance), site=origin.site, receipt=origin.receipt,
            limits=(limits.segment, reader.limits.item_segments), event=Event,
        )  # fmt: skip

    def read(self, read_at: ReadAt, body: Span) -> Iterator[Event | Finding]:
        """Everything of the body that is complete; what is open then is in the reader, which finishes it."""
        self.reader.seek(body.ordinal)
        if not self._take():
            yield from self._slowly(_Held(b"", body.start, False), body, read_at)
            return
        held = _more(_Held(b"", body.start, False), read_at, body, self.limits.read)
        while True:
            try:
                done, why, events = self.native.run(held.data, held.start, held.last)
            except RuntimeError:
                self._give()
                yield from self._slowly(held, body, read_at)
                return
            yield from events
            self._count(len(events))
            held = held.behind(done)
            if why == _HEADER:
                yield self._first()
            elif why == _UNCLEAN:
                held = yield from self._by_reader(held, body, read_at)
                if held.last and not held.data:
                    return
            elif why == _ALL and (held.last or len(held.data) > _HELD):
                break
            elif why == _ALL:
                held = _more(held, read_at, body, self.limits.read)
        self._give()
        yield from self._slowly(held, body, read_at)

    def _by_reader(self, held: _Held, body: Span, read_at: ReadAt) -> Generator[Event | Finding, None, _Held]:
        """The reader takes what follows, up to a segment before which no item is open; returns what is left for the lane."""
        self._give()
        while True:
            size = self.native.boundary(held.data, 0)
            while size < 0 and not held.last and len(held.data) <= _HELD:
                held = _more(held, read_at, body, self.limits.read)
                size = self.native.boundary(held.data, 0)
            if size < 0:
                yield from self._slowly(held, body, read_at)
                return _Held(b"", body.end, True)
            yield from self._feed(held.read_at, Span(held.start, held.start + size, self.reader.ordinal + 1))
            held = held.behind(size)
            free = self._leave(held.data)
            yield from self.drain()
            if free and self._take():
                return held

    def _slowly(self, held: _Held, body: Span, read_at: ReadAt) -> Iterator[Event | Finding]:
        """The reader takes all that is left of the chunk."""
        if held.start < body.end:
            yield from self._feed(held.read_at if held.last else read_at, Span(held.start, body.end, self.reader.ordinal + 1))

    def _feed(self, read_at: ReadAt, span: Span) -> Iterator[Event | Finding]:
        for _ in feed_span(self.reader, read_at, span, self.plan, self.limits):
            yield from self.drain()

    def _leave(self, data: bytes) -> bool:
        """Close the item if the segment that `data` starts with ends it; True when no item is open then."""
        reader = self.reader
        if reader.item is None:
            return True
        segment = data[: data.find(self.terminator)].lstrip(b" \t\r\n").rstrip(b"\r\n").decode("latin-1")
        if not (segment.isascii() and segment.isprintable()) or len(segment) > self.limits.segment:
            return False  # what is to be said of such a segment is said before it ends the item
        e = segment.split(reader.element)
        key, qualifier = reader._odd_key(e), reader._qualifier(e)
        takes = (at for at in range(len(reader.frames) - 1, -1, -1) if reader.frames[at].state.step(key, e[0], qualifier) is not None)
        depth = next(takes, None)
        if depth is not None and depth < reader.item.depth:
            reader._close_to(depth)
        return reader.item is None

    # -- the state, from one to the other

    def _count(self, items: int) -> None:
        reader = self.reader
        reader._published += items
        if items and self.emit["counted"]:
            reader._closed += items
            for name, value in self.native.sums():
                reader._totals[name] = reader._totals.get(name, 0) + value

    def _first(self) -> Event:
        """The first event under a header is stamped like any other; those that follow share its attributes."""
        head = orjson.loads(self.native.head_json()) if self.reader._head == "transaction" else {}
        created = head.get("created_date", ""), head.get("created_time", "")
        offset, key, data = self.native.first()
        event = self.stamp.event(ItemEvent(self.emit["event"], self.emit["lane"], self.emit["topic"], offset, key, data), created)
        self.native.head(event.attributes)
        self._count(1)
        return event

    def _take(self) -> bool:
        """From the reader to the lane; False when it holds something that the lane does not know."""
        reader = self.reader
        frames = [
            (
                frame.loop.number, frame.state.pos, frame.state.counts, list((frame.counts or {}).items()), frame.ordinal, frame.offset,
                frame.hl.encode() if frame.loop.level else b"", frame.loop.level and frame.leaf,
            )
            for frame in reader.frames
        ]  # fmt: skip
        context = [(name, orjson.dumps(fields)) for name, fields in reader.context.items()]
        unmapped = [(number, [orjson.dumps(entry) for entry in entries]) for number, entries in reader.context_unmapped.items()]
        levels = [(self._numbers[name], offset) for name, offset in reader.levels.items()]
        try:
            self.native.take((frames, context, unmapped, levels, reader.hl_last, reader.ordinal))
        except (ValueError, OverflowError):
            return False
        return True

    def _give(self) -> None:
        """From the lane to the reader."""
        reader, loops = self.reader, self.reader.machine.loops
        frames, context, unmapped, levels, reader.hl_last, reader.ordinal = self.native.give()
        reader.context = {name: orjson.loads(json) for name, json in context}
        reader.context_unmapped = {number: [orjson.loads(entry) for entry in entries] for number, entries in unmapped}
        reader.levels = {loops[number].id: offset for number, offset in levels}
        reader._fragments = {}
        reader.frames = [self._frame(*frame) for frame in frames]

    def _frame(
        self, number: int, pos: int, stood: list[tuple[int, int]], seen: list[tuple[int, int]], ordinal: int, offset: int, hl: str, leaf: bool
    ) -> Frame:
        reader = self.reader
        loop = reader.machine.loops[number]
        frame = Frame()
        frame.loop, frame.state, frame.ordinal, frame.offset = loop, loop.state(pos, tuple(stood)), ordinal, offset
        frame.fields = reader.context[reader._head] if loop.parent is None else None if loop.target is None else reader.context[loop.target]
        frame.counts = dict(seen) or None
        frame.unshown = False
        if loop.level:
            frame.hl, frame.leaf = hl, leaf
        return frame


def _more(held: _Held, read_at: ReadAt, body: Span, size: int) -> _Held:
    """With the next block of the chunk."""
    end = held.start + len(held.data)
    block = read_at(end, min(size, body.end - end))
    return _Held(held.data + block, held.start, not block or end + len(block) >= body.end)
