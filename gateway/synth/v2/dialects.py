"""HL7 v2 as senders get it wrong, or only otherwise: one way a file, with what is found in it, and what a site says so that it is read as meant."""

from collections.abc import Callable
from typing import Any, NamedTuple

Segments = list[str]
Change = Callable[[Segments], Segments]

_LATIN = "M\u00dcLLER"
_OWN_SEPARATORS = str.maketrans("|^~\\&", "#$@!*")


class Dialect(NamedTuple):
    """`findings`: of a site that says nothing, and `left` of one with the `profile`. `patient` is the number that the profile chooses, where it is
    another; `edge` stands before and behind each message, `cut` bytes are missing at the end of the file."""

    name: str
    says: str
    change: Change
    findings: tuple[str, ...] = ()
    profile: dict[str, Any] = {}  # noqa: RUF012 - a default that nobody changes
    left: tuple[str, ...] = ()
    patient: str | None = None
    encoding: str = "utf-8"
    end: str = "\r"
    opening: bytes = b""
    edge: tuple[bytes, bytes] = (b"", b"")
    cut: int = 0


def edited(tag: str, number: int, edit: Callable[[str], str]) -> Change:
    """The field of every such segment, which may not reach so far."""

    def change(segments: Segments) -> Segments:
        changed = []
        for one in segments:
            fields = one.split("|")
            if fields[0] == tag:
                at = number - 1 if tag == "MSH" else number
                fields += [""] * (at + 1 - len(fields))
                fields[at] = edit(fields[at])
            changed.append("|".join(fields))
        return changed

    return change


def put(tag: str, number: int, text: str) -> Change:
    return edited(tag, number, lambda _: text)


def several(*changes: Change) -> Change:
    def change(segments: Segments) -> Segments:
        for one in changes:
            segments = one(segments)
        return segments

    return change


def nothing(segments: Segments) -> Segments:
    return segments


def _added(text: str) -> Change:
    return lambda segments: [*segments, text]


def _swapped(segments: Segments) -> Segments:
    """The diagnoses behind the insurance."""
    return sorted(segments, key=lambda one: one.startswith("DG1"))


def _separated(segments: Segments) -> Segments:
    return [one.translate(_OWN_SEPARATORS) for one in segments]


def _small(segments: Segments) -> Segments:
    return [one.replace("GT1", "gt1", 1) if one.startswith("GT1") else one for one in segments]


_GREETED = put("PID", 5, f"{_LATIN}^ADA^^^^^L")
_UNNAMED_SET = several(_GREETED, put("MSH", 18, ""))
_LATIN_SITE = {"charset": "ISO-8859-1"}


def dialects(medical_record: str, authority: str) -> tuple[Dialect, ...]:
    """Of a patient with this number of this authority."""
    community = f"C-77^^^EXCHANGE~{medical_record}^^^{authority}"
    by_authority = {"identifiers": {"patient": [{"field": "PID-3", "authority": authority}]}}
    by_old_field = {"identifiers": {"patient": [{"field": "PID-2"}]}}
    in_old_field = several(put("PID", 2, medical_record), put("PID", 3, ""))
    missing, guessed = "V2_FIELD_MISSING", "V2_IDENTIFIER_GUESSED"
    return (
        Dialect("latin-1", "Latin-1, and MSH-18 names nothing", _UNNAMED_SET, ("V2_CHARSET_GUESSED",), _LATIN_SITE, encoding="iso-8859-1"),
        Dialect("not-utf-8", "MSH-18 says UTF-8 and it is Latin-1", _GREETED, ("V2_CHARSET_WRONG",), _LATIN_SITE, encoding="iso-8859-1"),
        Dialect("utf-16", "two bytes a character", _UNNAMED_SET, ("V2_CHARSET_WIDE",), encoding="utf-16-le"),
        Dialect("byte-order-mark", "UTF-8 with a byte order mark", nothing, ("FILE_BOM",), opening=b"\xef\xbb\xbf"),
        Dialect("line-feeds", "LF ends a segment", nothing, ("V2_LINE_ENDS",), end="\n"),
        Dialect("both-ends", "CR and LF end a segment", nothing, ("V2_LINE_ENDS",), end="\r\n"),
        Dialect("no-last-end", "the last segment has no end", nothing, ("V2_UNTERMINATED",), cut=1),
        Dialect("wrapped", "a segment end inside a street", put("GT1", 5, "12 OAK ST\rREAR^^MIAMI^FL"), ("V2_LINE_WRAPPED",)),
        Dialect("frames", "MLLP frame bytes left in the file", nothing, ("V2_FRAME_BYTES",), edge=(b"\x0b", b"\x1c\r")),
        Dialect("own-separators", "other separators than everybody's", _separated),
        Dialect("z-segments", "a segment of the site's own", _added("ZVN|1|ALT-42|NORTH"), profile={"fields": {"ZVN-2": "extensions.alternate"}}),
        Dialect("old-version", "2.3, MSH-9 without a structure", several(edited("MSH", 9, lambda text: text[:7]), put("MSH", 12, "2.3"))),
        Dialect("no-trigger", "MSH-9 names no event", edited("MSH", 9, lambda text: text[:3]), ("V2_TRIGGER_MISSING",)),
        Dialect("no-zone", "times without an offset", edited("MSH", 7, lambda text: text[:14])),
        Dialect("no-control-id", "MSH-10 is empty", put("MSH", 10, ""), ("V2_CONTROL_ID_MISSING",)),
        Dialect("mrn-in-pid-2", "the record number in PID-2", in_old_field, (missing, guessed), by_old_field, (missing,)),
        Dialect("untyped-numbers", "numbers without a type, another one first", put("PID", 3, community), (guessed,), by_authority),
        Dialect("no-mrn", "no number of the patient", put("PID", 3, ""), (missing, "V2_IDENTIFIER_MISSING"), patient=""),
        Dialect("local-class", "PV1-2 in the sender's words", put("PV1", 2, "OUT"), ("V2_CODE",), {"codes": {"PV1-2": {"OUT": "O"}}}),
        Dialect("no-such-day", "born on 31 February", put("PID", 7, "19820231"), ("V2_DATE",)),
        Dialect("open-escape", "an escape sequence without end", put("IN1", 4, "PLAN \\T OF ALL"), ("V2_ESCAPE",)),
        Dialect("bare-ampersand", "an & that was not escaped", put("IN1", 4, "PLAN & SONS")),
        Dialect("nulls", "explicit nulls", put("PID", 13, '""')),
        Dialect("swapped", "segments in another order", _swapped, ("V2_SEGMENT_ORDER",)),
        Dialect("small-letters", "a segment name in lower case", _small, ("V2_SEGMENT_CASE",)),
    )
