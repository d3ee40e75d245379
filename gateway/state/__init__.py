"""What the gateway remembers beside the log: receipts, findings, ledgers, held files, API keys, audit, offsets of earlier logs."""

from gateway.state.database import StateError, StateUnavailableError
from gateway.state.rows import (
    ApiKey,
    Arrival,
    AuditEntry,
    BatchPlace,
    Held,
    IndexRow,
    InterchangeKey,
    ItemFinding,
    OffsetRun,
    Receipt,
    ReceiptFilter,
    ReceiptStatus,
)  # fmt: skip
from gateway.state.state import State

__all__ = [
    "ApiKey", "Arrival", "AuditEntry", "BatchPlace", "Held", "IndexRow", "InterchangeKey", "ItemFinding", "OffsetRun", "Receipt", "ReceiptFilter",
    "ReceiptStatus", "State", "StateError", "StateUnavailableError",
]  # fmt: skip
