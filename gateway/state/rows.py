"""The values State takes and gives. Times are ISO 8601 UTC text with milliseconds."""

from collections.abc import Collection
from typing import Any, Literal, NamedTuple

ReceiptStatus = Literal["received", "processing", "done", "failed", "held", "dropped"]
HeldStatus = Literal["held", "released", "dropped"]


class Arrival(NamedTuple):
    """A file as it was received."""

    receipt: str
    site: str
    feed: str
    sha256: str
    size: int
    name: str
    content_type: str
    received_at: str


class Receipt(NamedTuple):
    """`counts`: published, no_event_kind, refused, dead, items, suppressed (findings); running totals until `status` is done or failed.

    `blob` and `blob_offset`: where the bytes are that came without a blob of their own.
    """

    receipt: str
    site: str
    feed: str
    sha256: str
    size: int
    name: str
    content_type: str
    received_at: str
    status: ReceiptStatus
    counts: dict[str, int]
    events: int
    worst: str
    finished_at: str | None
    blob: str | None = None
    blob_offset: int | None = None

    @property
    def kept(self) -> tuple[str, int]:
        """The blob that holds the bytes, and where in it they begin."""
        return (self.sha256, 0) if self.blob is None else (self.blob, self.blob_offset or 0)


class ReceiptFilter(NamedTuple):
    """Which receipts are meant; what is None or empty asks nothing. `worst`: any of these; `silent`: finished without an event."""

    sites: Collection[str] | None = None
    feed: str | None = None
    status: ReceiptStatus | None = None
    worst: Collection[str] = ()
    silent: bool = False
    control_number: str | None = None
    since: str | None = None
    until: str | None = None


class ItemFinding(NamedTuple):
    """`number` counts the findings of a file from 0 in file order; `line` is the finding's JSON."""

    number: int
    line: dict[str, Any]


class InterchangeKey(NamedTuple):
    """What tells an interchange of a site: ISA05 to ISA08 and ISA13, trimmed. Of HL7 v2: `MSH`, MSH-3, nothing, MSH-4, MSH-10."""

    sender_qualifier: str
    sender: str
    receiver_qualifier: str
    receiver: str
    control_number: str


class IndexRow(NamedTuple):
    """Events of items `first` to `last` (byte offsets) of a receipt that went to one partition in one commit.

    They stand at or after `offset`; `records` of them. `at` is when they were appended, milliseconds since 1970.
    """

    first: int
    last: int
    topic: str
    partition: int
    offset: int
    records: int


class BatchPlace(NamedTuple):
    """Where to look for an event: from `offset` on, at most as far as needed to see `records` events of the receipt."""

    topic: str
    partition: int
    offset: int
    records: int
    at: int


class OffsetRun(NamedTuple):
    """`records` of a partition that one log has from offset `old` on and the log copied from it from `new` on, all in a row on both.

    A run of no records says where reading goes on.
    """

    from_log: str
    to_log: str
    topic: str
    partition: int
    old: int
    new: int
    records: int


class Held(NamedTuple):
    """A quarantined file. `by` is who released or dropped it."""

    receipt: str
    site: str
    feed: str
    name: str
    size: int
    reason: str
    held_at: str
    status: HeldStatus
    by: str | None


class ApiKey(NamedTuple):
    """`sha256` of the secret; `sites` empty: every site."""

    id: str
    name: str
    sha256: str
    scopes: frozenset[str]
    sites: frozenset[str]
    created_at: str
    revoked_at: str | None
    last_used_at: str | None


class AuditEntry(NamedTuple):
    """Who did what to what, and how many records it gave or changed. `target` is an id or a filter, never a value of the data."""

    number: int
    at: str
    actor: str
    action: str
    target: str
    records: int
