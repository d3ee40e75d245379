"""Events read off the log: several partitions merged by append time, filtered, with a bound on the work of one call."""

import re
from collections import deque
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from gateway.api.cursor import Positions, encode_cursor
from gateway.config import Config
from gateway.log import partition_for
from gateway.log.once import Readable
from gateway.pipeline.events import attributes_of, event_json
from gateway.seams import Log, LogError, LogUnavailable, Record, TopicPartition
from schemas.envelope import EVENT_TYPE_PREFIX, source_uri

READ_BYTES = 1 << 18
"""Bytes of records read ahead per partition."""
PAGE_BYTES = 4 << 20
"""A page ends after so many bytes of events, however many were asked for."""


EVENT_TOPICS = ("claims", "patients", "batches")
USAGES: dict[str, tuple[str, ...]] = {"production": ("",), "test": (".test",), "all": ("", ".test")}
"""What a caller may ask for -> suffixes of the topics that hold it."""


class ExpiredError(Exception):
    """A position is no longer, or not yet, in the log. `oldest` is a cursor at the first event kept."""

    def __init__(self, oldest: str) -> None:
        super().__init__("the position is not in the log")
        self.oldest = oldest


class EventFilter(NamedTuple):
    """What to let through; None lets all through. `since` and `until` are UTC texts as in `recordedtime`: since <= recordedtime < until."""

    types: frozenset[str] | None = None
    sites: frozenset[str] | None = None
    key: str | None = None
    receipt: str | None = None
    since: str | None = None
    until: str | None = None

    def matches(self, attributes: Mapping[str, str]) -> bool:
        recorded = attributes.get("recordedtime", "")
        return (
            (self.types is None or attributes.get("type") in self.types)
            and (self.key is None or attributes.get("partitionkey") == self.key)
            and (self.receipt is None or attributes.get("id", "").partition(".")[0] == self.receipt)
            and (self.sites is None or site_of(attributes) in self.sites)
            and (self.since is None or recorded >= self.since)
            and (self.until is None or recorded < self.until)
        )


class Found(NamedTuple):
    """One event as CloudEvents JSON, and the cursor that continues after it."""

    attributes: dict[str, str]
    json: bytes
    cursor: str


class Page(NamedTuple):
    """`next` continues after the page. `at_end`: all there is was read."""

    events: list[Found]
    next: str
    at_end: bool


class EventReader:
    """Reads on from `positions`; `log` is gateway.log.once.once of it. Keeps one bounded read per partition: a pause costs nobody anything."""

    def __init__(self, log: Readable, positions: Positions) -> None:
        self._log = log
        self.positions = dict(positions)
        self._ahead: dict[TopicPartition, deque[Record]] = {partition: deque() for partition in positions}
        self._dry: set[TopicPartition] = set()

    async def page(self, wanted: EventFilter, limit: int, budget: int, max_bytes: int = PAGE_BYTES) -> Page:
        """Up to `limit` events, or `max_bytes` of them, out of at most `budget` records. Raises ExpiredError."""
        events: list[Found] = []
        size = 0
        self._dry.clear()
        fetch = max(16, 2 * limit // max(1, len(self.positions)))
        for _ in range(budget):
            record = await self._next(fetch)
            if record is None:
                return Page(events, self.cursor(), True)
            self.positions[TopicPartition(record.topic, record.partition)] = record.offset + 1
            attributes = attributes_of(record)
            if wanted.matches(attributes):
                events.append(Found(attributes, event_json(record), self.cursor()))
                size += len(events[-1].json)
                if len(events) >= limit or size >= max_bytes:
                    break
        return Page(events, self.cursor(), False)

    def cursor(self) -> str:
        return encode_cursor(self._log.log_id, self.positions)

    async def wait(self, seconds: float) -> bool:
        """True once there is something to read on from here."""
        return any(self._ahead.values()) or await self._log.wait(self.positions, seconds)

    async def _next(self, fetch: int) -> Record | None:
        """The oldest record not yet taken. A partition that had no more is not asked again for this page."""
        best: deque[Record] | None = None
        for partition, ahead in self._ahead.items():
            if not ahead and partition not in self._dry:
                ahead.extend(await self._read(partition, fetch))
                if not ahead:
                    self._dry.add(partition)
            if ahead and (best is None or ahead[0].timestamp < best[0].timestamp):
                best = ahead
        return best.popleft() if best else None

    async def _read(self, partition: TopicPartition, fetch: int) -> list[Record]:
        try:
            return await self._log.read(partition, self.positions[partition], fetch, READ_BYTES)
        except LogUnavailable:
            raise
        except LogError:
            if self.positions[partition] < (await self._log.offsets(partition))[0]:
                raise ExpiredError(await oldest_cursor(self._log, self.positions)) from None
            raise


async def event_lanes(log: Log, config: Config, usage: str, key: str | None = None) -> list[TopicPartition]:
    """All partitions of the event topics of a usage, or with a key the one of each topic that can hold it."""
    known = await log.topics()
    found = []
    for name in (config.topic(topic + suffix) for topic in EVENT_TOPICS for suffix in USAGES[usage]):
        count = known[name].partitions
        numbers = range(count) if key is None else (partition_for(key.encode(), count),)
        found += [TopicPartition(name, number) for number in numbers]
    return found


def full_type(name: str) -> str:
    """`claim.submitted` is `clearplane.claim.submitted.v1`; what is full already stays."""
    return name if name.startswith(EVENT_TYPE_PREFIX) else f"{EVENT_TYPE_PREFIX}{name}" + ("" if re.search(r"\.v\d+$", name) else ".v1")


async def checked_positions(log: Log, partitions: Iterable[TopicPartition], given: Positions, since_ms: int | None, latest: bool) -> Positions:
    """Where to start: the cursor's position, else the first record of `since_ms` or later, the end, or the start. Raises ExpiredError."""
    positions: Positions = {}
    gone = False
    for partition in partitions:
        first, end = await log.offsets(partition)
        if partition in given:
            positions[partition] = given[partition]
            gone = gone or not first <= given[partition] <= end
        elif latest:
            positions[partition] = end
        elif since_ms is not None:
            positions[partition] = max(first, await log.offset_for_time(partition, since_ms))
        else:
            positions[partition] = first
    if gone:
        raise ExpiredError(await oldest_cursor(log, positions))
    return positions


async def oldest_cursor(log: Readable, partitions: Iterable[TopicPartition]) -> str:
    return encode_cursor(log.log_id, {partition: (await log.offsets(partition))[0] for partition in partitions})


def site_of(attributes: Mapping[str, str]) -> str:
    """Site of an event's `source`, "" when it has none."""
    parts = attributes.get("source", "").split("/")
    return parts[2] if len(parts) == 5 and "/".join(parts) == source_uri(parts[2], parts[4]) else ""


__all__ = ["EventFilter", "EventReader", "ExpiredError", "Found", "Page", "checked_positions", "oldest_cursor", "site_of"]
