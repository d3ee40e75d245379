"""Why a claim is rejected, in the codes of a 277CA: the statuses of its findings, and the service line each of them is about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from parsers.x12.acknowledgements.sweep import Claim, Elements
from parsers.x12.delimiters import BLANKS
from parsers.x12.plan import ReadAt, SetPlan
from schemas.codes.acknowledgement import (
    CLAIM_FORMAT,
    LOOP_ENTITIES,
    NEEDS_ENTITY,
    PLACE_STATUS,
    PROVIDER_ENTITIES,
    SET_FORMAT,
    STC_ENTITIES,
    answer_to,
)
from schemas.envelope import Finding

Status = tuple[str, ...]
"""STC01: category, status, and the entity where the status needs one."""

STATUSES = 3
"""Composites that one STC holds."""
_COMPANIONS = {"732": "275"}
"""A status that asks for another one beside it, which says what it is about: the claim."""
_LINE_INFORMATION = "247"
_PLACE = re.compile(r"\b([A-Z][A-Z0-9]{1,2})(\d\d)(?:-(\d{1,2}))?\b")
_MOST_BYTES = 4 << 20
"""Of a claim that is looked through for its lines; the lines of a longer one are not told apart."""


class Line(NamedTuple):
    """A service line in error: SV1, SV2 or SV3, its control number (REF*6R), its dates (DTP*472), and why."""

    service: Elements
    control_number: str
    dates: list[str]
    statuses: list[Status]


class Rejection(NamedTuple):
    statuses: list[Status]
    lines: list[Line]


def rejection(read_at: ReadAt, plan: SetPlan, claim: Claim, findings: list[Finding], ordinals: Ordinals) -> Rejection:
    """What is said of a refused claim. `findings` are all of its own; warnings reject nothing."""
    errors = [one for one in findings if (one.outcome == "refused" or one.severity == "error") and answer_to(one.code).category]
    # What refuses the claim is said first.
    errors.sort(key=lambda one: one.outcome != "refused")
    of_lines = [one for one in errors if _of_line(one)]
    lines = list(_lines(read_at, plan, claim, of_lines, ordinals)) if of_lines else []
    if lines and lines[0].statuses:
        statuses = [status for one in errors if one not in of_lines for status in statuses_of(one, plan.guide)]
        statuses.append((lines[0].statuses[0][0], _LINE_INFORMATION))
    else:
        statuses = [status for one in errors for status in statuses_of(one, plan.guide)]
    return Rejection(_distinct(statuses) or [("A7", CLAIM_FORMAT)], lines)


def set_rejection(findings: Iterable[Finding]) -> list[Status]:
    """Why a whole set is rejected; an entity below the submitter has no place there."""
    for finding in findings:
        answer = answer_to(finding.code)
        if answer.category:
            return [(answer.category, answer.status if answer.status and answer.status not in NEEDS_ENTITY else SET_FORMAT)]
    return [("A3", SET_FORMAT)]


def statuses_of(finding: Finding, guide: str) -> list[Status]:
    """The status of a finding: by its code, else by its place."""
    answer = answer_to(finding.code)
    tag, element, component = _named(finding)
    status = answer.status or _place_status(guide, tag, element, component)
    if status not in NEEDS_ENTITY:
        return [(answer.category, one) for one in (status, _COMPANIONS.get(status)) if one]
    loop = finding.location.loop or ""
    entity = PROVIDER_ENTITIES.get(guide, {}).get(loop) or LOOP_ENTITIES.get(loop, "")
    return [(answer.category, status, entity)] if entity in STC_ENTITIES else [(answer.category, CLAIM_FORMAT)]


def _place_status(guide: str, tag: str, element: int, component: int) -> str:
    place = f"{tag}{element:02d}"
    if guide == "837I" and tag == "CLM" and (element, component) == (5, 1):
        return "228"
    return PLACE_STATUS.get(f"{place}{component:02d}") or PLACE_STATUS.get(place) or PLACE_STATUS.get(tag) or CLAIM_FORMAT


def _named(finding: Finding) -> tuple[str, int, int]:
    """(tag, element, component) a finding is about: as its location says, else as its sentence names it."""
    at = finding.location
    if at.element is None and (found := _PLACE.search(finding.text)):
        return found[1], int(found[2]), int(found[3] or 0)
    if finding.code == "SEGMENT_MISSING":
        return finding.text.split()[0], 0, 0
    return at.tag or "", at.element or 0, at.component or 0


def _distinct(statuses: list[Status]) -> list[Status]:
    return list(dict.fromkeys(statuses))[:STATUSES]


# -- service lines


def _of_line(finding: Finding) -> bool:
    return finding.scope == "line" or (finding.location.loop or "").startswith("24")


class Ordinals:
    """Ordinals of segments by byte offset, counted on from the last one asked for; offsets must rise."""

    def __init__(self, read_at: ReadAt, plan: SetPlan) -> None:
        self._read_at = read_at
        terminator = re.escape(plan.delimiters.terminator).encode("latin-1")
        self._end = re.compile(terminator + rb"(?![ \t\r\n]*" + terminator + rb")")
        self._offset, self._ordinal = plan.span.start, 1

    def at(self, offset: int) -> int:
        """The ordinal (ST = 1) of the segment that starts at `offset`."""
        while self._offset < offset:
            data = self._read_at(self._offset, min(1 << 20, offset - self._offset))
            if not data:
                break
            self._ordinal += sum(1 for _ in self._end.finditer(data))
            self._offset += len(data)
        return self._ordinal


def _lines(read_at: ReadAt, plan: SetPlan, claim: Claim, findings: list[Finding], ordinals: Ordinals) -> Iterator[Line]:
    """The lines that findings are about, in order."""
    if claim.end - claim.offset > _MOST_BYTES:
        return
    base = ordinals.at(claim.offset)
    rows = list(_rows(read_at(claim.offset, claim.end - claim.offset), plan, claim.offset, base))
    starts = [number for number, (_, _, elements) in enumerate(rows) if elements[0] == "LX"]
    for start, end in zip(starts, [*starts[1:], len(rows)], strict=True):
        first, last = rows[start], rows[end - 1]
        about = [one for one in findings if _inside(one, first, last)]
        if about:
            yield _line([elements for _, _, elements in rows[start:end]], plan, about)


Row = tuple[int, int, Elements]
"""(byte offset, ordinal, elements) of a segment."""


def _rows(data: bytes, plan: SetPlan, start: int, ordinal: int) -> Iterator[Row]:
    at = start
    for text in data.decode("latin-1").split(plan.delimiters.terminator):
        segment = text.lstrip(BLANKS)
        if segment:
            yield at + len(text) - len(segment), ordinal, segment.rstrip("\r\n").split(plan.delimiters.element)
            ordinal += 1
        at += len(text) + len(plan.delimiters.terminator)


def _inside(finding: Finding, first: Row, last: Row) -> bool:
    if finding.location.offset is not None:
        return first[0] <= finding.location.offset <= last[0]
    return first[1] <= (finding.location.segment or 0) <= last[1]


def _line(segments: list[Elements], plan: SetPlan, findings: list[Finding]) -> Line:
    service: Elements = next((e for e in segments if e[0] in ("SV1", "SV2", "SV3")), [])
    number = next((e[2] for e in segments if e[:2] == ["REF", "6R"] and len(e) > 2), "")
    dates = [e[3] for e in segments if e[:2] == ["DTP", "472"] and len(e) > 3]
    return Line(service, number, dates, _distinct([status for one in findings for status in statuses_of(one, plan.guide)]))


def of_item(findings: Iterator[Finding]) -> Iterator[tuple[int, list[Finding]]]:
    """The findings of a set by the item they belong to, (byte offset, findings), in the order in which items ended; others are left out."""
    current, held = -1, list[Finding]()
    for finding in findings:
        if finding.item is None or finding.code == "ITEM_IN_REFUSED_SET":
            continue
        offset = int(finding.item.partition(".")[0])
        if offset != current:
            if held:
                yield current, held
            current, held = offset, []
        held.append(finding)
    if held:
        yield current, held


def refused_items(findings: Iterator[Finding]) -> Iterator[tuple[int, list[Finding]]]:
    """Those of `of_item` that were refused."""
    return ((offset, held) for offset, held in of_item(findings) if any(one.outcome == "refused" for one in held))
