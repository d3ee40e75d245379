"""Frames of MLLP, the lower layer protocol of HL7 v2: 0x0B, message, 0x1C 0x0D; of release 2 also its commit blocks.

The decoder takes what senders do: no last 0x0D, no 0x0B, bytes between frames, frame bytes inside a text, UTF-16 under one-byte and two-byte frame
bytes. How the bytes were cut into reads changes nothing; only `quiet`, the passing of time, ends a frame that has no 0x0D.
"""

import re
from enum import Enum
from typing import NamedTuple

START, END, CR = 0x0B, 0x1C, 0x0D
COMMIT, REJECT = b"\x0b\x06\x1c\r", b"\x0b\x15\x1c\r"
HEAD_BYTES = 64 << 10
"""What is kept of a frame over the limit, and how many bytes outside frames are handed over at once."""

BLANK = b"\r\n\t \0"
_MARK = re.compile(rb"\x1c(?:[\r\x0b]|\Z)|\x0b(?:MSH|FHS|BHS|(?:M|MS|F|FH|B|BH)?\Z)")
_MARK_BYTES = {END: 2, START: 4}
_OPENING = re.compile(rb"\x0b|(?:MSH|FHS|BHS)[^\w\s\x00]")
_OPENING_BYTES = 4
_TAIL = 8
"""Bytes at the end of what was read that may belong to a mark still to be completed."""


class Kind(Enum):
    MESSAGE = "message"
    UNSTARTED = "message without start byte"
    EMPTY = "empty frame"
    OVER_LIMIT = "message over the limit"
    CUT = "message that did not end"
    OUTSIDE = "bytes outside frames"
    COMMIT = "commit block"
    REJECT = "reject block"


class Frame(NamedTuple):
    """The bytes around a message."""

    start: bytes = b"\x0b"
    end: bytes = b"\x1c\r"


PLAIN = Frame()
LITTLE, BIG = Frame(b"\x0b\0", b"\x1c\0\r\0"), Frame(b"\0\x0b", b"\0\x1c\0\r")
"""Of UTF-16, least or most significant byte first."""


class Block(NamedTuple):
    """`body` without frame bytes; of OVER_LIMIT its first HEAD_BYTES. `size` is that of the whole, `frame` the one an answer has to have."""

    kind: Kind
    body: bytes
    size: int
    frame: Frame = PLAIN


class FramingError(ValueError):
    """The message holds bytes that end a frame."""


class _Shape(NamedTuple):
    """`frame` ends at a multiple of `step` bytes from its start, of which `skip` bytes come after 0x0B."""

    frame: Frame
    step: int
    skip: int = 0


_NARROW, _NARROW_WIDE = _Shape(PLAIN, 1), _Shape(PLAIN, 2)
_LITTLE_WIDE, _BIG_WIDE = _Shape(LITTLE, 2, 1), _Shape(BIG, 2)


def encode(message: bytes, frame: Frame = PLAIN) -> bytes:
    """The message in its frame. Raises FramingError where a receiver would end it early."""
    if (END in message) if frame is PLAIN else (frame.end in message):
        raise FramingError("the message holds the byte that ends a frame (0x1C)")
    return frame.start + message + frame.end


