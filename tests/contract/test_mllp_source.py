"""The MLLP listener: answers only what is safe, in order, and holds no sender up for another, whatever senders do."""

import asyncio
import contextlib
import random
import resource
import socket
import ssl
import struct
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_network
from itertools import pairwise

import pytest

from connectors.kit import check_source
from connectors.mllp import BIG, COMMIT, HEAD_BYTES, LITTLE, PLAIN, REJECT, encode
from connectors.source import PIECE_BYTES, OverLimitError, Sink, Source
from connectors.sources.mllp import Connection, CutError, MllpSettings, MllpSource
from tests.contract.mllp_sides import PATIENCE, listening, until

pytestmark = pytest.mark.asyncio

MESSAGE = b"MSH|^~\\&|LAB|EAST|GATE|HOME|20260301||ADT^A01|%b|P|2.5\rPID|1||100\r"


def message(control_id: object) -> bytes:
    return MESSAGE % str(control_id).encode()


def answer(code: bytes, body: bytes) -> bytes:
    fields = body.split(b"|")
    return b"MSA|%b|%b" % (code, fields[9] if len(fields) > 9 else b"")


class Receiver:
    """Takes everything, once `gate` is set; fails for `failing` bodies."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.fragments: list[tuple[str, bytes]] = []
        self.errors: list[Exception] = []
        self.connections: list[Connection] = []
        self.failing: set[bytes] = set()
        self.gate = asyncio.Event()
        self.gate.set()
        self.inside = 0
        self.most_inside = 0

    async def handle(self, message: bytes, connection: Connection) -> bytes | None:
        self.connections.append(connection)
        self.inside += 1
        self.most_inside = max(self.inside, self.most_inside)
        try:
            await self.gate.wait()
            if message in self.failing:
                raise ConnectionError
            self.taken.append(message)
        finally:
            self.inside -= 1
        return answer(b"AA", message)

    def refuse(self, message: bytes, error: Exception) -> bytes | None:
        self.errors.append(error)
        return answer(b"AE", message)

    async def fragment(self, data: bytes, fault: str, connection: Connection) -> None:
        self.fragments.append((fault, data))


class Sender:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self) -> bytes:
        frame = await self.reader.readuntil(b"\x1c\r")
        assert frame[:1] == b"\x0b"
        return frame[1:-2]

    async def ask(self, body: bytes) -> bytes:
        await self.send(encode(body))
        return await self.answer()

    async def closed(self) -> bytes:
        """What came before the end."""
        with contextlib.suppress(ConnectionError):
            return await self.reader.read()
        return b""

    def reset(self) -> None:
        """As when the machine or the process is gone."""
        raw = self.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


@asynccontextmanager
async def sender(source: MllpSource, limit: int = 1 << 16) -> AsyncIterator[Sender]:
    reader, writer = await asyncio.open_connection("127.0.0.1", source.port, limit=limit)
    try:
        yield Sender(reader, writer)
    finally:
        writer.transport.abort()


class Bridge:
    """A message's first line is its name, the rest goes to the sink of the kit."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    async def handle(self, message: bytes, connection: Connection) -> bytes | None:
        name, _, data = message.partition(b"\r")
        return (await self._sink.accept(name.decode(), "", self._pieces(data))).encode()

    async def _pieces(self, data: bytes) -> AsyncIterator[bytes]:
        for start in range(0, len(data), PIECE_BYTES):
            yield data[start : start + PIECE_BYTES]

    def refuse(self, message: bytes, error: Exception) -> bytes | None:
        return b""

    async def fragment(self, data: bytes, fault: str, connection: Connection) -> None:
        raise AssertionError("nothing here is cut")


