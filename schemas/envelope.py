"""The values that every room exchanges: findings, locations, ids and lane keys."""

import hashlib
from functools import lru_cache
from typing import Any, Literal, NamedTuple

Severity = Literal["info", "warning", "error"]
Scope = Literal["file", "interchange", "group", "set", "claim", "line", "message", "element"]
Outcome = Literal["reported", "refused", "dead"]

SPEC_VERSION = "1.0"
EVENT_TYPE_PREFIX = "clearplane."
_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = tuple(a + b for a in _BASE32 for b in _BASE32)
CLAIM_KEY_LENGTH = 20
"""Characters of a patient control number that receivers must return (X12 RFI 525)."""
_LONGEST_REMEMBERED = 256
"""Characters of an identifier whose key is remembered; no real one is so long."""


class Location(NamedTuple):
    """Where in the raw bytes. `segment` is the ordinal in its transaction set (ST = 1, as IK302); `offset` counts bytes of the file; `repetition`
    counts from 1 where an element repeats."""

    segment: int | None = None
    tag: str | None = None
    element: int | None = None
    component: int | None = None
    offset: int | None = None
    loop: str | None = None
    repetition: int | None = None

    def to_json(self) -> dict[str, Any]:
        return {name: value for name, value in zip(self._fields, self, strict=True) if value is not None}


class Finding(NamedTuple):
    """One thing that is wrong or odd. Holds places and codes, never a value of the data. `item` names the item as `{byte offset}.{tag}`."""

    code: str
    severity: Severity
    scope: Scope
    outcome: Outcome
    text: str
    location: Location = Location()
    item: str | None = None
    snip: int | None = None

    def to_json(self) -> dict[str, Any]:
        line: dict[str, Any] = {"code": self.code, "severity": self.severity, "scope": self.scope, "outcome": self.outcome}
        if self.item is not None:
            line["item"] = self.item
        line["location"] = self.location.to_json()
        line["text"] = self.text
        if self.snip is not None:
            line["snip"] = self.snip
        return line


class Counts(NamedTuple):
    """How the items of a file ended. Every item is in exactly one of the four."""

    published: int = 0
    no_event_kind: int = 0
    refused: int = 0
    dead: int = 0

    @property
    def items(self) -> int:
        return self.published + self.no_event_kind + self.refused + self.dead

    def plus(self, other: "Counts") -> "Counts":
        return Counts(*(a + b for a, b in zip(self, other, strict=True)))


def digest26(*parts: str) -> str:
    """First 26 characters (130 bits) of the base32 SHA-256 over the parts, NUL-separated; lower case so that it reads and sorts as one word."""
    hashed = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).digest()
    bits = int.from_bytes(hashed[:17], "big") >> 6
    return "".join([_PAIRS[bits >> shift & 1023] for shift in range(120, -1, -10)])


@lru_cache(maxsize=256)
def receipt_id(site: str, feed: str, sha256: str) -> str:
    """The receipt of these bytes on this feed: the same bytes give the same receipt, for ever."""
    return digest26(site, feed, sha256)


def event_id(receipt: str, item_offset: int, event_type: str) -> str:
    """Id of an event: `{receipt}.{byte offset of the item}.{type}`, e.g. `abc….512.claim.submitted`."""
    return f"{receipt}.{item_offset}.{event_type}"


def split_event_id(value: str) -> tuple[str, int, str, str | None]:
    """(receipt, item offset, type, table hash of a replay or None). Raises ValueError when `value` is no event id."""
    base, _, tables = value.partition("~")
    receipt, offset, event_type = base.split(".", 2)
    if len(receipt) != 26 or not event_type:
        raise ValueError("not an event id")
    return receipt, int(offset), event_type, tables or None


def claim_key(site: str, patient_control_number: str) -> str:
    """Lane of a claim: the payer returns at least the first 20 characters of CLM01, so only these count."""
    return digest26(site, patient_control_number.strip().upper()[:CLAIM_KEY_LENGTH])


def batch_key(site: str, trace_number: str) -> str:
    """Lane of a remittance (site + TRN02) or of another batch-level event."""
    return digest26(site, trace_number.strip().upper())


def patient_key(site: str, value: str, authority: str = "") -> str:
    """Lane of a patient: the identifier that the site's rule chooses, with its assigning authority."""
    if len(value) + len(authority) > _LONGEST_REMEMBERED:
        return _patient_key.__wrapped__(site, value, authority)
    return _patient_key(site, value, authority)


@lru_cache(maxsize=1 << 14)
def _patient_key(site: str, value: str, authority: str) -> str:
    return digest26(site, "patient", authority.strip().upper(), value.strip().upper())


def source_uri(site: str, feed: str) -> str:
    return f"/sites/{site}/feeds/{feed}"


def cloud_event_type(event_type: str, version: int = 1) -> str:
    """CloudEvents `type`: `claim.submitted` gives `clearplane.claim.submitted.v1`."""
    return f"{EVENT_TYPE_PREFIX}{event_type}.v{version}"
