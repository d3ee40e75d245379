"""The HL7 v2 side of the sample world: read by others and by us, true to its truth file, and equal to the claims it is behind."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import hl7
import orjson
import pytest

from gateway.cli.main import main
from gateway.deep.hl7v2 import deep_check
from gateway.synth import write_world
from gateway.synth.v2.dialects import dialects
from parsers import formats
from parsers.hl7v2.convert import Settings, convert
from parsers.hl7v2.profile import profile_of
from parsers.outputs import Event, Origin, Summary
from schemas.envelope import Finding, patient_key
from tests.unit.documents import ROOT, table

CLAIMS, SEED = 40, 16
"""A world that is small and has every type of message, charges that come late and charges taken back."""
TYPES = {
    "ADT^A01", "ADT^A02", "ADT^A03", "ADT^A04", "ADT^A08", "ADT^A11", "ADT^A13", "ADT^A40", "BAR^P01", "DFT^P03", "MDM^T02", "ORM^O01", "ORU^R01",
    "RDE^O11", "RDS^O13", "SIU^S12", "SIU^S14", "SIU^S15", "VXU^V04",
}  # fmt: skip
TOGETHER = {"V2_SEVERAL_MESSAGES", "V2_BATCH"}
"""What is said of any file with more than one message."""
Line = dict[str, Any]
Told = tuple[str, int, str, str, str, str]
"""File, offset, event kind, lane, visit and account."""


class Read(NamedTuple):
    events: list[Event]
    codes: set[str]
    summary: Summary


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("world") / "many"
    write_world(CLAIMS, SEED, out, visits="many")
    return out


@pytest.fixture(scope="module")
def told(world: Path) -> list[Line]:
    return lines(world, "messages")


def lines(world: Path, name: str) -> list[Line]:
    return [json.loads(line) for line in (world / f"{name}.jsonl").read_text("ascii").splitlines()]


def read(path: Path, profile: dict[str, Any] | None = None) -> Read:
    content = path.read_bytes()
    origin = Origin("site", "feed", sha256(content).hexdigest(), zone=ZoneInfo("America/New_York"))
    settings = Settings(profile=None if profile is None else profile_of(profile))
    outputs = list(convert(lambda at, size: content[at : at + size], len(content), origin, settings))
    summary = outputs[-1]
    assert isinstance(summary, Summary)
    codes = {one.code for one in outputs if isinstance(one, Finding)}
    return Read([one for one in outputs if isinstance(one, Event)], codes - TOGETHER, summary)


def found(name: str, event: Event) -> Told:
    identity = orjson.loads(event.data).get("identity", {})
    visit, account = (identity.get(role, {}).get("value", "") for role in ("visit", "account"))
    _, offset, kind = event.attributes["id"].split(".", 2)
    return name, int(offset), kind, event.attributes["subject"], visit, account


def wanted(message: Line) -> Iterator[Told]:
    for one in message["events"]:
        lane = patient_key("site", one.get("patient", message["patient"]), message["site"].upper())
        yield message["file"], one["offset"], one["kind"], lane, message.get("visit", ""), message.get("account", "")


def raw(world: Path, message: Line) -> list[list[str]]:
    """Segments and fields of a message, split by hand; MSH-1 is not among them."""
    content, start = _content(world / message["file"]), message["offset"]
    end = re.compile(rb"\r(?=MSH|BTS|\Z)").search(content, start)
    assert end is not None
    return [segment.split("|") for segment in content[start : end.start()].decode().split("\r")]


@cache
def _content(path: Path) -> bytes:
    return path.read_bytes()


def fields(message: list[list[str]], tag: str, number: int) -> list[str]:
    return [segment[number] if number < len(segment) else "" for segment in message if segment[0] == tag]


# -- read by us


def test_no_finding_and_every_event_is_in_the_truth(world: Path, told: list[Line]) -> None:
    seen, messages = Counter[Told](), 0
    for path in sorted(world.rglob("*.hl7")):
        one = read(path)
        assert one.codes == set(), path
        assert one.summary.counts.published == one.summary.items
        messages += one.summary.items
        assert all(event.attributes["usage"] == "test" for event in one.events)
        assert not any("unmapped" in orjson.loads(event.data) for event in one.events)
        seen.update(found(path.relative_to(world).as_posix(), event) for event in one.events)
    assert messages == len(told)
    assert seen == Counter(event for message in told for event in wanted(message))
    assert {message["type"].rpartition("^")[0] for message in told} == TYPES
    totals = json.loads((world / "truth.json").read_text())
    assert totals["by"]["message"] == Counter(message["type"].rpartition("^")[0] for message in told)
    of_messages = Counter(one["kind"] for message in told for one in message["events"])
    assert {kind: totals["by"]["event"][kind] for kind in of_messages} == of_messages


def test_the_truth_names_what_the_bytes_say(world: Path, told: list[Line]) -> None:
    for message in told:
        segments = raw(world, message)
        assert (segments[0][8], segments[0][9]) == (message["type"], message["control_id"])
        assert message["time"].replace("-", "").replace(":", "").replace("T", "")[:14] == segments[0][6][:14]
        (patient,) = fields(segments, "PID", 3)
        assert patient == f"{message['patient']}^^^{message['site'].upper()}^MR"
        assert fields(segments, "PID", 18)[0].split("^")[0] == message.get("account", "") == message.get("patient_control_number", "")
        assert "".join(fields(segments, "PV1", 19)).split("^")[0] == message.get("visit", "")
    assert len({message["control_id"] for message in told}) == len(told)


@pytest.mark.parametrize("form", ["single", "batch"])
def test_other_forms_hold_the_same_messages(world: Path, told: list[Line], tmp_path: Path, form: str) -> None:
    other = tmp_path / form
    write_world(CLAIMS, SEED, other, visits=form)
    again = lines(other, "messages")
    assert [raw(other, message) for message in again] == [raw(world, message) for message in told]
    assert len({message["file"] for message in again}) == (len(told) if form == "single" else 3)
    for path in sorted(other.rglob("*.hl7"))[:5]:
        one = read(path)
        assert one.codes == set()  # among them V2_BATCH_COUNT and V2_BATCH_END
        mine = Counter(event for message in again if message["file"] == path.relative_to(other).as_posix() for event in wanted(message))
        assert Counter(found(path.relative_to(other).as_posix(), event) for event in one.events) == mine


def test_the_claims_are_those_of_a_world_without_visits(world: Path, tmp_path: Path) -> None:
    write_world(CLAIMS, SEED, tmp_path / "plain")
    plain = {path.relative_to(tmp_path / "plain"): path.read_bytes() for path in (tmp_path / "plain").rglob("*.x12")}
    assert plain == {path.relative_to(world): path.read_bytes() for path in world.rglob("*.x12")}


# -- read by others


def test_python_hl7_reads_the_same_fields(world: Path, told: list[Line]) -> None:
    for message in told[::3]:
        segments = raw(world, message)
        theirs = hl7.parse("\r".join("|".join(segment) for segment in segments) + "\r")
        assert [[str(field) for field in segment][2 * (at == 0) :] for at, segment in enumerate(theirs)] == [
            segment[1 * (at == 0) :] for at, segment in enumerate(segments)
        ]


def test_hl7apy_has_no_error_that_is_not_its_own(world: Path, told: list[Line]) -> None:
    """A message of each type."""
    kinds = {message["type"]: message for message in told}
    content = "".join("\r".join("|".join(segment) for segment in raw(world, message)) + "\r" for message in kinds.values()).encode()
    opinion = deep_check(lambda at, size: content[at : at + size], len(content), [])
    assert opinion.messages == len(kinds) == len(TYPES)
    errors = {(list(kinds)[point.message], point.code) for point in opinion.theirs if point.severity == "error" and not point.known}
    assert not errors


# -- the same story as the claims


_SUBSCRIBER = re.compile(r"HL\*\d+\*\d+\*22\*[01]~\nSBR[^~]*~\nNM1\*IL\*[^~]*\*MI\*(\w+)")


class Service(NamedTuple):
    """What a line of a claim and a charge have in common."""

    reference: str
    code: str
    modifiers: tuple[str, ...]
    amount: Decimal
    units: str
    diagnoses: tuple[str, ...]


class Billed(NamedTuple):
    control_number: str
    total: Decimal
    member: str
    performer: str
    medical_record: str
    services: list[Service]


def billed(world: Path, record: Line) -> Billed:
    """The first submission of a claim, from the bytes of its 837."""
    submission = record["submissions"][0]
    content = (world / submission["file"]).read_text("ascii")
    ends = re.compile(r"\n(CLM|HL|SE)\*").search(content, submission["offset"] + 1)
    assert ends is not None
    segments = [one.strip().split("*") for one in content[submission["offset"] : ends.start()].split("~") if one.strip()]
    member = _SUBSCRIBER.findall(content, 0, submission["offset"])[-1]
    codes = [part.split(":")[1] for one in segments if one[0] == "HI" for part in one[1:] if part.split(":")[0] in ("ABK", "ABF")]
    by_tag = {(one[0], one[1]): one for one in segments if len(one) > 1}
    performer = by_tag.get(("NM1", "71")) or by_tag[("NM1", "82")]
    record_number = by_tag.get(("REF", "EA"), ["", "", ""])[2]
    starts = [at for at, one in enumerate(segments) if one[0] == "LX"] + [len(segments)]
    services = [_service(segments[start:end], tuple(codes)) for start, end in pairwise(starts)]
    return Billed(segments[0][1], Decimal(segments[0][2]), member, performer[9], record_number, services)


def _service(line: list[list[str]], codes: tuple[str, ...]) -> Service:
    kind = line[1][0]
    composite, amount, units = {"SV1": (1, 2, 4), "SV2": (2, 3, 5), "SV3": (1, 2, 6)}[kind]
    _, code, *modifiers = [*line[1][composite].split(":"), "", ""][: max(2, line[1][composite].count(":") + 1)]
    pointers = line[1][7].split(":") if kind == "SV1" else []
    pointed = tuple(codes[int(one) - 1] for one in pointers) if pointers else codes
    reference = next(one[2] for one in line if one[:2] == ["REF", "6R"])
    return Service(reference, code or line[1][1], tuple(modifiers), Decimal(line[1][amount]), line[1][units], pointed)


def charged(segment: list[str]) -> Service:
    values = [*segment, *[""] * 30]
    code = values[25].split("^")[0] or values[7].split("^")[0]
    diagnoses = tuple(one.split("^")[0].replace(".", "") for one in values[19].split("~") if one)
    modifiers = tuple(one for one in values[26].split("~") if one)
    return Service(values[2], code, modifiers, Decimal(values[11]), values[10], diagnoses)


def test_charges_are_the_lines_of_the_claim(world: Path, told: list[Line]) -> None:
    by_account: dict[str, list[Line]] = defaultdict(list)
    for message in told:
        if message["type"].startswith("DFT"):
            by_account[message["account"]].append(message)
    late = credits = 0
    for record in lines(world, "truth"):
        messages = by_account[record["patient_control_number"]]
        assert bool(messages) == (record["scenario"] != "predetermination")
        if not messages:
            continue
        claim = billed(world, record)
        late += len(messages) > 1
        segments = [segment for message in messages for segment in raw(world, message)]
        posted = [segment for segment in segments if segment[0] == "FT1"]
        assert sum(charged(one).amount for one in posted) == claim.total == Decimal(record["charge"])
        back = {one[2] for one in posted if one[6] == "CD"}
        credits += len(back)
        kept = [charged(one) for one in posted if one[2] not in back]
        assert sorted(kept) == sorted(claim.services)
        assert {one[20].split("^")[0] for one in posted} == {claim.performer}
        assert claim.member in fields(segments, "IN1", 36)
        diagnosed = {one.split("^")[0].replace(".", "") for one in fields(segments, "DG1", 3)}
        assert diagnosed >= {code for one in claim.services for code in one.diagnoses}
        assert claim.medical_record in ("", *(message["patient"] for message in messages))
    assert late
    assert credits


def test_events_join_by_the_fields_that_the_page_names(world: Path) -> None:
    """Claims to what was said of their account, without looking at bytes."""
    claims, paid, told_of = _by_claim(world, "claims/*.x12"), _by_claim(world, "remits/*.x12"), defaultdict[str, list[Line]](list)
    for path in sorted(world.glob("*/visits/*.hl7")):
        for data in map(_data, read(path).events):
            told_of[_at(data, "/identity/account/value")].append(data)
    posted = seen = 0
    for record in lines(world, "truth"):
        number = record["patient_control_number"]
        claim, visit = claims[number][0], told_of[number]
        insurances = [each for data in visit for each in data.get("insurances", ())]
        for ours, theirs in (
            ("/subscriber/id", "/policy_number"), ("/payer/id", "/company_ids/0/value"), ("/prior_authorization", "/authorization/number"),
        ):  # fmt: skip
            assert not _at(claim, ours) or record["scenario"] == "predetermination" or _at(claim, ours) in [_at(each, theirs) for each in insurances]
        assert claim.get("medical_record_number", "") in ("", *(_at(data, "/identity/patient/value") for data in visit))
        amounts: dict[str, Decimal] = defaultdict(Decimal)
        for data in visit:
            if "charge" in data:
                amounts[data["charge"]["id"]] += Decimal(data["charge"]["amount"])
        charges = {charge: amount for charge, amount in amounts.items() if amount}
        assert charges == ({line["control_number"]: Decimal(line["charge"]) for line in claim["lines"]} if amounts else {})
        assert bool(amounts) == (record["scenario"] != "predetermination")
        numbers = {line["control_number"] for each in paid[number] for line in each.get("lines", ())}
        assert not amounts or numbers <= charges.keys()
        posted, seen = posted + len(charges), seen + len(numbers)
    assert posted
    assert seen


def _by_claim(world: Path, pattern: str) -> dict[str, list[Line]]:
    found = defaultdict[str, list[Line]](list)
    for path in sorted(world.glob(f"*/{pattern}")):
        content = path.read_bytes()
        for one in formats.convert(lambda at, size, content=content: content[at : at + size], len(content), Origin()):  # type: ignore[misc]
            if isinstance(one, Event) and "patient_control_number" in (data := _data(one)):
                found[data["patient_control_number"]].append(data)
    return found


def _data(event: Event) -> Line:
    data: Line = orjson.loads(event.data)
    return data


def _at(data: Any, pointer: str) -> str:
    for name in pointer.split("/")[1:]:
        data = data[int(name)] if isinstance(data, list) else data.get(name, {})
    return data or ""


def test_a_visit_goes_in_the_order_of_time(told: list[Line]) -> None:
    """Of each patient, whatever file; nothing is said under a number after it was merged, nothing is reported or charged before it began."""
    last: dict[tuple[str, str], str] = {}
    retired: set[tuple[str, str]] = set()
    began: dict[str, set[str]] = defaultdict(set)
    for message in told:
        patient = message["site"], message["patient"]
        assert patient not in retired
        assert last.get(patient, "") <= message["time"]
        last[patient] = message["time"]
        retired |= {(message["site"], one["patient"]) for one in message["events"] if "patient" in one}
        kinds = {one["kind"] for one in message["events"]}
        before = began[message.get("visit", "")]
        for later, earlier in (
            ("result.reported", "order.placed"), ("medication.dispensed", "medication.ordered"), ("encounter.ended", "encounter.started"),
            ("encounter.cancelled", "encounter.started"), ("charge.posted", "encounter.ended"), ("appointment.cancelled", "appointment.booked"),
        ):  # fmt: skip
            assert later not in kinds or earlier in before, message
        before |= kinds
    assert retired


# -- odd and wrong


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("world") / "odd"
    assert main(["synth", "--claims", "2", "--hl7v2", "single", "--dialects", "--out", str(out)]) == 0
    return out


@pytest.mark.parametrize("name", [one.name for one in dialects("", "")])
def test_a_dialect_is_found_and_read_as_the_truth_says(odd: Path, name: str) -> None:
    (one,) = [line for line in lines(odd, "dialects") if line["dialect"] == name]
    plain, meant = read(odd / one["file"]), read(odd / one["file"], one["profile"])
    assert sorted(plain.codes) == one["findings"]
    if one["profile"]:
        assert sorted(meant.codes) == one["left"]
    events = [(event["offset"], event["kind"], message["patient"]) for message in one["messages"] for event in message["events"]]
    assert len(plain.events) == len(events)
    assert [(int(event.attributes["id"].split(".")[1]), event.attributes["id"].split(".", 2)[2], _patient(event)) for event in meant.events] == events
    ids = [orjson.loads(event.data)["message"].get("control_id", "") for event in meant.events]
    assert ids == [message["control_id"] for message in one["messages"] for _ in message["events"]]


def test_the_page_lists_every_dialect(odd: Path) -> None:
    rows = table(ROOT / "docs" / "sample-data.md", "Dialects")
    assert {name: cells for name, cells in rows.items() if name != "file"} == {
        one["dialect"]: [one["says"], ", ".join(f"`{code}`" for code in one["findings"]) or "nothing", "".join(f"`{key}`" for key in one["profile"])]
        for one in lines(odd, "dialects")
    }


def _patient(event: Event) -> str:
    return str(orjson.loads(event.data).get("identity", {}).get("patient", {}).get("value", ""))
