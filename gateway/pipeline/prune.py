"""Retention: records by topic, then the blobs that nothing kept refers to any more."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple

from gateway.config import Config
from gateway.pipeline import normaliser, publisher
from gateway.pipeline.formats import MESSAGE_KEYS, WINDOW_DAYS
from gateway.pipeline.messages import INTAKE, OUTCOMES, WORK
from gateway.pipeline.services import EVENT_TOPICS
from gateway.seams import Blobs, Log, TopicPartition
from gateway.state import Receipt, State, StateError
from gateway.state.database import Clock, iso, utc_now

logger = logging.getLogger("clearplane.pipeline")
SLACK_MS = 86_400_000
"""How far clocks may have differed: a blob is kept until all records of its partitions are younger by this than its events."""
COMPLETE_SINCE = "complete_since"
BLOBS_AT_ONCE = 50
PRUNED_AT, NEVER = "pruned_at", ""
LOOK_SECONDS = 3600.0
EVERY = timedelta(hours=23)
"""Between two prunes; a look an hour later finds a day gone."""


class Pruned(NamedTuple):
    """`records` by partition; `blobs` deleted after retention; `orphans`: blobs that no receipt names, and how many of them were deleted."""

    records: dict[TopicPartition, int]
    blobs: int
    orphans: int
    swept: int


class Pruner:
    """`window_days`: the longest time a control id of HL7 v2 counts.

    `COMPLETE_SINCE` is when State began to see every receipt: an older blob without one may belong to events, and is only reported.
    """

    def __init__(self, config: Config, log: Log, blobs: Blobs, state: State, clock: Clock = utc_now, window_days: int = WINDOW_DAYS) -> None:
        self._config, self._log, self._blobs, self._state, self._clock = config, log, blobs, state, clock
        self._window_days = window_days

    async def run(self) -> None:
        """Retention without being asked, once a day. The first look is an hour after the start, so that a crash loop does not spend itself on it."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self.daily()

    async def daily(self) -> Pruned | None:
        """Prune unless it was done within a day, or another process is at it. One that failed is due again, and one of a clock that was set back."""
        follow, moment = self._state.follow, self._clock()
        before, now = await asyncio.to_thread(follow.recall, PRUNED_AT), iso(moment)
        if before is not None and iso(moment - EVERY) < before < iso(moment + EVERY):
            return None
        if not await asyncio.to_thread(follow.claim, PRUNED_AT, before, now):
            return None
        try:
            return await self.prune()
        except BaseException:
            with suppress(StateError):
                await asyncio.to_thread(follow.claim, PRUNED_AT, now, before or NEVER)
            raise

    async def prune(self) -> Pruned:
        unread = await self._unread_since()
        records = await self._prune_log(unread)
        await self._forget_links()
        before = iso(self._clock() - timedelta(days=self._window_days))
        await asyncio.to_thread(self._state.ledger.forget, MESSAGE_KEYS, before)
        starts = await self._starts()
        now = self._clock()
        programs = await asyncio.to_thread(self._state.follow.programs)
        since = await asyncio.to_thread(self._state.follow.fact, COMPLETE_SINCE, iso(now))
        cutoff = (now - timedelta(hours=self._config.blobs.grace_hours)).timestamp()
        if unread is not None:  # bytes that came without a blob were packed for work that State has yet to hear of
            cutoff = min(cutoff, (unread - SLACK_MS) / 1000)
        complete = datetime.fromisoformat(since).timestamp()
        deleted = orphans = swept = 0
        found = iter(self._blobs.list())
        # a few at a time: a blob that is written again meanwhile has a new age when its turn comes
        while some := await asyncio.to_thread(lambda: list(islice(found, BLOBS_AT_ONCE))):
            for sha256, _, modified in some:
                if modified >= cutoff or sha256 in programs:
                    continue
                receipts = await asyncio.to_thread(self._receipts_of, sha256)
                gone = await self._expired(receipts, starts, now) if receipts else modified >= complete
                if gone:
                    await asyncio.to_thread(self._blobs.delete, sha256)
                deleted, orphans, swept = deleted + (gone and bool(receipts)), orphans + (not receipts), swept + (gone and not receipts)
        return Pruned(records, deleted, orphans, swept)

    async def _unread_since(self) -> int | None:
        """When the oldest record was appended that a stage has still to read on the way from `intake` to State, ms; None when there is none."""
        times = []
        for group, name in ((normaliser.GROUP, INTAKE), (publisher.GROUP, WORK)):
            positions = await self._log.group_positions(group)
            times += [
                await self._first_time(name, {at.partition: found.offset for at, found in positions.items() if at.topic == self._config.topic(name)})
            ]
        times.append(await self._first_time(OUTCOMES, await asyncio.to_thread(self._state.follow.positions, self._config.topic(OUTCOMES))))
        return min((time for time in times if time is not None), default=None)

    async def _first_time(self, name: str, positions: Mapping[int, int]) -> int | None:
        found = []
        for number in range(self._config.partitions(name)):
            partition = TopicPartition(self._config.topic(name), number)
            at = max(positions.get(number, 0), (await self._log.offsets(partition))[0])
            found += [record.timestamp for record in await self._log.read(partition, at, 1)]
        return min(found, default=None)

    async def _prune_log(self, unread: int | None) -> dict[TopicPartition, int]:
        """Nothing goes while a message waits, unread, that the retention of `intake` has reached: its bytes may be nowhere else."""
        spec = next(spec for spec in self._config.topic_specs() if spec.name == self._config.topic(INTAKE))
        if unread is not None and spec.retention_ms is not None and unread < self._clock().timestamp() * 1000 - spec.retention_ms * 0.9:
            logger.error("retention waits: records have not been read for so long that it would take them; look at the lag of the groups")
            return {}
        return await self._log.prune()

    async def _forget_links(self) -> None:
        """Keys of events that are on the log no more. A topic that keeps its events for ever keeps them too."""
        kept = [spec.retention_ms for spec in self._config.topic_specs() if spec.name in map(self._config.topic, EVENT_TOPICS)]
        if None not in kept:
            longest = max(filter(None, kept), default=0)
            await asyncio.to_thread(self._state.links.forget, iso(self._clock() - timedelta(milliseconds=longest)))

    def _receipts_of(self, sha256: str) -> list[Receipt]:
        """Files with these bytes, or that they acknowledge."""
        answered = (self._state.receipts.get(receipt) for receipt in self._state.answers.receipts_of_blob(sha256))
        return [*self._state.receipts.of_blob(sha256), *(found for found in answered if found is not None)]

    async def _starts(self) -> dict[TopicPartition, int | None]:
        """Per partition the time of its first record kept, ms; None when it is empty."""
        starts: dict[TopicPartition, int | None] = {}
        for spec in (await self._log.topics()).values():
            for number in range(spec.partitions):
                partition = TopicPartition(spec.name, number)
                records = await self._log.read(partition, (await self._log.offsets(partition))[0], 1)
                starts[partition] = records[0].timestamp if records else None
        return starts

    async def _expired(self, receipts: list[Receipt], starts: dict[TopicPartition, int | None], now: datetime) -> bool:
        """Every receipt of the blob is settled, past retention, and has no event left on the log."""
        oldest = iso(now - timedelta(days=self._config.blobs.retention_days))
        for receipt in receipts:
            if receipt.finished_at is None or receipt.finished_at > oldest:
                return False
            for place in await asyncio.to_thread(self._state.receipts.all_places, receipt.receipt):
                first = starts.get(TopicPartition(place.topic, place.partition))
                if first is not None and first <= place.at + SLACK_MS:
                    return False
        return True
