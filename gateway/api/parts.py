"""Small things every route uses."""

from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple, cast

import orjson
from fastapi import Depends, Request
from starlette.responses import Response

from gateway.runtime import Gateway


class Options(NamedTuple):
    """Times and bounds of the API. Seconds: `body_seconds` of silence end an upload, `recheck_seconds` between looks at a stream's key."""

    heartbeat_seconds: float = 15.0
    body_seconds: float = 60.0
    recheck_seconds: float = 15.0
    page_records: int = 5000
    """Records one page looks at, at most."""
    streams: int = 200
    """Open streams, at most."""
    free_bytes: int = 256 << 20
    """Less free disk space than this, and the gateway is not ready."""


def _gateway(request: Request) -> Gateway:
    return cast(Gateway, request.app.state.gateway)


GatewayOf = Annotated[Gateway, Depends(_gateway)]


def json_response(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body), status, headers, "application/json")


__all__ = ["GatewayOf", "Options", "json_response"]
