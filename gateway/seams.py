"""The three seams: Log, Blobs and State. Each has an embedded side here and a distributed side; one contract suite holds on both.

The log speaks Kafka's language (topics, partitions by murmur2 of the key, offsets that may have gaps, consumer groups with
fencing, results and read position in one transaction), because Kafka is its other side.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

Headers = tuple[tuple[str, bytes], ...]


class LogError(Exception):
    """The log could not do what was asked. `retryable` says whether the same call may work later."""

    retryable = False


class Fenced(LogError):
    """This member's generation is over: another one owns its partitions, and nothing of this call was written."""


class LogUnavailable(LogError):
    """The log cannot take or give records now (disk full, broker away). Nothing of this call is acknowledged."""

    retryable = True


class CorruptRecord(LogError):
    """A record does not match its checksum."""


class TopicPartition(NamedTuple):
    topic: str
    partition: int


class NewRecord(NamedTuple):
    """A record to append. `key` chooses the partition by murmur2 unless `partition` is given. `value` is bytes as they shall be read."""

    topic: str
    key: bytes
    value: bytes
    headers: Headers = ()
    partition: int | None = None


class Record(NamedTuple):
    """A record as read. `timestamp` is append time, milliseconds since 1970 UTC."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes
    value: bytes
    headers: Headers


class Committed(NamedTuple):
    """A group's read position: the next offset to read, and whatever text the reader stored with it."""

    offset: int
    metadata: str = ""


class TopicSpec(NamedTuple):
    """`retention_ms` and `retention_bytes`: None keeps for ever."""

    name: str
    partitions: int
    retention_ms: int | None = None
    retention_bytes: int | None = None


class Problem(NamedTuple):
    """What `log verify` found: a place in the log and a sentence, no record content."""

    where: str
    text: str


Places = Sequence[tuple[TopicPartition, int]]
"""Where records stand, in the order they were given."""
Report = Callable[[Places], Sequence[NewRecord]]
"""Further records of a transaction that name the places of its first ones."""

Before = Mapping[TopicPartition, Committed | None]
"""Read positions as a member knows them, None where nothing was committed."""


class Consumer(Protocol):
    """One member of a consumer group. Partitions move between members by rebalance; a moved partition's old owner is fenced.

    Partitions of the same number of all topics of the group are one member's: together they are a lane, and a lane commits on its own.
    """

    @property
    def assignment(self) -> frozenset[TopicPartition]: ...

    async def poll(self, max_records: int = 500, timeout: float = 1.0, without: Collection[TopicPartition] = ()) -> list[Record]:
        """Next records of the assigned partitions but those of `without`, in offset order per partition; empty after `timeout` seconds."""

    async def committed(self, partition: TopicPartition) -> Committed | None: ...

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """Read on from `offset`. Raises Fenced for a partition that is not this member's now."""
        ...

    async def commit(
        self, positions: Mapping[TopicPartition, Committed], results: Sequence[NewRecord] = (), report: Report | None = None,
        before: Before | None = None,
    ) -> Places:  # fmt: skip
        """Read positions of one lane, results, and what `report` makes of their places, in one transaction. Returns where the results are.

        Raises Fenced, then nothing was written (also where a position of now is not as `before` says), and LogUnavailable, then the committed
        position says whether it was.
        """

    async def close(self) -> None: ...


class Log(Protocol):
    @property
    def log_id(self) -> str:
        """Stable random id of this log; cursors carry it."""

    async def create_topics(self, topics: Iterable[TopicSpec]) -> None:
        """Idempotent; takes over a changed retention. Raises LogError when a topic exists with another number of partitions."""

    async def topics(self) -> dict[str, TopicSpec]: ...

    @property
    def may_repeat(self) -> bool:
        """Whether a reader may ever see the result of a commit twice, and so has to know ids again (gateway.log.once)."""

    async def append(self, records: Sequence[NewRecord]) -> Places:
        """Durable (fsync, or on all replicas in sync) before it returns; all records or none."""

    async def read(self, partition: TopicPartition, offset: int, max_records: int = 500, max_bytes: int = 8 << 20) -> list[Record]:
        """Records from `offset` on, at least one if there is one however large. Raises LogError for an offset below the start."""

    async def offsets(self, partition: TopicPartition) -> tuple[int, int]:
        """(first offset kept, next offset to be written)."""

    async def offset_for_time(self, partition: TopicPartition, timestamp: int) -> int:
        """First offset whose record was appended at or after `timestamp` (ms); the end offset when there is none."""

    async def wait(self, after: Mapping[TopicPartition, int], timeout: float) -> bool:
        """True as soon as one of the partitions has a record at or past its offset; False after `timeout` seconds."""

    async def consumer(self, group: str, topics: Sequence[str], session_timeout: float | None = None) -> Consumer:
        """Join `group`. Reads from the group's positions, from the start where there are none.

        `session_timeout`: seconds a dead member keeps its partitions; None is the default of this side of the seam.
        """

    async def group_positions(self, group: str) -> dict[TopicPartition, Committed]: ...

    async def prune(self, now: int | None = None) -> dict[TopicPartition, int]:
        """Apply each topic's retention; returns how many records went per partition."""

    async def verify(self) -> list[Problem]:
        """Check every record's checksum."""

    async def close(self) -> None: ...


class BlobError(Exception):
    """The blob store could not do what was asked."""


class BlobNotFound(BlobError):
    """No blob under this sha256."""


class BlobDamaged(BlobError):
    """What is stored under this sha256 has not all the bytes that are asked for, or others. Waiting does not mend it."""


class BlobWriter(Protocol):
    """Takes bytes as they arrive; nothing is visible under its hash before `commit` returned."""

    @property
    def size(self) -> int: ...

    def write(self, data: bytes) -> None: ...

    def commit(self) -> str:
        """Durable before it returns the sha256 (hex). Idempotent for the same content."""

    def abort(self) -> None: ...


class Blobs(Protocol):
    """Content-addressed bytes. Every call may block: call it from a thread."""

    def writer(self) -> BlobWriter: ...

    def put(self, data: bytes) -> str: ...

    def read(self, sha256: str, start: int = 0, length: int | None = None) -> bytes:
        """Range read. Raises BlobNotFound; BlobDamaged for a range that ends after the blob."""

    def size(self, sha256: str) -> int: ...

    def exists(self, sha256: str) -> bool: ...

    def delete(self, sha256: str) -> None: ...

    def list(self) -> Iterable[tuple[str, int, float]]:
        """(sha256, size, modified at: seconds since 1970) of every blob."""


__all__ = [
    "Before",
    "BlobDamaged",
    "BlobError",
    "BlobNotFound",
    "BlobWriter",
    "Blobs",
    "Committed",
    "Consumer",
    "CorruptRecord",
    "Fenced",
    "Headers",
    "Log",
    "LogError",
    "LogUnavailable",
    "NewRecord",
    "Places",
    "Problem",
    "Record",
    "Report",
    "TopicPartition",
    "TopicSpec",
]
