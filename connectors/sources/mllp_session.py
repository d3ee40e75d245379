"""One MLLP connection: reads ahead within bounds, hands messages over in order, writes the answers in the same order."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Coroutine
from typing import Any

from connectors.mllp import COMMIT, HEAD_BYTES, REJECT, Block, Decoder, Kind
from connectors.source import OverLimitError
from connectors.sources.mllp_receiver import Connection, CutError, framed, subject_of
from connectors.sources.mllp_shared import Shared

logger = logging.getLogger("clearplane.source")
_TLS = b"\x16\x03"
"""How a client that wants TLS begins."""
BLOCK_BYTES = 256
"""What a message in memory costs beside its bytes: a flood of tiny ones is bounded too."""


class _Job:
    """A block at work. `outcome`: what is written, and whether the connection stays; as here when it was cancelled."""

    __slots__ = ("outcome", "over", "size", "task")
    task: "asyncio.Task[None]"

    def __init__(self, size: int) -> None:
        self.size, self.over = size, False
        self.outcome: tuple[bytes, bool] = b"", False


class Session(asyncio.Protocol):
    def __init__(self, shared: Shared, host: str, port: int) -> None:
        self._shared, self._settings, self._peer = shared, shared.settings, (host, port)
        self._loop = asyncio.get_running_loop()
        self._decoder = Decoder(shared.settings.max_message_bytes)
        self._queue: deque[Block] = deque()
        self._running: deque[_Job] = deque()
        self._pending = self._held = self._outside = 0
        self._closing = self._lost = self._late = self._paused = False
        self._last = self._begun = self._closed = self._choked = 0.0
        self._came = self._refusals = self._bytes = 0
        self._quiet: asyncio.TimerHandle | None = None

    @property
    def in_hand(self) -> bool:
        """Whether something complete is not answered yet."""
        return bool(self._running or self._queue)

    @property
    def busy(self) -> bool:
        return self.in_hand or (self._decoder.begun and not self._closing)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._last = self._loop.time()
        self._connection = Connection(self.send, *self._peer, subject_of(transport.get_extra_info("peercert")))
        self._shared.enter(self)
        self._shared.counts.open += 1
        subject = self._connection.subject
        logger.info("MLLP connection %s: opened%s", self._connection.name, f" by {subject}" if subject else "")
        if self._settings.subjects and subject not in self._settings.subjects:
            self._shared.counts.turned_away += 1
            logger.warning("MLLP connection %s: its certificate is none of those that may connect", self._connection.name)
            self.close()

    def data_received(self, data: bytes) -> None:
        if self._closing:
            return
        self._last = self._loop.time()
        if self._quiet is not None:
            self._quiet.cancel()
            self._quiet = None
        if not self._bytes and data.startswith(_TLS) and not self._decoder.size and self._settings.tls is None:
            self._shared.counts.failed += 1
            logger.warning("MLLP connection %s: speaks TLS to a port that has none; the connection is closed", self._connection.name)
            self.close()
            return
        self._read(self._decoder.feed(data))

    def eof_received(self) -> bool:
        """What is in hand is still answered, to a sender that closed its side only."""
        if not self._closing:
            self._read(self._decoder.finish())
            self.close()
        return self.in_hand and self._transport.get_extra_info("sslcontext") is None

    def connection_lost(self, exc: Exception | None) -> None:
        """What is complete is still handed over: the sender of a feed without acknowledgements will not send it again."""
        if self._quiet is not None:
            self._quiet.cancel()
        self._lost, self._choked = True, 0.0
        if not self._closing:
            self._read(self._decoder.finish())
        self._shared.counts.open -= 1
        told = self._connection.name, self._came, self._bytes, self._refusals
        logger.info("MLLP connection %s: closed; %d messages of %d bytes came, %d were refused", *told)
        self.close()

    def pause_writing(self) -> None:
        """The sender takes no answers; then nothing more of it is handled."""
        self._choked = self._loop.time()
        self.flow()

    def resume_writing(self) -> None:
        self._choked = 0.0
        self._pump()

    def send(self, wire: bytes) -> bool:
        """What is no answer to a message in hand; not to a sender that takes nothing."""
        return not self._choked and self._write(wire)

    def check(self, now: float) -> None:
        """Now and then: whether it has been silent or slow for too long."""
        settings = self._settings
        patience = settings.read_seconds
        if self._lost:
            return
        if (self._choked and now - self._choked > patience) or (self._closed and not self.in_hand and now - self._closed > patience):
            self._shared.counts.slow += 1
            self._forget()
            self._transport.abort()
        elif self._closing or self._paused:
            return
        elif self._decoder.begun:
            if now - self._begun > patience + self._decoder.size / settings.bytes_per_second:
                self._shared.counts.slow += 1
                self._late = True
                logger.warning("MLLP connection %s: a frame did not end in time; the connection is closed", self._connection.name)
                self._read(self._decoder.finish())
                self.close()
        elif settings.idle_seconds and not self.in_hand and now - self._last > settings.idle_seconds:
            self._shared.counts.idle += 1
            self.close()

    def close(self) -> None:
        """Nothing more is read; after what is in hand is answered, the connection ends."""
        self._closing = True
        self._pump()

    def abort(self) -> None:
        """As by a kill."""
        for job in self._running:
            job.task.cancel()
        self._running.clear()
        self._forget()
        self._transport.abort()

    def flow(self) -> None:
        """Reads on, or not."""
        ahead = self.in_hand and self._pending > self._settings.pending_bytes
        pause = bool(self._closing or self._choked or ahead or self._shared.short(self))
        if self._lost or pause == self._paused:
            return
        self._paused = pause
        if pause:
            self._transport.pause_reading()
        else:
            self._begun = self._last = self._loop.time()
            self._transport.resume_reading()

    def _read(self, blocks: list[Block]) -> None:
        was_begun = self._begun
        for block in blocks:
            if not self._closing:
                self._take(block)
        if not self._decoder.begun:
            self._begun = 0.0
        elif blocks or not was_begun:
            self._begun = self._last
        if self._decoder.perhaps_ended and not self._lost:
            self._quiet = self._loop.call_later(self._settings.end_seconds, self._ended)
        self._pump()

    def _ended(self) -> None:
        self._quiet = None
        if not self._closing:
            self._read(self._decoder.quiet())

    def _take(self, block: Block) -> None:
        if block.kind is Kind.OUTSIDE:
            self._shared.counts.bytes_outside += block.size
            self._outside += block.size
            if self._outside > HEAD_BYTES:
                logger.warning("MLLP connection %s: sends no frames; the connection is closed", self._connection.name)
                self._closing = True
        elif block.kind in (Kind.EMPTY, Kind.COMMIT, Kind.REJECT):
            return
        elif block.kind is not Kind.CUT:
            self._outside = 0
            self._count(block)
        self._pending += len(block.body) + BLOCK_BYTES
        self._queue.append(block)

    def _count(self, block: Block) -> None:
        counts = self._shared.counts
        counts.bytes += block.size
        counts.last = time.time()
        self._came += 1
        self._bytes += block.size
        if block.kind is Kind.OVER_LIMIT:
            logger.warning("MLLP connection %s: a message of %d bytes is over the limit and refused", self._connection.name, block.size)

    def _pump(self) -> None:
        """Starts what may be started, then sees to reading, memory, and the end."""
        while self._queue and len(self._running) < self._settings.in_flight and not self._choked:
            block = self._queue.popleft()
            job = _Job(len(block.body) + BLOCK_BYTES)
            self._running.append(job)
            job.task = self._loop.create_task(self._handle(block, job))
        held = self._pending + (0 if self._closing else self._decoder.held)
        change, self._held = held - self._held, held
        self._shared.account(self, change)
        self.flow()
        if self._closing and not self.in_hand:
            self._end()

    async def _handle(self, block: Block, job: "_Job") -> None:
        try:
            job.outcome = await self._handled(block)
        finally:
            job.over = True
            self._finished()

    def _finished(self) -> None:
        """Answers in the order of the messages, those that are ready."""
        while self._running and self._running[0].over:
            job = self._running.popleft()
            self._pending -= job.size
            wire, stays = job.outcome
            if wire and self._write(wire):
                self._shared.counts.answered += 1
            if not stays:
                self._forget()
                self._closing = True
        self._last = self._loop.time()
        self._pump()

    async def _handled(self, block: Block) -> tuple[bytes, bool]:
        """What is written, and whether the connection stays."""
        counts, receiver, body = self._shared.counts, self._shared.receiver, block.body
        if block.kind in (Kind.CUT, Kind.OUTSIDE):
            counts.fragments += 1
            await self._safely(receiver.fragment(body, "cut" if block.kind is Kind.CUT else "outside", self._connection))
            return self._refused(block, CutError("the frame did not end in time")) if self._late and block.kind is Kind.CUT else (b"", True)
        if block.kind is Kind.OVER_LIMIT:
            counts.over_limit += 1
            return self._refused(block, OverLimitError(f"the message has more than {self._settings.max_message_bytes} bytes"))
        counts.messages += 1
        counts.unstarted += block.kind is Kind.UNSTARTED
        try:
            wire = framed(await receiver.handle(body, self._connection), block.frame)
        except Exception as error:
            return self._refused(block, error)
        return (COMMIT + wire if self._settings.release2 else wire), True

    def _refused(self, block: Block, error: Exception) -> tuple[bytes, bool]:
        self._shared.counts.refused += 1
        self._refusals += 1
        try:
            answer = self._shared.receiver.refuse(block.body, error)
            wire = framed(answer, block.frame)
        except Exception as fault:
            logger.error("MLLP connection %s: a message can neither be taken nor refused (%s)", self._connection.name, type(fault).__name__)
            return b"", False
        return (REJECT + wire if self._settings.release2 else wire), answer is not None

    async def _safely(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:
            logger.warning("MLLP connection %s: bytes that are no message are not kept (%s)", self._connection.name, type(error).__name__)

    def _write(self, wire: bytes) -> bool:
        if self._lost or self._transport.is_closing():
            return False
        self._transport.write(wire)
        return True

    def _forget(self) -> None:
        """What is not begun; its sender has no answer to it and sends it again."""
        self._queue.clear()
        self._pending = sum(job.size for job in self._running)

    def _end(self) -> None:
        if self._lost:
            self._shared.leave(self)
        elif not self._closed:
            self._closed = self._loop.time()
            self._transport.close()


__all__ = ["Session"]
