"""POST /v1/intake/{site}/{feed} and the receipts it gives."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from python_multipart.multipart import parse_options_header
from starlette.responses import Response

from connectors.source import OverLimitError, RefusedError
from connectors.sources.http import HttpSource, MalformedBodyError, StoppingError, UnsupportedMediaError, media_type
from gateway.api.auth import Follower, Sender
from gateway.api.parts import GatewayOf, json_response
from gateway.api.problems import ProblemError, problem_of, unavailable
from gateway.api.sink import FeedSink
from gateway.runtime import Gateway
from gateway.state import ItemFinding

router = APIRouter()
receipts = APIRouter()
"""What a sender asks afterwards, also where files are not taken in."""
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
    "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in ("application/edi-x12", "multipart/form-data")},
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
        known = ProblemError(415, "send application/edi-x12, application/octet-stream, text/plain or multipart/form-data of these")
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


@receipts.get("/v1/intake/receipts/{receipt}", tags=["intake"], summary="What became of a file and of each item that was not published")
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
    body = {name: value for name, value in found._asdict().items() if name not in ("counts", "blob", "blob_offset")}
    counts = {name: found.counts.get(name, 0) for name in ("items", "published", "no_event_kind", "refused", "dead")}
    body["counts"] = counts
    body["suppressed_findings"] = found.counts.get("suppressed", 0)
    body["items"] = _items(findings)
    body["findings"] = [finding.line for finding in findings]
    body["next"] = findings[-1].number if len(findings) == limit else None
    return json_response(body)


def _items(findings: list[ItemFinding]) -> list[dict[str, Any]]:
    """The items that this page's findings are about, with the worst outcome the page tells; those without a finding were published."""
    rank = {"published": 0, "refused": 1, "dead": 2}
    items: dict[str, dict[str, Any]] = {}
    for finding in findings:
        name = finding.line.get("item")
        if name is None:
            continue
        item = items.setdefault(name, {"item": name, "outcome": "published", "findings": []})
        item["findings"].append(finding.number)
        outcome = finding.line.get("outcome", "")
        if rank.get(outcome, 0) > rank[item["outcome"]]:
            item["outcome"] = outcome
    return list(items.values())


__all__ = ["Inlets", "ReceiptId", "receipts", "router"]
