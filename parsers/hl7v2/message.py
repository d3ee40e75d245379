"""One message: its bytes decoded once and split once, with the way back from any field to its bytes.

Nothing here raises on any input: what is odd is a finding of the message, and what cannot be told apart is kept as it was sent.
"""

from __future__ import annotations

from typing import NamedTuple

from parsers.hl7v2.charsets import WIDE, Start, byte_length, decode, decode_ascii, decode_wide, encoding_of, starts_of, wide_start
from parsers.hl7v2.delimiters import Delimiters, delimiters_of
from parsers.hl7v2.limits import Limits
from parsers.hl7v2.segments import Issue, Segment, Split, split, stops_early
from schemas.codes.findings import FINDINGS
from schemas.envelope import Finding, Location

_ENCODING_CHARACTERS, _CHARSET = 2, 18
_WIDEST = 12
"""Bytes of MSH in units of four."""
_NO_FINDINGS: list[Finding] = []
_OF_ASCII = {None: "V2_CHARSET_UNKNOWN", WIDE: "V2_CHARSET_WRONG"}
"""What is to be said of ASCII under the name of such a set."""


class Reading(NamedTuple):
    """How a site's messages are read: `charset` goes before MSH-18."""

    charset: str = ""
    limits: Limits = Limits()


_USUAL = Reading()


class Message:
    """A message read. `text` is the whole of `raw`, `encoding` its Python codec, `offset` the byte of its MSH in the file."""

    __slots__ = ("_starts", "delimiters", "encoding", "findings", "offset", "raw", "segments", "split", "text")

    def __init__(self, raw: bytes, offset: int, text: str, encoding: str, delimiters: Delimiters, split: Split, findings: list[Finding]) -> None:
        self.raw, self.offset, self.text, self.encoding = raw, offset, text, encoding
        self.delimiters, self.split, self.segments, self.findings = delimiters, split, split.segments, findings
        self._starts: list[Start] | None = None

    @property
    def item(self) -> str:
        return f"{self.offset}.MSH"

    @property
    def refused(self) -> bool:
        """Over a limit: only its MSH was read."""
        return any(finding.outcome == "refused" for finding in self.findings)

    def offset_of(self, segment: Segment) -> int:
        """Byte offset of a segment in the file."""
        return self.offset + self._start(segment).byte

    def _start(self, segment: Segment) -> Start:
        if self._starts is None:
            self._starts = starts_of(self.raw, self.text, self.encoding, self.split.places())
        return self._starts[segment.ordinal - 1]

    def place(self, segment: Segment, field: int = 0, repetition: int = 0, component: int = 0, subcomponent: int = 0) -> tuple[int, int]:
        """Bytes [start, end) in the file of a field or a part of it; 0 is the whole of it, else they count from 1.

        What is not there has no length and stands where it would.
        """
        begin = self._start(segment)
        start, text = begin.character, segment.text
        if field:
            at, text = _field(segment, field)
            start += at
        marks = self.delimiters
        for number, mark in ((repetition, marks.repetition), (component, marks.component), (subcomponent, marks.subcomponent)):
            if number:
                at, text = _part(text, mark, number)
                start += at
        first, end = (self.offset + begin.byte + self._bytes(begin, character) for character in (start, start + len(text)))
        return first, end

    def _bytes(self, start: Start, character: int) -> int:
        return byte_length(self.raw, self.text, self.encoding, start, character)


def _part(text: str, mark: str, number: int) -> tuple[int, str]:
    """(offset, text) of a part counted from 1."""
    parts = text.split(mark) if mark else [text]
    if number > len(parts):
        return len(text), ""
    return sum(map(len, parts[: number - 1])) + number - 1, parts[number - 1]


def _field(segment: Segment, number: int) -> tuple[int, str]:
    """(offset in the segment, text) of a field. MSH-1 is the separator itself, so it takes no separator of its own."""
    fields = segment.fields
    if number >= len(fields):
        return len(segment.text), ""
    before = sum(map(len, fields[:number])) + number
    if segment.ordinal == 1:
        before -= 1 if number == 1 else 2
    return before, fields[number]


