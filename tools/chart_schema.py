"""Keeps deploy/helm/clearplane/values.schema.json in step with the gateway's own settings: `python -m tools.chart_schema [--check]`.

What the chart adds stands in that file by hand; everything under `$defs` comes from the models of clearplane.toml and of a site file.
"""

import json
import sys
from pathlib import Path
from typing import Any

from gateway.config import Config
from gateway.sites import Site

SCHEMA = Path(__file__).parent.parent / "deploy" / "helm" / "clearplane" / "values.schema.json"


def definitions() -> dict[str, Any]:
    """Config and Site, with all they refer to, by name."""
    found: dict[str, Any] = {}
    for model in (Config, Site):
        schema = model.model_json_schema()
        found |= schema.pop("$defs", {})
        found[model.__name__] = schema
    return {name: _plain(found[name]) for name in sorted(found)}


def _plain(schema: Any) -> Any:
    """Without titles, descriptions and defaults, which are the documentation's."""
    if isinstance(schema, list):
        return [_plain(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: value for key, value in schema.items() if key not in ("title", "description", "default")}
    return {key: _properties(value) if key == "properties" else _plain(value) for key, value in kept.items()}


def _properties(named: dict[str, Any]) -> dict[str, Any]:
    return {name: _plain(schema) for name, schema in named.items()}


def rendered() -> str:
    """The file as it has to be."""
    schema = json.loads(SCHEMA.read_text("utf-8"))
    return json.dumps({**schema, "$defs": definitions()}, indent=2) + "\n"


def main(arguments: list[str]) -> int:
    text = rendered()
    if arguments == ["--check"]:
        if text == SCHEMA.read_text("utf-8"):
            return 0
        print(f"{SCHEMA.name} is not in step with the settings of the gateway: run python -m tools.chart_schema", file=sys.stderr)
        return 1
    SCHEMA.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
