"""What the text of a message is: its character set, and the escape sequences in its fields."""

import pytest

from parsers.hl7v2.charsets import byte_length, decode, encoding_of, narrow, starts_of
from parsers.hl7v2.delimiters import USUAL, Delimiters
from parsers.hl7v2.escapes import plain, unescape
from parsers.hl7v2.message import Reading, read
from tests.unit.v2_samples import ADMISSION, codes, field

NAME = "MÜLLER"


def sent(charset: str, raw_name: bytes) -> bytes:
    """An admission whose MSH-18 says `charset` and whose patient is called `raw_name`."""
    return ADMISSION.replace("UNICODE UTF-8", charset).encode().replace(b"MARIA", raw_name)


@pytest.mark.parametrize(
    ("charset", "raw_name", "name", "encoding", "expected"),
    [
        ("UNICODE UTF-8", NAME.encode(), NAME, "utf-8", []),
        ("8859/1", NAME.encode("latin-1"), NAME, "iso8859-1", []),
        ("8859/2", "ŁUKASZ".encode("iso8859-2"), "ŁUKASZ", "iso8859-2", []),
        ("8859/15", "€".encode("iso8859-15"), "€", "iso8859-15", []),
        ("GB 18030-2000", "王小明".encode("gb18030"), "王小明", "gb18030", []),
        ("BIG-5", "王小明".encode("big5"), "王小明", "big5", []),
        ("~ISO IR87", "山田".encode("iso2022_jp"), "山田", "iso2022_jp_ext", []),
        ("ASCII~ISO IR87~ISO IR159", "山田".encode("iso2022_jp"), "山田", "iso2022_jp_ext", []),
        ("", NAME.encode(), NAME, "utf-8", ["V2_CHARSET_GUESSED"]),
        ("", NAME.encode("cp1252"), NAME, "cp1252", ["V2_CHARSET_GUESSED"]),
        ("", b"\x81\x8d\x90\x9d\x80", "\x81\x8d\x90\x9d€", "cp1252", ["V2_CHARSET_GUESSED"]),
        ("", b"MARIA", "MARIA", "ascii", []),
        ("ASCII", NAME.encode(), NAME, "utf-8", ["V2_CHARSET_WRONG"]),
        ("UNICODE UTF-8", NAME.encode("latin-1"), NAME, "cp1252", ["V2_CHARSET_WRONG"]),
        ("UNICODE UTF-16", NAME.encode(), NAME, "utf-8", ["V2_CHARSET_WRONG"]),
        ("UNICODE UTF-16", b"MARIA", "MARIA", "ascii", ["V2_CHARSET_WRONG"]),
        ("8859/1", "€5".encode("cp1252"), "€5", "cp1252", ["V2_CHARSET_WRONG"]),
        ("8859/1", NAME.encode(), NAME, "utf-8", ["V2_CHARSET_WRONG"]),
        ("ISO IR87", "山田".encode("shift_jis"), "山田".encode("shift_jis").decode("cp1252"), "cp1252", ["V2_CHARSET_WRONG"]),
        ("ISO IR 999", NAME.encode(), NAME, "utf-8", ["V2_CHARSET_UNKNOWN"]),
        ("ISO IR 999", b"MARIA", "MARIA", "ascii", ["V2_CHARSET_UNKNOWN"]),
        ("idna", b"MARIA", "MARIA", "ascii", ["V2_CHARSET_UNKNOWN"]),
        ("cp037", NAME.encode("cp1252"), NAME, "cp1252", ["V2_CHARSET_UNKNOWN"]),
    ],
)
def test_the_set_of_a_message(charset: str, raw_name: bytes, name: str, encoding: str, expected: list[str]) -> None:
    message = read(sent(charset, raw_name))
    assert field(message, "PID", 5) == f"ROSALES^{name}^ELENA"
    assert message.encoding == encoding
    assert codes(message.findings) == expected
    assert all(("MSH-18" if finding.code == "V2_CHARSET_UNKNOWN" else encoding) in finding.text for finding in message.findings)


def test_the_site_goes_before_the_message() -> None:
    message = read(sent("UNICODE UTF-8", "ŁUKASZ".encode("cp1250")), 0, Reading(charset="windows-1250"))
    assert field(message, "PID", 5) == "ROSALES^ŁUKASZ^ELENA"
    assert message.findings == []


def test_a_set_of_the_site_that_nobody_knows_is_said_to_be_its_own() -> None:
    (found,) = read(sent("UNICODE UTF-8", b"MARIA"), 0, Reading(charset="EBCDIC 7")).findings
    assert (found.code, found.text[:8]) == ("V2_CHARSET_UNKNOWN", "The site")


def test_what_the_site_says_is_not_doubted() -> None:
    message = read(sent("", NAME.encode()), 0, Reading(charset="8859/1"))
    assert (message.encoding, message.findings) == ("iso8859-1", [])


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le"])
def test_wide_characters_are_read_and_named(encoding: str) -> None:
    message = read(ADMISSION.replace("MARIA", "山田 🙂").encode(encoding))
    assert field(message, "PID", 5) == "ROSALES^山田 🙂^ELENA"
    assert (message.encoding, codes(message.findings)) == (encoding, ["V2_CHARSET_WIDE"])


