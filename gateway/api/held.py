"""What is quarantined: list, release, drop; and the audit trail."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from gateway.api.auth import Admin, Keeper
from gateway.api.intake import ReceiptId
from gateway.api.parts import GatewayOf, json_response
from gateway.api.problems import ProblemError
from gateway.pipeline.hold import NotHeldError

router = APIRouter()


@router.get("/v1/held", tags=["held"], summary="Files that wait for a decision, oldest first")
async def held(caller: Keeper, gateway: GatewayOf) -> Response:
    files = await gateway.hold.held()
    return json_response({"held": [each._asdict() for each in files if caller.sees(each.site)]})


@router.post("/v1/held/{receipt}/release", tags=["held"], summary="Let a held file go on past the check that held it")
async def release(receipt: ReceiptId, caller: Keeper, gateway: GatewayOf) -> Response:
    await _settle(receipt, caller, gateway, released=True)
    return json_response({"receipt": receipt, "status": "released"})


@router.post("/v1/held/{receipt}/drop", tags=["held"], summary="Give a held file up: nothing of it is published")
async def drop(receipt: ReceiptId, caller: Keeper, gateway: GatewayOf) -> Response:
    await _settle(receipt, caller, gateway, released=False)
    return json_response({"receipt": receipt, "status": "dropped"})


async def _settle(receipt: str, caller: Keeper, gateway: GatewayOf, released: bool) -> None:
    found = await asyncio.to_thread(gateway.state.held.get, receipt)
    if found is None or not caller.sees(found.site):
        raise ProblemError(404, "no file is held under this receipt")
    try:
        await (gateway.hold.release if released else gateway.hold.drop)(receipt, f"key:{caller.id}")
    except NotHeldError:
        raise ProblemError(409, "the file is not held any more") from None


@router.get("/v1/audit", tags=["operation"], summary="Who read or changed what, newest first")
async def audit_trail(
    caller: Admin, gateway: GatewayOf, before: Annotated[int | None, Query(ge=1)] = None, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> Response:
    entries = await asyncio.to_thread(gateway.state.audit.page, before, limit)
    return json_response({"entries": [each._asdict() for each in entries], "next": entries[-1].number if len(entries) == limit else None})


__all__ = ["router"]
