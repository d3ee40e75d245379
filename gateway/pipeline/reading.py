"""Reads one unit of a file: events as records of the log, findings, counts. Pure over `read_at`; runs in worker processes."""

import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from gateway.codes.store import lists_of
from gateway.log import partition_for
from gateway.pipeline.events import PREFIX, header_name
from gateway.pipeline.plan import Part, Planner, Step
from gateway.seams import BlobDamaged, BlobError, BlobNotFound
from gateway.site_rules import rule_of
from gateway.toml_file import ConfigError
from parsers.x12.checks.judge import Extra
from parsers.x12.convert import Event, Origin, SetEnd, Settings, close_set, read_chunk, refused_items
from parsers.x12.frames import Limits
from parsers.x12.plan import LooseItem, ReadAt, ScanLimits, Span
from parsers.x12.program import hash_for
from parsers.x12.scan import finding, items_of
from schemas.envelope import Counts, Finding

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

    def origin(self, site: str, feed: str, sha256: str) -> Origin:
        return Origin(site, feed, sha256, UTC if self.zone == "UTC" else ZoneInfo(self.zone), self.usage)

    def surveying(self) -> Settings:
        """What finding the sets of the file takes."""
        scan = ScanLimits(chunk=self.chunk, segment=self.segment)
        return Settings(self.policy, scan, Limits(item_segments=self.item_segments), self.findings)

    def reading(self) -> Settings:
        """Raises BlobError while a code list is not on this machine: reading waits for it."""
        lists = None
        if self.lists:
            try:
                lists = lists_of(Path(self.data_dir), [(name, sha256) for name, sha256 in self.lists])
            except ConfigError as error:
                raise BlobError(str(error)) from None
        return self.surveying()._replace(extra=Extra(tuple(map(rule_of, self.rules)), lists))


@dataclass(slots=True)
class Made:
    """What reading a unit gave. `index`: (first item, last item, topic, partition, events). `end` and `closing` are for a chunk of a larger set:
    its sums, and for the last chunk the plan of the set that they close."""

    records: list[EventRecord] = field(default_factory=list)
    index: list[tuple[int, int, str, int, int]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    suppressed: int = 0
    counts: Counts = field(default_factory=Counts)
    items: int = 0
    sets: int = 0
    guides: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    end: SetEnd | None = None
    closing: Part | None = None


class Packer:
    """Events to records. Attributes that many events share become one object, which makes them cheap to send to another process."""

    def __init__(self, topics: Topics, recorded_at: str) -> None:
        self._topics = topics
        self._recorded = (PREFIX + RECORDED, recorded_at.encode())
        self._pairs: dict[tuple[str, str], tuple[str, bytes]] = {}

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


def read_unit(steps: Sequence[Step], read_at: ReadAt, origin: Origin, settings: Settings, packer: Packer) -> Made:
    """Never raises for what is in the bytes: a part that fails is dead, item by item, and its neighbours go on."""
    made = Made()
    for part in _parts(made, steps, settings):
        _read_part(made, part, read_at, origin, settings, packer)
    return made


def read_file(read_at: ReadAt, size: int, origin: Origin, settings: Settings, packer: Packer) -> Iterator[Made]:
    """A whole file that is small enough for one unit, or few."""
    try:
        for unit in Planner(read_at, size, origin, settings).units():
            yield read_unit(unit.steps, read_at, origin, settings, packer)
    except Exception as error:  # a fault of ours may not hold up the feed
        if away(error):
            raise
        yield Made(findings=[finding("READ_FAILED", offset=0)], faults=[fault_of(error)])


def bury_unit(made: Made, steps: Sequence[Step], read_at: ReadAt, settings: Settings) -> None:
    """Account for the items of a unit that cannot be read at all."""
    for part in _parts(made, steps, settings):
        _begin(made, part)
        _give_up(made, part, read_at, settings)


def _parts(made: Made, steps: Sequence[Step], settings: Settings) -> Iterator[Part]:
    """The parts to read, in order; what the first pass settled by itself between them is accounted for on the way."""
    for step in steps:
        if isinstance(step, Finding):
            _find(made, [step], settings)
        elif isinstance(step, LooseItem):
            made.counts = made.counts.plus(Counts(dead=1))
            made.items += 1
        else:
            yield step


def _begin(made: Made, part: Part) -> None:
    if part.chunk.number == 0:
        made.items += part.plan.items
        made.sets += 1


def _read_part(made: Made, part: Part, read_at: ReadAt, origin: Origin, settings: Settings, packer: Packer) -> None:
    _begin(made, part)
    try:
        if part.plan.refusal:
            _refuse(made, part, read_at, settings)
        else:
            _convert(made, part, read_at, origin, settings, packer)
    except Exception as error:  # see above
        if away(error):
            raise
        made.faults.append(fault_of(error))
        _give_up(made, part, read_at, settings)


def _convert(made: Made, part: Part, read_at: ReadAt, origin: Origin, settings: Settings, packer: Packer) -> None:
    plan = part.plan
    # read_chunk looks the chunk up by position, and there is one
    outputs = list(read_chunk(read_at, plan, 0, origin, settings))
    end = outputs.pop()
    assert isinstance(end, SetEnd)
    events = [output for output in outputs if isinstance(output, Event)]
    found = [output for output in outputs if isinstance(output, Finding)]
    if part.whole:
        closing, balance = close_set(plan, origin, end, settings.policy, settings.extra)
        events, found = events + closing, found + balance
    records = [packer.record(event) for event in events]
    _find(made, found, settings)
    made.records += records
    made.index += index_of(events, records)
    made.counts = made.counts.plus(end.counts)
    if events:
        made.guides[plan.guide] = hash_for(plan.guide)
    if not part.whole:
        made.end = end
        made.closing = part if part.chunk.last else None


def _refuse(made: Made, part: Part, read_at: ReadAt, settings: Settings) -> None:
    """One line per item of this chunk of a refused set."""
    refused = list(refused_items(_chunk_alone(part), read_at, settings))
    _find(made, refused, settings)
    made.counts = made.counts.plus(Counts(refused=len(refused)))
    if not part.whole:
        made.end = SetEnd(Counts(refused=len(refused)), {}, None)


def _give_up(made: Made, part: Part, read_at: ReadAt, settings: Settings) -> None:
    """Our own fault: the items are dead and accounted for one by one, as far as their bytes are there."""
    plan = _chunk_alone(part)
    _find(made, [finding("READ_FAILED", offset=plan.span.start)], settings)
    items: list[tuple[int, str]] = []
    try:
        items.extend(items_of(plan, read_at, settings.scan))
    except (BlobNotFound, BlobDamaged) as error:
        made.faults.append(fault_of(error))
    _find(made, [finding("READ_FAILED", offset=offset, tag=tag)._replace(item=f"{offset}.{tag}") for offset, tag in items], settings)
    dead = max(len(items), plan.items) if part.whole else len(items)
    made.counts = made.counts.plus(Counts(dead=dead))
    if not part.whole:
        made.end = SetEnd(Counts(dead=dead), {}, None)


def _chunk_alone(part: Part) -> Any:
    return part.plan if part.whole else part.plan._replace(span=Span(part.chunk.body.start, part.chunk.body.end, part.chunk.body.ordinal))


def _find(made: Made, findings: list[Finding], settings: Settings) -> None:
    """Keep what the policy does not ignore, up to the limit of the file; a refused or dead item is always listed."""
    for value in findings:
        if value.outcome == "reported":
            if settings.policy.get(value.code) == "ignore":
                continue
            if len(made.findings) >= settings.findings:
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
