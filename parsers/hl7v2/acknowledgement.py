"""Acknowledgements (ACK, HL7 v2 chapter 2): reading the header of what came, writing the answer, reading an answer that came back.

All of it works on the first bytes of a message and on heads that can hardly be read: a sender must always get an answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple

from parsers.hl7v2.charsets import decode, wide_start
from parsers.hl7v2.delimiters import USUAL, Delimiters, delimiters_of

Code = Literal["AA", "AE", "AR", "CA", "CE", "CR"]

_HEAD = 8192
_MSH = re.compile(rb"MSH([!-/:-@\[-`{-~])[^\r\n]*")
_MSA = re.compile(rb"[\r\n][ \t]*MSA([!-/:-@\[-`{-~])([^\r\n\x1c]*)")
_VERSION = re.compile(r"2\.(\d)(?:\.(\d))?")
_LONGEST_TEXT = 80
"""Characters of MSA-3 (ST 80); what is longer is cut there and stands whole in ERR."""
_MOST_ERRORS = 50
_ERR_FROM = (5, 0)
_NO_MARKS = str.maketrans("", "", "-:T")
_STRUCTURE_FROM = (3, 1)
_EVENT_FROM = (3, 0)
ACKNOWLEDGEMENTS = frozenset({"ACK", "MCF"})
"""Types (MSH-9.1) of messages that only answer."""


class Header(NamedTuple):
    """What MSH says, as text. MSH-3 and MSH-4 whole as they stand; of MSH-9, MSH-11 and MSH-12 the components; no escape is undone."""

    sending_application: str = ""
    sending_facility: str = ""
    time: str = ""
    type: str = ""
    trigger: str = ""
    structure: str = ""
    control_id: str = ""
    processing_id: str = ""
    version: str = ""
    accept: str = ""
    application: str = ""
    charset: str = ""


class Error(NamedTuple):
    """One ERR: the place (segment, which of them from 1, field, repetition, component), code of table 0357, severity W I E, text for people."""

    segment: str = ""
    sequence: int = 1
    field: int = 0
    repetition: int = 0
    component: int = 0
    code: str = "207"
    severity: str = "E"
    text: str = ""


class Answer(NamedTuple):
    """MSA of an acknowledgement: MSA-1, MSA-2 as its bytes stand, MSA-3."""

    code: str
    control_id: bytes
    text: str


class Head(NamedTuple):
    """The fields of MSH in bytes, `fields[n]` being MSH-n; `units` the encoding of a text in UTF-16 or UTF-32."""

    fields: list[bytes]
    delimiters: Delimiters
    units: str

    def text(self, number: int) -> str:
        """MSH-n without the white space around it."""
        return _text(self.fields[number], self.fields).strip() if len(self.fields) > number and self.fields[number] else ""

    @property
    def acknowledges(self) -> bool:
        """Whether it is an acknowledgement itself: those are answered only when they ask for it, else two systems would thank each other for ever."""
        return len(self.fields) > 9 and self.fields[9].lstrip()[:3].decode("latin-1").upper() in ACKNOWLEDGEMENTS


def head(raw: bytes) -> Head | None:
    """The MSH of a message of which these are the first bytes (8 kB at most are looked at); None when there is none."""
    raw = raw[:_HEAD]
    wide = wide_start(raw[:64])
    if wide is not None:
        raw = raw[wide.start :].decode(wide.encoding, "replace").encode("utf-8", "replace")
    found = _MSH.match(raw) or _MSH.search(raw)
    if found is None:
        return None
    fields = found[0].split(found[1])
    fields.insert(1, found[1])
    characters = fields[2].decode("latin-1") if len(fields) > 2 else ""
    return Head(fields, delimiters_of(found[1].decode("ascii"), characters)[0], wide.encoding if wide else "")


def header(raw_head: bytes) -> Header:
    """What the MSH of a message says; all empty when there is none."""
    found = head(raw_head)
    if found is None:
        return Header()
    raw = found.fields
    joined = b"\r".join(raw[3:19])
    fields = joined.decode("ascii").split("\r") if joined.isascii() else [_text(field, raw) for field in raw[3:19]]
    fields += [""] * (16 - len(fields))
    component = found.delimiters.component
    kind = (fields[6].split(component) if component else [fields[6]]) + ["", "", ""]
    return Header(
        fields[0], fields[1], fields[4], kind[0].strip(), kind[1].strip(), kind[2].strip(),
        fields[7], _first(fields[8], component), _first(fields[9], component), fields[12], fields[13], fields[15],
    )  # fmt: skip


def control_id(raw_head: bytes) -> bytes:
    """MSH-10 as its bytes stand, which is what MSA-2 of an answer repeats; empty when there is none."""
    found = head(raw_head)
    return found.fields[10] if found is not None and len(found.fields) > 10 else b""


def _first(text: str, component: str) -> str:
    return (text.partition(component)[0] if component else text).strip()


def _text(field: bytes, fields: list[bytes]) -> str:
    return decode(field, fields[18].decode("latin-1") if len(fields) > 18 else "").text


def acknowledge(
    raw_head: bytes, code: Code, text: str = "", errors: Sequence[Error] = (), *, now: datetime, control_id: str, accept: str = ""
) -> bytes:
    """The acknowledgement of a message of which these are the first bytes."""
    return reply(head(raw_head), code, text, errors, now=now, control_id=control_id, accept=accept)


def reply(found: Head | None, code: Code, text: str = "", errors: Sequence[Error] = (), *, now: datetime, control_id: str, accept: str = "") -> bytes:
    """The acknowledgement of the message with this head: sender and receiver turned round, its delimiters, its version.

    MSA-2 is MSH-10 byte for byte, empty when no MSH can be read. `now` becomes MSH-7, `control_id` MSH-10, `accept` MSH-15. ERR has the form of
    the version.
    """
    fields, marks, units = found if found is not None else ([b"MSH", b"|", b"^~\\&"], USUAL, "")
    echoed = [*fields[:19], *[b""] * (19 - len(fields))]
    before, kind, after = _header_parts(*echoed[2:7], echoed[9], *echoed[11:13], echoed[18], marks, accept)
    separator = marks.field.encode("ascii")
    said = [b"MSA", code.encode("ascii"), echoed[10], _cut(_ascii(text, marks), marks) if text else b""]
    lines = [said, *_errors(errors[:_MOST_ERRORS], text, marks, _version(echoed[12]))] if text or errors else [said]
    rest = [separator.join(line).rstrip(separator) + b"\r" for line in lines]
    answer = b"".join([before, _instant(now, now.utcoffset()), kind, _ascii(control_id, marks), after, *rest])
    return answer.decode("utf-8", "replace").encode(units) if units else answer


@lru_cache(maxsize=256)
def _header_parts(
    characters: bytes, application: bytes, facility: bytes, to_application: bytes, to_facility: bytes, type_: bytes, processing: bytes,
    version: bytes, charset: bytes, marks: Delimiters, accept: str,
) -> tuple[bytes, bytes, bytes]:  # fmt: skip
    """The MSH of an answer: up to its time, between that and its control id, and the rest of the line. A sender has few of them."""
    component = marks.component.encode("latin-1", "replace")
    kind = [b"ACK"]
    number = _version(version)
    if component and number >= _EVENT_FROM:
        trigger = [*type_.split(component), b""][1]
        kind += [trigger, b"ACK"] if number >= _STRUCTURE_FROM else [trigger] if trigger else []
    separator = marks.field.encode("ascii")
    before = [b"MSH", characters or b"^~\\&", to_application, to_facility, application, facility, b""]
    between = [b"", b"", component.join(kind), b""]
    after = [b"", processing or b"P", version or b"2.5", b"", b"", accept.encode("ascii"), b"", b"", charset]
    return separator.join(before), separator.join(between), separator.join(after).rstrip(separator) + b"\r"


@lru_cache(maxsize=8)
def _instant(now: datetime, _: timedelta | None) -> bytes:
    """The zone beside it because two times are equal that say the same in different zones."""
    text = now.isoformat(timespec="seconds")
    return (text[:19].translate(_NO_MARKS) + text[19:].replace(":", "")).encode("ascii")


@lru_cache(maxsize=64)
def _version(text: bytes) -> tuple[int, int]:
    """(minor, patch) of version 2.minor.patch; that of 2.5 when it cannot be read."""
    found = _VERSION.match(text.decode("latin-1").strip())
    return (int(found[1]), int(found[2] or 0)) if found else _ERR_FROM


def _ascii(text: str, marks: Delimiters) -> bytes:
    """Text of ours: what would be read as a delimiter is escaped, or left out where there is no escape character."""
    if text.isascii() and text.isalnum() and not _lettered(marks):
        return text.encode("ascii")
    out = []
    for character in text.replace("\r", " ").replace("\n", " "):
        name = _NAMES[marks.index(character)] if character in marks else ""
        out.append(f"{marks.escape}{name}{marks.escape}" if name and marks.escape else "" if name else character)
    return "".join(out).encode("ascii", "replace")


@lru_cache(maxsize=64)
def _lettered(marks: Delimiters) -> bool:
    """Whether a letter or digit is a delimiter."""
    return any(mark.isalnum() for mark in marks)


def _cut(text: bytes, marks: Delimiters) -> bytes:
    """As much as MSA-3 holds, and no part of an escape sequence."""
    kept = text[:_LONGEST_TEXT]
    escape = marks.escape.encode("latin-1", "replace")
    return kept[: kept.rindex(escape)] if escape and kept.count(escape) % 2 else kept


_NAMES = ("F", "S", "R", "E", "T", "P")


def _errors(errors: Sequence[Error], text: str, marks: Delimiters, version: tuple[int, int]) -> list[list[bytes]]:
    """ERR segments: one with repetitions of ERR-1 up to version 2.4, one for each error since 2.5."""
    if version < _ERR_FROM:
        places = [_old_error(error, marks) for error in errors]
        separator = marks.repetition.encode("ascii")
        return [[b"ERR", separator.join(places) if separator else places[0]]] if places else []
    if not errors and len(_ascii(text, marks)) > _LONGEST_TEXT:
        return [[b"ERR", b"", b"", b"", b"", b"", b"", b"", _ascii(text, marks)]]
    return [_error(error, marks) for error in errors]


def _place(error: Error, *more: int) -> list[str]:
    numbers = [error.sequence, error.field, *more]
    while numbers and not numbers[-1]:
        numbers.pop()
    return [error.segment, *(str(number) if number else "" for number in numbers)] if error.segment else []


def _old_error(error: Error, marks: Delimiters) -> bytes:
    place = [_ascii(part, marks) for part in [*_place(error), "", "", ""][:3]]
    coded = marks.subcomponent.encode("ascii").join([_ascii(error.code, marks), _ascii(error.text, marks), b"HL70357"])
    return marks.component.encode("ascii").join([*place, coded if marks.subcomponent else _ascii(error.code, marks)])


def _error(error: Error, marks: Delimiters) -> list[bytes]:
    component = marks.component.encode("ascii")
    place = component.join(_ascii(part, marks) for part in _place(error, error.repetition, error.component))
    coded = component.join([_ascii(error.code, marks), b"", b"HL70357"]) if component else _ascii(error.code, marks)
    return [b"ERR", b"", place, coded, error.severity.encode("ascii"), b"", b"", b"", _ascii(error.text, marks)]


def answer(raw: bytes) -> Answer | None:
    """The MSA of an acknowledgement, whatever stands around it; None when it has none."""
    wide = wide_start(raw[:64])
    if wide is not None:
        raw = raw[wide.start :].decode(wide.encoding, "replace").encode("utf-8", "replace")
    found = _MSA.search(raw)
    if found is None:
        return None
    fields = [*found[2].split(found[1]), b"", b""]
    return Answer(fields[0].strip().decode("ascii", "replace"), fields[1], fields[2].decode("utf-8", "replace"))
