"""Every public X12 sample written again: equal bytes under its own layout, equal events under another, nothing left out unsaid."""

import json

import pytest

from parsers.x12.delimiters import Delimiters
from parsers.x12.profile import Profile
from parsers.x12.rewrite import rewrite
from schemas.envelope import Finding
from tests.conftest import Converted, converted
from tests.corpus.samples import Sample, samples
from tests.unit.test_rewrite import content_of

PARTNER = Profile(delimiters=Delimiters("|", ">", "!", "\n"), newline="", choose=True)
every = pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.name[4:])


def _written(content: bytes, profile: Profile) -> bytes | None:
    """None where something stands outside any interchange; nothing else may stand against writing."""
    made = list(rewrite(lambda at, size: content[at : at + size], len(content), profile))
    findings = [one for one in made if isinstance(one, Finding)]
    assert {one.code for one in findings} <= {"WRITE_OUTSIDE"}
    return None if findings else b"".join(one for one in made if isinstance(one, bytes))


@every
def test_the_same_bytes(sample: Sample) -> None:
    content = sample.content()
    written = _written(content, Profile())
    if written is None:
        starts = content.removeprefix(b"\xef\xbb\xbf").lstrip()
        assert not starts.startswith(b"ISA") or {"FILE_JUNK", "ISA_UNREADABLE"} & {one.code for one in converted(content).findings}
    else:
        assert written == content


@every
def test_equal_events_under_another_profile(sample: Sample) -> None:
    content = sample.content()
    written = _written(content, PARTNER)
    if written is None:
        return
    before, after = converted(content), converted(written)
    assert [one.code for one in after.findings] == [one.code for one in before.findings if one.code not in LAYOUT]
    assert [event.attributes["type"] for event in after.events] == [event.attributes["type"] for event in before.events]
    if not {one.severity for one in before.findings} - {"info"}:
        assert _contents(after) == _contents(before)


LAYOUT = ("FILE_BOM", "FILE_LEADING_BLANKS", "ISA_REPETITION")


def _contents(made: Converted) -> list[object]:
    """What no field takes is kept as it stands, with the delimiters of the file it stands in: only how much there is counts."""
    data = [json.loads(event.data) for event in made.events]
    return [content_of({**one, "unmapped": len(one.get("unmapped", ()))}) for one in data]
