"""Who waits for what: wakes tasks of any event loop when the writer's thread has committed something they are interested in."""

import asyncio
import threading
from collections.abc import Collection, Hashable, Iterator
from contextlib import contextmanager


class Waiter:
    """A task's bell. Clear it, look, and wait only if there was nothing: a commit in between rings it."""

    def __init__(self, interest: frozenset[Hashable]) -> None:
        self.interest = interest
        self.loop = asyncio.get_running_loop()
        self._event = asyncio.Event()

    def clear(self) -> None:
        self._event.clear()

    def ring(self) -> None:
        self._event.set()

    async def wait(self, seconds: float) -> None:
        """Returns when rung or after `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return


class Hub:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiters: set[Waiter] = set()

    @contextmanager
    def waiter(self, interest: Collection[Hashable]) -> Iterator[Waiter]:
        """A waiter for these partitions or groups, registered while the context lasts."""
        waiter = Waiter(frozenset(interest))
        with self._lock:
            self._waiters.add(waiter)
        try:
            yield waiter
        finally:
            with self._lock:
                self._waiters.discard(waiter)

    def busy(self) -> bool:
        return bool(self._waiters)

    def notify(self, touched: Collection[Hashable] | None) -> None:
        """Ring all who are interested in what was touched; None means that it is not known what was."""
        with self._lock:
            waiters = [waiter for waiter in self._waiters if touched is None or not waiter.interest.isdisjoint(touched)]
        for waiter in waiters:
            try:
                waiter.loop.call_soon_threadsafe(waiter.ring)
            except RuntimeError:
                continue  # its event loop is closed
