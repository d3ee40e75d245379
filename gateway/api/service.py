"""The sources of all feeds and the API around a running gateway."""

import asyncio
import logging
from types import TracebackType
from typing import Self

from connectors.source import Source
from connectors.sources.directory import DirectorySettings, DirectorySource
from gateway import sites
from gateway.api.app import create_app
from gateway.api.guard import where
from gateway.api.server import GRACE_SECONDS, ApiServer
from gateway.api.sink import FeedSink
from gateway.roles import INTAKE
from gateway.runtime import Gateway

_logger = logging.getLogger("clearplane.service")


class Service:
    """`async with Service(gateway) as service:` serves HTTP at `service.url`, and watches directories in the role intake. Raises ServerError."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self.app = create_app(gateway)
        self._server = ApiServer(self.app, gateway.config.api)
        self._sources: list[Source] = []
        self._running: list[asyncio.Task[None]] = []

    @property
    def url(self) -> str:
        return self._server.url

    async def __aenter__(self) -> Self:
        await self._server.__aenter__()
        self._sources = directory_sources(self._gateway) if INTAKE in self._gateway.roles else []
        self._running = [asyncio.create_task(source.run()) for source in self._sources]
        for task in self._running:
            task.add_done_callback(_ended)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Sources first, so that nothing new comes in while requests in hand are answered. A file not done in time is handed over again later."""
        _logger.info("no file is taken from directories any more, requests in hand are answered")
        if self._sources:
            await asyncio.wait([asyncio.create_task(source.stop()) for source in self._sources], timeout=GRACE_SECONDS)
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running)
        await self._server.__aexit__(kind, error, trace)


def _ended(task: "asyncio.Task[None]") -> None:
    """Nothing else waits for a source while the gateway runs."""
    if not task.cancelled() and (error := task.exception()) is not None:
        _logger.critical("a source ended: %s", where(error))


def directory_sources(gateway: Gateway) -> list[Source]:
    """One for each watched directory of each feed."""
    found: list[Source] = []
    for site in gateway.sites.values():
        for feed in site.feeds:
            sink = FeedSink(gateway, site.id, feed.id)
            found += [DirectorySource(_settings(source), sink) for source in feed.sources if isinstance(source, sites.DirectorySource)]
    return found


def _settings(source: sites.DirectorySource) -> DirectorySettings:
    return DirectorySettings(
        source.path, source.pattern, str(source.done or "done"), str(source.failed or "failed"), source.stable_seconds, source.poll_seconds
    )


__all__ = ["Service", "directory_sources"]
