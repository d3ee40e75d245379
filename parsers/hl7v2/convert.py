"""Messages of a file to events and findings: first pass, then one by one. Pure over `read_at`; memory does not grow with the file.

Where the compiled extension is installed it makes the events of the messages it is sure of; findings are always made here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from parsers.attributes import Attributes
from parsers.hl7v2.checks import check
from parsers.hl7v2.compile import machine_for
from parsers.hl7v2.converters import instant, zone_for
from parsers.hl7v2.extension import Site, lane_for
from parsers.hl7v2.fields import Issue
from parsers.hl7v2.limits import Limits
from parsers.hl7v2.message import Message, Reading, finding, read
from parsers.hl7v2.message_type import message_type
from parsers.hl7v2.profile import Profile
from parsers.hl7v2.program import compiled_for, map_of, overlay_of
from parsers.hl7v2.reader import Made, read_message
from parsers.hl7v2.scan import Span, messages
from parsers.hl7v2.segments import Segment
from parsers.hl7v2.shape import shape_of
from parsers.outputs import Event, Origin, ReadAt, Summary
from schemas.codes.findings import FINDINGS
from schemas.envelope import Counts, Finding, Location, patient_key

Policy = dict[str, str]
_LIMITS = frozenset({"V2_EVENTS_LIMIT", "V2_MESSAGE_LIMIT", "V2_SEGMENT_LIMIT"})
"""What no site can allow: there is nothing to publish."""
_REFUSALS = frozenset({"reject", "reject_set"})
_CAUSES = frozenset({"V2_SEGMENT_MISSING", "V2_MERGE_INCOMPLETE", "V2_MERGE_SAME"})
"""Why an event that is defined was not made, so that nothing more has to be said."""


class Settings(NamedTuple):
    """How to read: strictness per finding code (reject, report, ignore), limits, findings listed of a file, and the site's profile;
    engine `python` leaves out the compiled one."""

    policy: Policy = {}  # noqa: RUF012 - a default that nobody changes
    limits: Limits = Limits()
    findings: int = 100_000
    profile: Profile | None = None
    engine: str = "auto"


class Judged:
    """The findings of the message at a byte offset as the site's policy decides them; `outcome` is "refused" or "dead" when one says so."""

    def __init__(self, offset: int, policy: Policy, most: int) -> None:
        self.offset, self.policy, self.most = offset, policy, most
        self.findings: list[Finding] = []
        self.outcome = ""
        self.seen: set[tuple[int | None, int | None, int | None, int | None]] = set()

    def add(self, found: Finding) -> None:
        decided = self.policy.get(found.code)
        if decided == "ignore" and found.outcome == "reported":
            return
        outcome = found.outcome
        if decided in _REFUSALS and outcome == "reported":
            outcome = "refused"
        elif decided in ("report", "ignore") and outcome == "refused" and found.code not in _LIMITS:
            outcome = "reported"
        if outcome != "reported":
            if self.outcome:
                outcome = "reported"
            else:
                self.outcome = outcome
        if outcome == found.outcome:
            self._list(found)
        else:
            self._list(found._replace(outcome=outcome))

    def _list(self, found: Finding) -> None:
        if found.outcome != "reported" or len(self.findings) < self.most:
            self.findings.append(found)
        elif len(self.findings) == self.most:
            kind = FINDINGS["FINDINGS_LIMIT"]
            self.findings.append(found._replace(code="FINDINGS_LIMIT", severity=kind.severity, scope="message", text=kind.text, snip=None))

    def header(self, code: str) -> None:
        """A finding about the message as such."""
        self.add(finding(code, Location(1, "MSH", offset=self.offset), f"{self.offset}.MSH"))

    def identifier(self, missing: bool, guessed: bool) -> None:
        """What is to be said of the patient's identifier."""
        if missing:
            self.header("V2_IDENTIFIER_MISSING")
        elif guessed:
            self.header("V2_IDENTIFIER_GUESSED")

    def checks(self, message: Message, profile: Profile) -> None:
        """What the tables of the standard say."""
        for problem in check(message, profile.version, profile.codes):
            if self.policy.get(problem.code) == "ignore":
                continue
            segment = message.segments[problem.segment - 1] if problem.segment else None
            self.place(message, problem.code, segment, problem.field, problem.repetition, problem.component, problem.place, problem.tag)
            self.seen.add((problem.segment, problem.field, problem.repetition or 1, problem.component or 1))

    def issue(self, message: Message, segment: Segment, issue: Issue) -> None:
        """A value that could not be converted, unless a check has said so of the place."""
        at = (segment.ordinal, issue.field, issue.repetition, issue.component or 1)
        if at not in self.seen and (segment.ordinal, issue.field, 1, 1) not in self.seen:
            place = f"{segment.tag}-{issue.field}" + (f".{issue.component}" if issue.component else "")
            self.place(message, issue.code, segment, issue.field, issue.repetition, issue.component, place, segment.tag)

    def place(self, message: Message, code: str, segment: Segment | None, field: int, repetition: int, component: int, place: str, tag: str) -> None:
        if len(self.findings) > self.most and self.policy.get(code) not in _REFUSALS and FINDINGS[code].outcome == "reported":
            return  # it would not be listed, so its bytes need not be found
        if segment is None:
            at = Location(tag=tag or None, offset=message.offset)
        else:
            offset = message.place(segment, field, repetition, component)[0] if field else message.offset_of(segment)
            at = Location(segment.ordinal, segment.tag, field or None, component or None, offset, None, repetition or None)
        self.add(finding(code, at, message.item, place or tag))


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


