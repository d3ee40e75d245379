"""One message: segments and fields as they stand, whatever its sender did to it, and the bytes of each of them."""

import time
from itertools import accumulate

import pytest

from parsers.hl7v2.limits import Limits
from parsers.hl7v2.message import Message, Reading, read
from tests.unit.v2_samples import ADMISSION, RESULT, USUAL, all_read, codes, field

A7 = "E100^^^EPI^MRN~A7^^^NORTH^MR"


def one(text: str | bytes, reading: Reading = USUAL) -> Message:
    (message,), _ = all_read(text if isinstance(text, bytes) else text.encode(), reading)
    return message


def found(text: str | bytes) -> list[str]:
    """Codes of all findings of the file and its messages."""
    return codes(all_read(text if isinstance(text, bytes) else text.encode())[1])


def test_a_clean_message() -> None:
    message = one(ADMISSION)
    assert [segment.tag for segment in message.segments] == ["MSH", "EVN", "PID", "PV1", "PV2", "ZPV"]
    assert [segment.ordinal for segment in message.segments] == [1, 2, 3, 4, 5, 6]
    header = message.segments[0].fields
    assert (header[1], header[2], header[3], header[9], header[12]) == ("|", "^~\\&", "ADT", "ADT^A01^ADT_A01", "2.5")
    assert field(message, "PID", 3) == A7
    assert (message.encoding, message.findings, message.item, message.refused) == ("utf-8", [], "0.MSH", False)


LINES = ADMISSION.split("\r")
AWKWARD = {
    "line feeds": (ADMISSION.replace("\r", "\n"), ["V2_LINE_ENDS"]),
    "CRLF": (ADMISSION.replace("\r", "\r\n"), ["V2_LINE_ENDS"]),
    "mixed ends": (ADMISSION.replace("\rPV1", "\r\nPV1").replace("\rZPV", "\nZPV"), ["V2_LINE_ENDS"]),
    "blank lines": (ADMISSION.replace("\rPV1", "\r\r  \rPV1") + "\r\n", []),
    "indented": (ADMISSION.replace("\rPV1", "\r  PV1"), []),
    "short MSH-2": (ADMISSION.replace("|^~\\&|", "|^~|"), ["V2_ENCODING_CHARACTERS"]),
    "empty MSH-2": (ADMISSION.replace("|^~\\&|", "||", 1), ["V2_ENCODING_CHARACTERS"]),
    "truncation character": (ADMISSION.replace("|^~\\&|", "|^~\\&#|"), []),
    "no version": (ADMISSION.replace("|P|2.5|", "|P||"), []),
    "version with components": (ADMISSION.replace("|P|2.5|", "|P|2.5.1^USA|"), []),
    "version of the future": (ADMISSION.replace("|P|2.5|", "|P|2.9|"), []),
    "no structure": (ADMISSION.replace("ADT^A01^ADT_A01", "ADT^A01"), []),
    "unknown trigger": (ADMISSION.replace("ADT^A01^ADT_A01", "ADT^Z99"), []),
    "Z segment before PID": (ADMISSION.replace("\rPID", "\rZEP|1|x\rPID"), []),
    "PV1 before PID": ("\r".join([*LINES[:2], LINES[3], LINES[2], *LINES[4:]]), []),
    "bare segment": (ADMISSION.replace(LINES[3], "PV1"), []),
    "lower-case segment": (ADMISSION.replace("\rPV2|", "\rpv2|"), ["V2_SEGMENT_CASE"]),
    "impossible date": (ADMISSION.replace("19710822", "00000000"), []),
    "byte-order mark": ("\ufeff" + ADMISSION, ["FILE_BOM"]),
    "frame left on": ("\x0b" + ADMISSION + "\x1c\r", ["V2_FRAME_BYTES"]),
    "batch": ("FHS|^~\\&|a\rBHS|^~\\&|a\r" + ADMISSION + "BTS|1\rFTS|1\r", ["V2_BATCH"]),
    "no last end": (ADMISSION[:-1], ["V2_UNTERMINATED"]),
}


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_messages_are_read_right_and_what_matters_is_named(name: str) -> None:
    text, expected = AWKWARD[name]
    message = one(text)
    assert field(message, "PID", 3) == A7
    assert {"MSH", "EVN", "PID", "PV1", "PV2", "ZPV"} <= {segment.tag for segment in message.segments}
    assert found(text) == expected


