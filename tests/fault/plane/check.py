"""What has to be on the log, computed from the raw files with regular expressions, and what a reader of ours and a stock one find there."""

import asyncio
import base64
import hashlib
import json
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

from gateway import seams
from gateway.log.kafka import KafkaLog
from gateway.log.once import Readable, once
from gateway.state import Receipt, State
from gateway.stores import open_log, open_state
from tests.fault.plane.files import FEEDS, SITE, File
from tests.fault.plane.plane import PARTITIONS, Plane

CLM = re.compile(rb"(?<=~)CLM\*([^*~]*)\*([^*~]*)\*")
TOPICS = ("claims", "claims.test", "batches", "batches.test")
GROUPS = {"normalise": ("intake",), "publish": ("work", "made"), "read": ("chunks",), "projection": ("outcomes",)}
PROGRESS_SECONDS = 120.0
"""The plane may be silent for so long; then it hangs."""
SETTLE_SECONDS = 30.0


class Claim(NamedTuple):
    """A CLM of a file: its control number and its charge, which says which coming of that number it is."""

    number: str
    coming: int


class Expected(NamedTuple):
    """`claims` by event id, `receipts` with their claims, `feeds` with their receipts in order."""

    claims: Mapping[str, Claim]
    receipts: Mapping[str, int]
    feeds: Mapping[str, Sequence[str]]


class Event(NamedTuple):
    id: str
    partition: int
    timestamp: int
    claim: Claim
    in_claims: bool


class Verdict(NamedTuple):
    """What one reader saw. `strange`: events that no claim accounts for, have another claim's content or are in another topic."""

    events: int
    repeats: int
    lost: int
    strange: int
    disordered: int

    @property
    def problems(self) -> Iterator[str]:
        for count, text in ((self.lost, "claims are lost"), (self.strange, "events are strange"), (self.disordered, "claims are out of order")):
            if count:
                yield f"{count} {text}"


def expected_of(files: Sequence[File], acknowledged: Mapping[Path, str]) -> Expected:
    """Raises AssertionError when a sender was told another receipt than that of its bytes."""
    claims: dict[str, Claim] = {}
    receipts: dict[str, int] = {}
    feeds: dict[str, list[str]] = {feed: [] for feed in FEEDS}
    for file in files:
        content = file.path.read_bytes()
        receipt = receipt_of(file.feed, content)
        assert acknowledged[file.path] == receipt, "an acknowledged receipt is not that of the bytes"
        found = {f"{receipt}.{at.start()}.claim.submitted": Claim(at[1].decode(), int(at[2])) for at in CLM.finditer(content)}
        claims |= found
        receipts[receipt] = len(found)
        feeds[file.feed].append(receipt)
    return Expected(claims, receipts, feeds)


def receipt_of(feed: str, content: bytes) -> str:
    """As the design says: base32 of the SHA-256 over site, feed and the file's SHA-256."""
    name = "\0".join((SITE, feed, hashlib.sha256(content).hexdigest()))
    return base64.b32encode(hashlib.sha256(name.encode()).digest()).decode()[:26].lower()


def judged(events: Sequence[Event], expected: Expected) -> Verdict:
    """Repeats are counted, and the order is that of the first sight of each event."""
    counts = Counter(event.id for event in events)
    sights: dict[str, Event] = {}
    for event in events:
        sights.setdefault(event.id, event)
    first = list(sights.values())
    strange = sum(expected.claims.get(event.id) != event.claim or not event.in_claims for event in first)
    lost = len(expected.claims.keys() - counts.keys())
    return Verdict(len(events), sum(counts.values()) - len(counts), lost, strange, _disordered(first))


def _disordered(events: Sequence[Event]) -> int:
    """Comings of a control number, and claims of a file within a partition, that stand before an earlier one; numbers in several partitions."""
    comings: dict[str, tuple[int, int]] = {}
    offsets: dict[tuple[str, int], int] = {}
    wrong = 0
    for event in events:
        receipt, offset = event.id.split(".")[:2]
        partition, coming = comings.get(event.claim.number, (event.partition, 0))
        wrong += partition != event.partition or coming >= event.claim.coming or offsets.get((receipt, event.partition), -1) >= int(offset)
        comings[event.claim.number] = event.partition, event.claim.coming
        offsets[receipt, event.partition] = int(offset)
    return wrong


def longest_pause(events: Sequence[Event]) -> float:
    """Seconds between two events that follow each other in time."""
    times = sorted(event.timestamp for event in events)
    return max((after - before for before, after in pairwise(times)), default=0) / 1000


# -- our own reader


class Found(NamedTuple):
    """`orders`: receipts of each feed as `intake` has them, each where it stands first. `lag` of the groups, by name."""

    events: list[Event]
    orders: Mapping[str, Sequence[str]]
    lag: Mapping[str, int]


def read_ours(plane: Plane) -> Found:
    return asyncio.run(_read_ours(plane))


