"""A plain X12 writer: segments in, the bytes of a whole interchange out, one segment at a time, so that memory does not grow.

A segment is a sequence of its tag and its elements. An element is text, a tuple (composite, its components), a list (repetitions, each text
or a tuple) or bytes (binary data of BIN and BDS, written as they are, with their length in the element before). Empty elements and components at
the end are left out. Unwritable, with the place, where data hold a delimiter, repeat without a separator or do not fit the encoding.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from parsers.x12.delimiters import GUESSED, Delimiters
from schemas.x12 import Guide

Composite = tuple[str, ...]
Element = str | Composite | list[str | Composite] | bytes
Segment = Sequence[Element]
Encoder = Callable[[Segment], bytes]

ENCODING = "latin-1"
USUAL = GUESSED
_CONTROL_VERSION = "00501"


class Unwritable(ValueError):
    """A value that these delimiters or this encoding cannot hold. `element` counts from 1, `component` is None outside composites; 0 the tag."""

    def __init__(self, why: str, tag: str = "", element: int | None = None, component: int | None = None) -> None:
        self.why, self.tag, self.element, self.component = why, tag, element, component
        place = "" if element is None else f" ({tag}{element:02d}" + (f"-{component})" if component is not None else ")")
        super().__init__(why + place)


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
def encoder(delimiters: Delimiters = USUAL, newline: str = "", encoding: str = ENCODING) -> Encoder:
    """A function that writes one segment with its terminator and `newline`; ValueError for delimiters that are not four different ones."""
    marks = [mark for mark in delimiters if mark]
    if len(set(marks)) != len(marks) or not (delimiters.element and delimiters.component and delimiters.terminator):
        raise ValueError("element, component, repetition and terminator must be there and differ")
    separator, end = delimiters.element, delimiters.terminator + newline
    component = delimiters.component
    in_plain = re.compile("|".join(re.escape(mark) for mark in marks if mark != separator)).search
    in_composite = re.compile("|".join([re.escape(mark) for mark in marks if mark not in (separator, component)] + [_empty_end(delimiters)])).search

    def composed(segment: Segment) -> bytes | None:
        """A segment of texts and composites, or None where it needs care: data that hold a delimiter, an empty last component, repetitions."""
        inner, parts = 0, list[str]()
        for element in segment:
            if isinstance(element, str):
                parts.append(element)
            elif isinstance(element, tuple):
                inner += len(element) - 1
                parts.append(component.join(element))
            else:
                return None
        text = separator.join(parts)
        if text.count(separator) != len(parts) - 1 or text.count(component) != inner or in_composite(text):
            return None
        try:
            return (text.rstrip(separator) + end).encode(encoding)
        except UnicodeEncodeError:
            return None

    def encode(segment: Segment) -> bytes:
        if not segment or not segment[0]:
            raise Unwritable("a segment needs a tag")
        try:
            text = separator.join(segment)  # type: ignore[arg-type]  # most segments are plain text: checked as a whole
        except TypeError:
            return composed(segment) or _encoded(segment, delimiters, end, encoding)
        if in_plain(text) or text.count(separator) != len(segment) - 1:
            return _encoded(segment, delimiters, end, encoding)
        try:
            return (text.rstrip(separator) + end).encode(encoding)
        except UnicodeEncodeError:
            return _encoded(segment, delimiters, end, encoding)

    return encode


def _empty_end(delimiters: Delimiters) -> str:
    """Pattern of a composite whose last component is empty, at the end of its element."""
    return f"{re.escape(delimiters.component)}(?:{re.escape(delimiters.element)}|$)"


def _encoded(segment: Segment, delimiters: Delimiters, end: str, encoding: str) -> bytes:
    """The careful way, element by element: composites, repetitions, binary data, and the place of what cannot be written."""
    tag = str(segment[0])
    written: list[bytes] = []
    for number, element in enumerate(segment):
        if isinstance(element, bytes):
            written.append(element)
            continue
        parts = element if isinstance(element, list) else [element]
        if len(parts) > 1 and not delimiters.repetition:
            raise Unwritable("an element repeats and there is no repetition separator", tag, number)
        texts = [_composite(part, delimiters, encoding, tag, number) for part in parts]
        written.append(delimiters.repetition.encode("latin-1").join(texts))
    while written and not written[-1] and not isinstance(segment[len(written) - 1], bytes):
        written.pop()
    return delimiters.element.encode("latin-1").join(written) + end.encode("latin-1")


def _composite(value: str | Composite, delimiters: Delimiters, encoding: str, tag: str, number: int) -> bytes:
    plain = isinstance(value, str)
    parts: Composite = (value,) if isinstance(value, str) else value
    texts = []
    for component, text in enumerate(parts, 1):
        at = None if plain else component
        if any(mark in text for mark in delimiters if mark):
            raise Unwritable("data hold a delimiter", tag, number, at)
        try:
            texts.append(text.encode(encoding))
        except UnicodeEncodeError:
            raise Unwritable(f"data do not fit {encoding}", tag, number, at) from None
    while texts and not texts[-1]:
        texts.pop()
    return delimiters.component.encode("latin-1").join(texts)


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


def write(
    interchange: Interchange, groups: Iterable[Group], delimiters: Delimiters = USUAL, newline: str = "", encoding: str = ENCODING
) -> Iterator[bytes]:
    """ISA to IEA, each segment one `bytes` with its terminator; counts and control numbers are made here."""
    encode = encoder(delimiters, newline, encoding)
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