def test_other_delimiters() -> None:
    message = one(ADMISSION.translate(str.maketrans("^~|&", "$%@*")))
    assert (message.delimiters.field, message.delimiters.component, message.delimiters.repetition) == ("@", "$", "%")
    assert field(message, "PID", 3) == A7.replace("^", "$").replace("~", "%")
    assert message.findings == []


@pytest.mark.parametrize(
    ("characters", "expected"), [("^~^&", ("^", "~", "", "&", "")), ("$r?@", ("$", "r", "?", "@", "")), ("^~\\&#x", ("^", "~", "\\", "&", "#"))]
)
def test_delimiters_that_collide_or_are_letters_are_named(characters: str, expected: tuple[str, ...]) -> None:
    message = one(ADMISSION.replace("|^~\\&|", f"|{characters}|"))
    assert message.delimiters[1:] == expected
    assert codes(message.findings) == ["V2_DELIMITERS"]


def test_a_doubled_escape_character_counts_once() -> None:
    message = one(ADMISSION.replace("|^~\\&|", "|^~\\\\&|"))
    assert message.delimiters[1:] == ("^", "~", "\\", "&", "")
    assert codes(message.findings) == ["V2_DELIMITERS"]


def test_a_delimiter_left_out_is_not_used() -> None:
    assert one(ADMISSION.replace("|^~\\&|", "|^~|")).delimiters[1:] == ("^", "~", "", "", "")


def test_a_line_feed_in_text_stays_text() -> None:
    message = one(RESULT.replace("hemolyzed", "hemo\nOLD\nPV12|lyzed"))
    assert field(message, "NTE", 3) == "Specimen hemo\nOLD\nPV12"
    assert codes(message.findings) == ["V2_LINE_FEED"]
    assert message.findings[0].location.segment == 5


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_a_field_broken_into_lines_is_one_field(end: str) -> None:
    """A segment that goes on in the next line keeps the fields behind the break in their places."""
    message = one(
        RESULT.replace("||102|", "||JVBERi0x" + end + "LjQKJcOkw7zDtsOf==|").replace("\r", end)
        if end != "\r"
        else RESULT.replace("||102|", "||JVBERi0x\rLjQK==|")
    )
    assert field(message, "OBX", 5).split(end)[0] == "JVBERi0x"
    assert field(message, "OBX", 6) == "mg/dL"
    assert field(message, "OBX", 11) == "F"
    assert ("V2_LINE_WRAPPED", 4) in [(finding.code, finding.location.segment) for finding in message.findings]


def test_a_segment_under_a_name_that_is_none_is_kept_under_it() -> None:
    message = one(ADMISSION.replace("\rPV2|", "\rPV22|"))
    assert [segment.tag for segment in message.segments] == ["MSH", "EVN", "PID", "PV1", "PV22", "ZPV"]
    assert codes(message.findings) == ["V2_SEGMENT_NAME"]


@pytest.mark.parametrize("cut_before", ["MARIA", "A7^^", "^3.4", "Y\r"])
def test_a_cut_message_is_named(cut_before: str) -> None:
    at = ADMISSION.find(cut_before)
    body = ADMISSION[: at if at > 0 else 30]
    assert found(body) in (["V2_TRUNCATED"], ["V2_UNTERMINATED"])


