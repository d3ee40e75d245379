"""Reading HL7 v2 does not depend on how bytes arrive, and no bytes make it fail or lose their place."""

from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.hl7v2.acknowledgement import acknowledge, answer, header
from parsers.hl7v2.charsets import encoding_of
from parsers.hl7v2.delimiters import USUAL
from parsers.hl7v2.escapes import plain, unescape
from parsers.hl7v2.limits import Limits
from parsers.hl7v2.message import Reading, read
from parsers.hl7v2.scan import Span, messages
from parsers.hl7v2.segments import split
from tests.unit.test_v2_acknowledgement import NOW
from tests.unit.v2_samples import ADMISSION, RESULT, reader

PIECES = (
    ADMISSION,
    RESULT,
    ADMISSION[:-1],
    RESULT.replace("\r", "\n"),
    RESULT.replace("\r", "\r\n"),
    RESULT.translate(str.maketrans("|^~\\&", "@$r?!")),
    "MSH|^~\\&|é漢🙂\r",
    "FHS|^~\\&|a\r",
    "BHS|^~\\&|b\rBTS|1\r",
    "BTS|2\r\n",
    "FTS|1\r",
    "\x0b",
    "\x1c\r",
    "\x1c",
    "\r\n",
    "\n \t\n",
    " " * 30,
    "junk|MSH|BTS",
    "\ufeff",
    "MSH",
    "|text\nMSH-7 goes on\nNTE|",
    "\\E\\R\\ \\X0D\\ \\M2442\\;3ED\\",
)
FILES = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)
ENCODINGS = st.sampled_from(["utf-8", "utf-8", "utf-16-le", "utf-16-be", "cp932"])
BLOCKS = st.integers(48, 600)


def _found(body: bytes, block: int) -> list[object]:
    return list(messages(reader(body), len(body), Limits(block=block)))


@settings(max_examples=300, deadline=None)
@given(FILES, ENCODINGS, BLOCKS, BLOCKS)
def test_spans_do_not_depend_on_blocks(text: str, encoding: str, one: int, other: int) -> None:
    body = text.encode(encoding, "replace")
    whole = _found(body, 1 << 20)
    assert _found(body, one) == whole
    assert _found(body, other) == whole


@settings(max_examples=200, deadline=None)
@given(FILES, st.lists(st.tuples(st.integers(0, 2000), st.binary(max_size=6)), max_size=6))
def test_damaged_files_are_read_to_the_last_byte(text: str, damages: list[tuple[int, bytes]]) -> None:
    """Spans stand apart and in order; what is in none of them and is no blank was named; each message reads, and its fields are at their bytes."""
    body = text.encode()
    for at, data in damages:
        body = body[:at] + data + body[at + len(data) // 2 :]
    found = _found(body, 300)
    end = 0
    for span in [one for one in found if isinstance(one, Span)]:
        assert end <= span.start < span.end <= len(body)
        end = span.end
        message = read(body[span.start : span.end], span.start)
        assert message.segments[0].fields[1] == chr(body[span.start + 3]) or message.encoding.startswith("utf-")
        for segment in message.segments[:8]:
            assert span.start <= message.offset_of(segment) <= span.end
            start, stop = message.place(segment)
            if message.encoding in ("utf-8", "ascii"):
                assert body[start:stop].decode(message.encoding) == segment.text
    if any(not isinstance(one, Span) for one in found) or not body.strip():
        return
    assert end == len(body.rstrip()) or body[end:].strip() == b""


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", b"MSH|^~\\&|", b"M\0S\0H\0|\0", b"MSH|^~\\&|||||||A^B||7|P|2.5||||||ISO IR87\rNTE|\x1b$B"]))
def test_no_bytes_raise(tail: bytes, head: bytes) -> None:
    raw = head + tail
    message = read(raw, 0, Reading(limits=Limits(segments=20)))
    message.text.encode()  # what the events' JSON must be able to hold
    for segment in message.segments:
        start, end = message.place(segment, 3, 1, 2, 1)
        assert 0 <= start <= end <= len(raw) + 4
        for text in segment.fields:
            plain(unescape(text, message.delimiters, message.encoding), message.delimiters, message.encoding).encode()
    header(raw)
    assert answer(acknowledge(raw, "AR", "text", now=NOW, control_id="1")) is not None
    list(messages(reader(raw), len(raw)))


@given(st.text())
def test_any_name_of_a_set_has_an_answer(name: str) -> None:
    encoding = encoding_of(name)
    assert encoding is None or isinstance(encoding, str)


@given(st.text(alphabet="\\FSTREPXCM.br019ABé|^"))
def test_text_without_known_escape_sequences_is_kept(text: str) -> None:
    doubled = text.replace("\\", "\\E\\")
    assert unescape(doubled, USUAL) == text


SEGMENTS = st.lists(st.tuples(st.from_regex(r"[A-Z][A-Z0-9]{2}", fullmatch=True), st.text(alphabet="a1|^~\\& ", max_size=12)), max_size=6)


@given(SEGMENTS, st.sampled_from(["\r", "\n", "\r\n"]))
def test_the_quick_way_and_the_careful_way_agree(segments: list[tuple[str, str]], end: str) -> None:
    """A message with proper segments is read the same by both; the careful one reads it when more line ends than segments are allowed."""
    text = end.join(["MSH|^~\\&|x", *(f"{tag}|{rest}" for tag, rest in segments)])
    lines = text.split(end)
    quick, careful = split(text, "|", len(lines) + 1), split(text, "|", len(lines) - 1 or 1)
    assert quick is not None
    assert [segment.text for segment in quick.segments] == lines
    assert [text[start:][:4] for start in quick.places()] == [line[:4] for line in lines]
    assert careful is None or len(lines) == 1
    repaired = split(text + end + end + "NTE|1", "|", len(lines) + 9)
    assert repaired is not None
    assert repaired.segments[:-1] == quick.segments
    assert repaired.places()[:-1] == quick.places()
