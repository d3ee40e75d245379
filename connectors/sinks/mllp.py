"""Sends HL7 v2 messages over MLLP, one after the other on one connection, and believes in a delivery only when the answer to it says so."""

import asyncio
import contextlib
import ssl
from collections import deque
from collections.abc import AsyncGenerator, Callable
from enum import Enum
from typing import NamedTuple

from connectors.mllp import COMMIT, Block, Decoder, FramingError, Kind, encode
from connectors.sink import SinkAway, SinkRefused
from connectors.tcp import keep_alive

KIND = "mllp"
END_SECONDS = 0.05
"""Without another byte, after an answer that ends with 0x1C and no 0x0D."""
FINISH_SECONDS = 2.0
"""For a receiver that does not answer to close its side after ours."""
MAX_BLOCKS = 64
"""Answers waiting to be looked at; a receiver that sends more is cut off."""
STRANGE_ANSWERS = 16
"""Answers to other messages that are passed over before the connection is given up."""


class Outcome(Enum):
    ACCEPTED = "accepted"
    REFUSED = "refused"
    AGAIN = "to be sent again"
    WAIT = "accepted, and a further answer is to come"
    OTHER = "the answer to another message"


class Verdict(NamedTuple):
    """`text` says why, for an operator, without data of the message."""

    outcome: Outcome
    text: str = ""


class UnansweredError(SinkAway):
    """The receiver has the message, perhaps, and did not say so in time."""


Judge = Callable[[bytes, bytes], Verdict]
"""(message sent, answer) -> what the answer means."""


class MllpSinkSettings(NamedTuple):
    """`server_name`: the name the server's certificate must have, `host` unless given. `answer_seconds` is for each message and all its answers."""

    host: str
    port: int
    tls: ssl.SSLContext | None = None
    server_name: str = ""
    connect_seconds: float = 10.0
    answer_seconds: float = 30.0
    max_answer_bytes: int = 1 << 20
    release2: bool = False


