"""What MSH says of the message, and its segments against the structure of its event."""

import re
from bisect import bisect_left
from functools import lru_cache
from itertools import pairwise
from typing import Final

from parsers.hl7v2.checks.problem import Problem, at_field, at_segment
from schemas.hl7v2.messages import NEEDED, WITHOUT_PATIENT, structure, structure_allowed, structure_name, types
from schemas.hl7v2.tables import is_segment
from schemas.hl7v2.versions import version_of

_MOST_REMEMBERED: Final = 64
"""Segments of a message whose order is remembered; longer ones are judged anew."""
_ENVELOPE: Final = frozenset({"FHS", "BHS", "BTS", "FTS", "DSC", "ADD"})
"""May stand around or behind any message."""
_NAME: Final = re.compile("[A-Z][A-Z0-9]{2}")
_SEVERAL_VISITS: Final = ("ADT_A45", "BAR_P01", "BAR_P05", "OMG_O19", "OML_")
"""How structures begin that have several visits of one patient: moved ones, those of an account, those of results before."""


@lru_cache(maxsize=4096)
def header_problems(kind: str, event: str, name: str, version: str) -> tuple[Problem, ...]:
    """MSH-9.1, MSH-9.2, MSH-9.3 and MSH-12.1."""
    out: list[Problem] = []
    if not version_of(version)[1]:
        out.append(at_field("V2_VERSION_UNKNOWN" if version.strip() else "V2_VERSION_MISSING", 1, "MSH", 12))
    if not kind:
        return (*out, at_field("V2_TYPE_MISSING", 1, "MSH", 9))
    if kind not in types():
        return (*out, at_field("V2_TYPE_UNKNOWN", 1, "MSH", 9, 0, 1))
    if not structure_name(kind, event):
        out.append(at_field("V2_TRIGGER_UNKNOWN" if event else "V2_TRIGGER_MISSING", 1, "MSH", 9, 0, 2))
    elif name and not structure_allowed(kind, event, name):
        out.append(at_field("V2_STRUCTURE", 1, "MSH", 9, 0, 3))
    return tuple(out)


def segment_problems(kind: str, event: str, tags: tuple[str, ...]) -> tuple[Problem, ...]:
    return (_remembered if len(tags) <= _MOST_REMEMBERED else _judged)(kind, event, tags)


def _judged(kind: str, event: str, tags: tuple[str, ...]) -> tuple[Problem, ...]:
    """Each tag is named once, where it first stands wrong; Z segments stand where they like."""
    name = structure_name(kind, event)
    out = [*_missing(kind, event, set(tags)), *(() if name.startswith(_SEVERAL_VISITS) else _visits(tags))]
    if not name:
        return tuple(out + [at_segment("V2_SEGMENT_UNKNOWN", ordinal, tag) for ordinal, tag in _named(tags) if not _known(tag)])
    table = structure(name)
    said = {problem.tag for problem in out}
    out += [at_segment("V2_SEGMENT_ABSENT", 0, tag) for tag in sorted(table.required.difference(tags)) if tag not in said]
    for ordinal, tag in _named(tags):
        if not _known(tag):
            out.append(at_segment("V2_SEGMENT_UNKNOWN", ordinal, tag))
        elif tag not in table.tags and tag[:1] != "Z" and tag not in _ENVELOPE:
            out.append(at_segment("V2_SEGMENT_UNEXPECTED", ordinal, tag))
    for tag in sorted(table.single.intersection(tags)):
        if tags.count(tag) > 1:
            out.append(at_segment("V2_SEGMENT_REPEATED", tags.index(tag, tags.index(tag) + 1) + 1, tag))
    return tuple(out + _displaced(tags, table.order))


_remembered = lru_cache(maxsize=2048)(_judged)


def _known(tag: str) -> bool:
    return tag[:1] == "Z" or is_segment(tag)


def _named(tags: tuple[str, ...]) -> list[tuple[int, str]]:
    """As `_firsts`, without what is no name at all: reading has said so, and no finding repeats what may be text of a broken field."""
    return [(ordinal, tag) for ordinal, tag in _firsts(tags) if _NAME.fullmatch(tag)]


def _firsts(tags: tuple[str, ...]) -> list[tuple[int, str]]:
    """(ordinal, tag) of the first segment of each tag."""
    found: dict[str, int] = {}
    for ordinal, tag in enumerate(tags, 1):
        found.setdefault(tag, ordinal)
    return [(ordinal, tag) for tag, ordinal in found.items()]


def _missing(kind: str, event: str, tags: set[str]) -> list[Problem]:
    if event in WITHOUT_PATIENT:
        return []
    return [Problem("V2_SEGMENT_MISSING", 0, one[0], place=" or ".join(one)) for one in NEEDED.get(kind, ()) if tags.isdisjoint(one)]


def _visits(tags: tuple[str, ...]) -> list[Problem]:
    """The second PV1 of one patient; what stands before the first PID is of that patient."""
    first = tags.index("PID") + 1 if "PID" in tags else 0
    places = [ordinal for ordinal, tag in enumerate(tags, 1) if tag == "PV1" or (tag == "PID" and ordinal != first)]
    second = next((at for before, at in pairwise(places) if tags[before - 1] == tags[at - 1] == "PV1"), 0)
    return [at_segment("V2_SEVERAL_VISITS", second, "PV1")] if second else []


def _displaced(tags: tuple[str, ...], order: dict[str, int]) -> list[Problem]:
    """The fewest segments that stand wrong, so that one that comes early is named and not all those behind it."""
    placed = [(order[tag], ordinal, tag) for ordinal, tag in reversed(_firsts(tags)) if tag in order]
    kept = _ascending([-rank for rank, _, _ in placed])
    return [at_segment("V2_SEGMENT_ORDER", ordinal, tag) for at, (_, ordinal, tag) in enumerate(placed) if at not in kept][::-1]


def _ascending(numbers: list[int]) -> set[int]:
    """Places of a longest ascending choice of numbers."""
    ends: list[int] = []
    """The least number that ends a choice of each length, and its place."""
    places: list[int] = []
    before: list[int] = []
    for at, number in enumerate(numbers):
        length = bisect_left(ends, number)
        before.append(places[length - 1] if length else -1)
        ends[length : length + 1], places[length : length + 1] = [number], [at]
    found: set[int] = set()
    at = places[-1] if places else -1
    while at >= 0:
        found.add(at)
        at = before[at]
    return found
