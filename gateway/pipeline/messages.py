"""What stands in the records of the gateway's own topics. Pure: values to record parts and back."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from gateway.seams import Headers, Record
from gateway.state import Arrival

INTAKE, WORK, OUTCOMES, HELD = "intake", "work", "outcomes", "held"
RELEASED_BY = "released-by"
_INLINE = "inline"


class Received(NamedTuple):
    """A record of the topic `intake`. `body` is None when the bytes are only in the blob store; `released_by` is set for a released file."""

    arrival: Arrival
    body: bytes | None
    released_by: str = ""


def feed_key(site: str, feed: str) -> bytes:
    """All records of a feed share a lane."""
    return f"{site}/{feed}".encode()


def intake_headers(arrival: Arrival, inline: bool, released_by: str = "") -> Headers:
    """The body itself, when inline, is the record's value."""
    headers = [(name, str(value).encode()) for name, value in arrival._asdict().items()]
    headers.append((_INLINE, b"1" if inline else b"0"))
    if released_by:
        headers.append((RELEASED_BY, released_by.encode()))
    return tuple(headers)


def received(record: Record) -> Received:
    """Inverse of `intake_headers`."""
    values = {name: value.decode() for name, value in record.headers}
    fields: dict[str, Any] = {name: values[name] for name in Arrival._fields}
    fields["size"] = int(fields["size"])
    return Received(Arrival(**fields), record.value if values[_INLINE] == "1" else None, values.get(RELEASED_BY, ""))


def place_of(record: Record) -> str:
    """Name of a record's place on the log, for the ledgers."""
    return f"{record.topic}/{record.partition}/{record.offset}"


def outcome(kind: str, arrival: Arrival, **values: Any) -> bytes:
    """A record of the topic `outcomes`: planned, part, done, held, dropped or duplicate."""
    return orjson.dumps({"kind": kind, "arrival": arrival._asdict(), **values}, default=list)


def read_outcome(value: bytes) -> tuple[str, Arrival, Mapping[str, Any]]:
    found: dict[str, Any] = orjson.loads(value)
    return found.pop("kind"), Arrival(**found.pop("arrival")), found


class Work(NamedTuple):
    """A record of the topic `work`. `unit` is JSON for the workers, empty: the whole file. `notes` are findings about the file, as JSON lists."""

    arrival: Arrival
    settings: bytes
    number: int
    last: bool
    size: int
    notes: bytes
    unit: bytes


def work_headers(work: Work) -> Headers:
    """The unit itself is the record's value."""
    facts = {"settings": work.settings, "number": b"%d" % work.number, "last": b"%d" % work.last, "unit-size": b"%d" % work.size, "notes": work.notes}
    return (*intake_headers(work.arrival, False), *facts.items())


def work_of(record: Record) -> Work:
    """Inverse of `work_headers`."""
    values = dict(record.headers)
    arrival = received(record).arrival
    return Work(arrival, values["settings"], int(values["number"]), values["last"] == b"1", int(values["unit-size"]), values["notes"], record.value)
