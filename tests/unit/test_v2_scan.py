"""Where the messages of a file are: spans, and a finding for all that stands around them."""

import pytest

from parsers.hl7v2.limits import Limits
from parsers.hl7v2.scan import Span, messages
from tests.unit.v2_samples import ADMISSION, RESULT, codes, reader, scanned

ONE, TWO = ADMISSION.encode(), RESULT.encode()


def texts(body: bytes) -> list[bytes]:
    return [body[span.start : span.end] for span in scanned(body)[0]]


def test_one_message_is_one_span_without_findings() -> None:
    assert scanned(ONE) == ([Span(0, len(ONE), 1, 0)], [])


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (b"\xef\xbb\xbf", b"", [("FILE_BOM", 0)]),
        (b" \r\n", b"", [("FILE_LEADING_BLANKS", 0)]),
        (b"\x0b", b"\x1c\r", [("V2_FRAME_BYTES", 0)]),
        (b"\x0b\xef\xbb\xbf", b"\x1c", [("V2_FRAME_BYTES", 0), ("FILE_BOM", 1)]),
        (b"", b"\r\n", []),
        (b"", b"\n\n\r\n", []),
        (b"sent by host 7\r\n", b"", [("V2_JUNK", 0)]),
        (b"\r\n\x00\x01", b"", [("V2_JUNK", 2)]),
        (b"", b"\x1c\rHTTP", [("V2_FRAME_BYTES", len(ONE)), ("V2_JUNK", len(ONE) + 2)]),
    ],
)
def test_what_stands_around_a_message_is_named_and_left_out(before: bytes, after: bytes, expected: list[tuple[str, int]]) -> None:
    body = before + ONE + after
    spans, findings = scanned(body)
    assert [body[span.start : span.end].rstrip() + b"\r" for span in spans] == [ONE]
    assert [(finding.code, finding.location.offset) for finding in findings] == expected


@pytest.mark.parametrize("between", [b"", b"\r\n", b"\n\n", b"\x1c\r\x0b", b"  ", b"\r\n\xef\xbb\xbf"])
def test_two_messages_are_two_spans_and_named(between: bytes) -> None:
    body = ONE + between + TWO
    assert [text.rstrip() + b"\r" for text in texts(body)] == [ONE, TWO]
    assert "V2_SEVERAL_MESSAGES" in codes(scanned(body)[1])


def test_a_message_without_its_last_end_stops_where_the_next_header_stands() -> None:
    assert texts(ONE[:-1] + TWO) == [ONE[:-1], TWO]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_other_line_ends(end: bytes) -> None:
    one, two = ONE.replace(b"\r", end), TWO.replace(b"\r", end)
    assert texts(one + end + two + end) == [one, two]


def test_text_that_only_looks_like_a_header_ends_nothing() -> None:
    one = ONE.replace(b"PRIVATE", b"MSH|MSH-7 and\nMSH-9 are odd\nBTS-1 too \x1c \x0b")
    assert texts(one) == [one]


def test_odd_separators_of_the_next_message_are_known() -> None:
    odd = RESULT.translate(str.maketrans("|^~\\&", "@$r?!")).encode()
    assert texts(ONE + odd) == [ONE, odd]


@pytest.mark.parametrize("characters", [b"", b"^", b"^~\\& ", b"^~\\&amp;amp;", b"\xc2\xa7~", b"^~\\&#xyz12345"])
def test_a_header_with_any_encoding_characters_starts_a_message(characters: bytes) -> None:
    odd = TWO.replace(b"^~\\&", characters, 1)
    assert texts(ONE + odd + ONE) == [ONE, odd, ONE]
    assert texts(odd) == [odd]


ENVELOPE = b"FHS|^~\\&|a\rBHS|^~\\&|b\r"


def test_a_batch_is_unwrapped_and_its_counts_are_checked() -> None:
    body = ENVELOPE + ONE + TWO + b"BTS|2\rBHS|^~\\&|c\r" + ONE + b"BTS|1\rFTS|2\r"
    spans, findings = scanned(body)
    assert [(body[span.start : span.end], span.number, span.batch) for span in spans] == [(ONE, 1, 1), (TWO, 2, 1), (ONE, 3, 2)]
    assert [(finding.code, finding.location.offset) for finding in findings] == [("V2_BATCH", 0)]


@pytest.mark.parametrize("envelope", [b"BHS|^~\\&|b\r%bBTS|1\r", b"BHS#^~\\&#b\r%bBTS#1\r", b"BHS#^~\\&#b\r%bBTS|1\r"])
def test_an_envelope_may_have_separators_of_its_own(envelope: bytes) -> None:
    body = envelope % ONE
    assert texts(body) == [ONE]
    assert codes(scanned(body)[1]) == ["V2_BATCH"]
    assert codes(scanned(body[:-2] + b"2\r")[1]) == ["V2_BATCH", "V2_BATCH_COUNT"]


