"""Runs the `[[tests]]` of a site: its inputs through its own dialect and strictness, and what differs from what is expected."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

import orjson

from gateway.site_tests import Expected, SiteTest
from schemas.envelope import Finding

MOST = 50
"""Differences told of one test."""
_ABSENT = object()


class Made(NamedTuple):
    """What an input gave: (kind, data) of each event in file order, and the findings."""

    events: Sequence[tuple[str, dict[str, Any]]]
    findings: Sequence[Finding]


def differences(test: SiteTest, made: Made) -> list[str]:
    """A sentence for each; empty when the test holds."""
    return list(islice(_differences(test, made), MOST))


def _differences(test: SiteTest, made: Made) -> Iterator[str]:
    by_kind: dict[str, list[dict[str, Any]]] = {}
    for kind, data in made.events:
        by_kind.setdefault(kind, []).append(data)
    wanted: Counter[str] = Counter()
    for row in test.events:
        number = wanted[row.type]
        wanted[row.type] += 1
        have = by_kind.get(row.type, [])
        if number < len(have):
            yield from _event(row, have[number], f"{row.type} {number + 1}")
        else:
            yield f"{row.type} {number + 1}: expected, but the input gives {len(have)} of this kind"
    if test.only_events:
        yield from _more(Counter({kind: len(rows) for kind, rows in by_kind.items()}), wanted, "events")
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


def _findings(test: SiteTest, made: Made) -> Iterator[str]:
    counts = Counter(finding.code for finding in made.findings)
    for row in test.findings:
        if counts[row.code] != row.times and (row.times is not None or not counts[row.code]):
            expected = "at least one" if row.times is None else str(row.times)
            yield f"finding {row.code}: expected {expected}, there are {counts[row.code]}"
    if test.only_findings:
        known = {row.code for row in test.findings}
        serious = Counter(finding.code for finding in made.findings if finding.severity != "info" and finding.code not in known)
        yield from (f"finding {code}: not expected, there are {count}" for code, count in sorted(serious.items()))


def _more(have: Counter[str], wanted: Counter[str], what: str) -> Iterator[str]:
    for kind, count in sorted((have - wanted).items()):
        yield f"{kind}: {count} more {what} than expected"


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


__all__ = ["Made", "at", "differences"]
