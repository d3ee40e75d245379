"""What the findings of one transaction set come to: the erroneous segments and elements it is answered with, and its result."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from parsers.x12.acknowledgements.profile import Findings
from parsers.x12.acknowledgements.wanted import refused_set
from parsers.x12.plan import SetPlan
from schemas.codes.acknowledgement import SET_UNSUPPORTED, answer_to
from schemas.codes.findings import FINDINGS
from schemas.envelope import Finding, Location
from schemas.x12 import guide, guide_names, guides

_ELEMENTS = 99
"""Element errors listed a segment."""
_WITHOUT_CODES = frozenset({"ITEM_IN_REFUSED_SET", "SET_REFUSED"})


class ElementError(NamedTuple):
    """One IK4: its place and code; `value` says that IK404 shows what stands there."""

    at: Location
    code: str
    value: bool


class SegmentError(NamedTuple):
    """One IK3 with its IK4s. `item` names the item it is in; without a `tag` it is that of the segment at `offset`."""

    ordinal: int
    tag: str
    loop: str
    code: str
    item: str | None
    offset: int | None
    elements: list[ElementError]


class Result(NamedTuple):
    """Of one set: A, E or R, its IK502 codes and the segments in error by their place."""

    status: str
    codes: list[str]
    segments: list[SegmentError]


class ByOffset:
    """The findings of a file, taken set by set; those about the envelope are passed over."""

    def __init__(self, findings: Findings) -> None:
        self._left: Iterator[Finding] = iter(findings)
        self._ahead: Finding | None = None

    def of(self, plan: SetPlan) -> Iterator[Finding]:
        """Those in the bytes of this set. Sets must be asked for in file order."""
        while True:
            finding = self._ahead if self._ahead is not None else next(self._left, None)
            if finding is None:
                return
            self._ahead = None
            offset = place_of(finding)
            if offset is None or finding.scope in ("file", "interchange", "group"):
                continue
            if offset >= plan.span.end:
                self._ahead = finding
                return
            if offset >= plan.span.start:
                yield finding


def place_of(finding: Finding) -> int | None:
    """Byte offset of a finding: its own, else its item's."""
    if finding.location.offset is not None or finding.item is None:
        return finding.location.offset
    return int(finding.item.partition(".")[0])


def result_of(plan: SetPlan, findings: Iterator[Finding], most: int, doubt: bool) -> Result:
    """The result of a set. At most `most` segments are listed. `doubt`: it may have findings that are not among these."""
    tally = _Tally(plan, most)
    for finding in findings:
        tally.see(finding)
    return tally.result(doubt)


class _Tally:
    def __init__(self, plan: SetPlan, most: int) -> None:
        self.plan, self.most = plan, most
        self.codes: dict[str, None] = {}
        self.segments: dict[tuple[int | str | None, ...], SegmentError] = {}
        self.refused = self.wrong = False

    def see(self, finding: Finding) -> None:
        answer = answer_to(finding.code)
        refuses = refused_set(finding) == self.plan.span.start
        self.refused = self.refused or refuses
        if finding.code in _WITHOUT_CODES:
            return
        if answer.set:
            code = self._unsupported() if finding.code == "GUIDE_UNKNOWN" else answer.set
            self.codes = {code: None, **self.codes} if refuses else {**self.codes, code: None}
        if answer.segment:
            self._segment(finding, answer.segment)
        elif finding.outcome == "refused" and finding.item is not None:
            self._refused_item(finding)

    def _unsupported(self) -> str:
        known = any(found.transaction == self.plan.st.get(1).strip() for found in guides().values())
        return answer_to("GUIDE_UNKNOWN").set if known else SET_UNSUPPORTED

    def _segment(self, finding: Finding, code: str) -> None:
        at = finding.location
        tag, loop = self._named(finding)
        segment = self._at(SegmentError(at.segment or 1, tag, loop, code, finding.item, at.offset, []))
        answer = answer_to(finding.code)
        if segment is not None and answer.element and len(segment.elements) < _ELEMENTS:
            error = ElementError(at, answer.element, answer.value)
            if error not in segment.elements:
                segment.elements.append(error)

    def _refused_item(self, finding: Finding) -> None:
        """A claim that a rule of SNIP 3 to 7 refuses: that it was is said here, and why in the 277CA."""
        at, item = finding.location, finding.item
        self._at(
            SegmentError(at.segment or 1, (item or "").partition(".")[2], at.loop or "", "8", item, place_of(Finding(*finding[:5], item=item)), [])
        )

    def _at(self, error: SegmentError) -> SegmentError | None:
        """The entry of this place: all element errors of a segment share one."""
        self.wrong = True
        key: tuple[int | str | None, ...] = (error.ordinal, error.code) if error.code == "8" else error[:5]
        found = self.segments.get(key)
        if found is None:
            if len(self.segments) >= self.most:
                return None
        elif found.tag and found.item:
            return found
        else:
            tag, loop, item = found.tag or error.tag, found.loop or error.loop, found.item or error.item
            error = found._replace(tag=tag, loop=loop, item=item)
        self.segments[key] = error
        return error

    def _named(self, finding: Finding) -> tuple[str, str]:
        """(segment tag, loop) for IK301 and IK303: of what is missing its own, elsewhere those of the place."""
        at = finding.location
        tag, loop = at.tag or "", at.loop or ""
        if finding.code == "SEGMENT_MISSING":
            tag = _place_words(finding)[0]
        elif finding.code == "LOOP_MISSING":
            loop = _place_words(finding)[-1]
            tag = _first_tag(self.plan.guide, loop) or tag
        return tag, loop

    def result(self, doubt: bool) -> Result:
        segments = sorted(self.segments.values(), key=lambda segment: segment.ordinal)
        if segments or (not self.codes and (self.wrong or self.refused or doubt)):
            used = {element.code for segment in segments for element in segment.elements} | {one.code for one in segments if not one.elements}
            self.codes["I5" if used and all(code.startswith("I") for code in used) else "5"] = None
        status = "R" if self.refused else "E" if self.codes else "A"
        return Result(status, list(self.codes)[:5], segments)


def _place_words(finding: Finding) -> list[str]:
    """The words for a place in a finding's sentence, which is its kind's sentence with the place filled in."""
    before, _, after = FINDINGS[finding.code].text.partition("{place}")
    return finding.text.removeprefix(before).removesuffix(after).split() or [""]


def _first_tag(name: str, loop_id: str) -> str:
    """Tag of the segment that opens a loop of a guide."""
    if name not in guide_names():
        return ""
    return next((loop.segments[0].tag for loop in guide(name).loops() if loop.id == loop_id and loop.segments), "")