def test_half_characters_never_reach_the_text() -> None:
    """What no JSON can hold is replaced: a lone surrogate of UTF-16."""
    raw = ADMISSION.encode("utf-16-le").replace("MARIA".encode("utf-16-le"), b"\x00\xd8")
    message = read(raw)
    assert field(message, "PID", 5) == "ROSALES^\ufffd^ELENA"
    assert raw[slice(*message.place(message.segments[2], 8))].decode("utf-16-le") == "F"


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("", ""),
        ("UNICODE UTF-8", "utf-8"),
        ("unicode utf-8", "utf-8"),
        ("8859-1", "iso8859-1"),
        ("ISO 8859-9", "iso8859-9"),
        ("ISO IR 87", "iso2022_jp_ext"),
        ("KS X 1001", "euc_kr"),
        ("windows-1252", "cp1252"),
        ("no such set", None),
        ("rot13", None),
        ("unicode_escape", None),
        ("base64", None),
        ("cp500", None),
        ("shift_jisx0213", None),
    ],
)
def test_names_of_sets(name: str, codec: str | None) -> None:
    assert encoding_of(name) == codec


def test_units_keep_their_places() -> None:
    assert narrow("M|漢é".encode("utf-16-le"), "utf-16-le", 2) == b"M|\xff\xe9"
    assert narrow("M|漢é".encode("utf-32-be"), "utf-32-be", 4) == b"M|\xff\xe9"


@pytest.mark.parametrize("encoding", ["iso2022_jp_ext", "gb18030", "shift_jis", "big5"])
def test_byte_length_in_long_texts(encoding: str) -> None:
    text = "Yamada 山田 " * 2000
    raw = text.encode(encoding)
    decoded = decode(raw, "", encoding)
    assert decoded.text == text
    (begin,) = starts_of(raw, text, encoding, [0])
    start = 10 * 1500 + 2
    before, behind = (byte_length(raw, text, encoding, begin, place) for place in (start, start + 5))
    assert raw[before:behind].decode(encoding) == "mada "


def test_a_place_is_found_behind_a_line_that_leaves_its_set_open() -> None:
    raw = b"a\x1b$B;3\rED\x1b(B b|c"
    text = raw.decode("iso2022_jp_ext")
    begin = starts_of(raw, text, "iso2022_jp_ext", [0, 3])[1]
    assert (text, begin.byte) == ("a山\r田 b|c", 7)
    assert [byte_length(raw, text, "iso2022_jp_ext", begin, place) for place in (4, 7)] == [2, 8]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Dyspnea\\T\\edema", "Dyspnea&edema"),
        ("\\F\\\\S\\\\T\\\\R\\\\E\\", "|^&~\\"),
        ("\\E\\R\\", "\\R\\"),
        ("\\E\\T\\E\\", "\\T\\"),
        ("hemolyzed \\ 50%", "hemolyzed \\ 50%"),
        ("4\\5", "4\\5"),
        ("a\\b \\T\\ c", "a\\b & c"),
        ("\\T\\T\\", "&T\\"),
        ("ends in \\", "ends in \\"),
        ("\\Q\\ \\Z01AB\\ \\f\\ \\\\", "\\Q\\ \\Z01AB\\ \\f\\ \\\\"),
        ("\\X0D0A\\\\X41\\", "\r\nA"),
        ("\\XC3BC\\", "ü"),
        ("\\XFC\\", "ü"),
        ("\\X00E0\\", "à"),
        ("\\X6f2\\", "\\X6f2\\"),
        ("\\XZZ\\", "\\XZZ\\"),
        ("\\P\\", "\\P\\"),
        ("one\\.br\\two \\H\\three\\N\\", "one\\.br\\two \\H\\three\\N\\"),
        ("\\M2442\\;3ED\\C2842\\ Yamada", "山田 Yamada"),
        ("\\M2442\\;3ED", "山田"),
        ("\\C2842\\plain", "plain"),
        ("\\M2442\\;", "\u003b"),
    ],
)
def test_escape_sequences(text: str, meant: str) -> None:
    assert unescape(text, USUAL) == meant


def test_escape_sequences_of_other_delimiters() -> None:
    marks = Delimiters("@", "$", "%", "!", "*", "#")
    assert unescape("!F!!S!!T!!R!!E!!P!\\F\\", marks) == "@$*%!#\\F\\"


def test_no_escape_character_means_no_escape_sequences() -> None:
    assert unescape("\\T\\", USUAL._replace(escape="")) == "\\T\\"


def test_text_behind_a_switch_to_the_right_half_of_a_latin_set() -> None:
    assert unescape("\\C2D42\\" + b"\xa3UKASZ".decode("latin-1"), USUAL, "iso8859-1") == "ŁUKASZ"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("one\\.br\\two", "one\ntwo"),
        ("one\\.sp2\\two\\.sp\\three", "one\n\ntwo\nthree"),
        ("one\\.sk 3\\two", "one   two"),
        ("\\H\\bold\\N\\ \\.in+4\\in\\.fi\\", "bold in"),
        ("\\.ce\\middle\\T\\", "\nmiddle&"),
        ("\\.zz\\ \\.br", "\\.zz\\ \\.br"),
    ],
)
def test_plain_text(text: str, shown: str) -> None:
    assert plain(text, USUAL) == shown
