"""The deep check of HL7 v2 against hl7apy itself: agreement, what each alone says, its known faults, its limits, and that no data come out of it."""

import re
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from gateway.cli.main import main
from gateway.deep.hl7v2 import MOST_MESSAGES, Opinion, Point, deep_check
from gateway.deep.hl7v2_known import KNOWN
from gateway.deep.run import DeepError
from parsers.hl7v2.convert import convert
from parsers.outputs import Origin
from schemas.envelope import Finding
from tests.unit.v2_breaks import ADT, BREAKS, GOOD, ORM, ORU

SECRET = b"QUETZALCOATL"


def asked(content: bytes, seconds: int = 60, memory: int = 1 << 30) -> Opinion:
    def read_at(at: int, size: int) -> bytes:
        return content[at : at + size]

    findings = [one for one in convert(read_at, len(content), Origin()) if isinstance(one, Finding)]
    return deep_check(read_at, len(content), findings, seconds=seconds, memory=memory)


def test_good_messages_are_good_for_both() -> None:
    opinion = asked(GOOD[ADT] + GOOD[ORU])
    assert (opinion.messages, opinion.accepted, opinion.both, opinion.ours) == (2, True, [], [])
    assert [point for point in opinion.theirs if not point.known] == []


@pytest.mark.parametrize("code", ["V2_FIELD_MISSING", "V2_FIELD_REPEATED", "V2_SEGMENT_ABSENT", "V2_COMPONENT_EXTRA", "V2_CODE"])
def test_findings_of_both_meet(code: str) -> None:
    one = next(one for one in BREAKS if one.code == code)
    opinion = asked(GOOD[ADT] + one.content())
    assert [finding.code for finding in opinion.both] == [code]
    assert opinion.ours == []


def test_what_it_does_not_look_at_is_no_disagreement() -> None:
    opinion = asked(next(one for one in BREAKS if one.code == "V2_DATE").content())
    assert (opinion.accepted, opinion.ours, opinion.beyond) == (True, [], 1)


def test_its_known_faults_are_marked() -> None:
    """It asks for RQD, RQ1, RXO, ODS and ODT beside the OBR of an order, and calls TXA-2 with a text a wrong type."""
    head = b"MSH|^~\\&|R|H|G|R|20260304||MDM^T01^MDM_T01|1|P|2.5\rEVN|T01|20260304\rPID|1||1^^^H^MR||A^B\rPV1|1|I\r"
    opinion = asked(GOOD[ORM] + head + b"TXA|1|DS^Summary|TX|||||||||D1|||||AU\r")
    assert opinion.accepted
    assert {(point.message, point.tag, point.known) for point in opinion.theirs if point.severity == "error"} == {
        *((0, tag, "choice") for tag in ("RQD", "RQ1", "RXO", "ODS", "ODT")),
        (1, "TXA", "coded"),
    }
    assert (opinion.both, opinion.ours) == ([], [])


def test_what_it_cannot_read_is_said() -> None:
    opinion = asked(GOOD[ADT].replace(b"MSH|^~\\&|", b"MSH|^~^&|"))
    assert opinion.theirs == [Point(0, "error", "", 0, 0, "unreadable (InvalidEncodingChars)", "")]
    assert not opinion.accepted


def test_what_was_repaired_is_given_to_it_repaired() -> None:
    """Line feeds, a truncation character, a short MSH-2, no version, one to come: with each of which hl7apy alone reads nothing."""
    good = GOOD[ADT].replace(b"\r", b"\n").replace(b"MSH|^~\\&|", b"MSH|^~\\&#|")
    others = (b"|^~\\&|", b"|^~|"), (b"|P|2.5|", b"|P||"), (b"|P|2.5|", b"|P|2.9|")
    assert asked(good + b"".join(GOOD[ADT].replace(old, new) for old, new in others)).accepted


def test_a_field_that_a_version_has_withdrawn_is_told_from_one_that_repeats() -> None:
    """PID-19 is none of 2.7, and never repeated."""
    of_27 = GOOD[ADT].replace(b"|P|2.5|", b"|P|2.7|")
    once, twice = (asked(of_27.replace(b"A99^^^HOSP^AN", b"A99^^^HOSP^AN|" + number)) for number in (b"1", b"1~2"))
    assert [point.known for point in once.theirs if point.field == 19] == ["withdrawn"]
    assert [finding.code for finding in twice.both] == ["V2_FIELD_REPEATED"]


def test_codes_of_later_versions_are_no_fault() -> None:
    opinion = asked(GOOD[ORU].replace(b"|NM|2345", b"|CWE|2345").replace(b"||102|", b"||1^A^L|"))
    assert [point.known for point in opinion.theirs if (point.tag, point.field) == ("OBX", 2)] == ["codes"]


@pytest.mark.parametrize(
    ("content", "limits", "says"),
    [
        (b"nothing", {}, "no message"),
        (GOOD[ADT] * (MOST_MESSAGES + 1), {}, f"more than {MOST_MESSAGES} messages"),
        (GOOD[ADT] * 200, {"seconds": 1}, "within 1 seconds"),
        (GOOD[ADT], {"memory": 8 << 20}, "hl7apy"),
    ],
)
def test_there_may_be_no_second_opinion(content: bytes, limits: dict[str, int], says: str) -> None:
    with pytest.raises(DeepError, match=says):
        asked(content, **limits)


def test_no_data_leave_its_process() -> None:
    """Its messages show values; what the worker prints and says does not, whatever is wrong."""
    broken = GOOD[ADT].replace(b"|F|||1 MAIN", b"|" + SECRET + b"|||1 MAIN").replace(b"ZPV|1|local", b"QQQ|" + SECRET)
    texts = [broken, broken.replace(b"MSH|^~\\&", b"MSH|^~\\&" + SECRET), b"MSH|" + SECRET]
    sent = b"".join(orjson.dumps(text.decode()) + b"\n" for text in texts)
    command = [sys.executable, "-m", "gateway.deep.hl7v2_worker", str(2 << 30), "60"]
    done = subprocess.run(command, input=sent, capture_output=True, check=True)
    assert b"PID" in done.stdout
    assert SECRET not in done.stdout + done.stderr


def test_known_faults_are_patterns() -> None:
    for pattern, why in KNOWN.values():
        re.compile(pattern)
        assert why


def test_the_command_prints_both(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "messages.hl7"
    path.write_bytes(GOOD[ORM] + next(one for one in BREAKS if one.code == "V2_FIELD_MISSING").content())
    assert main(["check", "--deep", str(path)]) == 0
    said = capsys.readouterr().out
    assert "hl7apy rejects it (2 messages); 1 findings agree, 0 only ours" in said
    assert "known, 5 times: it asks for every segment of a choice" in said
    main(["check", "--deep", "--json", str(path)])
    last = orjson.loads(capsys.readouterr().out.splitlines()[-1])
    assert [one["code"] for one in last["deep"]["agree"]] == ["V2_FIELD_MISSING"]
    assert (last["deep"]["messages"], last["deep"]["accepted"]) == (2, False)
