"""The published contract as files: JSON Schemas, an AsyncAPI document and reference pages, all made from the tables.

`python -m schemas.export` writes them to docs/reference, `--check` exits 1 when a file there differs from what the tables say.
"""

import json
import sys
from functools import cache
from pathlib import Path
from typing import Any

from schemas.events import Fact, event_kinds, kinds_of
from schemas.events.common import Event, json_schema, json_schemas
from schemas.events.message_event import MessageEvent
from schemas.maps import maps
from schemas.maps.v2 import maps as message_maps
from schemas.message_pages import message_coverage_page
from schemas.pages import Where, coverage_page, events_page

ROOT = Path(__file__).resolve().parent.parent / "docs" / "reference"
PARTS = "hl7v2-parts.v1.json"
"""What the kinds of HL7 v2 share; their schemas refer to it."""
DIALECT = "https://json-schema.org/draft/2020-12/schema"

HEADERS: tuple[tuple[str, bool, str], ...] = (
    ("ce_specversion", True, "Always 1.0."),
    ("ce_id", True, "Receipt, byte offset of the item and kind; `~` and a table hash follow when a replay replaces an event."),
    ("ce_source", True, "Site and feed the bytes came by."),
    ("ce_type", True, "Kind and version of the event."),
    ("ce_subject", True, "Lane of the event, without readable identifiers."),
    ("ce_partitionkey", True, "Equal to the subject; the record's key."),
    ("ce_datacontenttype", True, "Always application/json."),
    ("ce_dataschema", True, "Where the JSON Schema of the data is."),
    ("ce_usage", True, "production or test."),
    ("ce_time", False, "When the source says it made the message."),
    ("ce_recordedtime", False, "When the gateway had the bytes safe."),
    ("ce_replaces", False, "Id of the event that this one replaces."),
)
"""CloudEvents attributes as record headers: (name, always there, what it says)."""


LANES = {"patient": "patient", "retired": "retired patient identifier", "receipt": "receipt"}


def places() -> dict[str, Where]:
    """Topic and lane by event kind, of the first map that makes it: they are the same in all."""
    found: dict[str, Where] = {}
    for _, table in sorted(maps().items()):
        for emit in table.emits:
            found.setdefault(emit.event, Where(emit.topic, emit.lane))
    for _, messages in sorted(message_maps().items()):
        for made in messages.emits:
            found.setdefault(made.event, Where(made.topic, LANES[made.subject]))
    return found


def schema_file(kind: str) -> str:
    return f"{kind}.v1.json"


def _referring(value: Any) -> Any:
    """The same schema with its parts in the file that the kinds of HL7 v2 share."""
    if isinstance(value, dict):
        return {key: inner.replace("#/$defs/", f"{PARTS}#/$defs/") if key == "$ref" else _referring(inner) for key, inner in value.items()}
    return [_referring(inner) for inner in value] if isinstance(value, list) else value


def _headed(file: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"$schema": DIALECT, "$id": f"/v1/schemas/{file}", **schema}


@cache
def published() -> dict[str, dict[str, Any]]:
    """Every published JSON Schema by its file name. Takes a second the first time."""
    found = {schema_file(kind): json_schema(model) for kind, model in kinds_of(Event).items()}
    models = kinds_of(MessageEvent)
    schemas, parts = json_schemas(list(models.values()))
    found |= {schema_file(kind): _referring(schemas[model.__name__]) for kind, model in models.items()}
    found[PARTS] = {"title": "Parts of HL7 v2 events", "$defs": parts}
    return {file: _headed(file, schema) for file, schema in found.items()}


def _first_sentence(model: type[Fact]) -> str:
    return (model.__doc__ or "").strip().partition(". ")[0].rstrip(".") + "."


def asyncapi() -> dict[str, Any]:
    """AsyncAPI 3 document: a channel for each topic and its test twin, a message for each event kind."""
    rows = places()
    gateway_made = sorted(event_kinds().keys() - rows.keys())
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    for topic in sorted({row.topic for row in rows.values()}):
        kinds = sorted(kind for kind, row in rows.items() if row.topic == topic)
        for address, usage in ((topic, "production"), (f"{topic}.test", "test")):
            name = address.replace(".", "_")
            channels[name] = {
                "address": address,
                "description": f"Events of {usage} traffic keyed by {rows[kinds[0]].lane}; a deployment may put a prefix before the address.",
                "messages": {kind: {"$ref": f"#/components/messages/{kind}"} for kind in (*kinds, *gateway_made)},
            }
            operations[f"publish_{name}"] = {"action": "send", "channel": {"$ref": f"#/channels/{name}"}}
    headers = {
        "type": "object",
        "properties": {name: {"type": "string", "description": text} for name, _, text in HEADERS},
        "required": [name for name, always, _ in HEADERS if always],
    }
    messages = {
        kind: {
            "name": f"clearplane.{kind}.v1",
            "title": kind,
            "summary": _first_sentence(model),
            "contentType": "application/json",
            "headers": {"$ref": "#/components/schemas/headers"},
            "payload": {"$ref": f"schemas/{schema_file(kind)}"},
        }
        for kind, model in event_kinds().items()
    }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Clearplane events",
            "version": "1",
            "description": "Healthcare EDI and HL7 v2 as traced events. A record holds the data of an event, its headers the CloudEvents attributes.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": {"headers": headers}},
    }


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def files() -> dict[str, str]:
    """Every generated file by its path below docs/reference."""
    made = {f"schemas/{file}": _json(schema) for file, schema in published().items()}
    made["asyncapi.json"] = _json(asyncapi())
    made["events.md"] = events_page(Event, kinds_of(Event), places())
    made["events-hl7v2.md"] = events_page(MessageEvent, kinds_of(MessageEvent), places())
    made["coverage.md"] = coverage_page()
    made["coverage-hl7v2.md"] = message_coverage_page()
    return made


def stale(root: Path = ROOT) -> list[str]:
    """Paths that differ from what the tables say: missing, changed, or a schema of no event kind."""
    made = files()
    differing = [path for path, text in made.items() if not (root / path).is_file() or (root / path).read_text(encoding="utf-8") != text]
    extra = [f"schemas/{path.name}" for path in (root / "schemas").glob("*.json") if f"schemas/{path.name}" not in made]
    return sorted(differing + extra)


def write(root: Path = ROOT) -> None:
    for path, text in files().items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--check"]):
        sys.stderr.write("usage: python -m schemas.export [--check]\n")
        return 64
    if not arguments:
        write()
        return 0
    differing = stale()
    for path in differing:
        sys.stderr.write(f"{path} differs from the tables; run python -m schemas.export\n")
    return 1 if differing else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
