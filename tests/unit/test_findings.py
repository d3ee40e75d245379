"""The mutation table: a file broken in exactly one way gives exactly that finding at that place, its neighbours stay, the acknowledgements say it."""

import re

import orjson
import pytest

from parsers.x12.convert import Origin, Settings, convert
from schemas.codes.findings import FINDINGS
from schemas.envelope import Finding, Location
from tests.conftest import Converted, converted, reader_of
from tests.unit.acknowledgement_files import EVERYTHING, Answers, answers_to
from tests.unit.mutation_table import BREAKS, GOOD, MENDED, Break, P

every = pytest.mark.parametrize("one", BREAKS, ids=lambda one: one.code)


def _place(at: Location) -> str:
    element = "" if at.element is None else f"{at.element:02d}" + ("" if at.component is None else f"-{at.component}")
    return f"{at.segment or '-'} {at.tag or '-'}{element} {at.loop or '-'}"


@every
def test_broken_in_one_way(one: Break) -> None:
    found = converted(one.content(), one.settings).findings
    assert [_place(finding.location) for finding in found if finding.code == one.code] == [one.place] * one.times
    assert sorted(finding.code for finding in found if finding.code != one.code) == sorted(one.also)


def test_good_files_are_good() -> None:
    assert {one.case for one in BREAKS} | set(MENDED) <= set(GOOD)
    assert [name for name, content in GOOD.items() if converted(content).codes()] == []


# -- neighbours


BEFORE, BEHIND = "9001", "9002"
EVERY_SET = ("file", "interchange", "group")
"""Scopes of findings that are about every set."""
GROUP_WIDE = {"GUIDE_UNKNOWN", "GUIDE_MISMATCH", "GUIDE_GUESSED"}
"""Broken in GS08, which holds for the neighbours too."""


def _surrounded(content: bytes, good: bytes) -> bytes:
    """The first set between two copies of what it was."""
    start = good.index(b"ST*")
    body = good[start : good.index(b"~", good.index(b"~SE*") + 1) + 1]
    before, behind = (_numbered(body, number) for number in (BEFORE, BEHIND))
    at = content.index(b"ST*")
    content = content[:at] + before + content[at:]
    end = next(place for tag in (b"~GE*", b"~IEA*") if (place := content.find(tag)) >= 0) + 1
    content = content[:end] + behind + content[end:]
    return re.sub(rb"~GE\*(\d+)", lambda match: b"~GE*%d" % (int(match[1]) + 2), content, count=1)


def _numbered(body: bytes, number: str) -> bytes:
    return re.sub(rb"(ST\*\w+\*|~SE\*\d+\*)\w+", lambda match: match[1] + number.encode(), body)


def _of_neighbours(found: Converted) -> dict[str, list[bytes]]:
    """What each neighbour's events say, byte by byte but for the envelope around the sets and places in the file."""
    said: dict[str, list[bytes]] = {}
    for event in found.events:
        data = orjson.loads(event.data)
        number = data["envelope"]["set"]["control_number"]
        if number in (BEFORE, BEHIND):
            said.setdefault(number, []).append(orjson.dumps({key: value for key, value in data.items() if key not in ("envelope", "provenance")}))
    return said


@every
def test_neighbours_are_unaffected(one: Break) -> None:
    if one.code in GROUP_WIDE:
        return
    good = converted(_surrounded(GOOD[one.case], GOOD[one.case]), one.settings)
    content = _surrounded(one.content(), GOOD[one.case])
    broken = converted(content, one.settings)
    assert _of_neighbours(broken) == _of_neighbours(good)
    assert set(_of_neighbours(good)) == {BEFORE, BEHIND} or one.code == "ITEM_LIMIT"
    if FINDINGS[one.code].scope in EVERY_SET or one.settings != Settings():
        return
    spans = [
        (content.index(b"ST*", content.index(b"*" + number.encode()) - 9), content.index(b"*" + number.encode() + b"~"))
        for number in (BEFORE, BEHIND)
    ]
    assert [found.code for found in broken.findings for start, end in spans if start <= (found.location.offset or 0) <= end] == []


