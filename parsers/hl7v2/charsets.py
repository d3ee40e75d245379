"""Character sets of messages: which MSH-18 names, which the bytes are in, and where a character of the text stands in the bytes.

Names are those of HL7 table 0211. A text is always decoded so that every byte counts: what the named set cannot hold is read in another one,
with a finding, and never replaced.
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import NamedTuple

_LATIN = {"8859/1": "iso8859-1", "8859/11": "iso8859-11", "8859/15": "iso8859-15"} | {f"8859/{part}": f"iso8859-{part}" for part in range(2, 10)}
_WIDE_NAMED = "wide"
"""A set of two or four bytes a character: seen in the bytes themselves, so a message that is not in it contradicts its MSH-18."""
_JAPANESE = "iso2022_jp_ext"
"""All the sets of ISO IR13, IR14, IR87 and IR159, by escape sequences."""
_NAMES = {
    **_LATIN,
    "ASCII": "ascii",
    "ISO IR6": "ascii",
    "ISO IR14": _JAPANESE,
    "ISO IR13": _JAPANESE,
    "ISO IR87": _JAPANESE,
    "ISO IR159": _JAPANESE,
    "UNICODE": "utf-8",
    "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8",
    "UTF8": "utf-8",
    "UNICODE UTF-16": _WIDE_NAMED,
    "UNICODE UTF-32": _WIDE_NAMED,
    "GB 18030-2000": "gb18030",
    "GB18030": "gb18030",
    "KS X 1001": "euc_kr",
    "BIG-5": "big5",
    "BIG5": "big5",
}
_ONE_TO_ONE = frozenset({"utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"})
"""Encodings that give back the bytes a text was decoded from, whatever part of it is encoded."""
_BLANKS = re.compile(r"[\s_]+")
_REGISTERED = re.compile(r"ISO IR[ -]?(?=\d)")
_SINGLE_OR_MULTI_BYTE = re.compile(r"cp\d+|iso8859-\d+|iso2022_\w+|koi8-\w|mac-\w+|(?:shift_jis|euc_|gb|big5|tis-)\w*|utf-8|ascii")
_C1 = re.compile("[\x80-\x9f]")
_LINES = re.compile(rb"[^\r\n]*[\r\n]|[^\r\n]+")
_STEP = 4096

WINDOWS = "cp1252"
_WINDOWS_TABLE = "".join(bytes([byte]).decode(WINDOWS, "replace").replace("�", chr(byte)) for byte in range(256))
"""Windows-1252 with the five bytes it leaves undefined as control characters, so that any bytes can be read."""

_WIDE = (("utf-32-le", 4), ("utf-32-be", 4), ("utf-16-le", 2), ("utf-16-be", 2))
_WIDE_MARKS = tuple(("\ufeff".encode(encoding), encoding, width) for encoding, width in _WIDE)
_WIDE_STARTS = tuple((tag.encode(encoding), encoding, width) for encoding, width in _WIDE for tag in ("MSH", "FHS", "BHS"))


class Decoded(NamedTuple):
    """A text, the encoding it was read in, and the finding code that gives, if any."""

    text: str
    encoding: str
    code: str = ""


class Wide(NamedTuple):
    """Text in UTF-16 or UTF-32: the byte at which its characters start, its encoding, bytes of a unit, and whether a byte-order mark says so."""

    start: int
    encoding: str
    width: int
    marked: bool


def wide_start(head: bytes) -> Wide | None:
    """What the first bytes of a file or message say, when they are in units of two or four bytes."""
    if b"\0" not in head and head[:1] not in (b"\xff", b"\xfe"):
        return None
    for mark, encoding, width in _WIDE_MARKS:
        if head.startswith(mark):
            return Wide(len(mark), encoding, width, True)
    found = [Wide(at % width, encoding, width, False) for tag, encoding, width in _WIDE_STARTS if (at := head.find(tag)) >= 0]
    return min(found, key=lambda wide: wide.start, default=None)


def narrow(block: bytes, encoding: str, width: int) -> bytes:
    """One byte for each unit of `width` bytes: its value below 256, else 0xFF. Separators are all there, at the same place."""
    if len(block) % width:
        block = block[: len(block) - len(block) % width]
    low = 0 if encoding.endswith("le") else width - 1
    high = [block[at::width] for at in range(width) if at != low]
    out = int.from_bytes(block[low::width], "big")
    for part in high:
        if part.count(0) != len(part):
            out |= int.from_bytes(part.translate(_ANY_HIGH), "big")
    return out.to_bytes(len(block) // width, "big")


_ANY_HIGH = bytes([0]) + b"\xff" * 255


@lru_cache(maxsize=256)
def encoding_of(name: str) -> str | None:
    """The Python codec of a set as table 0211, or a site, names it; "" for no name, None for one that is not known.

    MSH-18 may repeat: the first is the set of the message, the others what escape sequences switch to, so a Japanese one decides.
    """
    names = [_REGISTERED.sub("ISO IR", one) for part in name.split("~") if (one := _BLANKS.sub(" ", part).strip().upper())]
    if not names:
        return ""
    known = [_NAMES.get(one) or _NAMES.get(one.replace("ISO ", "").replace("8859-", "8859/")) or _codec(one) for one in names]
    return _JAPANESE if _JAPANESE in known else known[0]


def _codec(name: str) -> str | None:
    """A set that only Python knows by this name, as `windows-1250` in a site's settings. Codecs that are no character sets do not count."""
    try:
        found = codecs.lookup(name.replace(" ", "-")).name
    except (LookupError, ValueError):
        return None
    return found if _SINGLE_OR_MULTI_BYTE.fullmatch(found) else None


