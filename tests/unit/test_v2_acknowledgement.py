"""Acknowledgements: whatever came, its sender gets an answer that names its message and stands in its version."""

from datetime import UTC, datetime

import pytest

from connectors.sinks.mllp import Outcome
from gateway.routes.judge import judge_of
from parsers.hl7v2.acknowledgement import Answer, Code, Error, Header, acknowledge, answer, control_id, header
from parsers.hl7v2.message import read
from tests.unit.v2_samples import ADMISSION, RESULT

NOW = datetime(2026, 3, 4, 10, 15, 2, tzinfo=UTC)
MISSING = Error("PID", 1, 5, code="101", text="PID-5 is missing")


def made(message: str | bytes, code: Code = "AA", text: str = "", errors: tuple[Error, ...] = ()) -> bytes:
    raw = message if isinstance(message, bytes) else message.encode()
    return acknowledge(raw, code, text, errors, now=NOW, control_id="C7")


def test_header() -> None:
    assert header(ADMISSION.encode()) == Header(
        "ADT", "NORTH^1.2.3^ISO", "20260304101502-0500", "ADT", "A01", "ADT_A01", "MSG01", "P", "2.5", "AL", "NE", "UNICODE UTF-8"
    )  # fmt: skip


def test_header_of_short_and_odd_messages() -> None:
    assert header(b"") == header(b"GET / HTTP/1.1\r\n") == Header()
    assert header(b"MSH|^~\\&|LAB").sending_application == "LAB"
    odd = ADMISSION.translate(str.maketrans("|^~&", "@$%*")).replace("2.5", "2.5$USA").encode()
    assert header(b"\xef\xbb\xbf\x0b" + odd)[3:9] == ("ADT", "A01", "ADT_A01", "MSG01", "P", "2.5")
    assert header(ADMISSION.encode("utf-16-le"))[3:7] == ("ADT", "A01", "ADT_A01", "MSG01")
    assert header(ADMISSION.replace("\r", "\n").encode()).charset == "UNICODE UTF-8"
    assert header(ADMISSION.replace("|ADT|", "|KÖLN|").replace("UNICODE UTF-8", "8859/1").encode("latin-1")).sending_application == "KÖLN"
    assert header(ADMISSION.replace("|^~\\&|", "||", 1).encode()).trigger == "A01"


def test_sender_and_receiver_turned_round() -> None:
    assert made(ADMISSION) == (b"MSH|^~\\&|GATE|RCM|ADT|NORTH^1.2.3^ISO|20260304101502+0000||ACK^A01^ACK|C7|P|2.5||||||UNICODE UTF-8\rMSA|AA|MSG01\r")


@pytest.mark.parametrize(
    ("version", "kind"),
    [
        ("2.1", "ACK"),
        ("2.2", "ACK"),
        ("2.3", "ACK^A01"),
        ("2.3.1", "ACK^A01^ACK"),
        ("2.8.2", "ACK^A01^ACK"),
        ("", "ACK^A01^ACK"),
        ("x", "ACK^A01^ACK"),
    ],
)
def test_type_by_version(version: str, kind: str) -> None:
    fields = made(ADMISSION.replace("|2.5|", f"|{version}|")).split(b"\r")[0].split(b"|")
    assert fields[8] == kind.encode()
    assert fields[11] == (version.encode() or b"2.5")


@pytest.mark.parametrize("control", [b"M-1^2&3", b"\xfcber", b"", b" 7 ", b"\\F\\"])
def test_the_control_number_comes_back_byte_for_byte(control: bytes) -> None:
    acknowledged = made(ADMISSION.encode().replace(b"MSG01", control))
    found = answer(acknowledged)
    assert found is not None
    assert found.control_id == control
    assert acknowledged.endswith(b"\r")


def test_delimiters_of_the_sender_are_used() -> None:
    odd = ADMISSION.translate(str.maketrans("|^~&", "@$%*"))
    assert made(odd, "AE", "a@b$c").split(b"\r")[:2] == [
        b"MSH@$%\\*@GATE@RCM@ADT@NORTH$1.2.3$ISO@20260304101502+0000@@ACK$A01$ACK@C7@P@2.5@@@@@@UNICODE UTF-8",
        b"MSA@AE@MSG01@a\\F\\b\\S\\c",
    ]


@pytest.mark.parametrize("head", [b"", b"\x00\xff", b"MSH", b"MSH|", b"MSH|^", b"MSH||", b"GET / HTTP/1.1\r\n", b"MSH|^~\\&\r", b"M\0S\0H\0|\0"])
def test_a_head_that_can_hardly_be_read_gets_an_answer(head: bytes) -> None:
    acknowledged = made(head, "AR", "no header")
    found = answer(acknowledged)
    assert found == Answer("AR", b"", "no header")
    assert header(acknowledged).type == "ACK"


def test_wide_characters_are_answered_in_kind() -> None:
    acknowledged = made(ADMISSION.encode("utf-16-le"))
    assert acknowledged.decode("utf-16-le").split("\r")[1] == "MSA|AA|MSG01"
    assert answer(acknowledged) == Answer("AA", b"MSG01", "")


