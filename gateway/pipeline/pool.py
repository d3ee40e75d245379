"""The worker processes, seen from the event loop."""

import asyncio
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.context import BaseContext
from typing import ParamSpec, TypeVar

from gateway.pipeline import worker
from gateway.pipeline.reading import Topics
from gateway.stores import BlobPlace

P = ParamSpec("P")
T = TypeVar("T")


class WorkerDiedError(Exception):
    """A worker process was killed or crashed; what it was doing is not done."""


class WorkerPool:
    """Runs functions of gateway.pipeline.worker. After a worker's death the pool is replaced and the caller decides what to do again.

    `busy`: calls under way or waiting for a worker.
    """

    def __init__(self, count: int, blobs: BlobPlace, topics: Topics) -> None:
        self.count = count
        self.busy = 0
        self._start = (blobs, topics)
        self._context = _context()
        self._executor = self._new(count)

    async def warm_up(self) -> None:
        """Returns when every worker has started."""
        await asyncio.gather(*(self.run(worker.ready) for _ in range(self.count)))

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Raises WorkerDiedError."""
        executor = self._executor
        self.busy += 1
        try:
            return await asyncio.wrap_future(executor.submit(function, *args, **kwargs))
        except BrokenProcessPool:
            if self._executor is executor:
                self._executor = self._new(self.count)
                executor.shutdown(wait=False)
            raise WorkerDiedError("a worker process died") from None
        finally:
            self.busy -= 1

    async def run_alone(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """In a process of its own, so that a death is surely this call's. Raises WorkerDiedError."""
        executor = self._new(1)
        try:
            return await asyncio.wrap_future(executor.submit(function, *args, **kwargs))
        except BrokenProcessPool:
            raise WorkerDiedError("the worker process of this call died") from None
        finally:
            await asyncio.to_thread(executor.shutdown, cancel_futures=True)

    async def close(self) -> None:
        await asyncio.to_thread(self._executor.shutdown, cancel_futures=True)

    def _new(self, count: int) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(count, self._context, worker.start, self._start)


def _context() -> BaseContext:
    """Never plain fork: the gateway has threads. A fork server imports once for all workers."""
    if "forkserver" in multiprocessing.get_all_start_methods():
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["gateway.pipeline.worker"])
        return context
    return multiprocessing.get_context("spawn")
