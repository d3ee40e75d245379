"""What of a received file goes which way: its messages by type, or an acknowledgement of each. Pure but for reading the bytes.

The same file gives the same records, so that one that is routed again after a kill, or comes again, is known by their ids.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from gateway.answers.outbound import Routed, routed_record
from gateway.seams import NewRecord
from gateway.site_routes import MllpSink, Route
from gateway.state import Arrival
from parsers.formats import format_at
from parsers.hl7v2.acknowledgement import ACKNOWLEDGEMENTS, acknowledge, header
from parsers.hl7v2.limits import Limits
from parsers.hl7v2.message import read
from parsers.hl7v2.message_type import message_type
from parsers.hl7v2.scan import Span, messages
from parsers.outputs import ReadAt
from schemas.envelope import digest26

SUFFIX, ANSWER_SUFFIX = ".hl7", ".ack.hl7"
HEAD_BYTES = 4096
CONTROL_ID_LENGTH = 20
"""Of MSH-10 up to version 2.6."""


def picks(
    arrival: Arrival, read_at: ReadAt, kind: str, routes: Sequence[Route], limits: Limits, topic: str, inline_bytes: int
) -> Iterator[NewRecord]:
    """Records for `outbound`, in file order. Messages of more than `inline_bytes` stand in the blob of the file, those over a limit do not go out."""
    if (format_at(read_at) if kind == "auto" else kind) != "hl7v2":
        return
    for found in messages(read_at, arrival.size, limits):
        if isinstance(found, Span):
            size = found.end - found.start
            head = read_at(found.start, min(size, HEAD_BYTES))
            kind, trigger = _message_type(head)
            for route in routes:
                if route.takes(kind, trigger) and not (route.what == "acknowledgements" and kind in ACKNOWLEDGEMENTS):
                    yield _record(arrival, route, read_at, found, head, topic, inline_bytes)


def _message_type(head: bytes) -> tuple[str, str]:
    """As parsers.hl7v2.message_type says it; where MSH names the event nothing else has to be read."""
    found = header(head)
    return (found.type.upper(), found.trigger.upper()) if found.trigger else message_type(read(head))


def _record(arrival: Arrival, route: Route, read_at: ReadAt, span: Span, head: bytes, topic: str, inline_bytes: int) -> NewRecord:
    item, size = f"{arrival.receipt}.{span.start}", span.end - span.start
    routed = Routed(f"{item}/{route.id}", arrival.site, arrival.feed, arrival.receipt, f"{item}{SUFFIX}", route.id, "", span.start, size)
    if route.what == "acknowledgements":
        body = _acknowledgement(arrival, item, head, "AL" if isinstance(route.to, MllpSink) else "")
        return routed_record(topic, routed._replace(name=f"{item}{ANSWER_SUFFIX}", start=0, size=len(body)), body)
    if size > inline_bytes:
        return routed_record(topic, routed._replace(sha256=arrival.sha256), b"")
    return routed_record(topic, routed._replace(start=0), read_at(span.start, size))


def _acknowledgement(arrival: Arrival, item: str, head: bytes, accept: str) -> bytes:
    """It bears the time its message was received, as one written again does. Over MLLP it asks to be answered: without that nobody has to."""
    at, control_id = datetime.fromisoformat(arrival.received_at), digest26(item)[:CONTROL_ID_LENGTH].upper()
    return acknowledge(head, "AA", now=at, control_id=control_id, accept=accept)


__all__ = ["picks"]
