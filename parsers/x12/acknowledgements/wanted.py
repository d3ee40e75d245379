"""Which acknowledgements a file gets: one written interchange for each received one and kind, decided before any control number is drawn."""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple

from parsers.x12.acknowledgements.profile import Findings, Profile, Wanted
from parsers.x12.acknowledgements.received import Survey, surveys
from parsers.x12.plan import ReadAt
from schemas.codes.acknowledgement import ANSWERS, INTERCHANGE_ORDER, ISA_ELEMENTS, answer_to
from schemas.envelope import Finding

REUSED = "ISA_REUSED"
LOOSE = "ITEM_OUTSIDE_SET"
NOT_READ = "READ_FAILED"
"""A fault of ours: what could not be read is not answered until it was."""


def refused_set(finding: Finding) -> int | None:
    """Byte offset of the set that this finding refuses whole, None when it refuses less or nothing."""
    if finding.outcome != "refused":
        return None
    if finding.item is not None:
        offset, _, tag = finding.item.partition(".")
        return int(offset) if tag == "ST" else None
    return finding.location.offset if finding.location.tag == "ST" else None


class _About:
    """What the findings say of one interchange."""

    def __init__(self) -> None:
        self.first: int | None = None
        self.last = 0
        self.codes: set[str] = set()
        self.refused: set[int] = set()
        self.unread = self.reused = False
        self.loose: int | None = None

    def see(self, number: int, finding: Finding) -> None:
        self.first = number if self.first is None else self.first
        self.last = number + 1
        if finding.scope == "interchange":
            code = answer_to(finding.code).interchange
            if finding.code == "ISA_ELEMENT":
                code = ISA_ELEMENTS.get(finding.location.element or 0, code)
            self.codes.add(code)
            self.reused = self.reused or finding.code == REUSED
        elif finding.code == NOT_READ:
            self.unread = True
        elif finding.code == LOOSE and self.loose is None:
            self.loose = finding.location.offset
        offset = refused_set(finding)
        if offset is not None and finding.code != "ITEM_IN_REFUSED_SET":
            self.refused.add(offset)


class _Verdict(NamedTuple):
    survey: Survey
    about: _About

    @property
    def note(self) -> str:
        """TA105."""
        codes, loose = self.about.codes, self.about.loose
        if self.survey.astray or (loose is not None and loose < self.survey.closed):
            codes = codes | {ANSWERS[LOOSE].interchange}
        return next((code for code in INTERCHANGE_ORDER if code in codes), "000")

    @property
    def status(self) -> str:
        """TA104: R says that nothing of the interchange was taken, E that it was in spite of what is wrong."""
        if self.note == "000":
            return "A"
        return "E" if self.survey.sets > len(self.about.refused) else "R"


def wanted(read_at: ReadAt, size: int, findings: Findings, profile: Profile, complete: bool = True, held: bool = False) -> list[Wanted]:
    """What is to be written for a file, in file order.

    `complete`: no finding was left out of the list. `held`: the file was set aside because a control number was used before, and nothing of it
    was read; then only that is said. An interchange of acknowledgements alone is not answered, unless it asks for a TA1.
    """
    found = list(surveys(read_at, size))
    abouts = _sorted_out(findings, [survey.isa.offset for survey in found])
    doubt = size if complete else _doubt(findings)
    lines: list[Wanted] = []
    for survey, about in zip(found, abouts, strict=True):
        lines += _held(survey, about, profile) if held else _answers(_Verdict(survey, about), profile, doubt)
    return lines


def _sorted_out(findings: Findings, starts: list[int]) -> list[_About]:
    """What is said of each interchange; findings without a place go with the one before them, faults of ours with all."""
    abouts = [_About() for _ in starts]
    at = 0
    for number, finding in enumerate(findings):
        offset = finding.location.offset
        if finding.code == NOT_READ and offset is None:
            for about in abouts:
                about.unread = True
        if offset is not None:
            at = bisect_right(starts, offset) - 1
        if 0 <= at < len(abouts):
            abouts[at].see(number, finding)
    return abouts


def _doubt(findings: Findings) -> int:
    """Byte offset of the last finding that is only reported: what stands behind it may have had more."""
    offsets = (
        finding.location.offset or 0 for finding in findings if finding.outcome == "reported" and finding.scope in ("set", "claim", "line", "element")
    )
    return max(offsets, default=0)


def _held(survey: Survey, about: _About, profile: Profile) -> list[Wanted]:
    if not about.reused or not _wants_note(survey, profile, True):
        return []
    return [_line("TA1", survey, about, ("R", ANSWERS[REUSED].interchange), 0)]


def _wants_note(survey: Survey, profile: Profile, wrong: bool) -> bool:
    if profile.ta1 == "never":
        return False
    if survey.isa.get(14) == "1":
        return True
    return not survey.acknowledges and (profile.ta1 == "always" or (profile.ta1 == "errors" and wrong))


def _answers(verdict: _Verdict, profile: Profile, doubt: int) -> list[Wanted]:
    survey, about = verdict.survey, verdict.about
    said = verdict.status, verdict.note
    note = _wants_note(survey, profile, verdict.note != "000")
    functional = profile.functional != "none" and survey.answerable > 0 and not about.unread
    lines: list[Wanted] = []
    leads = note and functional and profile.ta1_place == "front"
    if note and not leads:
        lines.append(_line("TA1", survey, about, said, doubt))
    if functional:
        kind = "997" if profile.functional == "997" else "999"
        lines.append(_line(kind, survey, about, said, doubt)._replace(groups=survey.runs, sets=survey.answerable, leads=leads))
    if profile.claims == "277CA" and survey.claims and not about.unread:
        lines.append(_line("277CA", survey, about, said, doubt)._replace(groups=1, sets=survey.claims))
    return lines


def _line(kind: str, survey: Survey, about: _About, said: tuple[str, str], doubt: int) -> Wanted:
    number = "".join(digit for digit in survey.isa.get(13) if digit.isascii() and digit.isdigit()) or "0"
    name = f"{kind}-{number}-{survey.isa.offset}.x12"
    return Wanted(kind, survey.isa.offset, survey.end, name, 0, 0, *said, False, about.first or 0, about.last, doubt)  # type: ignore[arg-type]
