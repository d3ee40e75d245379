"""SFTP servers that are slow, odd or away: what they hold is taken whole, in its order, and never given up."""

import asyncio
import contextlib
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import asyncssh
import pytest

from connectors.sftp import SftpServer
from connectors.sink import SinkAway
from connectors.sinks.sftp import SftpSink
from connectors.source import PIECE_BYTES, RefusedError
from connectors.sources.inbox import NAME_BYTES
from connectors.sources.sftp import SftpSettings, SftpSource
from tests.contract.test_sftp import running, until

pytestmark = pytest.mark.asyncio
SLOW, TIMEOUT = 0.3, 1.0
"""Seconds: what the slow server takes for a part, and what it has for each."""


class Taking:
    """Takes every file and says what became of it once it is `told` to."""

    def __init__(self, told: bool = True) -> None:
        self.names: list[str] = []
        self.told, self.refusing = told, False

    async def accept(self, name: str, content_type: str, chunks: AsyncIterator[bytes]) -> str:
        async for _ in chunks:
            pass
        self.names.append(name)
        if self.refusing:
            raise RefusedError("too large")
        return name

    async def outcome(self, receipt: str) -> dict[str, str] | None:
        return {"status": "done"} if self.told else None


class Login(asyncssh.SSHServer):
    def begin_auth(self, username: str) -> bool:
        return False