# -- acknowledgements


def _answered(one: Break) -> Answers:
    """The acknowledgements of the broken file; a rule of SNIP 3 to 7 says something there when it refuses."""
    kind = FINDINGS[one.code]
    policy = {one.code: "reject_set" if kind.scope == "set" else "reject"} if _is_rule(one) else {}
    content, settings = one.content(), one.settings._replace(policy={**one.settings.policy, **policy})
    outputs = convert(reader_of(content), len(content), Origin(), settings)
    return answers_to(content, [output for output in outputs if isinstance(output, Finding)], EVERYTHING)


def _is_rule(one: Break) -> bool:
    return (FINDINGS[one.code].snip or 0) >= 3


def _said(one: Break) -> list[str]:
    """What is said otherwise than of a good file, each once: TA1 but for 000, IK3 to IK4, IK5 but for A, AK9 with codes, STC that reject."""
    answered = _answered(one)
    notes = [segment.split("*") for segment in answered.segments("TA1")]
    said = ["*".join(["TA1", *e[4:]]) for e in notes if e[0] == "TA1" and e[-1] != "000"]
    errors = () if _is_rule(one) else ("IK3", "CTX", "IK4")  # no rule is named by a 999
    for segment in answered.segments("999"):
        tag, _, result = segment.partition("*")
        if tag in errors or (tag == "IK5" and result != "A") or (tag == "AK9" and result.count("*") > 3):
            said.append(segment)
    statuses = [segment.split("*") for segment in answered.segments("277CA")]
    said += ["*".join(e[:2]) for e in statuses if e[0] == "STC" and e[1][:2] not in ("A1", "A2")]
    return list(dict.fromkeys(said))


@every
def test_the_acknowledgements_say_it(one: Break) -> None:
    assert _said(one) == list(one.said)


SILENT = {
    "FILE_BOM", "FILE_LEADING_BLANKS", "FILE_JUNK", "ENVELOPE_MISSING", "ISA_REPETITION",
    "GUIDE_GUESSED", "LIST_LIMIT",
    "ACK_GROUP_DISAGREES",
}  # fmt: skip
"""What surrounds the interchange or takes nothing away; a limit of ours; and what acknowledges, which is never acknowledged."""


def test_what_no_acknowledgement_says() -> None:
    assert {one.code for one in BREAKS if not one.said} == SILENT


# -- whole files and the rest


WHOLE = {
    "FILE_EMPTY": b"",
    "FILE_UNREADABLE": b"Dear colleague, the file is attached.\n",
    "ISA_UNREADABLE": b"ISA*00*too short~" + GOOD[P],
    "ISA_DUPLICATE": GOOD[P] + GOOD[P],
}


@pytest.mark.parametrize("code", WHOLE)
def test_whole_files(code: str) -> None:
    assert converted(WHOLE[code]).codes() == [code, *(["FILE_JUNK"] if code == "ISA_UNREADABLE" else [])]


def test_a_file_behind_an_unreadable_one_is_read() -> None:
    kinds = [[event.attributes["type"] for event in converted(content).events] for content in (WHOLE["ISA_UNREADABLE"], GOOD[P])]
    assert kinds[0] == kinds[1]


ELSEWHERE = {
    "ISA_REUSED": "the gateway knows earlier files",
    "READ_FAILED": "the gateway says it of its own fault",
    "WRITE_DELIMITER": "the writer says it of what it is asked to write",
    "WRITE_CHARACTER": "as above",
    "WRITE_REPETITION": "as above",
    "WRITE_OUTSIDE": "as above",
}


def test_every_code_is_here() -> None:
    """A new code needs its broken file; those of HL7 v2 have theirs in test_v2_findings."""
    assert {*(one.code for one in BREAKS), *WHOLE, *ELSEWHERE} == {code for code in FINDINGS if not code.startswith("V2_")}
