"""Where each field of an event came from: the item is read again with the program that made it, and every value says its element.

The readers are the same ones, generated with a wrapper that replaces each value by a token; the event comes out with tokens at its
leaves, and each token knows segment, element and component. So an explanation cannot differ from what the engine does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson

from parsers.kept import Kept
from parsers.traces import Trace, Unexplainable, below
from parsers.x12.binary import BINARY, segments
from parsers.x12.delimiters import BLANKS, ISA_WINDOW, Delimiters, guess, read_isa
from parsers.x12.derived import SOURCES
from parsers.x12.feed import first_segment, text_of
from parsers.x12.frames import Heading, Limits
from parsers.x12.marks import Marks
from parsers.x12.plan import ReadAt
from parsers.x12.program import guide_of_version
from parsers.x12.reader import SetReader
from parsers.x12.stamp import ENVELOPE
from parsers.x12.trouble import Style
from parsers.x12.walker import Machine

_MARK = "\0value "
_BLOCK = 1 << 18
_MACHINES = 16


class _Segment(NamedTuple):
    ordinal: int | None
    offset: int
    text: str


class _Seen(NamedTuple):
    """A value and the place it was read at; `repetition` counts from 0, None: of the whole element."""

    value: Any
    element: int
    component: int
    segment: _Segment
    repetition: int | None = None


class _Tokens:
    """The values read so far, each with its place; `here` is the segment being read."""

    def __init__(self) -> None:
        self.seen: list[_Seen] = []
        self.here = _Segment(None, 0, "")

    def wrap(self, value: Any, element: int, component: int, repetition: int | None = None) -> str:
        self.seen.append(_Seen(value, element, component, self.here, repetition))
        return f"{_MARK}{len(self.seen) - 1}"

    def find(self, leaf: Any) -> _Seen | None:
        return self.seen[int(leaf[len(_MARK) :])] if isinstance(leaf, str) and leaf.startswith(_MARK) else None


class _Tracing:
    """A machine whose values are tokens."""

    def __init__(self, program: dict[str, Any], component: str, repetition: str) -> None:
        emits = [{**emit, "checks": [], "counted": [], "alias": [], "derives": []} for emit in program["emits"]]
        self._tokens = _Tokens()
        self._machine = Machine({**program, "emits": emits}, Style(component, repetition, True, self._tokens.wrap))

    def reader(self, delimiters: Delimiters, provenance: dict[str, Any]) -> tuple[SetReader, _Tokens]:
        """A reader of one set, and the tokens it makes; those of the set before are gone."""
        self._tokens.seen, self._tokens.here = [], _Segment(None, 0, "")
        heading = Heading(self._machine.program["guide"], "", True, {}, {"st": provenance["st"]})
        reader = SetReader(self._machine, heading, delimiters.element, {}, Limits())
        reader.judge = lambda *_: []  # its values are tokens, which say nothing
        return reader, self._tokens


_KEPT: Kept[_Tracing] = Kept(_MACHINES)
"""Making the readers of a guide costs more than an explanation."""


def explain(program: dict[str, Any], read_at: ReadAt, size: int, event: str, data: dict[str, Any], field: str | None = None) -> list[Trace]:
    """Traces of an event's fields (`event` e.g. "claim.submitted", `data` as published), or of `field` and what is below it.

    Raises Unexplainable when the raw bytes do not hold the item, KeyError when the event has no such field.
    """
    provenance = data["provenance"]
    delimiters = _delimiters(read_at, provenance)
    of = program, delimiters.component, delimiters.repetition
    with _KEPT.lent(of, lambda: _Tracing(*of)) as tracing:
        reader, tokens = tracing.reader(delimiters, provenance)
        made = _read_item(reader, tokens, read_at, size, provenance, delimiters, event)
        traces = list(_walk(made, "", tokens, delimiters))
    traces += [
        *_unmapped(data, read_at, delimiters, provenance),
        *_envelope(data, read_at, delimiters, provenance),
    ]
    traces += _use(data, traces)
    for slot, other in _aliases(program, event):
        if slot in data and not any(trace.field.startswith(f"/{slot}/") for trace in traces):
            traces += [trace._replace(field=f"/{slot}{trace.field[len(other) + 1 :]}") for trace in traces if trace.field.startswith(f"/{other}/")]
    traces += _derived(program, event, data, traces)
    return below(traces, field)


def _derived(program: dict[str, Any], event: str, data: dict[str, Any], traces: list[Trace]) -> list[Trace]:
    """What follows from other fields is shown where those are."""
    pairs = {(name, function) for emit in program["emits"] if emit["event"] == event for name, function in emit.get("derives", ())}
    return [
        trace._replace(field=f"/{name}", value=data[name])
        for name, function in sorted(pairs)
        if name in data
        for trace in traces
        if re.fullmatch(SOURCES[function], trace.field)
    ]


def _delimiters(read_at: ReadAt, provenance: dict[str, Any]) -> Delimiters:
    if "isa" in provenance:
        isa = read_isa(read_at(provenance["isa"], ISA_WINDOW))
        if isa is not None:
            return isa.delimiters
    else:
        found = guess(read_at(provenance.get("gs", provenance["st"]), 4096))
        if found is not None:
            return found
    raise Unexplainable("the raw bytes do not start with the envelope the event names")


def _aliases(program: dict[str, Any], event: str) -> list[tuple[str, str]]:
    return [(slot, other) for emit in program["emits"] if emit["event"] == event for slot, other in emit["alias"]]


def _segments(read_at: ReadAt, start: int, end: int, delimiters: Delimiters) -> Iterator[tuple[int, str]]:
    """(offset, text) of the segments from byte `start` to byte `end`, blank ones left out."""
    mark = delimiters.terminator.encode("latin-1")
    at, tail = start, b""
    while at < end or tail:
        block = read_at(at, min(_BLOCK, end - at)) if at < end else b""
        at += len(block)
        pieces = (tail + block).split(mark)
        base = at - len(tail) - len(block)
        tail = pieces.pop() if block else b""
        for piece in pieces:
            text = piece.decode("latin-1")
            bare = text.lstrip(BLANKS)
            if bare.rstrip("\r\n"):
                yield base + len(text) - len(bare), bare.rstrip("\r\n")
            base += len(piece) + len(mark)
        if not block:
            break


def _feed(reader: SetReader, tokens: _Tokens, segment: _Segment) -> None:
    tokens.here = segment
    reader.ordinal = (segment.ordinal or 1) - 1
    reader.feed([text_of(segment.text)], [segment.offset])


def _tag(text: str, delimiters: Delimiters) -> str:
    return text.split(delimiters.element, 1)[0].strip(BLANKS)


class _Stops(NamedTuple):
    """What ends a stretch of a set: `level` opens a level ("" none), `items` are the tags of items that stand nowhere else."""

    level: str
    items: frozenset[str]

    def context(self, tag: str) -> bool:
        return tag == "SE" or tag in self.items or (tag == self.level and bool(tag))


def _stops(program: dict[str, Any]) -> _Stops:
    loops, segments = program["loops"], program["segments"]

    def first(loop: dict[str, Any]) -> str:
        return next((str(segments[number]["tag"]) for kind, number, _ in loop["children"] if kind == "segment"), "")

    tags = [segment["tag"] for segment in segments]
    items = [(loop, emit) for loop in loops for emit in program["emits"] if loop["id"] == emit["loop"] and loop["parent"] >= 0]
    above = [loops[loop["parent"]] for loop, _ in items if loop["parent"] > 0]
    level = "HL" if "HL" in tags else first(above[0]) if above else ""
    return _Stops(level, frozenset(emit["item"] for _, emit in items if tags.count(emit["item"]) == 1))


def _read_item(
    reader: SetReader, tokens: _Tokens, read_at: ReadAt, size: int, provenance: dict[str, Any], delimiters: Delimiters, event: str
) -> dict[str, Any]:
    """Feed the context, then the item; the event's data with tokens for values."""
    st, item = provenance["st"], provenance["item"]
    if reader.machine.root.item is not None:
        return _read_whole(reader, tokens, read_at, size, st, delimiters)
    stops = _stops(reader.machine.program)
    if item == st and reader.machine.set_emit is not None and reader.machine.set_emit.get("gathers"):
        return _read_closing(reader, tokens, read_at, size, st, delimiters)
    reader.quiet = True
    for ordinal, (offset, text) in enumerate(_segments(read_at, st, size, delimiters), 1):
        if (offset >= item != st) or (offset != st and stops.context(_tag(text, delimiters))):
            break
        _feed(reader, tokens, _Segment(ordinal, offset, text))
    if item == st:
        return _read_closing(reader, tokens, read_at, size, st, delimiters, "PLB")
    levels = sorted(provenance.get("levels", {}).values()) or _level_before(read_at, st, item, delimiters, stops.level)
    for level in levels:
        above = _count(read_at, st, level, delimiters)
        for number, (offset, text) in enumerate(_segments(read_at, level, item, delimiters)):
            if number and stops.context(_tag(text, delimiters)):
                break
            _feed(reader, tokens, _Segment(above + number + 1, offset, text))
    reader.resume(0, 0, first_segment(read_at, item, delimiters))
    reader.quiet = False
    for number, (offset, text) in enumerate(_segments(read_at, item, size, delimiters), provenance.get("ordinal", 1)):
        if reader.events or (offset != item and _tag(text, delimiters) == "SE"):
            break
        _feed(reader, tokens, _Segment(number, offset, text))
    reader.finish(False)
    for made in reader.events:
        if made.event == event and made.offset == item:
            return dict(orjson.loads(made.data))
    raise Unexplainable("the raw bytes do not hold the item the event names")


