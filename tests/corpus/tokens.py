"""A second X12 tokeniser that shares nothing with the engine: what a file holds, counted from its bytes."""

import re
from typing import NamedTuple

_CONTROL = re.compile(rb"(?:GS|ST|TA1|IEA)\W")
_FARTHEST = 8
"""Bytes behind the ISA in which the next segment shows itself: a component separator, a terminator, a line end, a tag."""


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
    control = _CONTROL.search(after[:_FARTHEST])
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


Row = tuple[bytes, frozenset[bytes], frozenset[bytes]]
"""Item tag, HL03 codes under which it counts (none: anywhere), and tags of which one must follow before the next item or HL (none: no matter)."""


def _row(tag: bytes, levels: bytes = b"", holds: bytes = b"") -> Row:
    return tag, frozenset(levels.split()), frozenset(holds.split())


ITEMS: dict[tuple[bytes, bytes], tuple[Row, ...]] = {
    (b"270", b""): (_row(b"HL", b"22 23", b"EQ"),),
    (b"271", b""): (_row(b"HL", b"20 21", b"AAA"), _row(b"HL", b"22 23", b"EB AAA")),
    (b"276", b""): (_row(b"TRN", b"22 23"),),
    (b"275", b""): (_row(b"ST"),),
    (b"277", b""): (_row(b"TRN", b"22 23"), _row(b"TRN", b"19 21", b"STC")),
    (b"277", b"005010X214"): (_row(b"TRN", b"PT"),),
    (b"277", b"005010X364"): (_row(b"TRN", b"19 21 PT", b"STC"),),
    (b"820", b""): (_row(b"ST"),),
    (b"824", b""): (_row(b"OTI"),),
    (b"834", b""): (_row(b"INS"),),
    (b"997", b""): (_row(b"ST"),),
    (b"999", b""): (_row(b"ST"),),
    (b"278", b""): (_row(b"HL", b"EV"), _row(b"HL", b"20 21 22 23", b"AAA UM HCR STC")),
}
"""By ST01, and by ST03 or GS08 where guides of one ST01 differ; every other set has its CLM and CLP."""
_CLAIMS = (_row(b"CLM"), _row(b"CLP"))
_INFORMATION = frozenset((b"20", b"21", b"22", b"23"))
LEVELS: dict[bytes, frozenset[bytes]] = {
    b"270": _INFORMATION,
    b"271": _INFORMATION,
    b"276": _INFORMATION | {b"19"},
    b"277": _INFORMATION | {b"19", b"PT"},
    b"278": _INFORMATION | {b"EV", b"SS"},
}
"""By ST01, the HL03 codes there are; an HL with another is no level."""


def items(content: bytes) -> list[Segment]:
    """Every item, as the grain of the events says: a claim, a patient asked about, a claim asked about."""
    found: list[Segment] = []
    rows: tuple[Row, ...] = _CLAIMS
    level = group = transaction = b""
    waiting: tuple[Segment, frozenset[bytes]] | None = None
    for segment in segments(content):
        if segment.tag == b"GS":
            group = segment.get(8)
        elif segment.tag == b"TA1":
            found.append(segment)
        elif segment.tag == b"ST":
            rows = ITEMS.get((segment.get(1), segment.get(3) or group)) or ITEMS.get((segment.get(1), b""), _CLAIMS)
            level, waiting, transaction = b"", None, segment.get(1)
        elif segment.tag == b"HL":
            if segment.get(3) not in LEVELS.get(transaction, (segment.get(3),)):
                continue
            level, waiting = segment.get(3), None
        for tag, levels, holds in rows:
            if segment.tag == tag and (not levels or level in levels):
                if holds:
                    waiting = segment, holds
                else:
                    found.append(segment)
                    waiting = None
        if waiting is not None and segment.tag in waiting[1]:
            found.append(waiting[0])
            waiting = None
    return found


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
