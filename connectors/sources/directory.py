"""Watched directory: files are taken once they are stable, handed to the sink in order, then moved to done or failed beside a report."""

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import NamedTuple

from connectors.source import PIECE_BYTES, RefusedError, Report, Sink, SourceChangedError
from connectors.sources.inbox import Found, Inbox, InboxBusyError, Ticket, print_of

KIND = "directory"
LAST_RETRY = 30.0
LOOK_AHEAD = 16
"""Outcomes come nearly in the order of the files: after so many open ones the rest is not asked for in this round."""

_logger = logging.getLogger("clearplane.source.directory")


class DirectorySettings(NamedTuple):
    """`done` and `failed` are relative to `path` unless absolute. `pending`: files handed over whose outcome is still open, at most.

    `retry_seconds`: first pause after the sink did not take a file; it doubles up to LAST_RETRY.
    """

    path: Path
    pattern: str = "*"
    done: str = "done"
    failed: str = "failed"
    stable_seconds: float = 2.0
    poll_seconds: float = 1.0
    pending: int = 1000
    retry_seconds: float = 0.2


class DirectorySource:
    """Implements connectors.source.Source. `clock` gives seconds that never go back; it decides what is stable."""

    def __init__(self, settings: DirectorySettings, sink: Sink, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._sink = sink
        self._clock = clock
        self._inbox = Inbox(settings.path, settings.pattern, settings.done, settings.failed, settings.stable_seconds)
        self._pending: dict[Ticket, str] = {}
        self._stopping = asyncio.Event()
        self._over = asyncio.Event()
        self._over.set()
        self._said: set[str] = set()

    async def run(self) -> None:
        self._over.clear()
        try:
            for ticket in await self._open():
                await self._hand_over(ticket)
            while not self._stopping.is_set():
                await self._round()
                await self._pause(self._settings.poll_seconds)
            await self._settle_pending()
        finally:
            self._inbox.close()
            self._over.set()

    async def stop(self) -> None:
        self._stopping.set()
        await self._over.wait()

    async def _open(self) -> list[Ticket]:
        """The tickets of an earlier run, as soon as the directory can be had."""
        while not self._stopping.is_set():
            try:
                return await asyncio.to_thread(self._inbox.open)
            except (OSError, InboxBusyError) as error:
                self._say("cannot be watched: %s", error)
            await self._pause(self._settings.poll_seconds)
        return []

    async def _round(self) -> None:
        await self._settle_pending()
        try:
            ready = await asyncio.to_thread(self._inbox.look, self._clock())
        except OSError as error:
            self._say("cannot be read: %s", error)
            return
        for found in ready:
            if self._stopping.is_set() or len(self._pending) >= self._settings.pending:
                return
            ticket = await self._take(found)
            if ticket is not None:
                await self._hand_over(ticket)

    async def _take(self, found: Found) -> Ticket | None:
        try:
            return await asyncio.to_thread(self._inbox.take, found)
        except OSError as error:
            self._say(f"file with inode {found.print.inode} cannot be taken: %s", error)
            return None

    async def _hand_over(self, ticket: Ticket) -> None:
        """Offer a file until the sink has it; the files behind it wait, so that their order holds. Left in its ticket when we stop."""
        wait = self._settings.retry_seconds
        while not self._stopping.is_set():
            try:
                async with contextlib.aclosing(_pieces(ticket)) as pieces:
                    self._pending[ticket] = await self._sink.accept(_printable(ticket.name), "", pieces)
                return
            except SourceChangedError as change:
                await self._put_back(ticket, change)
                return
            except RefusedError as refusal:
                await self._settle(ticket, False, {"status": "refused", "reason": str(refusal)})
                return
            except Exception as error:  # a source outlives whatever its sink does
                _logger.warning("directory %s: a file was not taken in (%s); trying again", self._settings.path, type(error).__name__)
            await self._pause(wait)
            wait = min(wait * 2, LAST_RETRY)

    async def _put_back(self, ticket: Ticket, change: SourceChangedError) -> None:
        self._say(f"file with inode {ticket.print.inode} could not be read: %s", change)
        try:
            await asyncio.to_thread(self._inbox.put_back, ticket)
        except OSError as error:
            self._say(f"file with inode {ticket.print.inode} cannot be put back: %s", error)

    async def _settle_pending(self) -> None:
        still = 0
        for ticket, receipt in list(self._pending.items()):
            try:
                report = await self._sink.outcome(receipt)
            except Exception as error:
                _logger.warning("directory %s: no outcome can be had (%s); trying again", self._settings.path, type(error).__name__)
                return
            if report is None:
                still += 1
                if still >= LOOK_AHEAD:
                    return
            elif await self._settle(ticket, report.get("status") == "done", {"receipt": receipt, **report}):
                del self._pending[ticket]

    async def _settle(self, ticket: Ticket, done: bool, report: Report) -> bool:
        """False when the file cannot be moved now. It stays in its ticket: tried again, or handed over again after a restart."""
        try:
            await asyncio.to_thread(self._inbox.settle, ticket, done, report)
        except OSError as error:
            self._say(f"file with inode {ticket.print.inode} cannot be moved: %s", error)
            return False
        return True

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()

    def _say(self, text: str, error: Exception) -> None:
        """Log a problem once; the inode stands for a file, because names of files may name patients."""
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        line = text % reason
        if line not in self._said:
            if len(self._said) >= 1000:
                self._said.clear()
            self._said.add(line)
            _logger.warning("directory %s: %s", self._settings.path, line)


async def _pieces(ticket: Ticket) -> AsyncGenerator[bytes, None]:
    """The file's bytes in pieces. Raises SourceChangedError when it is not, at the end, what it was when it was taken, or cannot be read."""
    try:
        file = await asyncio.to_thread(os.open, ticket.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise SourceChangedError(error.strerror) from error
    try:
        while piece := await asyncio.to_thread(os.read, file, PIECE_BYTES):
            yield piece
        if print_of(os.fstat(file)) != ticket.print:
            raise SourceChangedError("it changed meanwhile")
    except OSError as error:
        raise SourceChangedError(error.strerror) from error
    finally:
        os.close(file)


def _printable(name: str) -> str:
    """A file's name as text that any store takes: bytes that are no UTF-8 are replaced."""
    return name.encode("utf-8", "replace").decode("utf-8")


__all__ = ["KIND", "DirectorySettings", "DirectorySource"]
