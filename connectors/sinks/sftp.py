"""A folder on an SFTP server into which messages are put: each appears under its name only once it is whole, and putting it again changes nothing."""

import contextlib
import secrets
from pathlib import PurePosixPath

import asyncssh

from connectors.sftp import FAILURES, Session, SftpError, SftpServer
from connectors.sink import SinkAway, SinkRefused
from connectors.source import PIECE_BYTES


class SftpSink:
    """Implements connectors.sink.Sink. `path` is the folder on the server; it has to be there."""

    def __init__(self, server: SftpServer, path: str) -> None:
        self._folder = PurePosixPath(path)
        self._session = Session(server)
        self._own = secrets.token_hex(4)  # what a lost connection left behind is written over by the next try

    async def send(self, name: str, body: bytes) -> None:
        """Under another, hidden name first, on the server's disk where the server can be asked for that, then renamed."""
        if not name or name.startswith(".") or "/" in name or "\0" in name:
            raise SinkRefused("the name of a file is a plain one")
        partial = self._folder / f".{name}.{self._own}.part"
        try:
            async with self._session.client() as client:
                try:
                    await self._write(client, str(partial), body)
                    await _rename(client, str(partial), str(self._folder / name))
                except FAILURES:
                    with contextlib.suppress(*FAILURES):
                        await client.remove(str(partial))
                    raise
        except SftpError as error:
            raise SinkAway(str(error)) from None

    async def close(self) -> None:
        await self._session.close()

    async def _write(self, client: asyncssh.SFTPClient, path: str, body: bytes) -> None:
        async with client.open(path, "wb") as file:
            for start in range(0, len(body), PIECE_BYTES):
                await file.write(body[start : start + PIECE_BYTES])
                self._session.goes_on()
            with contextlib.suppress(asyncssh.SFTPOpUnsupported):
                await file.fsync()


async def _rename(client: asyncssh.SFTPClient, partial: str, path: str) -> None:
    """Over what is there, in one step where the server can."""
    try:
        await client.posix_rename(partial, path)
    except asyncssh.SFTPOpUnsupported:
        with contextlib.suppress(asyncssh.SFTPNoSuchFile):
            await client.remove(path)
        await client.rename(partial, path)


__all__ = ["SftpSink"]
