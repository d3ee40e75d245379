"""How brokers answer what became of transactions (KIP-664, Kafka 3.0): the coordinator of one, and the leaders of the partitions it wrote to.

Field lists: Kafka's protocol guide.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from gateway.log.kafka.errors import RETRYABLE, UNKNOWN_TRANSACTION, Unsupported, name_of, refusal
from gateway.log.kafka.link import Link
from gateway.log.kafka.wire import (
    TRANSACTION,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Int64,
    Request,
    RequestStruct,
    Response,
    Schema,
    TaggedFields,
)
from gateway.seams import TopicPartition

COMMITTED = frozenset({"PrepareCommit", "CompleteCommit"})
ABORTED = frozenset({"PrepareAbort", "PrepareEpochFence", "CompleteAbort"})
"""States of a transaction of which it is decided how it ends."""
ENDING = frozenset({"PrepareCommit", "PrepareAbort", "PrepareEpochFence"})
"""Its markers are being written."""
ONGOING = "Ongoing"
_TAGS = ("tags", TaggedFields)


class _DescribeTransactionsResponse(Response):  # type: ignore[misc]
    API_KEY = 65
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "transaction_states",
            CompactArray(
                ("error_code", Int16),
                ("transactional_id", CompactString()),
                ("transaction_state", CompactString()),
                ("transaction_timeout_ms", Int32),
                ("transaction_start_time_ms", Int64),
                ("producer_id", Int64),
                ("producer_epoch", Int16),
                ("topics", CompactArray(("topic", CompactString()), ("partitions", CompactArray(Int32)), _TAGS)),
                _TAGS,
            ),
        ),
        _TAGS,
    )


class _DescribeTransactions(RequestStruct):  # type: ignore[misc]
    API_KEY = 65
    API_VERSION = 0
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = _DescribeTransactionsResponse
    SCHEMA = Schema(("transactional_ids", CompactArray(CompactString())), _TAGS)


class DescribeTransactionsRequest(Request[_DescribeTransactions]):  # type: ignore[misc]
    API_KEY = 65

    def __init__(self, transactional_id: str) -> None:
        self._id = transactional_id

    def build(self, request_struct_class: Any) -> Any:
        return request_struct_class([self._id], {})


class _DescribeProducersResponse(Response):  # type: ignore[misc]
    API_KEY = 61
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "topics",
            CompactArray(
                ("name", CompactString()),
                (
                    "partitions",
                    CompactArray(
                        ("partition_index", Int32),
                        ("error_code", Int16),
                        ("error_message", CompactString()),
                        (
                            "active_producers",
                            CompactArray(
                                ("producer_id", Int64),
                                ("producer_epoch", Int32),
                                ("last_sequence", Int32),
                                ("last_timestamp", Int64),
                                ("coordinator_epoch", Int32),
                                ("current_txn_start_offset", Int64),
                                _TAGS,
                            ),
                        ),
                        _TAGS,
                    ),
                ),
                _TAGS,
            ),
        ),
        _TAGS,
    )


class _DescribeProducers(RequestStruct):  # type: ignore[misc]
    API_KEY = 61
    API_VERSION = 0
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = _DescribeProducersResponse
    SCHEMA = Schema(
        ("topics", CompactArray(("name", CompactString()), ("partition_indexes", CompactArray(Int32)), _TAGS)),
        _TAGS,
    )


class DescribeProducersRequest(Request[_DescribeProducers]):  # type: ignore[misc]
    API_KEY = 61

    def __init__(self, partitions: Iterable[TopicPartition]) -> None:
        topics: dict[str, list[int]] = defaultdict(list)
        for topic, number in partitions:
            topics[topic].append(number)
        self._rows: list[Any] = [(topic, numbers, {}) for topic, numbers in topics.items()]

    def build(self, request_struct_class: Any) -> Any:
        return request_struct_class(self._rows, {})


class TransactionState(NamedTuple):
    """What a coordinator says of the newest transaction of a transactional id. `name`: one of Kafka's."""

    name: str
    producer: int
    epoch: int


async def transaction_state(link: Link, transactional_id: str) -> TransactionState | None:
    """None for an id that was never used, or of brokers that cannot tell. Raises LogError; callers bound the time."""
    request = DescribeTransactionsRequest(transactional_id)
    doing = f"asking for the state of transaction {transactional_id}"
    try:
        answer = await link.ask_coordinator(TRANSACTION, transactional_id, request, _state_code, doing, again=True)
    except Unsupported:
        return None
    [(code, _, name, _, _, producer, epoch, *_)] = answer.transaction_states
    return None if code == UNKNOWN_TRANSACTION else TransactionState(name, int(producer), int(epoch))


def _state_code(answer: Any) -> int:
    code = int(answer.transaction_states[0][0])
    return 0 if code == UNKNOWN_TRANSACTION else code


async def open_transactions(link: Link, node: int, partitions: Iterable[TopicPartition], producer: int) -> list[TopicPartition] | None:
    """Those in which `producer` has a transaction open, as the broker that leads them has it; None when it cannot say yet."""
    doing = "asking for open transactions"
    answer = await link.send(node, DescribeProducersRequest(partitions), doing)
    found = []
    for topic, rows, _ in answer.topics:
        for number, code, _, producers, _ in rows:
            if code in RETRYABLE or code == -1:
                link.trouble = name_of(code)
                return None
            if code:
                raise refusal(code, f"{doing} in {topic}/{number}")
            if any(known == producer and start >= 0 for known, _, _, _, _, start, _ in producers):
                found.append(TopicPartition(topic, number))
    return found
