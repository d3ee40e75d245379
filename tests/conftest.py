"""What every test of the X12 engine needs: bytes in, events, findings and the summary out."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any, NamedTuple

import orjson
import pytest

from parsers.x12.convert import Event, Origin, Settings, Stamp, Summary, convert
from parsers.x12.plan import ReadAt
from parsers.x12.reader import ItemEvent
from schemas.envelope import Finding
from schemas.events import event_kinds

pytest_plugins = ("tests.servers.fixtures",)

ITEM_TAGS = (b"CLM", b"CLP")


@pytest.fixture(autouse=True, scope="session")
def _every_event_validates() -> Iterator[None]:
    """Whatever event a test makes the engine emit in this process, it has the form its model publishes; the models forbid other fields."""
    kinds, emit = event_kinds(), Stamp.event

    def checked(self: Stamp, item: ItemEvent, created: tuple[str, str]) -> Event:
        kinds[item.event].model_validate_json(item.data)
        return emit(self, item, created)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stamp, "event", checked)
        yield


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
