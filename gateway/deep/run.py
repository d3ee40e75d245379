"""Asks pyx12, within limits of time and memory, and puts its findings beside ours.

pyx12 finds a map by one exact version string, so a copy of the file is given to it in which GS08 and ST03 name that one. It looks at syntax and
guide only (SNIP 1 and 2): findings of the other levels are ours alone and no disagreement.
"""

import bisect
import importlib.util
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from typing import NamedTuple

import orjson

from gateway.deep.known import VERSIONS
from parsers.x12.plan import ReadAt, SetPlan
from parsers.x12.profile import Profile
from parsers.x12.rewrite import rewrite
from parsers.x12.scan import scan
from schemas.envelope import Finding

SECONDS = 300
MEMORY = 2 << 30
MOST_BYTES = 64 << 20
_JUDGED = frozenset({1, 2})


class DeepError(Exception):
    """There is no second opinion: the sentence says why."""


class Point(NamedTuple):
    """One finding of pyx12. `set` counts from 0 (-1: the envelope), `segment` is the ordinal in it; `known` names a known fault of pyx12's."""

    set: int
    segment: int
    tag: str
    element: int
    component: int
    code: str
    known: str


class Opinion(NamedTuple):
    """`accepted` is pyx12's verdict. `both` and `ours` are our findings of SNIP 1 and 2, `theirs` what pyx12 alone says, `beyond` how many of ours
    are of other levels."""

    accepted: bool
    both: list[Finding]
    ours: list[Finding]
    theirs: list[Point]
    beyond: int


def available() -> bool:
    return importlib.util.find_spec("pyx12") is not None


def deep_check(read_at: ReadAt, size: int, findings: Iterable[Finding], seconds: int = SECONDS, memory: int = MEMORY) -> Opinion:
    """Raises DeepError where pyx12 is not installed, has no map for a set of the file, or does not end well within its limits."""
    if not available():
        raise DeepError("pyx12 is not installed; install the extra: pip install 'clearplane[deep]'")
    if size > MOST_BYTES:
        raise DeepError(f"the file is larger than {MOST_BYTES >> 20} MiB, which pyx12 would read for minutes")
    plans = [one for one in scan(read_at, size) if isinstance(one, SetPlan)]
    if not plans:
        raise DeepError("there is no transaction set in the file")
    missing = sorted({plan.guide or "an unknown guide" for plan in plans} - VERSIONS.keys())
    if missing:
        raise DeepError(f"pyx12 has no map for {', '.join(missing)}")
    accepted, points = _asked(read_at, size, plans, seconds, memory)
    return _compared(accepted, points, findings, [plan.st.offset for plan in plans])


def _asked(read_at: ReadAt, size: int, plans: list[SetPlan], seconds: int, memory: int) -> tuple[bool, list[Point]]:
    versions = {(plan.gs.get(8) if plan.gs is not None else "", VERSIONS[plan.guide]) for plan in plans}
    versions |= {(plan.st.get(3), VERSIONS[plan.guide]) for plan in plans}
    profile = Profile(versions=tuple(sorted(pair for pair in versions if pair[0])))
    with tempfile.TemporaryFile() as copy:
        for block in rewrite(read_at, size, profile):
            if isinstance(block, Finding):
                raise DeepError("bytes stand outside any interchange, and pyx12 reads whole interchanges only")
            copy.write(block)
        copy.seek(0)
        command = [sys.executable, "-m", "gateway.deep.worker", str(memory), str(seconds)]
        try:
            done = subprocess.run(command, stdin=copy, capture_output=True, timeout=seconds + 10, check=False)  # noqa: S603 - our own module
        except subprocess.TimeoutExpired:
            raise DeepError(f"pyx12 did not end within {seconds} seconds") from None
    if done.returncode:
        raise DeepError(failure_of("pyx12", done.returncode, done.stderr, seconds))
    said = orjson.loads(done.stdout)
    return said["accepted"], [Point(*point) for point in said["points"]]


def failure_of(name: str, code: int, stderr: bytes, seconds: int) -> str:
    """Why a worker failed: the kind of its last error, never its text, which may hold data."""
    if code == -_SIGXCPU or code == -_SIGKILL:
        return f"{name} did not end within {seconds} seconds"
    last = stderr.decode("utf-8", "replace").strip().rpartition("\n")[2].partition(":")[0]
    kind = last.rpartition(".")[2]
    if kind == "MemoryError":
        return f"{name} needs more memory than it may have"
    return f"{name} failed with {kind}" if kind.isidentifier() else f"{name} failed"


_SIGXCPU, _SIGKILL = 24, 9


def _compared(accepted: bool, points: list[Point], findings: Iterable[Finding], starts: list[int]) -> Opinion:
    """Findings meet where set, segment and element are the same; else where the set and the tag are, as what is missing is named elsewhere."""
    judged: list[Finding] = []
    beyond = 0
    for finding in findings:
        if finding.snip in _JUDGED:
            judged.append(finding)
        else:
            beyond += 1
    left = list(points)
    both: list[Finding] = []
    ours: list[Finding] = []
    for match in (_same_place, _same_tag):
        ours = []
        for finding in judged:
            number = _set_of(finding, starts)
            place = next((point for point in left if match(finding, number, point)), None)
            if place is None:
                ours.append(finding)
            else:
                left.remove(place)
                both.append(finding)
        judged = ours
    met = {(_set_of(finding, starts), finding.location.segment) for finding in both}
    theirs = [point for point in left if point.known or (point.set, point.segment) not in met or point.segment == 0]
    return Opinion(accepted, both, ours, theirs, beyond)


def _set_of(finding: Finding, starts: list[int]) -> int:
    offset = finding.location.offset
    if offset is None and finding.item is not None:
        offset = int(finding.item.partition(".")[0])
    if offset is None or finding.scope in ("file", "interchange", "group"):
        return -1
    return bisect.bisect_right(starts, offset) - 1


def _same_place(finding: Finding, number: int, point: Point) -> bool:
    at = finding.location
    return (number, at.segment or 0, at.element or 0) == (point.set, point.segment, point.element)


def _same_tag(finding: Finding, number: int, point: Point) -> bool:
    at = finding.location
    if number != point.set:
        return False
    if at.segment == point.segment:
        return True
    trailers = {"ISA": ("ISA", "IEA"), "GS": ("GS", "GE"), "ST": ("ST", "SE")}
    return (at.tag in trailers.get(point.tag, ())) or (finding.code in _MISSING and point.code == "3" and f"{point.tag} " in f"{finding.text} ")


_MISSING = frozenset({"SEGMENT_MISSING", "LOOP_MISSING"})
