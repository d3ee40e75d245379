"""The sources of all feeds and the API around a running gateway."""

import asyncio
import logging
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

from connectors.source import Source
from connectors.sources.directory import DirectorySettings, DirectorySource
from connectors.sources.mllp import MllpSource
from connectors.sources.polled import PolledSource
from gateway import sites
from gateway.api.app import create_app
from gateway.api.guard import where
from gateway.api.mllp import MllpInlet
from gateway.api.mllp_metrics import MllpCollector
from gateway.api.server import GRACE_SECONDS, ApiServer, ServerError
from gateway.api.sink import FeedSink
from gateway.api.source_metrics import SourceCollector
from gateway.pipeline.services import settings_of
from gateway.roles import INTAKE
from gateway.runtime import Gateway
from gateway.secrets import SecretError

_logger = logging.getLogger("clearplane.service")


class Service:
    """`async with Service(gateway) as service:` serves HTTP at `service.url`; in the role intake it listens for MLLP and polls folders.

    `listeners` are the MLLP sources by (site, feed). Raises ServerError.
    """

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self.app = create_app(gateway)
        self._server = ApiServer(self.app, gateway.config.api)
        self.listeners: dict[tuple[str, str], list[MllpSource]] = {}
        self._sources: list[Source] = []
        self._running: list[asyncio.Task[None]] = []

    @property
    def url(self) -> str:
        return self._server.url

    async def __aenter__(self) -> Self:
        await self._server.__aenter__()
        if INTAKE in self._gateway.roles:
            try:
                await self._listen()
            except BaseException:
                await self._server.__aexit__(None, None, None)
                raise
            polled = polled_sources(self._gateway)
            self._gateway.metrics.registry.register(SourceCollector(polled))
            self._sources += [source for _, source in polled]
        self._running = [asyncio.create_task(source.run()) for source in self._sources]
        for task in self._running:
            task.add_done_callback(_ended)
        return self

    async def _listen(self) -> None:
        """Raises ServerError when a port cannot be had or a certificate cannot be used; then none is listened on."""
        for site, feed, source in _wanted(self._gateway):
            try:
                listener = await mllp_source(self._gateway, site, feed, source)
            except (OSError, SecretError) as error:
                await asyncio.gather(*(each.stop() for each in self._sources))
                raise ServerError(_not_listening(site.id, feed.id, source, error)) from None
            self.listeners.setdefault((site.id, feed.id), []).append(listener)
            self._sources.append(listener)
        self._gateway.metrics.registry.register(MllpCollector(self.listeners))

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Sources first, so that nothing new comes in while requests in hand are answered. A file not done in time is handed over again later."""
        _logger.info("nothing is taken from folders and listeners any more, requests in hand are answered")
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


def _wanted(gateway: Gateway) -> Iterator[tuple[sites.Site, sites.Feed, sites.MllpSource]]:
    """Listeners of all feeds."""
    for site in gateway.sites.values():
        for feed in site.feeds:
            yield from ((site, feed, source) for source in feed.sources if isinstance(source, sites.MllpSource))


def _not_listening(site: str, feed: str, source: sites.MllpSource, error: OSError | SecretError) -> str:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"feed {feed} of site {site}: cannot listen on {source.host} port {source.port}: {reason}"


async def mllp_source(gateway: Gateway, site: sites.Site, feed: sites.Feed, source: sites.MllpSource) -> MllpSource:
    """It has its port. Raises OSError (ssl.SSLError among them), SecretError."""
    inlet = MllpInlet(gateway, site.id, feed.id, source, settings_of(gateway.config, site, feed))
    listener = MllpSource(inlet, await asyncio.to_thread(source.listener))
    await listener.start()
    return listener


def polled_sources(gateway: Gateway) -> list[tuple[tuple[str, str, str], PolledSource[Any, Any]]]:
    """One for each watched folder of each feed, here or on an SFTP server, with site, feed and type."""
    found: list[tuple[tuple[str, str, str], PolledSource[Any, Any]]] = []
    for site in gateway.sites.values():
        for feed in site.feeds:
            sink = FeedSink(gateway, site.id, feed.id)
            for source in feed.sources:
                key = site.id, feed.id, source.type
                if isinstance(source, sites.DirectorySource):
                    found.append((key, DirectorySource(_settings(source), sink)))
                elif isinstance(source, sites.SftpSource):
                    found.append((key, _sftp_source(source, sink)))
    return found


def _sftp_source(source: sites.SftpSource, sink: FeedSink) -> PolledSource[Any, Any]:
    from connectors.sources.sftp import SftpSettings, SftpSource  # its library is an extra

    polled = source.path, source.pattern, source.done, source.failed, source.stable_seconds, source.poll_seconds
    return SftpSource(SftpSettings(source.server(), *polled), sink)


def _settings(source: sites.DirectorySource) -> DirectorySettings:
    return DirectorySettings(
        source.path, source.pattern, str(source.done or "done"), str(source.failed or "failed"), source.stable_seconds, source.poll_seconds
    )


__all__ = ["Service", "mllp_source", "polled_sources"]
