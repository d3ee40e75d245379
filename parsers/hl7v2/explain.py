"""Where each field of an event came from: the message is read again with the program that made it, and every value says its place.

The readers are the same ones; a trace puts a token in place of each value, which knows segment, field, repetition, component and
subcomponent. So an explanation cannot differ from what the engine does, and byte ranges are right in every character set.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC
from typing import Any

from parsers.hl7v2.compile import Machine, tracing_machine
from parsers.hl7v2.convert import bytes_of, message_type
from parsers.hl7v2.fields import Token
from parsers.hl7v2.limits import Limits
from parsers.hl7v2.message import Message, Reading, read
from parsers.hl7v2.reader import read_message
from parsers.hl7v2.scan import Span, messages
from parsers.hl7v2.segments import Segment
from parsers.kept import Kept
from parsers.outputs import ReadAt
from parsers.traces import Trace, Unexplainable, below

_PLACE = re.compile(r"(\d+)(?:\((\d+)\))?(?:\.(\d+))?(?:\.(\d+))?")
_MISSING = object()
_ALL = 1 << 62
_KEPT: Kept[Machine] = Kept(16)
"""Making the readers of a map costs more than an explanation."""


def explain(program: dict[str, Any], read_at: ReadAt, size: int, event: str, data: dict[str, Any], field: str | None = None) -> list[Trace]:
    """Traces of an event's fields (`event` e.g. "encounter.started", `data` as published), or of `field` and what is below it.

    Raises Unexplainable when the raw bytes do not hold the message, KeyError when the event has no such field.
    """
    message = _message(read_at, size, data)
    of = program, message.delimiters, message.encoding
    with _KEPT.lent(of, lambda: tracing_machine(*of, UTC)) as machine:
        made = read_message(machine, message, message_type(message)[1], {})
    item = data["provenance"]["item"]
    found = next((one for one in made.events if one.event == event and one.offset == item), None)
    if found is None:
        raise Unexplainable("the raw bytes do not hold the item the event names")
    traces = list(_walk(found.data, data, "", message))
    traces += _unmapped(data, message)
    return below(traces, field)


def _message(read_at: ReadAt, size: int, data: dict[str, Any]) -> Message:
    start = data["provenance"]["msh"]
    limits = Limits(message=max(size, 1), segments=_ALL, fields=_ALL)  # it has been read, whatever its site allowed
    tail = messages(lambda offset, length: read_at(start + offset, length), size - start, limits)
    span = next((found for found in tail if isinstance(found, Span)), None)
    if span is None or span.start:
        raise Unexplainable("no message stands where the event says")
    charset = data.get("message", {}).get("charset") or ""
    return read(bytes_of(read_at, Span(start, start + span.end, 1, 0)), start, Reading(charset, limits))


def _walk(made: Any, published: Any, pointer: str, message: Message) -> Iterator[Trace]:
    """Pairs of what the trace made and what was published, leaf by leaf."""
    if isinstance(made, Token):
        yield from _leaves(published, pointer, made, message)
    elif isinstance(made, dict):
        for name, inner in made.items():
            if pointer or name not in ("provenance", "unmapped"):
                value = published.get(name, _MISSING) if isinstance(published, dict) else _MISSING
                if value is not _MISSING:
                    yield from _walk(inner, value, f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}", message)
    elif isinstance(made, list) and isinstance(published, list):
        for index, (inner, value) in enumerate(zip(made, published, strict=False)):
            yield from _walk(inner, value, f"{pointer}/{index}", message)


def _leaves(published: Any, pointer: str, token: Token, message: Message) -> Iterator[Trace]:
    """What one place gave: mostly one value, of some functions an object or a list."""
    if isinstance(published, dict):
        for name, inner in published.items():
            yield from _leaves(inner, f"{pointer}/{name}", token, message)
    elif isinstance(published, list):
        for index, inner in enumerate(published):
            yield from _leaves(inner, f"{pointer}/{index}", token, message)
    else:
        yield _trace(pointer, published, message, token.segment, (token.field, token.repetition, token.component, token.subcomponent))


def _trace(pointer: str, value: Any, message: Message, segment: Segment, place: tuple[int, int, int, int]) -> Trace:
    field, repetition, component, subcomponent = place
    repeated = message.delimiters.repetition and message.delimiters.repetition in _field(segment, field)
    start, end = message.place(segment, field, repetition if repeated else 0, component, subcomponent)
    first = message.offset_of(segment)
    text = message.raw[start - message.offset : end - message.offset].decode(message.encoding, "replace")
    before = message.raw[first - message.offset : start - message.offset].decode(message.encoding, "replace")
    return Trace(
        pointer, value, segment.ordinal, segment.tag, field, component or None, start, end, text, first, segment.text,
        repetition if repeated and repetition else None, subcomponent or None, len(before) if len(before) != start - first else None,
    )  # fmt: skip


def _field(segment: Segment, number: int) -> str:
    return segment.fields[number] if number < len(segment.fields) else ""


def _unmapped(data: dict[str, Any], message: Message) -> Iterator[Trace]:
    """Unmapped elements carry their place themselves."""
    for index, entry in enumerate(data.get("unmapped", ())):
        if not 0 < entry["ordinal"] <= len(message.segments):
            raise Unexplainable("the raw bytes have fewer segments than the event names")
        for name, value in entry["elements"].items():
            found = _PLACE.fullmatch(name)
            if found is not None:
                field, repetition, component, subcomponent = (int(part or 0) for part in found.groups())
                place = (field, repetition or int(bool(component)), component, subcomponent)
                yield _trace(f"/unmapped/{index}/elements/{name}", value, message, message.segments[entry["ordinal"] - 1], place)
