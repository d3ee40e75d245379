"""A second X12 tokeniser that shares nothing with the engine: what a file holds, counted from its bytes."""

import re
from typing import NamedTuple

_CONTROL = re.compile(rb"(?:GS|ST|TA1|IEA)\W")


class Segment(NamedTuple):
    """A segment and the byte it starts at; `elements[0]` is the tag."""

    offset: int
    elements: list[bytes]

    @property
    def tag(self) -> bytes:
        return self.elements[0]

    def get(self, number: int) -> bytes:
        return self.elements[number] if number < len(self.elements) else b""


class Envelope(NamedTuple):
    """Control numbers and counts of one opening segment and its trailer, None where there is no trailer."""

    kind: str
    number: bytes
    closing_number: bytes | None
    stated: int | None
    counted: int


def segments(content: bytes) -> list[Segment]:
    """Every segment of a file in order, under the delimiters of the interchange it stands in."""
    found: list[Segment] = []
    starts = [match.start() for match in re.finditer(rb"ISA[^A-Za-z0-9\s](?=[^\r\n]{60})", content)]
    if not starts:
        start = next((match.start() for match in re.finditer(rb"(?:GS|ST)[^A-Za-z0-9\s]", content)), len(content))
        starts = [start]
    for start, end in zip(starts, [*starts[1:], len(content)], strict=True):
        part = content[start:end]
        found += _split(part, start, *_delimiters(part))
    return found


def _delimiters(part: bytes) -> tuple[bytes, bytes]:
    """(element separator, segment terminator)."""
    if part[:3] != b"ISA":
        return part[2:3], b"~" if b"~" in part else b"\n"
    separator = part[3:4]
    at = -1
    for _ in range(16):
        at = part.index(separator, at + 1)
    after = part[at + 1 : at + 16]
    control = _CONTROL.search(after)
    between = after[: control.start()] if control else after[:2]
    if len(between) == 1:  # no component separator: ISA16 is missing
        return separator, between
    terminator = between[1:]
    return separator, terminator.rstrip(b"\r\n\t ") or terminator[:1]


def _split(part: bytes, start: int, separator: bytes, terminator: bytes) -> list[Segment]:
    found = []
    at = 0
    for raw in part.split(terminator):
        text = raw.strip(b"\r\n\t ")
        if text:
            found.append(Segment(start + at + raw.index(text), text.split(separator)))
        at += len(raw) + len(terminator)
    return found


def items(content: bytes) -> list[Segment]:
    """Every CLM and CLP."""
    return [segment for segment in segments(content) if segment.tag in (b"CLM", b"CLP")]


def envelopes(content: bytes) -> list[Envelope]:
    """Every ISA, GS and ST with what its trailer says and what is there."""
    found: list[Envelope] = []
    read = segments(content)
    for at, segment in enumerate(read):
        if segment.tag == b"ISA":
            found.append(_envelope("ISA", segment.get(13), read[at:], b"IEA", (b"ISA",), b"GS"))
        elif segment.tag == b"GS":
            found.append(_envelope("GS", segment.get(6), read[at:], b"GE", (b"GS", b"IEA", b"ISA"), b"ST"))
        elif segment.tag == b"ST":
            found.append(_envelope("ST", segment.get(2), read[at:], b"SE", (b"ST", b"GE", b"IEA", b"GS", b"ISA"), None))
    return found


def _envelope(kind: str, number: bytes, read: list[Segment], trailer: bytes, stops: tuple[bytes, ...], counts: bytes | None) -> Envelope:
    counted = 0
    for at, segment in enumerate(read):
        if at and segment.tag in stops:
            break
        counted += counts is None or segment.tag == counts
        if segment.tag == trailer:
            stated = segment.get(1).strip()
            return Envelope(kind, number, segment.get(2), int(stated) if stated.isdigit() else None, counted)
    return Envelope(kind, number, None, None, counted)
