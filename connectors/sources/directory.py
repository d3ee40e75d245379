"""Watched directory: files are taken once they are stable, handed to the sink in order, then moved to done or failed beside a report."""

import asyncio
import os
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from pathlib import Path
from typing import NamedTuple, ParamSpec, TypeVar

from connectors.source import PIECE_BYTES, Report, Sink, SourceChangedError
from connectors.sources.inbox import Found, Inbox, InboxBusyError, Ticket, print_of
from connectors.sources.polled import Pace, PlaceError, PolledSource

KIND = "directory"
_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


class DirectorySettings(NamedTuple):
    """`done` and `failed` are relative to `path` unless absolute. The rest as Inbox and Pace have it."""

    path: Path
    pattern: str = "*"
    done: str = "done"
    failed: str = "failed"
    stable_seconds: float = 2.0
    poll_seconds: float = 1.0
    pending: int = 1000
    retry_seconds: float = 0.2


class DirectorySource(PolledSource[Found, Ticket]):
    """Implements connectors.source.Source."""

    def __init__(self, settings: DirectorySettings, sink: Sink, *, clock: Callable[[], float] = time.monotonic) -> None:
        inbox = Inbox(settings.path, settings.pattern, settings.done, settings.failed, settings.stable_seconds)
        pace = Pace(settings.poll_seconds, settings.pending, settings.retry_seconds)
        super().__init__(_Folder(inbox), pace, sink, f"directory {settings.path}", clock=clock)


class _Folder:
    """An inbox, called from threads. The inode stands for a file, because names of files may name patients."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    async def open(self) -> Sequence[Ticket]:
        return await _called(self._inbox.open)

    async def look(self, now: float) -> Sequence[Found]:
        return await _called(self._inbox.look, now)

    async def take(self, found: Found) -> Ticket | None:
        try:
            return await _called(self._inbox.take, found)
        except PlaceError as error:
            raise PlaceError(f"file with inode {found.print.inode} cannot be taken: {error}") from None

    async def pieces(self, taken: Ticket) -> AsyncGenerator[bytes, None]:
        try:
            file = await asyncio.to_thread(os.open, taken.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError as error:
            raise SourceChangedError(error.strerror) from error
        try:
            while piece := await asyncio.to_thread(os.read, file, PIECE_BYTES):
                yield piece
            if print_of(os.fstat(file)) != taken.print:
                raise SourceChangedError("it changed meanwhile")
        except OSError as error:
            raise SourceChangedError(error.strerror) from error
        finally:
            os.close(file)

    async def put_back(self, taken: Ticket) -> None:
        await _called(self._inbox.put_back, taken)

    async def settle(self, taken: Ticket, done: bool, report: Report) -> None:
        await _called(self._inbox.settle, taken, done, report)

    async def close(self) -> None:
        self._inbox.close()


async def _called(function: Callable[_Arguments, _Result], *arguments: _Arguments.args, **names: _Arguments.kwargs) -> _Result:
    try:
        return await asyncio.to_thread(function, *arguments, **names)
    except InboxBusyError as error:
        raise PlaceError(str(error)) from None
    except OSError as error:
        raise PlaceError(error.strerror or type(error).__name__) from None


__all__ = ["KIND", "DirectorySettings", "DirectorySource"]
