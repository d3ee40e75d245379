"""Events as records of the log and back: the attributes of CloudEvents are headers, the value is the bytes of `data`."""

from typing import Any

import orjson

from gateway.seams import Record

PREFIX = "ce_"
CONTENT_TYPE = "content-type"


def header_name(attribute: str) -> str:
    """Kafka binding of CloudEvents: `datacontenttype` is the header content-type, every other attribute has the prefix."""
    return CONTENT_TYPE if attribute == "datacontenttype" else PREFIX + attribute


def attributes_of(record: Record) -> dict[str, str]:
    """Attributes of a record, by the inverse of `header_name`."""
    return {
        "datacontenttype" if name == CONTENT_TYPE else name.removeprefix(PREFIX): value.decode()
        for name, value in record.headers
        if name == CONTENT_TYPE or name.startswith(PREFIX)
    }


def event_json(record: Record) -> bytes:
    """The event as one line of CloudEvents JSON, without its end."""
    event: dict[str, Any] = dict(attributes_of(record))
    event["data"] = orjson.Fragment(record.value)
    return orjson.dumps(event)


def event_id_of(record: Record) -> str:
    """Its id; empty for a record that is no event."""
    return next((value.decode() for name, value in record.headers if name == "ce_id"), "")
