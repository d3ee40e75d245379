"""What has to be done once before anything is taken in or read; where it needs brokers that are away, it is tried again until they are there."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence

from gateway.config import Config
from gateway.pipeline import normaliser
from gateway.pipeline.messages import INTAKE, received
from gateway.pipeline.refusal import NotNowError
from gateway.pipeline.supervisor import mends
from gateway.seams import Log, TopicPartition
from gateway.state import State

PATIENCE_SECONDS = 20.0
Step = Callable[[], Awaitable[None]]


class Preparation:
    """`run` is the work of a supervisor. Steps are safe to repeat."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps = steps
        self._tried = asyncio.Event()
        self._error: Exception | None = None
        self.done = asyncio.Event()

    async def run(self) -> None:
        try:
            for step in self._steps:
                await step()
        except Exception as error:
            self._error = error
            self._tried.set()
            raise
        self._error = None
        self.done.set()
        self._tried.set()

    async def first_try(self, seconds: float | None) -> None:
        """Returns when everything is done, or what is away was waited for in vain. Raises what waiting will not mend."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._tried.wait()
        if self._error is not None and not mends(self._error):
            raise self._error

    async def succeeded(self, seconds: float = PATIENCE_SECONDS) -> None:
        """Returns when everything is done. Raises what the last try failed with: at once when waiting will not mend it, else after `seconds`."""
        await self.first_try(None)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.done.wait()
        if self._error is not None:
            raise self._error

    def require(self) -> None:
        """Raises NotNowError before everything is done."""
        if not self.done.is_set():
            raise NotNowError("the log has not been reached since the start; nothing can be kept on it yet")

    def after(self, work: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        """The same work, begun when everything is done."""

        async def begin() -> None:
            await self.done.wait()
            await work()

        return begin


async def recall(config: Config, log: Log, state: State) -> None:
    """Tell State of files that were committed to `intake` right before a kill, so that a resend is known as one."""
    positions = await log.group_positions(normaliser.GROUP)
    for number in range(config.partitions(INTAKE)):
        partition = TopicPartition(config.topic(INTAKE), number)
        committed = positions.get(partition)
        at = max((await log.offsets(partition))[0], committed.offset if committed is not None else 0)
        while records := await log.read(partition, at):
            await asyncio.to_thread(state.receipts.add, [received(record).arrival for record in records])
            at = records[-1].offset + 1
