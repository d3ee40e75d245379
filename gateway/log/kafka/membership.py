"""Membership of a consumer group: which partitions are this member's, and since when without a break.

Joining, heartbeats and rebalances are aiokafka's group coordinator. It runs in the background and only marks here what changed, so that no
slow work of ours can cost the session.
"""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from typing import Any

from gateway.config import KafkaSettings
from gateway.log.kafka import connect
from gateway.log.kafka.assignor import LaneAssignor
from gateway.log.kafka.errors import REBALANCING, lost
from gateway.log.kafka.link import Link
from gateway.log.kafka.wire import GROUP, ConsumerRebalanceListener, GroupCoordinator, HeartbeatRequest, KafkaError, SubscriptionState
from gateway.seams import Fenced, LogUnavailable, TopicPartition

HEARTBEAT_SECONDS = 1.0
IDLE_SECONDS = 300.0
"""A member that polls nothing for so long leaves the group (max.poll.interval)."""
LEAVE_SECONDS = 2.0
REBALANCE_SECONDS = 6.0
"""How long a rebalance waits for a member to join again, at most."""
logger = logging.getLogger(__name__)


class Membership(ConsumerRebalanceListener):  # type: ignore[misc]
    """`owned`: partitions of this member, each with the generation since which it has been so. Empty while the group is rebalancing.

    `changed` is set when any of this changes.
    """

    def __init__(self, link: Link, group: str, topics: Sequence[str], session_seconds: float, heartbeat_seconds: float | None = None) -> None:
        self.group = group
        self.owned: dict[TopicPartition, int] = {}
        self.settled = False
        self.changed = asyncio.Event()
        self._link = link
        self._topics = frozenset(topics)
        self._session = session_seconds
        self._heartbeat = heartbeat_seconds or min(HEARTBEAT_SECONDS, session_seconds / 3)
        self._moving_since = asyncio.get_running_loop().time()
        self._before: dict[TopicPartition, int] = {}
        self._last: tuple[int, str] = (-1, "")
        self._assignor = LaneAssignor()
        self._subscription: SubscriptionState = None
        self._coordinator: GroupCoordinator = None

    @property
    def generation(self) -> int:
        """-1: not a member now."""
        return int(self._coordinator.generation)

    @property
    def member(self) -> str:
        return str(self._coordinator.member_id)

    async def start(self) -> None:
        """Begin to join. Raises LogUnavailable when the brokers are away."""
        client = await self._link.client()
        self._subscription = SubscriptionState()
        self._subscription.register_fetch_waiters(set())  # the library's own reader would; errors are told through it
        self._coordinator = GroupCoordinator(
            client,
            self._subscription,
            group_id=self.group,
            session_timeout_ms=round(self._session * 1000),
            heartbeat_interval_ms=max(1, round(self._heartbeat * 1000)),
            retry_backoff_ms=50,
            enable_auto_commit=False,
            assignors=(self._assignor,),
            max_poll_interval_ms=round(IDLE_SECONDS * 1000),
            rebalance_timeout_ms=round(min(self._session, REBALANCE_SECONDS) * 1000),
        )
        self._subscription.subscribe(set(self._topics), listener=self)
        client.set_topics(self._topics)

    @property
    def unsettled_seconds(self) -> float:
        """How long the rebalance under way has lasted."""
        return 0.0 if self.settled else asyncio.get_running_loop().time() - self._moving_since

    def check(self) -> None:
        """Say that the member is being used. Raises LogUnavailable when the library's task has died, LogError when the group is refused to us."""
        with self._subscription.fetch_context():
            pass
        task = self._coordinator._coordination_task
        if task.done():
            reason = "cancelled" if task.cancelled() else type(task.exception()).__name__
            raise LogUnavailable(f"consumer group {self.group}: its coordination has ended ({reason})")
        try:
            self._coordinator.check_errors()
        except KafkaError as error:
            raise lost(error, f"consumer group {self.group}") from None

    def valid(self, partition: TopicPartition, since: int) -> bool:
        """Whether the partition has been ours ever since that generation."""
        return self.generation >= 0 and self.owned.get(partition) == since

    async def wait_change(self, seconds: float) -> None:
        """Returns when something changed, at the latest after `seconds`."""
        self.changed.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.changed.wait()

    async def on_partitions_revoked(self, revoked: object) -> None:
        """A rebalance begins. Nothing is ours until it has ended."""
        if self.settled:
            self._moving_since = asyncio.get_running_loop().time()
        self.settled = False
        self._before, self.owned = self.owned or self._before, {}
        self.changed.set()

    async def on_partitions_assigned(self, assigned: object) -> None:
        """What we also had in the generation just before has been ours without a break, if we took part in both as the same member."""
        generation, member = self.generation, self.member
        kept = self._before if self._last == (generation - 1, member) else {}
        partitions = [TopicPartition(*partition) for partition in assigned]  # type: ignore[attr-defined]
        self.owned = {partition: kept.get(partition, generation) for partition in partitions}
        self._before = {}
        self._last = generation, member
        self._assignor.remember(generation, {partition.partition for partition in partitions})
        self.settled = True
        self.changed.set()

    @property
    def patience(self) -> float:
        """Seconds that a rebalance may take."""
        return self._session + self._heartbeat + 2

    async def confirm(self) -> None:
        """Ask the coordinator whether this member is one. Raises Fenced when it is not."""
        while not self.settled and self.generation >= 0:
            await self.wait_change(0.5)
        generation = self.generation
        request = HeartbeatRequest(self.group, generation, self.member)
        try:
            if generation < 0:
                raise Fenced(f"group {self.group}: this member was removed from its group")
            await self._link.ask_coordinator(GROUP, self.group, request, _beat_code, f"consumer group {self.group}", again=True)
        except Fenced:
            if self.generation == generation >= 0:
                self._coordinator.reset_generation()
            raise

    async def close(self) -> None:
        """Leave the group, so that others take over at once; not later than LEAVE_SECONDS when no broker answers."""
        self.owned = {}
        self.changed.set()
        if self._coordinator is None:
            return
        closing = asyncio.ensure_future(self._coordinator.close())
        done, _ = await asyncio.wait([closing], timeout=LEAVE_SECONDS)
        if not done:
            closing.cancel()
            for task in (self._coordinator._coordination_task, self._coordinator._heartbeat_task, self._coordinator._commit_refresh_task):
                if task is not None:
                    task.cancel()
        with contextlib.suppress(asyncio.CancelledError, KafkaError):
            await closing


def group_link(settings: KafkaSettings, arguments: connect.Arguments, session_seconds: float) -> Link:
    """A link of its own: joining waits for the other members, and reading for records. Neither may hold up, or be cut off by, anything else."""
    return Link(settings, arguments, min(session_seconds, REBALANCE_SECONDS) + 1)


def _beat_code(answer: Any) -> int:
    """A rebalance that has just begun does not make the member another one."""
    return 0 if answer.error_code == REBALANCING else int(answer.error_code)
