"""Fields that follow from other fields of the same event; a map row (`Emit.derives`) names the function."""

from collections.abc import Callable
from typing import Any


def claim_outcome(fields: dict[str, Any]) -> str | None:
    """Of a claim in a 277CA: rejected when one status is, else unknown when one is, else accepted; None without a status (domain 2.6)."""
    return _worst(fields.get("statuses") or [status for line in fields.get("lines", ()) for status in line.get("statuses", ())])


def batch_outcome(fields: dict[str, Any]) -> str | None:
    """Of a batch of claims: a receiver's status holds for all beneath it, then its counts speak, then the providers' statuses."""
    found = {outcome for receiver in fields.get("receivers", ()) if (outcome := _receiver_outcome(receiver)) is not None}
    if len(found) > 1:
        return "unknown" if "unknown" in found else "partially_accepted"
    providers = {_worst(provider.get("statuses", ())) for provider in fields.get("providers", ())}
    return "partially_accepted" if found == {"accepted"} and "rejected" in providers else next(iter(found), None)


def _receiver_outcome(receiver: dict[str, Any]) -> str | None:
    stated = _worst(receiver.get("statuses", ()))
    if stated in ("rejected", "unknown") or not _some(receiver, "rejected_count"):
        return stated
    return "partially_accepted" if _some(receiver, "accepted_count") else "rejected"


def _worst(statuses: Any) -> str | None:
    outcomes = {status.get("outcome") for status in statuses}
    return next((outcome for outcome in ("rejected", "unknown", "accepted") if outcome in outcomes), None)


def _some(level: dict[str, Any], name: str) -> bool:
    return bool(level.get(name, "0") != "0")


DERIVED: dict[str, Callable[[dict[str, Any]], Any]] = {function.__name__: function for function in (claim_outcome, batch_outcome)}
"""By name: the fields of a finished item -> a value, None when nothing follows. Changes nothing and never raises."""

SOURCES: dict[str, str] = {
    "claim_outcome": r"/(lines/\d+/)?statuses/\d+/outcome",
    "batch_outcome": r"/(receivers|providers)/\d+/statuses/\d+/outcome|/receivers/\d+/(accepted|rejected)_count",
}
"""By name: a pattern for the fields (JSON Pointers) that the value follows from, which is where `explain` shows it."""
