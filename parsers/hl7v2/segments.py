"""A message's text into segments. CR ends a segment; a line feed does where the message has no CR, or where a segment follows it.

What follows an end and is no segment belongs to the segment before it: text that its sender broke into lines. A line feed inside text stays text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache, partial
from itertools import accumulate, count
from typing import NamedTuple

_PROPER = re.compile(r"[A-Z][A-Z0-9]{2}(?:\r[A-Z][A-Z0-9]{2})*")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{2}")


class Segment(NamedTuple):
    """One segment. `tag` is in upper case, `ordinal` counts from MSH = 1.

    `fields[n]` is field n as it stands, `fields[0]` the identifier as sent; MSH-1 is the separator itself.
    """

    tag: str
    text: str
    ordinal: int
    fields: list[str]


class Issue(NamedTuple):
    """A finding code and the ordinal of the segment it is about."""

    code: str
    ordinal: int


class Split(NamedTuple):
    """The segments of a message and what is odd about them. `starts` are their first characters; empty when each end has `width` characters."""

    segments: list[Segment]
    issues: list[Issue]
    width: int = 1
    starts: tuple[int, ...] = ()

    def places(self) -> list[int]:
        """Where each segment starts in the text of the message, in characters."""
        lengths = [len(text) + self.width for _, text, _, _ in self.segments]
        return list(self.starts or accumulate(lengths[:-1], initial=0))


def split(text: str, field: str, most: int) -> Split | None:
    """A message's text, which starts with MSH and has no end of its last segment. None when it has more than `most` segments."""
    if len(text) > most and text.count("\r") + text.count("\n") >= most:
        return _repair(text, field, most)
    if "\n" not in text:
        lines, width, issues = text.split("\r"), 1, []
    else:
        feeds, pairs, returns = text.count("\n"), text.count("\r\n"), text.count("\r")
        if returns and not feeds == pairs == returns:
            return _repair(text, field, most)
        lines, width, issues = text.split("\r\n" if returns else "\n"), 1 + bool(returns), [Issue("V2_LINE_ENDS", 1)]
    rows = [line.split(field) for line in lines]
    tags = [row[0] for row in rows]
    if not _PROPER.fullmatch("\r".join(tags)):
        return _repair(text, field, most)
    rows[0].insert(1, field)
    return Split(list(map(_segment, zip(tags, lines, count(1), rows, strict=False))), issues, width)


_segment: Callable[[tuple[str, str, int, list[str]]], Segment] = partial(tuple.__new__, Segment)
"""Makes a segment without running Python code for it."""


@lru_cache(maxsize=64)
def _boundary(field: str) -> re.Pattern[str]:
    """Line ends behind which a segment stands: one with its separator, or (group 1) anything else that is taken as one where it may."""
    mark = re.escape(field)
    likely = rf"[A-Z][A-Z0-9]{{2}}[ \t]*(?:[\r\n]|\Z)|[A-Z][A-Z0-9]?\Z|[A-Z][A-Z0-9]{{0,4}}{mark}"
    return re.compile(rf"(?<![\r\n])[\r\n]++[ \t]*+(?:(?=[A-Za-z][A-Za-z0-9]{{2}}{mark})|(?=({likely})))")


def _repair(text: str, field: str, most: int) -> Split | None:
    """As `split`, for any text: each line end is judged by what it is and by what stands behind it."""
    only_feeds = "\r" not in text
    fed = only_feeds or "\r\n" in text
    starts, ends = [0], []
    for found in _boundary(field).finditer(text):
        fed_only = "\r" not in found[0]
        if found[1] is not None and fed_only and not only_feeds:
            continue
        if len(starts) == most:
            return None
        fed = fed or fed_only
        ends.append(found.start())
        starts.append(found.end())
    ends.append(len(text))
    issues = [Issue("V2_LINE_ENDS", 1)] if fed else []
    segments = [_read(text[start:end], ordinal, field, only_feeds, issues) for ordinal, (start, end) in enumerate(zip(starts, ends, strict=True), 1)]
    return Split(segments, issues, 1, tuple(starts))


def _without_blank_lines(line: str) -> str:
    """A segment without the empty lines behind it; blanks at its own end are data."""
    solid = len(line.rstrip(" \t\r\n"))
    return line[:solid] + _BREAK.split(line[solid:], maxsplit=1)[0]


_BREAK = re.compile(r"[\r\n]")


def _read(line: str, ordinal: int, field: str, only_feeds: bool, issues: list[Issue]) -> Segment:
    if _BREAK.search(line):
        line = _without_blank_lines(line)
        if "\r" in line or (only_feeds and "\n" in line):
            issues.append(Issue("V2_LINE_WRAPPED", ordinal))
        elif "\n" in line:
            issues.append(Issue("V2_LINE_FEED", ordinal))
    row = line.split(field)
    tag = row[0].strip()
    if not _NAME.fullmatch(tag):
        issues.append(Issue("V2_SEGMENT_NAME", ordinal))
    elif not tag.isupper():
        issues.append(Issue("V2_SEGMENT_CASE", ordinal))
    if ordinal == 1:
        row.insert(1, field)
    return Segment(tag.upper(), line, ordinal, row)


_REQUIRED = {
    "MSH": 12, "EVN": 2, "PID": 5, "PV1": 2, "MRG": 1, "NK1": 1, "AL1": 3, "DG1": 3, "PR1": 3, "GT1": 3, "IN1": 3, "ORC": 1, "OBR": 4,
    "OBX": 11, "NTE": 1, "FT1": 7, "TXA": 2, "SCH": 6, "AIS": 3, "AIG": 3, "AIL": 3, "AIP": 3, "RXA": 6, "RXE": 3, "RXO": 1, "RXR": 1, "MSA": 2,
}  # fmt: skip
"""A field that hardly any sender leaves out of a segment, most of them required by the standard: one that stops before it was most likely cut."""


def stops_early(segment: Segment, delimiters: tuple[str, ...]) -> bool:
    """The last segment of a message, without its terminator, ends as no sender ends one: amid a field, or before a field it must have."""
    text = segment.text
    if len(segment.fields) - 1 < _REQUIRED.get(segment.tag, 1) or len(segment.tag) < 3:
        return True
    return len(text) > 3 and text[-1] in delimiters[1:5] and segment.tag != "MSH"
