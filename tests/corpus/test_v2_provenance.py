"""Every field of events of public HL7 v2 messages is shown in the bytes, at a place that splitting the line by hand finds too."""

import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from parsers.formats import convert, explain, program_of_hash
from parsers.outputs import Event, Origin
from parsers.traces import Trace
from tests.conftest import reader_of
from tests.corpus.fields import leaves
from tests.corpus.test_v2_reading import files

EVERY = 24
PLACES = re.compile(r"/provenance/|/unmapped/\d+/(group|ordinal|tag)$")
"""The places themselves."""
NAMED = re.compile(r"/(action|undoes|undoes_action|level|outcome)$|/contents/\d+/(offset|length|sha256)$")
"""What a code means to us, and where the content of a document is: the bytes hold what it follows from."""
OFFSET = re.compile(r"(?<=\d)(Z|[+-]\d\d:?\d\d)$")
"""Of a time; what the message or its site says for all of them stands elsewhere."""


def events(content: bytes) -> list[Event]:
    outputs = convert(reader_of(content), len(content), Origin(sha256=sha256(content).hexdigest(), zone=ZoneInfo("Asia/Kolkata")))
    found = [one for one in outputs if isinstance(one, Event)]
    return [*found[:1], *found[1:][-1:]]


def at_place(content: bytes, msh: int, trace: Trace) -> bytes:
    """Field, repetition, component and subcomponent of the line that a trace names."""
    field, component, repetition, _, subcomponent = (content[at : at + 1] for at in range(msh + 3, msh + 8))
    end = re.compile(rb"[\r\n]").search(content, trace.segment_start)
    line = content[trace.segment_start : max(trace.end, end.start() if end else len(content))]
    parts = line.split(field)
    if trace.tag == "MSH":
        parts.insert(1, field)
    found = parts[trace.element] if trace.element < len(parts) else b""
    for number, mark in ((trace.repetition, repetition), (trace.component, component), (trace.subcomponent, subcomponent)):
        if number and not (trace.tag == "MSH" and trace.element == 2):
            found = found.split(mark)[number - 1]
    return found.rstrip(b"\x1c\x0b")


def says(value: Any, text: str) -> bool:
    """Whether a text gives a value: as it stands, or as a time or number."""
    if value is None:
        return text == '""'
    said = str(value)
    if said.upper() in text.upper() or "\\" in text or said.replace("\n", "~") == text:
        return True
    digits, others = (re.sub(r"\D", "", OFFSET.sub("", one)) for one in (said, text))
    if others and re.match(r"\d{4}(-|$)", said):
        return digits.startswith(others) or others.startswith(digits)
    try:
        return Decimal(said) == Decimal(text.strip())
    except InvalidOperation:
        return False


def wrong(content: bytes, event: Event) -> Iterator[tuple[str, str]]:
    data: dict[str, Any] = orjson.loads(event.data)
    values = {name: value for name, value in leaves(data) if not PLACES.match(name)}
    kind = event.attributes["id"].split(".", 2)[2]
    traces = explain(program(data["provenance"]["map"]), reader_of(content), len(content), kind, data)
    shown = {trace.field: trace for trace in traces}
    yield from (("shown twice", name) for name, times in Counter(trace.field for trace in traces).items() if times > 1)
    yield from (("not shown", name) for name in values.keys() - shown.keys())
    wide = b"\0" in content[:4]
    for name, trace in shown.items():
        if name not in values or values[name] != trace.value:
            yield "another value", name
        elif not wide and at_place(content, data["provenance"]["msh"], trace) != content[trace.start : trace.end]:
            yield "another place", name
        elif name != "/message/charset" and not NAMED.search(name) and not says(trace.value, trace.text):
            yield "another text", name


@cache
def program(wanted: str) -> dict[str, Any]:
    return program_of_hash(wanted)


def test_every_field_is_shown_where_it_stands() -> None:
    chosen: list[Path] = files()[::EVERY]
    seen = 0
    for path in chosen:
        content = path.read_bytes()
        for event in events(content):
            seen += 1
            assert list(wrong(content, event)) == [], (path.name, event.attributes["id"])
    assert seen > len(chosen) // 2


def test_a_value_that_does_not_stand_there_is_noticed() -> None:
    content = files()[0].read_bytes()
    event = events(content)[0]
    data = orjson.loads(event.data)
    data["message"]["control_id"] += "?"
    assert list(wrong(content, event._replace(data=orjson.dumps(data)))) == [("another text", "/message/control_id")]