def read(raw: bytes, offset: int = 0, reading: Reading = _USUAL) -> Message:
    """The message in `raw`, from its MSH to the end of its last segment; `offset` is its place in the file. Never raises on any bytes."""
    wide = wide_start(raw[:_WIDEST]) if b"\0" in raw[:2] else None
    text = decode_ascii(raw) if wide is None else None
    encoding = code = ""
    if text is None:
        text, encoding, code = decode_wide(raw, wide.encoding) if wide else decode(raw, charset_field(raw), reading.charset)
    body = text.rstrip("\r\n")
    field = body[3:4] or "|"
    limits = reading.limits
    parts = None if len(body) > limits.fields and body.count(field) >= limits.fields else split(body, field, limits.segments)
    if parts is None:
        return _refused(raw, offset, text, field, encoding)
    header = parts.segments[0].fields
    delimiters, codes = delimiters_of(field, header[2] if len(header) > 2 else "")
    if not encoding:
        named = encoding_of(reading.charset or (header[18] if len(header) > 18 else ""))
        encoding, code = (named, "") if named and named != WIDE else ("ascii", _OF_ASCII.get(named, ""))
    message = Message(raw, offset, text, encoding, delimiters, parts, _NO_FINDINGS)
    ended = len(body) < len(text)
    if parts.issues or codes or code or not ended:
        message.findings = _findings(message, code, parts.issues, codes, ended, reading)
    return message


def charset_field(raw: bytes) -> str:
    """MSH-18 as it stands, in bytes of one character each."""
    end = raw.find(b"\r")
    head = raw[: end if end >= 0 else 4096]
    parts = head.split(raw[3:4] or b"|", 18)
    return parts[17].partition(b"\n")[0].decode("latin-1") if len(parts) > 17 else ""


def _refused(raw: bytes, offset: int, text: str, field: str, encoding: str) -> Message:
    """A message over a limit, with what its first bytes say of its MSH."""
    head = text[:4096].partition("\r")[0].partition("\n")[0]
    parts = Split([Segment("MSH", head, 1, [head[:3], field, *head.split(field)[1:]])], [])
    header = parts.segments[0].fields
    delimiters, _ = delimiters_of(field, header[2] if len(header) > 2 else "")
    at = Location(1, "MSH", offset=offset)
    return Message(raw, offset, text, encoding or "ascii", delimiters, parts, [finding("V2_SEGMENT_LIMIT", at, f"{offset}.MSH")])


def finding(code: str, at: Location, item: str | None = None, place: str = "") -> Finding:
    """A finding of this code with its default severity, scope and outcome."""
    kind = FINDINGS[code]
    return Finding(code, kind.severity, kind.scope, kind.outcome, kind.text.format(place=place), at, item, kind.snip)


def _findings(message: Message, code: str, issues: list[Issue], codes: tuple[str, ...], ended: bool, reading: Reading) -> list[Finding]:
    out: list[Finding] = []
    if code:
        named_by = "The site" if reading.charset else "MSH-18"
        out.append(finding(code, *_in_header(message, _CHARSET), named_by if code == "V2_CHARSET_UNKNOWN" else message.encoding))
    out += [finding(one, *_in_header(message, _ENCODING_CHARACTERS)) for one in codes]
    for issue in issues[: reading.limits.findings]:
        out.append(finding(issue.code, *_where(message, issue.ordinal)))
    last = message.segments[-1]
    if not ended:
        code = "V2_TRUNCATED" if stops_early(last, message.delimiters) else "V2_UNTERMINATED"
        out.append(finding(code, *_where(message, last.ordinal)))
    return out


def _in_header(message: Message, field: int) -> tuple[Location, str]:
    """(location, item) of a finding about a field of MSH."""
    return Location(1, "MSH", field, offset=message.place(message.segments[0], field)[0]), message.item


def _where(message: Message, ordinal: int) -> tuple[Location, str, str]:
    """(location, item, place) of a finding about a segment. An identifier that is none is no place to name."""
    segment = message.segments[ordinal - 1]
    tag = segment.tag if len(segment.tag) == 3 else None
    return Location(ordinal, tag, offset=message.offset_of(segment)), message.item, tag or "a segment"
