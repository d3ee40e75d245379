"""A folder into which files are put: each appears under its name only once it is whole and safe, and putting it again changes nothing."""

import asyncio
import contextlib
import os
import secrets
import time
from collections.abc import Iterable
from pathlib import Path

from connectors.sink import SinkAway, SinkRefused

MODE = 0o640
"""Of a file; the folder, when it has to be made, is this owner's and group's too. The process's umask may take more away."""

LEFT_SECONDS = 3600.0


class DirectorySink:
    """Implements connectors.sink.Sink. `path` is made when it is not there. What fails leaves nothing under a name that was not there before."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._swept = False

    async def send(self, name: str, body: bytes) -> None:
        try:
            await asyncio.to_thread(self.put, name, (body,))
        except ValueError as error:
            raise SinkRefused(str(error)) from None
        except OSError as error:
            raise SinkAway(f"the folder cannot be written ({error.strerror or type(error).__name__})") from None

    async def close(self) -> None:
        """Nothing is kept open."""

    def put(self, name: str, pieces: Iterable[bytes]) -> None:
        """Blocking; durable before it returns. Raises ValueError for a name that is not a plain one, OSError."""
        if not name or name.startswith(".") or "/" in name or "\0" in name:
            raise ValueError("the name of a file is a plain one")
        self._path.mkdir(mode=0o750, parents=True, exist_ok=True)
        if not self._swept:
            _sweep(self._path)
            self._swept = True
        partial = self._path / f".{name}.{secrets.token_hex(4)}.part"  # hidden, so that no partner picks it up
        try:
            _write(partial, pieces)
            partial.replace(self._path / name)
        except BaseException:
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)
            raise
        _sync_folder(self._path)


def _sweep(path: Path) -> None:
    """Remove what killed processes left. Another one may be writing, so only what is old goes."""
    before = time.time() - LEFT_SECONDS
    for left in path.glob(".*.part"):
        with contextlib.suppress(OSError):
            if left.stat().st_mtime < before:
                left.unlink()


def _write(path: Path, pieces: Iterable[bytes]) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, MODE)
    with os.fdopen(handle, "wb") as file:
        for piece in pieces:
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


__all__ = ["DirectorySink"]
