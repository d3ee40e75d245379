"""Acknowledgements of every sample: none fails, each reads back, each says what became of every set and claim, and pyx12 takes them."""

from functools import cache

import orjson
import pytest

from parsers.x12.acknowledgements import Profile
from parsers.x12.convert import Event, Origin, convert
from schemas.envelope import Finding
from tests.corpus.acknowledged import published, sets_said, theirs
from tests.corpus.samples import Sample, samples
from tests.corpus.tokens import segments
from tests.unit.acknowledgement_files import EVERYTHING, Answers, answers, answers_to, findings_of, interchange, reader, to_bytes
from tests.unit.test_acknowledgements import SYNTAX, changed

ECHOES = {
    ("999", "ELEMENT_CODE", "AK1"): "GS01 as it was sent, which is no code of the guide",
    ("999", "ELEMENT_CODE", "AK2"): "ST01 as it was sent, which is no code of the guide",
    ("TA1", "ELEMENT_TIME", "TA1"): "ISA10 as it was sent, which is no time",
    ("277CA", "NPI_CHECK_DIGIT", "NM1"): "the number of the billing provider as it was sent, which is no NPI",
    ("277CA", "SEGMENT_MISSING", "TRN"): "the claim has no date of service that can be read",
}
"""What may be found in an acknowledgement, and why: it repeats what was received."""


@cache
def answered(sample: Sample) -> tuple[Answers, set[int]]:
    """The acknowledgements of a file, and the offsets of the sets of which an event was published."""
    data = sample.content()
    outputs = list(convert(reader(data), len(data), Origin()))
    published_sets = {orjson.loads(output.data)["provenance"].get("st", -1) for output in outputs if isinstance(output, Event)}
    return answers_to(data, [output for output in outputs if isinstance(output, Finding)], EVERYTHING), published_sets


@pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.name)
def test_each_acknowledgement_is_whole_and_reads_back(sample: Sample) -> None:
    for one, data in answered(sample)[0].written:
        assert data.startswith(b"ISA*")
        assert data.endswith(b"~")
        assert data.count(b"~IEA*") == 1
        for finding in findings_of(data):
            assert (one.kind, finding.code, finding.location.tag) in ECHOES, finding


@pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.name)
def test_a_set_is_rejected_exactly_when_nothing_of_it_was_published(sample: Sample) -> None:
    answers_, published_sets = answered(sample)
    said = sets_said("~".join(answers_.segments("999")))
    starts, group = [], ""
    for segment in segments(sample.content()):
        if segment.tag in (b"GS", b"GE"):
            group = segment.get(1).decode("latin-1") if segment.tag == b"GS" else ""
        elif segment.tag == b"ST" and group not in ("", "FA"):
            starts.append(segment.offset)
    if not said and all(segment.tag != b"ISA" for segment in segments(sample.content())):
        return
    refused = {finding.location.offset for finding in answers_.findings if finding.outcome == "refused" and finding.location.tag == "ST"}
    assert len(said) == len(starts)
    for one, start in zip(said, starts, strict=True):
        assert (one.result[0] == "R") == (start in refused)
        assert start not in published_sets or one.result[0] in "AE"


@pytest.mark.parametrize("sample", [sample for sample in samples() if sample.folder.startswith("837")], ids=lambda sample: sample.name)
def test_every_claim_of_an_837_has_its_status_and_the_sums_agree(sample: Sample) -> None:
    lines = answered(sample)[0].segments("277CA")
    claims = [segment.get(1).decode("latin-1") for segment in segments(sample.content()) if segment.tag == b"CLM"]
    if not sample.content().lstrip(b"\xef\xbb\xbf \r\n").startswith(b"ISA"):
        return
    named = [lines[at + 2].removeprefix("TRN*2*") for at, line in enumerate(lines) if line.endswith("*PT")]
    assert named == [number.translate(str.maketrans("", "", "*:~^"))[:50] or "0" for number in claims]
    counts = [int(line.split("*")[2]) for line in lines if line.startswith(("QTY*90", "QTY*AA"))]
    of_providers = [int(line.split("*")[2]) for line in lines if line.startswith(("QTY*QA", "QTY*QC"))]
    assert sum(counts) == sum(of_providers) == len(claims)


PYX12_KNOWS = {"BE", "HB", "HC", "HI", "HN", "HP", "HR", "HS", "RA", "270", "271", "276", "277", "278", "820", "834", "835", "837"}
"""AK101 and AK201."""


