"""The deep check against pyx12 itself: agreement, what each alone says, its limits, and that no data of the file come out of it."""

import sys
from typing import Any

import orjson
import pytest

from gateway.cli.main import main
from gateway.deep.known import KNOWN, VERSIONS
from gateway.deep.run import DeepError, Opinion, deep_check
from schemas.x12 import guide_names
from tests.conftest import converted
from tests.golden.cases import cases

GOOD = {case.name: case.content for case in cases()}


def asked(content: bytes, **limits: int) -> Opinion:
    return deep_check(lambda at, size: content[at : at + size], len(content), converted(content).findings, **limits)


@pytest.mark.parametrize("name", ["837p_simple", "835_paid_denied"])
def test_good_files_are_good_for_both(name: str) -> None:
    opinion = asked(GOOD[name])
    assert opinion == Opinion(True, [], [], [], 0)


@pytest.mark.parametrize(
    "breaks",
    [
        (
            (b"SBR*P*18*", b"SBR*?*18*", "ELEMENT_CODE"),
            (b"HI*ABK", b"QQQ*SECRET~\nHI*ABK", "SEGMENT_UNKNOWN"),
            (b"*19800229*", b"*19810229*", "ELEMENT_DATE"),
            (b"SE*27*", b"SE*29*", "SE_COUNT"),
        ),
        ((b"N3*1 MAIN ST~\n", b"", "SEGMENT_MISSING"), (b"IEA*1*000000001", b"IEA*1*000000002", "IEA_CONTROL_NUMBER")),
    ],
)
def test_findings_of_both_meet(breaks: tuple[tuple[bytes, bytes, str], ...]) -> None:
    content = GOOD["837p_simple"]
    for old, new, _ in breaks:
        assert content.count(old) == 1
        content = content.replace(old, new)
    opinion = asked(content)
    assert not opinion.accepted
    assert {code for _, _, code in breaks} <= {one.code for one in opinion.both}
    assert not {code for _, _, code in breaks} & {one.code for one in opinion.ours}


def test_other_levels_are_no_disagreement() -> None:
    opinion = asked(GOOD["837p_simple"].replace(b"*150*", b"*151*"))
    assert (opinion.accepted, opinion.ours, opinion.beyond) == (True, [], 1)


def test_a_known_fault_is_marked_and_the_guide_is_found_under_any_of_its_versions() -> None:
    opinion = asked(GOOD["837p_simple"].replace(b"*0930*CH", b"*0930*31").replace(b"005010X222A1", b"005010X222A2"))
    assert [(one.tag, KNOWN[one.known][1]) for one in opinion.theirs] == [("BHT", "it has no subrogation (31)")]


@pytest.mark.parametrize(
    ("content", "limits", "says"),
    [
        (GOOD["837d_tooth"], {}, "no map for 837D"),
        (b"nothing", {}, "no transaction set"),
        (b"from: someone\n" + GOOD["837p_simple"], {}, "outside any interchange"),
        (GOOD["837p_simple"] * 400, {"seconds": 1}, "within 1 seconds"),
        (GOOD["837p_simple"], {"memory": 8 << 20}, "pyx12"),
    ],
)
def test_there_may_be_no_second_opinion(content: bytes, limits: dict[str, int], says: str) -> None:
    with pytest.raises(DeepError, match=says):
        asked(content, **limits)


def test_versions_are_of_guides_there_are() -> None:
    assert set(VERSIONS) <= set(guide_names())


def test_the_command_says_places_and_no_values(tmp_path: Any, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    file = tmp_path / "claims.x12"
    file.write_bytes(GOOD["837p_simple"].replace(b"HI*ABK", b"QQQ*SECRET~\nHI*ABK").replace(b"SBR*P*18*", b"SBR*?*18*"))
    assert main(["check", "--deep", "--json", str(file)]) == 1
    out = capsysbinary.readouterr().out
    deep = orjson.loads(out.splitlines()[-1])["deep"]
    assert not deep["accepted"]
    assert {one["code"] for one in deep["agree"]} == {"SEGMENT_UNKNOWN", "ELEMENT_CODE", "SE_COUNT"}
    assert b"SECRET" not in out
    assert main(["check", "--deep", str(file)]) == 1
    assert b"pyx12 rejects it; 3 findings" in capsysbinary.readouterr().out


def test_without_pyx12_the_command_says_what_to_install(tmp_path: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "claims.x12"
    file.write_bytes(GOOD["837p_simple"])
    monkeypatch.setitem(sys.modules, "pyx12", None)
    assert main(["check", "--deep", str(file)]) == 64
    assert "clearplane[deep]" in capsys.readouterr().err
