"""What is fuzzed. Each target takes any bytes; what it raises is a failure. Only the writer declares an exception, ValueError."""

import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import orjson

from parsers import formats
from parsers.hl7v2 import convert as hl7v2
from parsers.hl7v2.profile import Profile, profile_of
from parsers.outputs import Event, Origin, Summary
from parsers.x12.delimiters import Delimiters
from parsers.x12.instance import Chances, instance
from parsers.x12.plan import SetPlan
from parsers.x12.scan import scan
from parsers.x12.writer import USUAL, Element, Group, Interchange, Set, encoder, write
from schemas.events import event_kinds
from schemas.x12 import guide, guide_names
from tests.conftest import Converted, check_accounts, converted, reader_of
from tests.corpus.tokens import items

ENVELOPE = Interchange("SENDER", "RECEIVER", "240131", "1405", 1)
MARKS = ("*", ":", "^", "~", "|", ">", "!", "\n", "\x1c", "\x1d", "+", "'", "\xe9", "A", "")
WRITTEN = tuple(name for name in guide_names() if name != "TA1")
"""A TA1 stands in no set."""
DIALECT = Path(__file__).parents[2] / "gateway" / "profiles" / "cerner.toml"
Segment = list[Element]


class Choices:
    """Bytes as a row of choices; all zero once they are used up."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def __bool__(self) -> bool:
        return self.at < len(self.data)

    def pick(self, count: int) -> int:
        """A number below `count`; two bytes where one is not enough."""
        size = 1 if count <= 256 else 2
        taken = self.data[self.at : self.at + size]
        self.at += size
        return int.from_bytes(taken, "big") % count

    def text(self) -> str:
        size = self.pick(24)
        taken = self.data[self.at : self.at + size]
        self.at += size
        return taken.decode("latin-1")


def lexer(data: bytes) -> None:
    """Raw bytes through the first pass and the whole engine."""
    _whole(converted(data))
    for found in scan(reader_of(data), len(data)):
        if isinstance(found, SetPlan) and not 0 <= found.span.start <= found.span.end <= len(data):
            raise AssertionError("a set outside its file")


def walker(data: bytes) -> None:
    """Segments of a guide in an order that no guide has."""
    choices = Choices(data)
    name = WRITTEN[choices.pick(len(WRITTEN))]
    stock = _stock(name, choices.pick(8))
    body = list(stock) if choices.pick(2) else []
    while choices and len(body) < 400:
        _change(body, stock, choices)
    content = b"".join(write(ENVELOPE, [Group(guide(name), "APP", "OTHER", "20240131", "1405", 1, [Set("0001", body)])]))
    found = converted(content)
    _whole(found)
    if found.summary.items != len(items(content)):
        raise AssertionError("an item is lost")


@cache
def _stock(name: str, seed: int) -> list[Segment]:
    """A valid set of the guide, in which much of what may stand does."""
    return instance(guide(name), Random(seed), Chances(0.5, 0.3, 2))


def _change(body: list[Segment], stock: list[Segment], choices: Choices) -> None:
    at, kind = choices.pick(len(body) + 1), choices.pick(6)
    segment = list(stock[choices.pick(len(stock))])
    if kind == 0:
        body.insert(at, segment)
    elif kind == 1:
        del body[at : at + 1 + choices.pick(4)]
    elif kind == 2:
        body[at:at] = body[at : at + 1 + choices.pick(20)]
    elif kind == 3 and at < len(body):
        other = choices.pick(len(body))
        body[at], body[other] = body[other], body[at]
    elif at < len(body) and len(body[at]) > 1:
        element = 1 + choices.pick(len(body[at]) - 1)
        text = _plain(choices.text())
        body[at] = [*body[at][:element], text if kind == 4 else (text, _plain(choices.text())), *body[at][element + 1 :]]


def _plain(text: str) -> str:
    return "".join(character for character in text if character not in USUAL)


def writer(data: bytes) -> None:
    """Segments of any text under any delimiters: refused by ValueError, or read again as they were."""
    choices = Choices(data)
    delimiters = Delimiters(*(MARKS[choices.pick(len(MARKS))] for _ in range(4)))
    try:
        encode = encoder(delimiters)
    except ValueError:
        return
    while choices:
        segment: Segment = [choices.text() for _ in range(choices.pick(6) + 1)]
        segment[1:] = [tuple(choices.text() for _ in range(choices.pick(3))) if choices.pick(4) == 0 else element for element in segment[1:]]
        try:
            written = encode(segment)
        except ValueError:
            continue
        _same(written.decode("latin-1"), segment, delimiters)


def _same(written: str, segment: Segment, delimiters: Delimiters) -> None:
    if not written.endswith(delimiters.terminator):
        raise AssertionError("no terminator")
    read = written.removesuffix(delimiters.terminator).split(delimiters.element)
    expected = [delimiters.component.join(one).rstrip(delimiters.component) if isinstance(one, tuple) else str(one) for one in segment]
    while len(expected) > 1 and not expected[-1]:
        expected.pop()
    if read != expected:
        raise AssertionError("read again it is another segment")


def _whole(found: Converted) -> None:
    """Every item has its event or its finding, and every event is JSON."""
    check_accounts(found)
    for event in found.events:
        orjson.loads(event.to_json())


def messages(data: bytes) -> None:
    """Raw bytes as HL7 v2, without a dialect or under one as their length says, by both engines; without one every field is explained, too."""
    profile = _dialect() if len(data) % 2 else None
    alone, laned = (_read(data, hl7v2.Settings(profile=profile, engine=engine)) for engine in ("python", "auto"))
    if laned != alone:
        raise AssertionError("the engines differ")
    events = [output for output in alone if isinstance(output, Event)]
    summary = alone[-1]
    if not isinstance(summary, Summary) or summary.items != sum(summary.counts):
        raise AssertionError("a message is lost")
    if len({orjson.loads(event.data)["provenance"]["msh"] for event in events}) != summary.counts.published:
        raise AssertionError("a published message has no event")
    for event in events if profile is None else ():
        _explained(data, event)


def _read(data: bytes, settings: hl7v2.Settings) -> list[Any]:
    return list(hl7v2.convert(reader_of(data), len(data), Origin(sha256=sha256(data).hexdigest()), settings))


@cache
def _dialect() -> Profile:
    return profile_of(tomllib.loads(DIALECT.read_text()))


def _explained(data: bytes, event: Event) -> None:
    """It is valid, and each of its fields is shown with the value it has."""
    kind = event.attributes["type"].removeprefix("clearplane.").removesuffix(".v1")
    event_kinds()[kind].model_validate_json(event.data)
    content = orjson.loads(event.data)
    program = formats.program_of_hash(content["provenance"]["map"])
    shown = {trace.field: trace.value for trace in formats.explain(program, reader_of(data), len(data), kind, content)}
    for place, value in _leaves({name: held for name, held in content.items() if name not in ("provenance", "unmapped")}):
        if place not in shown or shown[place] != value:
            raise AssertionError("a field is not explained")


def _leaves(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict | list) and value:
        for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(inner, f"{place}/{str(name).replace('~', '~0').replace('/', '~1')}")
    else:
        yield place, value


TARGETS: dict[str, Callable[[bytes], None]] = {"lexer": lexer, "walker": walker, "writer": writer, "messages": messages}
