"""What is fuzzed. Each target takes any bytes; what it raises is a failure. Only the writer declares an exception, ValueError."""

from collections.abc import Callable
from functools import cache
from random import Random

import orjson

from parsers.x12.delimiters import Delimiters
from parsers.x12.instance import Chances, instance
from parsers.x12.plan import SetPlan
from parsers.x12.scan import scan
from parsers.x12.writer import USUAL, Element, Group, Interchange, Set, encoder, write
from schemas.x12 import guide, guide_names
from tests.conftest import Converted, check_accounts, converted, reader_of
from tests.corpus.tokens import items

ENVELOPE = Interchange("SENDER", "RECEIVER", "240131", "1405", 1)
MARKS = ("*", ":", "^", "~", "|", ">", "!", "\n", "\x1c", "\x1d", "+", "'", "\xe9", "A", "")
WRITTEN = tuple(name for name in guide_names() if name != "TA1")
"""A TA1 stands in no set."""
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


TARGETS: dict[str, Callable[[bytes], None]] = {"lexer": lexer, "walker": walker, "writer": writer}
