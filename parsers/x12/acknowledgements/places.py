"""Values that an acknowledgement must show, read from the received bytes at a finding's place: findings themselves hold none."""

from __future__ import annotations

import re
from collections.abc import Iterator

from parsers.x12.acknowledgements.received import transaction_of
from parsers.x12.delimiters import BLANKS, Delimiters
from parsers.x12.plan import ReadAt, SetPlan
from schemas.codes.acknowledgement import BUSINESS_UNITS
from schemas.envelope import Location

_SOME, _LONGEST, _UNIT_BYTES = 1 << 10, 1 << 18, 1 << 14
"""Bytes: read first, longest segment looked into, how far behind the start of an item its name is looked for."""
_VALUE, _UNIT = 99, 35
"""Longest IK404 and CTX01-2."""
_CONTROL = re.compile("[\x00-\x1f\x7f]")


class Received:
    """One received set, looked into by byte offset. The segment read last is kept, since an element error follows its neighbour."""

    def __init__(self, read_at: ReadAt, plan: SetPlan) -> None:
        self._read_at, self._plan = read_at, plan
        self._at = -1
        self._last: tuple[str, ...] = ("",)
        self._unit: str | None = None

    def segment(self, offset: int) -> tuple[str, ...]:
        """Elements of the segment at `offset`, tag first; latin-1 text."""
        if offset != self._at:
            self._at, self._last = offset, self._segment(offset)
        return self._last

    def _segment(self, offset: int) -> tuple[str, ...]:
        terminator = self._plan.delimiters.terminator.encode("latin-1")
        for length in (_SOME, _LONGEST):
            data = self._read_at(offset, min(length, self._plan.span.end - offset))
            end = data.find(terminator)
            if end >= 0:
                break
        text = data[: end if end >= 0 else None].decode("latin-1").rstrip("\r\n")
        return tuple(text.lstrip(BLANKS).split(self._plan.delimiters.element))

    def value(self, at: Location) -> str:
        """What stands in the element, or component, of a place; "" when nothing does."""
        if at.offset is None or not at.element:
            return ""
        elements = self.segment(at.offset)
        value = elements[at.element] if at.element < len(elements) else ""
        marks = self._plan.delimiters
        if marks.repetition and (at.repetition or at.component):
            repeats = value.split(marks.repetition)
            value = repeats[at.repetition - 1] if at.repetition and at.repetition <= len(repeats) else repeats[0]
        if at.component:
            parts = value.split(marks.component)
            value = parts[at.component - 1] if at.component <= len(parts) else ""
        return value

    def control_element(self, offset: int) -> int:
        """The first element of a segment that holds a control character, 1 when none is found."""
        marks = self._plan.delimiters
        for number, value in enumerate(self.segment(offset)):
            if number and any(found not in marks for found in _CONTROL.findall(value)):
                return number
        return 1

    def business_unit(self, item: str | None, at: int | None) -> tuple[str, str] | None:
        """(CTX01-1, CTX01-2) of an error at byte `at` in an item (`{byte offset}.{tag}`); None when nothing names its business unit."""
        row = BUSINESS_UNITS.get(transaction_of(self._plan))
        if row is None:
            return None
        name, tag, element, qualifier, where = row
        value = ""
        if where == "set":
            if self._unit is None:
                self._unit = self._named(self._plan.span.start, "", tag, element, qualifier)
            value = self._unit
        elif where == "above":
            value = self._above(at, tag, element) if at is not None else ""
        elif item is not None:
            offset, _, item_tag = item.partition(".")
            value = self._named(int(offset), item_tag, tag, element, qualifier)
        return (name, value) if value else None

    def _above(self, at: int, tag: str, element: int) -> str:
        marks = self._plan.delimiters
        start = max(self._plan.span.start, at - _UNIT_BYTES)
        for segment in reversed(self._read_at(start, at - start).decode("latin-1").split(marks.terminator)):
            elements = segment.strip(BLANKS).split(marks.element)
            if elements[0] == tag and element < len(elements):
                return elements[element]
        return ""

    def _named(self, start: int, item_tag: str, tag: str, element: int, qualifier: str) -> str:
        for number, elements in enumerate(self._following(start)):
            if number and elements[0] == item_tag:
                return ""
            if elements[0] == tag and element < len(elements) and (not qualifier or elements[1] == qualifier):
                return elements[element]
        return ""

    def _following(self, start: int) -> Iterator[list[str]]:
        marks = self._plan.delimiters
        data = self._read_at(start, min(_UNIT_BYTES, self._plan.span.end - start))
        for segment in data.decode("latin-1").split(marks.terminator):
            yield segment.strip(BLANKS).split(marks.element)


def shown(value: str, marks: Delimiters, most: int = _VALUE) -> str:
    """A received value as it may stand in an acknowledgement: cut, and "" when it holds one of its delimiters or no printable ASCII."""
    value = value[:most].strip()
    return value if value.isascii() and value.isprintable() and not any(mark in value for mark in marks if mark) else ""


def unit_shown(value: str, marks: Delimiters) -> str:
    return shown(value, marks, _UNIT)


def fitted(value: str, marks: Delimiters, least: int, most: int, fill: str = "0") -> str:
    """A control value repeated in an acknowledgement: what cannot stand there is left out, and it is filled or cut to its length."""
    kept = "".join(one for one in value.strip() if one.isascii() and one.isprintable() and one not in marks)
    return kept[:most].rjust(least, fill)


def digits(value: str, most: int) -> str:
    """A number repeated in an acknowledgement; 0 when it is none."""
    value = value.strip()
    return value[:most] if value.isascii() and value.isdigit() else "0"
