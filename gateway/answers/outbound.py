"""What stands in the records of the topic `outbound`: one acknowledgement or routed message each. Pure: values to record parts and back."""

from typing import Any, NamedTuple

from gateway.pipeline.messages import feed_key
from gateway.seams import Headers, NewRecord, Record
from gateway.state import Arrival
from gateway.state.answers import Answer

_INLINE, _ROUTE = "inline", "route"


class Outbound(NamedTuple):
    """`id` names this delivery: sent again for a resend, the same acknowledgement has another. The rest is as gateway.state.answers has it."""

    id: str
    site: str
    feed: str
    receipt: str
    kind: str
    name: str
    isa: int
    sha256: str
    size: int
    cause: str
    sender: str
    receiver: str
    number: int
    first_group: int
    first_set: int
    groups: int
    sets: int


def outbound(arrival: Arrival, answer: Answer, again: str = "") -> Outbound:
    """`again` names the resend that is answered."""
    delivery = f"{answer.receipt}/{answer.name}{'/' if again else ''}{again}"
    values = {name: getattr(answer, name) for name in Outbound._fields if name in Answer._fields}
    return Outbound(id=delivery, site=arrival.site, feed=arrival.feed, **values)


class Routed(NamedTuple):
    """What goes out by `route`: `size` bytes from `start` of the blob `sha256`, without one those that are the record's value."""

    id: str
    site: str
    feed: str
    receipt: str
    name: str
    route: str
    sha256: str
    start: int
    size: int


def routed(found: Outbound, route: str) -> Routed:
    """The same acknowledgement by a route."""
    return Routed(f"{found.id}/{route}", found.site, found.feed, found.receipt, found.name, route, found.sha256, 0, found.size)


def answer_of(found: Outbound) -> Answer:
    """As State keeps it; its bytes are safe, so how it was written does not matter any more."""
    values = {name: getattr(found, name) for name in Answer._fields if name in Outbound._fields}
    return Answer(**values, profile="{}")


def outbound_record(topic: str, found: Outbound, body: bytes | None) -> NewRecord:
    """All of a feed in one order. `body` None: the bytes are only in the blob store."""
    headers: Headers = tuple((name, str(value).encode()) for name, value in found._asdict().items())
    inline = b"0" if body is None else b"1"
    return NewRecord(topic, feed_key(found.site, found.feed), body or b"", (*headers, (_INLINE, inline)))


def routed_record(topic: str, found: Routed, body: bytes) -> NewRecord:
    """All of a feed in one order. `body` is empty when the bytes are in a blob."""
    return NewRecord(topic, feed_key(found.site, found.feed), body, tuple((name, str(value).encode()) for name, value in found._asdict().items()))


def outbound_of(record: Record) -> Outbound | Routed:
    """Inverse of `outbound_record` and `routed_record`."""
    values = {name: value.decode() for name, value in record.headers}
    of = Routed if _ROUTE in values else Outbound
    fields: dict[str, Any] = {name: int(values[name]) if kind is int else values[name] for name, kind in of.__annotations__.items()}
    return of(**fields)