@asynccontextmanager
async def serving(kind: Callable[[asyncssh.SSHServerChannel], asyncssh.SFTPServer]) -> AsyncIterator[SftpServer]:
    """A server over a folder."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    listener = await asyncssh.listen("127.0.0.1", 0, server_host_keys=[key], server_factory=Login, sftp_factory=kind)
    try:
        known = key.export_public_key().decode().strip()
        yield SftpServer("127.0.0.1", "clinic", listener.get_port(), host_key=known, timeout=TIMEOUT)
    finally:
        listener.close()


def of(root: Path, base: type[asyncssh.SFTPServer] = asyncssh.SFTPServer) -> Callable[[asyncssh.SSHServerChannel], asyncssh.SFTPServer]:
    return lambda channel: base(channel, chroot=os.fsencode(root))


def source(server: SftpServer, sink: Taking) -> SftpSource:
    return SftpSource(SftpSettings(server, "/", stable_seconds=0, poll_seconds=0.01, retry_seconds=0.01), sink)


def write(root: Path, *names: str) -> None:
    """Each newer than the one before."""
    for number, name in enumerate(names):
        (root / name).write_bytes(b"x")
        os.utime(root / name, (number, number))


async def test_no_name_holds_up_others(tmp_path):
    async with serving(of(tmp_path)) as server:
        names = "a.hl7", os.fsdecode(b"m\xfcller.hl7"), "two words\nand a line.hl7", "n" * NAME_BYTES
        write(tmp_path, *names)
        sink = Taking()
        async with running(source(server, sink)):
            await until(lambda: all((tmp_path / "done" / name).exists() for name in names))
            write(tmp_path, names[-1])
            await until(lambda: len(list((tmp_path / "done").glob("nnn*-1"))) == 1)
        assert sink.names == ["a.hl7", "m?ller.hl7", "two words\nand a line.hl7", *[names[-1]] * 2]


async def test_a_folder_that_was_tidied_away_is_made_again(tmp_path):
    async with serving(of(tmp_path)) as server, running(source(server, Taking())):
        for name in ("a.hl7", "b.hl7"):
            write(tmp_path, name)
            await until(lambda: (tmp_path / "done" / name).exists())  # noqa: B023
            shutil.rmtree(tmp_path / "done")


async def test_a_long_listing_has_the_time_it_needs_while_it_goes_on(tmp_path):
    class Slow(asyncssh.SFTPServer):
        async def scandir(self, path):
            listed = [entry async for entry in super().scandir(path)]
            for number, entry in enumerate(listed):
                if number % 128 == 0:  # as many names are in one answer
                    await asyncio.sleep(SLOW)
                yield entry

    write(tmp_path, *(f"{number}.hl7" for number in range(500)))
    async with serving(of(tmp_path, Slow)) as server:
        sink = Taking()
        async with running(source(server, sink)):
            await until(lambda: sink.names)


async def test_a_large_message_has_the_time_it_needs_while_it_goes_on(tmp_path):
    class Slow(asyncssh.SFTPServer):
        async def write(self, file_obj, offset, data):
            await asyncio.sleep(SLOW / 2)
            return super().write(file_obj, offset, data)

    body = bytes(range(256)) * (8 * PIECE_BYTES // 256)
    async with serving(of(tmp_path, Slow)) as server:
        sink = SftpSink(server._replace(timeout=TIMEOUT / 2), "/")
        await sink.send("large.hl7", body)
        await sink.close()
    assert (tmp_path / "large.hl7").read_bytes() == body


async def test_a_connection_lost_in_mid_file_changes_no_order_and_each_loss_is_told(tmp_path, caplog):
    lose = {"/b.hl7", "/d.hl7"}

    class Losing(asyncssh.SFTPServer):
        def open(self, path, pflags, attrs):
            if path.decode() in lose:
                lose.discard(path.decode())
                self.channel.get_connection().abort()
            return super().open(path, pflags, attrs)

    names = ["a.hl7", "b.hl7", "c.hl7", "d.hl7", "e.hl7"]
    write(tmp_path, *names)
    async with serving(of(tmp_path, Losing)) as server:
        sink = Taking()
        async with running(source(server, sink)):
            await until(lambda: (tmp_path / "done" / "e.hl7").exists())
    assert sink.names == names
    assert caplog.text.count("the connection was lost") == 2


async def test_while_a_server_is_away_it_is_asked_once_a_round_and_stopping_is_quick(tmp_path):
    async with serving(of(tmp_path)) as server, contextlib.AsyncExitStack() as stack:
        write(tmp_path, *(f"{number:02}.hl7" for number in range(50)))
        sink = Taking(told=False)
        polled = source(server._replace(timeout=0.2), sink)
        async with asyncio.timeout(5), running(polled):
            await until(lambda: len(sink.names) == 50)
            polled._place._session._server = server._replace(timeout=0.2, port=await _nobody(stack))
            await polled._place._session.close()
            sink.told = True
        assert len(list((tmp_path).glob("*.hl7"))) == 50


async def test_a_connection_that_the_server_closed_meanwhile_is_opened_again(tmp_path):
    opened: list[asyncssh.SSHServerConnection] = []

    class Noting(asyncssh.SFTPServer):
        def __init__(self, channel, chroot=None):
            super().__init__(channel, chroot)
            opened.append(channel.get_connection())

    async with serving(of(tmp_path, Noting)) as server:
        sink = SftpSink(server, "/")
        for name in ("a.hl7", "b.hl7"):
            await sink.send(name, b"x")
            opened[-1].abort()
            await until(lambda: sink._session._connection.is_closed())
        await sink.close()
    assert (len(opened), sorted(path.name for path in tmp_path.iterdir())) == (2, ["a.hl7", "b.hl7"])


async def test_what_a_lost_connection_left_is_written_over_by_the_next_try(tmp_path):
    class Losing(asyncssh.SFTPServer):
        def write(self, file_obj, offset, data):
            self.channel.get_connection().abort()
            return super().write(file_obj, offset, data)

    async with serving(of(tmp_path, Losing)) as server:
        sink = SftpSink(server, "/")
        for _ in range(3):
            with pytest.raises(SinkAway, match="lost"):
                await sink.send("a.hl7", b"x")
        await sink.close()
    assert [path.name.startswith(".a.hl7.") for path in tmp_path.iterdir()] == [True]


async def _nobody(stack: contextlib.AsyncExitStack) -> int:
    """A port that takes connections and says nothing."""
    silent = await asyncio.start_server(lambda reader, writer: stack.callback(writer.transport.abort), "127.0.0.1", 0)
    stack.callback(silent.close)
    return int(silent.sockets[0].getsockname()[1])


async def test_a_refused_file_that_cannot_be_moved_is_moved_later(tmp_path):
    denied = True

    class Denying(asyncssh.SFTPServer):
        def rename(self, oldpath, newpath):
            if denied:
                raise asyncssh.SFTPPermissionDenied("no")
            return super().rename(oldpath, newpath)

    write(tmp_path, "a.hl7")
    async with serving(of(tmp_path, Denying)) as server:
        sink = Taking()
        sink.refusing = True
        async with running(source(server, sink)):
            await until(lambda: len(sink.names) > 1)
            denied = False
            await until(lambda: (tmp_path / "failed" / "a.hl7").exists())
