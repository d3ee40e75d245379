"""How much of an HL7 v2 file is taken at once and at most."""

from __future__ import annotations

from typing import NamedTuple


class Limits(NamedTuple):
    """Bytes of a message, segments and fields in it, findings of its reading, bytes the first pass holds at once."""

    message: int = 64 << 20
    segments: int = 200_000
    fields: int = 1_000_000
    findings: int = 200
    block: int = 1 << 20
