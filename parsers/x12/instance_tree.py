"""The loops and segments of a set in the making, before numbers and sums are settled."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from parsers.x12.writer import Element
from schemas.x12 import Loop, Segment


@dataclass(slots=True)
class Row:
    """One segment; elements[0] is the tag, so that elements[n] is element n, and all elements of the table are there, empty or not."""

    segment: Segment
    elements: list[Element]


@dataclass(slots=True)
class Part:
    """One loop with its rows and loops in order."""

    loop: Loop
    children: "list[Row | Part]" = field(default_factory=list)

    def parts(self, loop_id: str) -> "list[Part]":
        """Loops of that id directly below."""
        return [child for child in self.children if isinstance(child, Part) and child.loop.id == loop_id]

    def rows(self, tag: str, code: str = "") -> list[Row]:
        """Own segments of that tag, with that first element if given."""
        own = (child for child in self.children if isinstance(child, Row) and child.segment.tag == tag)
        return [row for row in own if not code or row.elements[1] == code]

    def every(self, loop_id: str) -> "Iterator[Part]":
        """Loops of that id anywhere below."""
        for child in self.children:
            if isinstance(child, Part):
                if child.loop.id == loop_id:
                    yield child
                yield from child.every(loop_id)

    def every_row(self, tag: str = "") -> Iterator[Row]:
        """Rows of that tag, or all, here and anywhere below."""
        for child in self.children:
            if isinstance(child, Part):
                yield from child.every_row(tag)
            elif not tag or child.segment.tag == tag:
                yield child

    def drop(self, gone: "list[Part]") -> None:
        self.children = [child for child in self.children if not any(child is one for one in gone)]


def is_hl(row: Row) -> bool:
    return row.segment.tag == "HL"
