"""A member of a consumer group on Kafka."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

from gateway.config import KafkaSettings
from gateway.log.kafka import connect, values
from gateway.log.kafka.batches import Placed
from gateway.log.kafka.fetch import EARLIEST, list_offsets
from gateway.log.kafka.lanes import Lane, Lanes
from gateway.log.kafka.link import Link, deadline
from gateway.log.kafka.membership import Membership, group_link
from gateway.log.kafka.positions import read_positions
from gateway.log.kafka.reader import Reader
from gateway.log.kafka.transaction import More, Positions
from gateway.log.kafka.undecided import Topics
from gateway.log.lane import lane_of, require_same
from gateway.seams import Before, Blobs, Committed, Fenced, LogError, LogUnavailable, NewRecord, Places, Record, Report, TopicPartition

UNSTABLE_SECONDS = 2.0
"""A position that a transaction is still said to move so long after its end was answered is looked into by taking a new epoch."""
Place = Callable[[Sequence[NewRecord]], Awaitable[list[Placed]]]
Wrote = Callable[[Places], None]


class KafkaConsumer:
    """Created by `KafkaLog.consumer`. Used from one event loop; several lanes may commit at the same time.

    What a rebalance in the background has given to this member is taken over by the next `poll`; what it has taken away is fenced at once.
    """

    def __init__(
        self, settings: KafkaSettings, arguments: connect.Arguments, blobs: Blobs, group: str, topics: Sequence[str], session_seconds: float,
        heartbeat_seconds: float | None, place: Place, wrote: Wrote, writable: Topics,
    ) -> None:  # fmt: skip
        self._settings = settings
        self._blobs = blobs
        self._group = group
        self._place = place
        self._wrote = wrote
        self._link: Link = group_link(settings, arguments, session_seconds)
        self._membership = Membership(self._link, group, topics, session_seconds, heartbeat_seconds)
        self._lanes = Lanes(settings, arguments, group, writable)
        self._reader = Reader(self._link, settings)
        self._owned: dict[TopicPartition, int] = {}
        self._closed = False
        self._polling = asyncio.Lock()
        self._asked = self._now()

    async def start(self) -> None:
        """Join the group and take over what it gives."""
        try:
            async with deadline(self._settings.request_seconds, f"joining group {self._group}", self._link):
                await self._membership.start()
            until = self._now() + max(self._settings.request_seconds, self._membership.patience)
            while not await self._settle(until):
                if self._now() >= until:
                    raise LogUnavailable(f"joining group {self._group}: the other members and the brokers did not agree in time")
        except BaseException:
            await self.close()
            raise

    @property
    def closed(self) -> bool:
        return self._closed

    @property
    def assignment(self) -> frozenset[TopicPartition]:
        """As of the last `poll`, less what a rebalance has taken away since. While one is under way that is not known."""
        return frozenset(partition for partition in self._owned if not self._membership.settled or self._is_mine(partition))

    async def poll(self, max_records: int = 500, timeout: float = 1.0, without: Collection[TopicPartition] = ()) -> list[Record]:
        """Next records of the assigned partitions but those of `without`, in offset order per partition; empty after `timeout` seconds.

        Raises LogUnavailable when nothing comes for `stall_seconds` although there is something: then this member should be closed.
        """
        async with self._polling:
            try:
                self._reader.idle(self._now() - self._asked, without)
                return await self._poll(max_records, self._now() + timeout, without)
            finally:
                self._asked = self._now()
                self._reader.idle(0, without)

    async def committed(self, partition: TopicPartition) -> Committed | None:
        """The group's position. After a commit whose result was not known it is final only now, and the lane may commit again."""
        self._usable()
        async with deadline(self._settings.request_seconds, f"read position of {partition.topic}/{partition.partition}", self._link):
            lane = self._lanes[partition.partition] if partition in self._owned else None
            link = self._lanes.link(partition.partition)
            if lane is not None and lane.settled:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(min(UNSTABLE_SECONDS, self._settings.request_seconds / 3)):
                        return (await read_positions(link, self._blobs, self._group, [partition])).get(partition)
            if lane is not None:
                await self._take(lane)
            return (await read_positions(link, self._blobs, self._group, [partition])).get(partition)

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """Read on from `offset`. Raises Fenced for a partition that is not this member's now."""
        if not self._is_mine(partition):
            raise Fenced(f"{partition.topic}/{partition.partition} is not assigned to this consumer")
        self._reader.seek(partition, offset)

    async def commit(
        self, positions: Mapping[TopicPartition, Committed], results: Sequence[NewRecord] = (), report: Report | None = None,
        before: Before | None = None,
    ) -> Places:  # fmt: skip
        """Read positions of one lane, results, and what `report` makes of their places, in one transaction. Returns where the results are."""
        if before is not None:
            known = await asyncio.gather(*map(self.committed, before))
            for partition, position in zip(before, known, strict=True):
                require_same(partition, before[partition], position)
        number = lane_of(positions)
        since = {partition: self._owned.get(partition) for partition in positions}
        async with deadline(self._settings.request_seconds, f"commit of group {self._group}", self._lanes.link(number), self._link):
            await self._check(since)
            placed = await self._place(results)
            packed = {p: Committed(at.offset, await values.pack_metadata(self._blobs, at.metadata)) for p, at in positions.items()}
            lane = self._lanes[number]
            try:
                await self._check(since)
                if lane.settled and not lane.ready:
                    await self._take(lane)
                more = None if report is None else self._reporter(report)
                member = self._membership
                where, beside = await lane.commit(placed, Positions(self._group, member.generation, member.member, packed), more)
            except Fenced:
                self._give_up(since)
                raise
        self._wrote([*where, *beside])
        return where

    async def decide(self, partitions: Collection[TopicPartition]) -> None:
        """For partitions in which a transaction is open for too long: end it, if it is of a lane of ours."""
        async with deadline(self._settings.request_seconds, f"ending transactions of group {self._group}", self._link):
            await self._lanes.decide(partitions, self._membership.confirm)

    async def close(self) -> None:
        """Leave the group. Idempotent; does not wait for brokers that are away."""
        if self._closed:
            return
        self._closed = True
        self._owned = {}
        self._membership.changed.set()
        await self._lanes.close(self._membership.confirm)
        await self._membership.close()
        await self._reader.close()
        await self._link.close()

    async def _poll(self, max_records: int, until: float, without: Collection[TopicPartition]) -> list[Record]:
        looked = False
        while True:
            self._usable()
            if await self._settle(until):
                wanted = [partition for partition in self._owned if partition not in without]
                records = self._reader.take(max_records, wanted)
                if records:
                    return await self._restored(records)
                self._watch(wanted)
                left = until - self._now()
                if left <= 0 and looked:
                    return []
                looked = not await self._more(wanted, max(left, 0))
            elif self._now() >= until:
                return []

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def _usable(self) -> None:
        if self._closed:
            raise LogError("this consumer is closed")
        self._membership.check()

    def _is_mine(self, partition: TopicPartition) -> bool:
        since = self._owned.get(partition)
        return since is not None and self._membership.valid(partition, since)

    async def _settle(self, until: float) -> bool:
        """Wait for a rebalance to end and take over what it gave. False when the time is over before."""
        while not self._membership.settled:
            self._usable()
            if self._membership.unsettled_seconds > self._settings.stall_seconds + self._membership.patience:
                raise LogUnavailable(f"group {self._group}: its members and the brokers do not agree on who reads what")
            left = until - self._now()
            if left <= 0:
                return False
            await self._membership.wait_change(min(left, 0.5))
        if self._owned != self._membership.owned:
            try:
                async with deadline(self._settings.request_seconds, f"taking over partitions of group {self._group}", self._link):
                    await self._adopt()
            except Fenced:
                await self._membership.wait_change(0.1)  # until the library begins to join again
                return False
        return self._owned == self._membership.owned

    async def _adopt(self) -> None:
        """Fence the former owners of new lanes, then read where to go on. Kept partitions are not touched."""
        owned = dict(self._membership.owned)
        kept = {partition for partition, since in owned.items() if self._owned.get(partition) == since}
        new = owned.keys() - kept
        numbers = {partition.partition for partition in new}
        for number in numbers:
            self._lanes.forget(number)
        self._lanes.drop({partition.partition for partition in owned})
        self._owned = {partition: since for partition, since in owned.items() if partition in kept}
        if numbers:
            await self._membership.confirm()
        await asyncio.gather(*(self._lanes[number].take() for number in numbers))
        starts = await self._starts(new) if new else {}
        self._reader.place(starts, kept)
        self._owned = owned

    async def _starts(self, partitions: Collection[TopicPartition]) -> dict[TopicPartition, int]:
        """Committed positions, the start of the log where there are none."""
        committed = await read_positions(self._link, self._blobs, self._group, partitions)
        missing = {partition: EARLIEST for partition in partitions if partition not in committed}
        first = await list_offsets(self._link, missing) if missing else {}
        return {partition: committed[partition].offset if partition in committed else first[partition] for partition in partitions}

    async def _more(self, wanted: Collection[TopicPartition], seconds: float) -> bool:
        """Wait for records, at most so long. Whether it is worth to look again at once."""
        self._membership.changed.clear()
        if not wanted:
            await self._membership.wait_change(seconds)
            return False
        try:
            async with asyncio.timeout(max(seconds, self._settings.request_seconds)):
                return await self._reader.bring(wanted, seconds, self._membership.changed)
        except (TimeoutError, LogUnavailable):
            await self._membership.wait_change(min(seconds, 0.2))
            return False

    def _watch(self, wanted: Collection[TopicPartition]) -> None:
        """Nothing has come for too long from a partition that has something, or that nobody can read."""
        late = self._now() - self._settings.stall_seconds
        stalled = [partition for partition in wanted if self._reader.alive[partition] < late]
        if stalled:
            reason = f" ({self._link.trouble})" if self._link.trouble else ""
            raise LogUnavailable(
                f"{stalled[0].topic}/{stalled[0].partition}: nothing could be read for {self._settings.stall_seconds:g} seconds{reason}"
            )

    async def _restored(self, records: Sequence[Record]) -> list[Record]:
        """With their values, of those partitions that are still ours. Where a value cannot be had the partition is read again from there."""
        mine = self._owned
        ours = [record for record in records if TopicPartition(record.topic, record.partition) in mine]
        if not any(values.is_reference(record) for record in ours):
            return ours
        whole = []
        by_partition: dict[TopicPartition, list[Record]] = {}
        for record in ours:
            by_partition.setdefault(TopicPartition(record.topic, record.partition), []).append(record)
        problem: LogError | None = None
        for partition, some in by_partition.items():
            try:
                restored = await values.restore(self._blobs, some)
            except LogError as error:
                restored, problem = [], error
            if len(restored) < len(some) and partition in self._owned:
                self._reader.seek(partition, some[len(restored)].offset)
            whole += restored
        if problem is not None and not whole:
            raise problem
        return whole

    async def _check(self, since: Mapping[TopicPartition, int | None]) -> None:
        """Raises Fenced unless all partitions have been ours since then without a break. A rebalance under way decides that first."""
        if self._closed:
            raise Fenced(f"group {self._group}: this consumer is closed")
        while not self._membership.settled and self._membership.generation >= 0 and not self._closed:
            await self._membership.wait_change(0.5)
        for partition, generation in since.items():
            if generation is None or not self._membership.valid(partition, generation):
                raise Fenced(f"group {self._group}: {partition.topic}/{partition.partition} is not this member's, or was not all the while")

    def _give_up(self, since: Mapping[TopicPartition, int | None]) -> None:
        """Another member may have this lane: read nothing of it until the next poll has taken it over again, which may have happened already."""
        if all(self._owned.get(partition) == generation for partition, generation in since.items()):
            number = lane_of(since)
            self._owned = {partition: generation for partition, generation in self._owned.items() if partition.partition != number}

    def _reporter(self, report: Report) -> More:
        async def more(where: Places) -> list[Placed]:
            return await self._place(report(where))

        return more

    async def _take(self, lane: Lane) -> None:
        """A new epoch for a lane of ours, but only as a member in good standing: else it would fence the rightful owner."""
        await self._membership.confirm()
        await lane.take()
