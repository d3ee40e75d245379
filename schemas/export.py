"""The published contract as files: JSON Schemas, an AsyncAPI document and reference pages, all made from the tables.

`python -m schemas.export` writes them to docs/reference, `--check` exits 1 when a file there differs from what the tables say.
"""

import json
import sys
from pathlib import Path
from typing import Any

from schemas.events import event_kinds
from schemas.events.common import Event, json_schema
from schemas.maps import maps
from schemas.maps.mapping import Emit
from schemas.pages import coverage_page, events_page

ROOT = Path(__file__).resolve().parent.parent / "docs" / "reference"
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


def emits() -> dict[str, Emit]:
    """By event kind, the emit row of the first map that has it: topic and lane are the same in all."""
    found: dict[str, Emit] = {}
    for _, table in sorted(maps().items()):
        for emit in table.emits:
            found.setdefault(emit.event, emit)
    return found


def schema_file(kind: str) -> str:
    return f"{kind}.v1.json"


def published_schema(kind: str, model: type[Event]) -> dict[str, Any]:
    return {"$schema": DIALECT, "$id": f"/v1/schemas/{schema_file(kind)}", **json_schema(model)}


def _first_sentence(model: type[Event]) -> str:
    return (model.__doc__ or "").strip().partition(". ")[0].rstrip(".") + "."


def asyncapi() -> dict[str, Any]:
    """AsyncAPI 3 document: a channel for each topic and its test twin, a message for each event kind."""
    rows = emits()
    gateway_made = sorted(event_kinds().keys() - rows.keys())
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    for topic in sorted({emit.topic for emit in rows.values()}):
        kinds = sorted(kind for kind, emit in rows.items() if emit.topic == topic)
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
            "description": "Healthcare EDI as traced events. A record holds the data of an event, its headers the CloudEvents attributes.",
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
    made = {f"schemas/{schema_file(kind)}": _json(published_schema(kind, model)) for kind, model in event_kinds().items()}
    made["asyncapi.json"] = _json(asyncapi())
    made["events.md"] = events_page(emits())
    made["coverage.md"] = coverage_page()
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
