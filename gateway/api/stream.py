"""Events as server-sent events: the id of each is the cursor behind it, silence is broken by heartbeats, a slow reader only slows itself."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import NamedTuple

import orjson
from prometheus_client import CollectorRegistry, Gauge

from gateway.api.parts import Options
from gateway.api.reader import EventFilter, EventReader, ExpiredError, Page

CHUNK_EVENTS = 200
CHUNK_BYTES = 1 << 19
"""Events read, audited and sent at once: all that a stream ever holds."""
RETRY = b"retry: 2000\n\n"
MEDIA_TYPE = "text/event-stream"


class Streams:
    """How many are open, and the word that the gateway is stopping."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.stopping = asyncio.Event()
        self.open = 0
        gauge = Gauge("clearplane_http_streams", "Open event streams", registry=registry)
        gauge.set_function(lambda: self.open)

    def stop(self) -> None:
        self.stopping.set()


class Watch(NamedTuple):
    """What a stream asks of the rest: an audit record before events leave, and whether its key is still good."""

    audit: Callable[[int], Awaitable[None]]
    allowed: Callable[[], Awaitable[bool]]


async def follow(reader: EventReader, wanted: EventFilter, options: Options, streams: Streams, watch: Watch) -> AsyncGenerator[bytes, None]:
    """Pieces of the answer, read on only when the one before was taken. Ends on stop, on a revoked key, and when the position has expired."""
    streams.open += 1
    try:
        yield RETRY
        checked = spoke = time.monotonic()
        while not streams.stopping.is_set():
            if time.monotonic() - checked >= options.recheck_seconds:
                if not await watch.allowed():
                    return
                checked = time.monotonic()
            try:
                page = await reader.page(wanted, CHUNK_EVENTS, options.page_records, CHUNK_BYTES)
            except ExpiredError as expired:
                yield b"event: expired\ndata: " + orjson.dumps({"oldest": expired.oldest}) + b"\n\n"
                return
            if page.events:
                await watch.audit(len(page.events))
                yield encoded(page)
                spoke = time.monotonic()
            elif time.monotonic() - spoke >= options.heartbeat_seconds:
                yield heartbeat(page.next)
                spoke = time.monotonic()
            if page.at_end:
                await _news(reader, max(0.0, spoke + options.heartbeat_seconds - time.monotonic()), streams.stopping)
    finally:
        streams.open -= 1


def encoded(page: Page) -> bytes:
    return b"".join(b"id: %b\ndata: %b\n\n" % (event.cursor.encode(), event.json.replace(b"\n", b"\ndata: ")) for event in page.events)


def heartbeat(cursor: str) -> bytes:
    """A comment; the id moves the reader's Last-Event-ID past events that were filtered out."""
    return b":\nid: %b\n\n" % cursor.encode()


async def _news(reader: EventReader, seconds: float, stopping: asyncio.Event) -> None:
    """Wait for something to read, the next heartbeat or the stop."""
    waits = [asyncio.create_task(reader.wait(seconds)), asyncio.create_task(stopping.wait())]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        if waits[0].done():
            waits[0].result()
    finally:
        for task in waits:
            task.cancel()
        for task in waits:
            with contextlib.suppress(asyncio.CancelledError):
                await task


__all__ = ["MEDIA_TYPE", "Streams", "Watch", "follow"]
