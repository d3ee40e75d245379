"""What the workers of all machines have made of spread units, for the lane that waits for it: where it stands, not what it is."""

import asyncio
from collections import OrderedDict
from contextlib import suppress
from typing import NamedTuple

from gateway.pipeline.messages import Place, made_place
from gateway.seams import Record

SPREAD_WAIT = 20.0
"""Seconds a lane waits for its next unit before it reads it itself: longer than a dead machine keeps its partitions."""
LEAST_WAIT = 0.05
MAX_ENTRIES = 200_000
KEPT_BYTES = 8 << 20
"""Values kept as they came, so that those soon needed are not read again."""


class Entry(NamedTuple):
    """`record` when its value is still at hand."""

    offset: int
    record: Record | None


class MadeIndex:
    """Filled with records in offset order, asked for units in file order. Records come in any order, several times, late or never.

    `missed`: units of the file asked for last whose results had not come in time.
    """

    def __init__(self, finished: Place, wait: float = SPREAD_WAIT) -> None:
        self._finished = finished
        self._wait = self._patience = wait
        self.missed = 0
        self._entries: OrderedDict[Place, Entry] = OrderedDict()
        self._kept = 0
        self._seen = 0
        self._wanted: Place | None = None
        self._come = asyncio.Event()

    def add(self, record: Record) -> None:
        """Of several results for one unit the first counts: they are equal."""
        place = made_place(record)
        self._seen = record.offset + 1
        if place in self._entries or place.done(self._finished) or len(self._entries) >= MAX_ENTRIES:
            return
        size = len(record.value)
        keep = self._kept + size <= KEPT_BYTES
        self._kept += size if keep else 0
        self._entries[place] = Entry(record.offset, record if keep else None)
        if place == self._wanted:
            self._come.set()

    async def find(self, place: Place) -> Entry | None:
        """Wait for the result of a unit. None: it has not come, and each such time the wait for the next one of the file is halved."""
        if self._wanted is None or self._wanted[:2] != place[:2]:
            self._patience, self.missed = self._wait, 0
        self._wanted = place
        if place not in self._entries and self._patience >= LEAST_WAIT:
            self._come.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._patience):
                    await self._come.wait()
            if place not in self._entries:
                self._patience /= 2
        self.missed += place not in self._entries
        return self._take(place)

    def finish(self, place: Place) -> None:
        """This unit and all before it need nothing any more."""
        self._finished = place
        if place in self._entries:
            self._take(place)
            del self._entries[place]

    def position(self) -> int:
        """Where to begin to read `made` after a restart: at the first record still needed, or after all seen; 0 when nothing was seen."""
        return next(iter(self._entries.values())).offset if self._entries else self._seen

    def _take(self, place: Place) -> Entry | None:
        """The entry, whose value is from now on the caller's."""
        entry = self._entries.get(place)
        if entry is not None and entry.record is not None:
            self._kept -= len(entry.record.value)
            self._entries[place] = Entry(entry.offset, None)
        return entry
