"""A transactional producer: results and read positions appear together or not at all.

The calls are Kafka's first version of them (before KIP-890), in which a late request of an earlier transaction can hit a later one of the
same producer epoch. So a producer that has missed any answer or met any error is given a new epoch before it does anything again: whatever
of the old epoch is still on its way is then refused by the brokers, and its open transaction is ended. What its ended ones have left undecided is
decided as its coordinator ended them, by a transaction of the new epoch: a marker holds for whatever a producer has open in a partition.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from gateway.config import KafkaSettings
from gateway.log.kafka.batches import Placed, ProducerId, batch_bytes
from gateway.log.kafka.errors import CONCURRENT_TRANSACTIONS, RESET
from gateway.log.kafka.link import Link
from gateway.log.kafka.produce import Production
from gateway.log.kafka.states import ENDING, ONGOING, transaction_state
from gateway.log.kafka.undecided import Ended, Scope, Undecided, open_of, undecided
from gateway.log.kafka.wire import (
    GROUP,
    TRANSACTION,
    AddOffsetsToTxnRequest,
    AddPartitionsToTxnRequest,
    EndTxnRequest,
    InitProducerIdRequest,
    TxnOffsetCommitRequest,
)
from gateway.seams import Committed, Fenced, LogUnavailable, Places, TopicPartition

ABORT, COMMIT = 0, 1
FIRST_PAUSE, LONGEST_PAUSE = 0.005, 0.5
"""While an earlier transaction is being ended."""
NO_EPOCH = -1
NOT_ATTEMPTED = 55
"""The code of what was left undone because of another one's error."""

More = Callable[[Places], Awaitable[Sequence[Placed]]]
logger = logging.getLogger(__name__)


class Positions(NamedTuple):
    """Read positions of a group's member, with their text as it is stored. A generation that is over is refused by the coordinator."""

    group: str
    generation: int
    member: str
    at: Mapping[TopicPartition, Committed]


