"""GET /v1/receipts/{receipt}/acknowledgements: what the sender of a file was answered, and the bytes."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.responses import Response, StreamingResponse

from gateway.api.auth import Caller, RawReader, audit
from gateway.api.intake import ReceiptId
from gateway.api.parts import GatewayOf, json_response
from gateway.api.problems import ProblemError
from gateway.api.raw import pieces
from gateway.runtime import Gateway
from gateway.state.answers import Answer
from gateway.state.deliveries import Delivery

router = APIRouter()
AnswerName = Annotated[str, Path(pattern=r"^[a-z2-7]{26}\.\d{1,15}\.[a-z0-9-]{1,20}\.x12$")]


@router.get("/v1/receipts/{receipt}/acknowledgements", tags=["events"], summary="The acknowledgements of a file: TA1, 999 or 997, 277CA")
async def acknowledgements(receipt: ReceiptId, caller: RawReader, gateway: GatewayOf) -> Response:
    """One for each interchange and kind, by the feed's settings. None are there until the file is done."""
    await _check(receipt, caller, gateway)
    found = await asyncio.to_thread(gateway.state.answers.of, [receipt])
    sent = await asyncio.to_thread(gateway.state.deliveries.of, receipt)
    rows = [row for answers in found.values() for row in answers if row.sha256]
    return json_response({"acknowledgements": [described(row, sent) for row in rows]})


@router.get("/v1/receipts/{receipt}/acknowledgements/{name}", tags=["events"], summary="The bytes of one acknowledgement")
async def acknowledgement(receipt: ReceiptId, name: AnswerName, caller: RawReader, gateway: GatewayOf) -> Response:
    await _check(receipt, caller, gateway)
    found = await asyncio.to_thread(gateway.state.answers.get, receipt, name)
    if found is None or not found.sha256:
        raise ProblemError(404, "no such acknowledgement")
    await audit(gateway, caller, "acknowledgement.read", name, 1)
    headers = {"Content-Length": str(found.size), "Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(pieces(gateway.blobs, found.sha256, 0, found.size), 200, headers, "application/edi-x12")


async def _check(receipt: str, caller: Caller, gateway: Gateway) -> None:
    """Raises ProblemError for a file that is not there, is another site's, or whose feed does not give its acknowledgements here."""
    found = await asyncio.to_thread(gateway.state.receipts.get, receipt)
    if found is None or not caller.sees(found.site):
        raise ProblemError(404, "no such receipt")
    site = gateway.sites.get(found.site)
    feed = site.feed(found.feed) if site is not None else None
    if feed is None or feed.answers is None or not feed.answers.by_http:
        raise ProblemError(404, "the feed of this file does not give acknowledgements by HTTP")


def described(row: Answer, sent: list[Delivery]) -> dict[str, Any]:
    """Without what only the ledger needs. `delivered_at` None: it waits, and `fault` says why."""
    of = [each for each in sent if each.name == row.name]
    delivered = [each.delivered_at for each in of if each.delivered_at is not None]
    return {
        "name": row.name, "kind": row.kind, "cause": row.cause, "interchange_offset": row.isa, "control_number": f"{row.number:09d}",
        "bytes": row.size, "sha256": row.sha256, "delivered_at": delivered[0] if delivered else None, "deliveries": len(delivered),
        "fault": next((each.fault for each in of if each.delivered_at is None), ""),
    }  # fmt: skip


__all__ = ["described", "router"]
