"""The lanes that a member owns: for each a transactional producer of its own, whose epoch fences the lane's former owner."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence

from gateway.config import KafkaSettings
from gateway.log.kafka import connect
from gateway.log.kafka.batches import Placed
from gateway.log.kafka.link import Link
from gateway.log.kafka.transaction import More, Positions, Transactor
from gateway.log.kafka.undecided import Scope, Topics
from gateway.seams import LogUnavailable, Places, TopicPartition

LINKS = 4
"""Connections that the lanes of a member share: a broker works on one request of a connection after the other."""
END_SECONDS = 1.0


class Lane:
    """One lane. `settled`: its producer has met no error since the lane's position was read."""

    def __init__(self, transactor: Transactor) -> None:
        self.settled = False
        self._transactor = transactor
        self._turn = asyncio.Lock()
        self._open = False

    async def take(self) -> None:
        """Fence whoever had the lane, and end what is open of it. After this its committed position is final."""
        async with self._turn:
            await self._transactor.start()
            self._open = False
            self.settled = True

    async def commit(self, records: Sequence[Placed], positions: Positions, more: More | None) -> tuple[Places, Places]:
        """Raises LogUnavailable also when an earlier commit's result is not known and the position was not read since."""
        async with self._turn:
            if not self.settled:
                raise LogUnavailable("whether the last commit was written is not known; the committed position says it")
            self.settled = False
            self._open = True
            places = await self._transactor.run(records, positions, more)
            self._open = False
            self.settled = True
            return places

    @property
    def busy(self) -> bool:
        return self._turn.locked()

    @property
    def ready(self) -> bool:
        """Needs no new epoch before its next commit."""
        return self._transactor.ready

    async def decide(self, partitions: Collection[TopicPartition], confirm: Callable[[], Awaitable[None]]) -> None:
        """Nothing of this lane has been under way for long: what is open in the partitions is undecided."""
        if self.settled and not self.busy and await self._transactor.holds(partitions):
            await confirm()
            await self.take()

    async def end_open(self, confirm: Callable[[], Awaitable[None]]) -> None:
        """Abort what a commit has left open, so that readers need not wait for the brokers to do so. Best effort, if the lane is still ours."""
        if self._open:
            async with asyncio.timeout(END_SECONDS):
                await confirm()
                await self.take()


class Lanes:
    def __init__(self, settings: KafkaSettings, arguments: connect.Arguments, group: str, topics: Topics) -> None:
        self._settings = settings
        self._group = group
        self._topics = topics
        self._links = [Link(settings, arguments) for _ in range(LINKS)]
        self._lanes: dict[int, Lane] = {}

    def __getitem__(self, number: int) -> Lane:
        if number not in self._lanes:
            scope = Scope(self._topics, self._group, number)
            self._lanes[number] = Lane(Transactor(self.link(number), self._settings, f"{self._group}-{number}", scope))
        return self._lanes[number]

    def link(self, number: int) -> Link:
        return self._links[number % LINKS]

    def drop(self, keep: set[int]) -> None:
        """Forget the lanes that are not ours any more; their new owners fence them."""
        self._lanes = {number: lane for number, lane in self._lanes.items() if number in keep}

    def forget(self, number: int) -> None:
        """Unless it has only failed: then its producer knows what it was about to decide."""
        lane = self._lanes.get(number)
        if lane is not None and (lane.settled or lane.busy):
            del self._lanes[number]

    async def decide(self, partitions: Collection[TopicPartition], confirm: Callable[[], Awaitable[None]]) -> None:
        for lane in list(self._lanes.values()):
            await lane.decide(partitions, confirm)

    async def close(self, confirm: Callable[[], Awaitable[None]]) -> None:
        """`confirm` raises when this is no member of its group any more."""
        await asyncio.gather(*(lane.end_open(confirm) for lane in self._lanes.values()), return_exceptions=True)
        await asyncio.gather(*(link.close() for link in self._links))
