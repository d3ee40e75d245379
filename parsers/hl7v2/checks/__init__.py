"""The checks of one message against the tables of its version: graded findings, never a gate unless the site makes them one."""

from collections.abc import Iterator, Mapping

from parsers.hl7v2.checks.fields import USUAL, Marks, flaws_of, value_flaws
from parsers.hl7v2.checks.merges import LINKS, MERGES, link_problems, merge_problems
from parsers.hl7v2.checks.plans import PROCESSING, every_number, plans_of, shapes_of, standing_out
from parsers.hl7v2.checks.problem import Problem, at_field
from parsers.hl7v2.checks.structure import header_problems, segment_problems
from parsers.hl7v2.message import Message
from parsers.hl7v2.message_type import message_type
from parsers.hl7v2.segments import Segment
from schemas.hl7v2.tables import codes_of
from schemas.hl7v2.versions import version_of

__all__ = ["Codes", "Problem", "check", "codes_meant"]

Codes = Mapping[str, Mapping[str, str]]
"""By field ("PV1-2"): the site's code to the standard's."""
_NO_CODES: Codes = {}
_LONGEST = 64
"""Characters of a name in MSH that are looked at: more than any has, and what is remembered of them is bounded."""


def check(message: Message, version: str = "", codes: Codes = _NO_CODES) -> Iterator[Problem]:
    """What deviates, header and structure first, then field by field as they stand. `version` stands for MSH-12 where the site says so, `codes` are
    the site's own by field, each with the one of the standard that it means."""
    segments, marks = message.segments, message.delimiters
    header = segments[0].fields
    kind, event, name = _parts(header[9] if len(header) > 9 else "", marks.component)
    said = (version or (header[12].partition(marks.component or "^")[0] if len(header) > 12 else "")).strip()[:_LONGEST]
    out = [*header_problems(kind, event, name, said)]
    event = event or message_type(message)[1][:_LONGEST]
    out += segment_problems(kind, event, tuple([segment.tag for segment in segments]))
    if len(header) < 11 or not header[10]:
        out.append(at_field("V2_CONTROL_ID_MISSING", 1, "MSH", 10))
    used = marks.field, marks.component, marks.repetition, marks.subcomponent, marks.escape
    if kind.upper() == "ADT" and event.upper() in MERGES:
        out += merge_problems(event.upper(), segments, used)
    elif kind.upper() == "ADT" and event.upper() in LINKS:
        out += link_problems(segments, used)
    yield from out
    number = version_of(said)[0]
    for problem in _of_fields(message, number, used):
        if not (codes and problem.code == "V2_CODE" and _is_mapped(problem, segments, number, used, codes)):
            yield problem


def _of_fields(message: Message, version: str, used: Marks) -> Iterator[Problem]:
    segments, plans = message.segments, plans_of(version)
    shapes = shapes_of(message) if used == USUAL else ()
    for segment in segments:
        tag, fields = segment.tag, segment.fields
        plan = plans[tag]
        look = standing_out(plan, shapes[segment.ordinal - 1], fields, 1 if segment.ordinal == 1 else 0) if shapes else every_number(plan)
        if look:
            yield from flaws_of(tag, segment.ordinal, fields, plan.rules, look, used)
        if tag == "OBX":
            yield from value_flaws(segment.ordinal, fields, used)


def codes_meant(codes: Codes, tag: str, field: int) -> Mapping[str, str]:
    """The site's codes of a field: "PV1-2" and "PV1-2.1" are one place. MSH-11 is not read by them: a site says what it is as `usage`."""
    if tag == "MSH" and field == PROCESSING:
        return {}
    return codes.get(f"{tag}-{field}.1") or codes.get(f"{tag}-{field}") or {}


def _is_mapped(problem: Problem, segments: list[Segment], version: str, marks: Marks, codes: Codes) -> bool:
    """The site says which code of the HL7 table it means."""
    table = plans_of(version)[problem.tag].rules[problem.field - 1].table
    meant = codes_meant(codes, problem.tag, problem.field)
    _, component, repetition, subcomponent, _ = marks
    text = segments[problem.segment - 1].fields[problem.field]
    for mark, number in ((repetition, problem.repetition or 1), (component, 1), (subcomponent, 1)):
        text = text.split(mark)[number - 1] if mark else text
    return meant.get(text.strip()) in (codes_of(table) or ())


def _parts(text: str, mark: str) -> tuple[str, str, str]:
    """MSH-9 -> type, event, structure."""
    parts = text.split(mark, 3) if mark else [text]
    kind, event, name = (*parts[:3], "", "", "")[:3]
    return kind.strip()[:_LONGEST], event.strip()[:_LONGEST], name.strip()[:_LONGEST]
