"""Runs the `[[tests]]` of a site: its inputs through its own dialect and strictness, and what differs from what is expected."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

import orjson

from gateway.site_tests import Expected, SiteTest
from gateway.toml_file import Path_
from schemas.envelope import Finding

MOST = 50
"""Differences told of one test."""
ONLY_EVENTS, ONLY_FINDINGS = ("only_events",), ("only_findings",)
_ABSENT = object()


class Made(NamedTuple):
    """What an input gave: (kind, data) of each event in file order, and the findings."""

    events: Sequence[tuple[str, dict[str, Any]]]
    findings: Sequence[Finding]


Difference = tuple[Path_, str]
"""The row of the test that does not hold, and a sentence."""


def differences(test: SiteTest, made: Made) -> list[Difference]:
    """Empty when the test holds."""
    return list(islice(_differences(test, made), MOST))


def _differences(test: SiteTest, made: Made) -> Iterator[Difference]:
    by_kind: dict[str, list[dict[str, Any]]] = {}
    for kind, data in made.events:
        by_kind.setdefault(kind, []).append(data)
    wanted: Counter[str] = Counter()
    for at, row in enumerate(test.events):
        number = wanted[row.type]
        wanted[row.type] += 1
        have, place = by_kind.get(row.type, []), ("events", at)
        if number < len(have):
            yield from ((place, text) for text in _event(row, have[number], f"{row.type} {number + 1}"))
        else:
            yield place, f"{row.type} {number + 1}: expected, but the input gives {len(have)} of this kind"
    if test.only_events:
        yield from _more(Counter({kind: len(rows) for kind, rows in by_kind.items()}), wanted)
    yield from _findings(test, made)


def _event(row: Expected, data: dict[str, Any], name: str) -> Iterator[str]:
    for pointer, expected in row.fields.items():
        found = at(data, pointer)
        if found is _ABSENT:
            yield f"{name} {pointer}: expected {_shown(expected)}, is not there"
        elif found != expected:
            yield f"{name} {pointer}: expected {_shown(expected)}, is {_shown(found)}"
    for pointer in row.absent:
        if (found := at(data, pointer)) is not _ABSENT:
            yield f"{name} {pointer}: expected not to be there, is {_shown(found)}"


def _findings(test: SiteTest, made: Made) -> Iterator[Difference]:
    counts = Counter(finding.code for finding in made.findings)
    for at, row in enumerate(test.findings):
        if counts[row.code] != row.times and (row.times is not None or not counts[row.code]):
            expected = "at least one" if row.times is None else str(row.times)
            yield ("findings", at), f"finding {row.code}: expected {expected}, there are {counts[row.code]}"
    if test.only_findings:
        known = {row.code for row in test.findings}
        serious = Counter(finding.code for finding in made.findings if finding.severity != "info" and finding.code not in known)
        yield from ((ONLY_FINDINGS, f"finding {code}: not expected, there are {count}") for code, count in sorted(serious.items()))


def _more(have: Counter[str], wanted: Counter[str]) -> Iterator[Difference]:
    for kind, count in sorted((have - wanted).items()):
        yield ONLY_EVENTS, f"{kind}: {count} more events than expected"


def at(data: Any, pointer: str) -> Any:
    """The value a JSON Pointer leads to; a value of its own where it leads nowhere."""
    for part in pointer.split("/")[1:]:
        step = part.replace("~1", "/").replace("~0", "~")
        if isinstance(data, dict) and step in data:
            data = data[step]
        elif isinstance(data, list) and step.isdecimal() and int(step) < len(data):
            data = data[int(step)]
        else:
            return _ABSENT
    return data


def _shown(value: Any) -> str:
    return orjson.dumps(value, default=str).decode()


__all__ = ["Difference", "Made", "at", "differences"]
