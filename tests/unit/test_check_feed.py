"""`clearplane check` on HL7 v2: what a feed holds, and findings by place with how often."""

import json
from collections import Counter
from pathlib import Path

import pytest

from gateway.cli.main import main

MESSAGE = (
    "MSH|^~\\&|REG^1.2^ISO|NORTH|B|C|20260304101500||ADT^{event}|{number}|P|2.3\r"
    "PID|1|77^^^NORTH MRN|88^^^EMPI^MR~99||DOE^JANE||19800101|{sex}\r"
    "PV1|1|{kind}|WARD\rZVN|1|V{number}\r"
)
NO_ORDER = "MSH|^~\\&|LAB|NORTH|B|C|20260304101500-0500||ORU^R01|8|T|2.5\rPID|1||77^^^^MR\r"
"""Of a type that has events, but without what one is made of."""
QUERY = "MSH|^~\\&|LAB|NORTH|B|C|20260304101500-0500||MFN^M02|9|T|2.5\rMFI|STF\r"


def feed(folder: Path, name: str, *messages: str) -> str:
    path = folder / name
    path.write_bytes("".join(messages).encode())
    return str(path)


def adt(number: int, event: str = "A01", sex: str = "F", kind: str = "I") -> str:
    return MESSAGE.format(number=number, event=event, sex=sex, kind=kind)


@pytest.fixture
def two(tmp_path: Path) -> list[str]:
    first = feed(tmp_path, "a.hl7", adt(1, sex="WOMAN"), adt(2, sex="WOMAN", kind="STAY"), adt(3, "A08", sex="JANE DOE 1980"))
    return [first, feed(tmp_path, "b.hl7", QUERY)]


def holds(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, dict[str, int]]:
    """Of all files together."""
    main(["check", "--json", *arguments])
    found: dict[str, Counter[str]] = {}
    for line in map(json.loads, capsys.readouterr().out.splitlines()):
        for row, counts in line.get("holds", {}).items():
            found.setdefault(row, Counter()).update(counts)
    return {row: dict(counts) for row, counts in found.items()}


