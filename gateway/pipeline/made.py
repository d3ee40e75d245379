"""What reading a unit gave, as the value of a record: zstd of a JSON head with a length per event, and after it the bytes of the events."""

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any

import orjson
import zstandard

from gateway.pipeline.formats.x12_plan import decode_steps, encode_steps
from gateway.pipeline.plan import decode_finding, encode_finding, to_json
from gateway.pipeline.reading import EventRecord, Made
from parsers.x12.convert import SetEnd
from schemas.envelope import Counts

FORM = 1
LEVEL = 1
MADE_BYTES = 1 << 30
"""Largest unpacked value that is read."""


def encode_made(made: Made) -> bytes:
    """Without `guides`: whoever sends it on has kept the programs."""
    shared: dict[Any, int] = {}
    rows = [_row(record, shared) for record in made.records]
    head = {
        "form": FORM, "shared": [_text(value) for value in shared], "records": rows, "index": made.index,
        "findings": [encode_finding(found) for found in made.findings], "suppressed": made.suppressed, "counts": made.counts,
        "items": made.items, "sets": made.sets, "faults": made.faults, "end": made.end,
        "closing": None if made.closing is None else encode_steps((made.closing,)),
    }  # fmt: skip
    said = to_json(head)
    content = b"".join([len(said).to_bytes(8, "big"), said, *(record[2] for record in made.records)])
    return zstandard.ZstdCompressor(level=LEVEL).compress(content)


def decode_made(value: bytes) -> Made:
    """Inverse of `encode_made`. Raises ValueError for what it cannot read, as another version may have written it."""
    try:
        size = zstandard.frame_content_size(value)
        if not 0 <= size <= MADE_BYTES:
            raise ValueError("too large")
        return _decode(memoryview(zstandard.ZstdDecompressor().decompress(value)))
    except (zstandard.ZstdError, ValueError, TypeError, LookupError, AttributeError) as error:
        raise ValueError(f"what was made of a unit cannot be read: {type(error).__name__}") from None


def _decode(content: memoryview) -> Made:
    start = 8 + int.from_bytes(content[:8], "big")
    head = orjson.loads(content[8:start])
    if head["form"] != FORM:
        raise ValueError("another form")
    shared = [value if isinstance(value, str) else (value[0], value[1].encode()) for value in head["shared"]]
    ends = accumulate((row[2] for row in head["records"]), initial=start)
    records = [_record(row, shared, content, *span) for row, span in zip(head["records"], pairwise(ends), strict=True)]
    end, closing = head["end"], head["closing"]
    return Made(
        records=records,
        index=[tuple(row) for row in head["index"]],
        findings=[decode_finding(row) for row in head["findings"]],
        suppressed=head["suppressed"],
        counts=Counts(*head["counts"]),
        items=head["items"],
        sets=head["sets"],
        faults=head["faults"],
        end=None if end is None else SetEnd(Counts(*end[0]), end[1], end[2]),
        closing=None if closing is None else _part(closing),
    )


def _row(record: EventRecord, shared: dict[Any, int]) -> tuple[int, str, int, int, list[int]]:
    """Topics and headers that many events have are written once and pointed to."""
    topic, key, value, headers, partition = record
    return _number(topic, shared), key.decode(), len(value), partition, [_number(pair, shared) for pair in headers]


def _number(value: Any, shared: dict[Any, int]) -> int:
    return shared.setdefault(value, len(shared))


def _text(value: Any) -> Any:
    return value if isinstance(value, str) else (value[0], value[1].decode())


def _record(row: Sequence[Any], shared: Sequence[Any], content: memoryview, start: int, end: int) -> EventRecord:
    topic, key, _, partition, pairs = row
    return shared[topic], key.encode(), bytes(content[start:end]), tuple([shared[pair] for pair in pairs]), partition


def _part(closing: dict[str, Any]) -> Any:
    [part] = decode_steps(closing)
    return part
