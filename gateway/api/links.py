"""GET /v1/events/{id}/links: what an event answers, and what answers it."""

import asyncio

from fastapi import APIRouter
from starlette.responses import Response

from gateway.api.auth import Reader, audit
from gateway.api.events import EventId, found_event
from gateway.api.parts import GatewayOf, json_response
from gateway.links.lookup import links_of

router = APIRouter()


@router.get("/v1/events/{event_id}/links", tags=["events"], summary="What an event answers, and what answers it, its set, group or interchange")
async def links(event_id: EventId, caller: Reader, gateway: GatewayOf) -> Response:
    """Each link with the rule that made it. What has no partner yet has none here; it is linked when the partner comes."""
    record = await found_event(gateway, caller, event_id)
    found = await asyncio.to_thread(links_of, gateway.state, record)
    await audit(gateway, caller, "event.links", event_id, len(found))
    return json_response({"event": event_id, "links": found})


__all__ = ["router"]
