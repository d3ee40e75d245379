"""Many callers, one write: what comes while a write is under way goes together with the next one."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
MANY, PAUSE_SECONDS = 4, 0.003
"""After a write of this many the next waits for as many again, and so long at most: those who were answered are about to send, and one write of
all costs about as much as one of half of them. A few, and one alone, never wait."""


class Gather(Generic[T]):
    """`write` takes everything or raises. One at a time, of at most `most_bytes` unless a single piece has more."""

    def __init__(self, write: Callable[[Sequence[T]], Awaitable[object]], most_bytes: int) -> None:
        self._write, self._most = write, most_bytes
        self._waiting: list[tuple[T, int, asyncio.Future[None]]] = []
        self._task: asyncio.Task[None] | None = None
        self._wanted = 0
        self._enough: asyncio.Future[None] | None = None
        self._loop: asyncio.AbstractEventLoop

    async def add(self, piece: T, size: int) -> None:
        """Returns once it is written; raises what its write raised. A caller that is cancelled does not take it back."""
        if self._task is None:
            self._loop = asyncio.get_running_loop()
            self._task = self._loop.create_task(self._run())
        done: asyncio.Future[None] = self._loop.create_future()
        self._waiting.append((piece, size, done))
        if self._enough is not None and len(self._waiting) >= self._wanted:
            self._go()
        await done

    async def _run(self) -> None:
        try:
            while self._waiting:
                batch = self._next()
                try:
                    await self._write([piece for piece, _, _ in batch])
                except Exception as error:
                    for _, _, done in batch:
                        if not done.done():
                            done.set_exception(error)
                else:
                    for _, _, done in batch:
                        if not done.done():
                            done.set_result(None)
                if MANY <= len(batch) > len(self._waiting):
                    await self._pause(len(batch))
        finally:
            self._task = None
            for _, _, done in self._waiting:  # only when this task was cancelled
                done.cancel()

    async def _pause(self, wanted: int) -> None:
        self._wanted, self._enough = wanted, self._loop.create_future()
        timer = self._loop.call_later(PAUSE_SECONDS, self._go)
        try:
            await self._enough
        finally:
            self._enough = None
            timer.cancel()

    def _go(self) -> None:
        if self._enough is not None and not self._enough.done():
            self._enough.set_result(None)

    def _next(self) -> list[tuple[T, int, asyncio.Future[None]]]:
        size = count = 0
        for _, each, _ in self._waiting:
            size += each
            if count and size > self._most:
                break
            count += 1
        batch, self._waiting = self._waiting[:count], self._waiting[count:]
        return batch
