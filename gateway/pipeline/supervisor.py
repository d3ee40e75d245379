"""Keeps the gateway's tasks running: what fails begins anew from its committed position, later and later while it goes on failing."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from gateway.metrics import Metrics
from gateway.pipeline.pool import WorkerDiedError
from gateway.pipeline.reading import fault_of
from gateway.seams import BlobError, Fenced, LogError
from gateway.state import StateError

logger = logging.getLogger("clearplane.gateway")
FIRST_PAUSE, LONGEST_PAUSE, CALM_SECONDS = 0.1, 10.0, 60.0
GIVEN_UP = 3
"""Failures in a row, of a kind that waiting does not mend, after which a task counts as broken."""


class TaskHealth(NamedTuple):
    """`failures` in a row; `error` is the last one, by type and place. `broken`: it will not mend itself."""

    name: str
    running: bool
    failures: int
    error: str
    broken: bool


class Supervisor:
    """One task."""

    def __init__(self, name: str, work: Callable[[], Awaitable[None]], metrics: Metrics) -> None:
        self.name = name
        self._work = work
        self._metrics = metrics
        self._failures = 0
        self._lasting = 0
        self._error = ""
        self._running = False

    def health(self) -> TaskHealth:
        return TaskHealth(self.name, self._running, self._failures, self._error, self._lasting >= GIVEN_UP)

    async def run(self) -> None:
        """Until cancelled."""
        pause = FIRST_PAUSE
        while True:
            began = time.monotonic()
            try:
                self._set(True)
                await self._work()
            except Exception as error:
                if time.monotonic() - began > CALM_SECONDS:
                    pause, self._failures, self._lasting = FIRST_PAUSE, 0, 0
                self._note(error)
            finally:
                self._set(False)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _set(self, running: bool) -> None:
        self._running = running
        self._metrics.healthy.labels(self.name).set(running)

    def _note(self, error: Exception) -> None:
        first = _first(error)
        mends = isinstance(first, Fenced | WorkerDiedError | BlobError) or (isinstance(first, LogError | StateError) and first.retryable)
        self._failures += 1
        self._lasting = 0 if mends else self._lasting + 1
        self._error = fault_of(first)
        self._metrics.retries.labels(self.name).inc()
        # LogError and its like are our own sentences; any other text could hold data
        said = f": {first}" if isinstance(first, LogError | StateError | BlobError) else ""
        logger.log(logging.WARNING if mends else logging.ERROR, "%s stopped and begins anew: %s%s", self.name, self._error, said)


def _first(error: BaseException) -> Exception:
    """The cause inside groups of errors."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error if isinstance(error, Exception) else RuntimeError(type(error).__name__)
