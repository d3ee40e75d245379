"""Reading each event once, where a log may hold the result of a commit twice: a record is left out when its id stands close before it.

What is left out depends on the log alone, never on where a reader began or how it cut its pages: the record at offset x is, when a record
with the same id stands in the partition at an offset from x - window to x - 1. So an offset asked for again gives the same record, and the
first record of an id is always the one that is shown.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol
from weakref import WeakKeyDictionary

from gateway.pipeline.events import event_id_of
from gateway.seams import CorruptRecord, Log, LogError, LogUnavailable, Record, TopicPartition

KNOWN_IDS = 500_000
"""Ids remembered over all partitions, at about 200 bytes; what was not read for the longest time is forgotten first, and read again when needed."""
KNOWN_STRETCHES, KNOWN_REPEATS = 1000, 10_000
"""Stretches in all, and repeats of one of them."""
PRIME_RECORDS, PRIME_BYTES = 1000, 4 << 20


class Readable(Protocol):
    """What a reader of events needs of a log."""

    @property
    def log_id(self) -> str: ...

    async def read(self, partition: TopicPartition, offset: int, max_records: int = 500, max_bytes: int = 8 << 20) -> list[Record]: ...

    async def offsets(self, partition: TopicPartition) -> tuple[int, int]: ...

    async def wait(self, after: Mapping[TopicPartition, int], timeout: float) -> bool: ...


class Stretch:
    """Offsets `start` to `end` - 1 of a partition, of which it is known what is a repeat, and the ids of the last `window` offsets before `end`."""

    def __init__(self, start: int, window: int) -> None:
        self.start = self.end = start
        self._window = window
        self._offsets: dict[str, int] = {}
        self._order: deque[tuple[int, str]] = deque()
        self._repeats: OrderedDict[int, None] = OrderedDict()
        self._shown = start - 1

    def __len__(self) -> int:
        return len(self._order)

    def holds(self, offset: int) -> bool:
        """Whether a read from `offset` on is judged by what is known here."""
        return self.start <= offset <= self.end

    def passed(self, offset: int) -> int:
        """Where a reader at `offset` really is: past repeats that nothing else follows yet."""
        return self.end if self.holds(offset) and offset > self._shown else offset

    def prime(self, records: Iterable[Record]) -> None:
        """Ids of records right before `start`, in order."""
        for record in records:
            self._note(record)

    def once(self, records: Sequence[Record]) -> list[Record]:
        """Records without repeats. They follow each other on the log, and the first one is at an offset that `holds`."""
        return [record for record in records if not self._is_repeat(record)]

    def _is_repeat(self, record: Record) -> bool:
        if record.offset < self.end:
            return record.offset in self._repeats
        self.end = record.offset + 1
        if repeated := self._note(record):
            self._remember_repeat(record.offset)
        else:
            self._shown = record.offset
        return repeated

    def _note(self, record: Record) -> bool:
        """Remember a record's id; True when it was there."""
        oldest = record.offset - self._window
        while self._order and self._order[0][0] < oldest:
            offset, gone = self._order.popleft()
            if self._offsets[gone] == offset:
                del self._offsets[gone]
        event_id = event_id_of(record)
        if not event_id:
            return False
        known = event_id in self._offsets
        self._offsets[event_id] = record.offset
        self._order.append((record.offset, event_id))
        return known

    def _remember_repeat(self, offset: int) -> None:
        self._repeats[offset] = None
        if len(self._repeats) > KNOWN_REPEATS:
            self.start = self._repeats.popitem(last=False)[0] + 1


