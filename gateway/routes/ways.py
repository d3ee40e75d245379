"""Ways out: the sinks of a feed's answers, or the one of a route, with the care each kind needs."""

import asyncio
from typing import Protocol

from connectors.sink import Sink, SinkAway, SinkRefused
from connectors.sinks.directory import DirectorySink
from connectors.sinks.mllp import MllpSink, MllpSinkSettings, UnansweredError
from gateway.answers.settings import DirectorySink as AnswerFolder
from gateway.pipeline.services import logger
from gateway.routes.contents import Contents, GoneError
from gateway.routes.judge import asks_for_none, judge_of
from gateway.seams import BlobError, LogError
from gateway.secrets import SecretError
from gateway.site_routes import DirectorySink as FolderOf
from gateway.site_routes import MllpSink as MllpOf
from gateway.site_routes import Route
from gateway.sites import Feed, Site
from gateway.state.deliveries import Delivery

ASKS_FOR_NONE = '; by its MSH-15 and MSH-16 it asks for none, and answer = "none" does without'


class NoWayError(Exception):
    """The site file knows the route no more."""


class Refusal(Exception):
    """It will never be taken; it waits for a decision, and those behind it go on. The text holds no data."""


class Way(Protocol):
    async def send(self, delivery: Delivery, contents: Contents) -> str:
        """Why it has to wait, empty when it was handed over. Raises Refusal."""

    async def close(self) -> None: ...


class AnswerWay:
    """Every folder of a feed's answers. What retention has taken is passed by."""

    def __init__(self, feed: Feed) -> None:
        settings = feed.answers.sinks if feed.answers is not None else ()
        self._folders = [DirectorySink(sink.path) for sink in settings if isinstance(sink, AnswerFolder)]

    async def send(self, delivery: Delivery, contents: Contents) -> str:
        for folder in self._folders:
            try:
                await asyncio.to_thread(folder.put, delivery.name, await contents.pieces(delivery))
            except GoneError:
                logger.error("receipt %s: an acknowledgement is not in the store any more and is not handed over", delivery.receipt)
            except OSError as error:
                return _unwritable(error)
            except (BlobError, LogError) as error:
                return str(error)
        return ""

    async def close(self) -> None:
        """Nothing is held open."""


class RouteWay:
    """The sink of a route. One at a time, as the queue is."""

    def __init__(self, route: Route) -> None:
        self._route = route
        self._sink: Sink | None = None

    async def send(self, delivery: Delivery, contents: Contents) -> str:
        try:
            await self._send(delivery, contents)
        except GoneError:
            raise Refusal("its bytes are not kept any more") from None
        except SinkRefused as error:
            if self._route.refused == "wait":
                return str(error)
            raise Refusal(str(error)) from None
        except OSError as error:
            return _unwritable(error)
        except SinkAway as error:
            await self._renew()
            return str(error)
        except (BlobError, LogError, SecretError) as error:
            return str(error)
        return ""

    async def _renew(self) -> None:
        """The next try reads certificates and their keys anew, as SFTP does by itself: those of before may be why it failed."""
        if isinstance(self._sink, MllpSink):
            await self._sink.close()
            self._sink = None

    async def _send(self, delivery: Delivery, contents: Contents) -> None:
        if self._sink is None:
            self._sink = await asyncio.to_thread(_opened, self._route)
        if isinstance(self._sink, DirectorySink):
            await asyncio.to_thread(self._sink.put, delivery.name, await contents.pieces(delivery))
            return
        body = await contents.whole(delivery)
        try:
            await self._sink.send(delivery.name, body)
        except UnansweredError as error:
            raise SinkAway(f"{error}{ASKS_FOR_NONE if asks_for_none(body) else ''}") from None

    async def close(self) -> None:
        if self._sink is not None:
            await self._sink.close()


def open_way(site: Site, feed: Feed, route_id: str) -> Way:
    """Raises NoWayError."""
    if not route_id:
        return AnswerWay(feed)
    route = site.route(route_id)
    if route is None or route.feed != feed.id:
        raise NoWayError("the site has no such route any more")
    return RouteWay(route)


def _opened(route: Route) -> Sink:
    """Blocking: certificates and keys are read. Raises SinkAway, SecretError."""
    to = route.to
    if isinstance(to, FolderOf):
        return DirectorySink(to.path)
    if isinstance(to, MllpOf):
        try:
            tls = None if to.tls is None else to.tls.context()
        except OSError as error:  # ssl.SSLError is one
            raise SinkAway(f"the certificates of the route cannot be used ({error.strerror or type(error).__name__})") from None
        settings = MllpSinkSettings(to.host, to.port, tls, "", to.connect_seconds, to.answer_seconds, to.answer_bytes, to.release2)
        return MllpSink(settings, None if to.answer == "none" else judge_of(to.answer == "application", to.retry_on))
    from connectors.sinks.sftp import SftpSink

    return SftpSink(to.server(), to.path)


def _unwritable(error: OSError) -> str:
    return f"the folder cannot be written ({error.strerror or type(error).__name__})"


__all__ = ["AnswerWay", "NoWayError", "Refusal", "RouteWay", "Way", "open_way"]