@pytest.mark.parametrize("until", ["ROSALES^", "EPI^MRN~A7", "MSG01|P", "ADT|NOR", "PV1", "PV", "|1|EXT^"])
def test_a_message_that_stops_where_none_can_stop_is_called_cut(until: str) -> None:
    assert "V2_TRUNCATED" in found(ADMISSION[: ADMISSION.index(until) + len(until)])


def test_every_cut_of_a_message_is_named_unless_it_is_at_a_segment_end() -> None:
    for at in range(8, len(ADMISSION)):
        cut = ADMISSION[:at]
        assert cut.endswith("\r") or {"V2_TRUNCATED", "V2_UNTERMINATED"} & set(found(cut)), at


def test_a_message_over_a_limit_is_refused_with_its_header_read() -> None:
    for limits in (Limits(segments=5), Limits(fields=20)):
        message = one(ADMISSION, Reading(limits=limits))
        assert message.refused
        assert codes(message.findings) == ["V2_SEGMENT_LIMIT"]
        assert [segment.tag for segment in message.segments] == ["MSH"]
        assert field(message, "MSH", 10) == "MSG01"


def test_findings_are_bounded() -> None:
    message = one(ADMISSION + "nte|1\r" * 50, Reading(limits=Limits(findings=10)))
    assert codes(message.findings) == ["V2_SEGMENT_CASE"] * 10


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"M",
        b"MSH",
        b"MSH|",
        b"MSH|^",
        b"MSH|^~\\&",
        b"MSH\r",
        b"\r\r",
        b"\x00" * 9,
        b"MSH|^~\\&|\xff\xfe\x00",
        b"M\0S\0H\0|\0^\0~\0\r",
        bytes(range(256)) * 4,
    ],
)
def test_nothing_raises(raw: bytes) -> None:
    message = read(raw, 7)
    for segment in message.segments:
        for number in range(len(segment.fields) + 2):
            start, end = message.place(segment, number, 1, 1, 1)
            assert 7 <= start <= end <= 7 + len(raw) + 1


@pytest.mark.parametrize("charset", ["UNICODE UTF-8", "8859/1", "ISO IR87", "GB 18030-2000", "KS X 1001", "utf-16-le", "utf-16-be", "windows"])
def test_every_field_is_at_its_bytes_in_every_set(charset: str) -> None:
    encoding, name = {
        "UNICODE UTF-8": ("utf-8", "MÁRIA 漢字 🙂"),
        "8859/1": ("iso8859-1", "MÁRIA Ñ"),
        "ISO IR87": ("iso2022_jp_ext", "山田|太郎|Yamada".replace("|", " ")),
        "GB 18030-2000": ("gb18030", "王小明 🙂"),
        "KS X 1001": ("euc_kr", "홍길동"),
        "utf-16-le": ("utf-16-le", "MÁRIA 🙂"),
        "utf-16-be": ("utf-16-be", "MÁRIA 🙂"),
        "windows": ("cp1252", "MÁRIA ™ €"),
    }[charset]
    declared = "" if charset in ("windows", "utf-16-le", "utf-16-be") else charset
    text = ADMISSION.replace("MARIA", name).replace("UNICODE UTF-8", declared)
    raw = text.encode(encoding)
    junk = b"x" * 10
    message = read(raw, len(junk))
    whole = junk + raw
    assert field(message, "PID", 5) == f"ROSALES^{name}^ELENA"
    for segment in message.segments:
        at = message.offset_of(segment)
        assert _decoded(whole[at : at + 12], encoding).startswith(segment.tag)
        for number in range(2, len(segment.fields)):
            start, end = message.place(segment, number)
            assert _decoded(whole[start:end], encoding) == segment.fields[number], (segment.tag, number)
    pid, zpv = message.segments[2], message.segments[5]
    assert _decoded(whole[slice(*message.place(pid, 3, 2, 4))], encoding) == "NORTH"
    assert _decoded(whole[slice(*message.place(pid, 11, 1, 4))], encoding) == "IL"
    assert _decoded(whole[slice(*message.place(zpv, 2, 1, 2, 2))], encoding) == "2"


