"""Segments that carry binary data behind its length (BIN, BDS: 005010 segment directory), so that no byte in it is taken for a delimiter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from parsers.x12.delimiters import BLANKS, Delimiters
from parsers.x12.plan import ReadAt

BINARY = {"BIN": 1, "BDS": 2}
"""Tag -> element that gives the length in bytes of the element behind it."""
_HEAD = 128
_USUAL = 1 << 12
"""Bytes in which a segment mostly ends."""


class Extent(NamedTuple):
    """Where the data of a binary segment is, where its segment ends (behind the terminator), and whether its length was true."""

    start: int
    length: int
    end: int
    exact: bool


def extent(read_at: ReadAt, offset: int, delimiters: Delimiters, size: int) -> Extent | None:
    """Of the binary segment at `offset`; None when it has no data element. A wrong length is passed over: up to the next terminator."""
    element, terminator = delimiters.element.encode("latin-1"), delimiters.terminator.encode("latin-1")
    parts = read_at(offset, _HEAD).split(element, 3)
    number = BINARY.get(parts[0].strip().decode("latin-1"), 0)
    if len(parts) < number + 2 or any(terminator in part for part in parts[: number + 1]):
        return None
    start = offset + sum(len(part) + len(element) for part in parts[: number + 1])
    said = parts[number].strip()
    if said.isdigit() and len(said) < 16:
        end = start + int(said)
        if end <= size and read_at(end, len(terminator)) == terminator:
            return Extent(start, int(said), end + len(terminator), True)
    end = _next(read_at, start, size, terminator)
    return Extent(start, end - start, min(end + len(terminator), size), False)


def _next(read_at: ReadAt, at: int, size: int, terminator: bytes) -> int:
    """Offset of the next terminator, or of the end."""
    while at < size:
        block = read_at(at, min(1 << 20, size - at))
        found = block.find(terminator)
        if found >= 0:
            return at + found
        at += max(len(block) - len(terminator) + 1, 1)
    return size


def segments(read_at: ReadAt, start: int, end: int, delimiters: Delimiters, longest: int) -> Iterator[tuple[int, str, bool]]:
    """(offset, text, whether its length was true) of the segments of [start, end), blank ones left out. Binary data is replaced by where it is:
    `{offset}+{length}`, or with another mark where + is a delimiter. Of a segment longer than `longest` bytes only the start is given."""
    terminator = delimiters.terminator.encode("latin-1")
    plus = next(mark for mark in "+@_=!" if mark not in "".join(delimiters))
    at = start
    while at < end:
        head = read_at(at, min(_USUAL, end - at))
        if terminator not in head.lstrip(BLANKS.encode()):
            head = read_at(at, min(longest + len(terminator), end - at))
        bare = head.lstrip(BLANKS.encode())
        at += len(head) - len(bare)
        if not bare:
            if not head:
                return
            continue
        tag = bare.split(delimiters.element.encode("latin-1"), 1)[0].strip().decode("latin-1")
        found = extent(read_at, at, delimiters, end) if tag in BINARY else None
        if found is not None:
            text = read_at(at, found.start - at).decode("latin-1") + f"{found.start}{plus}{found.length}"
            yield at, text, found.exact
            at = found.end
            continue
        cut = bare.find(terminator)
        if cut < 0:
            cut = _next(read_at, at, end, terminator) - at
        text = bare[: min(cut, longest + 1)].decode("latin-1").rstrip("\r\n")
        if text:
            yield at, text, True
        at += cut + len(terminator)