class Reader:
    """Reads the messages of one file."""

    def __init__(self, origin: Origin, settings: Settings) -> None:
        self.origin, self.settings = origin, settings
        profile = settings.profile
        self.profile = profile or Profile()
        self.overlay = overlay_of(profile)
        self.zone = _zone(self.profile.zone) if self.profile.zone else origin.zone
        self.reading = Reading(self.profile.charset, settings.limits)
        self.attributes = {usage: Attributes(origin, usage) for usage in ("production", "test")}
        self.receipt = origin.receipt
        site = Site(self.overlay, self.profile.version, self.profile.charset, self.zone, settings.limits)
        self.lane = lane_for(site) if settings.engine != "python" else None

    def read(self, raw: bytes, offset: int) -> tuple[list[Event], list[Finding], Counts]:
        """Events and findings of the message whose bytes start at an offset of the file, and how it ended."""
        judged = Judged(offset, self.settings.policy, self.settings.limits.findings)
        events = self._compiled(raw, judged)
        if events is None:
            events = self._read(read(raw, offset, self.reading), judged)
        if judged.outcome == "dead":
            return [], judged.findings, Counts(dead=1)
        if judged.outcome:
            return [], judged.findings, Counts(refused=1)
        return events, judged.findings, Counts(published=1) if events else Counts(no_event_kind=1)

    def _compiled(self, raw: bytes, judged: Judged) -> list[Event] | None:
        """The events that the extension makes, once every finding is there as well; None when it is not sure of them."""
        if self.lane is None:
            return None
        origin = self.origin
        found = self.lane.read(raw, judged.offset, origin.site, self.receipt, self.attributes["test"].source, origin.usage)
        if found is None:
            return None
        events: list[Event]
        events, clean, missing, guessed = found
        if sum([len(event.data) for event in events]) > self.settings.limits.events:
            return None
        if not clean and not self._judge(read(raw, judged.offset, self.reading), judged):
            return []
        judged.identifier(missing, guessed)
        return events

    def _judge(self, message: Message, judged: Judged) -> bool:
        """Add what reading and the checks say. Whether the events are wanted still."""
        for found in message.findings:
            judged.add(found)
        if judged.outcome:
            return False
        judged.checks(message, self.profile)
        return True

    def _read(self, message: Message, judged: Judged) -> list[Event]:
        return self._events(message, judged) if self._judge(message, judged) else []

    def _events(self, message: Message, judged: Judged) -> list[Event]:
        kind, trigger = message_type(message)
        name = map_of(kind, trigger, shape_of([segment.tag for segment in message.segments]))
        if name is None:
            judged.header("V2_NO_EVENT")
            return []
        compiled = compiled_for(name, self.overlay)
        sent = _part(message, 7)
        zone = zone_for(sent[:64], self.zone)  # a time is shorter, and what is remembered is bounded
        machine = machine_for(compiled, message.delimiters, message.encoding, zone)
        provenance = {"receipt": self.receipt, "map": compiled.hash, "msh": message.offset}
        made = read_message(machine, message, trigger, provenance, self.settings.limits.events)
        if made.over:
            judged.header("V2_EVENTS_LIMIT")
            return []
        for segment, issue in made.issues:
            judged.issue(message, segment, issue)
        judged.identifier(made.missing, made.guessed)
        if not made.events:
            if _CAUSES.isdisjoint(found.code for found in judged.findings):
                judged.header("V2_NO_EVENT")
            return []
        usage = self.origin.usage or ("production" if _part(message, 11) == "P" else "test")
        attributes, time = self.attributes[usage], instant(zone, sent)
        return [self._event(attributes, event, time) for event in made.events]

    def _event(self, attributes: Attributes, made: Made, time: str) -> Event:
        whose = made.identity.patient if made.identity is not None else None
        key = patient_key(self.origin.site, whose.value, whose.authority) if whose is not None else self.receipt
        return Event(attributes.of(made.event, made.offset, key, time), made.data, made.topic, made.offset)


