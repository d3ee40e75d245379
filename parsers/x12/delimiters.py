"""Delimiters of an interchange, read from its ISA as it is and not as it should be (X12 5010 envelope, ISA 106 characters)."""

from typing import NamedTuple

BLANKS = " \t\r\n"
_BLANK_BYTES = BLANKS.encode("ascii")
_LONGEST_TERMINATOR = 8
_LONGEST_ISA = 256
ISA_WINDOW = 512
"""Bytes that must be at hand to read an ISA, padding lost or added."""


class Delimiters(NamedTuple):
    """Latin-1 text, so that one character is one byte. `repetition` is empty when there is none; a terminator may be several bytes."""

    element: str
    component: str
    repetition: str
    terminator: str


GUESSED = Delimiters("*", ":", "^", "~")


class Isa(NamedTuple):
    """An ISA read: `elements` ISA01 to ISA16, `length` with its terminator, `issues` the finding codes it gives."""

    delimiters: Delimiters
    elements: tuple[str, ...]
    length: int
    issues: tuple[str, ...]


def _terminator(after: bytes, element: str) -> str | None:
    """What stands between ISA16 and the next segment, without the line break that may follow a terminator."""
    ends = [at for tag in (b"GS", b"TA1", b"IEA") if (at := after.find(tag + element.encode("latin-1"))) >= 0]
    if not ends or min(ends) > _LONGEST_TERMINATOR + 4:
        return after[:1].decode("latin-1") or None
    found = after[: min(ends)]
    kept = found.rstrip(_BLANK_BYTES) or next((mark for mark in (b"\n", b"\r") if mark in found), found[:1])
    if len(kept) > 1 and after.count(kept) == 1 < after.count(kept[:1]):
        kept = kept[:1]  # stray bytes before the next segment, not a longer terminator
    return kept.decode("latin-1") if 0 < len(kept) <= _LONGEST_TERMINATOR else None


def read_isa(head: bytes) -> Isa | None:
    """The ISA at the start of `head` (ISA_WINDOW bytes or all there is); None when it cannot be read."""
    if len(head) < 20 or head[:3] != b"ISA" or head[3:4].isalnum():
        return None
    element = head[3:4].decode("latin-1")
    parts = head.split(head[3:4], 16)
    start = sum(len(part) + 1 for part in parts[:16])
    if len(parts) < 17 or start > _LONGEST_ISA:
        return None
    issues: list[str] = []
    component = head[start : start + 1].decode("latin-1")
    terminator = _terminator(head[start + 1 :], element)
    if head[start + 1 : start + 4] in (b"GS" + head[3:4], b"TA1", b"IEA"):
        terminator, component = component, ":"
        issues.append("ISA_LENGTH")
        start -= 1
    if not terminator or not component or component == element or component.isalnum():
        return None
    elements = tuple(part.decode("latin-1") for part in parts[1:16])
    if start != 104:
        issues.append("ISA_LENGTH")
    eleventh = elements[10]
    usable = len(eleventh) == 1 and not eleventh.isalnum() and not eleventh.isspace() and eleventh not in (element, component, terminator)
    if not usable and elements[11] >= "00402":
        issues.append("ISA_REPETITION")
    delimiters = Delimiters(element, component, eleventh if usable else "", terminator)
    return Isa(delimiters, (*elements, component), start + 1 + len(terminator), tuple(dict.fromkeys(issues)))


def guess(head: bytes) -> Delimiters | None:
    """Delimiters of a file that starts at GS or ST: the byte after the tag, and whatever stands before the next known tag."""
    size = 2
    if head[:2] not in (b"GS", b"ST") or len(head) < 8 or head[size : size + 1].isalnum():
        return None
    element = head[size : size + 1]
    following = (b"ST",) if head[:2] == b"GS" else (b"BHT", b"BPR", b"BGN", b"AK1")
    ends = [at for tag in following if (at := head.find(tag + element)) > 0]
    if not ends:
        return GUESSED._replace(element=element.decode("latin-1")) if b"~" in head else None
    before = head[: min(ends)].rstrip(_BLANK_BYTES) or head[: min(ends)]
    terminator = before[-1:]
    if terminator.isalnum() or terminator == element:
        terminator = head[min(ends) - 1 : min(ends)]
    component = next((mark for mark in (b":", b">", b"|", b"<", b"^") if mark in head and mark not in (element, terminator)), b":")
    return Delimiters(element.decode("latin-1"), component.decode("latin-1"), "", terminator.decode("latin-1"))
