"""The MLLP sink believes only an answer to the message it sent, and never takes one for another; and the folder as a way out."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from connectors.kit import check_sink
from connectors.mllp import COMMIT, REJECT, encode
from connectors.sink import Sink, SinkAway, SinkRefused
from connectors.sinks.directory import DirectorySink
from connectors.sinks.mllp import MllpSink, MllpSinkSettings, Outcome, Verdict
from tests.contract.mllp_sides import until

pytestmark = pytest.mark.asyncio

PATIENCE = 10.0
CODES = {b"AA": Outcome.ACCEPTED, b"CA": Outcome.WAIT, b"AE": Outcome.REFUSED, b"AR": Outcome.AGAIN}


def judge(sent: bytes, answer: bytes) -> Verdict:
    """Messages here are their own control id, answers `code id`."""
    code, _, control_id = answer.partition(b" ")
    return Verdict(CODES[code], code.decode()) if control_id == sent else Verdict(Outcome.OTHER)


class Partner:
    """A receiver that does as told: `script` gives, for each frame, what it writes; None closes, an empty one says nothing."""

    def __init__(self, *script: bytes | None) -> None:
        self.script = list(script)
        self.got: list[bytes] = []
        self.connections = 0
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                self.got.append((await reader.readuntil(b"\x1c\r"))[1:-2])
                answer = self.script.pop(0) if self.script else b""
                if answer is None:
                    break
                writer.write(answer)
        writer.transport.abort()


@asynccontextmanager
async def partner(*script: bytes | None) -> AsyncIterator[Partner]:
    one = Partner(*script)
    server = await asyncio.start_server(one.serve, "127.0.0.1", 0, limit=1 << 23)
    one.port = server.sockets[0].getsockname()[1]
    try:
        async with asyncio.timeout(PATIENCE):
            yield one
    finally:
        server.close()


def sink_to(one: Partner, judge: Callable[[bytes, bytes], Verdict] | None = judge, **settings: Any) -> MllpSink:
    return MllpSink(MllpSinkSettings("127.0.0.1", one.port, **settings), judge)


async def test_messages_go_over_one_connection_in_order():
    async with partner(encode(b"AA 1"), encode(b"AA 2"), encode(b"AA 3")) as one:
        sink = sink_to(one)
        await asyncio.gather(*(sink.send("name", body) for body in (b"1", b"2", b"3")))
        await sink.close()
    assert (one.got, one.connections) == ([b"1", b"2", b"3"], 1)


async def test_after_a_commit_it_waits_for_the_application():
    async with partner(encode(b"CA 1") + encode(b"AA 1"), encode(b"CA 2") + encode(b"AE 2"), encode(b"CA 3")) as one:
        sink = sink_to(one, answer_seconds=0.1)
        await sink.send("name", b"1")
        with pytest.raises(SinkRefused):
            await sink.send("name", b"2")
        with pytest.raises(SinkAway, match="no answer in time"):
            await sink.send("name", b"3")
        await sink.close()


@pytest.mark.parametrize(
    ("answer", "error", "sentence"),
    [
        (encode(b"AE 1"), SinkRefused, "AE"),
        (encode(b"AR 1"), SinkAway, "AR"),
        (encode(b"AA 2"), SinkAway, "no answer in time: what came answers other messages"),
        (encode(b"AA 2") * 16, SinkAway, "other messages"),
        (encode(b"AA 1")[:-2], SinkAway, "no answer in time"),
        (b"AA 1\r", SinkAway, "no answer in time"),
        (b"", SinkAway, "no answer in time$"),
        (None, SinkAway, "closed the connection without an answer"),
        (encode(b"x" * 5000), SinkAway, "over the limit"),
        (b"\x0b\x1c\r" * 500, SinkAway, "connection"),
        (REJECT, SinkAway, "no answer in time"),
    ],
    ids=["AE", "AR", "of another", "of many others", "cut", "no frame", "none", "closed", "endless", "flood", "reject"],
)
async def test_only_a_good_answer_is_a_delivery(answer, error, sentence):
    async with partner(answer, encode(b"AA 1")) as one:
        sink = sink_to(one, answer_seconds=0.2, max_answer_bytes=1000)
        with pytest.raises(error, match=sentence):
            await sink.send("name", b"1")
        await sink.send("name", b"1")
        await sink.close()
    assert one.got == [b"1", b"1"]


@pytest.mark.parametrize(
    "answer",
    [encode(b"AA 0") + encode(b"AA 1"), encode(b"AA 1")[:-1], encode(b"AA 1")[1:].replace(b"AA", b"MSH|AA"), b"junk" + encode(b"AA 1")],
    ids=["another first", "no last byte", "no start byte", "bytes outside"],
)
async def test_an_answer_with_faults_around_it_is_read(answer):
    def lenient(sent: bytes, answer: bytes) -> Verdict:
        return judge(sent, answer.removeprefix(b"MSH|"))

    async with partner(answer) as one:
        sink = sink_to(one, lenient, answer_seconds=2)
        await sink.send("name", b"1")
        await sink.close()


async def test_a_late_answer_is_not_taken_for_the_next():
    """The partner answers with one control id for all, as careless ones do."""

    def careless(sent: bytes, answer: bytes) -> Verdict:
        return Verdict(CODES[answer])

    gate = asyncio.Event()

    async def late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            body = (await reader.readuntil(b"\x1c\r"))[1:-2]
            if body == b"1":
                await gate.wait()
                writer.write(encode(b"AA"))
                await reader.readuntil(b"\x1c\r")
            else:
                gate.set()
                writer.write(encode(b"AE"))
                await reader.read()
        writer.transport.abort()

    server = await asyncio.start_server(late, "127.0.0.1", 0)
    async with server, asyncio.timeout(PATIENCE):
        sink = MllpSink(MllpSinkSettings("127.0.0.1", server.sockets[0].getsockname()[1], answer_seconds=0.1), careless)
        with pytest.raises(SinkAway):
            await sink.send("name", b"1")
        with pytest.raises(SinkRefused):
            await sink.send("name", b"2")
        await sink.close()


async def test_a_send_that_is_given_up_leaves_no_connection_behind():
    async with partner(b"", encode(b"AA 2")) as one:
        sink = sink_to(one)
        waiting = asyncio.create_task(sink.send("name", b"1"))
        await until(lambda: one.got)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await sink.send("name", b"2")
        await sink.close()
    assert one.connections == 2


async def test_a_connection_that_the_partner_closed_meanwhile_is_opened_again():
    async def one_each(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        body = (await reader.readuntil(b"\x1c\r"))[1:-2]
        writer.write(encode(b"AA " + body))
        writer.close()
        await writer.wait_closed()
        closed.set()

    closed = asyncio.Event()
    server = await asyncio.start_server(one_each, "127.0.0.1", 0)
    async with server, asyncio.timeout(PATIENCE):
        sink = MllpSink(MllpSinkSettings("127.0.0.1", server.sockets[0].getsockname()[1]), judge)
        for body in (b"1", b"2", b"3"):
            await sink.send("name", body)
            await closed.wait()
            closed.clear()
        await sink.close()


async def test_a_partner_that_closes_just_when_the_next_message_is_sent_gets_it_over_a_new_connection_at_once():
    async def one_each(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        body = (await reader.readuntil(b"\x1c\r"))[1:-2]
        got.append(body)
        writer.write(encode(b"AA " + body))
        await reader.read(1)
        writer.transport.abort()

    got: list[bytes] = []
    server = await asyncio.start_server(one_each, "127.0.0.1", 0)
    async with server, asyncio.timeout(PATIENCE):
        sink = MllpSink(MllpSinkSettings("127.0.0.1", server.sockets[0].getsockname()[1]), judge)
        for body in (b"1", b"2", b"3"):
            await sink.send("name", body)
        await sink.close()
    assert got == [b"1", b"2", b"3"]


async def test_release_2_waits_for_the_commit_and_commits_the_answer():
    async with partner(COMMIT + encode(b"AA 1"), b"", REJECT) as one:
        sink = sink_to(one, release2=True)
        await sink.send("name", b"1")
        with pytest.raises(SinkAway, match="not commit"):
            await sink.send("name", b"2")
        await sink.close()
    assert one.got == [b"1", b"\x06", b"2"]


@pytest.mark.parametrize("answer", [b"", COMMIT, encode(b"AE")], ids=["none", "commits", "unasked"])
async def test_where_nobody_answers_it_does_not_wait(answer):
    big = b"x" * 3_000_000
    async with partner(*[answer] * 3) as one:
        sink = sink_to(one, None, release2=answer == COMMIT)
        for number, body in enumerate((b"1", big, b"3"), 1):
            await sink.send("name", body)
            await until(lambda expected=number: len(one.got) == expected)
            if answer == encode(b"AE"):
                await until(lambda: sink._link._blocks)
        await sink.close()
    assert ([len(body) for body in one.got], one.connections) == ([1, len(big), 1], 1)


async def test_what_would_end_early_is_refused_and_not_sent():
    async with partner(encode(b"AA 1")) as one:
        sink = sink_to(one)
        with pytest.raises(SinkRefused, match="ends a frame"):
            await sink.send("name", b"MSH|\x1c\r")
        await sink.send("name", b"1")
        await sink.close()
    assert one.got == [b"1"]


async def test_nobody_there_is_said_in_words():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    sink = MllpSink(MllpSinkSettings("127.0.0.1", port), judge)
    with pytest.raises(SinkAway, match="no connection"):
        await sink.send("name", b"1")
    await sink.close()


async def stuck(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    reader._transport.pause_reading()


@pytest.mark.parametrize("judge", [judge, None], ids=["answering", "silent"])
async def test_a_partner_that_takes_no_bytes_is_away(judge):
    server = await asyncio.start_server(stuck, "127.0.0.1", 0)
    async with server, asyncio.timeout(PATIENCE):
        sink = MllpSink(MllpSinkSettings("127.0.0.1", server.sockets[0].getsockname()[1], answer_seconds=0.1), judge)
        with pytest.raises(SinkAway, match="in time"):
            await sink.send("name", b"x" * 20_000_000)
        await sink.close()


async def test_where_nobody_answers_a_message_counts_once_the_system_has_all_of_it():
    server = await asyncio.start_server(stuck, "127.0.0.1", 0)
    async with server, asyncio.timeout(PATIENCE):
        sink = MllpSink(MllpSinkSettings("127.0.0.1", server.sockets[0].getsockname()[1], answer_seconds=0.1), None)
        with contextlib.suppress(SinkAway):
            while True:
                await sink.send("name", b"x" * 50_000)
                assert sink._link._transport.get_write_buffer_size() == 0
        await sink.close()


class MllpWorld:
    """A partner on one port, away when nobody listens there."""

    def __init__(self) -> None:
        self._got: list[bytes] = []
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._port = 0

    def sink(self) -> Sink:
        return MllpSink(MllpSinkSettings("127.0.0.1", self._port), lambda sent, answer: judge(b"", answer))

    def got(self) -> list[bytes]:
        return self._got

    async def back(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port, limit=1 << 23)
        self._port = self._server.sockets[0].getsockname()[1]

    async def away(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                self._got.append((await reader.readuntil(b"\x1c\r"))[1:-2])
                writer.write(encode(b"AA "))


class FolderWorld:
    """Away when the folder's place is taken by a file."""

    def __init__(self, root: Path) -> None:
        self._path = root / "out"

    def sink(self) -> Sink:
        return DirectorySink(self._path)

    def got(self) -> list[bytes]:
        return [path.read_bytes() for path in sorted(self._path.iterdir())]

    async def back(self) -> None:
        self._path.unlink()
        if self._aside.exists():
            self._aside.rename(self._path)

    async def away(self) -> None:
        if self._path.exists():
            self._path.rename(self._aside)
        self._path.write_bytes(b"")

    @property
    def _aside(self) -> Path:
        return self._path.with_name("aside")


async def test_it_passes_the_kit():
    @asynccontextmanager
    async def factory() -> AsyncIterator[MllpWorld]:
        world = MllpWorld()
        await world.back()
        yield world
        await world.away()

    await check_sink(factory)


async def test_the_folder_passes_the_kit(tmp_path: Path):
    numbers = count()

    @asynccontextmanager
    async def factory() -> AsyncIterator[FolderWorld]:
        root = tmp_path / f"world-{next(numbers)}"
        root.mkdir()
        yield FolderWorld(root)

    await check_sink(factory)


async def test_the_folder_is_a_sink(tmp_path: Path):
    sink = DirectorySink(tmp_path / "out")
    await sink.send("a.hl7", b"one")
    await sink.send("a.hl7", b"one")
    assert [(path.name, path.read_bytes()) for path in (tmp_path / "out").iterdir()] == [("a.hl7", b"one")]
    with pytest.raises(SinkRefused, match="plain"):
        await sink.send("../a.hl7", b"one")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SinkAway, match="cannot be written"):
        await DirectorySink(tmp_path / "file" / "in").send("a.hl7", b"one")
    await sink.close()
