"""Bytes of a set to segments for its reader, block by block; how the bytes are cut changes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import accumulate

from parsers.x12.binary import BINARY, segments
from parsers.x12.delimiters import BLANKS, Delimiters
from parsers.x12.plan import ReadAt, ScanLimits, SetPlan, Span
from parsers.x12.reader import SetReader

_HEAD = 512


def feed_span(reader: SetReader, read_at: ReadAt, span: Span, plan: SetPlan, limits: ScanLimits) -> Iterator[None]:
    """Feed the segments of a span; yields after each block so that the caller can drain the reader."""
    reader.seek(span.ordinal)
    if reader.machine.tags & BINARY.keys():
        yield from _feed_binary(reader, read_at, span, plan, limits)
        return
    terminator = plan.delimiters.terminator.encode("latin-1")
    at, tail, start = span.start, b"", span.start
    while at < span.end:
        block = read_at(at, min(limits.read, span.end - at))
        if not block:
            break
        at += len(block)
        text = tail + block
        cut = text.rfind(terminator) + len(terminator)
        if cut >= len(terminator):
            feed_text(reader, text[: cut - len(terminator)], start, plan.delimiters, limits.segment)
            start, tail = start + cut, text[cut:]
        else:
            tail = text
        if len(tail) > limits.segment:
            end = _end_of_segment(read_at, start, span.end, terminator)
            reader.over_limit(tail[:64].decode("latin-1"), start)
            at, tail, start = end, b"", end
        yield
    if tail.strip(b" \t\r\n"):
        feed_text(reader, tail, start, plan.delimiters, limits.segment)
        yield


def _feed_binary(reader: SetReader, read_at: ReadAt, span: Span, plan: SetPlan, limits: ScanLimits) -> Iterator[None]:
    """A set that may carry binary data, segment by segment."""
    _, control = _controls(plan.delimiters)
    for offset, text, exact in segments(read_at, span.start, span.end, plan.delimiters, limits.segment):
        if not exact:
            reader.wrong_length(offset)
        if len(text) > limits.segment:
            reader.over_limit(text[:64], offset)
        else:
            if control.search(text):
                reader.control_character(1, offset)
            reader.feed([text_of(text)], [offset])
        yield


def first_segment(read_at: ReadAt, offset: int, delimiters: Delimiters) -> list[str]:
    """Elements of the segment at `offset`, as far as its start tells them."""
    text = text_of(read_at(offset, _HEAD).split(delimiters.terminator.encode("latin-1"))[0].decode("latin-1"))
    return text.strip(BLANKS).split(delimiters.element)


def feed_text(reader: SetReader, block: bytes, start: int, delimiters: Delimiters, longest: int) -> None:
    """Feed whole segments: `block` begins at byte `start` of the file and leaves out its last terminator."""
    terminator = delimiters.terminator.encode("latin-1")
    forbidden, control = _controls(delimiters)
    lead = 1 if block.startswith(b"\n") else 0
    breaks = block.count(b"\n", lead)
    if lead or breaks:
        if block.count(terminator + b"\n") == breaks == block.count(terminator):
            # The usual layout, one segment a line: the line break is part of the gap.
            block, start, terminator = block[lead:], start + lead, terminator + b"\n"
        else:
            breaks = 0
    gap = len(terminator)
    controls = len(block) - breaks != len(block.translate(None, forbidden))
    segments = block.decode("latin-1").split(terminator.decode("latin-1"))
    offsets: Iterable[int] = accumulate(map(gap.__add__, map(len, segments)), initial=start)
    blank = block.startswith(b" ") or terminator + b" " in block
    if controls or blank or not block.isascii() or not all(segments) or len(max(segments, key=len)) > longest:
        _feed_odd(reader, segments, offsets, longest, control)
    else:
        reader.feed(segments, offsets)


@lru_cache(maxsize=64)
def _controls(delimiters: Delimiters) -> tuple[bytes, re.Pattern[str]]:
    """Control characters that are no delimiter: all, and what finds one."""
    marks = set("".join(delimiters))
    forbidden = bytes(code for code in (*range(0x20), 0x7F) if chr(code) not in marks)
    return forbidden, re.compile("[" + "".join(f"\\x{code:02x}" for code in forbidden) + "]")


def _feed_odd(reader: SetReader, segments: list[str], offsets: Iterable[int], longest: int, control: re.Pattern[str]) -> None:
    """The careful way: line breaks and blanks around segments, blank ones, text that is not ASCII, control characters, too long ones."""
    for raw, offset in zip(segments, offsets, strict=False):
        segment = raw.lstrip(BLANKS)
        at = offset + len(raw) - len(segment)
        segment = segment.rstrip("\r\n")
        if not segment:
            continue
        if len(segment) > longest:
            reader.over_limit(segment[:64], at)
            continue
        if control.search(segment):
            reader.control_character(1, at)
        reader.feed([text_of(segment)], [at])


def text_of(segment: str) -> str:
    """Latin-1 text whose bytes are UTF-8 is read as UTF-8, and otherwise stays Latin-1."""
    if segment.isascii():
        return segment
    try:
        return segment.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return segment


def _end_of_segment(read_at: ReadAt, at: int, end: int, terminator: bytes) -> int:
    """Offset behind the terminator of a segment that is too long to keep."""
    overlap = len(terminator) - 1
    while at < end:
        block = read_at(at, min(1 << 20, end - at))
        found = block.find(terminator)
        if found >= 0:
            return at + found + len(terminator)
        at += max(len(block) - overlap, 1)
    return end
