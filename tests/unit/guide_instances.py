"""Made-up interchanges, up to those that hold every element of a guide table, and what the engine makes of them."""

import json
from collections.abc import Iterator
from typing import Any

from parsers.x12.convert import Event, Origin, convert
from schemas.envelope import Finding
from schemas.x12 import Element, Guide, Loop, Segment
from schemas.x12.guide import qualifier_codes

_ISA = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240131*1430*^*00501*000000001*0*T*:"
_AFTER = {"D8": "20240131", "RD8": "20240131-20240203", "DT": "202401311430", "TM": "1430", "XX": "1234567893"}
_ALTERNATIVES = ("SV1", "SV2", "SV3")
"""Of these a service has one."""


def every_element(source: Guide, turn: int) -> str:
    """One interchange with every loop and line of the guide; where a line takes one of several codes, it has the code whose turn it is."""
    return _Instance(source, turn).text()


class _Instance:
    def __init__(self, source: Guide, turn: int) -> None:
        self.source, self.turn = source, turn
        self.above = {loop.id: loop.parent for loop in source.loops() if loop.same is None}
        self.levels: dict[str, str] = {}
        self.count = self.hl = 0
        self.outer = ""

    def text(self) -> str:
        if not self.source.versions:  # it stands outside any functional group
            return "~".join([_ISA, *self._loop(self.source.root), "IEA*0*000000001"]) + "~"
        version = self.source.versions[0]
        gs = f"GS*{self.source.functional_group}*SENDER*RECEIVER*20240131*1430*1*X*{version}"
        body = list(self._loop(self.source.root))
        return "~".join([_ISA, gs, *body, "GE*1*1", "IEA*1*000000001"]) + "~"

    def _loop(self, loop: Loop) -> Iterator[str]:
        self.outer = loop.parent
        alternatives = [child.tag for child in loop.segments if child.tag in _ALTERNATIVES]
        for child in loop.children():
            if isinstance(child, Loop):
                yield from self._loop(child)
                continue
            if child.tag in alternatives and child.tag != alternatives[self.turn % len(alternatives)]:
                continue
            for segment in self._line(child):
                self.count += 1
                yield segment

    def _line(self, line: Segment) -> Iterator[str]:
        place = self.source.qualifier(line)
        codes = qualifier_codes(line, place) if place else ("",)
        times = 1 if line.max == 1 else min(line.max or len(codes), len(codes))
        for at in range(times):
            yield self._segment(line, place, codes[(self.turn + at) % len(codes)])

    def _segment(self, line: Segment, place: tuple[int, int | None] | None, code: str) -> str:
        if line.tag == "HL":
            return self._level(line, code)
        values: list[str] = []
        for number, element in enumerate(line.elements, 1):
            chosen = code if place and (place[0] == number or line.tag == "HI") else ""
            before = values[-1] if values else ""
            values.append(self._composite(element, chosen) if element.components else self._value(element, before, chosen))
        self._adjust(line, values)
        return "*".join([line.tag, *values]).rstrip("*")

    def _level(self, line: Segment, code: str) -> str:
        """HL, whose parent is the HL of the nearest loop around that has one."""
        outer = self.outer
        while outer in self.above and outer not in self.levels:
            outer = self.above[outer]
        self.hl += 1
        self.levels[line.loop] = number = str(self.hl)
        children = line.elements[3]
        return f"HL*{number}*{self.levels.get(outer, '')}*{code}*{children.codes[-1] if children.codes else ''}".rstrip("*")

    def _adjust(self, line: Segment, values: list[str]) -> None:
        """What the table alone does not say: the set's version and count, and values that exclude each other."""
        if line.tag == "ST":
            values[1:3] = ["0001", self.source.versions[0] if line.elements[2].req != "N" else ""]
        if line.tag == "DTP" and values[0] in ("348", "349"):
            values[1:] = ["D8", "20240131"]  # the days that a coverage begins and ends; the line is shared with dates that may be ranges
        if line.tag == "SE":
            values[:] = [str(self.count + 1), "0001"]
        for rule in line.syntax:
            numbers = [int(rule[at : at + 2]) for at in range(1, len(rule), 2)]
            if rule[0] == "E" and all(values[number - 1] for number in numbers):
                values[numbers[self.turn % len(numbers)] - 1] = ""

    def _composite(self, composite: Element, code: str) -> str:
        values: list[str] = []
        for part in composite.components if composite.req != "N" else ():
            chosen = code if not values and code in part.codes else ""
            values.append(self._value(part, values[-1] if values else "", chosen))
        return ":".join(values).rstrip(":")

    def _value(self, element: Element, before: str, chosen: str) -> str:
        if element.req == "N":
            return ""
        if chosen or element.codes:
            return chosen or element.codes[self.turn % len(element.codes)]
        if element.pattern:
            return "123456789"
        if element.type == "AN":
            return _AFTER.get(before) or ("A1" * 40)[: max(element.min, 1)]
        day, number = "20240131"[-element.max :], "7".zfill(element.min)
        return {"DT": day, "TM": "1430", "R": "12.5", "N0": number, "N2": "1250", "ID": "A" * max(element.min, 1)}[element.type]


def outputs(text: str) -> tuple[list[tuple[str, dict[str, Any]]], list[Finding]]:
    """(events as (kind, data), findings) of an interchange."""
    raw = text.encode("latin-1")
    made = list(convert(lambda offset, size: raw[offset : offset + size], len(raw), Origin(sha256="0" * 64)))
    events = [(one.attributes["type"][len("clearplane.") : -len(".v1")], json.loads(one.data)) for one in made if isinstance(one, Event)]
    return events, [one for one in made if isinstance(one, Finding)]


def interchange(group: str, version: str, *segments: str, transaction: str = "837") -> str:
    """Segments of one transaction set, ST and SE added, in a whole interchange."""
    st = "ST*835*0001" if group == "HP" else f"ST*{transaction}*0001*{version}"
    gs = f"GS*{group}*SENDER*RECEIVER*20240131*1430*1*X*{version}"
    return "~".join([_ISA, gs, st, *segments, f"SE*{len(segments) + 2}*0001", "GE*1*1", "IEA*1*000000001"]) + "~"
