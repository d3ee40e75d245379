"""Golden cases: a folder each with `input.x12`, `expected.jsonl`, `findings.jsonl`, and `settings.json` (scan limits) where it needs any."""

from pathlib import Path
from typing import Any, NamedTuple

import orjson

from parsers.x12.convert import Settings
from parsers.x12.plan import ScanLimits

FOLDER = Path(__file__).parent


class Case(NamedTuple):
    name: str
    content: bytes
    settings: Settings
    events: list[dict[str, Any]]
    findings: list[dict[str, Any]]


def cases() -> list[Case]:
    return [_case(path.parent) for path in sorted(FOLDER.glob("*/input.x12"))]


def _case(folder: Path) -> Case:
    limits = folder / "settings.json"
    settings = Settings(scan=ScanLimits(**orjson.loads(limits.read_bytes()))) if limits.exists() else Settings()
    return Case(folder.name, (folder / "input.x12").read_bytes(), settings, _lines(folder / "expected.jsonl"), _lines(folder / "findings.jsonl"))


def _lines(path: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]