def test_errors_before_version_2_5_stand_in_one_segment() -> None:
    second = Error("PV1", 2, 3, 1, 2, "103", "W", "not & in the table")
    assert made(RESULT.replace("2.5.1", "2.3.1"), "AE", "2 errors", (MISSING, second)).split(b"\r")[1:3] == [
        b"MSA|AE|MSG02|2 errors",
        b"ERR|PID^1^5^101&PID-5 is missing&HL70357~PV1^2^3^103&not \\T\\ in the table&HL70357",
    ]


def test_errors_since_version_2_5_stand_in_one_segment_each() -> None:
    second = Error("PV1", 2, 3, 1, 2, "103", "W", "not in the table")
    general = Error(code="207", text="try again")
    assert made(RESULT, "AE", "3 errors", (MISSING, second, general)).split(b"\r")[2:] == [
        b"ERR||PID^1^5|101^^HL70357|E||||PID-5 is missing",
        b"ERR||PV1^2^3^1^2|103^^HL70357|W||||not in the table",
        b"ERR|||207^^HL70357|E||||try again",
        b"",
    ]


@pytest.mark.parametrize(
    ("version", "form"), [("2.2", b"ERR|PID^1^5^101&"), ("2.4", b"ERR|PID^1^5^101&"), ("2.5", b"ERR||PID^1^5|101^"), ("", b"ERR||PID^1^5|101^")]
)
def test_the_form_of_an_error_changes_with_version_2_5(version: str, form: bytes) -> None:
    assert made(RESULT.replace("2.5.1", version), "AE", "", (MISSING,)).split(b"\r")[2].startswith(form)


def test_a_long_text_is_cut_in_the_message_and_whole_in_the_error() -> None:
    text = "word " * 30
    lines = made(ADMISSION, "AE", text).split(b"\r")
    assert lines[1] == b"MSA|AE|MSG01|" + text.encode()[:80]
    assert lines[2] == b"ERR||||||||" + text.encode()


def test_a_text_is_not_cut_inside_an_escape_sequence() -> None:
    assert made(ADMISSION, "AE", "x" * 78 + "|" + "y" * 9).split(b"\r")[1] == b"MSA|AE|MSG01|" + b"x" * 78


def test_line_ends_in_a_text_make_no_segment() -> None:
    assert read(made(ADMISSION, "AE", "a\rMSA|AA|MSG01\nb")).segments[1].fields[1] == "AE"
    assert len(made(ADMISSION, "AE", "a\rMSA|AA|MSG01\nb").split(b"\r")) == 3


def test_a_header_of_many_bytes_costs_no_more_than_its_first_ones() -> None:
    assert header(ADMISSION.encode().replace(b"|ADT|", b"|" + b"x" * 100_000 + b"|", 1)).control_id == ""


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"MSH|^~\\&|B|||A|1||ACK|9|P|2.3\rMSA|AR|MSG01|bad|x\r", Answer("AR", b"MSG01", "bad")),
        (b"\x0bMSH|^~\\&|B|||A|1||ACK|9|P|2.3\nMSA|CA|7\n\x1c\r", Answer("CA", b"7", "")),
        (b"MSH$%~\\&$B\r\nMSA$AA$7\x1c\r", Answer("AA", b"7", "")),
        (b"MSH|^~\\&|B|||A|1||ACK|9|P|2.3\r", None),
        (b"", None),
    ],
)
def test_reading_an_answer(raw: bytes, expected: Answer | None) -> None:
    assert answer(raw) == expected


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (ADMISSION.encode(), b"MSG01"),
        (ADMISSION.encode("utf-16"), b"MSG01"),
        (ADMISSION.encode("utf-16-be"), b"MSG01"),
        (ADMISSION.replace("|MSG01|", "| MSG 01  |").encode(), b" MSG 01  "),
        (ADMISSION.replace("|MSG01|", "|   |").encode(), b"   "),
        (ADMISSION.replace("|MSG01|", "|K\u00d6LN|").encode("latin-1"), b"K\xd6LN"),
        (ADMISSION.replace("|MSG01|", "||").encode(), b""),
        (b"MSH|^~\\&|ADT|NORTH|GATE|RCM|2026||ADT^A01\r", b""),
        (b"GET / HTTP/1.1\r\n", b""),
    ],
)
def test_the_control_number_of_a_message_is_what_its_answer_repeats(sent: bytes, expected: bytes) -> None:
    assert control_id(sent) == expected
    judge = judge_of(application=False, retry_on=())
    assert judge(sent, made(sent)).outcome is Outcome.ACCEPTED
    assert judge(sent, b"MSH|^~\\&|B|||A|1||ACK|9|P|2.3\rMSA|AA|" + expected.strip() + b"\r").outcome is Outcome.ACCEPTED
    assert judge(sent, made(ADMISSION.replace("MSG01", "MSG02"))).outcome is Outcome.OTHER
