"""Health, metrics, published schemas and the page that shows the API."""

import asyncio
import shutil
import time
from collections.abc import Awaitable, Callable
from importlib.resources import files
from typing import Annotated

from fastapi import APIRouter, Path, Request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import Response

from gateway.api.auth import Reader, Watcher
from gateway.api.parts import GatewayOf, json_response
from gateway.api.problems import ProblemError
from gateway.pipeline.messages import INTAKE
from gateway.runtime import Gateway
from gateway.seams import BlobError, LogError, TopicPartition
from gateway.state import StateError
from schemas.export import published

router = APIRouter()
MEMORY_SECONDS = 1.0
"""How long one look at the health answers for all who ask."""
ANSWER_SECONDS = 3.0
"""What has not answered by then counts as away."""
PAGE = {"/docs": ("docs.html", "text/html"), "/docs/docs.js": ("docs.js", "text/javascript"), "/docs/docs.css": ("docs.css", "text/css")}


class Probe:
    """Asks something that may be away. While one question is unanswered there is no second one, and it counts as away."""

    def __init__(self, question: Callable[[], Awaitable[object]]) -> None:
        self._question = question
        self._asking: asyncio.Task[bool] | None = None

    async def answers(self) -> bool:
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        await asyncio.wait([self._asking], timeout=ANSWER_SECONDS)
        return self._asking.done() and self._asking.result()

    async def _ask(self) -> bool:
        try:
            await self._question()
        except (LogError, BlobError, StateError):
            return False
        return True


class Readiness:
    """Asks log, state, blobs and disk at most once a second, whoever asks us."""

    def __init__(self, gateway: Gateway, free_bytes: int) -> None:
        self._gateway, self._free_bytes = gateway, free_bytes
        self._until = 0.0
        self._checks: dict[str, bool] = {}
        self._lock = asyncio.Lock()
        self._probes = {
            "log": Probe(self._log),
            "state": Probe(lambda: asyncio.to_thread(gateway.state.receipts.get, "")),
            "blobs": Probe(lambda: asyncio.to_thread(gateway.blobs.exists, "0" * 64)),
        }

    async def checks(self) -> dict[str, bool]:
        """What is needed to do this process's work, and whether each is there."""
        async with self._lock:
            if time.monotonic() >= self._until:
                disk = await asyncio.to_thread(shutil.disk_usage, self._gateway.config.data_dir)
                answers = await asyncio.gather(*(probe.answers() for probe in self._probes.values()))
                self._checks = dict(zip(self._probes, answers, strict=True)) | {
                    "disk": disk.free >= self._free_bytes, "prepared": self._gateway.preparation.done.is_set(),
                    "tasks": all(task.running and not task.broken for task in self._gateway.health()),
                }  # fmt: skip
                self._until = time.monotonic() + MEMORY_SECONDS
            return self._checks

    async def _log(self) -> None:
        """Creating topics that are there takes the way of every write to the embedded log without leaving anything."""
        gateway = self._gateway
        if gateway.config.log.kind == "embedded":
            await gateway.log.create_topics(gateway.config.topic_specs())
        else:
            await gateway.log.offsets(TopicPartition(gateway.config.topic(INTAKE), 0))

    async def state(self) -> tuple[str, dict[str, bool]]:
        """`ready`, `not ready`, or `local only`: files of feeds that this node acknowledges itself are taken although brokers or blobs are away."""
        checks = await self.checks()
        if all(checks.values()):
            return "ready", checks
        takes = self._gateway.acknowledges_locally and checks["disk"] and checks["state"]
        return ("local only" if takes and not (checks["log"] and checks["blobs"] and checks["prepared"]) else "not ready"), checks


@router.get("/health/live", tags=["operation"], summary="The process answers")
async def live() -> Response:
    return json_response({"status": "live"})


@router.get("/health/ready", tags=["operation"], summary="Messages can be taken in and published")
async def ready(request: Request) -> Response:
    """200 with status `ready`, or `local only` when brokers are away and feeds with local acknowledgement are still taken; else 503."""
    status, checks = await request.app.state.readiness.state()
    if request.app.state.streams.stopping.is_set():
        status = "not ready"
    body = {"status": status, "roles": sorted(request.app.state.gateway.roles), "checks": checks}
    return json_response(body, 503 if status == "not ready" else 200)


@router.get("/metrics", tags=["operation"], summary="Prometheus metrics")
async def metrics(caller: Watcher, gateway: GatewayOf) -> Response:
    return Response(generate_latest(gateway.metrics.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})


@router.get("/v1/schemas", tags=["events"], summary="Names of the published schemas")
async def schemas(caller: Reader) -> Response:
    return json_response({"schemas": [f"/v1/schemas/{name}" for name in sorted(await asyncio.to_thread(published))]})


@router.get("/v1/schemas/{name}", tags=["events"], summary="JSON Schema of the data of one event type, or of the parts that several share")
async def schema(name: Annotated[str, Path(max_length=100)], caller: Reader) -> Response:
    found = (await asyncio.to_thread(published)).get(name)
    if found is None:
        raise ProblemError(404, "no such schema")
    return json_response(found)


@router.get("/", include_in_schema=False)
async def front() -> Response:
    """Who opens the address of the API in a browser sees what it has."""
    return Response(status_code=307, headers={"Location": "/docs"})


@router.get("/docs", include_in_schema=False)
@router.get("/docs/docs.js", include_in_schema=False)
@router.get("/docs/docs.css", include_in_schema=False)
async def page(request: Request) -> Response:
    """Everything comes from here, so the page works without any other network."""
    name, media_type = PAGE[request.url.path]
    return Response((files("gateway.api") / "page" / name).read_bytes(), media_type=media_type)


__all__ = ["Readiness", "router"]
