"""A folder on an SFTP server: files are taken once they are stable, read where they lie, and moved to done or failed on the server.

A file stays under its name until the sink has it and its outcome is known, so a crash or a lost connection leaves it to be read again; the same
bytes have the same receipt. Only one source may watch a folder: servers have no lock that would tell another one.
"""

import asyncio
import contextlib
import json
import stat
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from fnmatch import fnmatch
from pathlib import PurePosixPath
from typing import NamedTuple

import asyncssh

from connectors.sftp import FAILURES, Session, SftpError, SftpServer
from connectors.source import PIECE_BYTES, Report, Sink, SourceChangedError
from connectors.sources.inbox import TEMPORARY_SUFFIXES, numbered, report_path
from connectors.sources.polled import Pace, PlaceAwayError, PlaceError, PolledSource

KIND = "sftp"
CLOSE_SECONDS = 1.0


class SftpSettings(NamedTuple):
    """`path` is the folder on the server, `done` and `failed` are relative to it unless absolute; a report lies beside every file in them."""

    server: SftpServer
    path: str
    pattern: str = "*"
    done: str = "done"
    failed: str = "failed"
    stable_seconds: float = 10.0
    poll_seconds: float = 15.0
    pending: int = 1000
    retry_seconds: float = 1.0


class RemoteFile(NamedTuple):
    """A file of the folder, as it was when it was seen."""

    name: str
    size: int
    mtime: int

    @property
    def label(self) -> str:
        """What stands for it in the log: names of files may name patients."""
        return f"a file of {self.size} bytes"


class SftpSource(PolledSource[RemoteFile, RemoteFile]):
    """Implements connectors.source.Source."""

    def __init__(self, settings: SftpSettings, sink: Sink, *, clock: Callable[[], float] = time.monotonic) -> None:
        pace = Pace(settings.poll_seconds, settings.pending, settings.retry_seconds)
        super().__init__(_RemoteFolder(settings), pace, sink, settings.server.title, clock=clock)


class _RemoteFolder:
    def __init__(self, settings: SftpSettings) -> None:
        self._settings = settings
        self._session = Session(settings.server)
        root = PurePosixPath(settings.path)
        self._root = root
        self._folders = {True: root / settings.done, False: root / settings.failed}
        self._since: dict[RemoteFile, float] = {}
        self._in_hand: set[str] = set()

    async def open(self) -> Sequence[RemoteFile]:
        """Nothing is in hand after a start: what was is still in the folder."""
        async with self._client() as client:
            if not await client.isdir(str(self._root)):
                raise PlaceError("there is no such folder on the server")
            for folder in self._folders.values():
                await client.makedirs(str(folder), exist_ok=True)
        return []

    async def look(self, now: float) -> Sequence[RemoteFile]:
        seen: dict[RemoteFile, float] = {}
        async with self._client() as client:
            async for entry in client.scandir(str(self._root)):
                found = _file_of(entry)
                self._session.goes_on()
                if found is not None and fnmatch(found.name, self._settings.pattern) and found.name not in self._in_hand:
                    seen[found] = self._since.get(found, now)
        self._since = seen
        ready = [found for found, first in seen.items() if now - first >= self._settings.stable_seconds]
        return sorted(ready, key=lambda each: (each.mtime, each.name))

    async def take(self, found: RemoteFile) -> RemoteFile | None:
        async with self._client() as client:
            if await self._changed(client, found):
                return None
        self._since.pop(found, None)
        self._in_hand.add(found.name)
        return found

    async def pieces(self, taken: RemoteFile) -> AsyncGenerator[bytes, None]:
        try:
            async with self._client() as client:
                file = await client.open(self._path(taken), "rb")
            offset = 0
            try:
                while True:
                    async with self._client():
                        piece = bytes(await file.read(PIECE_BYTES, offset))  # type: ignore[arg-type]
                    if not piece:
                        break
                    offset += len(piece)
                    yield piece
            finally:  # also when the sink takes no more: servers give a connection few handles
                await _closed(file)
            async with self._client() as client:
                if offset != taken.size or await self._changed(client, taken):
                    raise SourceChangedError("it changed meanwhile")
        except PlaceAwayError:
            raise
        except PlaceError as error:
            raise SourceChangedError(str(error)) from None

    async def put_back(self, taken: RemoteFile) -> None:
        self._in_hand.discard(taken.name)

    async def settle(self, taken: RemoteFile, done: bool, report: Report) -> None:
        """The report comes first: a crash in between leaves a report whose file comes again, and never a file without one."""
        async with self._client() as client:
            if await self._changed(client, taken):
                self._in_hand.discard(taken.name)  # what lies there now is another file, which comes anew
                return
            if not await client.isdir(str(self._folders[done])):  # partners tidy up
                await client.makedirs(str(self._folders[done]), exist_ok=True)
            target = await self._free(client, self._folders[done], taken.name)
            text = json.dumps({**report, "name": target.name, "moved_to": str(target)}, indent=2, ensure_ascii=True)
            async with client.open(str(report_path(target)), "wb") as file:
                await file.write(text.encode())
            await client.rename(self._path(taken), str(target))  # which does not overwrite
        self._in_hand.discard(taken.name)

    async def close(self) -> None:
        await self._session.close()

    @asynccontextmanager
    async def _client(self) -> AsyncGenerator[asyncssh.SFTPClient, None]:
        try:
            async with self._session.client() as client:
                yield client
        except SftpError as error:
            raise (PlaceAwayError if error.away else PlaceError)(str(error)) from None

    def _path(self, found: RemoteFile) -> str:
        return str(self._root / found.name)

    async def _changed(self, client: asyncssh.SFTPClient, found: RemoteFile) -> bool:
        try:
            now = await client.lstat(self._path(found))
        except asyncssh.SFTPNoSuchFile:
            return True
        return (now.size, now.mtime) != (found.size, found.mtime)

    async def _free(self, client: asyncssh.SFTPClient, folder: PurePosixPath, name: str) -> PurePosixPath:
        """A path that no file has; a number counts up before the extension."""
        wanted, number = folder / name, 0
        target = wanted
        while await client.lexists(str(target)):
            number += 1
            target = numbered(wanted, number)
        return target


async def _closed(file: asyncssh.SFTPClientFile) -> None:
    """Of a lost connection nothing is left to close."""
    with contextlib.suppress(*FAILURES, TimeoutError):
        async with asyncio.timeout(CLOSE_SECONDS):
            await file.close()


def _file_of(entry: asyncssh.SFTPName) -> RemoteFile | None:
    """None for what is no file, or not yet."""
    name, attributes = str(entry.filename), entry.attrs
    if name.startswith(".") or name.endswith(TEMPORARY_SUFFIXES) or attributes.permissions is None or not stat.S_ISREG(attributes.permissions):
        return None
    return RemoteFile(name, int(attributes.size or 0), int(attributes.mtime or 0))


__all__ = ["KIND", "SftpSettings", "SftpSource"]
