"""The CloudEvents attributes of an event, the same for every format."""

from __future__ import annotations

from parsers.outputs import Origin
from schemas.envelope import SPEC_VERSION, cloud_event_type, event_id, source_uri


class _Types(dict[str, tuple[str, str]]):
    """(type, dataschema) by event, made once."""

    def __missing__(self, event: str) -> tuple[str, str]:
        result = self[event] = cloud_event_type(event), f"/v1/schemas/{event}.v1.json"
        return result


_TYPES = _Types()


class Attributes:
    """Attributes of the events of one file; `usage` is production or test."""

    def __init__(self, origin: Origin, usage: str) -> None:
        self.usage = usage
        self.receipt = origin.receipt
        self.source = source_uri(origin.site, origin.feed)

    def of(self, event: str, offset: int, key: str, time: str = "") -> dict[str, str]:
        """Of one event whose item stands at a byte offset; `key` is its lane, `time` when its source says it made it."""
        kind, schema = _TYPES[event]
        attributes = {
            "specversion": SPEC_VERSION, "id": event_id(self.receipt, offset, event), "source": self.source,
            "type": kind, "subject": key, "partitionkey": key, "datacontenttype": "application/json",
            "dataschema": schema, "usage": self.usage,
        }  # fmt: skip
        if time:
            attributes["time"] = time
        return attributes
