"""Taking files in: durable before it is acknowledged, the same bytes on the same feed once."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import NamedTuple

from gateway.config import Config
from gateway.metrics import Metrics
from gateway.pipeline.messages import INTAKE, feed_key, intake_headers
from gateway.seams import Blobs, BlobWriter, Log, NewRecord
from gateway.sites import Site
from gateway.state import Arrival, State
from gateway.state.database import Clock, iso, utc_now
from schemas.envelope import receipt_id

NAME_LENGTH = 255
WRITE_BYTES = 1 << 18
"""Bytes gathered before a thread is asked to write them."""


class Accepted(NamedTuple):
    """What the sender may be told. `duplicate`: these bytes have come on this feed before, and nothing new happens."""

    receipt: str
    sha256: str
    size: int
    duplicate: bool


class UnknownFeedError(LookupError):
    """No such site, or no such feed of it."""


class TooLargeError(Exception):
    """The body is over the limit of `limit` bytes; nothing was kept."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(f"the body is larger than {limit} bytes")


class Intake:
    """Blob first, then the record on `intake`, which is the commit. What goes wrong before that is raised, and the sender still has the file."""

    def __init__(
        self, config: Config, sites: Mapping[str, Site], log: Log, blobs: Blobs, state: State, metrics: Metrics, clock: Clock = utc_now
    ) -> None:
        self._config, self._sites, self._log, self._blobs, self._state = config, sites, log, blobs, state
        self._metrics, self._clock = metrics, clock
        self._busy: dict[str, _Turn] = {}
        self._pending: list[Arrival] = []
        self._remembering = asyncio.Lock()

    def check(self, site: str, feed: str) -> None:
        """Raises UnknownFeedError; for callers that ask before they read a body."""
        known = self._sites.get(site)
        if known is None or known.feed(feed) is None:
            raise UnknownFeedError(f"no feed {feed} of a site {site}" if known else f"no site {site}")

    async def accept(
        self, site: str, feed: str, chunks: AsyncIterator[bytes], name: str = "", content_type: str = "application/octet-stream"
    ) -> Accepted:
        """Keep a body and commit it. Raises UnknownFeedError, TooLargeError, LogError, BlobError, StateError: then nothing is acknowledged."""
        self.check(site, feed)
        sha256, size, body = await self._store(chunks)
        receipt = receipt_id(site, feed, sha256)
        arrival = Arrival(receipt, site, feed, sha256, size, _printable(name), content_type[:NAME_LENGTH], iso(self._clock()))
        async with self._turn(receipt):
            duplicate = await asyncio.to_thread(self._state.receipts.get, receipt) is not None
            if not duplicate:
                await self._commit(arrival, body)
        self._metrics.received.labels(site, feed, "duplicate" if duplicate else "accepted").inc()
        return Accepted(receipt, sha256, size, duplicate)

    async def _commit(self, arrival: Arrival, body: bytes | None) -> None:
        """State learns of it after the log. Killed in between, the next start reads it from the log before anything is accepted."""
        headers = intake_headers(arrival, body is not None)
        key = feed_key(arrival.site, arrival.feed)
        await self._log.append([NewRecord(self._config.topic(INTAKE), key, body or b"", headers)])
        self._metrics.received_bytes.labels(arrival.site, arrival.feed).inc(arrival.size)
        await self._remember(arrival)

    async def _remember(self, arrival: Arrival) -> None:
        """Files that come at the same time share one transaction: whoever finds no other at it writes for all who wait."""
        pending = self._pending
        pending.append(arrival)
        async with self._remembering:
            if self._pending is pending:
                self._pending = []
                await asyncio.to_thread(self._state.receipts.add, pending)

    async def _store(self, chunks: AsyncIterator[bytes]) -> tuple[str, int, bytes | None]:
        """(sha256, size, body when small) of the durable blob."""
        limits = self._config.limits
        writer: BlobWriter = await asyncio.to_thread(self._blobs.writer)
        pending: list[bytes] = []
        waiting = size = 0
        small: bytearray | None = bytearray()
        try:
            async for chunk in chunks:
                size += len(chunk)
                if size > limits.upload_bytes:
                    raise TooLargeError(limits.upload_bytes)
                pending.append(chunk)
                waiting += len(chunk)
                if size > limits.inline_bytes:
                    small = None
                elif small is not None:
                    small += chunk
                if waiting >= WRITE_BYTES:
                    await asyncio.to_thread(writer.write, b"".join(pending))
                    pending, waiting = [], 0
            sha256 = await asyncio.to_thread(_finish, writer, b"".join(pending))
        except BaseException:
            writer.abort()
            raise
        return sha256, size, bytes(small) if small is not None else None

    @asynccontextmanager
    async def _turn(self, receipt: str) -> AsyncIterator[None]:
        """One at a time per receipt, so that of concurrent resends one is the first."""
        turn = self._busy.setdefault(receipt, _Turn())
        turn.waiting += 1
        try:
            async with turn.lock:
                yield
        finally:
            turn.waiting -= 1
            if not turn.waiting:
                self._busy.pop(receipt, None)


class _Turn:
    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.waiting = 0


def _finish(writer: BlobWriter, rest: bytes) -> str:
    if rest:
        writer.write(rest)
    return writer.commit()


def _printable(name: str) -> str:
    """A sender's file name as text that can be stored and shown: no control characters, no path, bounded."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c for c in last if c.isprintable()).encode("utf-8", "replace").decode()[:NAME_LENGTH]


__all__ = ["Accepted", "Intake", "TooLargeError", "UnknownFeedError"]