def test_pyx12_takes_every_kind_of_acknowledgement() -> None:
    """One of each shape, by its segments with their qualifiers, codes and number of elements; pyx12 takes its time for each."""
    shapes: dict[frozenset[str], bytes] = {}
    for sample in samples():
        for one, data in answered(sample)[0].written:
            lines = [line.split("*") for line in data.decode("latin-1").split("~")]
            if one.kind != "TA1" and all(e[1] in PYX12_KNOWS for e in lines if e[0] in ("AK1", "AK2")):
                qualified = {"AK9", "AMT", "DTP", "HL", "IK5", "NM1", "QTY", "REF", "STC"}
                shapes.setdefault(frozenset(f"{e[0]} {len(e)} {e[1] if e[0] in qualified else ''}" for e in lines), data)
    for data in shapes.values():
        for place, messages in theirs(data)[1].items():
            for message in messages:
                assert (place == "DTP" and "missing" in message) or "invalid character" in message, (place, message)


PUBLISHED = {
    "834_ls_le_ls": "equal",
    "834_lui_id_5010": "equal",
    "834_eol_in_element": "E for R",
    "837miss": "equal",
    "repeat_init_segment": "read under 005010",
}
"""Of pyx12's published acknowledgements: how ours compares. All others are of guides of 004010, which are refused as unsupported."""


@pytest.mark.parametrize(("name", "data", "expected"), published(), ids=lambda value: value if isinstance(value, str) and len(value) < 40 else "")
def test_pyx12s_published_acknowledgements(name: str, data: bytes, expected: str) -> None:
    ours = sets_said("~".join(answers(data, Profile(ta1="never", functional="997")).segments("997")))
    said = sets_said(expected.replace("<LF>", ""))
    assert [one.number for one in ours] == [one.number for one in said]
    verdict = PUBLISHED.get(name, "unsupported")
    for our, their in zip(ours, said, strict=True):
        if verdict == "equal":
            assert our == their
        elif verdict == "E for R":
            assert (our.errors, our.result) == (their.errors, their.result.replace("R", "E"))
        elif verdict == "unsupported":
            assert our.errors == ()
            assert our.result.startswith("R*1")


DIFFERENT = {
    "SEGMENT_MISSING": "pyx12 gives the place where it noticed, we the start of the loop that lacks it",
    "LOOP_MISSING": "pyx12 gives the place where it noticed, we the start of the loop that lacks it",
    "SEGMENT_UNEXPECTED": "pyx12 has one code, 1, for what has no place; we say 2 of a segment that the guide has elsewhere",
    "SEGMENT_ORDER": "as above; we say 7 of a segment that stands too late",
    "LOOP_ORDER": "as above; we say 7 of a loop that stands too late",
    "HL_NUMBER": "pyx12 finds it and has no place for it in a 999",
    "HL_PARENT": "pyx12 finds it and has no place for it in a 999",
    "HL_CHILD": "pyx12 does not look at what stands below",
    "ELEMENT_NOT_USED": "pyx12 says 10, exclusion; the 999 has I10 for what a guide does not use",
    "ELEMENT_EXTRA": "pyx12 rejects the segment and leaves IK4 out",
    "ELEMENT_SYNTAX": "pyx12 rejects the segment and leaves IK4 out",
}


def test_broken_sets_are_answered_as_pyx12_answers_them() -> None:
    """Positions and codes; R is pyx12's word for every error, where we say E of what was published. One set for each way to break it."""
    broken = [one for one in SYNTAX if one.code != "COMPONENT_EXTRA"]
    lines = interchange()[:2]
    for number, one in enumerate(broken, 1):
        text = changed(one.old, one.new, one.code != "SE_COUNT").decode("latin-1").replace("\n", "")
        start = text.index("ST*837*0001")
        lines += text[start : text.index("~ST*837*0002")].replace("*0001", f"*{number:04d}").split("~")
    data = to_bytes([*lines, f"GE*{len(broken)}*31", "IEA*1*000000905"])
    ours = sets_said("~".join(answers(data).segments("999")))
    said = sets_said(theirs(data)[0])
    assert len(ours) == len(said) == len(broken)
    for one, our, their in zip(broken, ours, said, strict=True):
        assert our.result[0] == "E"
        assert their.result[0] == ("A" if one.code == "GUIDE_MISMATCH" else "R"), one.code  # pyx12 goes by GS08 and does not look at ST03
        assert (our.errors == their.errors) == (one.code not in DIFFERENT), (one.code, our, their)


def test_pyx12_stops_at_a_component_too_many() -> None:
    """Which is why it is not among the sets above."""
    one = next(one for one in SYNTAX if one.code == "COMPONENT_EXTRA")
    with pytest.raises(IndexError):
        theirs(changed(one.old, one.new))
