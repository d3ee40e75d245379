"""The 999 and the 997 of a functional group: AK1, a set of segments for each received set, AK9."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from parsers.x12.acknowledgements.places import Received, digits, fitted, shown, unit_shown
from parsers.x12.acknowledgements.received import transaction_of
from parsers.x12.acknowledgements.results import ByOffset, ElementError, Result, SegmentError, result_of
from parsers.x12.delimiters import Delimiters
from parsers.x12.plan import Control, ReadAt, SetPlan
from parsers.x12.writer import Segment
from schemas.codes.acknowledgement import GROUP_VERSION_UNSUPPORTED, WITHOUT_IMPLEMENTATION
from schemas.x12 import guide_for
from schemas.x12.elements import element_number

_LOOP = 4
"""Longest IK303: a loop is named by the first characters of its id."""
_NO_LOOP = "ST"
"""What guide tables call the set itself, which is no loop."""
_UNTITLED = "ZZ"
"""IK301 of a segment whose tag is none."""


class Style(NamedTuple):
    """How it is written: with the codes of the implementation guides (999) or without (997), and by which delimiters."""

    implementation: bool
    marks: Delimiters

    def code(self, kind: str, code: str) -> str:
        return code if self.implementation else WITHOUT_IMPLEMENTATION[kind].get(code, code)


class Group:
    """One received group being answered: its sets as they come, and their results counted for AK9."""

    def __init__(self, read_at: ReadAt, gs: Control, codes: list[str], style: Style, most: int, doubt: int) -> None:
        self.read_at, self.gs, self.style, self.most, self.doubt = read_at, gs, style, most, doubt
        self.codes = dict.fromkeys(codes)
        self.received = self.accepted = self.with_errors = 0

    def opening(self) -> Segment:
        version = fitted(self.gs.get(8), self.style.marks, 1, 12)
        return ("AK1", fitted(self.gs.get(1), self.style.marks, 2, 2), digits(self.gs.get(6), 9), version)

    def answer(self, plan: SetPlan, findings: ByOffset) -> Iterator[Segment]:
        result = result_of(plan, findings.of(plan), self.most, plan.span.end > self.doubt)
        self.received += 1
        self.accepted += result.status != "R"
        self.with_errors += result.status == "E"
        if result.status == "R" and guide_for(self.gs.get(8).strip()) is None:
            self.codes[GROUP_VERSION_UNSUPPORTED] = None
        yield from _set(plan, result, Received(self.read_at, plan), self.style)

    def closing(self, ge: Control | None) -> Segment:
        """AK9. R says that no set was taken; what is wrong with the group itself is said beside it."""
        codes = list(self.codes)[:5]
        if self.accepted < self.received:
            status = "P" if self.accepted else "R"
        elif codes:
            status = "E" if self.received else "R"
        else:
            status = "E" if self.with_errors else "A"
        counted = digits(ge.get(1), 6) if ge is not None else str(self.received)
        return ("AK9", status, counted, str(self.received), str(self.accepted), *codes)


def _set(plan: SetPlan, result: Result, received: Received, style: Style) -> Iterator[Segment]:
    st, marks = plan.st, style.marks
    version = fitted(st.get(3), marks, 0, 35)
    yield ("AK2", fitted(st.get(1).strip() or transaction_of(plan), marks, 3, 3), fitted(st.get(2), marks, 4, 9), version)
    for segment in result.segments:
        yield from _segment(segment, received, style)
    codes = dict.fromkeys(style.code("set", code) for code in result.codes)
    yield ("IK5" if style.implementation else "AK5", result.status, *codes)


def _segment(error: SegmentError, received: Received, style: Style) -> Iterator[Segment]:
    head, part = ("IK3", "IK4") if style.implementation else ("AK3", "AK4")
    tag = error.tag or (received.segment(error.offset)[0] if error.offset is not None else "")
    shown_tag = tag if 2 <= len(tag) <= 3 and tag.isascii() and tag.isalnum() else _UNTITLED
    loop = "" if error.loop == _NO_LOOP else error.loop[:_LOOP]
    yield (head, shown_tag, str(error.ordinal), loop, style.code("segment", error.code))
    unit = received.business_unit(error.item, error.offset) if style.implementation else None
    if unit is not None and (value := unit_shown(unit[1], style.marks)):
        yield ("CTX", (unit[0], value))
    for element in error.elements:
        yield _element(part, tag, element, received, style)


def _element(part: str, tag: str, error: ElementError, received: Received, style: Style) -> Segment:
    at = error.at
    number = at.element or (received.control_element(at.offset) if at.offset is not None else 1)
    place = (str(number), str(at.component or ""), str(at.repetition or ""))
    value = shown(received.value(at), style.marks) if error.value else ""
    return (part, place, element_number(tag, number, at.component or 0), style.code("element", error.code), value)