def _read_whole(reader: SetReader, tokens: _Tokens, read_at: ReadAt, size: int, st: int, delimiters: Delimiters) -> dict[str, Any]:
    """A set that is one item."""
    whole = _segments(read_at, st, size, delimiters)
    if reader.machine.tags & BINARY.keys():
        whole = ((offset, text) for offset, text, _ in segments(read_at, st, size, delimiters, _BLOCK))
    for number, (offset, text) in enumerate(whole, 1):
        _feed(reader, tokens, _Segment(number, offset, text))
        if _tag(text, delimiters) in ("SE", "TA1"):
            break
    reader.finish()
    if not reader.events:
        raise Unexplainable("the raw bytes do not hold the set the event names")
    return dict(orjson.loads(reader.events[0].data))


def _read_closing(reader: SetReader, tokens: _Tokens, read_at: ReadAt, size: int, st: int, delimiters: Delimiters, start: str = "") -> dict[str, Any]:
    """A set's own event, from the segments behind the first with tag `start`: the heading has been fed, and no item matters."""
    inside = not start
    for number, (offset, text) in enumerate(_segments(read_at, st, size, delimiters), 1):
        tag = _tag(text, delimiters)
        inside = inside or tag == start
        if inside:
            _feed(reader, tokens, _Segment(number, offset, text))
            reader.events.clear()
        if tag == "SE":
            break
    reader.quiet = False
    closing = reader.finish()
    if closing is None:
        raise Unexplainable("the set has no event of its own")
    names = dict((reader.machine.set_emit or {}).get("gathers", ()))
    gathered = {names[slot]: [entry for entry in entries if entry is not None] for slot, entries in reader.gathered.items()}
    return dict(orjson.loads(orjson.dumps({**closing["data"], **gathered})))