class Decoder:
    """Fed with reads of any size. Memory is at most `limit` and one read."""

    def __init__(self, limit: int) -> None:
        self._limit, self._head_bytes = limit, min(limit, HEAD_BYTES)
        self._buffer = bytearray()
        self._at = 0
        self._shape: _Shape | None = None
        self._open = False
        self._started = False
        self._wide_start = False
        self._head: bytes | None = None
        self._dropped = 0

    @property
    def size(self) -> int:
        """Bytes of a frame begun, or outside frames, that were read so far."""
        return len(self._buffer) + self._dropped

    @property
    def held(self) -> int:
        """Bytes in memory."""
        return len(self._buffer)

    @property
    def begun(self) -> bool:
        """Whether a frame, or text like one, waits for its end."""
        return self._open

    @property
    def perhaps_ended(self) -> bool:
        """Whether the frame is complete if nothing more comes: it ends with 0x1C without 0x0D."""
        return self._open and bytes(self._buffer[-_TAIL:]).rstrip(BLANK).endswith(b"\x1c")

    def feed(self, data: bytes) -> list[Block]:
        """What the read completes, in order."""
        if not self._buffer and not self._open and (whole := _whole(data, self._limit)) is not None:
            return [whole]
        self._buffer += data
        blocks: list[Block] = []
        while self._inside(blocks) if self._open else self._outside(blocks):
            pass
        return blocks

    def quiet(self) -> list[Block]:
        """No more bytes came for a while: a frame that ends with 0x1C is complete, anything else still waits."""
        if not self.perhaps_ended:
            return []
        blocks: list[Block] = []
        end = self._buffer.rindex(END)
        if self._shape is _BIG_WIDE and end and self._buffer[end - 1] == 0:
            end -= 1
        self._close(blocks, end, len(self._buffer))
        return blocks

    def finish(self) -> list[Block]:
        """What is left at the end of the connection."""
        blocks = self.quiet()
        if self._open:
            self._close(blocks, len(self._buffer), len(self._buffer), Kind.CUT)
        elif self._buffer:
            self._emit_outside(blocks, len(self._buffer))
        return blocks

    def _outside(self, blocks: list[Block]) -> bool:
        """Up to the next start; True when there may be more to do."""
        found = _OPENING.search(self._buffer, self._at)
        reach = found.start() if found else len(self._buffer) - _OPENING_BYTES + 1
        while reach >= HEAD_BYTES:
            self._emit_outside(blocks, HEAD_BYTES)
            reach -= HEAD_BYTES
        if found is None:
            self._at = max(0, reach)
            return False
        self._started = self._buffer[reach] == START
        self._wide_start = reach > 0 and self._buffer[reach - 1] == 0
        self._emit_outside(blocks, reach)
        del self._buffer[: self._started]
        self._open, self._at = True, 0
        self._shape = None if self._started else _NARROW
        return True

    def _emit_outside(self, blocks: list[Block], size: int) -> None:
        junk = bytes(self._buffer[:size])
        del self._buffer[:size]
        self._at = 0
        if junk.strip(BLANK):
            blocks.append(Block(Kind.OUTSIDE, junk, size))

    def _inside(self, blocks: list[Block]) -> bool:
        if self._shape is None:
            self._shape = _shape(bytes(self._buffer[:4]), self._wide_start)
            if self._shape is None:
                return False
            del self._buffer[: self._shape.skip]
        ended = self._narrow_end(blocks) if self._shape is _NARROW else self._wide_end(blocks, self._shape)
        if not ended and len(self._buffer) > self._limit:
            self._drop()
        return ended

    def _narrow_end(self, blocks: list[Block]) -> bool:
        """0x1C 0x0D, 0x1C 0x0B, or 0x0B before what opens a message; every other 0x1C and 0x0B is text."""
        end = self._buffer.find(END, self._at)
        stop = end if end >= 0 else len(self._buffer)
        inner = self._buffer.find(START, self._at, stop)
        found = _MARK.search(self._buffer, inner if inner >= 0 else stop)
        if found is None:
            self._at = len(self._buffer)
            return False
        at, mark = found.start(), found.group()
        if len(mark) < _MARK_BYTES[mark[0]]:
            self._at = at
            return False
        if mark[0] == END:
            self._close(blocks, at, at + 2 if mark[1] == CR else at + 1)
            return True
        before = bytes(self._buffer[max(0, at - _TAIL) : at])
        text = before.rstrip(BLANK)
        if text.endswith(b"\x1c"):
            self._close(blocks, at - len(before) + len(text) - 1, at)
        else:
            self._close(blocks, at, at, Kind.CUT)
        return True

    def _wide_end(self, blocks: list[Block], shape: _Shape) -> bool:
        """The end mark where a character begins; in UTF-16 its bytes may be parts of two."""
        end = shape.frame.end
        at = self._buffer.find(end, self._at)
        while at >= 0 and at % shape.step:
            at = self._buffer.find(end, at + 1)
        if at < 0:
            self._at = max(self._at, (len(self._buffer) - len(end) + 1) & ~1)
            return False
        self._close(blocks, at, at + len(end))
        return True

    def _drop(self) -> None:
        """Only the size and the head of a message over the limit are kept."""
        if self._head is None:
            self._head = bytes(self._buffer[: self._head_bytes])
        count = max(0, min(self._at, len(self._buffer) - _TAIL)) & ~1
        del self._buffer[:count]
        self._dropped += count
        self._at -= count

    def _close(self, blocks: list[Block], end: int, consumed: int, kind: Kind = Kind.MESSAGE) -> None:
        """The frame's body ends at `end`; what follows begins at `consumed`."""
        size, frame = self._dropped + end, self._shape.frame if self._shape else PLAIN
        if size > self._limit:
            head = self._head if self._head is not None else bytes(self._buffer[: self._head_bytes])
            blocks.append(Block(Kind.OVER_LIMIT, head, size, frame))
        else:
            with memoryview(self._buffer) as view:
                body = bytes(view[:end])
            if kind is not Kind.CUT:
                kind = _kind(body, self._started)
            if kind is not Kind.CUT or body.strip(BLANK):
                blocks.append(Block(kind, body, size, frame))
        del self._buffer[:consumed]
        self._open, self._shape, self._head, self._dropped, self._at = False, None, None, 0, 0


