"""A listener for the MLLP tests, and waiting for what the other side of a socket does."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from connectors.sources.mllp import MllpSettings, MllpSource, Receiver

PATIENCE = 60.0


@asynccontextmanager
async def listening(receiver: Receiver, **settings: Any) -> AsyncIterator[MllpSource]:
    """Stopped at the end as the gateway does it; a test that hangs fails after PATIENCE seconds."""
    source = MllpSource(receiver, MllpSettings(**settings))
    await source.start()
    running = asyncio.create_task(source.run())
    try:
        async with asyncio.timeout(PATIENCE):
            yield source
            await source.stop()
            await running
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 the other side of a socket gives no event here
            await asyncio.sleep(0.001)
