"""What reading a unit of a file gives, whatever its format: events as records of the log, findings, counts."""

import traceback
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from gateway.log import partition_for
from gateway.pipeline.events import PREFIX, header_name
from gateway.seams import BlobDamaged, BlobError, BlobNotFound
from parsers.outputs import Event, Origin
from schemas.codes.findings import FINDINGS
from schemas.envelope import Counts, Finding, Location

RECORDED = "recordedtime"
MAX_PAIRS = 1024

EventRecord = tuple[str, bytes, bytes, tuple[tuple[str, bytes], ...], int]
"""Fields of a NewRecord; a plain tuple, because it travels between processes."""


class Topics(NamedTuple):
    """`prefix` of topic names on the log, and partitions by name without it."""

    prefix: str
    partitions: Mapping[str, int]


class FileSettings(NamedTuple):
    """How one file is read, fixed when its reading starts so that a restart under another configuration goes on as it began.

    `rules` are those of the site and `lists` the code lists it is read by, both as JSON gives them back; `data_dir` is where the lists are.
    `kind` is the format, "auto" until the bytes were looked at; `profile` is how the site reads HL7 v2, as plain data.
    """

    zone: str
    usage: str
    policy: dict[str, str]
    chunk: int
    segment: int
    item_segments: int
    findings: int
    rules: Sequence[Any] = ()
    lists: Sequence[Sequence[str]] = ()
    data_dir: str = ""
    kind: str = "x12"
    profile: dict[str, Any] | None = None

    def origin(self, site: str, feed: str, sha256: str) -> Origin:
        return Origin(site, feed, sha256, UTC if self.zone == "UTC" else ZoneInfo(self.zone), self.usage)


@dataclass(slots=True)
class Made:
    """What reading a unit gave. `index`: (first item, last item, topic, partition, events). `guides`: hashes of the programs used, by name.

    `end` and `closing` are for a chunk of a larger X12 set: its sums, and for the last chunk the plan of the set that they close.
    """

    records: list[EventRecord] = field(default_factory=list)
    index: list[tuple[int, int, str, int, int]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    suppressed: int = 0
    counts: Counts = field(default_factory=Counts)
    items: int = 0
    sets: int = 0
    guides: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    end: Any = None
    closing: Any = None


class Packer:
    """Events to records. Attributes that many events share become one object, which makes them cheap to send to another process."""

    def __init__(self, topics: Topics, recorded_at: str, pairs: dict[tuple[str, str], tuple[str, bytes]] | None = None) -> None:
        self._topics = topics
        self._recorded = (PREFIX + RECORDED, recorded_at.encode())
        self._pairs = {} if pairs is None else pairs

    def at(self, recorded_at: str) -> "Packer":
        """For events of another file, which share what they have in common with those of this one."""
        return Packer(self._topics, recorded_at, self._pairs)

    def record(self, event: Event) -> EventRecord:
        attributes = event.attributes
        name = event.topic if attributes["usage"] == "production" else f"{event.topic}.test"
        key = attributes["partitionkey"].encode()
        headers = (*(self._pair(name, value) for name, value in attributes.items()), self._recorded)
        return self._topics.prefix + name, key, event.data, headers, partition_for(key, self._topics.partitions[name])

    def _pair(self, name: str, value: str) -> tuple[str, bytes]:
        pair = self._pairs.get((name, value))
        if pair is None:
            pair = header_name(name), value.encode()
            if len(self._pairs) < MAX_PAIRS and name not in ("id", "subject", "partitionkey"):
                self._pairs[name, value] = pair
        return pair


def find(made: Made, findings: Iterable[Finding], policy: Mapping[str, str], limit: int) -> None:
    """Keep what the policy does not ignore, up to the limit of the file; a refused or dead item is always listed."""
    for value in findings:
        if value.outcome == "reported":
            if policy.get(value.code) == "ignore":
                continue
            if len(made.findings) >= limit:
                made.suppressed += 1
                continue
        made.findings.append(value)


def index_of(events: list[Event], records: list[EventRecord]) -> list[tuple[int, int, str, int, int]]:
    """(first item, last item, topic, partition, events) per partition, items by byte offset."""
    places: dict[tuple[str, int], list[int]] = {}
    for event, record in zip(events, records, strict=True):
        at = event.offset
        row = places.setdefault((record[0], record[4]), [at, at, 0])
        row[0], row[1], row[2] = min(row[0], at), max(row[1], at), row[2] + 1
    return [(first, last, *place, count) for place, (first, last, count) in places.items()]


def away(error: Exception) -> bool:
    """Whether the blob store could not be asked: then nothing is wrong with the bytes, and reading has to begin anew."""
    return isinstance(error, BlobError) and not isinstance(error, BlobNotFound | BlobDamaged)


def fault_of(error: Exception) -> str:
    """Type and place of a fault of ours; its text could hold data."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
    return f"{type(error).__name__} at {place}"


def failed(offset: int = 0, tag: str | None = None) -> Finding:
    """A part of a file that could not be read for a fault of ours; with a tag the item there is dead."""
    kind = FINDINGS["READ_FAILED"]
    item = None if tag is None else f"{offset}.{tag}"
    return Finding(
        "READ_FAILED", kind.severity, kind.scope, kind.outcome, kind.text.format(place=""), Location(offset=offset, tag=tag), item, kind.snip
    )
