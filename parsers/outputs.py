"""What reading a file gives, whatever its format: whose bytes they are, the events made of them, and how its items ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, tzinfo
from typing import Any, NamedTuple

import orjson

from schemas.envelope import Counts, receipt_id

ReadAt = Callable[[int, int], bytes]
"""(offset, length) -> bytes of the file; fewer only at its end."""


class Origin(NamedTuple):
    """Whose bytes these are. `zone` is the site's, for times without one; `usage` overrides what the bytes say (production or test)."""

    site: str = "local"
    feed: str = "convert"
    sha256: str = ""
    zone: tzinfo = UTC
    usage: str = ""

    @property
    def receipt(self) -> str:
        return receipt_id(self.site, self.feed, self.sha256)


class Event(NamedTuple):
    """One event: CloudEvents attributes (text values) and the JSON bytes of its data. `topic` has no prefix and no `.test`."""

    attributes: dict[str, str]
    data: bytes
    topic: str
    offset: int

    def to_json(self) -> bytes:
        """CloudEvents JSON, one line without its end."""
        return orjson.dumps({**self.attributes, "data": orjson.Fragment(self.data)})


class Summary(NamedTuple):
    """The end of a file: how its items ended, as counted by the engine, and `items` as counted by the first pass."""

    counts: Counts
    items: int
    events: int
    readable: bool
    worst: str
    suppressed: int = 0

    def to_json(self) -> dict[str, Any]:
        suppressed = {"suppressed": self.suppressed} if self.suppressed else {}
        return {"summary": {"items": self.items, **self.counts._asdict(), "events": self.events, **suppressed}}

    @property
    def exit_code(self) -> int:
        """0 nothing at severity error, 1 an error or a refusal, 2 nothing readable (design section 8)."""
        if not self.readable:
            return 2
        return 1 if self.worst == "error" or self.counts.refused or self.counts.dead else 0
