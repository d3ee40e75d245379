"""Keeps the gateway's tasks running: what fails begins anew from its committed position, later and later while it goes on failing."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, NamedTuple, TypeVar

from gateway.metrics import Metrics
from gateway.pipeline.pool import WorkerDiedError
from gateway.pipeline.reading import fault_of
from gateway.seams import BlobDamaged, BlobError, Fenced, LogError, LogUnavailable
from gateway.state import StateError

logger = logging.getLogger("clearplane.gateway")
FIRST_PAUSE, LONGEST_PAUSE, CALM_SECONDS = 0.1, 5.0, 60.0
GIVEN_UP = 3
"""Failures in a row, of a kind that waiting does not mend, after which a task counts as broken."""
FINISH_SECONDS = 10.0
T = TypeVar("T")


class TaskHealth(NamedTuple):
    """`failures` in a row; `error` is the last one, by type and place. `broken`: it will not mend itself, until it has run for long without."""

    name: str
    running: bool
    failures: int
    error: str
    broken: bool


class Supervisor:
    """One task: for ever, or with `once` until it has returned."""

    def __init__(self, name: str, work: Callable[[], Awaitable[None]], metrics: Metrics, once: bool = False) -> None:
        self.name = name
        self._work = work
        self._metrics = metrics
        self._once = once
        self._failures = 0
        self._lasting = 0
        self._error = ""
        self._running = False
        self._began = 0.0

    def health(self) -> TaskHealth:
        broken = self._lasting >= GIVEN_UP and not (self._running and self._calm())
        return TaskHealth(self.name, self._running, self._failures, self._error, broken)

    def _calm(self) -> bool:
        return time.monotonic() - self._began > CALM_SECONDS

    async def run(self) -> None:
        """Until cancelled, or done once."""
        pause = FIRST_PAUSE
        while True:
            self._began = time.monotonic()
            try:
                self._set(True)
                await self._work()
                if self._once:
                    self._failures = self._lasting = 0
                    return
            except asyncio.CancelledError:
                self._set(False)
                raise
            except Exception as error:
                if self._calm():
                    pause, self._failures, self._lasting = FIRST_PAUSE, 0, 0
                self._note(error)
            self._set(False)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _set(self, running: bool) -> None:
        self._running = running
        self._metrics.healthy.labels(self.name).set(running)

    def _note(self, error: Exception) -> None:
        first = first_of(error)
        mending = mends(first)
        self._failures += 1
        self._lasting = 0 if mending else self._lasting + 1
        self._error = fault_of(first)
        self._metrics.retries.labels(self.name).inc()
        if isinstance(first, Fenced | LogUnavailable):
            self._metrics.commit_failures.labels("fenced" if isinstance(first, Fenced) else "unavailable").inc()
        # LogError and its like are our own sentences; any other text could hold data
        said = f": {first}" if isinstance(first, LogError | StateError | BlobError) else ""
        logger.log(logging.WARNING if mending else logging.ERROR, "%s stopped and begins anew: %s%s", self.name, self._error, said)


def first_of(error: BaseException) -> Exception:
    """The cause inside groups of errors."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error if isinstance(error, Exception) else RuntimeError(type(error).__name__)


def mends(error: Exception) -> bool:
    """Whether waiting may mend it: something is away, or has gone to another member."""
    if isinstance(error, BlobDamaged):
        return False
    return isinstance(error, Fenced | WorkerDiedError | BlobError) or (isinstance(error, LogError | StateError) and error.retryable)


async def finished(work: Coroutine[Any, Any, T], seconds: float = FINISH_SECONDS) -> T:
    """What `work` returns. Whoever is cancelled meanwhile first lets it end, for at most `seconds`: half a commit helps nobody."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task], timeout=seconds)
        if not task.cancel() and not task.cancelled():
            task.exception()  # it was heard; the cancellation goes first
        raise
