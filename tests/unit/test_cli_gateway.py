"""The commands that need a gateway's data, through the command line itself: ingest, events, explain, held, keys, log, prune, synth, demo."""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.cli.main import main
from gateway.cli.run import configured
from gateway.config import RETENTION_DAYS, Config
from gateway.state import State

EXAMPLE = Path(__file__).parents[2] / "examples" / "claims-837p.x12"
SITE = 'id = "acme"\n[[feeds]]\nid = "claims"\nduplicate_control_number = "quarantine"\n'
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Runs a command under a configuration of its own; gives exit code and standard output."""
    config = tmp_path / "clearplane.toml"
    config.write_text('data_dir = "data"\nworkers = 1\n')
    (tmp_path / "sites").mkdir()
    (tmp_path / "sites" / "acme.toml").write_text(SITE)

    def run(*arguments: str) -> tuple[int, str]:
        code = main([*arguments, "--config", str(config)])
        sys.stdout.flush()
        return code, capsysbinary.readouterr().out.decode()

    return run


def ingest(run: Run, path: Path) -> tuple[int, str]:
    return run("ingest", str(path), "--site", "acme", "--feed", "claims")


def test_from_a_file_to_its_events_and_back_to_a_byte(run: Run, tmp_path: Path) -> None:
    code, said = ingest(run, EXAMPLE)
    assert code == 0
    assert "done, 2 events: 2 published" in said
    code, said = run("events", "--usage", "test")
    events = [json.loads(line) for line in said.splitlines()]
    assert (code, len(events)) == (0, EXAMPLE.read_bytes().count(b"CLM*"))
    charge = events[0]["data"]["total_charge"]
    code, said = run("explain", events[0]["id"], "total_charge", "--json")
    [field] = json.loads(said)["fields"]
    assert EXAMPLE.read_bytes()[field["start"] : field["end"]].decode() == field["text"]
    assert charge.startswith(field["text"])
    assert run("events")[1] == ""  # test events are shown only when asked for
    state = State.open(Config.load(tmp_path / "clearplane.toml").state_url)
    try:
        actions = [(entry.action, entry.records) for entry in state.audit.page()]
    finally:
        state.close()
    assert actions == [("events.read", 0), ("events.explain", 1), ("events.read", 2)]


def test_a_message_is_explained_in_the_words_of_hl7_and_found_by_its_patient(
    run: Run, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    message = tmp_path / "a01.hl7"
    message.write_bytes(b"MSH|^~\\&|A|B|C|D|20260304||ADT^A01|1|T|2.5\rPID|1||77^^^North^MR~88||DOE^JANE\rPV1|1|I\r")
    assert ingest(run, message)[0] == 0
    assert main(["key", "acme", "77", "--patient", "--authority", "NORTH"]) == 0
    lane = capsysbinary.readouterr().out.decode().strip()
    _, said = run("events", "--usage", "test", "--key", lane)
    [event] = [json.loads(line) for line in said.splitlines()]
    _, said = run("explain", event["id"], "/patient/identifiers")
    places = {line.split()[0]: line.split()[3] for line in said.splitlines() if line.startswith("/patient")}
    assert places["/patient/identifiers/0/authority"] == "PID-3.4.1"
    assert places["/patient/identifiers/1/value"] == "PID-3(2).1"


def test_a_message_without_an_event_is_found_with_its_findings_and_bytes(
    run: Run, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    good, query = tmp_path / "good.hl7", tmp_path / "query.hl7"
    good.write_bytes(b"MSH|^~\\&|A|B|C|D|20260304||ADT^A01|1|T|2.5\rPID|1||77^^^North^MR||DOE^JANE\rPV1|1|I\r")
    query.write_bytes(good.read_bytes().replace(b"ADT^A01|1", b"QRY^A19|2"))
    for path in (good, query):
        ingest(run, path)
    [found] = [json.loads(line) for line in run("receipts", "list", "--silent", "--json")[1].splitlines()]
    assert (found["name"], found["counts"]["no_event_kind"], found["events"]) == ("query.hl7", 1, 0)
    assert run("receipts", "list", "--control-number", "2", "--json")[1] == run("receipts", "list", "--silent", "--json")[1]
    rows = run("receipts", "list")[1].splitlines()[1:]
    assert [row.split()[1] for row in rows] == [found["receipt"], run("receipts", "list", "--control-number", "1")[1].splitlines()[1].split()[1]]
    assert "1 no event kind" in rows[0]
    assert "1 published" in rows[1]
    in_acknowledgement = found["receipt"][:20].upper()
    shown = json.loads(run("receipts", "show", in_acknowledgement)[1])
    assert "V2_NO_EVENT" in [finding["code"] for finding in shown["findings"]]
    assert run("receipts", "raw", in_acknowledgement) == (0, query.read_bytes().decode())
    for blob in (tmp_path / "data" / "blobs").rglob(found["sha256"]):
        blob.unlink()
    assert run("receipts", "raw", in_acknowledgement) == (1, "")
    assert run("receipts", "show", "a" * 26)[0] == 1
    assert run("receipts", "show", "abc")[0] == 64


def test_what_cannot_be_asked_is_refused_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    for words, said in (
        (("events", "--type", "encounter.startd"), "did you mean encounter.started?"),
        (("run", "--port", "70000"), "--port takes 0 to 65535"),
        (("key", "acme", "77", "--authority", "NORTH"), "goes with --patient"),
    ):
        assert main(list(words)) == 64
        assert said in capsys.readouterr().err


def test_the_api_of_a_second_process_has_a_port_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "clearplane.toml"
    path.write_text('data_dir = "data"\n[api]\nport = 8500\nheartbeat_seconds = 3\n')
    own, other = configured(str(path), None), configured(str(path), 8501)
    assert (own.api.port, other.api.port, other.api.heartbeat_seconds, other.data_dir) == (8500, 8501, 3, own.data_dir)


def test_filters_and_limit(run: Run) -> None:
    ingest(run, EXAMPLE)
    _, said = run("events", "--usage", "all", "--limit", "1")
    [event] = [json.loads(line) for line in said.splitlines()]
    _, said = run("events", "--usage", "all", "--key", event["partitionkey"], "--type", "claim.submitted", "--site", "acme")
    assert [json.loads(line)["id"] for line in said.splitlines()] == [event["id"]]
    for nothing in (("--site", "other"), ("--type", "remittance.received"), ("--to", "2020-01-01"), ("--from", "2990-01-01T00:00:00Z")):
        assert run("events", "--usage", "all", *nothing)[1] == ""


def test_a_resend_publishes_nothing(run: Run) -> None:
    ingest(run, EXAMPLE)
    code, said = ingest(run, EXAMPLE)
    assert code == 0
    assert "received before, nothing new published" in said
    assert len(run("events", "--usage", "test")[1].splitlines()) == 2


def test_held_listed_shown_released_and_dropped(run: Run, tmp_path: Path) -> None:
    ingest(run, EXAMPLE)
    receipts = []
    for number in (2, 3):
        other = tmp_path / f"other{number}.x12"
        other.write_bytes(EXAMPLE.read_bytes().replace(b"HC-1001", b"HC-%d001" % number))
        code, said = ingest(run, other)
        assert code == 1
        receipts.append(said.split()[1])
    listed = run("held", "list")[1]
    assert all(receipt in listed for receipt in receipts)
    shown = json.loads(run("held", "show", receipts[0])[1])
    assert (shown["reason"], shown["findings"][0]["code"]) == ("ISA_REUSED", "ISA_REUSED")
    assert run("held", "release", receipts[0])[0] == 0
    assert run("held", "drop", receipts[1])[0] == 0
    assert run("held", "drop", receipts[1])[0] == 1
    ingest(run, EXAMPLE)  # a gateway that runs takes up what was released
    assert len(run("events", "--usage", "test", "--receipt", receipts[0])[1].splitlines()) == 2
    assert run("events", "--usage", "test", "--receipt", receipts[1])[1] == ""
    assert "nothing is held" in run("held", "list")[1]


def test_a_key_is_shown_once_and_can_be_ended(run: Run, tmp_path: Path) -> None:
    code, token = run("keys", "create", "reader", "--scope", "events:read", "--site", "acme")
    key_id, secret = token.strip().split("_", 2)[1:]
    assert code == 0
    listed = run("keys", "list")[1]
    assert key_id in listed
    assert secret not in listed
    assert all(secret.encode() not in file.read_bytes() for file in (tmp_path / "data").glob("state.db*"))
    assert run("keys", "revoke", key_id)[0] == 0
    assert run("keys", "revoke", key_id)[0] == 1
    assert main(["keys", "create", "reader", "--scope", "everything"]) == 64


def test_log_verify_and_prune(run: Run) -> None:
    ingest(run, EXAMPLE)
    assert run("log", "verify") == (0, f"{len(RETENTION_DAYS)} topics checked, 0 problems\n")
    code, said = run("prune")
    assert code == 0
    assert said.splitlines()[-2:] == [
        "0 records and 0 files past their retention are gone",
        "0 stored files belong to no receipt; 0 of them are gone",
    ]


def test_a_wrong_configuration_names_file_and_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = tmp_path / "clearplane.toml"
    wrong.write_text('data_dir = "data"\nworkerz = 1\n')
    assert main(["check", str(wrong)]) == 1
    assert "clearplane.toml:2" in capsys.readouterr().out


def test_commands_that_look_say_when_there_is_nothing(run: Run) -> None:
    assert run("events")[0] == 64


def test_synth_refuses_a_full_folder(tmp_path: Path) -> None:
    assert main(["synth", "--claims", "3", "--out", str(tmp_path / "world")]) == 0
    assert main(["synth", "--claims", "3", "--out", str(tmp_path / "world")]) == 64


def test_demo_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--once", "--claims", "12", "--port", "0", "--data", str(tmp_path / "demo")]) == 0
    said = capsys.readouterr().out
    words = ("claim.submitted", "claim.adjudicated", "remittance.received", "charge.posted", "one event", "where one field comes from", "FT1-11")
    assert all(word in said for word in words)
    taken = re.search(r"and (\d+) HL7 v2 messages", said)
    assert taken is not None
    assert f"HL7 v2 was answered: {taken[1]} AA" in said
    commands = re.findall(r"^  \S+ (.+ --config \S+)$", said, re.MULTILINE)
    assert len(commands) == 3
    for command in commands:
        assert main(command.split()) == 0
    listed = capsys.readouterr().out
    assert re.search(r"keystone/claims +1 published, 1 refused +1 +error ELEMENT_DATE", listed)
