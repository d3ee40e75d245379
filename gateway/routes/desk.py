"""The way into the parking place by hand, and the way out of it: send again or give up; audited."""

import asyncio
from typing import Literal

from gateway.state import State
from gateway.state.deliveries import Delivery, Waiting


class NotParkedError(LookupError):
    """Nothing is parked under this id."""


class NothingWaitsError(LookupError):
    """The queue is empty."""


class Desk:
    """Calls are safe to repeat."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def ways(self) -> tuple[list[Waiting], list[Waiting]]:
        """What waits and what is parked, by site, feed and route."""
        deliveries = self._state.deliveries
        return await asyncio.to_thread(deliveries.waiting), await asyncio.to_thread(deliveries.parked)

    async def first_fault(self, way: Waiting) -> str:
        """Why what is first in a queue is there; empty while nobody has tried."""
        found = await asyncio.to_thread(self._state.deliveries.next, way.site, way.feed, 1, way.route)
        return found[0].fault if found else ""

    async def park(self, site: str, route: str, actor: str) -> Delivery:
        """What is first in the queue of a route is put aside, also when it is being tried at this moment; those behind it go on.

        Raises NothingWaitsError.
        """
        deliveries = self._state.deliveries
        feeds = [each.feed for each in await asyncio.to_thread(deliveries.waiting) if (each.site, each.route) == (site, route)]
        first = [found for feed in feeds for found in await asyncio.to_thread(deliveries.next, site, feed, 1, route)]
        if not first:
            raise NothingWaitsError(f"nothing waits on route {site}/{route}")
        await asyncio.to_thread(self._state.audit.add, actor, "routes.park", first[0].id, 1)
        await asyncio.to_thread(deliveries.decide, first[0].id, "parked")
        return first[0]

    async def parked(self, after: str = "", limit: int = 100) -> list[Delivery]:
        """Oldest first."""
        return await asyncio.to_thread(self._state.deliveries.page_parked, after, limit)

    async def get(self, delivery_id: str) -> Delivery | None:
        return await asyncio.to_thread(self._state.deliveries.get, delivery_id)

    async def retry(self, delivery_id: str, actor: str) -> None:
        """It goes again, before all that came after it and waits. Raises NotParkedError."""
        await self._decide(delivery_id, actor, "waiting", "routes.retry")

    async def drop(self, delivery_id: str, actor: str) -> None:
        """It is not sent. Raises NotParkedError."""
        await self._decide(delivery_id, actor, "dropped", "routes.drop")

    async def _decide(self, delivery_id: str, actor: str, status: Literal["waiting", "dropped"], action: str) -> None:
        found = await self.get(delivery_id)
        if found is None or found.status != "parked":
            raise NotParkedError(f"nothing is parked under {delivery_id}")
        await asyncio.to_thread(self._state.audit.add, actor, action, delivery_id, 1)
        await asyncio.to_thread(self._state.deliveries.decide, delivery_id, status)


__all__ = ["Desk", "NotParkedError", "NothingWaitsError"]
