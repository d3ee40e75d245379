"""What brokers answer, as our errors. The text names the call and the kind of error, never a key or a value."""

from gateway.log.kafka.wire import KafkaError, for_code
from gateway.seams import Fenced, LogError, LogUnavailable

OFFSET_OUT_OF_RANGE = 1
CORRUPT = 2
UNKNOWN_TOPIC = 3
MESSAGE_TOO_LARGE = 10
BATCH_TOO_LARGE = 18
NO_COORDINATOR = 15
NOT_COORDINATOR = 16
ILLEGAL_GENERATION = 22
UNKNOWN_MEMBER = 25
REBALANCING = 27
TOPIC_EXISTS = 36
CONCURRENT_TRANSACTIONS = 51
UNSTABLE = 88
"""A transaction that moves a read position has not been ended."""
UNKNOWN_TRANSACTION = 105

FENCING = frozenset({ILLEGAL_GENERATION, UNKNOWN_MEMBER, 47, 49, 82, 90})
"""Another member's producer or generation took over: invalid producer epoch or id mapping, fenced instance or producer."""
RETRYABLE = frozenset(
    {UNKNOWN_TOPIC, 5, 6, 7, 8, 9, 13, 14, 15, NOT_COORDINATOR, 19, 20, REBALANCING, 41, CONCURRENT_TRANSACTIONS, 56, 74, 75, UNSTABLE}
)
"""The same call may work a moment later: leaders and coordinators move, replicas catch up, a transaction is being ended."""
RESET = frozenset({45, 46, 48, 59})
"""The brokers' memory of a producer and the producer's own differ: sequence numbers, state of the transaction. A new producer is needed."""
_NAMES = {
    13: "NetworkException",
    74: "FencedLeaderEpoch",
    75: "UnknownLeaderEpoch",
    82: "FencedInstanceId",
    87: "InvalidRecord",
    UNSTABLE: "UnstableOffsetCommit",
    90: "ProducerFenced",
    UNKNOWN_TRANSACTION: "TransactionalIdNotFound",
}
_SENTENCES = {
    UNKNOWN_TOPIC: "the topic does not exist",
    MESSAGE_TOO_LARGE: "a record is larger than the brokers take; raise max.message.bytes of the topic or lower record_bytes",
    BATCH_TOO_LARGE: "records are larger than the brokers take; raise segment.bytes of the topic or lower record_bytes",
    26: "the brokers do not allow this session timeout; see group.min.session.timeout.ms and group.max.session.timeout.ms",
    29: "the user is not authorised for the topic",
    30: "the user is not authorised for the consumer group",
    31: "the user is not authorised for this on the cluster",
    38: "there are not as many brokers as replication asks for",
    50: "the brokers do not allow this transaction timeout; lower transaction_seconds or raise transaction.max.timeout.ms",
    53: "the user is not authorised for the transactional id",
}


class Unsupported(LogError):
    """These brokers do not know the request: they are too old."""


def name_of(code: int) -> str:
    return _NAMES.get(code) or str(for_code(code).__name__)


def refusal(code: int, doing: str) -> LogError:
    """Our error for a code other than 0. `doing`: what was asked, as in "reading claims/3"."""
    reason = _SENTENCES.get(code)
    text = f"{doing}: {reason} ({name_of(code)})" if reason else f"{doing}: the brokers answered {name_of(code)}"
    if code in FENCING:
        return Fenced(text)
    return LogUnavailable(text) if code in RETRYABLE | RESET or code == -1 else LogError(text)


def lost(error: KafkaError, doing: str) -> LogError:
    """Our error for what the library raises when a request did not get its answer."""
    if error.retriable:
        return LogUnavailable(f"{doing}: no answer from the brokers ({type(error).__name__})")
    code = getattr(error, "errno", None)
    if isinstance(code, int):
        return refusal(code, doing)
    return LogError(f"{doing}: {type(error).__name__}")