def decode(raw: bytes, name: str, forced: str = "") -> Decoded:
    """The text of a message. `name` is MSH-18 as it stands, `forced` the site's set, which goes before it. Never raises.

    Without a name: strict UTF-8, then Windows-1252. A set that the bytes contradict is read like none;
    so is 8859/1 where the bytes are UTF-8, or hold control characters that are letters in Windows-1252.
    """
    encoding = encoding_of(forced or name)
    if encoding is None:
        return _guess(raw)._replace(code="V2_CHARSET_UNKNOWN")
    if encoding == "":
        return _guess(raw)
    if encoding == _WIDE_NAMED:
        return _guess(raw)._replace(code="V2_CHARSET_WRONG")
    try:
        text = raw.decode(encoding)
    except ValueError:
        return _guess(raw)._replace(code="V2_CHARSET_WRONG")
    if encoding == "iso8859-1" and not forced and not raw.isascii():
        guessed = _guess(raw)
        if guessed.encoding == "utf-8" or _C1.search(text):
            return guessed._replace(code="V2_CHARSET_WRONG")
    return Decoded(text, encoding)


def decode_ascii(raw: bytes) -> str | None:
    """The text of bytes that every set reads alike, as nearly all are: ASCII without escape sequences; None for others."""
    return raw.decode("ascii") if raw.isascii() and b"\x1b" not in raw else None


def decode_wide(raw: bytes, encoding: str) -> Decoded:
    return Decoded(raw.decode(encoding, "replace"), encoding, "V2_CHARSET_WIDE")


def _guess(raw: bytes) -> Decoded:
    if raw.isascii():
        return Decoded(raw.decode("ascii"), "ascii")
    try:
        return Decoded(raw.decode("utf-8"), "utf-8", "V2_CHARSET_GUESSED")
    except UnicodeDecodeError:
        return Decoded(_windows(raw), WINDOWS, "V2_CHARSET_GUESSED")


def _windows(raw: bytes) -> str:
    return codecs.charmap_decode(raw, "strict", _WINDOWS_TABLE)[0]


def byte_length(raw: bytes, text: str, encoding: str, start: int, count: int) -> int:
    """Bytes that `count` characters of `text` from `start` take in `raw`, whose byte 0 is character 0."""
    if len(raw) == len(text):
        return count  # no character takes less than a byte, so here each takes one
    if encoding in _ONE_TO_ONE:
        return len(text[start : start + count].encode(encoding))
    return _position(raw, encoding, start + count) - _position(raw, encoding, start)


def byte_places(raw: bytes, text: str, encoding: str, places: list[int]) -> list[int]:
    """Bytes at which these ascending places of `text` stand in `raw`, in one pass. In its line, each has only blanks before it."""
    if len(raw) == len(text):
        return places
    if encoding in _ONE_TO_ONE:
        lengths = [len(text[one:other].encode(encoding)) for one, other in pairwise([0, *places])]
        return list(accumulate(lengths))
    decoder = codecs.getincrementaldecoder(encoding)()
    found: list[int] = []
    characters = 0
    for line in _LINES.finditer(raw):  # no set has line ends inside a character
        behind = characters + len(decoder.decode(line[0]))
        while len(found) < len(places) and places[len(found)] < behind:
            found.append(line.start() + places[len(found)] - characters)
        characters = behind
    return found + [len(raw)] * (len(places) - len(found))


def _position(raw: bytes, encoding: str, characters: int) -> int:
    """Offset in `raw` behind this many characters: by decoding in steps, because not every set gives its bytes back."""
    decoder = codecs.getincrementaldecoder(encoding)()
    at = done = 0
    while at < len(raw):
        state = decoder.getstate()
        got = len(decoder.decode(raw[at : at + _STEP]))
        if done + got >= characters:
            decoder.setstate(state)
            break
        at, done = at + _STEP, done + got
    while done < characters and at < len(raw):
        done += len(decoder.decode(raw[at : at + 1]))
        at += 1
    return min(at, len(raw))
