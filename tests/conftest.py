"""What every test of the X12 engine needs: bytes in, events, findings and the summary out."""

import os
from collections.abc import Iterator
from hashlib import sha256
from multiprocessing import forkserver
from typing import Any, NamedTuple

import orjson
import pytest

from parsers.x12.convert import Event, Origin, Settings, Summary, convert
from parsers.x12.frames import ItemEvent
from parsers.x12.plan import ReadAt
from parsers.x12.program import program_of_hash
from parsers.x12.stamp import Stamp
from schemas.envelope import Finding
from schemas.events import event_kinds

pytest_plugins = ("tests.servers.fixtures",)

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # the many processes that tests start would compile every module anew


@pytest.fixture(autouse=True, scope="session")
def _workers_start_warm() -> None:
    """Gateways in this process fork their workers from one that has compiled the tables; it gets ready beside the first tests."""
    forkserver.set_forkserver_preload(["tests.servers.workers"])
    forkserver.ensure_running()


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


def of_items(found: Converted) -> list[Event]:
    """The events of items: all but the one that an 835 or a 277CA has beside them for the set itself."""

    def beside(event: Event) -> bool:
        kind = event.attributes["type"].split(".")[1]
        return kind == "remittance" or (kind == "submission" and program_of_hash(orjson.loads(event.data)["provenance"]["map"])["guide"] == "277CA")

    return [event for event in found.events if not beside(event)]


def check_accounts(found: Converted) -> None:
    """Every item is published and has its event, or is lost and has its finding; AssertionError when not."""
    counts = found.summary.counts
    published = {event.offset for event in of_items(found)}
    lost = {finding.item for finding in found.findings if finding.outcome in ("refused", "dead") and finding.item}
    told = len(published), len(lost)
    if found.summary.items != sum(counts) or told != (counts.published, counts.refused + counts.dead):
        raise AssertionError(f"items are not accounted for: {found.summary.items} counted, {counts}, (with an event, with a finding) {told}")
