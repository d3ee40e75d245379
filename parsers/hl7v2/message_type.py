"""What a message is: its type and its event, wherever its version says them."""

from __future__ import annotations

from parsers.hl7v2.delimiters import Delimiters
from parsers.hl7v2.message import Message
from parsers.hl7v2.segments import Segment

_FIELD, _EVENT = 9, 1


def message_type(message: Message) -> tuple[str, str]:
    """(MSH-9.1, MSH-9.2); versions before 2.3 may name the event in EVN-1 alone."""
    header = message.segments[0].fields
    kind, event = _first_two(header[_FIELD] if len(header) > _FIELD else "", message.delimiters)
    if not event and (recorded := _recorded(message)) is not None:
        event = recorded.fields[_EVENT].strip()
    return kind.upper(), event.upper()


def event_place(message: Message) -> tuple[Segment, int, int]:
    """Where that event stands: segment, field and component, 0 for the whole field."""
    header = message.segments[0]
    recorded = _recorded(message)
    if recorded is None or _first_two(header.fields[_FIELD] if len(header.fields) > _FIELD else "", message.delimiters)[1]:
        return header, _FIELD, 2
    return recorded, _EVENT, 0


def _recorded(message: Message) -> Segment | None:
    """The first EVN, where that names an event."""
    found = next((segment for segment in message.segments if segment.tag == "EVN"), None)
    return found if found is not None and len(found.fields) > _EVENT and found.fields[_EVENT].strip() else None


def _first_two(text: str, marks: Delimiters) -> tuple[str, str]:
    if marks.repetition:
        text = text.partition(marks.repetition)[0]
    parts = text.split(marks.component, 2) if marks.component else [text]
    return parts[0].strip(), parts[1].strip() if len(parts) > 1 else ""
