"""What every test of the X12 engine needs: bytes in, events, findings and the summary out."""

from hashlib import sha256
from typing import Any, NamedTuple

import orjson

from parsers.x12.convert import Event, Origin, Settings, Summary, convert
from parsers.x12.scan import ReadAt
from schemas.envelope import Finding

ITEM_TAGS = (b"CLM", b"CLP")


class Converted(NamedTuple):
    """What the engine makes of a file."""

    events: list[Event]
    findings: list[Finding]
    summary: Summary

    def codes(self) -> list[str]:
        return [finding.code for finding in self.findings]

    def data(self) -> list[dict[str, Any]]:
        """The data of each event."""
        return [orjson.loads(event.data) for event in self.events]


def reader_of(content: bytes) -> ReadAt:
    return lambda at, size: content[at : at + size]


def converted(content: bytes, settings: Settings | None = None, site: str = "local", feed: str = "convert") -> Converted:
    """The whole of a file through the engine."""
    outputs = list(convert(reader_of(content), len(content), Origin(site, feed, sha256(content).hexdigest()), settings))
    *before, summary = outputs
    assert isinstance(summary, Summary)
    events = [one for one in before if isinstance(one, Event)]
    findings = [one for one in before if isinstance(one, Finding)]
    assert len(events) + len(findings) == len(before)
    return Converted(events, findings, summary)
