"""Taking files in: durable before it is acknowledged, the same bytes on the same feed once."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

from gateway.config import Config, LimitSettings
from gateway.local import LocalStore
from gateway.metrics import Metrics
from gateway.pipeline.door import Door
from gateway.pipeline.formats import HL7V2_TYPE
from gateway.pipeline.gather import Gather
from gateway.pipeline.messages import INTAKE, OUTCOMES, feed_key, intake_headers, outcome
from gateway.pipeline.prepare import Preparation
from gateway.pipeline.refusal import NotNowError
from gateway.seams import Blobs, BlobWriter, Log, NewRecord
from gateway.sites import Site
from gateway.state import Arrival, State, StateError
from gateway.state.database import Clock, iso, utc_now
from schemas.envelope import receipt_id

NAME_LENGTH = 255
GATHER_BYTES = 4 << 20
"""Of messages that go to the log together."""
WRITE_BYTES = 1 << 18
"""Bytes gathered before a thread is asked to write them."""
STATE_SECONDS, STATE_PAUSE_SECONDS = 2.0, 10.0


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
    """Blob first, then the record on `intake`, which is the commit. What goes wrong before that is raised, and the sender still has the file.

    With `local`, feeds that say so are answered once this node has the file; a Forwarder takes it to the log.
    """

    def __init__(
        self, config: Config, sites: Mapping[str, Site], log: Log, blobs: Blobs, state: State, metrics: Metrics, clock: Clock = utc_now,
        preparation: Preparation | None = None, local: LocalStore | None = None,
    ) -> None:  # fmt: skip
        self._config, self._sites, self._log, self._blobs, self._state = config, sites, log, blobs, state
        self._metrics, self._clock = metrics, clock
        self._preparation, self._local = preparation, local
        self._door = Door(config.limits.concurrent_uploads, metrics)
        self._busy: dict[str, _Turn] = {}
        self._pending: list[Arrival] = []
        self._remembering = asyncio.Lock()
        self._state_silent_until = 0.0
        self._messages: dict[bytes, Gather[NewRecord]] = {}
        self._local_messages = Gather[tuple[Arrival, bytes]](self._keep_locally, GATHER_BYTES)

    async def accept_message(self, site: str, feed: str, body: bytes, name: str = "", content_type: str = HL7V2_TYPE) -> Accepted:
        """The same of a message that is whole in memory, and in a moment: its bytes stand in the record alone until they are packed.

        Nobody is asked whether it has come before: `duplicate` is False, and a message that has is left out when it is read.
        """
        self.check(site, feed)
        if len(body) > self._config.limits.inline_bytes:
            return await self.accept(site, feed, _one(body), name, content_type)
        sender = _Sender(site, feed, _printable(name) if name else "", content_type)
        if self._local is not None and self._acknowledges(site, feed) == "local":
            with self._local.room() as room:
                room.take(len(body))
                arrival = self._arrival(sender, hashlib.sha256(body).hexdigest(), len(body))
                await self._local_messages.add((arrival, body), len(body))
        else:
            await self._require_log(sender)
            arrival = self._arrival(sender, hashlib.sha256(body).hexdigest(), len(body))
            key = feed_key(site, feed)
            record = NewRecord(self._config.topic(INTAKE), key, body, intake_headers(arrival, True, stored=False))
            await (self._messages.get(key) or self._gathered(key, site, feed)).add(record, len(body))
        return Accepted(arrival.receipt, arrival.sha256, len(body), False)

    def _gathered(self, key: bytes, site: str, feed: str) -> Gather[NewRecord]:
        """Of one feed, so of one partition: several need a transaction, and one that a killed gateway leaves open keeps all readers waiting."""

        async def write(records: Sequence[NewRecord]) -> None:
            await self._log.append(records)
            self._count(site, feed, [len(record.value) for record in records])

        gathered = self._messages[key] = Gather(write, GATHER_BYTES)
        return gathered

    async def _keep_locally(self, messages: Sequence[tuple[Arrival, bytes]]) -> None:
        assert self._local is not None  # else nothing is gathered for it
        await self._local.keep_messages(messages)
        sizes: dict[tuple[str, str], list[int]] = {}
        for arrival, body in messages:
            sizes.setdefault((arrival.site, arrival.feed), []).append(len(body))
        for feed, of_feed in sizes.items():
            self._count(*feed, of_feed)

    def _count(self, site: str, feed: str, sizes: Sequence[int]) -> None:
        """Messages that were written together."""
        self._metrics.received.labels(site, feed, "accepted").inc(len(sizes))
        self._metrics.received_bytes.labels(site, feed).inc(sum(sizes))

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
        sender = _Sender(site, feed, _printable(name), content_type[:NAME_LENGTH])
        async with self._door.place():
            local = self._local if self._acknowledges(site, feed) == "local" else None
            accepted = await (self._accept(sender, chunks) if local is None else self._accept_locally(sender, chunks, local))
        self._metrics.received.labels(site, feed, "duplicate" if accepted.duplicate else "accepted").inc()
        return accepted

    def _acknowledges(self, site: str, feed: str) -> str:
        """The embedded log is this node's disk: there nothing has to wait for it."""
        known = self._sites[site].feed(feed)
        return known.acknowledge if known is not None and self._config.log.kind == "kafka" else "replicated"

    async def _accept(self, sender: "_Sender", chunks: AsyncIterator[bytes]) -> Accepted:
        """Answered once the log has it."""
        await self._require_log(sender)
        sha256, size, body = await store_body(chunks, self._blobs, self._config.limits)
        arrival = self._arrival(sender, sha256, size)
        async with self._turn(arrival.receipt):
            duplicate = await asyncio.to_thread(self._state.receipts.get, arrival.receipt) is not None
            if not duplicate:
                await self._commit(arrival, body)
            elif self._answers(arrival):
                await self._say_again(arrival)
        return Accepted(arrival.receipt, sha256, size, duplicate)

    async def _accept_locally(self, sender: "_Sender", chunks: AsyncIterator[bytes], local: LocalStore) -> Accepted:
        """Answered once this node has it. While State does not answer either, a file that came before is taken as new: the normaliser knows it."""
        with local.room() as room:
            sha256, size, _ = await store_body(chunks, local.blobs, self._config.limits, room.take)
            arrival = self._arrival(sender, sha256, size)
            async with self._turn(arrival.receipt):
                await local.look()
                waits = local.has(arrival.receipt)
                duplicate = waits or await self._known(arrival.receipt)
                if not duplicate or (self._answers(arrival) and not waits):
                    await local.keep(arrival)  # also to be acknowledged once more
                if not duplicate:
                    self._metrics.received_bytes.labels(arrival.site, arrival.feed).inc(arrival.size)
        return Accepted(arrival.receipt, sha256, size, duplicate)

    async def _require_log(self, sender: "_Sender") -> None:
        """Raises NotNowError before anything is read: before the log was reached, and while files of the feed wait that came before this one."""
        if self._preparation is not None:
            self._preparation.require()
        if self._local is not None and self._local.files:
            await self._local.look()
            if self._local.has_feed(sender.site, sender.feed):
                raise NotNowError("files of this feed that came before are still on their way to the log")

    async def _known(self, receipt: str) -> bool:
        """Whether State knows it; a State that does not answer in time is left alone for a while."""
        if time.monotonic() < self._state_silent_until:
            return False
        try:
            async with asyncio.timeout(STATE_SECONDS):
                return await asyncio.to_thread(self._state.receipts.get, receipt) is not None
        except (StateError, TimeoutError):
            self._state_silent_until = time.monotonic() + STATE_PAUSE_SECONDS
            return False

    def _arrival(self, sender: "_Sender", sha256: str, size: int) -> Arrival:
        receipt = receipt_id(sender.site, sender.feed, sha256)
        return Arrival(receipt, sender.site, sender.feed, sha256, size, sender.name, sender.content_type, iso(self._clock()))

    async def _commit(self, arrival: Arrival, body: bytes | None) -> None:
        """State learns of it after the log. Killed in between, the next start reads it from the log before anything is accepted."""
        headers = intake_headers(arrival, body is not None)
        key = feed_key(arrival.site, arrival.feed)
        await self._log.append([NewRecord(self._config.topic(INTAKE), key, body or b"", headers)])
        self._metrics.received_bytes.labels(arrival.site, arrival.feed).inc(arrival.size)
        await self._remember(arrival)

    def _answers(self, arrival: Arrival) -> bool:
        """Whether a resend is acknowledged as the file was."""
        feed = self._sites[arrival.site].feed(arrival.feed)
        return feed is not None and feed.answers is not None

    async def _say_again(self, arrival: Arrival) -> None:
        """For whoever acknowledges: this file has come again."""
        said = NewRecord(self._config.topic(OUTCOMES), arrival.receipt.encode(), outcome("duplicate", arrival))
        await self._log.append([said])

    async def _remember(self, arrival: Arrival) -> None:
        """Files that come at the same time share one transaction: whoever finds no other at it writes for all who wait."""
        pending = self._pending
        pending.append(arrival)
        async with self._remembering:
            if self._pending is pending:
                self._pending = []
                await asyncio.to_thread(self._state.receipts.add, pending)

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


