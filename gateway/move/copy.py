"""A whole gateway, log, blobs and State, to another place: `clearplane log copy`."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import NamedTuple, TypeVar

from gateway.config import Config, prepare_data_dir
from gateway.log.once import Readable, once
from gateway.move.blobs import BlobTally, copy_blobs
from gateway.move.groups import GROUPS, carry_positions, end_transactions, live_groups, member_of, waiting_files
from gateway.move.mark import GROUP, Mark
from gateway.move.plan import Moved, Pair, pairs_of
from gateway.move.records import Tally, carry, compare
from gateway.move.state import PARTS, copy_state, is_used
from gateway.pipeline.messages import INTAKE
from gateway.pipeline.relocate import relocated_position, relocated_record
from gateway.pipeline.services import EVENT_TOPICS
from gateway.seams import Blobs, Committed, Consumer, Fenced, Headers, Log, LogError, LogUnavailable, Record, TopicPartition
from gateway.state import State
from gateway.stores import blob_place, open_blobs, open_log, open_state

QUIET_SECONDS = 12.0
PATIENCE_SECONDS = 60.0
"""How long a log may be away without any progress."""
PAUSE_SECONDS = 0.5
T = TypeVar("T")
Progress = Callable[[str, int, int], None]
"""(what, done, of how many)"""


class CopyRefusedError(Exception):
    """The copy is not begun: the sentence says what to change."""


class Place(NamedTuple):
    """One gateway's stores."""

    config: Config
    log: Log
    state: State
    blobs: Blobs


class Copied(NamedTuple):
    """What a copy did; `tallies` by topic, without prefix, of records that were compared on both sides."""

    tallies: dict[str, Tally]
    blobs: BlobTally | None
    positions: int
    rows: dict[str, int]
    seconds: float


@asynccontextmanager
async def opened(config: Config) -> AsyncIterator[Place]:
    """Log, State and blobs of a configuration. Raises ConfigError, LogError, BlobError, StateError, SecretError."""
    await asyncio.to_thread(prepare_data_dir, config.data_dir)
    async with AsyncExitStack() as stack:
        log = await open_log(config)
        stack.push_async_callback(log.close)
        state = await asyncio.to_thread(open_state, config)
        stack.push_async_callback(asyncio.to_thread, state.close)
        yield Place(config, log, state, await asyncio.to_thread(open_blobs, blob_place(config)))


