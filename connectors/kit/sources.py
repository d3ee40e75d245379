"""What every source must do, as checks against a world of its own: `await check_source(factory)` raises AssertionError with a sentence."""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol

from connectors.source import PIECE_BYTES, Report, Sink, Source

PATIENCE = 10.0
"""Seconds after which something that should have happened is taken not to happen."""
BIG = 6 * PIECE_BYTES + 17
BURST = 12


class World(Protocol):
    """The outside of a source: the folder, queue or connection that senders use. It outlives the sources that are made on it."""

    def source(self, sink: Sink) -> Source:
        """A source on this world, new as after a restart. At most one runs at a time."""

    async def send(self, name: str, data: bytes) -> None:
        """Do what a sender does: offer the message, again if it was not taken, and return once it is acknowledged."""

    def acknowledged(self, name: str) -> bool:
        """Whether the sender has been told, or can see, that this message is safe."""


Factory = Callable[[], AbstractAsyncContextManager[World]]


class RecordingSink:
    """Keeps what it was given; fails `failures` times first, and answers only while `gate` is set."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.taken: list[tuple[str, bytes]] = []
        self.failures = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.entered = asyncio.Event()
        self.largest = 0
        self.early: list[str] = []

    async def accept(self, name: str, content_type: str, chunks: AsyncIterator[bytes]) -> str:
        data = bytearray()
        async for chunk in chunks:
            self.largest = max(self.largest, len(chunk))
            data += chunk
        self.entered.set()
        await self.gate.wait()
        if self._world.acknowledged(name):
            self.early.append(name)
        if self.failures:
            self.failures -= 1
            raise ConnectionError
        self.taken.append((name, bytes(data)))
        return hashlib.sha256(name.encode() + b"\0" + data).hexdigest()[:26]

    async def outcome(self, receipt: str) -> Report | None:
        return {"status": "done"}


async def check_source(factory: Factory) -> None:
    """Run every check, each in a fresh world. A check that hangs fails after PATIENCE seconds."""
    for check in CHECKS:
        try:
            async with asyncio.timeout(PATIENCE), factory() as world:
                await check(world)
        except TimeoutError as error:
            raise AssertionError(f"{check.__name__}: nothing more happened within {PATIENCE:.0f} seconds") from error


async def delivers_each_message_once_whole_and_in_order(world: World) -> None:
    sink = RecordingSink(world)
    messages = [(f"m{number:02}.x12", f"message {number}\r\n".encode() + bytes(range(256))) for number in range(BURST)]
    async with _running(world, sink):
        for name, data in messages:
            await world.send(name, data)
    _demand(sink.taken == messages, "messages sent one after the other must arrive once, whole and in that order")


async def delivers_a_burst_once(world: World) -> None:
    sink = RecordingSink(world)
    messages = {f"m{number:02}.x12": f"message {number}".encode() for number in range(BURST)}
    async with _running(world, sink):
        await asyncio.gather(*(world.send(name, data) for name, data in messages.items()))
    _demand(len(sink.taken) == BURST and dict(sink.taken) == messages, "messages sent at the same time must each arrive once")


async def loses_nothing_when_the_sink_fails(world: World) -> None:
    sink = RecordingSink(world)
    sink.failures = 2
    async with _running(world, sink):
        await world.send("a.x12", b"first")
        await world.send("b.x12", b"second")
    _demand(sink.taken == [("a.x12", b"first"), ("b.x12", b"second")], "a message that the sink did not take must be offered again")
    _demand(not sink.early, "a sender was told that a message is safe before the sink had it")


async def acknowledges_nothing_before_the_sink_has_it(world: World) -> None:
    sink = RecordingSink(world)
    sink.gate.clear()
    async with _running(world, sink), _background(world.send("a.x12", b"held")) as sender:
        await sink.entered.wait()
        _demand(not world.acknowledged("a.x12") and not sender.done(), "a sender was answered while the sink was still at work")
        sink.gate.set()
        await sender


async def finishes_the_message_in_hand_when_stopped(world: World) -> None:
    sink = RecordingSink(world)
    sink.gate.clear()
    source = world.source(sink)
    async with _background(source.run()) as running, _background(world.send("a.x12", b"in hand")):
        await sink.entered.wait()
        async with _background(source.stop()) as stopping:
            await asyncio.wait({stopping}, timeout=0.02)
            _demand(not stopping.done(), "stop returned while a message was still being handed over")
            sink.gate.set()
            await stopping
        _demand(sink.taken == [("a.x12", b"in hand")], "the message in hand was not finished")
        await running


async def delivers_across_a_restart(world: World) -> None:
    first, second = RecordingSink(world), RecordingSink(world)
    async with _running(world, first):
        await world.send("a.x12", b"before")
    async with _background(world.send("b.x12", b"while it was down")) as sender, _running(world, second):
        await sender
        await world.send("c.x12", b"after")
    _demand(first.taken == [("a.x12", b"before")], "the first run must take the first message once")
    _demand(second.taken == [("b.x12", b"while it was down"), ("c.x12", b"after")], "a restart must take what came since, and nothing twice")


async def loses_nothing_when_killed(world: World) -> None:
    """Killed while the sink has the bytes but has not answered: the message may come twice, never not at all."""
    first, second = RecordingSink(world), RecordingSink(world)
    first.gate.clear()
    async with _background(world.send("a.x12", b"at the kill")) as sender:
        async with _background(world.source(first).run()):
            await first.entered.wait()
        first.gate.set()
        async with _running(world, second):
            await sender
    both = first.taken + second.taken
    _demand(bool(both) and set(both) == {("a.x12", b"at the kill")}, "a message that was in hand at a kill must be taken by the next run")


async def streams_a_big_message_in_pieces(world: World) -> None:
    sink = RecordingSink(world)
    data = bytes(range(251)) * (BIG // 251)
    async with _running(world, sink):
        await world.send("big.x12", data)
    _demand(sink.taken == [("big.x12", data)], "a big message must arrive whole")
    _demand(sink.largest <= PIECE_BYTES, f"pieces must have at most {PIECE_BYTES} bytes")


async def delivers_an_empty_message(world: World) -> None:
    sink = RecordingSink(world)
    async with _running(world, sink):
        await world.send("empty.x12", b"")
    _demand(sink.taken == [("empty.x12", b"")], "an empty message is a message")


CHECKS = (
    delivers_each_message_once_whole_and_in_order,
    delivers_a_burst_once,
    loses_nothing_when_the_sink_fails,
    acknowledges_nothing_before_the_sink_has_it,
    finishes_the_message_in_hand_when_stopped,
    delivers_across_a_restart,
    loses_nothing_when_killed,
    streams_a_big_message_in_pieces,
    delivers_an_empty_message,
)


@asynccontextmanager
async def _running(world: World, sink: Sink) -> AsyncGenerator[Source, None]:
    source = world.source(sink)
    async with _background(source.run()) as running:
        yield source
        await source.stop()
        await running


@asynccontextmanager
async def _background(work: Coroutine[Any, Any, None]) -> AsyncGenerator["asyncio.Task[None]", None]:
    """A task that is cancelled, as by a kill, when the block is left before it is over."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def _demand(condition: bool, text: str) -> None:
    if not condition:
        raise AssertionError(text)


__all__ = ["RecordingSink", "World", "check_source"]
