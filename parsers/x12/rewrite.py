"""A file again, under a partner's profile: segment by segment, in constant memory; what cannot be written as wanted is a finding, never replaced.

Segments keep their content: only delimiters, line breaks, character encoding, empty ends and the envelope change, so the file written reads to
equal events. Counts stay as the sender wrote them. The file is read twice: first all that stands against writing is found, then it is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from parsers.x12.delimiters import Delimiters
from parsers.x12.plan import ReadAt
from parsers.x12.profile import CANDIDATES, CHARACTERS, Profile
from parsers.x12.segments import Piece, pieces
from schemas.codes.findings import FINDINGS
from schemas.envelope import Finding, Location

LONGEST = 1 << 20
"""Bytes of a segment that is still written; binary data do not count."""
MOST_FINDINGS = 100
_BLOCK = 1 << 18


def rewrite(read_at: ReadAt, size: int, profile: Profile) -> Iterator[bytes | Finding]:
    """Bytes of the file under the profile; or, if anything stands against it, findings (at most MOST_FINDINGS) and no byte at all."""
    survey = _Survey()
    for piece in pieces(read_at, size, LONGEST):
        survey.add(piece)
    wanted = _targets(profile, survey)
    findings = _against(read_at, size, profile, wanted, survey)
    yield from findings
    if not findings:
        yield from _written(read_at, size, profile, wanted)


class _Survey:
    """What the data of a file hold, by interchange delimiters: which characters, and whether anything stands outside."""

    def __init__(self) -> None:
        self.by_source: dict[Delimiters, set[int]] = {}
        self.outside = False
        self.interchanges = 0

    def add(self, piece: Piece) -> None:
        if piece.outside:
            self.outside = True
        elif piece.text:
            self.interchanges += piece.isa is not None
            held = self.by_source.setdefault(piece.delimiters, set())
            for text in _data(piece):
                held.update(text)

    def data(self, source: Delimiters) -> set[int]:
        """Character codes in the data of interchanges with these delimiters, the delimiters themselves left out."""
        return self.by_source.get(source, set()) - {ord(mark) for mark in "".join(source[:3])}


def _data(piece: Piece) -> list[bytes]:
    """The text of a segment; of an ISA the elements that are no delimiters."""
    if piece.isa is None:
        return [piece.text]
    elements = piece.text.split(piece.delimiters.element.encode("latin-1"), 16)
    return [element for number, element in enumerate(elements) if number not in _ISA_DELIMITERS]


_ISA_DELIMITERS = frozenset({11, 16})


def _targets(profile: Profile, survey: _Survey) -> Callable[[Delimiters], Delimiters]:
    """The delimiters to write for those of the source. A profile that lets them be chosen gets the first that no data hold."""
    if profile.delimiters is None:
        return lambda source: source
    wanted = profile.delimiters
    if not profile.choose:
        return lambda _source: wanted
    used = set[int]().union(*(survey.data(source) for source in survey.by_source))
    chosen: list[str] = []
    for mark in wanted:
        free = (one for one in (mark, *CANDIDATES) if ord(one) not in used and one not in chosen and (one == mark or one not in wanted))
        chosen.append(next(free, mark) if mark else mark)
    target = Delimiters(*chosen)
    return lambda _source: target


# -- what stands against it


def _against(read_at: ReadAt, size: int, profile: Profile, targets: Callable[[Delimiters], Delimiters], survey: _Survey) -> list[Finding]:
    allowed = CHARACTERS.get(profile.charset or "")
    suspects = {source for source in survey.by_source if _suspect(source, targets(source), survey.data(source), allowed, profile.charset)}
    if not suspects and not survey.outside and survey.interchanges:
        return []
    findings: list[Finding] = []
    if not survey.interchanges:
        findings.append(_finding("WRITE_OUTSIDE", Location(offset=0)))
    ordinal = 0
    for piece in pieces(read_at, size, LONGEST):
        ordinal = 1 if piece.text.startswith(b"ST" + piece.delimiters.element.encode("latin-1")) else ordinal + 1 if ordinal else 0
        if piece.outside and survey.interchanges:
            findings.append(_finding("WRITE_OUTSIDE", Location(offset=piece.offset)))
        elif piece.delimiters in suspects and piece.text:
            findings += _of_segment(piece, targets(piece.delimiters), ordinal or None, allowed, profile.charset)
        if len(findings) >= MOST_FINDINGS:
            break
    return findings[:MOST_FINDINGS]


def _suspect(source: Delimiters, target: Delimiters, data: set[int], allowed: frozenset[int] | None, charset: str | None) -> bool:
    if any(ord(mark) in data for mark in "".join(target)) or (source.repetition and not target.repetition):
        return True
    return (allowed is not None and not data <= allowed) or (charset == "latin-1" and max(data, default=0) > _LAST_ASCII)


_LAST_ASCII = 127


def _of_segment(piece: Piece, target: Delimiters, ordinal: int | None, allowed: frozenset[int] | None, charset: str | None) -> Iterator[Finding]:
    source = piece.delimiters
    own = set("".join(source[:3]))
    marks = set("".join(target)) - own
    tag, *elements = piece.text.decode("latin-1").split(source.element)
    for number, element in enumerate(elements, 1):
        if piece.isa is not None and number in _ISA_DELIMITERS:
            continue
        if source.repetition and source.repetition in element and not target.repetition:
            yield _finding("WRITE_REPETITION", Location(ordinal, tag, number, offset=piece.offset))
        for component, text in enumerate(element.split(source.component), 1):
            at = Location(ordinal, tag, number, component if source.component in element else None, piece.offset)
            if any(mark in text for mark in marks):
                yield _finding("WRITE_DELIMITER", at)
            plain = {ord(one) for one in text if one not in own}
            if (allowed is not None and not plain <= allowed) or (charset == "latin-1" and not _fits_latin(text)):
                yield _finding("WRITE_CHARACTER", at)


def _fits_latin(text: str) -> bool:
    """Whether text (bytes as latin-1) can be written in latin-1 and is read as the same again."""
    if text.isascii():
        return True
    try:
        written = _decoded(text.encode("latin-1")).encode("latin-1")
    except UnicodeEncodeError:
        return False
    return _decoded(written) == _decoded(text.encode("latin-1"))


def _finding(code: str, at: Location) -> Finding:
    kind = FINDINGS[code]
    element = f"{at.element:02d}" if at.element is not None else ""
    place = f"{at.tag or 'A segment'}{element}" + (f"-{at.component}" if at.component is not None else "")
    return Finding(code, kind.severity, kind.scope, kind.outcome, kind.text.format(place=place), at, None, kind.snip)


# -- writing


def _written(read_at: ReadAt, size: int, profile: Profile, targets: Callable[[Delimiters], Delimiters]) -> Iterator[bytes]:
    envelope = _Envelope(profile)
    for piece in pieces(read_at, size, LONGEST):
        target = targets(piece.delimiters)
        layout = piece.gap if profile.newline is None else b""
        if not piece.text:
            blank = target.terminator.encode("latin-1") if piece.ended and not piece.outside and profile.newline is None else b""
            yield layout + blank
            continue
        text = _translated(envelope.segment(piece, target), piece, target, profile)
        end = target.terminator.encode("latin-1") if piece.ended else b""
        newline = (profile.newline or "").encode("ascii") if piece.ended and target.terminator not in "\r\n" else b""
        if piece.data is None:
            yield layout + text + end + newline
        else:
            yield layout + text
            start, length = piece.data
            for at in range(start, start + length, _BLOCK):
                yield read_at(at, min(_BLOCK, start + length - at))
            yield end + newline


def _translated(text: str, piece: Piece, target: Delimiters, profile: Profile) -> bytes:
    source = piece.delimiters
    if piece.isa is None and profile.trim:
        text = _trimmed(text, source)
    if target != source and piece.isa is None:
        pairs = zip(source[:3], target[:3], strict=True)
        text = text.translate({ord(old): new for old, new in pairs if old})
    raw = text.encode("latin-1")
    if profile.charset in ("latin-1", "utf-8") and not text.isascii():
        raw = _decoded(raw).encode(profile.charset)
    return raw


def _decoded(raw: bytes) -> str:
    """As the reader takes it: UTF-8 where it is that, else latin-1."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _trimmed(text: str, source: Delimiters) -> str:
    elements = text.split(source.element)
    kept = [elements[0], *(element.rstrip(source.component) for element in elements[1:])]
    return source.element.join(kept).rstrip(source.element)