def _level_before(read_at: ReadAt, st: int, item: int, delimiters: Delimiters, level_tag: str) -> list[int]:
    """Offset of the last level segment between the set's start and the item, searched backwards."""
    if not level_tag:
        return []
    marks = Marks(delimiters, (level_tag,))
    end = item
    while end > st:
        start = max(st, end - _BLOCK)
        data = read_at(start, end - start)
        skip = 0 if start == st else data.find(marks.terminator) + len(marks.terminator)
        found = [start + skip + at for at, tag, _ in marks.find(data[skip:]) if tag]
        if found:
            return [found[-1]]
        if start == st:
            break
        end = start + max(skip, 1)
    return []


def _count(read_at: ReadAt, start: int, end: int, delimiters: Delimiters) -> int:
    """Segments between two offsets, counted as the first pass does."""
    marks = Marks(delimiters, ())
    total = 0
    while start < end:
        data = read_at(start, min(_BLOCK, end - start))
        used = len(data) if start + len(data) >= end else data.rfind(marks.terminator) + len(marks.terminator)
        if used < len(marks.terminator):
            return total + sum(1 for _ in _segments(read_at, start, end, delimiters))
        *_, (_, _, found) = marks.find(data[:used])
        total, start = total + found, start + used
    return total


def _walk(value: Any, pointer: str, tokens: _Tokens, delimiters: Delimiters) -> Iterator[Trace]:
    if isinstance(value, dict):
        beside = next((found for found in map(tokens.find, value.values()) if found is not None), None)
        for name, inner in value.items():
            place = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
            if isinstance(inner, str) and tokens.find(inner) is None and beside is not None and beside.component:
                # What the table sets by the first component of a composite (HI): the kind of a diagnosis.
                yield _trace(place, inner, beside._replace(component=1), delimiters)
            elif not (pointer == "" and name in ("provenance", "envelope", "unmapped")):
                yield from _walk(inner, place, tokens, delimiters)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _walk(inner, f"{pointer}/{index}", tokens, delimiters)
    else:
        found = tokens.find(value)
        if found is not None:
            inner = found.value
            pointers = [(f"{pointer}/{name}", part) for name, part in inner.items()] if isinstance(inner, dict) else [(pointer, inner)]
            for place, part in pointers:
                yield _trace(place, part, found, delimiters)


