"""Looks after producers that have nothing to do: whether the brokers have decided their last transactions everywhere.

One that is used finds that out by itself, because what left it undecided also broke its connections.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Collection

from gateway.config import KafkaSettings
from gateway.log.kafka.link import Link, deadline
from gateway.log.kafka.undecided import Topics, held_back
from gateway.seams import LogError, TopicPartition

Decide = Callable[[Collection[TopicPartition]], Awaitable[None]]
"""Given partitions in which a transaction is open for too long: decide what is ours of it."""
logger = logging.getLogger(__name__)


class Keeper:
    """Asks each broker every `transaction_seconds`. No transaction may stay open for longer; what does is undecided."""

    def __init__(self, link: Link, settings: KafkaSettings, topics: Topics, decide: Decide) -> None:
        self._link, self._settings, self._topics, self._decide = link, settings, topics, decide
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Idempotent."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="log-keeper")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        before: dict[TopicPartition, int] = {}
        while True:
            await asyncio.sleep(self._settings.transaction_seconds)
            try:
                async with deadline(self._settings.request_seconds, "looking for undecided transactions", self._link):
                    held = await held_back(self._link, self._topics)
                stuck = [partition for partition, offset in held.items() if before.get(partition) == offset]
                before = held
                if stuck:
                    await self._decide(stuck)
            except LogError as error:
                logger.info("undecided transactions are looked for later: %s", error)