class _Sender(NamedTuple):
    """Where a file comes from and what it is called, in the form it is kept in."""

    site: str
    feed: str
    name: str
    content_type: str


class _Turn:
    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.waiting = 0


async def store_body(
    chunks: AsyncIterator[bytes], blobs: Blobs, limits: LimitSettings, take: Callable[[int], None] | None = None
) -> tuple[str, int, bytes | None]:
    """(sha256, size, body when small) of the durable blob. `take` is told of bytes before they are kept, and may refuse them."""
    writer: BlobWriter = await asyncio.to_thread(blobs.writer)
    pending: list[bytes] = []
    waiting = size = 0
    small: bytearray | None = bytearray()
    try:
        async for chunk in chunks:
            size += len(chunk)
            if size > limits.upload_bytes:
                raise TooLargeError(limits.upload_bytes)
            if take is not None:
                take(len(chunk))
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


async def _one(body: bytes) -> AsyncIterator[bytes]:
    yield body


def _finish(writer: BlobWriter, rest: bytes) -> str:
    if rest:
        writer.write(rest)
    return writer.commit()


def _printable(name: str) -> str:
    """A sender's file name as text that can be stored and shown: no control characters, no path, bounded."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c for c in last if c.isprintable()).encode("utf-8", "replace").decode()[:NAME_LENGTH]


__all__ = ["Accepted", "Intake", "TooLargeError", "UnknownFeedError"]