def _whole(data: bytes, limit: int) -> Block | None:
    """A read that is one plain frame, as nearly all are."""
    if data[:1] != b"\x0b" or data[-2:] != b"\x1c\r" or data[1:2] not in b"MFB" or len(data) - 3 > limit:
        return None
    if data.find(b"\x1c", 1) != len(data) - 2 or data.find(b"\x0b", 1) >= 0 or data[2:3] == b"\0":
        return None
    return Block(Kind.MESSAGE, data[1:-2], len(data) - 3)


def _kind(body: bytes, started: bool) -> Kind:
    if len(body) < 2 and started:
        special = {b"\x06": Kind.COMMIT, b"\x15": Kind.REJECT}.get(body)
        if special is not None:
            return special
    if not body.strip(BLANK):
        return Kind.EMPTY
    return Kind.MESSAGE if started else Kind.UNSTARTED


def _shape(head: bytes, wide_start: bool) -> _Shape | None:
    """By the first bytes after 0x0B: UTF-16 has a byte order mark, or a zero beside the first letter. None while they are too few."""
    if not head:
        return None
    if head[0] in b"\xff\xfe\0MFB":
        if len(head) < 3 and END not in head:
            return None
        for opening, shape in _wide(wide_start).items():
            if head.startswith(opening):
                return shape
    return _NARROW


def _wide(wide_start: bool) -> dict[bytes, _Shape]:
    big = _BIG_WIDE if wide_start else _NARROW_WIDE
    letters = b"MFB"
    shapes = {b"\xff\xfe": _NARROW_WIDE, b"\xfe\xff": big, b"\0\xff\xfe": _LITTLE_WIDE}
    for letter in letters:
        shapes[bytes((letter, 0))] = _NARROW_WIDE
        shapes[bytes((0, letter, 0))] = _BIG_WIDE if wide_start else _LITTLE_WIDE
    return shapes


__all__ = ["BIG", "COMMIT", "HEAD_BYTES", "LITTLE", "PLAIN", "REJECT", "Block", "Decoder", "Frame", "FramingError", "Kind", "encode"]