class MllpSink:
    """Implements connectors.sink.Sink. Without `judge` nobody answers: a message is handed over once the system has it or a commit block came."""

    def __init__(self, settings: MllpSinkSettings, judge: Judge | None) -> None:
        self._settings, self._judge = settings, judge
        self._lane = asyncio.Lock()
        self._link: _Link | None = None
        self._strange = 0

    async def send(self, name: str, body: bytes) -> None:
        try:
            frame = encode(body)
        except FramingError as error:
            raise SinkRefused(str(error)) from None
        async with self._lane:
            try:
                await self._exchange(body, frame)
            except SinkRefused:
                raise  # answered in order: the connection is as good as before
            except (OSError, EOFError) as error:  # ssl.SSLError and TimeoutError among them
                self._drop()
                raise SinkAway(_reason(error)) from None
            except BaseException:  # a late answer must not be taken for the next one's
                self._drop()
                raise

    async def close(self) -> None:
        async with self._lane:
            if self._link is not None and self._judge is None:
                await self._link.finish()
            self._drop()

    async def _exchange(self, body: bytes, frame: bytes) -> None:
        settings = self._settings
        await asyncio.sleep(0)  # so that an end of the connection that is known to the system is known here
        if self._link is not None and self._judge is None:
            self._link.pass_over()
        if self._link is not None and not self._link.fresh():
            self._drop()
        if self._link is not None:
            try:
                await self._converse(self._link, body, frame)
            except (EOFError, ConnectionError):  # many receivers close after each answer, and we may have been faster than their end
                self._drop()
            else:
                return
        async with _within(settings.connect_seconds, lambda: SinkAway("no connection in time")):
            self._link = await _connected(settings)
        await self._converse(self._link, body, frame)

    async def _converse(self, link: "_Link", body: bytes, frame: bytes) -> None:
        self._strange = 0
        async with _within(self._settings.answer_seconds, self._unanswered):
            await link.write(frame)
            if self._settings.release2:
                await self._committed(link)
            if self._judge is not None:
                await self._accepted(link, body, self._judge)

    async def _committed(self, link: "_Link") -> None:
        block = await link.block()
        while block.kind is not Kind.COMMIT:
            if block.kind is Kind.REJECT:
                raise SinkAway("the receiver did not commit the message")
            block = await link.block()

    async def _accepted(self, link: "_Link", body: bytes, judge: Judge) -> None:
        for _ in range(STRANGE_ANSWERS):
            answer = await link.answer(self._settings.release2)
            verdict = judge(body, answer)
            if verdict.outcome is Outcome.ACCEPTED:
                return
            if verdict.outcome is Outcome.REFUSED:
                raise SinkRefused(_said("the receiver refused the message", verdict.text))
            if verdict.outcome is Outcome.AGAIN:
                raise SinkAway(_said("the receiver cannot take the message now", verdict.text))
            self._strange += verdict.outcome is Outcome.OTHER
        raise SinkAway("the receiver answers other messages than the one sent")

    def _unanswered(self) -> SinkAway:
        return UnansweredError("no answer in time" + (": what came answers other messages" if self._strange else ""))

    def _drop(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.close()


class _Link(asyncio.Protocol):
    """An open connection, and the answers that came over it."""

    def __init__(self, limit: int) -> None:
        self._decoder = Decoder(limit)
        self._blocks: deque[Block] = deque()
        self._woken = asyncio.Event()
        self._drained = asyncio.Event()
        self._drained.set()
        self._over: Exception | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.set_write_buffer_limits(high=0)  # `write` returns once the system has all of it
        keep_alive(transport.get_extra_info("socket"))

    def data_received(self, data: bytes) -> None:
        self._blocks += self._decoder.feed(data)
        if len(self._blocks) > MAX_BLOCKS:
            self.close()
        self._woken.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self._blocks += self._decoder.finish()
        self._over = exc or EOFError()
        self._woken.set()
        self._drained.set()

    def pause_writing(self) -> None:
        self._drained.clear()

    def resume_writing(self) -> None:
        self._drained.set()

    def fresh(self) -> bool:
        """Whether it is open, with nothing on it that an earlier message could have left."""
        return self._over is None and not (self._blocks or self._decoder.begun or self._transport.is_closing())

    def pass_over(self) -> None:
        """What came unasked."""
        self._blocks.clear()

    async def write(self, frame: bytes) -> None:
        self._transport.write(frame)
        await self._drained.wait()

    async def answer(self, commits: bool) -> bytes:
        """The next message; `commits`: with a commit block sent back. Raises SinkAway for one over the limit, and as `block`."""
        while (block := await self.block()).kind not in (Kind.MESSAGE, Kind.UNSTARTED):
            if block.kind is Kind.OVER_LIMIT:
                raise SinkAway("the receiver's answer is over the limit")
        if commits:
            await self.write(COMMIT)
        return block.body

    async def block(self) -> Block:
        """The next one. Raises OSError or EOFError when the connection is over. A frame without its last byte is complete after a while."""
        while not self._blocks:
            if self._over is not None:
                raise self._over
            self._woken.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(END_SECONDS if self._decoder.perhaps_ended else None):
                    await self._woken.wait()
            if not self._woken.is_set():
                self._blocks += self._decoder.quiet()
        return self._blocks.popleft()

    async def finish(self) -> None:
        """Lets the receiver read to the end: closing over its unread answers would take from it what it has not read yet."""
        if self._over is None and self._transport.can_write_eof():
            self._transport.write_eof()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FINISH_SECONDS):
                    while self._over is None:
                        self._woken.clear()
                        await self._woken.wait()

    def close(self) -> None:
        self._transport.abort()


async def _connected(settings: MllpSinkSettings) -> _Link:
    name = (settings.server_name or settings.host) if settings.tls is not None else None
    make = asyncio.get_running_loop().create_connection
    _, link = await make(lambda: _Link(settings.max_answer_bytes), settings.host, settings.port, ssl=settings.tls, server_hostname=name)
    return link


@contextlib.asynccontextmanager
async def _within(seconds: float, error: Callable[[], SinkAway]) -> AsyncGenerator[None, None]:
    """Raises the error there is then."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise error() from None


def _reason(error: Exception) -> str:
    if isinstance(error, EOFError):
        return "the receiver closed the connection without an answer"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the receiver's certificate is not good: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS fails: {error.reason}"
    return f"no connection ({getattr(error, 'strerror', None) or type(error).__name__})"


def _said(sentence: str, text: str) -> str:
    return f"{sentence} ({text})" if text else sentence


__all__ = ["KIND", "Judge", "MllpSink", "MllpSinkSettings", "Outcome", "UnansweredError", "Verdict"]
