"""What the first pass says of a file, as plain data that a queue can carry: control segments, spans of bytes, chunks, plans of sets."""

from __future__ import annotations

from typing import NamedTuple

from parsers.outputs import ReadAt as ReadAt
from parsers.x12.delimiters import Delimiters


class ScanLimits(NamedTuple):
    """Bytes and counts. `read` is what is parsed at once, `segment` the longest segment read; `sets` how many ST02 of a group are remembered."""

    block: int = 1 << 20
    read: int = 1 << 16
    chunk: int = 4 << 20
    segment: int = 1 << 18
    sets: int = 200_000


class Control(NamedTuple):
    """A control segment: byte offset and elements (tag first, latin-1 text)."""

    offset: int
    elements: tuple[str, ...]

    def get(self, number: int) -> str:
        return self.elements[number] if number < len(self.elements) else ""


class Span(NamedTuple):
    """Bytes [start, end) whose first segment has this ordinal in its set."""

    start: int
    end: int
    ordinal: int


class Chunk(NamedTuple):
    """A part of a set that can be read alone: its bytes, and the spans to read before it so that its items have their context."""

    number: int
    body: Span
    context: tuple[Span, ...]
    hl: int
    items_above: int
    last: bool


class SetPlan(NamedTuple):
    """One transaction set: where, under which guide, cut into which chunks. `refusal` is the finding code that refuses it whole."""

    delimiters: Delimiters
    isa: Control | None
    gs: Control | None
    st: Control
    span: Span
    segments: int
    items: int
    guide: str
    use: str
    partial: bool
    refusal: str
    chunks: tuple[Chunk, ...]


class LooseItem(NamedTuple):
    """An item that no set holds."""

    offset: int
    tag: str
