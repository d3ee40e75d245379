"""The first pass over an HL7 v2 file: where each message starts and ends, and what stands around them. Flat memory, whatever the size.

A message reaches from its MSH to the next MSH, envelope segment (FHS, BHS, BTS, FTS) or MLLP frame byte. What stands between messages and is
no blank is a finding. The same spans come out whatever the size of the blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from parsers.hl7v2.charsets import narrow, wide_start
from parsers.hl7v2.envelope import Envelopes
from parsers.hl7v2.extension import ENGINE
from parsers.hl7v2.limits import Limits
from parsers.hl7v2.marks import AHEAD, BAR, BEHIND, FOLLOWING, Mark, alone, mark_at, places
from parsers.hl7v2.message import finding
from parsers.outputs import ReadAt
from schemas.envelope import Finding, Location

_ENDS = b"\r\n"
_ONE_END = (b"", b"\r", b"\n", b"\r\n")
_BLANKS = b" \t\r\n"
_HEAD = 64
_HEADER = "MSH"
_ORDINARY = 1 << 16
"""Bytes of a file that is looked at whole: most are one message and nothing else."""
_USUAL = Limits()
Places = Callable[[bytes, int, int], list[int]]
_COMPILED: Places = getattr(ENGINE, "v2_places", places)
_SMALLEST_BLOCK = 2 * BEHIND
_LONGEST_ENVELOPE = 4096


class Span(NamedTuple):
    """Bytes [start, end) of one message, its last terminator included. `number` counts from 1 in the file; `batch` likewise, 0 outside of any."""

    start: int
    end: int
    number: int
    batch: int


def messages(read_at: ReadAt, size: int, limits: Limits = _USUAL, engine: str = "auto") -> Iterator[Span | Finding]:
    """The messages of a file and what is odd around them, in file order. A finding with an `item` is a message that has no span.

    Engine `python` leaves out the compiled extension.
    """
    find = places if engine == "python" else _COMPILED
    if size == 0:
        yield finding("FILE_EMPTY", Location())
        return
    head = read_at(0, _ORDINARY if size <= min(_ORDINARY, limits.block, limits.message) else _HEAD)
    if len(head) == size and alone(head):
        solid = len(head.rstrip(_ENDS))
        yield Span(0, solid + _end_length(head[solid : solid + 2]), 1, 0)
        return
    wide = wide_start(head[:_HEAD])
    if wide is None:
        yield from _Scanner(read_at, size, limits, find, 0, 1).run()
        return
    start, encoding, width, marked = wide
    if start:
        yield finding("FILE_BOM" if marked else "V2_FRAME_BYTES", Location(offset=0))

    def units(at: int, length: int) -> bytes:
        return narrow(read_at(start + at * width, length * width), encoding, width)

    yield from _Scanner(units, (size - start) // width, limits, find, start, width).run()


def _end_length(tail: bytes) -> int:
    """Bytes of the terminator that these two, one or no bytes behind a segment start with."""
    return len(tail) if tail in _ONE_END else 1


class _Scanner:
    """One pass over one file. Places are in units of `width` bytes from byte `base`; `find` tells where marks may be."""

    def __init__(self, read_at: ReadAt, size: int, limits: Limits, find: Places, base: int, width: int) -> None:
        self.read_at, self.size, self.limits, self.find, self.base, self.width = read_at, size, limits, find, base, width
        self.envelopes = Envelopes()
        self.outer = self.inner = b"|"  # separators of the last envelope header and of the last MSH
        self.number = 0
        self.said: set[str] = set()
        self.message: int | None = None
        self.solid, self.tail = 0, b""
        self.line: tuple[str, int, bytearray] | None = None
        self.outside = 0
        self.junk: int | None = None

    def run(self) -> Iterator[Span | Finding]:
        block = max(self.limits.block, _SMALLEST_BLOCK)
        done = at = 0
        while at < self.size:
            start = max(0, at - BEHIND)
            window = self.read_at(start, at - start + block + AHEAD)
            high = min(at + block, self.size)
            for place in self.find(window, max(at, done) - start, high - start):
                if self.message is not None and window.startswith(FOLLOWING, place - 1) and place + start >= done:
                    self._between(window[done - start : place], done)
                    yield from self._next(place + start)
                    done = place + start + len(_HEADER)
                    continue
                mark = mark_at(window, place, self.inner + self.outer) if place + start >= done else None
                if mark is None:
                    continue
                mark = mark._replace(start=max(mark.start + start, done), at=mark.at + start)
                yield from self._between(window[done - start : mark.start - start], done)
                yield from self._mark(mark)
                done = mark.end
            until = self.size if high == self.size else high - BEHIND
            if until > done:
                yield from self._between(window[done - start : until - start], done)
                done = until
            at = high
        if self.number or self.envelopes.seen or self.line is not None:
            yield from self._close()
        yield from self._end()

    def _next(self, at: int) -> Iterator[Span | Finding]:
        """The usual case of a mark, on a short way: a message with the usual delimiters behind another one."""
        yield from self._close()
        yield from self._header(at, BAR)

    def _header(self, at: int, separator: bytes) -> Iterable[Finding]:
        """A message begins."""
        several = self.number > 0 and not self.envelopes.open
        self.inner = separator
        self.number += 1
        self.envelopes.message()
        self.message, self.solid, self.tail = at, at + len(_HEADER), b""
        return self._once("V2_SEVERAL_MESSAGES", at) if several else ()

    def _mark(self, mark: Mark) -> Iterator[Span | Finding]:
        yield from self._close()
        if not mark.kind:
            yield from self._once("V2_FRAME_BYTES", mark.at)
            self.outside = mark.end
            return
        if mark.marked:
            yield self._finding("FILE_BOM", mark.start)
        elif not self.number and not self.envelopes.seen and mark.at > self.outside:
            yield from self._once("FILE_LEADING_BLANKS", self.outside)
        if mark.kind == _HEADER:
            yield from self._header(mark.at, mark.separator)
        else:
            self.outer = mark.separator
            self.line = (mark.kind, mark.at, bytearray())

    def _between(self, content: bytes, at: int) -> Iterable[Span | Finding]:
        """Bytes without a mark, from place `at`: of the open message, of an envelope segment, or of neither."""
        if self.message is None:
            return self._outside(content, at)
        solid = len(content.rstrip(_ENDS))
        if solid:
            self.solid, self.tail = at + solid, content[solid : solid + 2]
        else:
            self.tail += content[: 2 - len(self.tail)]
        return ()

    def _outside(self, content: bytes, at: int) -> Iterator[Span | Finding]:
        if self.line is not None:
            ends = [end for end in (content.find(b"\r"), content.find(b"\n")) if end >= 0]
            taken = content[: min(ends)] if ends else content
            self.line[2].extend(taken[: _LONGEST_ENVELOPE - len(self.line[2])])
            if not ends:
                return
            yield from self._close()
            content, at = content[len(taken) :], at + len(taken)
        if self.junk is None and content.strip(_BLANKS):
            self.junk = at + len(content) - len(content.lstrip(_BLANKS))

    def _close(self) -> Iterable[Span | Finding]:
        """End what is open: a message, an envelope segment, or bytes that belong to neither."""
        if self.message is not None:
            start, end = self.message, self.solid + _end_length(self.tail)
            start, end = self.base + start * self.width, self.base + end * self.width
            self.message = None
            if end - start > self.limits.message:
                return (finding("V2_MESSAGE_LIMIT", Location(1, "MSH", offset=start), f"{start}.MSH"),)
            return (Span(start, end, self.number, self.envelopes.batch),)
        if self.line is not None:
            kind, at, text = self.line
            self.line = None
            fields = bytes(text).split(self.outer, 2)
            first = fields[1].decode("latin-1") if len(fields) > 1 else ""
            return self.envelopes.segment(kind, first, self.base + at * self.width)
        if self.junk is not None:
            at, self.junk, self.outside = self.junk, None, self.size
            return (self._finding("V2_JUNK", at),)
        return ()

    def _end(self) -> Iterator[Finding]:
        """What only the end of the file can tell."""
        yield from self.envelopes.end()
        if not self.number:
            yield self._finding("V2_BATCH_EMPTY" if self.envelopes.seen else "V2_NO_MESSAGE", 0)

    def _once(self, code: str, at: int) -> tuple[Finding, ...]:
        if code in self.said:
            return ()
        self.said.add(code)
        return (self._finding(code, at),)

    def _finding(self, code: str, at: int, **where: Any) -> Finding:
        return finding(code, Location(offset=self.base + at * self.width, **where))
