"""A gateway whose site hands messages on, and a receiver over MLLP."""

import asyncio
from collections.abc import Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from ssl import SSLContext

from connectors.sources.mllp import MllpSettings, MllpSource
from gateway.site_routes import Route
from gateway.sites import Feed, Site
from parsers.hl7v2.acknowledgement import acknowledge, header
from tests.unit.pipeline_world import World

NOW = datetime(2026, 1, 5, tzinfo=UTC)
SECONDS = 20


def message(number: int, kind: str = "ADT^A01", text: str = "SAMPLE") -> bytes:
    """One with control id C<number>."""
    lines = [
        f"MSH|^~\\&|LAB|RIVER|GATE|PLANE|20260105080000||{kind}|C{number}|T|2.5.1", "EVN||20260105080000",
        f"PID|1||{1000 + number}^^^RIVER^MR||{text}^PERSON||19800101|F", f"PV1|1|I|W^1^1||||||||||||||||V{number}",
    ]  # fmt: skip
    return ("\r".join(lines) + "\r").encode()


def control_ids(bodies: list[bytes]) -> list[str]:
    return [header(body).control_id for body in bodies]


class Receiver:
    """Takes messages over MLLP and answers with what `code` says of each control id; None: it says nothing."""

    def __init__(self, code: Callable[[str], str | None] = lambda control_id: "AA", port: int = 0, tls: SSLContext | None = None) -> None:
        self.code, self.taken = code, list[bytes]()
        self._source = MllpSource(self, MllpSettings(port=port, tls=tls))

    async def handle(self, body: bytes, connection: object) -> bytes | None:
        code = self.code(header(body).control_id)
        if code in ("AA", None):
            self.taken.append(body)
        return code and acknowledge(body, code, now=NOW, control_id="ANSWER")

    def refuse(self, body: bytes, error: Exception) -> bytes | None:
        return None

    async def fragment(self, data: bytes, fault: str, connection: object) -> None:
        raise AssertionError(fault)

    @property
    def port(self) -> int:
        return self._source.port

    @asynccontextmanager
    async def listening(self):
        await self._source.start()
        running = asyncio.create_task(self._source.run())
        try:
            yield self
        finally:
            await self._source.stop()
            await running


class Routing(World):
    """Feed `adt` with these routes; `claims` is X12."""

    def __init__(self, folder: Path, *routes: dict[str, object], **values: object) -> None:
        super().__init__(folder, **values)
        self.out = folder / "out"
        self.feeds = (Feed(id="adt"), Feed(id="claims"))
        self.route(*routes)

    def route(self, *routes: dict[str, object]) -> None:
        found = tuple(Route.model_validate({"feed": "adt", "first_pause_seconds": 0.05, "longest_pause_seconds": 0.1, **route}) for route in routes)
        self.sites = {"river": Site(id="river", feeds=self.feeds, routes=found)}

    @asynccontextmanager
    async def running(self):
        await self.start()
        try:
            async with asyncio.timeout(SECONDS):
                yield self
        finally:
            await self.stop()

    def files(self, folder: str = "") -> list[Path]:
        """Those that are whole, in the order they were written."""
        return sorted((self.out / folder).glob("[!.]*"), key=lambda path: path.stat().st_mtime_ns)

    async def until(self, reached: Callable[[], object]) -> None:
        while not reached():  # noqa: ASYNC110 (told by looking)
            await asyncio.sleep(0.02)

    def value(self, name: str, route: str, **labels: str) -> float | None:
        return self.gateway.metrics.registry.get_sample_value(name, {"site": "river", "feed": "adt", "route": route, **labels})
