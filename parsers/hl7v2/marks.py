"""What ends a message in a file: headers, envelope segments and MLLP frame bytes, each judged by the few bytes around it."""

from __future__ import annotations

import re
from typing import NamedTuple

BEHIND, AHEAD = 24, 32
"""Bytes before and after a place by which it is judged, so how much of a block is looked at again with the next one."""
_NEEDLES = (b"MSH", b"BHS", b"FHS", b"BTS", b"FTS", b"\x0b", b"\x1c")
_SEPARATOR = rb"([!-/:-@\[-`{-~])"
_HEADER = re.compile(rb"(?:MSH|[BF]HS)" + _SEPARATOR + rb"((?:(?!\1)[!-~]){0,8})(?:\1|[\r\n\x0b\x1c]|\Z)")
_TRAILER = re.compile(rb"[BF]TS(?:" + _SEPARATOR + rb"|[ \t]*(?:[\r\n\x0b\x1c]|\Z))")
_LINE_START = re.compile(rb"(?:\A|[\r\n\x0b\x1c])([ \t]{0,16}|\xef\xbb\xbf)\Z")
_FRAME_START = re.compile(rb"\x0b(?:\xef\xbb\xbf|[ \t\r\n]{0,16})(?:MSH|[BF]HS|\x1c)")
_FRAME_END = re.compile(rb"\x1c(?:[\r\n\x0b]|\Z)")
_USUAL = b"^~\\&"
BAR = b"|"
_PLAIN_HEADER = b"MSH|"
FOLLOWING = b"\rMSH|^~\\&|"
"""What most messages of a file start with, and what ends the one before them."""


class Mark(NamedTuple):
    """`kind`: MSH, FHS, BHS, BTS, FTS, or "" for a frame byte.

    It reaches from `start`, with the blanks or the byte-order mark (`marked`) before its segment at `at`.
    """

    start: int
    at: int
    kind: str
    separator: bytes = b""
    marked: bool = False

    @property
    def end(self) -> int:
        return self.at + (len(self.kind) or 1)


def places(window: bytes, low: int, high: int) -> list[int]:
    """Where a mark may be, at or after `low` and before `high`, in order."""
    found: list[int] = []
    for needle in _NEEDLES:
        reach = high + len(needle) - 1
        at = window.find(needle, low, reach)
        while at >= 0:
            found.append(at)
            at = window.find(needle, at + 1, reach)
    found.sort()
    return found


def alone(raw: bytes) -> bool:
    """These bytes are one message from the first byte on, without anything that may be a mark behind it."""
    if not raw.startswith(_PLAIN_HEADER) and not (raw.startswith(b"MSH") and _HEADER.match(raw)):
        return False
    for needle in _NEEDLES:  # noqa: SIM110 - a third quicker than any() over a generator, on the way of every message
        if raw.find(needle, 3) >= 0:
            return False
    return True


def mark_at(window: bytes, at: int, separators: bytes) -> Mark | None:
    """The mark at this place of the window, if it is one. `separators` are those of the last headers, of which a trailer must have one.

    At the start of a line a header is known by its separator, whatever its MSH-2 holds, or by the form of its MSH-2; amid a line by the usual MSH-2
    alone: a message must never be taken for a part of the one before it.
    """
    if window[at] < 32:
        frame = _FRAME_START if window[at] == 0x0B else _FRAME_END
        return Mark(at, at, "") if frame.match(window, at) else None
    kind = window[at : at + 3].decode("ascii")
    before = _before(window, at)
    if kind[1] == "T":
        trailer = _TRAILER.match(window, at)
        if trailer is None or before is None or (trailer[1] is not None and trailer[1] not in separators):
            return None
        return Mark(at - len(before), at, kind, trailer[1] or separators[:1])
    header = _HEADER.match(window, at)
    separator = window[at + 3 : at + 4]
    if before is None and (header is None or header[2] != _USUAL):
        return None
    if header is None and (not separator or separator not in BAR + separators):
        return None
    before = before or b""
    return Mark(at - len(before), at, kind, separator, before[:1] == b"\xef")


def _before(window: bytes, at: int) -> bytes | None:
    """The blanks or the byte-order mark between the start of the line and this place; None amid a line."""
    if at == 0 or window[at - 1] in b"\r\n\x0b\x1c":
        return b""
    found = _LINE_START.search(window[max(0, at - BEHIND) : at])
    return found[1] if found else None
