"""Asks hl7apy about HL7 v2 messages, within limits of time and memory, and puts its findings beside ours.

hl7apy reads one message with CR between segments and four encoding characters; what this program has repaired is given to it repaired, so that
it looks at the content. It takes some 40 ms a message. It has a table for each version from 2.1 to 2.8.2, but no lengths before 2.7.
"""

import importlib.util
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import orjson

from gateway.deep.run import MEMORY, SECONDS, DeepError, failure_of
from parsers.hl7v2.message import Message, Reading, read
from parsers.hl7v2.scan import Span, messages
from parsers.outputs import ReadAt
from schemas.envelope import Finding
from schemas.hl7v2.versions import version_of

MOST_BYTES = 4 << 20
MOST_MESSAGES = 2000
_CHARACTERS, _VERSION = 1, 11
"""Places of MSH-2 and MSH-12 between separators."""
_USUAL = "^~\\&"
_JUDGED = (
    "V2_SEGMENT_MISSING", "V2_SEGMENT_ABSENT", "V2_SEGMENT_UNKNOWN", "V2_SEGMENT_UNEXPECTED", "V2_SEGMENT_REPEATED", "V2_FIELD_MISSING",
    "V2_FIELD_REPEATED", "V2_FIELD_EXTRA", "V2_FIELD_LONG", "V2_COMPONENT_EXTRA", "V2_CODE",
)  # fmt: skip
"""What hl7apy looks at, too; it knows nothing of dates and numbers."""


class Point(NamedTuple):
    """One thing that hl7apy says. `message` counts from 0; `known` names a known fault of hl7apy's."""

    message: int
    severity: str
    tag: str
    field: int
    component: int
    code: str
    known: str


class Opinion(NamedTuple):
    """`accepted`: hl7apy has no error that is not a known fault of its own. `both` and `ours` are our findings on what it looks at, too, `theirs`
    what it alone says, `beyond` how many of ours are of other kinds."""

    messages: int
    accepted: bool
    both: list[Finding]
    ours: list[Finding]
    theirs: list[Point]
    beyond: int


def available() -> bool:
    return importlib.util.find_spec("hl7apy") is not None


def deep_check(
    read_at: ReadAt, size: int, findings: Iterable[Finding], reading: Reading | None = None, seconds: int = SECONDS, memory: int = MEMORY
) -> Opinion:
    """Raises DeepError where hl7apy is not installed, there is too much for it, or it does not end well within its limits."""
    if not available():
        raise DeepError("hl7apy is not installed; install the extra: pip install 'clearplane[deep]'")
    if size > MOST_BYTES:
        raise DeepError(f"the file is larger than {MOST_BYTES >> 20} MiB, which hl7apy would read for minutes")
    spans = [one for one in messages(read_at, size) if isinstance(one, Span)]
    if not spans:
        raise DeepError("there is no message in the file")
    if len(spans) > MOST_MESSAGES:
        raise DeepError(f"the file has more than {MOST_MESSAGES} messages, which hl7apy would read for minutes")
    texts = (_text(read(read_at(span.start, span.end - span.start), span.start, reading or Reading())) for span in spans)
    points = _asked(texts, seconds, memory)
    return _compared(points, findings, {f"{span.start}.MSH": number for number, span in enumerate(spans)})


def _text(message: Message) -> str:
    """As hl7apy can read it: CR between segments, four encoding characters, a version that it has."""
    header, *rest = (segment.text.replace("\r", " ") for segment in message.segments)
    field = message.delimiters.field
    fields = header.split(field)
    if len(fields) > _CHARACTERS:
        fields[_CHARACTERS] = (fields[_CHARACTERS] + _USUAL[len(fields[_CHARACTERS]) :])[: len(_USUAL)]
    if len(fields) > _VERSION:
        fields[_VERSION] = version_of(fields[_VERSION].partition(message.delimiters.component or "^")[0])[0]
    return "\r".join((field.join(fields), *rest))


def _asked(texts: Iterator[str], seconds: int, memory: int) -> list[Point]:
    with tempfile.TemporaryFile() as copy:
        for text in texts:
            copy.write(orjson.dumps(text.encode("utf-8", "replace").decode("utf-8")) + b"\n")
        copy.seek(0)
        command = [sys.executable, "-W", "ignore", "-m", "gateway.deep.hl7v2_worker", str(memory), str(seconds)]
        try:
            done = subprocess.run(command, stdin=copy, capture_output=True, timeout=seconds + 10, check=False)  # noqa: S603 - our own module
        except subprocess.TimeoutExpired:
            raise DeepError(f"hl7apy did not end within {seconds} seconds") from None
    if done.returncode:
        raise DeepError(failure_of("hl7apy", done.returncode, done.stderr, seconds))
    return [Point(*point) for point in orjson.loads(done.stdout)["points"]]


def _compared(points: list[Point], findings: Iterable[Finding], numbers: dict[str, int]) -> Opinion:
    """Findings meet where message, tag and field are the same."""
    accepted = not any(point.severity == "error" and not point.known for point in points)
    places = {(point.message, point.tag, point.field) for point in points if point.tag}
    both: list[Finding] = []
    ours: list[Finding] = []
    met: set[tuple[int, str, int]] = set()
    beyond = 0
    for finding in findings:
        at = finding.location
        place = numbers.get(finding.item or "", -1), at.tag or "", at.element or 0
        if finding.code not in _JUDGED:
            beyond += 1
        elif place in places:
            both.append(finding)
            met.add(place)
        else:
            ours.append(finding)
    theirs = [point for point in points if (point.message, point.tag, point.field) not in met]
    return Opinion(len(numbers), accepted, both, ours, theirs, beyond)
