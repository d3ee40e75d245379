"""Follows `intake`: messages that a route takes go to `outbound`, in the order of their feed; those records and the read position in one transaction.

Nothing is waited for but the message itself, which is safe by then. A resend makes records with the ids of the first, which State knows.
"""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from gateway.answers.taking import taken
from gateway.blobs.read_ahead import blob_reader
from gateway.pipeline.lanes import Lane
from gateway.pipeline.messages import INTAKE, OUTBOUND, Received, received
from gateway.pipeline.services import Services, logger
from gateway.routes.picks import picks
from gateway.seams import BlobError, Committed, NewRecord, Record
from gateway.site_routes import Route
from gateway.sites import Site
from parsers.hl7v2.profile import profile_of

GROUP = "route"
TOPIC = INTAKE
BATCH_RECORDS, BATCH_BYTES = 256, 4 << 20
SLICE = 64
"""Messages of a large file that go in one transaction."""
Feed = tuple[str, str]


def since_key(site: Site, route: Route) -> Feed:
    """Under which State keeps from when on a route is there; no feed has such an id."""
    return site.id, f"route:{route.id}"


class Router:
    """`since`: from when on each route is there, by `since_key`."""

    def __init__(self, services: Services, since: Mapping[Feed, str]) -> None:
        self._services = services
        self._routes: dict[Feed, list[tuple[Route, str]]] = {}
        for site in services.sites.values():
            for route in site.routes:
                self._routes.setdefault((site.id, route.feed), []).append((route, since.get(since_key(site, route), "")))
        self._limits = {key: profile_of(services.sites[key[0]].profile_data(key[1])).limits for key in self._routes}

    async def run(self, lane: Lane) -> None:
        """The files of one partition."""
        while True:
            small: list[tuple[Received, list[Route]]] = []
            records = await taken(lane, BATCH_RECORDS, BATCH_BYTES)
            for record in records:
                found, routes = self._routed(record)
                if routes and found.body is None:
                    if small:
                        await self._commit(lane, Committed(record.offset), await asyncio.to_thread(self._small, small))
                        small = []
                    await self._large(lane, record, found, routes)
                elif routes:
                    small.append((found, routes))
            await self._commit(lane, Committed(records[-1].offset + 1), await asyncio.to_thread(self._small, small))

    def _routed(self, record: Record) -> tuple[Received, list[Route]]:
        """The file, and the routes that are for its feed and older than it."""
        found = received(record)
        arrival = found.arrival
        routes = self._routes.get((arrival.site, arrival.feed), ())
        return found, [] if found.released_by else [route for route, since in routes if since <= arrival.received_at]

    def _small(self, files: Sequence[tuple[Received, list[Route]]]) -> list[NewRecord]:
        """Blocking."""
        return [record for found, routes in files for record in self._picked(found, routes)]

    async def _large(self, lane: Lane, record: Record, found: Received, routes: list[Route]) -> None:
        """A slice at a time; the position says how many messages of it are out."""
        done = _resumed(lane.metadata, record.offset)
        records = self._picked(found, routes)
        await asyncio.to_thread(lambda: sum(1 for _ in islice(records, done)))
        while some := await asyncio.to_thread(lambda: list(islice(records, SLICE))):
            done += len(some)
            await self._commit(lane, Committed(record.offset, json.dumps({"offset": record.offset, "done": done})), some)

    def _picked(self, found: Received, routes: list[Route]) -> Iterator[NewRecord]:
        """A fault of ours ends the file, not its neighbours. Raises BlobError: the bytes cannot be had now."""
        services, arrival, body = self._services, found.arrival, found.body
        if body is None:
            read_at = blob_reader(services.blobs, arrival.sha256, arrival.size)
        else:
            read_at = lambda offset, length: body[offset : offset + length]  # noqa: E731
        _, feed = services.feed(arrival.site, arrival.feed)
        limits = self._limits[arrival.site, arrival.feed]
        try:
            yield from picks(arrival, read_at, feed.kind, routes, limits, services.config.topic(OUTBOUND), services.config.limits.inline_bytes)
        except BlobError:
            raise
        except Exception as error:
            logger.error("receipt %s is not routed to its end: a bug of ours, %s", arrival.receipt, type(error).__name__)

    async def _commit(self, lane: Lane, position: Committed, results: Sequence[NewRecord]) -> None:
        await lane.commit({lane.topics[0]: position}, results)
        for record in results:
            values = dict(record.headers)
            self._services.metrics.routed.labels(*(values[name].decode() for name in ("site", "feed", "route"))).inc()
        self._services.committed()


def _resumed(metadata: str, offset: int) -> int:
    """How many messages of the file at this offset are out already."""
    found = json.loads(metadata) if metadata else {}
    return int(found["done"]) if found.get("offset") == offset else 0


__all__ = ["GROUP", "TOPIC", "Router", "since_key"]