class MllpWorld:
    """Senders that come again, over a new connection, until they have an answer that is not empty."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._told: set[str] = set()

    def source(self, sink: Sink) -> Source:
        return MllpSource(Bridge(sink), MllpSettings(port=self._port))

    async def send(self, name: str, data: bytes) -> None:
        while name not in self._told:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
                try:
                    writer.write(b"\x0b%b\r%b\x1c\r" % (name.encode(), data))
                    if await reader.readuntil(b"\x1c\r") != b"\x0b\x1c\r":
                        self._told.add(name)
                finally:
                    writer.transport.abort()
            await asyncio.sleep(0.001)

    def acknowledged(self, name: str) -> bool:
        return name in self._told


async def test_it_passes_the_kit():
    @asynccontextmanager
    async def factory():
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        yield MllpWorld(port)

    await check_source(factory)


async def test_answers_come_in_order_and_the_next_message_waits_for_the_answer_before():
    receiver = Receiver()
    async with listening(receiver) as source, sender(source) as one:
        await one.send(b"".join(encode(message(number)) for number in range(200)))
        assert [await one.answer() for _ in range(200)] == [b"MSA|AA|%d" % number for number in range(200)]
    assert (receiver.taken, receiver.most_inside) == ([message(number) for number in range(200)], 1)


async def test_several_in_flight_are_handled_together_and_answered_in_order():
    receiver = Receiver()
    late = asyncio.Event()
    handle = receiver.handle

    async def first_is_last(body: bytes, connection: Connection) -> bytes | None:
        if body == message(0):
            await late.wait()
        done = await handle(body, connection)
        if body == message(3):
            late.set()
        return done

    receiver.handle = first_is_last  # type: ignore[method-assign]
    async with listening(receiver, in_flight=4) as source, sender(source) as one:
        await one.send(b"".join(encode(message(number)) for number in range(4)))
        assert [await one.answer() for _ in range(4)] == [b"MSA|AA|%d" % number for number in range(4)]
    assert receiver.taken == [message(number) for number in (1, 2, 3, 0)]


async def test_a_message_that_is_not_taken_is_refused_and_the_next_is_taken():
    receiver = Receiver()
    receiver.failing.add(message(1))
    async with listening(receiver) as source, sender(source) as one:
        assert [await one.ask(message(number)) for number in (1, 2)] == [b"MSA|AE|1", b"MSA|AA|2"]
    assert (receiver.taken, source.counts.refused, source.counts.answered) == ([message(2)], 1, 2)


@pytest.mark.parametrize("broken", ["silent", "failing", "unsendable"])
async def test_without_an_answer_to_give_the_connection_is_closed(broken):
    def refuse(body: bytes, error: Exception) -> bytes | None:
        if broken == "failing":
            raise ValueError
        return None if broken == "silent" else b"\x1c"

    receiver = Receiver()
    receiver.refuse = refuse  # type: ignore[method-assign]
    receiver.failing.add(message(1))
    async with listening(receiver) as source, sender(source) as one:
        await one.send(encode(message(1)) + encode(message(2)))
        assert await one.closed() == b""
    assert receiver.taken == []


async def test_a_feed_without_acknowledgements_gets_none_and_loses_nothing_when_its_sender_closes():
    receiver = Receiver()

    async def no_answer(body: bytes, connection: Connection) -> bytes | None:
        receiver.taken.append(body)
        return None

    receiver.handle = no_answer  # type: ignore[method-assign]
    async with listening(receiver) as source:
        async with sender(source) as one:
            await one.send(b"".join(encode(message(number)) for number in range(50)))
            one.writer.write_eof()
            assert await one.closed() == b""
        await until(lambda: source.counts.open == 0)
    assert receiver.taken == [message(number) for number in range(50)]


async def test_a_further_answer_can_follow_the_first():
    receiver = Receiver()
    async with listening(receiver) as source:
        async with sender(source) as one:
            await one.ask(message(1))
            assert receiver.connections[0].send(b"MSA|CA|1")
            assert await one.answer() == b"MSA|CA|1"
        await until(lambda: source.counts.open == 0)
        assert not receiver.connections[0].send(b"MSA|CA|1")


@pytest.mark.parametrize(("frame", "charset"), [(LITTLE, "utf-16-le"), (BIG, "utf-16-be"), (PLAIN, "utf-16-le")])
async def test_an_answer_has_the_frame_of_the_message(frame, charset):
    receiver = Receiver()

    async def echo(body: bytes, connection: Connection) -> bytes | None:
        return "MSA|AA".encode(charset)

    receiver.handle = echo  # type: ignore[method-assign]
    async with listening(receiver) as source, sender(source) as one:
        for _ in range(2):
            await one.send(encode(message(1).decode().encode(charset), frame))
            expected = encode("MSA|AA".encode(charset), frame)
            assert await one.reader.readexactly(len(expected)) == expected


async def test_several_answers_to_one_message_come_in_order_and_before_the_next():
    receiver = Receiver()

    async def commit_then_application(body: bytes, connection: Connection) -> tuple[bytes, ...]:
        return answer(b"CA", body), answer(b"AA", body)

    receiver.handle = commit_then_application  # type: ignore[assignment]
    async with listening(receiver) as source, sender(source) as one:
        await one.send(encode(message(1)) + encode(message(2)))
        assert [await one.answer() for _ in range(4)] == [b"MSA|CA|1", b"MSA|AA|1", b"MSA|CA|2", b"MSA|AA|2"]


async def test_release_2_commits_or_rejects_before_it_answers():
    receiver = Receiver()
    receiver.failing.add(message(2))
    async with listening(receiver, release2=True) as source, sender(source) as one:
        for number, first, code in ((1, COMMIT, b"AA"), (2, REJECT, b"AE")):
            await one.send(encode(message(number)))
            expected = first + encode(b"MSA|%b|%d" % (code, number))
            assert await one.reader.readexactly(len(expected)) == expected
            await one.send(COMMIT)  # of our answer


@pytest.mark.parametrize(
    ("sent", "fragments"),
    [
        (encode(message(1))[1:], []),
        (encode(message(1))[:-1], []),
        (b"\x05" + encode(message(1)), [("outside", b"\x05")]),
        (encode(message(0))[:30] + encode(message(1)), [("cut", message(0)[:29])]),
        (b"\x0b\x1c\r" + encode(message(1)), []),
    ],
    ids=["no start byte", "no last byte", "byte outside", "begun anew", "empty frame"],
)
async def test_a_faulty_frame_is_still_answered(sent, fragments):
    receiver = Receiver()
    async with listening(receiver, end_seconds=0.01) as source, sender(source) as one:
        await one.send(sent)
        assert await one.answer() == b"MSA|AA|1"
        assert await one.ask(message(2)) == b"MSA|AA|2"
    assert (receiver.taken, receiver.fragments) == ([message(1), message(2)], fragments)
    assert source.counts.unstarted == (sent[:1] == b"M")


async def test_a_pause_within_a_frame_ends_nothing():
    receiver = Receiver()
    async with listening(receiver, end_seconds=0.001) as source, sender(source) as one, sender(source) as other:
        await one.send(encode(message(1))[:-2])
        for number in range(20):
            await other.ask(message(number))
        await one.send(b"\x1c\r")
        assert await one.answer() == b"MSA|AA|1"
    assert receiver.taken.count(message(1)) == 2
    assert receiver.fragments == []


@pytest.mark.parametrize("end", ["close", "reset"])
async def test_a_sender_gone_in_mid_frame_leaves_a_fragment_and_no_message(end):
    receiver = Receiver()
    async with listening(receiver) as source:
        async with sender(source) as one:
            assert await one.ask(message(1)) == b"MSA|AA|1"
            await one.send(encode(message(2))[:-3])
            await until(lambda: next(iter(source._shared.sessions)).busy)
            if end == "reset":
                one.reset()
        await until(lambda: bool(receiver.fragments))
    assert (receiver.taken, receiver.fragments) == ([message(1)], [("cut", message(2)[:-1])])


async def test_slow_loris_is_refused_and_closed_while_others_are_served():
    receiver = Receiver()
    async with listening(receiver, read_seconds=0.1) as source, contextlib.AsyncExitStack() as stack:
        slow = [await stack.enter_async_context(sender(source)) for _ in range(20)]
        quick = await stack.enter_async_context(sender(source))
        served = 0

        async def loris(one: Sender) -> bytes:
            reading = asyncio.create_task(one.closed())
            for byte in encode(message("slow")):
                with contextlib.suppress(ConnectionError):
                    await one.send(bytes((byte,)))
                done, _ = await asyncio.wait({reading}, timeout=0.02)
                if done:
                    break
            return await reading

        dripping = [asyncio.create_task(loris(one)) for one in slow]
        while not all(task.done() for task in dripping):
            assert await quick.ask(message("quick")) == b"MSA|AA|quick"
            served += 1
        answers = [task.result() for task in dripping]
    assert set(answers) <= {encode(b"MSA|AE|"), encode(b"MSA|AE|slow"), b""}
    assert all(isinstance(error, CutError) for error in receiver.errors)
    assert (len(receiver.errors), source.counts.slow, receiver.taken.count(message("slow"))) == (20, 20, 0)
    assert served > 20


async def test_a_large_message_may_take_longer():
    receiver = Receiver()
    async with listening(receiver, read_seconds=0.05, bytes_per_second=10_000) as source, sender(source) as one:
        started = asyncio.get_running_loop().time()
        first = asyncio.create_task(one.reader.read(1))
        await one.send(b"\x0b" + message(1) + b"NTE|1||")
        sent = 0
        while asyncio.get_running_loop().time() - started < 0.3:
            await one.send(b"x" * 1000)
            sent += 1000
            await asyncio.wait({first}, timeout=0.01)
            assert not first.done()
        await one.send(b"\x1c\r")
        assert await first + await one.reader.readuntil(b"\r") == encode(b"MSA|AA|1")
    assert receiver.taken == [message(1) + b"NTE|1||" + b"x" * sent]


async def test_a_silent_connection_is_closed_and_a_busy_one_is_not():
    receiver = Receiver()
    async with listening(receiver, idle_seconds=0.05) as source, sender(source) as silent, sender(source) as busy:
        receiver.gate.clear()
        await busy.send(encode(message(1)))
        assert await silent.closed() == b""
        receiver.gate.set()
        assert await busy.answer() == b"MSA|AA|1"
    assert source.counts.idle == 1


async def test_a_flood_is_read_no_further_than_allowed_and_disturbs_nobody():
    receiver = Receiver()
    receiver.gate.clear()
    pending, body = 50_000, message(0) + b"NTE|1||" + b"x" * 5000
    async with listening(receiver, pending_bytes=pending) as source, sender(source) as flood, sender(source) as quiet:
        sending = asyncio.create_task(flood.send(encode(body) * 5000))
        await until(lambda: source._shared._held > pending)
        await quiet.send(encode(message(1)))
        await until(lambda: receiver.inside == 2)
        await asyncio.wait({sending}, timeout=0.2)
        assert source._shared._held < pending + (1 << 20)
        assert not sending.done()
        receiver.gate.set()
        assert await quiet.answer() == b"MSA|AA|1"
        for _ in range(5000):
            await flood.answer()
        await sending
    assert (receiver.taken.count(body), len(receiver.taken)) == (5000, 5001)


async def test_a_flood_of_tiny_messages_takes_no_more_memory_than_one_of_large_ones():
    receiver = Receiver()
    receiver.gate.clear()
    async with listening(receiver) as source, sender(source) as flood:
        flood.writer.write(encode(b"x") * 1_000_000)
        await until(lambda: receiver.inside == 1)
        [session] = source._shared.sessions
        await until(lambda: session._paused)
        assert len(session._queue) < 200_000  # one read of them
        flood.writer.transport.abort()
        session.abort()
        receiver.gate.set()


async def test_a_sender_that_takes_no_answers_is_not_read_and_then_cut_off():
    receiver = Receiver()
    long = b"MSA|AA|" + b"x" * 100_000

    async def answering(body: bytes, connection: Connection) -> bytes | None:
        receiver.taken.append(body)
        return long

    receiver.handle = answering  # type: ignore[method-assign]
    async with listening(receiver, read_seconds=0.2) as source, sender(source, limit=1024) as one:
        with contextlib.suppress(ConnectionError):
            await one.send(encode(message(0)) * 5000)
        await until(lambda: source.counts.slow == 1 and source.counts.open == 0)
    assert len(receiver.taken) < 500


async def test_over_the_limit_is_refused_with_flat_memory_and_the_next_is_taken():
    receiver = Receiver()
    limit = 200_000
    async with listening(receiver, max_message_bytes=limit) as source, sender(source) as one:
        await one.send(b"\x0b" + message(1))
        largest = 0
        for _ in range(100):
            await one.send(b"x" * limit)
            largest = max(largest, source._shared._held)
        await one.send(b"\x1c\r")
        assert await one.answer() == b"MSA|AE|1"
        assert await one.ask(message(2)) == b"MSA|AA|2"
    assert [type(error) for error in receiver.errors] == [OverLimitError]
    assert largest < limit + (1 << 18)
    assert (receiver.taken, source.counts.over_limit) == ([message(2)], 1)


async def test_short_of_memory_connections_wait_for_each_other_and_all_get_through():
    receiver = Receiver()
    size, memory, connections = 2_000_000, 3_000_000, 12
    largest = 0
    async with listening(receiver, memory_bytes=memory) as source, contextlib.AsyncExitStack() as stack:
        senders = [await stack.enter_async_context(sender(source)) for _ in range(connections)]
        body = message(1) + b"NTE|1||" + b"x" * size

        async def big(one: Sender) -> bytes:
            return await one.ask(body)

        async def watch() -> None:
            nonlocal largest
            while True:
                largest = max(largest, source._shared._held)
                await asyncio.sleep(0)

        watching = asyncio.create_task(watch())
        assert await asyncio.gather(*map(big, senders)) == [b"MSA|AA|1"] * connections
        watching.cancel()
        assert source._shared._held == 0
    assert (receiver.taken, source.counts.slow) == ([body] * connections, 0)
    assert largest <= memory + size + connections * (1 << 18)


async def test_one_that_holds_memory_and_stops_sending_does_not_stop_the_others():
    receiver = Receiver()
    body = message(1) + b"NTE|1||" + b"x" * 500_000
    async with listening(receiver, memory_bytes=600_000, read_seconds=0.1, bytes_per_second=1 << 30) as source, contextlib.AsyncExitStack() as stack:
        held = [await stack.enter_async_context(sender(source)) for _ in range(3)]
        for one in held:
            await one.send(encode(body)[:400_000])
        other = await stack.enter_async_context(sender(source))
        assert await other.ask(body) == b"MSA|AA|1"
    assert receiver.taken == [body]


async def test_more_connections_than_allowed_are_turned_away_until_there_is_room(caplog):
    receiver = Receiver()
    async with listening(receiver, max_connections=2) as source, sender(source) as one, sender(source) as two:
        assert [await one.ask(message(1)), await two.ask(message(2))] == [b"MSA|AA|1", b"MSA|AA|2"]
        async with sender(source) as third:
            assert await third.closed() == b""
        one.writer.close()
        await until(lambda: source.counts.open == 1)
        async with sender(source) as fourth:
            assert await fourth.ask(message(4)) == b"MSA|AA|4"
            for _ in range(3):
                async with sender(source) as fifth:
                    assert await fifth.closed() == b""
    assert source.counts.turned_away == 4
    assert caplog.text.count("turns a connection away: as many are open as may be") == 2  # not once for each, and again after there was room


async def test_what_a_connection_did_is_in_the_log_and_the_counts(caplog):
    started = time.time()
    with caplog.at_level("INFO", "clearplane.source"):
        async with listening(Receiver(), max_message_bytes=1000) as source, sender(source) as one:
            await one.ask(message(1))
            await one.ask(b"x" * 1001)
            one.writer.close()
            await until(lambda: source.counts.open == 0)
    size = len(message(1)) + 1001
    assert (source.counts.bytes, source.counts.failed) == (size, 0)
    assert started <= source.counts.last <= time.time()
    assert [line.partition(": ")[2] for line in caplog.messages] == [
        "opened", "a message of 1001 bytes is over the limit and refused", f"closed; 2 messages of {size} bytes came, 1 were refused",
    ]  # fmt: skip


async def test_who_speaks_tls_to_a_plain_port_is_told_at_once_and_named(caplog):
    receiver = Receiver()
    async with listening(receiver, read_seconds=PATIENCE) as source:
        with pytest.raises((ConnectionError, ssl.SSLError)):
            await asyncio.open_connection("127.0.0.1", source.port, ssl=ssl.create_default_context())
        await until(lambda: source.counts.open == 0)
    assert (source.counts.failed, receiver.fragments) == (1, [])
    assert "speaks TLS to a port that has none" in caplog.text


async def test_who_connects_and_is_gone_at_once_leaves_nothing(caplog):
    receiver = Receiver()
    async with listening(receiver, max_connections=100) as source:
        for _ in range(50):
            with socket.create_connection(("127.0.0.1", source.port)) as client:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        await until(lambda: source.counts.connections == 50 and source.counts.open == 0)
        await until(lambda: source._shared.room == 100)
        async with sender(source) as one:
            assert await one.ask(message(1)) == b"MSA|AA|1"
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_without_descriptors_it_waits_for_some(caplog):
    receiver = Receiver()
    async with listening(receiver) as source:
        with socket.socket() as client:
            client.setblocking(False)
            before = resource.getrlimit(resource.RLIMIT_NOFILE)
            resource.setrlimit(resource.RLIMIT_NOFILE, (client.fileno() + 1, before[1]))
            held = []
            try:
                with contextlib.suppress(OSError):
                    while True:
                        held.append(socket.socket())
                await asyncio.get_running_loop().sock_connect(client, ("127.0.0.1", source.port))
                await until(lambda: "cannot take connections" in caplog.text)
            finally:
                for each in held:
                    each.close()
                resource.setrlimit(resource.RLIMIT_NOFILE, before)
            await until(lambda: source.counts.open == 1)
    assert caplog.text.count("cannot take connections") == 1


async def test_only_named_peers_may_connect():
    receiver = Receiver()
    for network, admitted in (("127.0.0.0/8", True), ("10.0.0.0/8", False)):
        async with listening(receiver, peers=(ip_network(network),)) as source, sender(source) as one:
            if admitted:
                assert await one.ask(message(1)) == b"MSA|AA|1"
            else:
                assert await one.closed() == b""
    assert receiver.connections[0].host == "127.0.0.1"


async def test_who_sends_no_frames_is_closed_after_a_while():
    receiver = Receiver()
    async with listening(receiver) as source, sender(source) as one:
        with contextlib.suppress(ConnectionError):
            for _ in range(100):
                await one.send(b"GET / HTTP/1.1\r\n" * 1000)
        await until(lambda: source.counts.open == 0)
    assert all(fault == "outside" and len(data) <= HEAD_BYTES for fault, data in receiver.fragments)
    assert (receiver.taken, sum(len(data) for _, data in receiver.fragments)) == ([], 2 * HEAD_BYTES)


async def test_stopping_takes_what_is_complete_and_leaves_what_is_not():
    receiver = Receiver()
    receiver.gate.clear()
    async with listening(receiver) as source, sender(source) as one:
        await one.send(encode(message(1)) + encode(message(2)) + encode(message(3))[:-2])
        await until(lambda: receiver.inside == 1)
        port, stopping = source.port, asyncio.create_task(source.stop())
        done, _ = await asyncio.wait({stopping}, timeout=0.05)
        assert not done
        receiver.gate.set()
        await stopping
        assert await one.closed() == encode(b"MSA|AA|1") + encode(b"MSA|AA|2")
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
    assert (receiver.taken, receiver.fragments) == ([message(1), message(2)], [])


async def test_a_port_that_is_taken_is_an_error_at_the_start():
    receiver = Receiver()
    async with listening(receiver) as source:
        with pytest.raises(OSError, match="ddress already in use"):
            await MllpSource(receiver, MllpSettings(port=source.port)).start()


async def test_time_grows_with_the_size_of_a_message_and_not_with_its_square():
    receiver = Receiver()
    seconds = {}
    async with listening(receiver) as source, sender(source) as one:
        for size in (1 << 20, 10 << 20):
            framed = encode(message(1) + b"OBX|1|ED|||" + b"A" * size)
            started = time.process_time()
            await one.send(framed)
            assert await one.answer() == b"MSA|AA|1"
            seconds[size] = time.process_time() - started
    assert seconds[10 << 20] < 30 * max(seconds[1 << 20], 0.005)


async def test_logs_hold_no_data(caplog):
    receiver = Receiver()
    with caplog.at_level("DEBUG"):
        async with listening(receiver, read_seconds=0.05) as source, sender(source) as one, sender(source) as two:
            await one.send(encode(message("SECRET"))[:-2])
            await two.send(b"SECRET " * 20_000)
            await one.closed()
            await two.closed()
    assert len([record for record in caplog.records if record.name == "clearplane.source" and record.levelname == "WARNING"]) == 2
    assert "SECRET" not in caplog.text


async def chaotic(source: MllpSource, chance: random.Random, number: int) -> list[bytes]:
    """A sender that cuts its bytes anywhere, strews others between, goes in the middle and comes again; the control ids that were acknowledged."""
    acknowledged: list[bytes] = []
    waiting = [b"%d-%d" % (number, one) for one in range(30)]
    while waiting:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            async with sender(source) as one:
                while waiting:
                    some = waiting[: chance.randint(1, 4)]
                    data = b"".join(chance.choice([b"", b"\r\n", b"\x02", b"\x0b\x1c\r"]) + encode(message(each.decode())) for each in some)
                    cuts = sorted(chance.choices(range(len(data)), k=chance.randint(0, 5)))
                    end = len(data) if chance.random() < 0.8 else chance.randrange(len(data))
                    for start, stop in pairwise([0, *(cut for cut in cuts if cut < end), end]):
                        await one.send(data[start:stop])
                        if chance.random() < 0.3:
                            await asyncio.sleep(0)
                    if end < len(data):
                        if chance.random() < 0.5:
                            one.reset()
                        break
                    for each in some:
                        assert await one.answer() == b"MSA|AA|" + each
                        acknowledged.append(waiting.pop(0))
    return acknowledged


@pytest.mark.parametrize("seed", range(5))
async def test_whatever_senders_do_nothing_acknowledged_is_missing_and_nothing_is_left_behind(seed):
    receiver, chance = Receiver(), random.Random(seed)
    async with listening(receiver, pending_bytes=300, memory_bytes=2000, in_flight=chance.choice([1, 3])) as source:
        acknowledged = await asyncio.gather(*(chaotic(source, chance, number) for number in range(20)))
        await until(lambda: not source._shared.sessions)
        shared = source._shared
        assert (shared._held, shared._favoured, shared.room, source.counts.open) == (0, None, 1000, 0)
    for number, ids in enumerate(acknowledged):
        taken = [body.split(b"|")[9] for body in receiver.taken if body.split(b"|")[9].startswith(b"%d-" % number)]
        assert ids == [b"%d-%d" % (number, one) for one in range(30)]
        assert list(dict.fromkeys(taken)) == ids
