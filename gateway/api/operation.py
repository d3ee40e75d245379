"""Health, metrics, published schemas and the page that shows the API."""

import asyncio
import shutil
import time
from importlib.resources import files
from typing import Annotated

from fastapi import APIRouter, Path, Request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import Response

from gateway.api.auth import Reader, Watcher
from gateway.api.parts import GatewayOf, json_response
from gateway.api.problems import ProblemError
from gateway.runtime import Gateway
from gateway.seams import LogError
from gateway.state import StateError
from schemas.events import event_kinds
from schemas.export import published_schema, schema_file

router = APIRouter()
MEMORY_SECONDS = 1.0
"""How long one look at the health answers for all who ask."""
PAGE = {"/docs": ("docs.html", "text/html"), "/docs/docs.js": ("docs.js", "text/javascript"), "/docs/docs.css": ("docs.css", "text/css")}


class Readiness:
    """Asks the log and the disk at most once a second, whoever asks us."""

    def __init__(self, gateway: Gateway, free_bytes: int) -> None:
        self._gateway, self._free_bytes = gateway, free_bytes
        self._until = 0.0
        self._checks: dict[str, bool] = {}
        self._lock = asyncio.Lock()

    async def checks(self) -> dict[str, bool]:
        """What is needed to take a message in and publish it, and whether each is there."""
        async with self._lock:
            if time.monotonic() >= self._until:
                disk = await asyncio.to_thread(shutil.disk_usage, self._gateway.config.data_dir)
                self._checks = {
                    "log": await self._log(), "state": await self._state(), "disk": disk.free >= self._free_bytes,
                    "tasks": all(task.running for task in self._gateway.health()),
                }  # fmt: skip
                self._until = time.monotonic() + MEMORY_SECONDS
            return self._checks

    async def _log(self) -> bool:
        """Creating topics that are there takes the way of every write without leaving anything."""
        try:
            await self._gateway.log.create_topics(self._gateway.config.topic_specs())
        except LogError:
            return False
        return True

    async def _state(self) -> bool:
        try:
            await asyncio.to_thread(self._gateway.state.receipts.get, "")
        except StateError:
            return False
        return True


@router.get("/health/live", tags=["operation"], summary="The process answers")
async def live() -> Response:
    return json_response({"status": "live"})


@router.get("/health/ready", tags=["operation"], summary="Messages can be taken in and published")
async def ready(request: Request) -> Response:
    checks = await request.app.state.readiness.checks()
    good = all(checks.values()) and not request.app.state.streams.stopping.is_set()
    return json_response({"status": "ready" if good else "not ready", "checks": checks}, 200 if good else 503)


@router.get("/metrics", tags=["operation"], summary="Prometheus metrics")
async def metrics(caller: Watcher, gateway: GatewayOf) -> Response:
    return Response(generate_latest(gateway.metrics.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})


@router.get("/v1/schemas", tags=["events"], summary="Names of the published schemas")
async def schemas(caller: Reader) -> Response:
    return json_response({"schemas": [f"/v1/schemas/{schema_file(kind)}" for kind in sorted(event_kinds())]})


@router.get("/v1/schemas/{name}", tags=["events"], summary="JSON Schema of the data of one event type")
async def schema(name: Annotated[str, Path(max_length=100)], caller: Reader) -> Response:
    for kind, model in event_kinds().items():
        if schema_file(kind) == name:
            return json_response(published_schema(kind, model))
    raise ProblemError(404, "no such schema")


@router.get("/docs", include_in_schema=False)
@router.get("/docs/docs.js", include_in_schema=False)
@router.get("/docs/docs.css", include_in_schema=False)
async def page(request: Request) -> Response:
    """Everything comes from here, so the page works without any other network."""
    name, media_type = PAGE[request.url.path]
    return Response((files("gateway.api") / "page" / name).read_bytes(), media_type=media_type)


__all__ = ["Readiness", "router"]
