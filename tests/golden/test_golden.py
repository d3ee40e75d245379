"""Events and findings of small files, read by eye once and held since. Only the hash of the map that made an event is left out."""

from typing import Any

import orjson
import pytest

from tests.conftest import Converted, converted
from tests.golden.cases import Case, cases


def _events(found: Converted) -> list[dict[str, Any]]:
    events = [orjson.loads(event.to_json()) for event in found.events]
    for event in events:
        del event["data"]["provenance"]["map"]
    return events


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_golden(case: Case) -> None:
    found = converted(case.content, case.settings)
    assert _events(found) == case.events
    assert [*(finding.to_json() for finding in found.findings), found.summary.to_json()] == case.findings


def test_delimiters_change_nothing_but_places() -> None:
    """The same claim under other delimiters, with LF as terminator and without its envelope: the same data."""
    named = {case.name: case for case in cases()}
    usual = _plain(named["837p_simple"])
    assert [_plain(named[name]) for name in ("odd_delimiters", "newline_terminator", "starts_at_st")] == [usual] * 3


def _plain(case: Case) -> dict[str, Any]:
    (event,) = _events(converted(case.content, case.settings))
    return {name: value for name, value in event["data"].items() if name not in ("provenance", "envelope")}
