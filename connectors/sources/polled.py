"""A place that is looked at again and again: files are taken once they are stable, handed to the sink in order, then settled as done or failed.

What a place is (a folder of this machine, a folder of a server) is its own business; order, retries and outcomes are the same for all.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar

from connectors.source import RefusedError, Report, Sink, SourceChangedError

LAST_RETRY = 30.0
LOOK_AHEAD = 16
"""Outcomes come nearly in the order of the files: after so many open ones the rest is not asked for in this round."""

_logger = logging.getLogger("clearplane.source")


class PlaceError(Exception):
    """The place, or one file of it, cannot be had now. The text names no file: names of files may name patients."""


class PlaceAwayError(PlaceError):
    """The place as a whole: whatever is asked of it next fails as well."""


class Ticket(Protocol):
    """A file in hand. `label` stands for it in the log."""

    @property
    def name(self) -> str: ...

    @property
    def label(self) -> str: ...


Taken = TypeVar("Taken", bound=Ticket)
Seen = TypeVar("Seen")


class Place(Protocol[Seen, Taken]):
    """Where files lie. Everything raises PlaceError, PlaceAwayError among it, and may then be tried again."""

    async def open(self) -> Sequence[Taken]:
        """Get hold of the place. Returns what an earlier run had in hand, oldest first."""

    async def look(self, now: float) -> Sequence[Seen]:
        """Files that have not changed for long enough, oldest first."""

    async def take(self, found: Seen) -> Taken | None:
        """None when it changed or went away meanwhile."""

    def pieces(self, taken: Taken) -> AsyncGenerator[bytes, None]:
        """The bytes. Raises SourceChangedError when they are not, at the end, those of the file that was taken, or cannot be read."""

    async def put_back(self, taken: Taken) -> None: ...

    async def settle(self, taken: Taken, done: bool, report: Report) -> None:
        """Move it to done or failed, with its report. Safe to repeat after a crash at any point."""

    async def close(self) -> None: ...


class Pace(NamedTuple):
    """`pending`: files handed over whose outcome is still open, at most. `retry_seconds`: first pause after the sink did not take a file; it
    doubles up to LAST_RETRY."""

    poll_seconds: float = 1.0
    pending: int = 1000
    retry_seconds: float = 0.2


class PolledSource(Generic[Seen, Taken]):
    """Implements connectors.source.Source. `clock` gives seconds that never go back; it decides what is stable. `title` names it in the log."""

    def __init__(self, place: Place[Seen, Taken], pace: Pace, sink: Sink, title: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._place, self._pace, self._sink, self._title, self._clock = place, pace, sink, title, clock
        self._pending: dict[Taken, str] = {}
        self._stopping = asyncio.Event()
        self._over = asyncio.Event()
        self._over.set()
        self._said: set[str] = set()
        self._away = ""

    @property
    def available(self) -> bool:
        """Whether the place could be had when it was last asked."""
        return not self._away

    async def run(self) -> None:
        self._over.clear()
        try:
            for taken in await self._open():
                await self._hand_over(taken)
            while not self._stopping.is_set():
                await self._round()
                await self._pause(self._pace.poll_seconds)
            with contextlib.suppress(PlaceAwayError):
                await self._settle_pending()
        finally:
            await self._place.close()
            self._over.set()

    async def stop(self) -> None:
        self._stopping.set()
        await self._over.wait()

    async def _open(self) -> Sequence[Taken]:
        """What an earlier run had in hand, as soon as the place can be had."""
        wait = self._pace.poll_seconds
        while not self._stopping.is_set():
            try:
                return await self._place.open()
            except PlaceError as error:
                self._gone(f"cannot be watched: {error}")
            await self._pause(wait)
            wait = min(wait * 2, LAST_RETRY)
        return []

    async def _round(self) -> None:
        """When the place goes away in the midst of it, those left are seen again, oldest first, so that none is passed by."""
        try:
            await self._settle_pending()
            ready = await self._place.look(self._clock())
            self._back()
            for found in ready:
                if self._stopping.is_set() or len(self._pending) >= self._pace.pending:
                    return
                taken = await self._take(found)
                if taken is not None:
                    await self._hand_over(taken)
        except PlaceError as error:
            self._gone(f"cannot be read: {error}")

    async def _take(self, found: Seen) -> Taken | None:
        try:
            return await self._place.take(found)
        except PlaceAwayError:
            raise
        except PlaceError as error:
            self._say(str(error))
            return None

    async def _hand_over(self, taken: Taken) -> None:
        """Offer a file until the sink has it; the files behind it wait, so that their order holds. Still in hand when we stop."""
        wait = self._pace.retry_seconds
        while not self._stopping.is_set():
            try:
                async with contextlib.aclosing(self._place.pieces(taken)) as pieces:
                    self._pending[taken] = await self._sink.accept(_printable(taken.name), "", pieces)
                self._back()
                return
            except SourceChangedError as change:
                await self._put_back(taken, change)
                return
            except RefusedError as refusal:
                await self._settle_refused(taken, {"status": "refused", "reason": str(refusal)})
                return
            except PlaceAwayError as error:
                self._gone(f"cannot be read: {error}")
            except Exception as error:  # a source outlives whatever its sink does
                _logger.warning("%s: a file was not taken in (%s); trying again", self._title, type(error).__name__)
            await self._pause(wait)
            wait = min(wait * 2, LAST_RETRY)

    async def _put_back(self, taken: Taken, change: SourceChangedError) -> None:
        self._say(f"{taken.label} could not be read: {change}")
        try:
            await self._place.put_back(taken)
        except PlaceError as error:
            self._say(f"{taken.label} cannot be put back: {error}")

    async def _settle_refused(self, taken: Taken, report: Report) -> None:
        """What cannot be moved now lies where it lay, and is refused again."""
        try:
            moved = await self._settle(taken, False, report)
        except PlaceAwayError as error:
            self._gone(f"cannot be read: {error}")
            moved = False
        if not moved:
            with contextlib.suppress(PlaceError):
                await self._place.put_back(taken)

    async def _settle_pending(self) -> None:
        still = 0
        for taken, receipt in list(self._pending.items()):
            try:
                report = await self._sink.outcome(receipt)
            except Exception as error:
                _logger.warning("%s: no outcome can be had (%s); trying again", self._title, type(error).__name__)
                return
            if report is None:
                still += 1
                if still >= LOOK_AHEAD:
                    return
            elif await self._settle(taken, report.get("status") == "done", {"receipt": receipt, **report}):
                del self._pending[taken]

    async def _settle(self, taken: Taken, done: bool, report: Report) -> bool:
        """False when the file cannot be moved now: tried again, or handed over again after a restart. Raises PlaceAwayError."""
        try:
            await self._place.settle(taken, done, report)
        except PlaceAwayError:
            raise
        except PlaceError as error:
            self._say(f"{taken.label} cannot be moved: {error}")
            return False
        return True

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()

    def _gone(self, line: str) -> None:
        """Log once that the place is away, and why."""
        if line != self._away:
            _logger.warning("%s: %s", self._title, line)
        self._away = line

    def _back(self) -> None:
        if self._away:
            _logger.info("%s: is there again", self._title)
        self._away = ""

    def _say(self, line: str) -> None:
        """Log a problem once."""
        if line not in self._said:
            if len(self._said) >= 1000:
                self._said.clear()
            self._said.add(line)
            _logger.warning("%s: %s", self._title, line)


def _printable(name: str) -> str:
    """A file's name as text that any store takes: bytes that are no UTF-8 are replaced."""
    return name.encode("utf-8", "replace").decode("utf-8")


__all__ = ["LAST_RETRY", "Pace", "Place", "PlaceAwayError", "PlaceError", "PolledSource", "Ticket"]
