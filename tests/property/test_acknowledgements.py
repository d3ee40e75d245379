"""Whatever is done to a file, its acknowledgements are whole, read back, and say of every set and claim what became of it."""

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.x12.convert import Event, Origin, Settings, convert
from schemas.envelope import Finding
from tests.unit.acknowledgement_files import EVERYTHING, Answers, answers_to, findings_of, interchange, reader, to_bytes

ECHOED = {
    ("TA1", "TA1"), ("999", "AK1"), ("999", "AK2"), ("999", "IK3"), ("277CA", "NM1"), ("277CA", "TRN"), ("277CA", "REF"), ("277CA", "STC"),
    ("277CA", "SVC"), ("277CA", None),
}  # fmt: skip
"""Segments that repeat what was received, good or bad."""
POLICIES = st.dictionaries(
    st.sampled_from(["ELEMENT_CODE", "ELEMENT_MISSING", "SEGMENT_UNKNOWN", "CHARGE_BALANCE", "ELEMENT_NUMBER", "SEGMENT_MISSING"]),
    st.sampled_from(["reject", "reject_set", "ignore"]),
    max_size=3,
)
_TEXTS = st.sampled_from(
    ["", "*", ":", "^", "X", "CLM*Z*5", "HL*9*1*22*0", "SE*3*0001", "ST*837*0007", "GE*1*1", "LX*2", "NM1*85*2*N*****XX*12", "\x07", "é", " "]
)


@st.composite
def broken(draw: st.DrawFn) -> bytes:
    """The valid file after some edits of segments and elements, and perhaps cut off."""
    segments = interchange()
    for _ in range(draw(st.integers(0, 5))):
        at = draw(st.integers(1, len(segments) - 1))
        text = draw(_TEXTS)
        what = draw(st.integers(0, 3))
        if what == 0:
            segments.insert(at, text)
        elif what == 1:
            del segments[at]
        elif what == 2:
            segments.append(segments.pop(at))
        else:
            elements = segments[at].split("*")
            elements[draw(st.integers(0, len(elements) - 1))] = text
            segments[at] = "*".join(elements)
    data = "".join(f"{segment}~" for segment in segments).encode("latin-1")
    return data[: draw(st.integers(106, len(data)))] if draw(st.integers(0, 4)) == 0 else data


def outcome(data: bytes, policy: dict[str, str]) -> tuple[Answers, list[Event]]:
    outputs = list(convert(reader(data), len(data), Origin(), Settings(policy=policy)))
    findings = [output for output in outputs if isinstance(output, Finding)]
    return answers_to(data, findings, EVERYTHING), [output for output in outputs if isinstance(output, Event)]


@settings(max_examples=120, deadline=None)
@given(broken(), POLICIES)
def test_acknowledgements_are_whole_and_agree_with_the_events(data: bytes, policy: dict[str, str]) -> None:
    answered, events = outcome(data, policy)
    for one, written in answered.written:
        assert written.count(b"~IEA*") == 1
        for finding in findings_of(written):
            assert (one.kind, finding.location.tag) in ECHOED or finding.severity == "info", (one.kind, finding)
    _check_sets(answered, {orjson.loads(event.data)["provenance"]["st"] for event in events})
    _check_claims(answered, data, events)


def _check_sets(answered: Answers, published: set[int]) -> None:
    """R is said of nothing that was published, and AK9 counts what AK2 to IK5 say."""
    refused = {finding.location.offset for finding in answered.findings if finding.outcome == "refused" and finding.location.tag == "ST"}
    assert not refused & published
    results: list[str] = []
    for line in answered.segments("999"):
        elements = line.split("*")
        if elements[0] == "AK1":
            results = []
        elif elements[0] == "IK5":
            results.append(elements[1])
        elif elements[0] == "AK9":
            accepted = len(results) - results.count("R")
            assert elements[3:5] == [str(len(results)), str(accepted)]
            assert (elements[1] == "R") == (accepted == 0 and (bool(results) or len(elements) > 5))
            assert (elements[1] == "P") == (0 < accepted < len(results))
            assert elements[1] != "A" or set(results) <= {"A"}
            assert elements[1] != "E" or "E" in results or len(elements) > 5
    notes = [line.split("*") for line in answered.segments("TA1") if line.startswith("TA1")]
    assert all(note[4] != "R" for note in notes) or not published


def _check_claims(answered: Answers, data: bytes, events: list[Event]) -> None:
    """Each claim is accepted exactly when its event was published, and the sums are those of its claims."""
    lines = answered.segments("277CA")
    statuses = [lines[at + 3].split("*") for at, line in enumerate(lines) if line.endswith("*PT")]
    claims = [event for event in events if event.attributes["type"].endswith("claim.submitted.v1")]
    grouped = [event for event in claims if "group" in orjson.loads(event.data)["envelope"]]
    accepted = [status for status in statuses if status[3] == "WQ"]
    if b"~GS*FA" not in data:
        assert len(accepted) == len(grouped)
    assert all(status[1].startswith(("A3", "A6", "A7", "A8")) for status in statuses if status[3] == "U")
    for accepted_code, rejected_code in (("90", "AA"), ("QA", "QC")):
        assert _counted(lines, accepted_code) == len(accepted)
        assert _counted(lines, rejected_code) == len(statuses) - len(accepted)


def _counted(lines: list[str], code: str) -> int:
    return sum(int(line.split("*")[2]) for line in lines if line.startswith(f"QTY*{code}*"))


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 4), st.integers(1, 4), st.sampled_from(["*:^~", "|>!\n", "+@=$"]))
def test_more_files_and_other_layouts_change_nothing_but_the_place(before: int, copies: int, marks: str) -> None:
    """Interchanges in one file are answered as if each were alone."""
    alone = to_bytes(interchange()).replace(b"SV1*HC:99213*100", b"SV1*HC:99213*1OO")
    file = b"\r\n" * before + alone.replace(b"\n", b"").translate(bytes.maketrans(b"*:^~", marks.encode())) * copies
    bodies = {written[106:].split(b"~IEA")[0] for one, written in answers_to(file, findings_of(file)).written if one.kind == "999"}
    (expected,) = [written[106:].split(b"~IEA")[0] for one, written in answers_to(alone, findings_of(alone)).written if one.kind == "999"]
    assert bodies == {expected}
