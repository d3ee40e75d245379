"""What waits on this node for the brokers: an embedded log of its own with one partition, and the files beside it."""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from gateway.blobs import DirectoryBlobs
from gateway.config import prepare_data_dir
from gateway.log import SqliteLog
from gateway.metrics import Metrics
from gateway.pipeline.messages import feed_key, intake_headers, received
from gateway.pipeline.refusal import NotNowError
from gateway.seams import NewRecord, Record, TopicPartition, TopicSpec
from gateway.state import Arrival

TOPIC, GROUP = "waiting", "forward"
LANE = TopicPartition(TOPIC, 0)
LARGEST_COUNT = 500_000
"""Files that may wait: what is kept in memory of each is some 300 bytes."""
ORPHAN_SECONDS = 3600.0
PRUNE_SECONDS = 10.0
READ_RECORDS = 1000


Body = bytes


class Entry(NamedTuple):
    """A file that waits. `since`: when it came, seconds since 1970."""

    offset: int
    receipt: str
    feed: bytes
    size: int
    since: float


class Room:
    """Bytes set aside for one file while it comes in."""

    def __init__(self, store: "LocalStore") -> None:
        self._store = store
        self.taken = 0

    def take(self, size: int) -> None:
        """Raises NotNowError when this node may keep no more."""
        self._store.reserve(size)
        self.taken += size


class LocalStore:
    """Several processes of one node may share it: each looks at what the others have done before it decides. Raises LogError, BlobError."""

    def __init__(self, log: SqliteLog, blobs: DirectoryBlobs, most_bytes: int, most_files: int = LARGEST_COUNT) -> None:
        self.log, self.blobs = log, blobs
        self._most_bytes, self._most_files = most_bytes, most_files
        self._waiting: deque[Entry] = deque()
        self._places: dict[str, int] = {}
        self._feeds: Counter[bytes] = Counter()
        self._bytes = self._reserved = 0
        self._next = 0
        self._pruned = -PRUNE_SECONDS
        self._looking = asyncio.Lock()
        self._asked: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, folder: Path, most_bytes: int, most_files: int = LARGEST_COUNT) -> "LocalStore":
        await asyncio.to_thread(prepare_data_dir, folder)
        log = await SqliteLog.open(folder / "log.db")
        try:
            # retention takes nothing by itself: see `forget`
            await log.create_topics([TopicSpec(TOPIC, 1, retention_ms=0)])
            store = cls(log, await asyncio.to_thread(DirectoryBlobs, folder / "blobs"), most_bytes, most_files)
            await store.look()
        except BaseException:
            await log.close()
            raise
        return store

    async def close(self) -> None:
        await self.log.close()

    @property
    def files(self) -> int:
        return len(self._waiting)

    @property
    def bytes(self) -> int:
        return self._bytes

    @property
    def oldest(self) -> float | None:
        """When the file that has waited longest came, seconds since 1970."""
        return self._waiting[0].since if self._waiting else None

    def measure(self, metrics: Metrics, clock: Callable[[], float] = time.time) -> None:
        """Show what waits."""
        metrics.local_files.set_function(lambda: self.files)
        metrics.local_bytes.set_function(lambda: self.bytes)
        metrics.local_oldest.set_function(lambda: max(0.0, clock() - self.oldest) if self.oldest is not None else 0.0)

    async def look(self) -> None:
        """Take in what was kept and what was forwarded since the last look, by whichever process. Who asks before a look has begun shares it."""
        if self._asked is None:
            self._asked = asyncio.create_task(self._look())
        await asyncio.shield(self._asked)

    async def _look(self) -> None:
        async with self._looking:
            self._asked = None
            positions = await self.log.group_positions(GROUP)
            reached = positions[LANE].offset if LANE in positions else 0
            while self._waiting and self._waiting[0].offset < reached:
                self._drop(self._waiting.popleft())
            at = max(self._next, reached, (await self.log.offsets(LANE))[0])
            while records := await self.log.read(LANE, at, READ_RECORDS):
                for record in records:
                    self._add(record)
                at = self._next = records[-1].offset + 1

    def has_feed(self, site: str, feed: str) -> bool:
        """Whether a file of this feed waits, as of the last look."""
        return self._feeds[feed_key(site, feed)] > 0

    def has(self, receipt: str) -> bool:
        """Whether this file waits, as of the last look."""
        return receipt in self._places

    async def get(self, receipt: str) -> Arrival | None:
        """A file that waits, None when it does not."""
        await self.look()
        offset = self._places.get(receipt)
        if offset is None:
            return None
        found = await self.log.read(LANE, offset, 1)
        return received(found[0]).arrival if found and found[0].offset == offset else None

    @contextmanager
    def room(self) -> Iterator[Room]:
        """For one file on its way in; once kept it counts by itself."""
        room = Room(self)
        try:
            yield room
        finally:
            self._reserved -= room.taken

    def reserve(self, size: int) -> None:
        """Raises NotNowError when this node may keep no more."""
        if self._bytes + self._reserved + size > self._most_bytes or len(self._waiting) >= self._most_files:
            raise NotNowError("what this node may keep for the brokers is used up; files are taken again once they have been forwarded")
        self._reserved += size

    async def keep(self, arrival: Arrival) -> None:
        """Durable before it returns; the file's bytes must be in `blobs` by then."""
        await self.log.append([NewRecord(TOPIC, feed_key(arrival.site, arrival.feed), b"", intake_headers(arrival, False), 0)])
        await self.look()

    async def keep_messages(self, messages: Sequence[tuple[Arrival, Body]]) -> None:
        """The same of messages, whose bytes are in the record."""
        records = [
            NewRecord(TOPIC, feed_key(arrival.site, arrival.feed), body, intake_headers(arrival, True, stored=False), 0) for arrival, body in messages
        ]
        await self.log.append(records)
        await self.look()

    async def forget(self, records: Sequence[Record]) -> None:
        """These were forwarded and the position is past them: their files go, and records older than the last of them."""
        await self.look()
        for sha256 in {file.arrival.sha256 for record in records if (file := received(record)).stored}:
            # a file that waits again under the same hash finds its bytes in the shared store, where they have just been put
            await asyncio.to_thread(self.blobs.delete, sha256)
        if time.monotonic() - self._pruned >= PRUNE_SECONDS:
            self._pruned = time.monotonic()
            await self.log.prune(records[-1].timestamp)

    async def sweep(self, now: float | None = None) -> int:
        """Delete files that came without being acknowledged; how many. Nothing happens while anything waits."""
        await self.look()
        if self._waiting:
            return 0
        before = (time.time() if now is None else now) - ORPHAN_SECONDS
        return await asyncio.to_thread(_sweep, self.blobs, before)

    def _add(self, record: Record) -> None:
        arrival = received(record).arrival
        entry = Entry(record.offset, arrival.receipt, record.key, arrival.size, datetime.fromisoformat(arrival.received_at).timestamp())
        self._waiting.append(entry)
        self._places[entry.receipt] = entry.offset
        self._feeds[entry.feed] += 1
        self._bytes += entry.size

    def _drop(self, entry: Entry) -> None:
        if self._places.get(entry.receipt) == entry.offset:
            del self._places[entry.receipt]
        self._feeds[entry.feed] -= 1
        if not self._feeds[entry.feed]:
            del self._feeds[entry.feed]
        self._bytes -= entry.size


def _sweep(blobs: DirectoryBlobs, before: float) -> int:
    gone = [sha256 for sha256, _, modified in blobs.list() if modified < before]
    for sha256 in gone:
        blobs.delete(sha256)
    return len(gone)
