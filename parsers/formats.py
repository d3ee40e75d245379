"""Which format bytes are in, told by themselves, and the one call that reads a file of any."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from parsers.hl7v2 import convert as hl7v2
from parsers.hl7v2 import explain as hl7v2_explain
from parsers.hl7v2 import program as hl7v2_program
from parsers.hl7v2.profile import Profile
from parsers.outputs import Event, Origin, ReadAt, Summary
from parsers.traces import Trace
from parsers.x12 import convert as x12
from parsers.x12 import explain as x12_explain
from parsers.x12 import program as x12_program
from schemas.envelope import Finding

Format = Literal["x12", "hl7v2"]
HEAD = 4096
"""Bytes from the start of a file that say what it is."""
_MARKS = b"\xef\xbb\xbf \t\r\n\x0b\x0c\x00"
_START = re.compile(rb"(?:MSH|FHS|BHS)[^A-Za-z0-9\s]")
_LINE = re.compile(rb"(?:^|[\r\n\x0b\x1c])(?:MSH|FHS|BHS)[^A-Za-z0-9\s]")
_X12 = re.compile(rb"(?:ISA|GS|ST)[^A-Za-z0-9\s]")


class Settings(NamedTuple):
    """How to read each format."""

    x12: x12.Settings = x12.Settings()
    hl7v2: hl7v2.Settings = hl7v2.Settings()


def format_of(head: bytes) -> Format:
    """The format by the first bytes of a file; what is neither is read as X12, which says that nothing was found."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or head[1:2] == b"\0" or head[:1] == b"\0":
        head = head.removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff").replace(b"\0", b"")  # two bytes a character
    text = head.lstrip(_MARKS)
    if _START.match(text):
        return "hl7v2"
    if _X12.match(text):
        return "x12"
    found, other = _LINE.search(head), head.find(b"ISA")
    return "hl7v2" if found is not None and (other < 0 or found.start() < other) else "x12"


def format_at(read_at: ReadAt) -> Format:
    return format_of(read_at(0, HEAD))


def convert(read_at: ReadAt, size: int, origin: Origin, settings: Settings | None = None) -> Iterator[Event | Finding | Summary]:
    """Events and findings of a file in order, then its Summary."""
    settings = settings or Settings()
    if format_at(read_at) == "hl7v2":
        return hl7v2.convert(read_at, size, origin, settings.hl7v2)
    return x12.convert(read_at, size, origin, settings.x12)


def explain(program: dict[str, Any], read_at: ReadAt, size: int, event: str, data: dict[str, Any], field: str | None = None) -> list[Trace]:
    """Traces of an event's fields under the program that made it, whatever its format. Raises Unexplainable, KeyError."""
    if program.get("family") == hl7v2_program.FAMILY:
        return hl7v2_explain.explain(program, read_at, size, event, data, field)
    return x12_explain.explain(program, read_at, size, event, data, field)


def map_name(program: dict[str, Any]) -> str:
    """What a program is called: an X12 guide or an HL7 v2 map."""
    return str(program.get("guide") or program["map"])


def program_of_hash(wanted: str, profile: Profile | None = None) -> dict[str, Any]:
    """The program of today's tables with this hash, of any format, HL7 v2 under a profile. KeyError when they make another."""
    try:
        return hl7v2_program.program_of_hash(wanted, profile)
    except KeyError:
        return x12_program.program_of_hash(wanted)
