"""GET /v1/events as a page or a stream, one event, and where its fields came from."""

import asyncio
import re
from typing import Annotated

import orjson
from fastapi import APIRouter, Header, Path, Query, Request
from starlette.responses import Response, StreamingResponse

from gateway.api.auth import Caller, Reader, audit
from gateway.api.guard import STREAM
from gateway.api.parts import GatewayOf, json_response
from gateway.api.problems import ProblemError, unavailable
from gateway.api.query import CursorText, EventQuery, Events, gone, reader_at
from gateway.api.reader import ExpiredError, site_of
from gateway.api.stream import MEDIA_TYPE, Streams, Watch, follow
from gateway.explain import NoSuchFieldError, UnexplainableError, explain_stored
from gateway.pipeline.events import attributes_of, event_json
from gateway.runtime import Gateway
from gateway.seams import Record

router = APIRouter()
EventId = Annotated[str, Path(max_length=200, description="`id` of an event")]
LOOKS, LOOK_SECONDS = 10, 0.1
_EVENT_ID = re.compile(r"[a-z2-7]{26}\.\d{1,15}\.[a-z_.]{1,80}(~[0-9a-z]{1,64})?")
_POINTER = r"^(/[A-Za-z0-9_~-]{1,64}){1,16}$"


@router.get("/v1/events", tags=["events"], summary="A page of events, or with Accept: text/event-stream a stream")
async def events(
    request: Request,
    query: Events,
    caller: Reader,
    gateway: GatewayOf,
    cursor: CursorText = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="Events of a page")] = 100,
    last_event_id: Annotated[str | None, Header()] = None,
) -> Response:
    """Events in order per key. `next` continues where the page ends; `more` says that the end of the log was not reached, even by an empty page."""
    if MEDIA_TYPE in request.headers.get("accept", ""):
        return await _stream(request, query, caller, gateway, last_event_id or cursor)
    reader = await reader_at(gateway, query, cursor)
    try:
        page = await reader.page(query.filter_for(caller), limit, request.app.state.options.page_records)
    except ExpiredError as expired:
        raise gone(expired.oldest) from None
    await audit(gateway, caller, "events.read", query.described(), len(page.events))
    listed = b",".join(event.json for event in page.events)
    rest = orjson.dumps({"next": page.next, "more": not page.at_end})
    return Response(b'{"events":[' + listed + b"]," + rest[1:], media_type="application/json")


@router.get("/v1/events/stream", tags=["events"], summary="Events as they come (server-sent events)")
async def stream(
    request: Request,
    query: Events,
    caller: Reader,
    gateway: GatewayOf,
    cursor: CursorText = None,
    last_event_id: Annotated[str | None, Header(description="`id` of the last event seen")] = None,
) -> Response:
    return await _stream(request, query, caller, gateway, last_event_id or cursor)


async def _stream(request: Request, query: EventQuery, caller: Caller, gateway: Gateway, cursor: str | None) -> Response:
    streams: Streams = request.app.state.streams
    options = request.app.state.options
    if streams.stopping.is_set() or streams.open >= options.streams:
        raise unavailable("no more streams can be opened now")
    reader = await reader_at(gateway, query, cursor)
    await audit(gateway, caller, "events.stream", query.described(), 0)

    async def audited(count: int) -> None:
        await audit(gateway, caller, "events.stream", query.described(), count)

    async def allowed() -> bool:
        return bool(await request.app.state.authenticator.still_good(caller))

    request.scope[STREAM] = True
    pieces = follow(reader, query.filter_for(caller), options, streams, Watch(audited, allowed))
    return StreamingResponse(pieces, media_type=MEDIA_TYPE, headers={"X-Accel-Buffering": "no"})


@router.get("/v1/events/{event_id}", tags=["events"], summary="One event")
async def event(event_id: EventId, caller: Reader, gateway: GatewayOf) -> Response:
    record = await found_event(gateway, caller, event_id)
    await audit(gateway, caller, "event.read", event_id, 1)
    return Response(event_json(record), media_type="application/cloudevents+json")


@router.get("/v1/events/{event_id}/explain", tags=["events"], summary="Where the fields of an event came from, with the bytes")
async def explain(
    request: Request,
    event_id: EventId,
    caller: Reader,
    gateway: GatewayOf,
    field: Annotated[str | None, Query(pattern=_POINTER, description="JSON Pointer into `data`; without it all fields")] = None,
) -> Response:
    """Per field: segment, element, component, byte range and text of the stored file, and the map that was used."""
    record = await found_event(gateway, caller, event_id)
    await audit(gateway, caller, "event.explain", event_id if field is None else f"{event_id} field={field}", 1)
    try:
        async with request.app.state.explaining:
            return json_response(await asyncio.to_thread(explain_stored, gateway.state, gateway.blobs, record, field))
    except NoSuchFieldError:
        raise ProblemError(404, "the event has no such field") from None
    except UnexplainableError as error:
        raise ProblemError(409, str(error)) from None


async def found_event(gateway: Gateway, caller: Caller, event_id: str) -> Record:
    """The index follows the log a moment later: an event of a file that is still worked on is looked for again."""
    record = await gateway.find_event(event_id) if _EVENT_ID.fullmatch(event_id) else None
    for _ in range(LOOKS):
        if record is not None or not await _unfinished(gateway, event_id):
            break
        await asyncio.sleep(LOOK_SECONDS)
        record = await gateway.find_event(event_id)
    if record is None or not caller.sees(site_of(attributes_of(record))):
        raise ProblemError(404, "no such event")
    return record


async def _unfinished(gateway: Gateway, event_id: str) -> bool:
    receipt = await asyncio.to_thread(gateway.state.receipts.get, event_id.partition(".")[0])
    return receipt is not None and receipt.status in ("received", "processing")


__all__ = ["EventId", "found_event", "router"]
