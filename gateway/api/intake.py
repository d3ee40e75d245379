"""POST /v1/intake/{site}/{feed}."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from python_multipart.multipart import parse_options_header
from starlette.responses import Response

from connectors.source import OverLimitError, RefusedError
from connectors.sources.http import HttpSource, MalformedBodyError, StoppingError, UnsupportedMediaError, media_type
from gateway.api.auth import Sender
from gateway.api.parts import GatewayOf, json_response
from gateway.api.problems import ProblemError, problem_of, unavailable
from gateway.api.sink import FeedSink
from gateway.runtime import Gateway

router = APIRouter()
ReceiptId = Annotated[str, Path(pattern=r"^[a-z2-7]{26}$")]


class Inlets:
    """The HTTP sources of the feeds that take HTTP, made when first used."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._sources: dict[tuple[str, str], HttpSource] = {}

    def source(self, site: str, feed: str) -> HttpSource | None:
        known = self._gateway.sites.get(site)
        found = known.feed(feed) if known is not None else None
        if found is None or not found.takes_http:
            return None
        if (site, feed) not in self._sources:
            self._sources[site, feed] = HttpSource(FeedSink(self._gateway, site, feed))
        return self._sources[site, feed]

    async def stop(self) -> None:
        await asyncio.gather(*(source.stop() for source in self._sources.values()))


BODY = {
    "required": True,
    "content": {
        kind: {"schema": {"type": "string", "format": "binary"}} for kind in ("application/edi-x12", "application/hl7-v2", "multipart/form-data")
    },
}


@router.post(
    "/v1/intake/{site}/{feed}",
    status_code=202,
    tags=["intake"],
    summary="Send a file, or several as multipart/form-data",
    openapi_extra={"requestBody": BODY},
)
async def receive(request: Request, site: str, feed: str, caller: Sender, gateway: GatewayOf) -> Response:
    """Answered once the bytes are stored and committed. The same bytes again get the same receipt, and nothing new is published."""
    if not caller.sees(site):
        raise ProblemError(403, "this key is for other sites")
    source: HttpSource | None = request.app.state.inlets.source(site, feed)
    if source is None:
        raise ProblemError(404, "no such site, or no feed of it that takes HTTP")
    content_type = request.headers.get("content-type", "")
    if not _is_multipart(content_type):
        _check_length(request, gateway.config.limits.upload_bytes)
    if request.headers.get("content-encoding", "identity") != "identity":
        raise ProblemError(415, "send the body without a content encoding")
    taken: list[str] = []
    body = _body(request, request.app.state.options.body_seconds)
    try:
        async with contextlib.aclosing(source.receive(content_type, _file_name(request), body)) as received:
            async for receipt in received:
                taken.append(receipt)
    except Exception as error:
        raise _problem(error, taken) from error
    return _answer(content_type, taken)


def _is_multipart(content_type: str) -> bool:
    return media_type(content_type) == "multipart/form-data"


def _check_length(request: Request, limit: int) -> None:
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > limit:
        raise ProblemError(413, f"a file may have at most {limit} bytes")


def _file_name(request: Request) -> str:
    _, options = parse_options_header(request.headers.get("content-disposition", ""))
    return options.get(b"filename", b"").decode("utf-8", "replace")


async def _body(request: Request, seconds: float) -> AsyncGenerator[bytes, None]:
    """The body as it comes. A sender that is silent for `seconds` is given up."""
    stream: AsyncIterator[bytes] = request.stream()
    while True:
        try:
            async with asyncio.timeout(seconds):
                chunk = await anext(stream, None)
        except TimeoutError:
            raise ProblemError(408, f"nothing came for {seconds:g} seconds") from None
        if chunk is None:
            return
        yield chunk


def _problem(error: Exception, taken: list[str]) -> Exception:
    """Files of a multipart body that were taken before the error stay taken and are named."""
    extra: dict[str, Any] = {"accepted": [_line(receipt) for receipt in taken]} if taken else {}
    known: Exception
    if isinstance(error, OverLimitError):
        known = ProblemError(413, str(error))
    elif isinstance(error, RefusedError):
        known = ProblemError(404, str(error))
    elif isinstance(error, UnsupportedMediaError):
        known = ProblemError(
            415, "send application/edi-x12, application/hl7-v2, application/octet-stream, text/plain or multipart/form-data of these"
        )
    elif isinstance(error, MalformedBodyError):
        known = ProblemError(400, str(error))
    elif isinstance(error, StoppingError):
        known = unavailable("the gateway is stopping")
    else:
        known = problem_of(error) or error
    if isinstance(known, ProblemError):
        known.extra.update(extra)
    return known


def _answer(content_type: str, taken: list[str]) -> Response:
    lines = [_line(receipt) for receipt in taken]
    if _is_multipart(content_type):
        if not lines:
            raise ProblemError(400, "no part of the body has a file name")
        return json_response({"receipts": lines}, 202)
    return json_response(lines[0], 202, {"Location": lines[0]["location"]})


def _line(receipt: str) -> dict[str, str]:
    return {"receipt": receipt, "status": "received", "location": f"/v1/intake/receipts/{receipt}"}


__all__ = ["Inlets", "ReceiptId", "router"]
