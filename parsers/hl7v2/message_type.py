"""What a message is: its type and its event, wherever its version says them."""

from __future__ import annotations

from parsers.hl7v2.delimiters import Delimiters
from parsers.hl7v2.message import Message

_FIELD, _EVENT = 9, 1


def message_type(message: Message) -> tuple[str, str]:
    """(MSH-9.1, MSH-9.2); versions before 2.3 may name the event in EVN-1 alone."""
    header = message.segments[0].fields
    kind, event = _first_two(header[_FIELD] if len(header) > _FIELD else "", message.delimiters)
    if not event:
        recorded = next((segment.fields for segment in message.segments if segment.tag == "EVN"), [])
        event = recorded[_EVENT].strip() if len(recorded) > _EVENT else ""
    return kind.upper(), event.upper()


def _first_two(text: str, marks: Delimiters) -> tuple[str, str]:
    if marks.repetition:
        text = text.partition(marks.repetition)[0]
    parts = text.split(marks.component, 2) if marks.component else [text]
    return parts[0].strip(), parts[1].strip() if len(parts) > 1 else ""