async def _read_ours(plane: Plane) -> Found:
    log = await open_log(plane.config)
    assert isinstance(log, KafkaLog)
    try:
        await log.topics()
        reader = once(log, plane.config.log.repeat_window)
        events = [_event(record, plane.prefix) for topic in TOPICS async for record in _records(reader, plane, topic)]
        orders: dict[str, dict[str, None]] = {feed: {} for feed in FEEDS}
        async for record in _records(log, plane, "intake"):
            headers = dict(record.headers)
            orders[headers["feed"].decode()].setdefault(headers["receipt"].decode())
        return Found(events, {feed: list(order) for feed, order in orders.items()}, await _lag(log, plane))
    finally:
        await log.close()


async def _records(log: Readable, plane: Plane, topic: str) -> AsyncIterator[seams.Record]:
    for number in range(PARTITIONS):
        partition, at = seams.TopicPartition(plane.prefix + topic, number), 0
        while records := await log.read(partition, at):
            for record in records:
                yield record
            at = records[-1].offset + 1


async def _lag(log: KafkaLog, plane: Plane) -> dict[str, int]:
    """Records that a group has not passed; waits a while for none, as results that nobody needs are passed by when a lane is idle."""
    end = time.monotonic() + SETTLE_SECONDS
    while True:
        lag = {}
        for group, topics in GROUPS.items():
            partitions = [seams.TopicPartition(plane.prefix + topic, number) for topic in topics for number in range(PARTITIONS)]
            lag[group] = sum((await log.lag(group, partitions)).values())
        if not any(lag.values()) or time.monotonic() > end:
            return lag
        await asyncio.sleep(0.5)


def _event(record: seams.Record, prefix: str) -> Event:
    event_id = dict(record.headers)["ce_id"].decode()
    return Event(event_id, record.partition, record.timestamp, _claim(record.value), record.topic == f"{prefix}claims.test")


def _claim(value: bytes) -> Claim:
    data = json.loads(value)
    return Claim(data["patient_control_number"], int(float(data["total_charge"])))


# -- a stock reader


def read_stock(plane: Plane) -> list[Event]:
    """As librdkafka shows it with read_committed, partition by partition."""
    settings = {
        "bootstrap.servers": ",".join(plane.servers.cluster.direct), "group.id": f"{plane.prefix}stock", "isolation.level": "read_committed",
        "enable.auto.commit": False, "enable.partition.eof": True, "fetch.wait.max.ms": 20,
    }  # fmt: skip
    consumer = Consumer(settings)
    try:
        return [event for topic in TOPICS for number in range(PARTITIONS) for event in _stock(consumer, plane.prefix, topic, number)]
    finally:
        consumer.close()


def _stock(consumer: Consumer, prefix: str, topic: str, number: int) -> Iterator[Event]:
    consumer.assign([TopicPartition(prefix + topic, number, OFFSET_BEGINNING)])
    while True:
        message = consumer.poll(SETTLE_SECONDS)
        assert message is not None, f"a stock reader gets nothing more of {topic}/{number}"
        if error := message.error():
            if error.code() == KafkaError._PARTITION_EOF:
                return
            raise KafkaException(error)
        headers, value = message.headers(), message.value()
        assert isinstance(headers, list)
        assert isinstance(value, bytes)
        event_id = dict(headers)["ce_id"]
        assert isinstance(event_id, bytes)
        yield Event(event_id.decode(), number, message.timestamp()[1], _claim(value), topic == "claims.test")


# -- State


def wait_done(plane: Plane, receipts: int) -> None:
    """Until so many receipts are done; raises AssertionError when nothing moves any more."""
    state = open_state(plane.config)
    try:
        done, moved = 0, time.monotonic()
        while (now := state.receipts.count(["done"])) < receipts:
            if now > done:
                done, moved = now, time.monotonic()
            if time.monotonic() - moved > PROGRESS_SECONDS:
                others = Counter(receipt.status for receipt in _receipts(state))
                raise AssertionError(f"nothing was finished for {PROGRESS_SECONDS:g} s: {dict(others)} of {receipts} files")
            time.sleep(0.2)
    finally:
        state.close()


def check_state(plane: Plane, expected: Expected) -> Iterator[str]:
    """Every acknowledged file is done with the right counts, and nothing else is there."""
    state = open_state(plane.config)
    try:
        found = {receipt.receipt: receipt for receipt in _receipts(state)}
    finally:
        state.close()
    if found.keys() != expected.receipts.keys():
        yield f"State has {len(found.keys() - expected.receipts.keys())} files more and {len(expected.receipts.keys() - found.keys())} less"
    wrong = [receipt for receipt, claims in expected.receipts.items() if receipt in found and not _right(found[receipt], claims)]
    if wrong:
        yield f"{len(wrong)} receipts are not done with the right counts: {found[wrong[0]].status} {dict(found[wrong[0]].counts)}"


def _right(receipt: Receipt, claims: int) -> bool:
    counts = receipt.counts
    return receipt.status == "done" and counts.get("items") == counts.get("published") == receipt.events == claims


def _receipts(state: State) -> Iterator[Receipt]:
    after = None
    while page := state.receipts.page(after=after, limit=1000):
        yield from page
        after = page[-1].received_at, page[-1].receipt
