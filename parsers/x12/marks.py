"""Where segments of interest stand in bytes: found at disk speed, block by block, without splitting what is between them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache

from parsers.x12.delimiters import BLANKS, Delimiters
from parsers.x12.extension import ENGINE
from parsers.x12.plan import ReadAt, ScanLimits

_LONGEST_TAG = 8
_FIRST_BLOCK = 1 << 13
"""Blocks grow from here, since most sweeps end soon where a file is many small interchanges."""


class Marks:
    """Where segments of interest start in a stretch of bytes, under one set of delimiters. Of `plain` tags nobody needs elements or number."""

    def __init__(self, delimiters: Delimiters, tags: tuple[str, ...], plain: Collection[str] = ()) -> None:
        self.tags, self.plain = frozenset(tags), frozenset(plain)
        self._plain = frozenset(tag.encode("ascii") for tag in plain)
        self.terminator = delimiters.terminator.encode("latin-1")
        self.element = delimiters.element.encode("latin-1")
        end, blanks = re.escape(self.terminator), rb"[ \t\r\n]*"
        named = b"(" + (b"|".join(tag.encode("ascii") for tag in tags) or b"(?!)") + b")"
        after = b"(?=" + blanks + b"(?:" + re.escape(self.element) + b"|" + end + rb"|\Z))"
        self.first = re.compile(blanks + named + after)
        # A blank segment is matched as well (no tag), because it ends in a terminator that counts no segment.
        starts = re.escape(bytes(sorted({ord(tag[0]) for tag in tags}))) if tags else b""
        maybe = b"(?=[" + starts + rb" \t\r\n" + re.escape(self.terminator[:1]) + b"])"
        self.next = re.compile(end + maybe + blanks + b"(?:" + named + after + b"|(?=" + end + b"))")
        self.blank = re.compile(blanks + end)

        single = len(self.terminator) == 1 and self.terminator not in b" \t\r\n" and max(map(len, tags), default=0) <= _LONGEST_TAG
        marks = (self.element[0], self.terminator[0]), [(tag, tag in self.plain) for tag in tags]
        self._compiled = marks if ENGINE is not None and single and tags else None

    def find(self, data: bytes) -> Iterable[tuple[int, str, int]]:
        """(position, tag, number of segments before it) of every segment of interest, in order, and (length, "", number of segments) at the end.

        The data starts at a segment; what follows its last terminator is not counted. The number of a plain one is -1.
        """
        return ENGINE.find(data, *self._compiled) if self._compiled is not None else self._find(data)

    def _find(self, data: bytes) -> Iterator[tuple[int, str, int]]:
        terminator = self.terminator
        first = self.first.match(data)
        if first is not None:
            yield first.start(1), first[1].decode("ascii"), 0
        before = -1 if self.blank.match(data) else 0
        done = 0
        for match in self.next.finditer(data):
            if match.lastindex is None:
                before -= 1
                continue
            tag = match[1]
            if tag in self._plain:
                yield match.start(1), tag.decode("ascii"), -1
                continue
            at = match.start() + len(terminator)
            before += data.count(terminator, done, at)
            done = at
            yield match.start(1), tag.decode("ascii"), before
        yield len(data), "", before + data.count(terminator, done)

    def segment(self, data: bytes, at: int) -> tuple[str, ...]:
        """Elements of the segment at `at`."""
        end = data.find(self.terminator, at)
        text = data[at : end if end >= 0 else None].decode("latin-1").rstrip("\r\n")
        elements = text.split(self.element.decode("latin-1"))
        elements[0] = elements[0].strip(BLANKS)
        return tuple(elements)


@lru_cache(maxsize=64)
def marks_for(delimiters: Delimiters, tags: tuple[str, ...], plain: frozenset[str] = frozenset()) -> Marks:
    """Marks hold no state and are made once."""
    return Marks(delimiters, tags, plain)


def sweep(
    read_at: ReadAt, start: int, end: int, marks: Marks, limits: ScanLimits, before: int = 0
) -> Iterator[tuple[int, str, tuple[str, ...], int]]:
    """(offset, tag, elements, segments before it) of each segment of interest in [start, end), by block; of plain ones without the last two."""
    at = start
    size = min(_FIRST_BLOCK, limits.block)
    while at < end:
        data = read_at(at, min(size, end - at))
        if not data:
            return
        if at + len(data) < end:
            # Whole segments only; one longer than a block is passed over in pieces, since only its start is looked at.
            usable = data.rfind(marks.terminator) + len(marks.terminator)
            if usable < len(marks.terminator):
                if size < limits.block:
                    size = limits.block
                    continue
                yield from _long(data, at, before, marks)
                at, before = _skip_segment(read_at, at, end, marks, limits), before + 1
                continue
            data = data[:usable]
        above = 0
        for position, tag, above in marks.find(data):
            if tag:
                if tag in marks.plain:
                    yield at + position, tag, (), -1
                else:
                    yield at + position, tag, marks.segment(data, position), before + above
        before += above
        at += len(data)
        size = min(4 * size, limits.block)


def _long(data: bytes, at: int, before: int, marks: Marks) -> Iterator[tuple[int, str, tuple[str, ...], int]]:
    first = marks.first.match(data)
    if first is not None:
        yield at + first.start(1), first[1].decode("ascii"), marks.segment(data[:1024], first.start(1)), before


def _skip_segment(read_at: ReadAt, at: int, end: int, marks: Marks, limits: ScanLimits) -> int:
    """Offset behind the terminator that ends the segment at `at`."""
    overlap = len(marks.terminator) - 1
    while at < end:
        data = read_at(at, min(limits.block, end - at))
        found = data.find(marks.terminator)
        if found >= 0:
            return at + found + len(marks.terminator)
        at += max(len(data) - overlap, 1) if len(data) > overlap else len(data) or 1
    return end
