"""GET /v1/intake/receipts: what came in, and what became of it."""

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from gateway.api.auth import Follower, Reader
from gateway.api.intake import ReceiptId
from gateway.api.parts import GatewayOf, json_response
from gateway.api.problems import ProblemError
from gateway.api.query import LANE, SITE, checked_moment
from gateway.receipts import WORST, items, summary
from gateway.state import ReceiptFilter, ReceiptStatus
from gateway.state.database import iso

router = APIRouter()


@router.get("/v1/intake/receipts", tags=["intake"], summary="Files and messages that came in, newest first")
async def recent(
    caller: Reader,
    gateway: GatewayOf,
    site: Annotated[str | None, Query(pattern=SITE)] = None,
    feed: Annotated[str | None, Query(pattern=SITE)] = None,
    status: Annotated[ReceiptStatus | None, Query()] = None,
    worst: Annotated[Literal["info", "warning", "error"] | None, Query(description="With a finding of this severity or a heavier one")] = None,
    silent: Annotated[bool, Query(description="Only what is finished and made no event")] = False,
    control_number: Annotated[str | None, Query(max_length=200, description="ISA13 or MSH-10: the first that came with it")] = None,
    since: Annotated[str | None, Query(alias="from", max_length=40, description="Received at this time (RFC 3339) or later")] = None,
    until: Annotated[str | None, Query(alias="to", max_length=40, description="Received before this time")] = None,
    cursor: Annotated[str | None, Query(pattern=LANE, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Response:
    """What a message that came over MLLP ended as, also one without an event, is found here: its sender was given no receipt."""
    sites = caller.sites if site is None else {site} & (caller.sites or {site})
    moments = [iso(moment) if (moment := checked_moment(name, text)) else None for name, text in (("from", since), ("to", until))]
    wanted = ReceiptFilter(sites, feed, status, WORST[worst] if worst else (), silent, control_number, *moments)
    before = await asyncio.to_thread(gateway.state.receipts.get, cursor) if cursor else None
    if cursor and before is None:
        raise ProblemError(400, "this is no cursor", parameters=["cursor"])
    found = await asyncio.to_thread(gateway.state.receipts.recent, wanted, before, limit)
    return json_response({"receipts": [summary(each) for each in found], "next": found[-1].receipt if len(found) == limit else None})


@router.get("/v1/intake/receipts/{receipt}", tags=["intake"], summary="What became of a file and of each item that was not published")
async def receipt_status(
    receipt: ReceiptId,
    caller: Follower,
    gateway: GatewayOf,
    cursor: Annotated[int, Query(ge=-1, le=1 << 53, description="`next` of the page before")] = -1,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Response:
    """Counts of items by outcome, and a page of findings. Every refused or dead item has a finding that names it as byte offset and tag."""
    found = await gateway.find_receipt(receipt)
    if found is None or not caller.sees(found.site):
        raise ProblemError(404, "no such receipt")
    findings = await asyncio.to_thread(gateway.state.receipts.findings, receipt, cursor, limit) if found.status != "received" else []
    listed = {"items": items(findings), "findings": [finding.line for finding in findings]}
    return json_response({**summary(found), **listed, "next": findings[-1].number if len(findings) == limit else None})


__all__ = ["router"]