def _part(message: Message, field: int) -> str:
    """First component of a field of MSH as it stands, "" when it is not there."""
    fields = message.segments[0].fields
    text = fields[field] if field < len(fields) else ""
    marks = message.delimiters
    for mark in (marks.repetition, marks.component):
        text = text.partition(mark)[0] if mark else text
    return text.strip()


def bytes_of(read_at: ReadAt, span: Span) -> bytes:
    """The bytes of a span; a reader may give fewer at a time."""
    raw = read_at(span.start, span.end - span.start)
    while len(raw) < span.end - span.start:
        more = read_at(span.start + len(raw), span.end - span.start - len(raw))
        if not more:
            break
        raw += more
    return raw


def read_span(read_at: ReadAt, span: Span, origin: Origin, settings: Settings | None = None) -> tuple[list[Event], list[Finding], Counts]:
    """One message of a file: its events and findings, and how it ended."""
    return Reader(origin, settings or Settings()).read(bytes_of(read_at, span), span.start)


def read_spans(
    read_at: ReadAt, spans: Iterable[Span], origin: Origin, settings: Settings | None = None
) -> Iterator[tuple[list[Event], list[Finding], Counts]]:
    """Several messages of one file, one after the other."""
    reader = Reader(origin, settings or Settings())
    for span in spans:
        yield reader.read(bytes_of(read_at, span), span.start)


def convert(read_at: ReadAt, size: int, origin: Origin, settings: Settings | None = None) -> Iterator[Event | Finding | Summary]:
    """Events and findings of a file in order, then its Summary."""
    settings = settings or Settings()
    reader = Reader(origin, settings)
    tally = _Tally(settings)
    for scanned in messages(read_at, size, settings.limits, settings.engine):
        if isinstance(scanned, Span):
            events, findings, counts = reader.read(bytes_of(read_at, scanned), scanned.start)
            tally.counts = tally.counts.plus(counts)
            tally.events += len(events)
        else:
            events, findings = [], [scanned]
            if scanned.item is not None:
                tally.counts = tally.counts.plus(Counts(dead=1) if scanned.outcome == "dead" else Counts(refused=1))
        for found in findings:
            if tally.listed(found):
                yield found
        yield from events
    yield tally.summary()


class _Tally:
    """What the summary of a file says."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.counts = Counts()
        self.events = self.shown = self.suppressed = 0
        self.worst = "info"

    def listed(self, found: Finding) -> bool:
        """Whether the finding is shown; counted it is in any case."""
        if found.outcome == "reported" and self.settings.policy.get(found.code) == "ignore":
            return False
        if found.severity == "error" or (found.severity == "warning" and self.worst == "info"):
            self.worst = found.severity
        if self.shown < self.settings.findings or found.outcome != "reported":
            self.shown += 1
            return True
        self.suppressed += 1
        return False

    def summary(self) -> Summary:
        readable = self.counts.items > self.counts.dead
        return Summary(self.counts, self.counts.items, self.events, readable, self.worst, self.suppressed)


__all__ = ["Reader", "Settings", "convert", "message_type", "read_span", "read_spans"]
