"""What is handed on: what waits, what receivers refused, and what becomes of that."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from gateway.api.auth import Caller, Keeper
from gateway.api.parts import GatewayOf, json_response
from gateway.api.problems import ProblemError
from gateway.routes.desk import Desk, NothingWaitsError, NotParkedError
from gateway.runtime import Gateway

router = APIRouter()
DeliveryId = Annotated[str, Query(pattern=r"^[a-z2-7]{26}[./][A-Za-z0-9._/:-]{1,200}$")]
Name = Annotated[str, Query(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
HIDDEN = ("place", "record", "start", "sha256")
"""Of no use to a caller."""


@router.get("/v1/routes", tags=["routes"], summary="What waits to be handed over and what is parked, by site, feed and route")
async def ways(caller: Keeper, gateway: GatewayOf) -> Response:
    waiting, parked = await Desk(gateway.state).ways()
    found = {name: [each._asdict() for each in rows if caller.sees(each.site)] for name, rows in (("waiting", waiting), ("parked", parked))}
    return json_response(found)


@router.get("/v1/parked", tags=["routes"], summary="Messages that their receiver refused, oldest first")
async def parked(caller: Keeper, gateway: GatewayOf, after: DeliveryId | None = None, limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> Response:
    rows = await Desk(gateway.state).parked(after or "", limit)
    shown = [{name: value for name, value in each._asdict().items() if name not in HIDDEN} for each in rows if caller.sees(each.site)]
    return json_response({"parked": shown, "next": rows[-1].id if len(rows) == limit else None})


@router.post("/v1/parked/retry", tags=["routes"], summary="Send a parked message again, in its old place")
async def retry(caller: Keeper, gateway: GatewayOf, id: DeliveryId) -> Response:
    desk = Desk(gateway.state)
    await _decide(desk.retry, id, caller, gateway)
    return json_response({"id": id, "status": "waiting"})


@router.post("/v1/parked/drop", tags=["routes"], summary="Give a parked message up: it is not sent")
async def drop(caller: Keeper, gateway: GatewayOf, id: DeliveryId) -> Response:
    desk = Desk(gateway.state)
    await _decide(desk.drop, id, caller, gateway)
    return json_response({"id": id, "status": "dropped"})


@router.post("/v1/routes/park", tags=["routes"], summary="Put aside what is first on a route and never gets through; those behind it go on")
async def park(caller: Keeper, gateway: GatewayOf, site: Name, route: Name) -> Response:
    if not caller.sees(site):
        raise ProblemError(404, "nothing waits on this route")
    try:
        parked = await Desk(gateway.state).park(site, route, f"key:{caller.id}")
    except NothingWaitsError:
        raise ProblemError(404, "nothing waits on this route") from None
    return json_response({"id": parked.id, "status": "parked"})


async def _decide(decide: Callable[[str, str], Awaitable[None]], delivery_id: str, caller: Caller, gateway: Gateway) -> None:
    found = await asyncio.to_thread(gateway.state.deliveries.get, delivery_id)
    if found is None or not caller.sees(found.site):
        raise ProblemError(404, "nothing is parked under this id")
    try:
        await decide(delivery_id, f"key:{caller.id}")
    except NotParkedError:
        raise ProblemError(409, "the message is not parked any more") from None


__all__ = ["router"]
