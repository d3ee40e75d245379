"""MLLP frames: what senders really write becomes the same blocks however the reads are cut, and nothing is lost between them."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.mllp import BIG, COMMIT, HEAD_BYTES, LITTLE, PLAIN, REJECT, Block, Decoder, Frame, FramingError, Kind, encode

MESSAGE = b"MSH|^~\\&|LAB|EAST\rPID|1||100\r"
OTHER = b"MSH|^~\\&|LAB|EAST\rPID|1||200\r"
LIMIT = 1 << 20


def message(body: bytes, frame: Frame = PLAIN) -> Block:
    return Block(Kind.MESSAGE, body, len(body), frame)


def decoded(data: bytes, cuts: Sequence[int] = (), limit: int = LIMIT) -> list[Block]:
    decoder = Decoder(limit)
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    blocks = [block for start, end in pairwise(edges) for block in decoder.feed(data[start:end])]
    return blocks + decoder.finish()


def wide(text: bytes, order: str) -> bytes:
    return text.decode().encode(f"utf-16-{order}")


MESSAGE_LE, MESSAGE_BE = wide(MESSAGE, "le"), wide(MESSAGE, "be")
CURLY = MESSAGE.decode() + "NTE|1||\u201cquoted\u201c\r"
MALAYALAM = "MSH|^~\\&|\r\nNTE|1||\u201c\u0d15\u201d\r".encode("utf-16-be")

CASES = {
    "plain": (encode(MESSAGE), [message(MESSAGE)]),
    "several in one read": (encode(MESSAGE) * 3, [message(MESSAGE)] * 3),
    "no last 0x0D, another frame follows": (encode(MESSAGE)[:-1] + encode(OTHER), [message(MESSAGE), message(OTHER)]),
    "no last 0x0D, the end": (encode(MESSAGE)[:-1], [message(MESSAGE)]),
    "line feed for the last 0x0D": (encode(MESSAGE)[:-1] + b"\n" + encode(OTHER), [message(MESSAGE), message(OTHER)]),
    "line feed after the frame": (encode(MESSAGE) + b"\n" + encode(OTHER) + b"\r\n", [message(MESSAGE), message(OTHER)]),
    "no start byte": (encode(MESSAGE)[1:] + encode(OTHER), [Block(Kind.UNSTARTED, MESSAGE, len(MESSAGE)), message(OTHER)]),
    "no start byte after other bytes": (
        b"hello" + encode(MESSAGE)[1:],
        [Block(Kind.OUTSIDE, b"hello", 5), Block(Kind.UNSTARTED, MESSAGE, len(MESSAGE))],
    ),
    "bytes between frames": (
        encode(MESSAGE) + b"\x02stray\x03" + encode(OTHER),
        [message(MESSAGE), Block(Kind.OUTSIDE, b"\x02stray\x03", 7), message(OTHER)],
    ),
    "cut by the next frame": (encode(MESSAGE)[:20] + encode(OTHER), [Block(Kind.CUT, MESSAGE[:19], 19), message(OTHER)]),
    "cut by the end": (encode(MESSAGE)[:20], [Block(Kind.CUT, MESSAGE[:19], 19)]),
    "no frame at all": (MESSAGE, [Block(Kind.CUT, MESSAGE, len(MESSAGE))]),
    "frame bytes in the text": (
        encode(b"")[:1] + MESSAGE + b"NTE|1||a\x0bb\x1cc\x0bMS\r" + b"\x1c\r",
        [message(MESSAGE + b"NTE|1||a\x0bb\x1cc\x0bMS\r")],
    ),
    "empty frame": (b"\x0b\x1c\r" + encode(MESSAGE), [Block(Kind.EMPTY, b"", 0), message(MESSAGE)]),
    "blanks in a frame": (b"\x0b\r\n\x1c\r", [Block(Kind.EMPTY, b"\r\n", 2)]),
    "a request of another protocol": (b"GET / HTTP/1.1\r\n\r\n", [Block(Kind.OUTSIDE, b"GET / HTTP/1.1\r\n\r\n", 18)]),
    "release 2": (COMMIT + REJECT + encode(MESSAGE), [Block(Kind.COMMIT, b"\x06", 1), Block(Kind.REJECT, b"\x15", 1), message(MESSAGE)]),
    "UTF-16LE, two-byte frame": (b"\x0b\0" + MESSAGE_LE + b"\x1c\0\r\0" + encode(OTHER), [message(MESSAGE_LE, LITTLE), message(OTHER)]),
    "UTF-16LE with mark, two-byte frame": (b"\x0b\0\xff\xfe" + MESSAGE_LE + b"\x1c\0\r\0", [message(b"\xff\xfe" + MESSAGE_LE, LITTLE)]),
    "UTF-16BE, two-byte frames": ((b"\0\x0b" + MESSAGE_BE + b"\0\x1c\0\r") * 2, [message(MESSAGE_BE, BIG)] * 2),
    "UTF-16LE, one-byte frame": (b"\x0b" + MESSAGE_LE + b"\x1c\r", [message(MESSAGE_LE)]),
    "UTF-16BE with mark, one-byte frame": (b"\x0b\xfe\xff" + MESSAGE_BE + b"\x1c\r", [message(b"\xfe\xff" + MESSAGE_BE)]),
    "0x1C in a UTF-16 character": (encode(CURLY.encode("utf-16-le"), LITTLE), [message(CURLY.encode("utf-16-le"), LITTLE)]),
    "0x1C in a UTF-16BE character": (encode(CURLY.encode("utf-16-be"), BIG), [message(CURLY.encode("utf-16-be"), BIG)]),
    "0x1C 0x0D across two characters": (
        b"\x0b\xfe\xff" + MALAYALAM + b"\x1c\r",
        [message(b"\xfe\xff" + MALAYALAM)],
    ),
    "a batch": (encode(b"FHS|^~\\&\rBHS|^~\\&\r" + MESSAGE), [message(b"FHS|^~\\&\rBHS|^~\\&\r" + MESSAGE)]),
    "not HL7": (encode(b"anything"), [message(b"anything")]),
}


@pytest.mark.parametrize("name", CASES)
def test_what_senders_write_is_read_whole_and_byte_by_byte(name):
    data, expected = CASES[name]
    assert decoded(data) == expected
    assert decoded(data, list(range(len(data)))) == expected


PIECES = st.sampled_from(
    [*(data for data, _ in CASES.values()), b"\x0b", b"\x1c", b"\r", b"\n", b"\0", b"M", b"S", b"H", b"|", b"MSH|", b"\xff\xfe", b"\xfe\xff", b"\x06"]
)


@given(st.lists(PIECES, max_size=8).map(b"".join), st.lists(st.integers(0, 4000), max_size=6))
def test_cuts_change_nothing(data, cuts):
    assert decoded(data, cuts) == decoded(data)
    assert decoded(data, list(range(len(data)))) == decoded(data)


@given(st.lists(PIECES, max_size=8).map(b"".join), st.lists(st.integers(0, 4000), max_size=6))
def test_cuts_change_nothing_where_messages_are_over_the_limit(data, cuts):
    assert decoded(data, cuts, 25) == decoded(data, limit=25)


@given(st.lists(st.binary(max_size=40).filter(lambda body: b"\x1c" not in body and b"\x0bMSH" not in body), min_size=1, max_size=5))
def test_what_is_encoded_is_decoded(bodies):
    framed = b"".join(encode(b"MSH|" + body) for body in bodies)
    assert [block.body for block in decoded(framed)] == [b"MSH|" + body for body in bodies]


@given(st.lists(PIECES, max_size=8).map(b"".join))
def test_every_byte_but_frame_bytes_and_blanks_is_in_a_block(data):
    kept = b"".join(block.body for block in decoded(data))
    ignored = b"\x0b\x1c\r\n\0\t \x06\x15"
    assert kept.translate(None, ignored) == data.translate(None, ignored)


def test_a_message_that_would_end_early_is_not_sent():
    with pytest.raises(FramingError):
        encode(MESSAGE + b"NTE|1||\x1c\r")


def test_without_a_last_byte_a_frame_is_complete_when_nothing_more_comes():
    decoder = Decoder(LIMIT)
    assert decoder.feed(encode(MESSAGE)[:-1]) == []
    assert decoder.perhaps_ended
    assert decoder.quiet() == [message(MESSAGE)]
    assert decoder.feed(b"\r" + encode(OTHER)) == [message(OTHER)]


def test_a_frame_that_only_pauses_is_not_complete():
    decoder = Decoder(LIMIT)
    assert decoder.feed(encode(MESSAGE)[:-2]) == []
    assert (decoder.perhaps_ended, decoder.quiet()) == (False, [])
    assert decoder.feed(b"\x1c\r") == [message(MESSAGE)]


def test_of_a_message_over_the_limit_the_head_is_kept_and_the_next_is_read():
    decoder, data = Decoder(LIMIT), b"MSH|" + b"x" * (3 * LIMIT)
    largest, blocks = 0, []
    framed = encode(data) + encode(MESSAGE)
    for start in range(0, len(framed), 50_000):
        blocks += decoder.feed(framed[start : start + 50_000])
        largest = max(largest, decoder.held)
    assert blocks == [Block(Kind.OVER_LIMIT, data[:HEAD_BYTES], len(data)), message(MESSAGE)]
    assert largest <= LIMIT + 50_000


def test_bytes_that_are_never_a_frame_are_handed_over_in_bounded_pieces():
    decoder, data = Decoder(LIMIT), b"x" * (3 * HEAD_BYTES + 5)
    blocks = decoder.feed(data[:100_000]) + decoder.feed(data[100_000:])
    assert decoder.held <= HEAD_BYTES
    blocks += decoder.finish()
    assert (b"".join(block.body for block in blocks), max(block.size for block in blocks)) == (data, HEAD_BYTES)


def test_a_large_message_costs_no_more_per_byte_than_a_small_one():
    """Counted in searches of the text, not in seconds: no byte is looked at again with each read."""
    data = encode(b"MSH|" + b"x" * (1 << 20))
    decoder = Decoder(1 << 22)
    for start in range(0, len(data) - 2, 1000):
        decoder.feed(data[start : min(start + 1000, len(data) - 2)])
        assert decoder._at >= decoder.held - 8
    assert len(decoder.feed(b"\x1c\r")) == 1