def _decoded(raw: bytes, encoding: str) -> str:
    """Text of a part: what a message in a set with escape sequences leaves open at its ends does not count."""
    return raw.decode(encoding, "ignore")


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "iso2022_jp_ext", "utf-16-le"])
def test_segments_of_a_long_message_are_placed_in_one_pass(encoding: str) -> None:
    """Twenty thousand segments, some indented and some broken into lines, each at its bytes, in linear time."""
    charset = {"gb18030": "GB 18030-2000", "iso2022_jp_ext": "ISO IR87"}.get(encoding, "UNICODE UTF-8")
    text = ADMISSION.replace("UNICODE UTF-8", charset) + "NTE|1||山田 太郎\r  NTE|2||山\r田|L\r" * 10_000
    lines = [line.encode(encoding) for line in text.splitlines(keepends=True)]
    begun = time.thread_time()
    message = read(b"".join(lines))
    offsets = [message.offset_of(segment) for segment in message.segments]
    texts = [message.place(segment, 3) for segment in message.segments[-4000:]]
    assert time.thread_time() - begun < 5
    ends = accumulate(map(len, lines), initial=0)
    blanks = len("  ".encode(encoding))
    expected = [
        at + blanks * line.startswith("  ") for at, line in zip(ends, text.splitlines(), strict=False) if "|" in line and not line.startswith("田")
    ]
    assert offsets == expected
    assert len(offsets) == 20_006
    raw = b"".join(lines)
    assert {raw[slice(*text)].decode(encoding) for text in texts} == {"山田 太郎", "山\r田"}


def test_places_that_are_not_there_have_no_length() -> None:
    message = one(ADMISSION)
    pid = message.segments[2]
    for parts in ((3, 9), (3, 1, 9), (90,), (8, 1, 1, 4)):
        start, end = message.place(pid, *parts)
        assert start == end


def test_places_of_the_header() -> None:
    message = one(ADMISSION)
    header = message.segments[0]
    raw = ADMISSION.encode()
    assert [raw[slice(*message.place(header, number))] for number in (0, 1, 2, 3, 4)] == [
        LINES[0].encode(), b"|", b"^~\\&", b"ADT", b"NORTH^1.2.3^ISO",
    ]  # fmt: skip


def test_places_after_a_repaired_line() -> None:
    text = RESULT.replace("||102|", "||AAA=\r BBB=|").replace("\rNTE", "\r\r  NTE")
    message = one(text)
    raw = text.encode()
    obx, note = message.segments[3], message.segments[4]
    assert raw[slice(*message.place(obx, 5))] == b"AAA=\r BBB="
    assert raw[slice(*message.place(obx, 8))] == b"H"
    assert raw[slice(*message.place(note, 3))] == b"Specimen hemolyzed"


def _seconds(size: int, text: str) -> float:
    raw = RESULT.replace("102", text * (size // len(text))).encode()
    begun = time.thread_time()
    message = read(raw)
    message.place(message.segments[-1], 3)
    return time.thread_time() - begun


@pytest.mark.parametrize("text", ["QUJD", "QUJD\n", "é^&~", "a\rb\r"], ids=["base64", "base64 in lines", "text", "line ends"])
def test_a_large_observation_is_linear_in_time(text: str) -> None:
    _seconds(1 << 18, text)
    small = min(_seconds(1 << 18, text) for _ in range(3))
    large = min(_seconds(10 << 18, text) for _ in range(2))
    assert large < 25 * small + 0.05


def test_an_observation_of_ten_megabytes_is_read_whole() -> None:
    message = read(RESULT.replace("102", "QUJD" * (10 << 18)).encode())
    assert len(field(message, "OBX", 5)) == 10 << 20
    assert field(message, "OBX", 11) == "F"
    assert message.place(message.segments[4], 3)[0] > 10 << 20
