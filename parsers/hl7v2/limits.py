"""How much of an HL7 v2 file is taken at once and at most."""

from __future__ import annotations

from typing import NamedTuple


class Limits(NamedTuple):
    """Bytes of a message, segments and fields in it, findings of its reading, bytes of its events, bytes the first pass holds at once.

    Every event of a message shows what all of them share, so a message of many items can become much more than it was.
    """

    message: int = 64 << 20
    segments: int = 200_000
    fields: int = 1_000_000
    findings: int = 200
    events: int = 256 << 20
    block: int = 1 << 20
