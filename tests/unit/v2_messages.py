"""HL7 v2 messages for tests: written from segments, converted, and every event held to the closed schema of its kind."""

from hashlib import sha256
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import orjson

from parsers.hl7v2.convert import Settings, convert
from parsers.hl7v2.profile import profile_of
from parsers.outputs import Event, Origin, Summary
from schemas.envelope import Finding
from schemas.events import event_kinds

ZONE = ZoneInfo("America/Chicago")


class Converted(NamedTuple):
    """What the engine makes of a file."""

    events: list[Event]
    findings: list[Finding]
    summary: Summary

    @property
    def codes(self) -> list[str]:
        return [finding.code for finding in self.findings]

    @property
    def kinds(self) -> list[str]:
        return [event.attributes["type"].removeprefix("clearplane.").removesuffix(".v1") for event in self.events]

    @property
    def data(self) -> list[dict[str, Any]]:
        return [orjson.loads(event.data) for event in self.events]


def converted(content: bytes, profile: dict[str, Any] | None = None) -> Converted:
    """Events, findings and summary of a file at a site in Chicago; each event is valid as its kind publishes it."""
    read = profile_of(profile or {})
    settings = Settings(limits=read.limits, profile=None if profile is None else read)
    origin = Origin(sha256=sha256(content).hexdigest(), zone=ZONE)
    outputs = list(convert(lambda start, length: content[start : start + length], len(content), origin, settings))
    events = [output for output in outputs if isinstance(output, Event)]
    (summary,) = (output for output in outputs if isinstance(output, Summary))
    found = Converted(events, [output for output in outputs if isinstance(output, Finding)], summary)
    for kind, data in zip(found.kinds, events, strict=True):
        event_kinds()[kind].model_validate_json(data.data)
    return found


def message(kind: str, *segments: str, version: str = "2.5.1") -> bytes:
    """A message of a type such as "ADT^A01" with its segments after the MSH."""
    head = f"MSH|^~\\&|ADT|HOSP|PLANE|CLEAR|20260302101500-0600||{kind}|C1|P|{version}"
    return "".join(f"{segment}\r" for segment in (head, *segments)).encode()


def segment(tag: str, fields: dict[int, str]) -> str:
    """A segment from its fields by number."""
    return "|".join([tag, *(fields.get(number, "") for number in range(1, max(fields, default=0) + 1))])
