"""What every format says of a file before it is read: its control keys, and the units of work it is cut into."""

from typing import Any, NamedTuple

import orjson

from schemas.codes.findings import FINDINGS
from schemas.envelope import Finding, Location

REUSED = {"x12": "ISA_REUSED", "hl7v2": "V2_CONTROL_ID_REUSED", "fragment": "V2_CONTROL_ID_REUSED"}
"""What is said of a control key that had other content before, by format."""
AGAIN = "V2_DUPLICATE"
"""What is said of a message that had the same content in another file."""
_PLACES = {"ISA_REUSED": ("ISA", 13), "V2_CONTROL_ID_REUSED": ("MSH", 10), AGAIN: ("MSH", 10)}


class Unit(NamedTuple):
    """`steps` are what its format makes of them, in file order; `size`: bytes to be read."""

    steps: tuple[Any, ...]
    size: int


class ControlKey(NamedTuple):
    """What tells an interchange or a message of a site: five texts as the ledger has them. `key[-1]` empty: it has none.

    `usage`: P production; `offset` in the file; `content`: SHA-256 of what the key stands for, empty for that of the whole file.
    """

    key: tuple[str, str, str, str, str]
    usage: str
    offset: int
    content: str = ""


def key_finding(code: str, found: ControlKey) -> Finding:
    """Of an interchange about the file, of a message about the item."""
    kind = FINDINGS[code]
    tag, element = _PLACES[code]
    item = f"{found.offset}.{tag}" if kind.scope == "message" else None
    where = Location(offset=found.offset, tag=tag, element=element)
    return Finding(code, kind.severity, kind.scope, kind.outcome, kind.text.format(place=""), where, item, kind.snip)


def encode_finding(value: Finding) -> list[Any]:
    return list(value)


def decode_finding(row: list[Any]) -> Finding:
    return Finding(*row)._replace(location=Location(*row[5]))


def to_json(value: Any) -> bytes:
    """JSON of data in which tuples with names stand for lists."""
    return orjson.dumps(value, default=list)
