r"""Escape sequences in the text of a field (HL7 v2 chapter 2, use of escape sequences). What is unknown or not closed stays as it was sent.

`\F\ \S\ \T\ \R\ \E\ \P\` stand for delimiters, `\Xhh..\` for bytes, `\Cxxyy\` and `\Mxxyyzz\` switch the character set. `\Zdd..\` is local and stays.
`\H\ \N\` and `\.br\` and its like format a text: they belong to it, and only `plain` turns them into line breaks and blanks.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from parsers.hl7v2.delimiters import Delimiters

_ASCII_SET = {"2842", "284A"}
_KNOWN = r"([FSTREP]|X(?:[0-9A-Fa-f]{2})+|C[0-9A-Fa-f]{4}|M[0-9A-Fa-f]{4}(?:[0-9A-Fa-f]{2})?)"
_FORMAT = re.compile(r"(?:br|sp(?:[ +]?\d{1,3})?|sk[ +]?\d{1,3}|ce|fi|nf|in[ +-]?\d{1,3}|ti[ +-]?\d{1,3})", re.IGNORECASE)
_LATIN_SETS = {"2D41": 1, "2D42": 2, "2D43": 3, "2D44": 4, "2D4C": 5, "2D47": 6, "2D46": 7, "2D48": 8, "2D4D": 9, "2D62": 15}
"""Final bytes of the escape sequences that ISO 2022 gives the right halves of ISO 8859."""
_NUMBER = re.compile(r"\d+")


@lru_cache(maxsize=64)
def _pattern(escape: str) -> re.Pattern[str]:
    mark = re.escape(escape)
    return re.compile(f"{mark}{_KNOWN}{mark}")


@lru_cache(maxsize=64)
def _formatting(escape: str) -> re.Pattern[str]:
    mark = re.escape(escape)
    return re.compile(f"{mark}(?:([HN])|\\.([A-Za-z]{{2}}[ +-]?\\d{{0,3}})){mark}")


def unescape(text: str, delimiters: Delimiters, encoding: str = "cp1252") -> str:
    """The text meant. `encoding` is that of the message, for hexadecimal bytes and for text between switches of the set."""
    escape = delimiters.escape
    if not escape or escape not in text:
        return text
    values = {
        "F": delimiters.field,
        "S": delimiters.component,
        "T": delimiters.subcomponent,
        "R": delimiters.repetition,
        "E": escape,
        "P": delimiters.truncation,
    }
    out: list[str] = []
    charset = ""
    at = 0
    for found in _pattern(escape).finditer(text):
        name = found[1]
        value = values.get(name) if len(name) == 1 else name
        if not value:
            continue  # stands for a delimiter that is not in use: no escape sequence here
        out.append(_in_set(text[at : found.start()], charset, encoding))
        at = found.end()
        if len(name) == 1:
            out.append(value)
        elif name[0] == "X":
            out.append(_hexadecimal(bytes.fromhex(name[1:]), encoding))
        else:
            charset = name[1:].upper()
    out.append(_in_set(text[at:], charset, encoding))
    return "".join(out)


def _hexadecimal(data: bytes, encoding: str) -> str:
    """Bytes of a hexadecimal escape: UTF-16 when pairs start with zero, as some senders write one character, else the message's set."""
    tries = ["utf-8", encoding, "latin-1"]
    if len(data) > 1 and len(data) % 2 == 0 and not data[0]:
        tries.insert(0, "utf-16-be")
    for codec in tries:
        try:
            return data.decode(codec)
        except (UnicodeDecodeError, LookupError):
            continue
    return ""


def _in_set(text: str, charset: str, encoding: str) -> str:
    """Text that stands behind a switch to the set of this escape sequence (hexadecimal, without ESC); as it is when it cannot be in it."""
    if not charset or not text or charset in _ASCII_SET:
        return text
    try:
        if charset in _LATIN_SETS:
            return text.encode(encoding).decode(f"iso8859-{_LATIN_SETS[charset]}")
        switched = b"\x1b" + bytes.fromhex(charset) + text.encode("latin-1") + b"\x1b(B"
        return switched.decode("iso2022_jp_ext")
    except ValueError:
        return text


def plain(text: str, delimiters: Delimiters, encoding: str = "cp1252") -> str:
    """As `unescape`, and formatting turned into line breaks and blanks; highlighting is dropped."""
    escape = delimiters.escape
    if not escape or escape not in text:
        return text
    pieces: list[str] = []
    at = 0
    for found in _formatting(escape).finditer(text):
        shown = "" if found[1] else _shown(found[2])
        if shown is None:
            continue
        pieces += (unescape(text[at : found.start()], delimiters, encoding), shown)
        at = found.end()
    pieces.append(unescape(text[at:], delimiters, encoding))
    return "".join(pieces)


def _shown(command: str) -> str | None:
    """What a formatting command looks like in plain text; None when it is none."""
    if not _FORMAT.fullmatch(command):
        return None
    number = _NUMBER.search(command)
    show = _SHOWN.get(command[:2].lower())
    return show(int(number[0]) if number else 1) if show else ""


_SHOWN: dict[str, Callable[[int], str]] = {
    "br": lambda _: "\n",
    "sp": lambda count: "\n" * count,
    "sk": lambda count: " " * count,
    "ce": lambda _: "\n",
}
