"""What a transaction has left undecided although its coordinator has ended it.

A broker that coordinates a transaction forgets the marker of a partition that has no leader when it is to be written (KAFKA-20734, seen in
4.3 and 4.4), as when the only broker that has it was restarted. Records and read positions then stay neither committed nor aborted, for ever, and
nobody can read what is behind them. The coordinator still knows how the transaction ended, until its producer takes a new epoch.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from gateway.log.kafka.errors import UNSTABLE
from gateway.log.kafka.fetch import LATEST, list_offsets
from gateway.log.kafka.link import BACKOFF_SECONDS, Link
from gateway.log.kafka.states import ABORTED, COMMITTED, TransactionState, open_transactions
from gateway.log.kafka.wire import GROUP, READ_UNCOMMITTED, OffsetFetchRequest
from gateway.seams import TopicPartition

Topics = Callable[[str], bool]
"""Whether a topic is one that our producers write to."""


class Scope(NamedTuple):
    """What a producer may write to: topics, and positions of a group in partitions of this number, if it commits any."""

    topics: Topics
    group: str | None = None
    number: int = 0


class Undecided(NamedTuple):
    """Partitions with records of a producer, and whether there are read positions too."""

    partitions: Sequence[TopicPartition]
    positions: bool

    def __bool__(self) -> bool:
        return bool(self.partitions) or self.positions


class Ended(NamedTuple):
    """How the last transaction of a producer's epoch ended."""

    producer: int
    committed: bool

    @classmethod
    def of(cls, state: TransactionState | None, before: "Ended | None") -> "Ended | None":
        """`before`: what was known of the same producer; a new epoch makes the coordinator forget."""
        if state is not None and state.name in COMMITTED | ABORTED:
            return cls(state.producer, state.name in COMMITTED)
        return before if state is not None and before is not None and before.producer == state.producer else None


async def undecided(link: Link, scope: Scope, producer: int) -> Undecided:
    """Of a transaction that its coordinator says is over. Waits until every partition has a leader; callers bound the time."""
    held = await held_back(link, scope.topics)
    return Undecided(await open_of(link, held, producer), await _positions_open(link, scope))


async def held_back(link: Link, topics: Topics) -> dict[TopicPartition, int]:
    """Partitions with records that are not decided, and where the first of them stands. Waits and is bounded likewise."""
    await link.refresh()
    cluster = (await link.client()).cluster
    partitions = [TopicPartition(topic, number) for topic in cluster.topics() if topics(topic) for number in cluster.partitions_for_topic(topic)]
    asked = dict.fromkeys(partitions, LATEST)
    stable, written = await asyncio.gather(list_offsets(link, asked), list_offsets(link, asked, READ_UNCOMMITTED))
    return {partition: stable[partition] for partition in partitions if stable[partition] < written[partition]}


async def open_of(link: Link, partitions: Iterable[TopicPartition], producer: int) -> list[TopicPartition]:
    """Those of the partitions in which a producer has a transaction open. Waits and is bounded likewise."""
    found: list[TopicPartition] = []
    left = list(partitions)
    while left:
        for node, some in (await link.by_leader(left)).items():
            answer = await open_transactions(link, node, some, producer)
            if answer is not None:
                found += answer
                left = [partition for partition in left if partition not in some]
        if left:
            await asyncio.sleep(BACKOFF_SECONDS)
            await link.refresh()
    return found


async def _positions_open(link: Link, scope: Scope) -> bool:
    """Asked for by name: of "all" the brokers leave out what is being committed for the first time."""
    if scope.group is None:
        return False
    topics = (await link.client()).cluster.topics()
    request = OffsetFetchRequest(scope.group, [(topic, [scope.number]) for topic in topics if scope.topics(topic)], True)
    doing = f"read positions of group {scope.group}"
    answer = await link.ask_coordinator(GROUP, scope.group, request, _code, doing, again=True)
    return any(row[4] == UNSTABLE for _, rows, _ in answer.topics for row in rows)


def _code(answer: Any) -> int:
    codes = [answer.error_code, *(row[4] for _, rows, _ in answer.topics for row in rows)]
    return int(next((code for code in codes if code not in (0, UNSTABLE)), 0))