@pytest.mark.parametrize(
    ("body", "code", "place"),
    [
        (ENVELOPE + ONE + b"BTS|2\rFTS|1\r", "V2_BATCH_COUNT", "BTS-1"),
        (ENVELOPE + ONE + b"BTS|1\rFTS|3\r", "V2_BATCH_COUNT", "FTS-1"),
        (ENVELOPE + ONE + b"BTS|one\rFTS|1\r", "V2_BATCH_COUNT", "BTS-1"),
        (ENVELOPE + ONE + b"BTS|1\r", "V2_BATCH_END", "FTS"),
        (ENVELOPE + ONE + b"FTS|1\r", "V2_BATCH_END", "BTS"),
        (ONE + b"BTS|1\r", "V2_BATCH_END", "BHS"),
        (ONE + b"FTS\r", "V2_BATCH_END", "FHS"),
    ],
)
def test_an_envelope_that_does_not_add_up(body: bytes, code: str, place: str) -> None:
    spans, findings = scanned(body)
    assert len(spans) == 1
    assert [finding.text for finding in findings if finding.code == code and place in finding.text], codes(findings)


def test_junk_inside_a_batch_is_named() -> None:
    body = ENVELOPE + b"NTE|1||lost\r" + ONE + b"BTS|1\rFTS|1\r"
    assert [(f.code, f.location.offset) for f in scanned(body)[1]] == [("V2_BATCH", 0), ("V2_JUNK", len(ENVELOPE))]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", ["FILE_EMPTY"]),
        (b"\r\n \t", ["V2_NO_MESSAGE"]),
        (b"<ClinicalDocument/>", ["V2_NO_MESSAGE"]),
        (b"MSHA|^~", ["V2_NO_MESSAGE"]),
        (b"\x0b\x1c\r", ["V2_FRAME_BYTES", "V2_NO_MESSAGE"]),
        (b"FHS|^~\\&\rFTS|0\r", ["V2_BATCH", "V2_BATCH_EMPTY"]),
        (b"BHS|^~\\&||ABCHS", ["V2_BATCH", "V2_BATCH_END", "V2_BATCH_EMPTY"]),
    ],
)
def test_nothing_to_read(body: bytes, expected: list[str]) -> None:
    spans, findings = scanned(body)
    assert not spans
    assert codes(findings) == expected


def test_a_message_over_the_limit_has_no_span_and_its_neighbours_have() -> None:
    long = ONE.replace(b"PRIVATE", b"x" * 5000)
    body = TWO + long + TWO
    found = list(messages(reader(body), len(body), Limits(message=3000, block=100)))
    assert [one.start for one in found if isinstance(one, Span)] == [0, len(TWO) + len(long)]
    (refused,) = [one for one in found if not isinstance(one, Span) and one.item]
    assert (refused.code, refused.outcome, refused.item) == ("V2_MESSAGE_LIMIT", "refused", f"{len(TWO)}.MSH")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_characters_of_two_and_four_bytes(encoding: str, mark: str) -> None:
    one, two = ADMISSION.replace("MARIA", "MÁRIA 漢字 🙂").encode(encoding), RESULT.encode(encoding)
    body = mark.encode(encoding) + one + two
    spans, findings = scanned(body, Limits(block=100))
    assert [body[span.start : span.end] for span in spans] == [one, two]
    assert codes(findings) == (["FILE_BOM"] if mark else []) + ["V2_SEVERAL_MESSAGES"]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_frame_bytes_in_wide_characters(encoding: str) -> None:
    one = ADMISSION.encode(encoding)
    body = "\x0b".encode(encoding) + one + "\x1c\r".encode(encoding)
    spans, findings = scanned(body)
    assert [body[span.start : span.end] for span in spans] == [one]
    assert codes(findings) == ["V2_FRAME_BYTES"]


def test_a_frame_byte_before_wide_characters() -> None:
    one = ADMISSION.encode("utf-16-le")
    spans, findings = scanned(b"\x0b" + one)
    assert [(span.start, span.end) for span in spans] == [(1, 1 + len(one))]
    assert codes(findings) == ["V2_FRAME_BYTES"]


def test_blocks_of_every_size_give_the_same() -> None:
    """Each kind of mark, with what may stand before and behind it, falls on the end of a block at some size."""
    one, two = b"MSH|^~\\&|A\rPID|1\r\n", b"MSH@$r?!@B\rEVN|\r"
    pieces = [
        b"\xef\xbb\xbf", one, b"   \t", two, b"\n\n", one.strip(), one, b"\x0b", two, b"\x1c\r", b"junk\r", b"\x0b  ", one, b"\x1c\x0b", two,
        b"\xef\xbb\xbf", b"FHS|^~\\&|x\r", b"  BHS|^~\\&|y\r", one, b"BTS|1  \r", b"lost", b"\rBHS|^~\\&\r", two, b"BTS@7@\r", b"FTS|2\r", two,
    ]  # fmt: skip
    body = b"".join(pieces) + b"\r\n" * 60 + one + b" " * 70 + one + b"\r" * 80
    whole = list(messages(reader(body), len(body)))
    assert sum(isinstance(found, Span) for found in whole) == 12
    for block in range(48, 400):
        assert list(messages(reader(body), len(body), Limits(block=block))) == whole, block


def test_memory_is_flat() -> None:
    """Reads are of the block asked for, whatever the message's length."""
    body = ONE.replace(b"PRIVATE", b"x" * 300_000) * 4
    asked: list[int] = []

    def read_at(at: int, length: int) -> bytes:
        asked.append(length)
        return body[at : at + length]

    spans = [one for one in messages(read_at, len(body), Limits(block=4096)) if isinstance(one, Span)]
    assert [span.end - span.start for span in spans] == [len(body) // 4] * 4
    assert max(asked) < 4096 + 100
    assert sum(asked) < len(body) * 1.05
