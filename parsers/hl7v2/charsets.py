"""Character sets of messages: which MSH-18 names, which the bytes are in, and where a character of the text stands in the bytes.

Names are those of HL7 table 0211. A text is always decoded so that every byte counts: what the named set cannot hold is read in another one,
with a finding, and never replaced.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from functools import lru_cache, partial
from itertools import accumulate, pairwise, repeat
from typing import NamedTuple

_LATIN = {"8859/1": "iso8859-1", "8859/11": "iso8859-11", "8859/15": "iso8859-15"} | {f"8859/{part}": f"iso8859-{part}" for part in range(2, 10)}
WIDE = "wide"
"""Stands for a set of two or four bytes a character: seen in the bytes themselves, so a message that is not in it contradicts its MSH-18."""
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
    "UNICODE UTF-16": WIDE,
    "UNICODE UTF-32": WIDE,
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
_PRINTED = bytes(range(0x20, 0x7F))
_LONGEST_NAME = 256
"""Characters of MSH-18 with all its repetitions."""
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


def encoding_of(name: str) -> str | None:
    """The Python codec of a set as table 0211, or a site, names it; "" for no name, None for one that is not known.

    MSH-18 may repeat: the first is the set of the message, the others what escape sequences switch to, so a Japanese one decides.
    """
    return _encoding_of(name) if len(name) <= _LONGEST_NAME else None


@lru_cache(maxsize=256)
def _encoding_of(name: str) -> str | None:
    names = [_REGISTERED.sub("ISO IR", one) for part in name.split("~") if (one := _BLANKS.sub(" ", part).strip().upper())]
    if not names:
        return ""
    known = [_NAMES.get(one) or _NAMES.get(one.replace("ISO ", "").replace("8859-", "8859/")) or _codec(one) for one in names]
    return _JAPANESE if _JAPANESE in known else known[0]


def _codec(name: str) -> str | None:
    """A set that only Python knows by this name, as `windows-1250` in a site's settings. Codecs that are no character sets do not count, nor
    do sets whose separators are other bytes than those of ASCII (EBCDIC): no message can be found in them."""
    try:
        found = codecs.lookup(name.replace(" ", "-")).name
        usable = _SINGLE_OR_MULTI_BYTE.fullmatch(found) is not None and _PRINTED.decode(found) == _PRINTED.decode("ascii")
    except (LookupError, ValueError):
        return None
    return found if usable else None


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
    if encoding == WIDE:
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


class Start(NamedTuple):
    """A place in a text: the character and the byte at which it stands, and the state of the decoder there."""

    character: int
    byte: int
    state: tuple[bytes, int]


_BEGUN = (b"", 0)
_start: Callable[[tuple[int, int, tuple[bytes, int]]], Start] = partial(tuple.__new__, Start)
"""Makes a place without running Python code for it."""


def byte_length(raw: bytes, text: str, encoding: str, start: Start, character: int) -> int:
    """Bytes from a place of `text`, which `raw` is in this encoding, to a character behind it."""
    count = character - start.character
    if len(raw) == len(text):
        return count  # no character takes less than a byte, so here each takes one
    if encoding in _ONE_TO_ONE:
        return len(text[start.character : character].encode(encoding))
    return _position(raw, encoding, start, count) - start.byte


def starts_of(raw: bytes, text: str, encoding: str, places: list[int]) -> list[Start]:
    """Where these ascending places of `text` stand in `raw`, in one pass. In its line, each has only blanks before it."""
    if len(raw) == len(text):
        return list(map(_start, zip(places, places, repeat(_BEGUN))))
    if encoding in _ONE_TO_ONE:
        lengths = [len(text[one:other].encode(encoding)) for one, other in pairwise([0, *places])]
        return list(map(_start, zip(places, accumulate(lengths), repeat(_BEGUN))))
    decoder = codecs.getincrementaldecoder(encoding)()
    found: list[Start] = []
    characters = 0
    for line in _LINES.finditer(raw):  # no set has line ends inside a character
        state = decoder.getstate()
        behind = characters + len(decoder.decode(line[0]))
        while len(found) < len(places) and (place := places[len(found)]) < behind:
            found.append(Start(place, line.start() + place - characters, state))
        characters = behind
    return found + [Start(place, len(raw), _BEGUN) for place in places[len(found) :]]


def _position(raw: bytes, encoding: str, start: Start, count: int) -> int:
    """Offset in `raw` so many characters behind a place: by decoding in steps, because not every set gives its bytes back."""
    decoder = codecs.getincrementaldecoder(encoding)()
    at, step, state = start.byte, _STEP, start.state
    while count > 0 and at < len(raw):
        decoder.setstate(state)
        got = len(decoder.decode(raw[at : at + step]))
        if got >= count and step > 1:
            step //= 4
            continue
        at, count, state = at + step, count - got, decoder.getstate()
    return min(at, len(raw))
