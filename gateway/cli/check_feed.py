"""What `clearplane check` says of HL7 v2 besides its findings: what a feed holds, from message types to codes that nothing knows.

Of values it shows those of MSH, of authorities and types of identifiers, and codes that no table has: what a site file is written from.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from gateway.cli.check_view import Groups, Tally, print_ending, print_survey
from gateway.cli.source import Source
from gateway.cli.text import visible
from parsers.hl7v2.convert import Settings, bytes_of
from parsers.hl7v2.message import Message, Reading, read
from parsers.hl7v2.message_type import message_type
from parsers.hl7v2.profile import Profile, split_path
from parsers.hl7v2.scan import Span, messages
from parsers.hl7v2.segments import Segment
from parsers.outputs import Event, Summary
from schemas.envelope import Counts, Finding, Location
from schemas.hl7v2.tables import fields_of
from schemas.hl7v2.versions import VERSIONS

ROWS = (
    "message types", "no event for", "versions", "senders", "character sets", "usage", "message times", "identifiers", "segments of the site",
    "unmapped", "codes no table has",
)  # fmt: skip
"""In the order in which they are shown; one that has nothing is left out."""
_IDENTIFIERS = ("PID-2", "PID-3", "PID-4", "PID-18", "PV1-19", "PV1-50", "MRG-1")
_LONGEST = 40
_CODE = re.compile(r"[\w.+*/-]{1,20}")
"""What is longer or has blanks is no code, and may be about a patient."""
_OFFSET = frozenset("+-")


class Survey:
    """How often each thing occurs, by row: in messages, of identifiers and codes in repetitions."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.rows: dict[str, Counter[str]] = {row: Counter() for row in ROWS}
        rules = (rule.field for rules in (settings.profile or Profile()).identifiers.values() for rule in rules)
        self.identifiers = [split_path(field)[:2] for field in dict.fromkeys((*_IDENTIFIERS, *rules))]

    def add(self, source: Source, codes: dict[str | None, list[Location]], told: set[int], left: Counter[str]) -> None:
        """One file, with what reading it gave: by message the places of unknown codes, messages with an event, fields unmapped in events."""
        reading = Reading((self.settings.profile or Profile()).charset, self.settings.limits)
        for span in messages(source.read_at, source.size, self.settings.limits):
            if isinstance(span, Span):
                message = read(bytes_of(source.read_at, span), span.start, reading)
                self._message(message, message.offset not in told)
                self.rows["codes no table has"].update(_codes(message, codes.get(message.item, ())))
        self.rows["unmapped"].update(left)

    def _message(self, message: Message, silent: bool) -> None:
        header, rows = message.segments[0], self.rows
        kind = visible("^".join(part for part in message_type(message) if part))[:_LONGEST] or "none named"
        rows["message types"][kind] += 1
        rows["no event for"].update([kind] if silent else ())
        rows["versions"][_first(message, header, 12) or "none named"] += 1
        application, facility = _first(message, header, 3), _first(message, header, 4)
        rows["senders"][" of ".join(part for part in (application, facility) if part) or "none named"] += 1
        rows["character sets"][f"{_first(message, header, 18) or 'none named'}, read as {message.encoding}"] += 1
        rows["usage"][_first(message, header, 11) or "none named"] += 1
        time = _first(message, header, 7)
        rows["message times"]["none" if not time else "with an offset" if _OFFSET & set(time) else "without an offset"] += 1
        for segment in message.segments:
            self._segment(message, segment)
        rows["segments of the site"].update({one.tag for one in message.segments if len(one.tag) == 3 and not fields_of(one.tag, VERSIONS[-1])})

    def _segment(self, message: Message, segment: Segment) -> None:
        for tag, number in self.identifiers:
            if tag == segment.tag:
                place = f"{tag}-{number}"
                self.rows["identifiers"].update(f"{place} {kind}" for kind in _kinds(message, segment, number))

    def to_json(self) -> dict[str, dict[str, int]]:
        """The most frequent first; only what there is."""
        return {row: dict(counts.most_common()) for row, counts in self.rows.items() if counts}


