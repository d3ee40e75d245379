"""The mutation table of HL7 v2: a file broken in exactly one way gives exactly that finding at that place, and its neighbours stay."""

from typing import Any, NamedTuple

import orjson
import pytest

from parsers.hl7v2.convert import Settings, convert
from parsers.hl7v2.limits import Limits
from parsers.hl7v2.profile import profile_of
from parsers.outputs import Event, Origin
from schemas.codes.acknowledgement import ERROR_CODES, error_code
from schemas.codes.findings import FINDINGS
from schemas.envelope import Finding, Location
from tests.unit.v2_breaks import ADT, BREAKS, ELSEWHERE, GOOD, Break, joined

every = pytest.mark.parametrize("one", BREAKS, ids=lambda one: f"{one.code}-{one.case}")


class Read(NamedTuple):
    """What the engine makes of a file."""

    events: list[Event]
    findings: list[Finding]
    counts: Any


def read(content: bytes, settings: Settings | None = None) -> Read:
    outputs = list(convert(lambda at, size: content[at : at + size], len(content), Origin(), settings or Settings()))
    events = [one for one in outputs if isinstance(one, Event)]
    findings = [one for one in outputs if isinstance(one, Finding)]
    return Read(events, findings, outputs[-1])


def _place(at: Location) -> str:
    element = f"-{at.element}" if at.element else ""
    repetition = f"({at.repetition})" if (at.repetition or 1) > 1 else ""
    return f"{at.segment or '-'} {at.tag or '-'}{element}{repetition}" + (f".{at.component}" if at.component else "")


@pytest.mark.parametrize("name", GOOD)
def test_good_messages_are_good(name: str) -> None:
    found = read(GOOD[name])
    assert [finding.code for finding in found.findings] == []
    assert found.events


@every
def test_broken_in_one_way(one: Break) -> None:
    found = read(one.content(), one.settings)
    assert [_place(finding.location) for finding in found.findings if finding.code == one.code] == [one.place]
    assert sorted(finding.code for finding in found.findings if finding.code != one.code) == sorted(one.also)


@every
def test_a_place_points_at_its_bytes(one: Break) -> None:
    """The offset of a finding is that of the segment, field or component it names."""
    if one.starts is None:
        return
    content = one.content()
    offset = next(finding for finding in read(content, one.settings).findings if finding.code == one.code).location.offset
    assert offset is not None
    assert content[offset:].startswith(one.starts)


@every
def test_neighbours_are_unaffected(one: Break) -> None:
    if one.alone:
        return
    good = {event.attributes["type"]: _said(event) for event in read(GOOD[ADT]).events}
    content = GOOD[ADT] + one.content() + GOOD[ADT]
    last = len(content) - len(GOOD[ADT])
    found = read(content, one.settings)
    for start, end in ((0, len(GOOD[ADT])), (last, len(content))):
        assert {event.attributes["type"]: _said(event) for event in found.events if start <= event.offset < end} == good
    around = {"0.MSH", f"{last}.MSH"}
    assert [finding.code for finding in found.findings if finding.item in around] == []


def _said(event: Event) -> dict[str, Any]:
    data: dict[str, Any] = orjson.loads(event.data)
    return {key: value for key, value in data.items() if key != "provenance"}


@every
def test_a_site_can_refuse_for_it(one: Break) -> None:
    """A finding about a message refuses it where the policy says so; nothing of it is published then, and the message is counted."""
    if FINDINGS[one.code].scope not in ("message", "element") or FINDINGS[one.code].outcome != "reported":
        return
    settings = one.settings._replace(policy={one.code: "reject"})
    found = read(one.content(), settings)
    assert [finding.outcome for finding in found.findings if finding.code == one.code] == ["refused"]
    assert (found.events, found.counts.counts.refused) == ([], 1)


@pytest.mark.parametrize("code", sorted(code for code in FINDINGS if code.startswith("V2_")))
def test_every_sentence_can_be_said(code: str) -> None:
    said = FINDINGS[code].text.format(place="PID-3")
    assert "{" not in said
    assert not said.endswith(".")


def test_error_codes_are_of_findings() -> None:
    assert set(ERROR_CODES) <= set(FINDINGS)
    assert {error_code("V2_FIELD_MISSING"), error_code("V2_DATE"), error_code("V2_MESSAGE_LIMIT")} == {"101", "102", "207"}


def test_every_code_is_here() -> None:
    """A new code needs its broken message."""
    assert {*(one.code for one in BREAKS), *ELSEWHERE} == {code for code in FINDINGS if code.startswith("V2_")}


def test_a_profile_may_name_the_version() -> None:
    """With the version the site names, what the header says of it is no finding."""
    settings = Settings(profile=profile_of({"base": "plain", "version": "2.5"}))
    content = joined(GOOD[ADT].replace(b"|P|2.5|", b"|P|x.y|").split(b"\r")[:-1])
    assert [finding.code for finding in read(content, settings).findings] == []
    assert [finding.code for finding in read(content).findings] == ["V2_VERSION_UNKNOWN"]


def test_limits_refuse() -> None:
    found = read(GOOD[ADT], Settings(limits=Limits(segments=3)))
    assert (found.events, [finding.outcome for finding in found.findings]) == ([], ["refused"])
