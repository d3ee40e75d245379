"""A plain X12 writer: segments in, the bytes of a whole interchange out, one segment at a time, so that memory does not grow.

A segment is a sequence of its tag and its elements. An element is text, a tuple (composite, its components) or a list (repetitions, each text
or a tuple). Empty elements and components at the end are left out. ValueError where data hold a delimiter or do not fit the encoding.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from parsers.x12.delimiters import GUESSED, Delimiters
from schemas.x12 import Guide

Composite = tuple[str, ...]
Element = str | Composite | list[str | Composite]
Segment = Sequence[Element]
Encoder = Callable[[Segment], bytes]

ENCODING = "latin-1"
USUAL = GUESSED
_CONTROL_VERSION = "00501"


class Interchange(NamedTuple):
    """What an ISA says: date YYMMDD, time HHMM, control number of at most 9 digits, usage P or T."""

    sender: str
    receiver: str
    date: str
    time: str
    control_number: int
    usage: str = "T"
    sender_qualifier: str = "ZZ"
    receiver_qualifier: str = "ZZ"
    acknowledgment: str = "0"


class Set(NamedTuple):
    """One transaction set; `body` is all between ST and SE and may be an iterator."""

    control_number: str
    body: Iterable[Segment]


class Group(NamedTuple):
    """One functional group; GS01, GS08 and ST01 come from the guide (`version` picks another of its version strings), date is YYYYMMDD."""

    guide: Guide
    sender: str
    receiver: str
    date: str
    time: str
    control_number: int
    sets: Iterable[Set]
    version: str = ""


@lru_cache(maxsize=16)
def encoder(delimiters: Delimiters = USUAL, newline: str = "") -> Encoder:
    """A function that writes one segment with its terminator and `newline`; ValueError for delimiters that are not four different ones."""
    marks = [mark for mark in delimiters if mark]
    if len(set(marks)) != len(marks) or not (delimiters.element and delimiters.component and delimiters.terminator):
        raise ValueError("element, component, repetition and terminator must be there and differ")
    separator, end = delimiters.element, delimiters.terminator + newline
    in_text = re.compile("|".join(map(re.escape, marks))).search
    in_plain = re.compile("|".join(re.escape(mark) for mark in marks if mark != separator)).search

    def checked(value: str) -> str:
        if in_text(value):
            raise ValueError("data hold a delimiter")
        return value

    def composite(value: str | Composite) -> str:
        if isinstance(value, str):
            return checked(value)
        return delimiters.component.join(map(checked, value)).rstrip(delimiters.component)

    def element(value: Element) -> str:
        if not isinstance(value, list):
            return composite(value)
        if len(value) > 1 and not delimiters.repetition:
            raise ValueError("an element repeats and there is no repetition separator")
        return delimiters.repetition.join(map(composite, value))

    def encode(segment: Segment) -> bytes:
        if not segment or not segment[0]:
            raise ValueError("a segment needs a tag")
        try:
            text = separator.join(segment)  # type: ignore[arg-type]  # most segments are plain text: checked as a whole
        except TypeError:
            text = separator.join(map(element, segment))
        else:
            if in_plain(text) or text.count(separator) != len(segment) - 1:
                raise ValueError("data hold a delimiter")
        return (text.rstrip(separator) + end).encode(ENCODING)

    return encode


def isa(interchange: Interchange, delimiters: Delimiters = USUAL, newline: str = "") -> bytes:
    """The ISA, 106 bytes with a terminator of one byte; ValueError where a value does not fit its fixed width."""
    one = interchange
    fixed = (
        ("00", 2), ("", 10), ("00", 2), ("", 10), (one.sender_qualifier, 2), (one.sender, 15), (one.receiver_qualifier, 2), (one.receiver, 15),
        (one.date, 6), (one.time, 4), (delimiters.repetition or "U", 1), (_CONTROL_VERSION, 5), (f"{one.control_number:09d}", 9),
        (one.acknowledgment, 1), (one.usage, 1), (delimiters.component, 1),
    )  # fmt: skip
    if any(len(value) > width for value, width in fixed):
        raise ValueError("a value is too long for its place in ISA")
    for value, _ in fixed[4:10]:
        encoder(delimiters)(("ISA", value))
    text = delimiters.element.join(["ISA", *(value.ljust(width) for value, width in fixed)])
    return (text + delimiters.terminator + newline).encode(ENCODING)


def write(interchange: Interchange, groups: Iterable[Group], delimiters: Delimiters = USUAL, newline: str = "") -> Iterator[bytes]:
    """ISA to IEA, each segment one `bytes` with its terminator; counts and control numbers are made here."""
    encode = encoder(delimiters, newline)
    yield isa(interchange, delimiters, newline)
    count = 0
    for group in groups:
        count += 1
        yield from _group(group, encode)
    yield encode(("IEA", str(count), f"{interchange.control_number:09d}"))


def _group(group: Group, encode: Encoder) -> Iterator[bytes]:
    guide = group.guide
    version = group.version or guide.versions[-1]
    number = str(group.control_number)
    yield encode(("GS", guide.functional_group, group.sender, group.receiver, group.date, group.time, number, "X", version))
    count = 0
    for one in group.sets:
        count += 1
        yield encode(_st(guide, one.control_number, version))
        segments = 2
        for segment in one.body:
            segments += 1
            yield encode(segment)
        yield encode(("SE", str(segments), one.control_number))
    yield encode(("GE", str(count), number))


def _st(guide: Guide, control_number: str, version: str) -> tuple[str, ...]:
    """ST03 stands only where the guide uses it (the 835 does not)."""
    row = next(segment for segment in guide.root.segments if segment.tag == "ST")
    used = len(row.elements) > 2 and row.elements[2].req != "N"
    return ("ST", guide.transaction, control_number, version) if used else ("ST", guide.transaction, control_number)
