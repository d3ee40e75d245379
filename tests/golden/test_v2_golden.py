"""HL7 v2 messages, their events and findings, read by eye once and held since. Only the hash of the map that made an event is left out.

A case is a folder with `input.hl7`, `expected.jsonl`, `findings.jsonl`, and `profile.json` where the site's dialect matters.
"""

from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.unit.v2_messages import converted

CASES = sorted(path.parent for path in Path(__file__).parent.glob("v2_*/input.hl7"))


def _lines(path: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_golden(folder: Path) -> None:
    profile = folder / "profile.json"
    found = converted((folder / "input.hl7").read_bytes(), orjson.loads(profile.read_bytes()) if profile.exists() else None)
    events = [orjson.loads(event.to_json()) for event in found.events]
    for event in events:
        del event["data"]["provenance"]["map"]
    assert events == _lines(folder / "expected.jsonl")
    assert [*(finding.to_json() for finding in found.findings), found.summary.to_json()] == _lines(folder / "findings.jsonl")
