"""The way out of quarantine: release or drop a held file, audited."""

import asyncio

from gateway.config import Config
from gateway.pipeline.messages import INTAKE, OUTCOMES, feed_key, intake_headers, outcome
from gateway.seams import Log, NewRecord
from gateway.state import Arrival, Held, State


class NotHeldError(LookupError):
    """No file is held under this receipt."""


class Hold:
    """Calls are safe to repeat: a file killed between two steps is still held, and the normaliser takes a released file once."""

    def __init__(self, config: Config, log: Log, state: State) -> None:
        self._config, self._log, self._state = config, log, state

    async def held(self) -> list[Held]:
        """Oldest first."""
        return await asyncio.to_thread(self._state.held.page)

    async def release(self, receipt: str, actor: str) -> None:
        """Let the file go on past the check that held it. Raises NotHeldError."""
        arrival = await self._arrival(receipt)
        headers = intake_headers(arrival, False, released_by=actor)
        await self._audit(actor, "held.release", receipt)
        await self._log.append([NewRecord(self._config.topic(INTAKE), feed_key(arrival.site, arrival.feed), b"", headers)])
        await asyncio.to_thread(self._state.held.settle, receipt, "released", actor)

    async def drop(self, receipt: str, actor: str) -> None:
        """Give the file up: nothing of it is published, its bytes go with retention. Raises NotHeldError."""
        arrival = await self._arrival(receipt)
        await self._audit(actor, "held.drop", receipt)
        value = outcome("dropped", arrival, by=actor)
        await self._log.append([NewRecord(self._config.topic(OUTCOMES), receipt.encode(), value)])
        await asyncio.to_thread(self._state.held.settle, receipt, "dropped", actor)

    async def _arrival(self, receipt: str) -> Arrival:
        held = await asyncio.to_thread(self._state.held.get, receipt)
        found = await asyncio.to_thread(self._state.receipts.get, receipt)
        if held is None or found is None or held.status != "held":
            raise NotHeldError(f"no file is held under receipt {receipt}")
        return Arrival(**{name: getattr(found, name) for name in Arrival._fields})

    async def _audit(self, actor: str, action: str, receipt: str) -> None:
        await asyncio.to_thread(self._state.audit.add, actor, action, receipt, 1)


__all__ = ["Hold", "NotHeldError"]
