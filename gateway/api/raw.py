"""GET /v1/raw/{receipt}: the stored bytes of a file, whole or a range of them."""

import asyncio
import re
from collections.abc import AsyncGenerator
from typing import Annotated

from fastapi import APIRouter, Header
from starlette.responses import Response, StreamingResponse

from gateway.api.auth import RawReader, audit
from gateway.api.intake import ReceiptId
from gateway.api.parts import GatewayOf
from gateway.api.problems import ProblemError
from gateway.seams import Blobs

router = APIRouter()
PIECE_BYTES = 1 << 20
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


@router.get("/v1/raw/{receipt}", tags=["events"], summary="The bytes of a file as they came")
async def raw(receipt: ReceiptId, caller: RawReader, gateway: GatewayOf, range: Annotated[str | None, Header()] = None) -> Response:
    """One range of bytes may be asked for; several are answered as if none was."""
    found = await asyncio.to_thread(gateway.state.receipts.get, receipt)
    if found is None or not caller.sees(found.site):
        raise ProblemError(404, "no such receipt")
    blob, first = found.kept
    stored = await asyncio.to_thread(gateway.blobs.size, blob)  # told before the answer begins that it is gone
    size = stored if found.blob is None else found.size
    part = asked(range, size)
    if part is None:
        raise ProblemError(416, f"the file has {size} bytes", headers={"Content-Range": f"bytes */{size}"})
    start, end = part
    await audit(gateway, caller, "raw.read", f"{receipt} bytes={start}-{end - 1}", 1)
    headers = {"Accept-Ranges": "bytes", "Content-Length": str(end - start), "Content-Disposition": f'attachment; filename="{receipt}"'}
    partial = (start, end) != (0, size)
    if partial:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return StreamingResponse(pieces(gateway.blobs, blob, first + start, first + end), 206 if partial else 200, headers, "application/octet-stream")


def asked(header: str | None, size: int) -> tuple[int, int] | None:
    """(start, end) of the Range header, the whole without one or with one of another form, None when it lies outside (RFC 9110)."""
    match = _RANGE.fullmatch((header or "").strip())
    if match is None or not any(match.groups()):
        return 0, size
    first, last = match.groups()
    if not first:
        return (max(0, size - int(last)), size) if int(last) and size else None
    start, end = int(first), min(size, int(last) + 1) if last else size
    return (start, end) if start < end else None


async def pieces(blobs: Blobs, sha256: str, start: int, end: int) -> AsyncGenerator[bytes, None]:
    """A range of a blob, piece by piece."""
    while start < end:
        piece = await asyncio.to_thread(blobs.read, sha256, start, min(PIECE_BYTES, end - start))
        yield piece
        start += len(piece)


__all__ = ["pieces", "router"]
