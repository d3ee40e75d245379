"""What stands in the records of the gateway's own topics. Pure: values to record parts and back."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from gateway.seams import Headers, Record
from gateway.state import Arrival

INTAKE, WORK, CHUNKS, MADE, OUTCOMES, HELD, OUTBOUND = "intake", "work", "chunks", "made", "outcomes", "held", "outbound"
ANSWER, DELIVER, LINK, ROUTE = "answer", "deliver", "link", "route"
"""Groups that acknowledge files, hand over what goes out, link answers to what they answer, and choose what is handed on."""
RELEASED_BY = "released-by"
BUNDLE = "bundle"
_INLINE, _RECEIPT, _LANE, _LOG, _OFFSET = "inline", "receipt", "lane", "log", "intake-offset"
_STORED, _BUNDLE = "stored", "bundle"


class Received(NamedTuple):
    """A record of the topic `intake`. `body` is None when the bytes are only in the blob store; `released_by` is set for a released file.

    `stored` False: the bytes are in this record alone, until they are packed.
    """

    arrival: Arrival
    body: bytes | None
    released_by: str = ""
    stored: bool = True


def feed_key(site: str, feed: str) -> bytes:
    """All records of a feed share a lane."""
    return f"{site}/{feed}".encode()


def intake_headers(arrival: Arrival, inline: bool, released_by: str = "", stored: bool = True) -> Headers:
    """The body itself, when inline, is the record's value."""
    receipt, site, feed, sha256, size, *rest = arrival
    values = (receipt.encode(), site.encode(), feed.encode(), sha256.encode(), b"%d" % size, *[text.encode() for text in rest])
    headers = [*zip(Arrival._fields, values, strict=True), (_INLINE, b"1" if inline else b"0")]
    if released_by:
        headers.append((RELEASED_BY, released_by.encode()))
    if not stored:
        headers.append((_STORED, b"0"))
    return tuple(headers)


def received(record: Record) -> Received:
    """Inverse of `intake_headers`."""
    values = dict(record.headers)
    receipt, site, feed, sha256, size, name, content_type, received_at = [values[field].decode() for field in Arrival._fields]
    arrival = Arrival(receipt, site, feed, sha256, int(size), name, content_type, received_at)
    body = record.value if values[_INLINE] == b"1" else None
    return Received(arrival, body, values.get(RELEASED_BY, b"").decode(), values.get(_STORED) != b"0")


def place_of(record: Record) -> str:
    """Name of a record's place on the log, for the ledgers."""
    return f"{record.topic}/{record.partition}/{record.offset}"


def outcome(kind: str, arrival: Arrival, **values: Any) -> bytes:
    """A record of the topic `outcomes`: planned, part, done, held, dropped, linked or duplicate."""
    return orjson.dumps({"kind": kind, "arrival": arrival._asdict(), **values}, default=list)


def bundle_outcome(ends: Sequence[tuple[Arrival, Mapping[str, Any]]]) -> bytes:
    """The same of many small files that are done, each with all there is to say of it."""
    return orjson.dumps({"kind": BUNDLE, "files": [{"arrival": arrival, **values} for arrival, values in ends]}, default=list)


def read_outcomes(value: bytes) -> list[tuple[str, Arrival, Mapping[str, Any]]]:
    """(kind, file, values) of each file that a record speaks of; those of a bundle are done."""
    found: dict[str, Any] = orjson.loads(value)
    kind = found.pop("kind")
    if kind == BUNDLE:
        return [("done", Arrival(*file.pop("arrival")), file) for file in found["files"]]
    return [(kind, Arrival(**found.pop("arrival")), found)]


def read_outcome(value: bytes) -> tuple[str, Arrival, Mapping[str, Any]]:
    """Of a record that is no bundle."""
    [found] = read_outcomes(value)
    return found


class Place(NamedTuple):
    """Where a unit of work stands in its lane: its file's record on `intake` of the log with id `log`, and its number in the file.

    Places of one log are in the lane's order. Those of another log, from which records were copied, cannot be compared.
    """

    log: str = ""
    offset: int = -1
    number: int = -1

    def done(self, finished: "Place") -> bool:
        """Whether this unit is finished in a lane whose last finished unit is `finished`. False for a record from before places were kept."""
        return bool(self.log) and self.log == finished.log and self <= finished


class Work(NamedTuple):
    """A record of the topic `work`. `unit` is JSON for the workers, empty: the whole file. `notes` are findings about the file, as JSON lists.

    `spread`: the same unit is on `chunks` for the workers of all machines. `bundle`: `unit` holds many small files; `arrival` is the first of them
    and `settings` are with each.
    """

    arrival: Arrival
    settings: bytes
    place: Place
    last: bool
    size: int
    notes: bytes
    unit: bytes
    spread: bool = False
    bundle: bool = False

    @property
    def number(self) -> int:
        return self.place.number


def work_headers(work: Work) -> Headers:
    """The unit itself is the record's value."""
    facts = {
        "settings": work.settings, **_place_headers(work.place), "last": b"%d" % work.last, "unit-size": b"%d" % work.size, "notes": work.notes,
        "spread": b"%d" % work.spread,
    }  # fmt: skip
    if work.bundle:
        facts[_BUNDLE] = b"1"
    return (*intake_headers(work.arrival, False), *facts.items())


def work_of(record: Record) -> Work:
    """Inverse of `work_headers`."""
    values = dict(record.headers)
    facts = _place_of(values), values["last"] == b"1", int(values["unit-size"]), values["notes"], record.value, values.get("spread") == b"1"
    return Work(received(record).arrival, values["settings"], *facts, values.get(_BUNDLE) == b"1")


def chunk_headers(work: Work, lane: int) -> Headers:
    """A record of the topic `chunks`: the work, and the number of the lane that waits for what it makes."""
    return (*work_headers(work), (_LANE, b"%d" % lane))


def chunk_of(record: Record) -> tuple[Work, int]:
    """Inverse of `chunk_headers`."""
    return work_of(record), int(dict(record.headers)[_LANE])


def made_headers(work: Work) -> Headers:
    """A record of the topic `made`; its value is what `encode_made` gave, or empty when nobody could read the unit."""
    return ((_RECEIPT, work.arrival.receipt.encode()), *_place_headers(work.place).items())


def made_place(record: Record) -> Place:
    """Whose result it is."""
    return _place_of(dict(record.headers))


def _place_headers(place: Place) -> dict[str, bytes]:
    return {"number": b"%d" % place.number, _OFFSET: b"%d" % place.offset, _LOG: place.log.encode()}


def _place_of(values: Mapping[str, bytes]) -> Place:
    """Records from before places were kept have only the number."""
    return Place(values.get(_LOG, b"").decode(), int(values.get(_OFFSET, b"-1")), int(values["number"]))
