"""Many callers, one write: what comes while a write is under way goes together with the next one."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class Gather(Generic[T]):
    """`write` takes everything or raises. One at a time, of at most `most_bytes` unless a single piece has more."""

    def __init__(self, write: Callable[[Sequence[T]], Awaitable[object]], most_bytes: int) -> None:
        self._write, self._most = write, most_bytes
        self._waiting: list[tuple[T, int, asyncio.Future[None]]] = []
        self._task: asyncio.Task[None] | None = None

    async def add(self, piece: T, size: int) -> None:
        """Returns once it is written; raises what its write raised. A caller that is cancelled does not take it back."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._waiting.append((piece, size, done))
        if self._task is None:
            self._task = loop.create_task(self._run())
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
        finally:
            self._task = None
            for _, _, done in self._waiting:  # only when this task was cancelled
                done.cancel()

    def _next(self) -> list[tuple[T, int, asyncio.Future[None]]]:
        size = count = 0
        for _, each, _ in self._waiting:
            size += each
            if count and size > self._most:
                break
            count += 1
        batch, self._waiting = self._waiting[:count], self._waiting[count:]
        return batch
