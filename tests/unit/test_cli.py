"""The command line on files: exit codes, what goes where, and that a mistake in typing is told apart from a mistake in a file."""

import io
import os
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from gateway.cli.main import COMMANDS, EXIT_FINDINGS, EXIT_OK, EXIT_UNREADABLE, EXIT_USAGE, UsageError, main
from gateway.cli.source import open_source
from schemas.envelope import claim_key
from tests.golden.cases import FOLDER

GOOD, WRONG, REFUSED = (str(FOLDER / name / "input.x12") for name in ("837p_simple", "wrong_se01", "second_set_bad"))
Out = pytest.CaptureFixture[bytes]


@pytest.fixture
def letter(tmp_path: Path) -> str:
    path = tmp_path / "letter.txt"
    path.write_text("Dear colleague, the file is attached.\n")
    return str(path)


@pytest.mark.parametrize("command", ["convert", "check"])
def test_exit_codes(command: str, letter: str, capsysbinary: Out) -> None:
    """0 good, 1 an error or a refusal, 2 nothing readable; of several files the worst."""
    assert main([command, GOOD]) == EXIT_OK
    assert main([command, WRONG]) == EXIT_FINDINGS
    assert main([command, REFUSED]) == EXIT_FINDINGS
    assert main([command, letter]) == EXIT_UNREADABLE
    assert main([command, letter, GOOD]) == EXIT_UNREADABLE
    assert main([command, GOOD, WRONG, GOOD]) == EXIT_FINDINGS


def test_convert_prints_events_and_nothing_else(capsysbinary: Out, tmp_path: Path) -> None:
    findings = tmp_path / "findings.jsonl"
    main(["convert", GOOD, REFUSED, "--findings", str(findings)])
    out, err = capsysbinary.readouterr()
    events = [orjson.loads(line) for line in out.splitlines()]
    assert [event["data"]["patient_control_number"] for event in events] == ["PCN-1", "PCN-A", "PCN-D"]
    assert {event["source"] for event in events} == {"/sites/local/feeds/convert"}
    lines = [orjson.loads(line) for line in findings.read_bytes().splitlines()]
    assert [line["summary"]["items"] for line in lines if "summary" in line] == [1, 4]
    assert {line["file"] for line in lines} == {GOOD, REFUSED}
    assert err == b""


def test_without_findings_the_summary_is_for_people(capsysbinary: Out) -> None:
    main(["convert", REFUSED])
    assert b"4 items: 2 published, 0 without an event kind, 2 refused, 0 dead; 2 events" in capsysbinary.readouterr().err


def test_a_folder_and_standard_input(monkeypatch: pytest.MonkeyPatch, capsysbinary: Out, tmp_path: Path) -> None:
    for name in ("b.x12", "a.x12", ".hidden"):
        (tmp_path / name).write_bytes(Path(GOOD).read_bytes())
    main(["convert", str(tmp_path)])
    folder, said = capsysbinary.readouterr()
    assert [line.rpartition(b"/")[2][:5] for line in said.splitlines()] == [b"a.x12", b"b.x12"]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(Path(GOOD).read_bytes())))
    main(["convert", "-"])
    assert capsysbinary.readouterr().out == folder.splitlines(keepends=True)[0]


def test_site_feed_usage_and_zone(capsysbinary: Out) -> None:
    main(["convert", GOOD, "--site", "north", "--feed", "billing", "--usage", "production", "--zone", "America/Chicago"])
    event = orjson.loads(capsysbinary.readouterr().out)
    assert (event["source"], event["usage"], event["time"]) == ("/sites/north/feeds/billing", "production", "2024-01-15T09:30:00-06:00")
    assert event["partitionkey"] == claim_key("north", "PCN-1")


def test_check_json(capsysbinary: Out) -> None:
    main(["check", WRONG, "--json"])
    finding, summary = (orjson.loads(line) for line in capsysbinary.readouterr().out.splitlines())
    assert (finding["code"], finding["location"]["segment"], finding["file"]) == ("SE_COUNT", 24, WRONG)
    assert summary["summary"]["published"] == 1


def test_check_shows_places(capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", WRONG])
    out = capsys.readouterr().out
    assert "SE_COUNT" in out
    assert "SE01" in out


def test_explain_a_field(capsysbinary: Out) -> None:
    main(["convert", GOOD])
    event = orjson.loads(capsysbinary.readouterr().out)
    assert main(["explain", event["id"], "total_charge", "--file", GOOD, "--json"]) == EXIT_OK
    explained = orjson.loads(capsysbinary.readouterr().out)
    (field,) = explained["fields"]
    assert (field["tag"], field["element"], field["segment"], field["text"], field["value"]) == ("CLM", 2, 18, "150", "150.00")
    assert Path(GOOD).read_bytes()[field["start"] : field["end"]] == b"150"
    assert explained["file"]["size"] == len(Path(GOOD).read_bytes())


def test_key(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["key", "north", "pcn-1"]) == EXIT_OK
    assert capsys.readouterr().out.strip() == claim_key("north", "PCN-1")


USAGE = [
    [],
    ["conver"],
    ["convert", "/no/such/file"],
    ["convert", str(FOLDER / "837p_simple" / "input.x12"), "--zone", "Mars/Base"],
    ["explain", "not-an-id", "--file", GOOD],
    ["explain", "a" * 26 + ".5.claim.submitted", "--file", GOOD],
]


@pytest.mark.parametrize("arguments", USAGE, ids=" ".join)
def test_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == EXIT_USAGE
    said = capsys.readouterr()
    assert said.out + said.err


@pytest.mark.parametrize("arguments", [["convert"], ["check", GOOD, "--no-such-option"], ["convert", GOOD, "--usage", "live"]], ids=" ".join)
def test_wrong_options(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == EXIT_USAGE
    assert "usage:" in capsys.readouterr().err


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == EXIT_OK
    out = capsys.readouterr().out
    assert all(f"  {name} " in out for name in COMMANDS)


def test_help_imports_nothing_heavy() -> None:
    """What makes help slow is what it imports: nothing of ours but the command line itself, and no library."""
    code = "import sys; from gateway.cli.main import main; main(['--help']); print(*sorted(sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=FOLDER.parents[1])
    modules = set(done.stderr.split())
    assert {name for name in modules if name.split(".")[0] in ("gateway", "parsers", "schemas", "connectors")} == {
        "gateway",
        "gateway.cli",
        "gateway.cli.main",
    }
    assert not {"pydantic", "fastapi", "sqlalchemy", "orjson", "rich", "asyncio", "uvicorn", "zstandard"} & modules


def test_a_file_that_becomes_shorter_is_named(tmp_path: Path) -> None:
    path = tmp_path / "file.x12"
    path.write_bytes(b"x" * 100)
    with open_source(str(path)) as source:
        assert source.read_at(90, 20) == b"x" * 10
        os.truncate(path, 50)
        with pytest.raises(UsageError, match="became shorter"):
            source.read_at(40, 20)
