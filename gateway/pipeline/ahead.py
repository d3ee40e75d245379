"""Jobs of a lane that are begun one after the other, done at the same time, and finished in order, several at once when they are ready."""

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Generic, Self, TypeVar

W = TypeVar("W")
R = TypeVar("R")
FINISH_BYTES = 2 << 20
"""Bytes of input whose results are committed together at most, unless one job has more. A lane that begins, perhaps because a commit took too
long, commits its first job alone."""


@dataclass(eq=False)
class Job(Generic[W, R]):
    """`following` is the read position after it, `size` its bytes of input."""

    work: W
    following: int
    size: int
    result: "asyncio.Task[R]"


class Ahead(Generic[W, R]):
    """Each job holds one of `slots` from its beginning until it is finished: that bounds the memory over all lanes.

    The oldest job of a lane always has a slot, so lanes that share them never stand still.
    """

    def __init__(self, slots: asyncio.Semaphore) -> None:
        self._slots = slots
        self._held = 0
        self._limit = 0
        self._jobs: deque[Job[W, R]] = deque()
        self._begun = asyncio.Event()

    async def slot(self) -> None:
        """Returns with a slot for one more job."""
        await self._slots.acquire()
        self._held += 1

    def add(self, job: Job[W, R]) -> None:
        """`slot` was waited for before."""
        self._jobs.append(job)
        self._begun.set()

    async def ready(self, seconds: float) -> list[Job[W, R]]:
        """The oldest job when it is done, with those right after it that are done too; none when none was begun for `seconds`."""
        if not self._jobs:
            self._begun.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._begun.wait()
            if not self._jobs:
                return []
        await self._jobs[0].result
        jobs: list[Job[W, R]] = []
        size = 0
        for job in self._jobs:
            size += job.size
            if not job.result.done() or (jobs and size > self._limit):
                break
            jobs.append(job)
        return jobs

    def finish(self, count: int) -> None:
        """The oldest `count` jobs are committed."""
        self._limit = FINISH_BYTES
        for _ in range(count):
            self._jobs.popleft()
            self._held -= 1
            self._slots.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Give up what is not finished."""
        for job in self._jobs:
            job.result.cancel()
            job.result.add_done_callback(_seen)
        self._jobs.clear()
        for _ in range(self._held):
            self._slots.release()
        self._held = 0


def _seen(task: "asyncio.Task[R]") -> None:
    """Its error, if any, is of no interest to anybody any more."""
    if not task.cancelled():
        task.exception()
