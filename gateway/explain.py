"""Where the fields of a stored event came from: its record, the raw bytes and the program that made it, put together."""

from typing import Any

import orjson

from gateway.blobs.compared import compared
from gateway.links.keys import LINKED
from gateway.pipeline.bundle import Kept, kept_reader
from gateway.pipeline.events import attributes_of
from gateway.seams import Blobs, Record
from gateway.state import Receipt, State
from parsers.formats import explain, map_name
from parsers.outputs import ReadAt
from parsers.traces import Unexplainable
from schemas.envelope import split_event_id

CHECKED_BYTES = 1 << 20
"""Files of at most so many bytes are compared with their hash; of a larger one a few pieces are read."""


class NoSuchFieldError(LookupError):
    """The event has no field at this pointer."""


class UnexplainableError(Exception):
    """What is stored does not hold the item that the event names."""


def explain_stored(state: State, blobs: Blobs, record: Record, field: str | None = None) -> dict[str, Any]:
    """The file, the map and the traces of an event's fields, or of `field` (JSON Pointer) and what is below it. Blocking.

    Raises NoSuchFieldError, UnexplainableError, BlobNotFound when the raw bytes or the map are no longer kept, BlobDamaged when
    they are not those that were received, StateError.
    """
    attributes = attributes_of(record)
    receipt, offset, kind, _ = split_event_id(attributes["id"])
    if kind == LINKED:
        raise UnexplainableError("a link is made from two events; explain these")
    found = state.receipts.get(receipt)
    if found is None:
        raise UnexplainableError("the receipt of the event is not known")
    data: dict[str, Any] = orjson.loads(record.value)
    program_hash = data["provenance"]["map"]
    program: dict[str, Any] = orjson.loads(blobs.read(program_hash))

    read_at = _reader(blobs, found)
    try:
        traces = explain(program, read_at, found.size, kind, data, field)
    except KeyError:
        if field is None:
            raise
        raise NoSuchFieldError(field) from None
    except Unexplainable as error:
        raise UnexplainableError(str(error)) from None
    return {
        "event": attributes["id"], "type": attributes["type"], "item": offset, "recordedtime": attributes.get("recordedtime"),
        "file": {"receipt": receipt, "site": found.site, "feed": found.feed, "name": found.name, "sha256": found.sha256, "size": found.size,
                 "received_at": found.received_at},
        "map": {"sha256": program_hash, "guide": map_name(program), "family": program.get("family", "x12")},
        "fields": [trace.to_json() for trace in traces],
    }  # fmt: skip


def _reader(blobs: Blobs, found: Receipt) -> ReadAt:
    read_at = kept_reader(blobs, Kept(*found.kept), found.size)
    return compared(read_at, found.size, found.sha256) if found.size <= CHECKED_BYTES else read_at


__all__ = ["NoSuchFieldError", "UnexplainableError", "explain_stored"]
