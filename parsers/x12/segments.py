"""A file cut into its segments and what stands between them, so that writing them one after another gives the file again. Nothing is judged here."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from typing import NamedTuple

from parsers.x12.binary import BINARY, extent
from parsers.x12.delimiters import BLANKS, ISA_WINDOW, Delimiters, Isa, read_isa
from parsers.x12.plan import ReadAt

_ISA = re.compile(rb"ISA[^0-9A-Za-z \t\r\n]")
_BLANK_BYTES = BLANKS.encode("ascii")
_BOM = b"\xef\xbb\xbf"
_BLOCK = 1 << 18
_OVERLAP = 3


class Piece(NamedTuple):
    """One segment: `gap` are the blanks before it, `text` is without its terminator, `isa` is set for an ISA, `data` is where binary data stand.

    `outside`: bytes that belong to no interchange; `ended` says whether a terminator followed.
    """

    offset: int
    gap: bytes
    text: bytes
    delimiters: Delimiters
    isa: Isa | None = None
    data: tuple[int, int] | None = None
    outside: bool = False
    ended: bool = True


NO_DELIMITERS = Delimiters("", "", "", "")


def pieces(read_at: ReadAt, size: int, longest: int) -> Iterator[Piece]:
    """Every byte of a file in order. What is longer than `longest` bytes without a terminator comes as `outside`; the next interchange is found."""
    at = 0
    while at < size:
        start = _find_isa(read_at, at, size)
        if start > at:
            yield from _outside(read_at, at, start)
        if start >= size:
            return
        isa = read_isa(read_at(start, ISA_WINDOW))
        if isa is None:
            after = _find_isa(read_at, start + _OVERLAP, size)
            yield from _outside(read_at, start, after)
            at = after
            continue
        end = len(isa.delimiters.terminator)
        yield Piece(start, b"", read_at(start, isa.length - end), isa.delimiters, isa)
        at = yield from _interchange(read_at, start + isa.length, size, isa.delimiters, longest)


def _outside(read_at: ReadAt, start: int, end: int) -> Iterator[Piece]:
    """Blanks and a byte-order mark are layout; anything else is outside. Only its first bytes are given."""
    head = read_at(start, min(end - start, _BLOCK))
    bare = head.removeprefix(_BOM).strip(_BLANK_BYTES)
    yield Piece(start, b"" if bare else head, bare[:64], NO_DELIMITERS, outside=bool(bare))


def _find_isa(read_at: ReadAt, at: int, size: int) -> int:
    """Offset of the next ISA, or the size."""
    while at < size:
        block = read_at(at, min(_BLOCK, size - at))
        match = _ISA.search(block)
        if match is not None:
            return at + match.start()
        at += max(len(block) - _OVERLAP, 1) if at + len(block) < size else len(block)
    return size


def _interchange(read_at: ReadAt, at: int, size: int, delimiters: Delimiters, longest: int) -> Generator[Piece, None, int]:
    """Segments up to the next ISA or the end of the file; returns where that is."""
    terminator, element = delimiters.terminator.encode("latin-1"), delimiters.element.encode("latin-1")
    width = len(terminator)
    next_isa = b"ISA" + element
    buffer, base, pos = b"", at, 0
    while True:
        end = buffer.find(terminator, pos)
        if end < 0:
            at = base + len(buffer)
            block = read_at(at, min(_BLOCK, size - at)) if at < size else b""
            if block and len(buffer) - pos <= longest:
                buffer, base, pos = buffer[pos:] + block, base + pos, 0
                continue
            if block:
                after = _find_isa(read_at, base + pos, size)
                yield Piece(base + pos, b"", buffer[pos : pos + 64], delimiters, outside=True)
                return after
            yield from _tail(buffer[pos:], base + pos, delimiters)
            return size
        raw = buffer[pos:end]
        text = raw.lstrip(_BLANK_BYTES)
        gap = raw[: len(raw) - len(text)]
        offset = base + pos + len(gap)
        if text.startswith(next_isa):
            if gap:
                yield Piece(base + pos, gap, b"", delimiters, ended=False)
            return offset
        if text[:3].decode("latin-1") in BINARY:
            found = extent(read_at, offset, delimiters, size)
            if found is not None and found.exact:
                yield Piece(offset, gap, read_at(offset, found.start - offset), delimiters, data=(found.start, found.length))
                buffer, base, pos = b"", found.end, 0
                continue
        yield Piece(offset, gap, text, delimiters)
        pos = end + width


def _tail(rest: bytes, offset: int, delimiters: Delimiters) -> Iterator[Piece]:
    """What stands behind the last terminator of the file."""
    text = rest.lstrip(_BLANK_BYTES)
    if text:
        yield Piece(offset + len(rest) - len(text), rest[: len(rest) - len(text)], text, delimiters, ended=False)
    elif rest:
        yield Piece(offset, rest, b"", delimiters, ended=False)
