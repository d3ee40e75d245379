"""The value of an observation (OBX-5), read as its value type (OBX-2) says.

Documents and long texts stay in the file: the event says where their bytes are, and gives their SHA-256.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any

from parsers.hl7v2.escapes import plain, unescape
from parsers.hl7v2.message import Message
from parsers.hl7v2.segments import Segment
from schemas.maps.v2.types import CWE

TEXT_LIMIT = 1 << 16
"""Characters of a value that an event holds; a longer one is given by reference."""

_TYPE, _SUB_ID, _VALUE, _RANGE = 2, 4, 5, 7
_COMMENT, _INFORMATION = 3, 13
_DATA = 5
"""Component of an ED that holds the data."""

Convert = Callable[[str, str], Any]
Made = dict[str, Any]

_CODED = tuple(row.name for row in CWE)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)\Z", re.ASCII)
_CONTAINMENT = re.compile(r"\d{1,9}(?:\.\d{1,9}){3,5}\Z", re.ASCII)
_LEVELS = ("mds", "vmd", "channel", "metric", "facet", "subfacet")
_NULL = '""'
_MOST_PARTS = 256
"""Separators in a long value up to which its documents are told apart; beyond, the field is one."""
_TEXTS = frozenset({"TX", "ST", "FT"})
_USUAL_NUMBER = 32
"""Characters of a number that is read on the short way."""


class _Field:
    """OBX-5, or another field of one segment: its repetitions as they stand, and how to read them."""

    __slots__ = ("convert", "message", "repetitions", "segment", "text")

    def __init__(self, message: Message, segment: Segment, convert: Convert, number: int = _VALUE) -> None:
        self.message, self.segment, self.convert = message, segment, convert
        self.text = segment.fields[number]
        mark = message.delimiters.repetition
        self.repetitions = self.text.split(mark) if mark and mark in self.text else [self.text]

    def read(self, raw: str) -> str:
        return unescape(raw, self.message.delimiters, self.message.encoding)

    def components(self, raw: str) -> list[str]:
        mark = self.message.delimiters.component
        return raw.split(mark) if mark and mark in raw else [raw]

    def converted(self, name: str, raw: str) -> Any | None:
        """None for a text that is no such value: the text itself is in `value`."""
        try:
            return self.convert(name, self.read(raw))
        except ValueError:
            return None


def observation(message: Message, segment: Segment, convert: Convert) -> Made:
    """`value` and what its type adds, and the containment of a device observation. Never raises."""
    fields = segment.fields
    made: Made = {}
    if len(fields) > _VALUE and fields[_VALUE]:
        made = _value(message, segment, convert)
    if len(fields) > _SUB_ID and "." in fields[_SUB_ID]:
        made.update(_containment(fields[_SUB_ID]))
    if len(fields) > _RANGE and fields[_RANGE]:
        made["reference_range"] = _whole(message, fields[_RANGE])
    return made


def note(message: Message, segment: Segment, convert: Convert) -> Made:
    """`texts` of a comment (NTE-3), one for each repetition. Never raises."""
    text = segment.fields[_COMMENT] if len(segment.fields) > _COMMENT else ""
    mark = message.delimiters.repetition
    texts = [_whole(message, raw) for raw in (text.split(mark) if mark else [text]) if raw]
    return {"texts": texts} if texts else {}


def coded_text(message: Message, segment: Segment, convert: Convert) -> Made:
    """OBR-13, a text before version 2.7 and coded since: words of each repetition, and the codes of those that have more than words. Never raises."""
    if len(segment.fields) <= _INFORMATION or not segment.fields[_INFORMATION]:
        return {}
    if segment.fields[_INFORMATION] == _NULL:
        return {"clinical_information": [None]}
    field = _Field(message, segment, convert, _INFORMATION)
    coded = [_code(field, raw) for raw in field.repetitions]
    words = [text for text in map(_words, coded) if text]
    codes = [code for code in coded if len(code) > 1]
    return {name: values for name, values in (("clinical_information", words), ("clinical_codes", codes)) if values}


def _whole(message: Message, raw: str) -> str | None:
    """A text that may hold a component separator nobody escaped, with its formatting as line breaks and blanks."""
    return None if raw == _NULL else plain(raw, message.delimiters, message.encoding)


def _value(message: Message, segment: Segment, convert: Convert) -> Made:
    text = segment.fields[_VALUE]
    if text == _NULL:
        return {"value": None}
    kind = segment.fields[_TYPE].strip().upper()
    if kind == "NM" and text.isascii() and text.replace(".", "", 1).isdigit() and len(text) < _USUAL_NUMBER:
        return {"value": text, "number": convert("quantity", text)}
    marks = message.delimiters
    if len(text) > TEXT_LIMIT and (kind not in _BY_REFERENCE or _count(text, marks.repetition) + _count(text, marks.component) > _MOST_PARTS):
        return {"contents": [_content(message, segment)]}
    if kind in _TEXTS and marks.escape not in text and marks.repetition not in text:
        return {"value": text}
    field = _Field(message, segment, convert)
    made = (_BY_REFERENCE.get(kind) or _BY_TYPE.get(kind, _other))(field)
    return {name: value for name, value in made.items() if value}


def _count(text: str, mark: str) -> int:
    return text.count(mark) if mark else 0


def _containment(sub_id: str) -> Made:
    """OBX-4 of a device observation (IHE PCD-01): system, virtual device, channel, metric, facet, counted with dots between."""
    if not _CONTAINMENT.match(sub_id):
        return {}
    return {"containment": dict(zip(_LEVELS, map(int, sub_id.split(".")), strict=False))}


# -- values in the event


def _text(field: _Field) -> Made:
    """TX, FT, ST: each repetition is a line."""
    delimiters, encoding = field.message.delimiters, field.message.encoding
    return {"value": "\n".join([plain(raw, delimiters, encoding) for raw in field.repetitions])}


def _other(field: _Field) -> Made:
    """A value as text, and its components where it has some."""
    made: Made = {"value": "\n".join([field.read(raw) for raw in field.repetitions])}
    mark = field.message.delimiters.component
    if mark and mark in field.text:
        made["components"] = [[field.read(part) for part in field.components(raw)] for raw in field.repetitions]
    return made


def _number(field: _Field) -> Made:
    """NM: one number, or several."""
    made = _other(field)
    found = [number for raw in field.repetitions if (number := field.converted("quantity", raw.strip())) is not None]
    return _with_numbers(made, found, len(field.repetitions))


def _array(field: _Field) -> Made:
    """NA, MA: the numbers of the repetitions, such as samples of a waveform, in `components`."""
    made = _other(field)
    made.setdefault("components", [[field.read(raw)] for raw in field.repetitions])
    return made


def _with_numbers(made: Made, found: list[str], expected: int) -> Made:
    if len(found) == expected == 1:
        made["number"] = found[0]
    elif len(found) == expected:
        made["numbers"] = found
    return made


def _structured(field: _Field) -> Made:
    """SN: comparator, number, separator, second number, e.g. `>100`, `1:128`, `3-5`. One number that is just equal is `number`, too."""
    parts = [field.read(part).strip() for part in field.components(field.text)] + ["", "", ""]
    comparator, first, separator, second, *more = parts[:7]
    if len(field.repetitions) > 1 or any(more) or _NUMBER.match(first) is None:
        return _other(field)
    numbers = [field.converted("quantity", text) if text else None for text in (first, second)]
    structured = {"comparator": comparator, "number": numbers[0], "separator": separator, "second_number": numbers[1]}
    made: Made = {"value": "".join(parts[:4]), "structured": {name: value for name, value in structured.items() if value}}
    if comparator in ("", "=") and not separator and not second and numbers[0] is not None:
        made["number"] = numbers[0]
    return made


def _moment(field: _Field) -> Made:
    """DT, TS, DTM: the time as events give it."""
    made = _other(field)
    time = field.converted("time", field.components(field.repetitions[0])[0].strip())
    return made if time is None else {**made, "time": time}


def _range(field: _Field) -> Made:
    """DR: start and end."""
    made = _other(field)
    ends = [field.converted("time", part.strip()) if part else None for part in field.components(field.repetitions[0])[:2]]
    period = {name: end for name, end in zip(("start", "end"), ends, strict=False) if end is not None}
    return {**made, "period": period} if period else made


def _measure(field: _Field) -> Made:
    """CQ, MO, CP: a number before its unit or currency."""
    made = _other(field)
    mark = field.message.delimiters.subcomponent
    first = field.components(field.repetitions[0])[0]
    number = field.converted("quantity", (first.split(mark)[0] if mark else first).strip())
    return made if number is None else {**made, "number": number}


def _coded(field: _Field) -> Made:
    """CE, CWE, CNE, CF, IS, ID: the codes, and what they say in words."""
    codes = [_code(field, raw) for raw in field.repetitions]
    return {"value": "\n".join([text for text in map(_words, codes) if text]), "codes": [code for code in codes if code]}


def _words(code: dict[str, str | None]) -> str:
    return code.get("text") or code.get("original_text") or code.get("code") or ""


def _code(field: _Field, raw: str) -> dict[str, str | None]:
    return {name: None if part == _NULL else field.read(part) for name, part in zip(_CODED, field.components(raw), strict=False) if part}


# -- values by reference


def _content(message: Message, segment: Segment, repetition: int = 0, component: int = 0) -> Made:
    """Where the bytes of the field, or of a repetition from a component on, stand in the file, and their SHA-256."""
    start, end = message.place(segment, _VALUE, repetition)
    if component:
        start, _ = message.place(segment, _VALUE, repetition, component)
    data = memoryview(message.raw)[start - message.offset : end - message.offset]
    return {"offset": start, "length": end - start, "sha256": hashlib.sha256(data).hexdigest()}


_POINTER = ("pointer", "type", "subtype")
_APPLICATION = ("application", "application_id", "application_id_type")


def _application(field: _Field, raw: str) -> Made:
    mark = field.message.delimiters.subcomponent
    parts = raw.split(mark) if mark else [raw]
    return {name: field.read(part) for name, part in zip(_APPLICATION, parts, strict=False) if part}


def _encapsulated(field: _Field) -> Made:
    """ED: what the data is, and where. Short text that is not encoded is given as `value`, too."""
    made: Made = {"contents": []}
    lines = []
    for number, raw in enumerate(field.repetitions, 1):
        parts = field.components(raw)
        described = len(parts) >= _DATA
        content = _content(field.message, field.segment, number, _DATA if described else 0)
        if described:
            names = zip(("type", "subtype", "encoding"), parts[1:4], strict=True)
            content |= {**_application(field, parts[0]), **{name: field.read(part) for name, part in names if part}}
            if content.get("encoding", "").upper() == "A" and content["length"] <= TEXT_LIMIT:
                lines.append(plain(field.message.delimiters.component.join(parts[_DATA - 1 :]), field.message.delimiters, field.message.encoding))
        if content["length"]:
            made["contents"].append(content)
    if lines:
        made["value"] = "\n".join(lines)
    return made


def _pointer(field: _Field) -> Made:
    """RP: where another system keeps the data."""
    contents = []
    if any(len(field.components(raw)) > len(_POINTER) + 1 for raw in field.repetitions):
        return _other(field)
    for raw in field.repetitions:
        parts = [*field.components(raw), "", "", ""]
        content = {**_application(field, parts[1])}
        content |= {name: field.read(part) for name, part in zip(_POINTER, (parts[0], *parts[2:4]), strict=True) if part}
        contents.append(content)
    return {"contents": [content for content in contents if content]}


_BY_REFERENCE: dict[str, Callable[[_Field], Made]] = {"ED": _encapsulated, "RP": _pointer}
_BY_TYPE: dict[str, Callable[[_Field], Made]] = {
    "TX": _text, "FT": _text, "ST": _text, "NM": _number, "NA": _array, "MA": _array, "SN": _structured,
    "DT": _moment, "TS": _moment, "DTM": _moment, "DR": _range, "CQ": _measure, "MO": _measure, "CP": _measure,
    "CE": _coded, "CWE": _coded, "CNE": _coded, "CF": _coded, "IS": _coded, "ID": _coded,
}  # fmt: skip

MAKERS = {"observation": observation, "note": note, "coded_text": coded_text}
