"""Rewriting: bytes equal under the file's own layout, the envelope as the profile says, what cannot be written found and located, nothing lost."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.cli.main import main
from parsers.x12.delimiters import Delimiters
from parsers.x12.instance import Chances, instance
from parsers.x12.profile import Profile, problem
from parsers.x12.rewrite import MOST_FINDINGS, rewrite
from parsers.x12.segments import pieces
from parsers.x12.writer import USUAL, Group, Interchange, Set, write
from schemas.envelope import Finding
from schemas.x12 import guide, guide_names
from tests.conftest import converted
from tests.golden.cases import cases

BAR = Delimiters("|", ">", "!", "\n")
GOOD = {case.name: case.content for case in cases()}
SIMPLE = GOOD["837p_simple"].replace(b"~\n", b"~")


def rewritten(content: bytes, profile: Profile = Profile()) -> bytes:  # noqa: B008 - plain data
    made = list(rewrite(lambda at, size: content[at : at + size], len(content), profile))
    assert not any(isinstance(one, Finding) for one in made)
    return b"".join(one for one in made if isinstance(one, bytes))


def found(content: bytes, profile: Profile) -> list[Finding]:
    made = list(rewrite(lambda at, size: content[at : at + size], len(content), profile))
    assert all(isinstance(one, Finding) for one in made)
    return [one for one in made if isinstance(one, Finding)]


def content_of(data: Any) -> Any:
    """Event data without where in the file things stood."""
    if isinstance(data, dict):
        return {name: content_of(value) for name, value in data.items() if name not in ("isa", "gs", "st", "item", "levels", "receipt", "offset")}
    return [content_of(value) for value in data] if isinstance(data, list) else data


def events(content: bytes) -> list[Any]:
    return [content_of(json.loads(event.data)) for event in converted(content).events]


@pytest.mark.parametrize("name", sorted(name for name, content in GOOD.items() if content.startswith(b"ISA") and b"junk" not in name.encode()))
def test_the_same_bytes_where_nothing_is_to_change(name: str) -> None:
    assert rewritten(GOOD[name]) == GOOD[name]


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([name for name in guide_names() if name != "TA1"]),
    st.integers(0, 2**32),
    st.sampled_from([BAR, USUAL, Delimiters("+", "<", "^", "'"), Delimiters("&", "/", "#", "%"), Delimiters(":", "*", "~", "^")]),
    st.sampled_from(["", "\n", "\r\n", None]),
)
def test_there_and_back(name: str, seed: int, delimiters: Delimiters, newline: str | None) -> None:
    """Events under another layout are equal, and the way back gives the bytes again."""
    group = Group(guide(name), "APP", "OTHER", "20240131", "1405", 1, [Set("0001", instance(guide(name), Random(seed), Chances(0.2)))])
    source = b"".join(write(Interchange("SENDER", "RECEIVER", "240131", "1405", 1), [group]))
    other = rewritten(source, Profile(delimiters=delimiters, newline=newline, choose=True))
    assert events(other) == events(source)
    assert [one.code for one in converted(other).findings] == [one.code for one in converted(source).findings]
    assert rewritten(other, Profile(delimiters=USUAL, newline="")) == source


def test_the_envelope_is_the_partners() -> None:
    profile = Profile(
        sender_qualifier="30", sender="123456789", receiver="OTHER", application_sender="APPS", application_receiver="APPR", usage="P",
        acknowledgment="1", versions=(("005010X222A1", "005010X222A2"),), interchange=77, group=5, set=1,
    )  # fmt: skip
    lines = rewritten(SIMPLE + SIMPLE, profile).split(b"~")
    assert [line for line in lines if line[:3] in (b"ISA", b"GS*", b"ST*", b"SE*", b"GE*", b"IEA")] == [
        b"ISA*00*          *00*          *30*123456789      *ZZ*OTHER          *240115*0930*^*00501*000000077*1*P*:",
        b"GS*HC*APPS*APPR*20240115*0930*5*X*005010X222A2",
        b"ST*837*0001*005010X222A2",
        b"SE*27*0001",
        b"GE*1*5",
        b"IEA*1*000000077",
        b"ISA*00*          *00*          *30*123456789      *ZZ*OTHER          *240115*0930*^*00501*000000078*1*P*:",
        b"GS*HC*APPS*APPR*20240115*0930*6*X*005010X222A2",
        b"ST*837*0001*005010X222A2",
        b"SE*27*0001",
        b"GE*1*6",
        b"IEA*1*000000078",
    ]


def test_a_closing_number_that_was_wrong_stays_wrong() -> None:
    broken = SIMPLE.replace(b"IEA*1*000000001", b"IEA*1*000000009")
    assert b"IEA*1*000000009~" in rewritten(broken, Profile(interchange=77))


def test_trimming_takes_empty_ends_only() -> None:
    padded = SIMPLE.replace(b"REF*6R*L1~", b"REF*6R*L1***~").replace(b"HC:99213:25*", b"HC:99213:25:::*")
    assert rewritten(padded) == padded
    assert rewritten(padded, Profile(trim=True)) == SIMPLE


@pytest.mark.parametrize(
    ("old", "new", "profile", "code", "place"),
    [
        (b"*L1~", b"*L|1~", Profile(delimiters=BAR), "WRITE_DELIMITER", (23, "REF", 2, None)),
        (b":99213:25", b":99213:2!", Profile(delimiters=BAR), "WRITE_DELIMITER", (21, "SV1", 1, 3)),
        (b"*L1~", b"*L^1~", Profile(delimiters=USUAL._replace(repetition="")), "WRITE_REPETITION", (23, "REF", 2, None)),
        (b"*L1~", b"*l1~", Profile(charset="basic"), "WRITE_CHARACTER", (23, "REF", 2, None)),
        (b"*L1~", b"*L\xc9~", Profile(charset="extended"), "WRITE_CHARACTER", (23, "REF", 2, None)),
        (b"*L1~", "*LЖ~".encode(), Profile(charset="latin-1"), "WRITE_CHARACTER", (23, "REF", 2, None)),
        (b"SENDER         ", b"SEND|ER        ", Profile(delimiters=BAR), "WRITE_DELIMITER", (None, "ISA", 6, None)),
    ],
)
def test_what_cannot_be_written_is_found_and_nothing_is(old: bytes, new: bytes, profile: Profile, code: str, place: tuple[Any, ...]) -> None:
    assert SIMPLE.count(old) == 1
    [finding] = found(SIMPLE.replace(old, new), profile)
    assert (finding.code, *finding.location[:4]) == (code, *place)
    assert "L" not in finding.text.replace("L1", "")[:1]


def test_another_delimiter_is_chosen_where_that_is_wished() -> None:
    source = SIMPLE.replace(b"*L1~", b"*L|1>~")
    assert found(source, Profile(delimiters=BAR))
    other = rewritten(source, Profile(delimiters=BAR, newline="", choose=True))
    assert other[3:4] not in b"|>!\n"
    assert other.count(b"L|1>") == 1
    assert events(other) == events(source)


def test_latin_and_utf8() -> None:
    source = SIMPLE.replace(b"*JANE*", "*JOSÉ*".encode("latin-1"))
    other = rewritten(source, Profile(charset="utf-8"))
    assert "*JOSÉ*".encode() in other
    assert events(other) == events(source)
    assert rewritten(other, Profile(charset="latin-1")) == source


@pytest.mark.parametrize(
    "junk", [b"from: someone\n" + SIMPLE, SIMPLE + b"ISA*00*too short~", b"GS*HC*A*B~", b"no file at all", SIMPLE + b"x" * (3 << 20)]
)
def test_what_stands_outside_is_not_dropped_silently(junk: bytes) -> None:
    assert {one.code for one in found(junk, Profile())} == {"WRITE_OUTSIDE"}


def test_findings_are_bounded() -> None:
    line = b"REF*6R*L|1~"
    assert len(found(SIMPLE.replace(b"REF*6R*L1~", line * 500), Profile(delimiters=BAR))) == MOST_FINDINGS


def test_binary_data_stay_as_they_are() -> None:
    data = bytes(range(256)) * 10
    body = b"BGN*11*1*20240101~BIN*%d*%s~SE*4*0001~" % (len(data), data)
    head = b"ISA*00*          *00*          *ZZ*A              *ZZ*B              *240101*1200*^*00501*000000001*0*T*:~"
    source = head + b"GS*PI*A*B*20240101*1200*1*X*005010X210~ST*275*0001*005010X210~" + body + b"GE*1*1~IEA*1*000000001~"
    other = rewritten(source, Profile(delimiters=BAR, newline=""))
    assert b"BIN|%d|%s\nSE|4|0001\n" % (len(data), data) in other
    assert rewritten(other, Profile(delimiters=USUAL, newline="")) == source


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 600))
def test_every_byte_is_in_a_piece(extra: bytes, at: int) -> None:
    """Any bytes anywhere: gaps, texts, terminators and what stands outside add up to the file."""
    content = SIMPLE[:at] + extra + SIMPLE[at:]
    total = 0
    for piece in pieces(lambda start, size: content[start : start + size], len(content), 1 << 20):
        if piece.outside:
            total = -1
            break
        width = len(piece.delimiters.terminator) if piece.ended else 0
        total += len(piece.gap) + len(piece.text) + width + (piece.data[1] if piece.data else 0)
    assert total in (-1, len(content))


@pytest.mark.parametrize(
    ("profile", "says"),
    [
        (Profile(delimiters=USUAL._replace(component="*")), "differ"),
        (Profile(delimiters=USUAL._replace(element="")), "differ"),
        (Profile(delimiters=USUAL._replace(element="A")), "one character"),
        (Profile(delimiters=USUAL._replace(terminator="~~")), "one character"),
        (Profile(sender="X" * 16), "too long"),
        (Profile(set=0), "control number"),
        (Profile(interchange=10**9), "control number"),
        (Profile(delimiters=USUAL, sender="A*B"), "holds a delimiter"),
    ],
)
def test_profiles_that_nothing_can_be_written_under(profile: Profile, says: str) -> None:
    assert says in problem(profile)


def test_the_command(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    source, out, profile = tmp_path / "in.x12", tmp_path / "out.x12", tmp_path / "partner.toml"
    source.write_bytes(SIMPLE)
    assert main(["rewrite", str(source)]) == 0
    assert capsysbinary.readouterr().out == SIMPLE
    profile.write_text('newline = "lf"\ninterchange = 9\ndelimiters = { element = "|" }\n')
    assert main(["rewrite", str(source), "--profile", str(profile), "--out", str(out)]) == 0
    assert out.read_bytes() == rewritten(SIMPLE, Profile(USUAL._replace(element="|"), "\n", interchange=9))
    source.write_bytes(SIMPLE.replace(b"*L1~", b"*L|1~"))
    out.unlink()
    assert main(["rewrite", str(source), "--profile", str(profile), "--out", str(out), "--findings", str(tmp_path / "f")]) == 1
    assert [path.name for path in tmp_path.iterdir() if "out" in path.name] == []
    assert json.loads((tmp_path / "f").read_text())["code"] == "WRITE_DELIMITER"
    source.write_bytes(b"nothing")
    assert main(["rewrite", str(source)]) == 2
