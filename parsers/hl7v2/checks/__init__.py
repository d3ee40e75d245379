"""The checks of one message against the tables of its version: graded findings, never a gate unless the site makes them one."""

from collections.abc import Iterator

from parsers.hl7v2.checks.fields import USUAL, Marks, flaws_of, value_flaws
from parsers.hl7v2.checks.merges import MERGES, merge_problems
from parsers.hl7v2.checks.plans import every_number, plans_of, shapes_of, standing_out
from parsers.hl7v2.checks.problem import Problem, at_field
from parsers.hl7v2.checks.structure import header_problems, segment_problems
from parsers.hl7v2.message import Message
from parsers.hl7v2.segments import Segment
from schemas.hl7v2.versions import version_of

__all__ = ["Problem", "check"]


def check(message: Message, version: str = "") -> Iterator[Problem]:
    """What deviates, header and structure first, then field by field as they stand. `version` stands for MSH-12 where the site says so."""
    segments, marks = message.segments, message.delimiters
    header = segments[0].fields
    kind, event, name = _parts(header[9] if len(header) > 9 else "", marks.component)
    said = version or (header[12].partition(marks.component or "^")[0] if len(header) > 12 else "")
    out = [*header_problems(kind, event, name, said)]
    event = event or _recorded(segments)
    out += segment_problems(kind, event, tuple([segment.tag for segment in segments]))
    if len(header) < 11 or not header[10]:
        out.append(at_field("V2_CONTROL_ID_MISSING", 1, "MSH", 10))
    used = marks.field, marks.component, marks.repetition, marks.subcomponent, marks.escape
    if kind == "ADT" and event in MERGES:
        out += merge_problems(event, segments, used)
    yield from out
    yield from _of_fields(message, version_of(said)[0], used)


def _of_fields(message: Message, version: str, used: Marks) -> Iterator[Problem]:
    segments, plans = message.segments, plans_of(version)
    shapes = shapes_of(message.text, segments) if used == USUAL else ()
    for segment in segments:
        tag, fields = segment.tag, segment.fields
        plan = plans[tag]
        look = standing_out(plan, shapes[segment.ordinal - 1], fields, 1 if segment.ordinal == 1 else 0) if shapes else every_number(plan)
        if look:
            yield from flaws_of(tag, segment.ordinal, fields, plan.rules, look, used)
        if tag == "OBX":
            yield from value_flaws(segment.ordinal, fields, used)


def _recorded(segments: list[Segment]) -> str:
    """EVN-1, which names the event where MSH-9 does not, as before version 2.3."""
    found = next((segment.fields for segment in segments if segment.tag == "EVN"), [])
    return found[1].strip() if len(found) > 1 else ""


def _parts(text: str, mark: str) -> tuple[str, str, str]:
    """MSH-9 -> type, event, structure."""
    parts = text.split(mark, 3) if mark else [text]
    kind, event, name = (*parts[:3], "", "", "")[:3]
    return kind.strip(), event.strip(), name.strip()
