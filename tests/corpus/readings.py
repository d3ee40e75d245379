"""Segments as StAEDI publishes its reading of them (JSON and XML), and as they are read here."""

import json
from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

from parsers.x12.convert import Settings
from parsers.x12.delimiters import Delimiters
from parsers.x12.feed import feed_span
from parsers.x12.plan import SetPlan
from parsers.x12.scan import scan
from parsers.x12.segments import pieces
from tests.conftest import reader_of
from tests.corpus.samples import root

READINGS = {
    "sample837-original.json": "837P/xlate-staedi__sample837-original.edi",
    "sample837-original-nestHL.json": "837P/xlate-staedi__sample837-original.edi",
    "sample837-original-object-elements.json": "837P/xlate-staedi__sample837-original.edi",
    "sample837-original-object-elements-nestHL.json": "837P/xlate-staedi__sample837-original.edi",
    "extraDelimiter997.xml": "997/xlate-staedi__extraDelimiter997.edi",
    "extraDelimiter997-transaction-xmlns.xml": "997/xlate-staedi__extraDelimiter997.edi",
    "invalid999_transformed.xml": "999/xlate-staedi__invalid999.edi",
}
"""Published reading -> the file it is of. The other files there are schemas, and one reading whose file is not public."""

Value = str | Decimal
Element = tuple[tuple[Value, ...], ...]
"""Repetitions, each a row of components. A number is a Decimal where StAEDI made it one."""
Segment = tuple[str, tuple[Element, ...]]


def theirs(name: str) -> list[Segment]:
    """Every segment in order, ISA to IEA."""
    content = (root() / "expected" / "staedi" / f"xlate-staedi__{name}").read_text("utf-8")
    if name.endswith(".json"):
        return list(_of_json(json.loads(content, parse_float=Decimal)))
    return list(_of_xml(ElementTree.fromstring(content)))  # noqa: S314, a file of the corpus


def _of_json(node: dict[str, Any]) -> Iterator[Segment]:
    if node["type"] == "segment":
        yield node["name"], tuple((_components(one),) for one in node["data"])
    else:
        for inner in node["data"]:
            yield from _of_json(inner)


def _components(value: Any) -> tuple[Value, ...]:
    if isinstance(value, dict):
        return tuple(_value(one) for one in value["data"]) if value["type"] == "composite" else (_value(value),)
    return (_value(value),)


def _value(value: Any) -> Value:
    if isinstance(value, dict):
        return _value(value["data"])
    return Decimal(value) if isinstance(value, int | Decimal) else value or ""


def _of_xml(node: ElementTree.Element) -> Iterator[Segment]:
    space, _, name = node.tag.rpartition("}")
    if space.endswith(":segments"):
        repeated = groupby(node, key=lambda one: one.tag.rpartition("}")[2])
        yield name, tuple(tuple(tuple(part.text or "" for part in one) or (one.text or "",) for one in group) for _, group in repeated)
    else:
        for inner in node:
            yield from _of_xml(inner)


def ours(file: str) -> list[Segment]:
    """As the writer's splitter cuts the file."""
    content = (root() / "x12" / file).read_bytes()
    found = [one for one in pieces(reader_of(content), len(content), 1 << 18) if one.text]
    return [_split(one.text.decode("latin-1"), one.delimiters) for one in found]


def fed(file: str) -> list[Segment]:
    """As the engine is fed them, ST to SE."""
    content = (root() / "x12" / file).read_bytes()
    limits = Settings().scan
    found: list[Segment] = []
    for plan in scan(reader_of(content), len(content), limits):
        if isinstance(plan, SetPlan):
            taken = _Taken()
            for chunk in plan.chunks:
                for _ in feed_span(taken, reader_of(content), chunk.body, plan, limits):
                    pass
            found += [_split(text, plan.delimiters) for text in taken.segments]
    return found


class _Taken:
    """Stands where the engine stands behind the lexer."""

    def __init__(self) -> None:
        self.segments: list[str] = []
        self.machine = SimpleNamespace(tags=frozenset[str]())

    def seek(self, ordinal: int) -> None:
        pass

    def feed(self, segments: list[str], offsets: Any) -> None:
        self.segments += [segment for segment, _ in zip(segments, offsets, strict=False)]


def _split(text: str, delimiters: Delimiters) -> Segment:
    tag, *elements = text.split(delimiters.element)
    if tag == "ISA":  # it declares delimiters, so that none is one in it
        return tag, tuple(((element,),) for element in elements)
    repeated = (element.split(delimiters.repetition) if delimiters.repetition else [element] for element in elements)
    return tag, tuple(tuple(tuple(one.split(delimiters.component)) for one in element) for element in repeated)


def same(their: Segment, our: Segment) -> bool:
    """Number by number where theirs is one, else text by text."""

    def equal(value: Value, text: Value) -> bool:
        return Decimal(str(text)) == value if isinstance(value, Decimal) else value == text

    def shape(segment: Segment) -> tuple[str, list[list[int]]]:
        return segment[0], [[len(one) for one in element] for element in segment[1]]

    def values(segment: Segment) -> list[Value]:
        return [value for element in segment[1] for one in element for value in one]

    return shape(their) == shape(our) and all(map(equal, values(their), values(our)))