def _trace(pointer: str, value: Any, seen: _Seen, delimiters: Delimiters) -> Trace:
    """Byte range and text of an element, repetition or component inside its segment."""
    element, component, segment = seen.element, seen.component, seen.segment
    elements = segment.text.split(delimiters.element)
    start = segment.offset + sum(len(part) + len(delimiters.element) for part in elements[:element])
    raw = elements[element] if element < len(elements) else ""
    if seen.repetition is not None and delimiters.repetition:
        repeats = raw.split(delimiters.repetition)
        start += sum(len(part) + 1 for part in repeats[: seen.repetition])
        raw = repeats[seen.repetition] if seen.repetition < len(repeats) else ""
    if component:
        parts = raw.split(delimiters.component)
        start += sum(len(part) + 1 for part in parts[: component - 1])
        raw = parts[component - 1] if component <= len(parts) else ""
    end, whole = start + len(raw), text_of(segment.text)
    if BINARY.get(elements[0]) == element - 1 and (extent := re.fullmatch(r"(\d+)[+@_=!](\d+)", raw)):
        start, end = int(extent[1]), int(extent[1]) + int(extent[2])  # the data itself, which is not shown
    return Trace(pointer, value, segment.ordinal, elements[0], element, component or None, start, end, text_of(raw), segment.offset, whole)


def _unmapped(data: dict[str, Any], read_at: ReadAt, delimiters: Delimiters, provenance: dict[str, Any]) -> Iterator[Trace]:
    """Unmapped elements carry their place themselves."""
    wanted = {entry["ordinal"]: index for index, entry in enumerate(data.get("unmapped", []))}
    if not wanted:
        return
    last = max(wanted)
    for number, (offset, text) in enumerate(_segments(read_at, provenance["st"], 1 << 62, delimiters), 1):
        if number > last:
            return
        for index, entry in enumerate(data["unmapped"]):
            if entry["ordinal"] == number:
                for reference, value in entry["elements"].items():
                    element, _, component = reference.partition("-")
                    place, segment = f"/unmapped/{index}/elements/{reference}", _Segment(number, offset, text)
                    yield _trace(place, value, _Seen(value, int(element), int(component or 0), segment), delimiters)


def _envelope(data: dict[str, Any], read_at: ReadAt, delimiters: Delimiters, provenance: dict[str, Any]) -> Iterator[Trace]:
    """What the segments above the set say about it; blanks that pad an element are not part of its value."""
    for part, (place, names) in ENVELOPE.items():
        held = data.get("envelope", {}).get(part, {})
        if not held or place not in provenance:
            continue
        offset, text = next(_segments(read_at, provenance[place], provenance[place] + ISA_WINDOW, delimiters))
        segment = _Segment(1 if place == "st" else None, offset, text)
        for name, value in held.items():
            trace = _trace(f"/envelope/{part}/{name}", value, _Seen(value, names[name], 0, segment), delimiters)
            left, right = len(trace.text) - len(trace.text.lstrip(" ")), len(trace.text) - len(trace.text.rstrip(" "))
            yield trace._replace(start=trace.start + left, end=trace.end - right, text=trace.text.strip(" "))


def _use(data: dict[str, Any], traces: list[Trace]) -> list[Trace]:
    """What an 837 is for: said by its version where that has one purpose, else by BHT06."""
    if "use" not in data:
        return []
    version = data["envelope"].get("set", {}).get("version") or data["envelope"].get("group", {}).get("version", "")
    known = guide_of_version(version)
    sources = ("/envelope/set/version", "/envelope/group/version") if known is not None and known[1] else ("/transaction/use",)
    return [trace._replace(field="/use", value=data["use"]) for trace in traces if trace.field in sources][:1]
