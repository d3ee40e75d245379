"""Senders of HL7 v2 over MLLP: each connection sends a message, waits for its acknowledgement, and sends the next."""

import asyncio
import time
from typing import NamedTuple

from bench.messages import message

START, END = b"\x0b", b"\x1c\r"
PATIENCE = 30.0
"""Seconds past its time after which a server that owes an answer is given up."""


class Load(NamedTuple):
    """Messages acknowledged, wall seconds, and the time each acknowledgement took in seconds, sorted."""

    messages: int
    seconds: float
    waits: list[float]

    def percentile(self, share: float) -> float:
        return self.waits[min(len(self.waits) - 1, int(share * len(self.waits)))]


class _Sender(asyncio.Protocol):
    """`numbers` gives each message a number of its own over all connections."""

    def __init__(self, numbers: "_Numbers", until: float) -> None:
        self.waits: list[float] = []
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._numbers, self._until = numbers, until
        self._received = b""
        self._sent = 0.0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._received.endswith(END):
            return
        now = time.perf_counter()
        if b"MSA|AA" not in self._received and b"MSA|CA" not in self._received:
            self._finish(RuntimeError("a message was not accepted"))
            return
        self.waits.append(now - self._sent)
        self._received = b""
        if now < self._until:
            self._send()
        else:
            self._finish(None)

    def connection_lost(self, error: Exception | None) -> None:
        self._finish(error or ConnectionError("the server closed the connection"))

    def _send(self) -> None:
        assert self._transport is not None
        frame = START + message(next(self._numbers)) + END
        self._sent = time.perf_counter()
        self._transport.write(frame)

    def _finish(self, error: Exception | None) -> None:
        if not self.over.done():
            if error is None:
                self.over.set_result(None)
            else:
                self.over.set_exception(error)
        if self._transport is not None:
            self._transport.close()


class _Numbers:
    def __init__(self, first: int) -> None:
        self.last = first - 1

    def __next__(self) -> int:
        self.last += 1
        return self.last


async def send(port: int, connections: int, seconds: float, first: int) -> Load:
    """Messages number `first` and up, from this many connections at once. Raises what ends a connection."""
    loop, numbers = asyncio.get_running_loop(), _Numbers(first)
    began = time.perf_counter()
    senders = []
    for _ in range(connections):
        _, sender = await loop.create_connection(lambda: _Sender(numbers, began + seconds), "127.0.0.1", port)
        senders.append(sender)
    try:
        async with asyncio.timeout(seconds + PATIENCE):
            await asyncio.gather(*(sender.over for sender in senders))
    except TimeoutError:
        raise ConnectionError(f"no answer within {PATIENCE:g} s") from None
    waits = sorted(wait for sender in senders for wait in sender.waits)
    return Load(len(waits), time.perf_counter() - began, waits)
