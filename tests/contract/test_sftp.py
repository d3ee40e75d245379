"""The SFTP source and sink against a server that is not ours."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import asyncssh
import pytest

from connectors.kit import World, check_sink, check_source
from connectors.kit.sources import RecordingSink
from connectors.sftp import SftpServer
from connectors.sink import SinkAway, SinkRefused
from connectors.sinks.sftp import SftpSink
from connectors.source import RefusedError, Sink
from connectors.sources.sftp import SftpSettings, SftpSource
from tests.servers.sftp import Sftp

pytestmark = pytest.mark.asyncio
NUMBERS = count()


@pytest.fixture(scope="module")
def sftp() -> Iterator[Sftp]:
    with Sftp() as server:
        yield server


class SftpWorld:
    """A sender that puts files into a folder of its own on the server."""

    def __init__(self, server: Sftp, timeout: float = 10.0) -> None:
        self._server, self._timeout = server, timeout
        self.root = server.root / f"world-{next(NUMBERS)}"
        self.root.mkdir()

    def source(self, sink: Sink) -> SftpSource:
        return SftpSource(self.settings(), sink)

    def settings(self, server: SftpServer | None = None) -> SftpSettings:
        known = server or self._server.server(self._timeout)
        return SftpSettings(known, f"/{self.root.name}", stable_seconds=0, poll_seconds=0.01, retry_seconds=0.01)

    async def send(self, name: str, data: bytes) -> None:
        part = self.root / f"{name}.tmp"
        part.write_bytes(data)
        part.rename(self.root / name)
        await until(lambda: self.acknowledged(name))

    def acknowledged(self, name: str) -> bool:
        return (self.root / "done" / name).exists()


@asynccontextmanager
async def running(source: SftpSource) -> AsyncIterator[None]:
    task = asyncio.create_task(source.run())
    try:
        yield
        await source.stop()
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until(condition, seconds=10.0):
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 files give no event
            await asyncio.sleep(0.002)


async def test_the_source_passes_the_kit(sftp):
    @asynccontextmanager
    async def factory() -> AsyncIterator[World]:
        yield SftpWorld(sftp)

    await check_source(factory)


async def test_a_growing_file_is_taken_once_it_is_whole(sftp):
    world, now = SftpWorld(sftp), [0.0]
    sink = RecordingSink(world)
    source = SftpSource(world.settings()._replace(stable_seconds=5.0), sink, clock=lambda: now[0])
    (world.root / "a.hl7").write_bytes(b"half")
    async with running(source):
        await until(lambda: source._place._since)
        now[0] += 4.9
        (world.root / "a.hl7").write_bytes(b"half and whole")
        await until(lambda: [found.size for found in source._place._since] == [14])
        now[0] += 4.9
        (world.root / "b.hl7").write_bytes(b"later")
        await until(lambda: len(source._place._since) == 2)
        assert sink.taken == []
        now[0] += 0.2
        await until(lambda: sink.taken)
    assert sink.taken == [("a.hl7", b"half and whole")]


async def test_a_refused_file_goes_to_failed_with_its_reason(sftp):
    world = SftpWorld(sftp)

    class Refusing(RecordingSink):
        async def accept(self, name, content_type, chunks):
            raise RefusedError("too large")

    (world.root / "a.hl7").write_bytes(b"x")
    async with running(world.source(Refusing(world))):
        await until(lambda: (world.root / "failed" / "a.hl7").exists())
    assert '"too large"' in (world.root / "failed" / "a.hl7.report.json").read_text()


async def test_a_name_that_was_there_before_is_not_overwritten(sftp):
    world = SftpWorld(sftp)
    sink = RecordingSink(world)
    (world.root / "done").mkdir()
    (world.root / "done" / "a.hl7").write_bytes(b"of yesterday")
    (world.root / "a.hl7").write_bytes(b"of today")
    async with running(world.source(sink)):
        await until(lambda: (world.root / "done" / "a-1.hl7").exists())
    assert (world.root / "done" / "a.hl7").read_bytes() == b"of yesterday"
    assert sink.taken == [("a.hl7", b"of today")]


async def test_a_file_that_is_replaced_while_its_outcome_is_open_comes_as_a_new_one(sftp):
    world = SftpWorld(sftp)
    known = asyncio.Event()

    class Slow(RecordingSink):
        async def outcome(self, receipt):
            return {"status": "done"} if known.is_set() else None

    sink = Slow(world)
    (world.root / "a.hl7").write_bytes(b"first")
    async with running(world.source(sink)):
        await until(lambda: sink.taken)
        (world.root / "a.hl7").write_bytes(b"second, longer")
        known.set()
        await until(lambda: (world.root / "done" / "a.hl7").exists())
    assert sink.taken == [("a.hl7", b"first"), ("a.hl7", b"second, longer")]


@pytest.mark.parametrize("how", ["kill", "pause"])
async def test_a_server_that_goes_away_in_mid_file_costs_nothing(how):
    with contextlib.ExitStack() as stack:
        server = await asyncio.to_thread(stack.enter_context, Sftp())
        world = SftpWorld(server, timeout=2.0)
        struck = asyncio.Event()
        data = bytes(range(256)) * (4 << 12)

        class Striking(RecordingSink):
            async def accept(self, name, content_type, chunks):
                async def watched():
                    async for chunk in chunks:
                        if not struck.is_set():
                            await asyncio.to_thread(getattr(server, how))
                            struck.set()
                        yield chunk

                return await super().accept(name, content_type, watched())

        sink = Striking(world)
        (world.root / "a.hl7").write_bytes(data)
        async with running(world.source(sink)):
            await struck.wait()
            await asyncio.to_thread(server.start if how == "kill" else server.resume)
            await until(lambda: (world.root / "done" / "a.hl7").exists(), 30)
        assert sink.taken
        assert set(sink.taken) == {("a.hl7", data)}


async def test_a_file_that_is_not_read_to_its_end_is_closed_on_the_server(sftp):
    """As when the log is away for long: each try opens it anew, and a server gives a connection few handles."""
    world = SftpWorld(sftp)

    class Away(RecordingSink):
        tries = 0

        async def accept(self, name, content_type, chunks):
            async for _ in chunks:
                self.tries += 1
                if self.tries < 5:
                    raise ConnectionError
                break
            return await super().accept(name, content_type, chunks)

    (world.root / "a.hl7").write_bytes(bytes(5 << 20))
    sink = Away(world)
    async with running(world.source(sink)):
        await until(lambda: sink.tries == 4)
        await until(lambda: (world.root / "done" / "a.hl7").exists())
        assert not [link for link in sftp.open_files() if link.name == "a.hl7"]


def other_key(kind: str) -> str:
    return asyncssh.generate_private_key(kind).export_public_key().decode()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"host_key": other_key("ecdsa-sha2-nistp521")}, "host key is not the one that is known"),
        ({"host_key": other_key("ssh-ed25519")}, "no host key of the kind that is known|the connection was lost"),
        ({"host_key": ""}, "host key is not the one that is known"),
        ({"password": lambda: "wrong"}, "does not let this user in"),
        ({"password": None}, "does not let this user in"),
        ({"host_key": "", "known_hosts": Path("/dev/null")}, "host key is not the one that is known"),
    ],
    ids=["another host key", "another kind of key", "no host key", "wrong password", "no password", "no known host"],
)
async def test_who_cannot_be_trusted_gets_nothing(sftp, caplog, change, sentence):
    world = SftpWorld(sftp)
    sink = RecordingSink(world)
    (world.root / "a.hl7").write_bytes(b"x")
    async with running(SftpSource(world.settings(sftp.server()._replace(**change)), sink)):
        await until(lambda: re.search(sentence, caplog.text))
    assert sink.taken == []
    with pytest.raises(SinkAway, match=sentence):
        await SftpSink(sftp.server()._replace(**change), f"/{world.root.name}").send("b.hl7", b"x")
    assert sftp.password not in caplog.text


async def test_a_key_and_a_file_of_known_hosts_do_as_well(sftp, tmp_path):
    known = tmp_path / "known_hosts"
    known.write_text(f"[127.0.0.1]:{sftp.port} {sftp.host_key}\n")
    server = sftp.server()._replace(host_key="", known_hosts=known, password=None, key=sftp.key)
    world = SftpWorld(sftp)
    sink = SftpSink(server, f"/{world.root.name}")
    await sink.send("a.hl7", b"by key")
    await sink.close()
    assert (world.root / "a.hl7").read_bytes() == b"by key"


async def test_a_message_appears_whole_and_again_as_the_same(sftp):
    world = SftpWorld(sftp)
    sink = SftpSink(sftp.server(), f"/{world.root.name}")
    data = bytes(range(256)) * 20_000
    for _ in range(2):
        await sink.send("a.hl7", data)
    await sink.close()
    await sink.send("b.hl7", b"after a new connection")
    await sink.close()
    assert {path.name: path.read_bytes() for path in world.root.iterdir()} == {"a.hl7": data, "b.hl7": b"after a new connection"}


class SinkWorld(SftpWorld):
    """The partner is away while its server is stopped; nothing of it is lost."""

    def sink(self) -> SftpSink:
        return SftpSink(self._server.server(self._timeout), f"/{self.root.name}")

    def got(self) -> list[bytes]:
        return [path.read_bytes() for path in sorted(self.root.iterdir()) if not path.name.startswith(".")]

    async def away(self) -> None:
        await asyncio.to_thread(self._server.pause)

    async def back(self) -> None:
        await asyncio.to_thread(self._server.resume)


async def test_the_sink_passes_the_kit():
    with contextlib.ExitStack() as stack:
        server = await asyncio.to_thread(stack.enter_context, Sftp())

        @asynccontextmanager
        async def factory() -> AsyncIterator[SinkWorld]:
            yield SinkWorld(server, timeout=1.0)

        await check_sink(factory)


async def test_what_cannot_be_sent_says_so_and_leaves_nothing(sftp):
    world = SftpWorld(sftp)
    with pytest.raises(SinkRefused):
        await SftpSink(sftp.server(), f"/{world.root.name}").send("../a", b"x")
    with pytest.raises(SinkAway, match="no such file or folder"):
        await SftpSink(sftp.server(), "/nowhere").send("a.hl7", b"x")
    (world.root / "a.hl7").mkdir()
    with pytest.raises(SinkAway):
        await SftpSink(sftp.server(), f"/{world.root.name}").send("a.hl7", b"x")
    assert [path.name for path in world.root.iterdir()] == ["a.hl7"]