class Transactor:
    """One transactional id. Its callers take turns and bound the time. `ready`: its epoch has met no error."""

    def __init__(self, link: Link, settings: KafkaSettings, transactional_id: str, scope: Scope) -> None:
        self.ready = False
        self._link = link
        self._settings = settings
        self._id = transactional_id
        self._scope = scope
        self._producer = ProducerId(-1, -1)
        self._production: Production | None = None
        self._added: set[TopicPartition] = set()
        self._ended: Ended | None = None
        self._deciding: int | None = None
        """COMMIT or ABORT: how the open transaction has to end, because it decides what an earlier one has left."""

    async def start(self) -> None:
        """Take a new epoch: ends the open transaction of whoever had this id before and fences it, and decides what it left undecided."""
        self.ready = False
        pause = FIRST_PAUSE
        while not await self._begin():
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        request_ms = max(1, round(self._settings.request_seconds * 1000))
        self._production = Production(self._link, self._producer, self._settings.compression, batch_bytes(self._settings), request_ms)
        self.ready = True

    async def _begin(self) -> bool:
        """Whether a new epoch was taken and nothing of the older ones is open or undecided."""
        if self._deciding is not None:
            await self._end_as(self._deciding)
        state = await transaction_state(self._link, self._id)
        self._ended = Ended.of(state, self._ended)
        if state is not None and state.name in ENDING:
            return False
        over = state is None or state.name != ONGOING
        left = await undecided(self._link, self._scope, state.producer) if state is not None and over else None
        answer = await self._ask(InitProducerIdRequest(self._id, round(self._settings.transaction_seconds * 1000)), _begin_code, again=True)
        if answer.error_code == CONCURRENT_TRANSACTIONS:
            return False
        self._producer = ProducerId(answer.producer_id, answer.producer_epoch, self._id)
        if left:
            await self._decide(left)
        return over and not left

    async def _decide(self, left: Undecided) -> None:
        """Write the markers that the brokers have not. Of what nobody knows the end of it is safe to end it so that it is done again."""
        outcome = COMMIT if self._ended is not None and self._ended.committed else ABORT
        known = "as the brokers had ended it" if self._ended is not None else "aborted, because the brokers do not know its end"
        logger.warning("transaction %s was left undecided in %d partitions: %s", self._id, len(left.partitions) + left.positions, known)
        self._added.clear()
        self._deciding = outcome
        await self._add(left.partitions)
        if left.positions and self._scope.group is not None:
            await self._add_group(self._scope.group)
        await self._end_as(outcome)

    async def _end_as(self, outcome: int) -> None:
        """Asked until it is answered, so that nothing else ends it."""
        try:
            await self._ask(EndTxnRequest(self._id, self._producer.id, self._producer.epoch, outcome), _ended_code, again=True)
        except Fenced:
            self._deciding = None
            raise
        self._deciding = None

    async def holds(self, partitions: Collection[TopicPartition]) -> bool:
        """Whether a transaction of this producer is open in one of them, for its brokers."""
        return self.ready and bool(await open_of(self._link, partitions, self._producer.id))

    async def run(self, records: Sequence[Placed], positions: Positions | None = None, more: More | None = None) -> tuple[Places, Places]:
        """One transaction: records, what `more` makes of their places, positions. Returns the places of both.

        Raises Fenced and LogError, then nothing was written, and LogUnavailable, then it is not known.
        """
        if not self.ready or self._production is None:
            raise LogUnavailable("this producer has to be started anew")
        self.ready = False
        self._added.clear()
        await self._add(record.partition for record in records)
        where, _ = await _together(self._send(records), self._positions(positions))
        extra = await more(where) if more is not None else []
        await self._add(record.partition for record in extra)
        beside = await self._send(extra)
        if self._added or positions is not None:
            self.ready = await self._end() and self._production.clean
        else:
            self.ready = True
        return where, beside

    async def _send(self, records: Sequence[Placed]) -> Places:
        return await self._production.send(records) if self._production is not None else []

    async def _add(self, partitions: Iterable[TopicPartition]) -> None:
        """The coordinator must know a transaction's partitions before their records come."""
        wanted = set(partitions) - self._added
        if not wanted:
            return
        topics: dict[str, list[int]] = defaultdict(list)
        for topic, number in sorted(wanted):
            topics[topic].append(number)
        await self._ask(AddPartitionsToTxnRequest(self._id, self._producer.id, self._producer.epoch, list(topics.items())), _partition_code)
        self._added |= wanted

    async def _positions(self, positions: Positions | None) -> None:
        if positions is None:
            return
        group, generation, member, at = positions
        await self._add_group(group)
        topics: dict[str, list[tuple[object, ...]]] = defaultdict(list)
        for (topic, number), (offset, metadata) in sorted(at.items()):
            topics[topic].append((number, offset, NO_EPOCH, metadata, {}))
        rows: list[Any] = [(topic, numbers, {}) for topic, numbers in topics.items()]
        request = TxnOffsetCommitRequest(self._id, group, self._producer.id, self._producer.epoch, generation, member, None, rows, {})
        await self._link.ask_coordinator(GROUP, group, request, _position_code, f"committing positions of group {group}")

    async def _add_group(self, group: str) -> None:
        await self._ask(AddOffsetsToTxnRequest(self._id, self._producer.id, self._producer.epoch, group), lambda answer: int(answer.error_code))

    async def _end(self) -> bool:
        """Commit. Returns whether it was answered at once: else an earlier attempt may still have an effect."""
        codes: list[int] = []

        def code_of(answer: Any) -> int:
            codes.append(int(answer.error_code))
            return codes[-1]

        await self._ask(EndTxnRequest(self._id, self._producer.id, self._producer.epoch, COMMIT), code_of)
        return len(codes) == 1

    async def _ask(self, request: Any, code_of: Callable[[Any], int], *, again: bool = False) -> Any:
        return await self._link.ask_coordinator(TRANSACTION, self._id, request, code_of, f"transaction of {self._id}", again=again)


async def _together(first: Coroutine[Any, Any, Places], second: Coroutine[Any, Any, None]) -> tuple[Places, None]:
    """Both results; when one fails the other is ended before the error is raised."""
    tasks = (asyncio.create_task(first), asyncio.create_task(second))
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _begin_code(answer: Any) -> int:
    """What is still being ended is looked at again before the next attempt."""
    return 0 if answer.error_code == CONCURRENT_TRANSACTIONS else int(answer.error_code)


def _ended_code(answer: Any) -> int:
    """The brokers may have ended it themselves, because it took too long."""
    return 0 if answer.error_code in RESET else int(answer.error_code)


def _partition_code(answer: Any) -> int:
    codes = [code for _, partitions in answer.errors for _, code in partitions if code]
    return int(next((code for code in codes if code != NOT_ATTEMPTED), codes[0] if codes else 0))


def _position_code(answer: Any) -> int:
    return int(next((code for _, partitions, _ in answer.topics for _, code, _ in partitions if code), 0))
