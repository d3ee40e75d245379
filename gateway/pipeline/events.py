"""Events as records of the log and back: the attributes of CloudEvents are headers, the value is the bytes of `data`."""

from typing import Any

import orjson

from gateway.seams import Headers, Record

PREFIX = "ce_"
CONTENT_TYPE = "content-type"


def headers_of(attributes: dict[str, str]) -> Headers:
    """Kafka binding of CloudEvents: `datacontenttype` is the header content-type, every other attribute has the prefix."""
    return tuple((CONTENT_TYPE if name == "datacontenttype" else PREFIX + name, value.encode()) for name, value in attributes.items())


def attributes_of(record: Record) -> dict[str, str]:
    """Inverse of `headers_of`."""
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