class FeedReport:
    """All HL7 v2 files of a call."""

    def __init__(self, settings: Settings) -> None:
        self.survey, self.groups, self.tally = Survey(settings), Groups(), Tally()
        self.files: list[str] = []
        self.counts, self.items, self.findings = Counts(), 0, 0

    def show(self, each: bool, most: int) -> None:
        """What they hold together, and their findings unless `each` file has shown its own."""
        name, verb = (self.files[0], "holds") if len(self.files) == 1 else (f"{len(self.files)} files", "hold")
        print_survey(f"What {name} {verb}", self.survey.rows)
        if each:
            return
        if len(self.groups):
            self.groups.print(f"Findings of {name}", most, len(self.files) > 1)
        print_ending(name, self.items, self.counts, self.findings, self.tally)


class FileReport:
    """One HL7 v2 file of it; `left` counts the fields that are unmapped in its events."""

    def __init__(self, feed: FeedReport, path: str) -> None:
        self.feed, self.path, self.survey = feed, path, Survey(feed.survey.settings)
        self.left: Counter[str] = Counter()
        self.codes: dict[str | None, list[Location]] = {}
        self.told: set[int] = set()

    def add(self, finding: Finding) -> None:
        self.feed.groups.add(self.path, finding)
        self.feed.tally.add(finding)
        if finding.code == "V2_CODE":
            self.codes.setdefault(finding.item, []).append(finding.location)

    def event(self, event: Event) -> None:
        data = orjson.loads(event.data)
        self.told.add(data["provenance"]["msh"])
        self.left.update(_unmapped(data))

    def end(self, source: Source, tally: Tally, summary: Summary) -> None:
        self.survey.add(source, self.codes, self.told, self.left)
        feed = self.feed
        feed.files.append(self.path)
        feed.counts, feed.items = feed.counts.plus(summary.counts), feed.items + summary.items
        feed.findings += tally.listed + summary.suppressed
        for row, counts in self.survey.rows.items():
            feed.survey.rows[row].update(counts)


def _unmapped(data: dict[str, Any]) -> frozenset[str]:
    """Fields that the event has no place for, as `ZVN-2`."""
    rows = data.get("unmapped", ())
    return frozenset(f"{row['tag']}-{_field(path)}" for row in rows for path in row["elements"])


def _field(path: str) -> str:
    """`5` of `5(2).3`."""
    return path.partition(".")[0].partition("(")[0]


def _split(text: str, mark: str) -> list[str]:
    return text.split(mark) if mark else [text]


def _text(segment: Segment, number: int) -> str:
    return segment.fields[number] if number < len(segment.fields) else ""


def _first(message: Message, segment: Segment, number: int) -> str:
    """First component of the first repetition."""
    marks = message.delimiters
    return visible(_split(_split(_text(segment, number), marks.repetition)[0], marks.component)[0].strip())[:_LONGEST]


def _kinds(message: Message, segment: Segment, number: int) -> Iterator[str]:
    """Authority and type of each identifier of a field (CX-4, CX-5)."""
    marks = message.delimiters
    for repetition in _split(_text(segment, number), marks.repetition):
        if parts := _split(repetition, marks.component) if repetition.strip() not in ("", '""') else []:
            authority = _split((*parts, "", "", "", "")[3], marks.subcomponent)[0].strip()[:_LONGEST]
            kind = (*parts, "", "", "", "", "")[4].strip()[:_LONGEST]
            authority, kind = visible(authority), visible(kind)
            yield (f"type {kind}" if kind else "without type") + (f" of {authority}" if authority else ", no authority")


def _codes(message: Message, places: Iterable[Location]) -> Iterator[str]:
    """The codes at these places, as a site file would name them."""
    marks = message.delimiters
    for at in places:
        if at.segment is None or at.element is None:
            continue
        text = _text(message.segments[at.segment - 1], at.element)
        for mark, number in ((marks.repetition, at.repetition or 1), (marks.component, at.component or 1), (marks.subcomponent, 1)):
            parts = _split(text, mark)
            text = parts[number - 1] if number <= len(parts) else ""
        component = f".{at.component}" if at.component and at.component > 1 else ""
        code = text.strip()
        yield f"{at.tag}-{at.element}{component} {code if _CODE.fullmatch(code) else 'a text'}"


__all__ = ["FeedReport", "FileReport"]
