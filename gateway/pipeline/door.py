"""How many files come in at once: a bounded number are taken in, as many wait for a short while, the rest have to come again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.metrics import Metrics
from gateway.pipeline.refusal import NotNowError

QUEUE_SECONDS = 10.0


class Door:
    """`places` files inside, at most as many waiting, each for at most `seconds`."""

    def __init__(self, places: int, metrics: Metrics, seconds: float = QUEUE_SECONDS) -> None:
        self._free = asyncio.Semaphore(places)
        self._most_waiting, self._waiting = places, 0
        self._metrics, self._seconds = metrics, seconds

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Raises NotNowError."""
        await self._enter()
        try:
            yield
        finally:
            self._free.release()

    async def _enter(self) -> None:
        if self._free.locked() and self._waiting >= self._most_waiting:
            self._refuse()
        self._waiting += 1
        try:
            async with asyncio.timeout(self._seconds):
                await self._free.acquire()
        except TimeoutError:
            self._refuse()
        finally:
            self._waiting -= 1

    def _refuse(self) -> None:
        self._metrics.turned_away.inc()
        raise NotNowError("too many files come at once; send it again later") from None