class Copy:
    """From `source` to `target`. Raises CopyRefusedError; LogError, BlobError or StateError half-way: the next run goes on."""

    def __init__(self, source: Place, target: Place, progress: Progress = lambda what, done, total: None) -> None:
        self._source, self._target, self._progress = source, target, progress
        self._alive = time.monotonic()

    async def run(self, force: bool = False) -> Copied:
        began = time.monotonic()
        source, target = self._source, self._target
        if target.config.state_url == source.config.state_url:
            raise CopyRefusedError("source and target have the same State; give the target another data_dir or [state] url")
        await self._check_quiet(force)
        known = await source.log.topics()
        stages = pairs_of(source.config, target.config, known)
        pairs = [pair for stage in stages for pair in stage]
        await target.log.create_topics(target.config.topic_specs())
        if source.log.log_id == target.log.log_id:
            raise CopyRefusedError("source and target are the same log")
        if not force:
            await end_transactions(source.config, source.log, known)
        marks = await self._patiently(partial(self._as_member, pairs, partial(self._marked, pairs)))
        moved = Moved(source.log.log_id, target.log.log_id, source.config.topic(INTAKE), pairs)
        tallies = await self._log(stages, moved, marks)
        blobs = await self._blobs()
        positions = await self._positions(moved)
        await self._check_unchanged(moved)
        appended = max((tally.latest for tally in tallies.values()), default=0)
        told = partial(self._told, "parts of State", PARTS)
        rows = await asyncio.to_thread(copy_state, source.state, target.state, moved, appended, blobs is not None, told)
        await self._patiently(partial(self._as_member, pairs, partial(self._done, pairs)))
        return Copied(tallies, blobs, positions, rows, time.monotonic() - began)

    # -- may it begin, may it end

    async def _check_quiet(self, force: bool) -> None:
        """Nobody works on either side, and no file waits on the way. A gateway killed a moment ago is forgotten soon."""
        if waiting := await waiting_files(self._source.config):
            raise CopyRefusedError(f"{waiting} files wait on this node for the brokers; let a gateway run until they are forwarded, then copy")
        for config, side in ((self._source.config, "source"), (self._target.config, "target")):
            until = time.monotonic() + QUIET_SECONDS
            while not force and (live := await live_groups(config)):
                if time.monotonic() > until:
                    raise CopyRefusedError(f"a gateway runs on the {side} (groups with members: {', '.join(live)}); stop every one, then copy")
                await asyncio.sleep(PAUSE_SECONDS)

    async def _marked(self, pairs: Iterable[Pair], consumer: Consumer) -> dict[Pair, Mark]:
        """Every partition of the target says what is copied to it, before the first record is."""
        marks = {pair: Mark.of(await consumer.committed(pair.target)) for pair in pairs}
        log_id = self._source.log.log_id
        if any(mark is not None and mark.log != log_id for mark in marks.values()):
            raise CopyRefusedError("the target holds a copy of another log; name an empty one")
        if marks and all(mark is not None and mark.stage == "done" for mark in marks.values()):
            raise CopyRefusedError("this copy is finished; gateways can run on the target")
        if not any(marks.values()):
            await self._check_empty(marks)
        found = {}
        for pair, mark in marks.items():
            if mark is None:
                first = (await self._source.log.offsets(pair.source))[0]
                mark = Mark(log_id, first, first)
                await consumer.commit({pair.target: mark.position()})
            found[pair] = mark
        return found

    async def _check_empty(self, pairs: Iterable[Pair]) -> None:
        for pair in pairs:
            if (await self._target.log.offsets(pair.target))[1]:
                raise CopyRefusedError(f"the target is not empty: {pair.target.topic} has had records; name an empty one")
        if await asyncio.to_thread(is_used, self._target.state):
            raise CopyRefusedError("the State of the target is not empty; name an empty one")

    async def _check_unchanged(self, moved: Moved) -> None:
        """Nobody has written to the source since it was compared."""
        for pair, offsets in moved.maps.items():
            if (await self._source.log.offsets(pair.source))[1] != offsets.end.old:
                place = f"{pair.source.topic}/{pair.source.partition}"
                raise LogError(f"{place} of the source was written to while it was copied; stop whoever does, and copy again: it goes on")

    async def _done(self, pairs: Iterable[Pair], consumer: Consumer) -> None:
        for pair in pairs:
            mark = Mark.of(await consumer.committed(pair.target))
            if mark is not None:
                await consumer.commit({pair.target: mark._replace(stage="done").position()})

    # -- log

    async def _log(self, stages: list[list[Pair]], moved: Moved, marks: dict[Pair, Mark]) -> dict[str, Tally]:
        tallies: dict[str, Tally] = {}
        total = await self._records(pair for stage in stages for pair in stage)
        copied = compared = 0

        def content(pair: Pair, record: Record) -> tuple[bytes, Headers]:
            return relocated_record(pair.name, record, moved)

        def on_copied(count: int) -> None:
            nonlocal copied
            self._told("records copied", total, copied := copied + count)

        def on_compared(count: int) -> None:
            nonlocal compared
            self._told("records compared", total, compared := compared + count)

        for stage in stages:
            step = partial(carry, self._reader, {pair: marks[pair] for pair in stage}, content, on_copied)
            await self._patiently(partial(self._as_member, stage, step))
            for pair in stage:
                look = partial(compare, self._reader(pair), self._target.log, pair, marks[pair].start, content, on_compared)
                moved.maps[pair], tally = await self._patiently(look)
                tallies[pair.name] = tallies.get(pair.name, Tally()).plus(tally)
        return tallies

    def _reader(self, pair: Pair) -> Readable:
        """Events that stand twice on the source stand once on a log whose readers do not expect that."""
        source, target = self._source.log, self._target.log
        if pair.name in EVENT_TOPICS and source.may_repeat and not target.may_repeat:
            return once(source, self._source.config.log.repeat_window)
        return source

    async def _records(self, pairs: Iterable[Pair]) -> int:
        """At most so many."""
        return sum(end - first for first, end in [await self._source.log.offsets(pair.source) for pair in pairs])

    async def _as_member(self, pairs: Iterable[Pair], step: Callable[[Consumer], Awaitable[T]]) -> T:
        """With the only member of the group `copy` of the target."""
        consumer = await member_of(self._target.log, GROUP, [pair.target for pair in pairs])
        try:
            return await step(consumer)
        finally:
            await consumer.close()

    async def _patiently(self, step: Callable[[], Awaitable[T]]) -> T:
        """Again while a log is away, or does not say whether something was written: what was is found by the marks."""
        self._alive = time.monotonic()
        while True:
            try:
                return await step()
            except (LogUnavailable, Fenced):
                if time.monotonic() - self._alive > PATIENCE_SECONDS:
                    raise
                await asyncio.sleep(PAUSE_SECONDS)

    def _told(self, what: str, total: int, done: int) -> None:
        self._alive = time.monotonic()
        self._progress(what, done, total)

    # -- the rest

    async def _blobs(self) -> BlobTally | None:
        if blob_place(self._source.config) == blob_place(self._target.config):
            return None
        done = 0

        def on_copied(count: int) -> None:
            nonlocal done
            done += count
            self._told("stored files", done, done)

        return await copy_blobs(self._source.blobs, self._target.blobs, on_copied)

    async def _positions(self, moved: Moved) -> int:
        """Of every group of a gateway; how many."""

        def renamed(partition: TopicPartition) -> TopicPartition:
            return TopicPartition(moved.topic(partition.topic), partition.partition)

        def relocated(group: str, partition: TopicPartition, committed: Committed) -> Committed:
            return relocated_position(group, partition, committed, moved)

        calls = [partial(carry_positions, self._source.log, self._target.log, group, renamed, partial(relocated, group)) for group in GROUPS]
        return sum([await self._patiently(call) for call in calls])
