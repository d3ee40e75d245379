"""What every sink must do, as checks against a world of its own: `await check_sink(factory)` raises AssertionError with a sentence."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from connectors.sink import Sink, SinkAway

PATIENCE = 20.0
"""Seconds after which something that should have happened is taken not to happen."""
BIG = 3_000_017


class World(Protocol):
    """The partner's side."""

    def sink(self) -> Sink:
        """A new one, as after a restart."""

    def got(self) -> list[bytes]:
        """What the partner has, each message once for each time it can see it, in the order it came or of its names."""

    async def away(self) -> None:
        """From now on the partner cannot be reached, or does not take anything."""

    async def back(self) -> None:
        """The partner is there again, with what it had."""


Factory = Callable[[], AbstractAsyncContextManager[World]]


async def check_sink(factory: Factory) -> None:
    """Run every check, each in a fresh world. A check that hangs fails after PATIENCE seconds."""
    for check in CHECKS:
        try:
            async with asyncio.timeout(PATIENCE), factory() as world:
                await check(world)
        except TimeoutError as error:
            raise AssertionError(f"{check.__name__}: nothing more happened within {PATIENCE:.0f} seconds") from error


async def hands_over_whole_and_in_order(world: World) -> None:
    sink = world.sink()
    bodies = [b"MSH|message %d\r" % number for number in range(12)]
    for number, body in enumerate(bodies):
        await sink.send(f"m{number:02}.hl7", body)
        _demand(world.got() == bodies[: number + 1], "the partner must have a message once `send` returned, whole and in order")
    await sink.close()


async def hands_over_big_and_binary(world: World) -> None:
    sink = world.sink()
    body = b"MSH|" + bytes(byte for byte in range(256) if byte != 0x1C) * (BIG // 255)
    await sink.send("big.hl7", body)
    await sink.close()
    _demand(world.got() == [body], "a big message of any bytes must arrive as it is")


async def says_away_and_works_again(world: World) -> None:
    sink = world.sink()
    await sink.send("a.hl7", b"MSH|a\r")
    await world.away()
    for _ in range(2):
        try:
            await sink.send("b.hl7", b"MSH|b\r")
        except SinkAway:
            continue
        raise AssertionError("a message that the partner cannot have was said to be handed over")
    await world.back()
    await sink.send("b.hl7", b"MSH|b\r")
    await sink.close()
    _demand(world.got() == [b"MSH|a\r", b"MSH|b\r"], "what could not be handed over must be there after another try, and only once")


async def goes_on_after_close_and_restart(world: World) -> None:
    sink = world.sink()
    await sink.send("a.hl7", b"MSH|a\r")
    await sink.close()
    await sink.send("b.hl7", b"MSH|b\r")
    await sink.close()
    await sink.close()
    another = world.sink()
    await another.send("c.hl7", b"MSH|c\r")
    await another.close()
    _demand(world.got() == [b"MSH|a\r", b"MSH|b\r", b"MSH|c\r"], "`send` must work after `close`, and in a new process")


async def survives_being_given_up(world: World) -> None:
    sink = world.sink()
    await world.away()
    waiting = asyncio.create_task(sink.send("a.hl7", b"MSH|a\r"))
    await asyncio.wait({waiting}, timeout=0.02)
    waiting.cancel()
    await asyncio.wait({waiting})
    _demand(waiting.cancelled() or isinstance(waiting.exception(), SinkAway), "`send` that is given up must end, with nothing handed over")
    await world.back()
    await sink.send("b.hl7", b"MSH|b\r")
    await sink.close()
    _demand(world.got()[-1:] == [b"MSH|b\r"], "after a `send` that was given up the next one must work")


CHECKS = (
    hands_over_whole_and_in_order,
    hands_over_big_and_binary,
    says_away_and_works_again,
    goes_on_after_close_and_restart,
    survives_being_given_up,
)


def _demand(condition: bool, text: str) -> None:
    if not condition:
        raise AssertionError(text)


__all__ = ["World", "check_sink"]