class Known:
    """What is known of a log's partitions: a few stretches of each, one where each of its readers is."""

    def __init__(self, window: int) -> None:
        self.window = window
        self._stretches: OrderedDict[tuple[TopicPartition, int], Stretch] = OrderedDict()
        self._locks: dict[TopicPartition, asyncio.Lock] = {}

    def get(self, partition: TopicPartition, offset: int) -> Stretch | None:
        """The stretch that reaches furthest of those that hold the offset."""
        holding = [(stretch.end, key) for key, stretch in self._stretches.items() if key[0] == partition and stretch.holds(offset)]
        if not holding:
            return None
        key = max(holding)[1]
        self._stretches.move_to_end(key)
        return self._stretches[key]

    def put(self, partition: TopicPartition, stretch: Stretch) -> None:
        self._stretches[partition, stretch.start] = stretch

    def lock(self, partition: TopicPartition) -> asyncio.Lock:
        """Held while a stretch is made, so that readers that begin together read the window once."""
        return self._locks.setdefault(partition, asyncio.Lock())

    def forget(self) -> None:
        """Keep within the bounds: what was not read for the longest time goes."""
        while len(self._stretches) > 1 and (len(self._stretches) > KNOWN_STRETCHES or sum(map(len, self._stretches.values())) > KNOWN_IDS):
            self._stretches.popitem(last=False)


class OnceReader:
    """A log read without repeats."""

    def __init__(self, log: Log, known: Known) -> None:
        self._log = log
        self._known = known

    @property
    def log_id(self) -> str:
        return self._log.log_id

    async def offsets(self, partition: TopicPartition) -> tuple[int, int]:
        return await self._log.offsets(partition)

    async def read(self, partition: TopicPartition, offset: int, max_records: int = 500, max_bytes: int = 8 << 20) -> list[Record]:
        """As Log.read, without repeats. Empty only when there is nothing but repeats from `offset` to the end."""
        while True:
            stretch = await self._stretch(partition, offset)
            offset = stretch.passed(offset)
            records = await self._log.read(partition, offset, max_records, max_bytes)
            if not stretch.holds(offset):  # its repeats were too many to remember
                continue
            found = stretch.once(records)
            self._known.forget()
            if found or not records:
                return found
            offset = records[-1].offset + 1

    async def wait(self, after: Mapping[TopicPartition, int], timeout: float) -> bool:
        """As Log.wait; repeats at the end that were read already are nothing new."""
        return await self._log.wait({partition: self._passed(partition, offset) for partition, offset in after.items()}, timeout)

    def _passed(self, partition: TopicPartition, offset: int) -> int:
        stretch = self._known.get(partition, offset)
        return offset if stretch is None else stretch.passed(offset)

    async def _stretch(self, partition: TopicPartition, offset: int) -> Stretch:
        async with self._known.lock(partition):
            stretch = self._known.get(partition, offset)
            if stretch is None:
                stretch = Stretch(offset, self._known.window)
                await self._prime(partition, stretch)
                self._known.put(partition, stretch)
            return stretch

    async def _prime(self, partition: TopicPartition, stretch: Stretch) -> None:
        """Read the window before the stretch, keeping ids only."""
        at = stretch.start - self._known.window
        while (at := max(at, (await self._log.offsets(partition))[0])) < stretch.start:
            try:
                records = await self._log.read(partition, at, PRIME_RECORDS, PRIME_BYTES)
            except LogUnavailable:
                raise
            except CorruptRecord:  # where the damage ends is not known; the window is shorter there
                at = (at + stretch.start + 1) // 2
            except LogError:  # retention may have passed by
                if (await self._log.offsets(partition))[0] <= at:
                    raise
            else:
                stretch.prime(record for record in records if record.offset < stretch.start)
                at = records[-1].offset + 1 if records else stretch.start


_known: "WeakKeyDictionary[Log, Known]" = WeakKeyDictionary()


def once(log: Log, window: int) -> Readable:
    """The log for readers of events: itself when it repeats nothing, else without repeats. All readers of a log share what is known of it."""
    if not log.may_repeat or not window:
        return log
    known = _known.get(log)
    if known is None or known.window != window:
        known = _known[log] = Known(window)
    return OnceReader(log, known)


__all__ = ["OnceReader", "Readable", "once"]
