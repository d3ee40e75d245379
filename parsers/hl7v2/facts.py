"""What the segments of a message say, put into the objects of their groups."""

from __future__ import annotations

from typing import Any

from parsers.hl7v2.fields import Issue, Tokens
from parsers.hl7v2.layout import Layout
from parsers.hl7v2.lines import SegmentReader
from parsers.hl7v2.message import Message
from parsers.hl7v2.segments import Segment
from parsers.hl7v2.tree import Node


class Facts:
    """`objects` and `parts`, the ordinals of what stands in their lists, are by number of the group's occurrence; `left` is what no row took."""

    def __init__(self, message: Message, layout: Layout, apart: frozenset[int]) -> None:
        self.message, self.layout, self.apart = message, layout, apart
        self.objects: list[dict[str, Any]] = [{}]
        self.parts: list[dict[str, list[int]]] = [{}]
        self.left: list[tuple[Node, dict[str, Any]]] = []
        self.issues: list[tuple[Segment, Issue]] = []
        self.lost: set[int] = set()
        """Occurrences whose object has no place: what they say is unmapped."""

    def read(self, names: list[str], tokens: Tokens | None) -> None:
        """Read the segments one after the other; `names` are those of the groups."""
        message, lost, order = self.message, self.lost, self.layout.order
        segments = [message.segments[ordinal - 1] for ordinal in order] if order else message.segments
        for segment, (opens, node, lines) in zip(segments, self.layout.steps, strict=True):
            if tokens is not None:
                tokens.here = segment
            for opened in opens:
                self._open(opened)
            if lines and node.number not in lost:
                left = self._read(message, segment, node.number, lines)
            else:
                left = {str(number): text for number, text in enumerate(segment.fields) if number and text}
            if left:
                self.left.append((node, {"ordinal": segment.ordinal, "tag": segment.tag, "group": names[node.group], "elements": left}))
        if order:  # what is wrong is said once of what is read more than once
            self.left.sort(key=lambda left: int(left[1]["ordinal"]))
            self.issues = list({(segment.ordinal, issue): (segment, issue) for segment, issue in self.issues}.values())
        if not all(self.objects):
            self._prune()

    def _open(self, node: Node) -> None:
        parent = node.parent
        assert parent is not None
        around, to = self.objects[parent.number], node.to
        made: dict[str, Any] = {}
        if not to:
            made = around
        elif node.many:
            around.setdefault(to, []).append(made)
            self.parts[parent.number].setdefault(to, []).append(node.first)
        elif to not in around:
            around[to] = made
        elif node.group not in self.apart:
            self.lost.add(node.number)
        self.objects.append(made)
        self.parts.append({})

    def _read(self, message: Message, segment: Segment, number: int, lines: tuple[SegmentReader, ...]) -> dict[str, str] | None:
        """The lines of a segment read; what no row of them took."""
        left: dict[str, str] | None = None
        for line in lines:
            values, over, wrong = line.read(message, segment)
            if wrong:
                self.issues += [(segment, issue) for issue in wrong]
            left = over if line is lines[0] else _both(left, over)
            if values:
                self._put(number, line, values, segment.ordinal)
        return left

    def _put(self, number: int, line: SegmentReader, values: dict[str, Any], ordinal: int) -> None:
        told, to = self.objects[number], line.to
        if line.many:
            told.setdefault(to, []).append(values)
            self.parts[number].setdefault(to, []).append(ordinal)
        elif not to:
            told.update(values)
        else:
            held = told.get(to)
            told[to] = values if held is None else {**held, **values}

    def _prune(self) -> None:
        """Objects of groups that nothing was put into are left out; children first, and those of a list at once."""
        empty: dict[int, set[str]] = {}
        for node in reversed(self.layout.nodes):
            for to in empty.pop(node.number, ()):
                self._leave_out(node.number, to)
            if node.parent is not None and node.to and not self.objects[node.number] and node.number not in self.lost:
                empty.setdefault(node.parent.number, set()).add(node.to)

    def _leave_out(self, number: int, to: str) -> None:
        """What is empty in a place of a group's occurrence."""
        around, parts = self.objects[number], self.parts[number]
        held = around.get(to)
        if isinstance(held, list):
            kept = [at for at, entry in enumerate(held) if entry]
            held[:], parts[to][:] = [held[at] for at in kept], [parts[to][at] for at in kept]
            if not held:
                del around[to], parts[to]
        elif held == {}:
            del around[to]


def _both(first: dict[str, str] | None, second: dict[str, str] | None) -> dict[str, str] | None:
    """What two readers of one segment both leave over; one may leave a field whole of which the other leaves a part."""
    if not first or not second:
        return None
    kept = {name: text for name, text in first.items() if _left_in(name, second)}
    kept |= {name: text for name, text in second.items() if _left_in(name, first)}
    whole = {name for name in kept if name.isdigit()}
    return {name: text for name, text in kept.items() if (name in first and name in second) or name not in whole} or None


def _left_in(name: str, left: dict[str, str]) -> bool:
    return name in left or name.partition(".")[0] in left or name.partition("(")[0] in left or name.partition(".")[0].partition("(")[0] in left