class _Open(NamedTuple):
    """A control number as the source has it, and as it is written."""

    old: str
    new: str


class _Envelope:
    """Changes control segments as the profile says; closing segments follow what opened them, and a number that disagreed still does."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.numbers = {"ISA": profile.interchange, "GS": profile.group, "ST": profile.set}
        self.open: dict[str, _Open] = {}
        self.versions = dict(profile.versions)

    def segment(self, piece: Piece, target: Delimiters) -> str:
        """Text of a segment with the source's delimiters (an ISA with its new ones)."""
        text = piece.text.decode("latin-1")
        source = piece.delimiters
        if piece.isa is not None:
            return self._isa(piece, text, target)
        tag, _, _ = text.partition(source.element)
        change = _CHANGES.get(tag.strip())
        if change is None:
            return text
        elements = text.split(source.element)
        change(self, elements)
        return source.element.join(elements)

    def _isa(self, piece: Piece, text: str, target: Delimiters) -> str:
        """Widths stay; ISA11 is a delimiter only where the source has one there."""
        assert piece.isa is not None
        source, profile = piece.delimiters, self.profile
        elements = text.split(source.element, 16)
        if len(elements) < _ISA_PARTS:
            return text
        elements[16] = target.component + elements[16][1:]
        if source.repetition or (target.repetition and target != source and elements[12] >= _FIRST_WITH_REPETITION):
            elements[11] = target.repetition or "U"
        for number, value, width in (
            (5, profile.sender_qualifier, 2), (6, profile.sender, 15), (7, profile.receiver_qualifier, 2), (8, profile.receiver, 15),
            (14, profile.acknowledgment, 1), (15, profile.usage, 1),
        ):  # fmt: skip
            if value:
                elements[number] = value.ljust(width)
        elements[13] = self._number("ISA", elements[13], 9)
        return target.element.join(elements)

    def _number(self, tag: str, old: str, width: int = 1) -> str:
        number = self.numbers[tag]
        if number is None:
            return old
        self.numbers[tag] = number + 1
        new = f"{number:0{width}d}"
        self.open[tag] = _Open(old.strip(), new)
        return new

    def gs(self, elements: list[str]) -> None:
        if len(elements) <= _GS_VERSION:
            return
        elements[2] = self.profile.application_sender or elements[2]
        elements[3] = self.profile.application_receiver or elements[3]
        elements[6] = self._number("GS", elements[6])
        elements[8] = self.versions.get(elements[8], elements[8])
        self.numbers["ST"] = self.profile.set

    def st(self, elements: list[str]) -> None:
        if len(elements) > _NUMBER:
            elements[2] = self._number("ST", elements[2], 4)
        if len(elements) > _NUMBER + 1:
            elements[3] = self.versions.get(elements[3], elements[3])

    def closing(self, elements: list[str]) -> None:
        opened = self.open.get(_OPENS[elements[0].strip()])
        if opened is not None and len(elements) > _NUMBER and elements[2].strip() == opened.old:
            elements[2] = opened.new


_ISA_PARTS, _GS_VERSION, _NUMBER = 17, 8, 2
_FIRST_WITH_REPETITION = "00402"
_OPENS = {"SE": "ST", "GE": "GS", "IEA": "ISA"}
_CHANGES: dict[str, Callable[[_Envelope, list[str]], None]] = {
    "GS": _Envelope.gs, "ST": _Envelope.st, "SE": _Envelope.closing, "GE": _Envelope.closing, "IEA": _Envelope.closing,
}  # fmt: skip

__all__ = ["MOST_FINDINGS", "Profile", "rewrite"]