def test_what_a_feed_holds(two: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    found = holds(capsys, *two)
    assert found == {
        "message types": {"ADT^A01": 2, "ADT^A08": 1, "MFN^M02": 1},
        "no event for": {"MFN^M02": 1},
        "versions": {"2.3": 3, "2.5": 1},
        "senders": {"REG of NORTH": 3, "LAB of NORTH": 1},
        "character sets": {"none named, read as ascii": 4},
        "usage": {"P": 3, "T": 1},
        "message times": {"without an offset": 3, "with an offset": 1},
        "identifiers": {"PID-2 without type of NORTH MRN": 3, "PID-3 type MR of EMPI": 3, "PID-3 without type, no authority": 3},
        "segments of the site": {"ZVN": 3},
        "unmapped": {"ZVN-1": 3, "ZVN-2": 3},
        "codes no table has": {"PID-8 WOMAN": 2, "PID-8 a text": 1, "PV1-2 STAY": 1},
    }


def test_how_messages_end_is_one_kind_of_finding_whatever_segment_is_the_last(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", feed(tmp_path, "a.hl7", adt(1).rstrip("\r")), feed(tmp_path, "b.hl7", adt(2).partition("ZVN")[0].rstrip("\r"))])
    assert [row[1:4] for row in rows_of(capsys.readouterr().out) if row[3] == "V2_UNTERMINATED"] == [["2", "", "V2_UNTERMINATED"]]


def test_every_message_without_an_event_is_named_by_its_type(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = holds(capsys, feed(tmp_path, "a.hl7", adt(1), NO_ORDER, QUERY, adt(2)))
    assert (found["message types"], found["no event for"]) == ({"ADT^A01": 2, "ORU^R01": 1, "MFN^M02": 1}, {"ORU^R01": 1, "MFN^M02": 1})


def test_what_a_site_has_answered_is_no_longer_open(two: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = tmp_path / "north.toml"
    rules = 'visit = [{ field = "ZVN-2" }]\npatient = [{ field = "PID-2" }]\n'
    codes = '"PID-8" = { WOMAN = "F" }\n"PV1-2" = { STAY = "I" }\n'
    site.write_text(f'id = "north"\n[[feeds]]\nid = "adt"\n[hl7v2.identifiers]\n{rules}[hl7v2.codes]\n{codes}')
    found = holds(capsys, "--site", str(site), "--feed", "adt", *two)
    assert (found["unmapped"], found["codes no table has"]) == ({"ZVN-1": 3}, {"PID-8 a text": 1})
    assert found["identifiers"]["ZVN-2 without type, no authority"] == 3


def rows_of(text: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("│").split("│")] for line in text.splitlines() if line.startswith("│")]


def test_findings_are_grouped_by_place_over_all_files(two: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", *two]) == 0
    text = capsys.readouterr().out
    by_place = {(row[2], row[3]): (row[1], row[5]) for row in rows_of(text) if row[0]}
    content = Path(two[0]).read_bytes()
    assert by_place["PID-8", "V2_CODE"] == ("3", f"a.hl7 byte {content.index(b'WOMAN')}")
    assert by_place["PV1-2", "V2_CODE"] == ("1", f"a.hl7 byte {content.index(b'STAY')}")
    assert by_place["MSH", "V2_NO_EVENT"] == ("1", "b.hl7 byte 0")
    assert text.startswith("What 2 files hold")
    assert "2 files: 4 items: 3 would be published, 1 have no event kind, 0 refused, 0 dead; " in text
    assert "JANE DOE" not in text


def test_one_finding_after_the_other_when_asked(two: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", "--each", two[0]])
    places = [row[3] for row in rows_of(capsys.readouterr().out) if row[5] == "V2_CODE"]
    assert sorted(places) == ["PID-8", "PID-8", "PID-8", "PV1-2"]


def test_a_feed_that_the_site_does_not_have(two: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = str(tmp_path / "north.toml")
    Path(site).write_text('id = "north"\n[[feeds]]\nid = "adt"\n')
    for words in (["check", "--site", site], ["convert", "--profile", site], ["explain", "--profile", site, "--file", two[0], f"{26 * 'a'}.0.b"]):
        assert main([*words, "--feed", "lab", *two[: words[0] != "explain"]]) == 64
        assert "the site north has no feed lab; there are adt" in capsys.readouterr().err


def test_events_are_those_of_the_site_whose_file_is_given(two: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = tmp_path / "north.toml"
    strict = '[findings]\nV2_NO_EVENT = "reject"\n'
    site.write_text(f'id = "north"\nzone = "America/New_York"\n[[feeds]]\nid = "adt"\n{strict}[hl7v2.identifiers]\nvisit = [{{ field = "ZVN-2" }}]\n')
    given = ["--profile", str(site), "--feed", "adt"]
    assert main(["convert", *given, two[0]]) == 0
    [first, *_] = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first["source"], first["time"]) == ("/sites/north/feeds/adt", "2026-03-04T10:15:00-05:00")
    assert main(["explain", *given, "--file", two[0], first["id"], "/identity/visit/value"]) == 0
    assert "ZVN-2.1" in capsys.readouterr().out
    assert main(["convert", *given, two[1]]) == 1
    assert "1 refused" in capsys.readouterr().err


def test_a_sender_cannot_write_to_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = feed(tmp_path, "a.hl7", adt(1).replace("REG", "R\x1b[2J").replace("DOE", "D\x1b]0;x\x07OE"))
    main(["check", path])
    main(["convert", path])
    event = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("{"))
    main(["check", path])
    main(["explain", "--file", path, json.loads(event)["id"]])
    main(["explain", "--file", path, json.loads(event)["id"], "/patient/names/0/family"])
    said = capsys.readouterr().out
    assert "R␛[2J of NORTH" in said
    assert said.count("D␛]0;x␇OE") == 5  # value and text, of all fields and of one, and its segment
    assert not {"\x1b", "\x07"} & set(said)
