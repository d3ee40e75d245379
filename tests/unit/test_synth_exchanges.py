"""The sample world beyond claims and payments: items counted from the bytes, answers that find their questions, one story in all files."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson
import pytest

from gateway.cli.demo_life import copay_of, is_decided, life_of_one_claim
from gateway.cli.demo_rows import ORDER, kind_of, number_of, outcome_of, said
from gateway.cli.demo_visits import SAY
from gateway.links.keys import heard
from gateway.links.rules import RANKS
from gateway.links.stage import chosen
from gateway.pipeline.events import header_name
from gateway.seams import Record
from gateway.state import State
from gateway.synth import BROKEN_NUMBER, broken_claims, write_world
from parsers.x12.convert import Event, Origin, convert
from schemas.envelope import Finding

Segments = list[list[str]]
Line = dict[str, Any]
ITEMS = {
    "834": (rb"^INS\*", "enrollment.changed"), "820": (rb"^ST\*", "premium.paid"), "270": (rb"^TRN\*1\*", "eligibility.requested"),
    "271": (rb"^TRN\*2\*", "eligibility.answered"), "278-request": (rb"^HL\*\d+\*\d+\*EV", "authorization.requested"),
    "278-response": (rb"^HL\*\d+\*\d+\*EV", "authorization.answered"), "276": (rb"^TRN\*1\*", "claim.status.requested"),
    "277": (rb"^TRN\*2\*", "claim.status.answered"), "277ca": (rb"^TRN\*2\*[A-Z]{2}\d", "claim.acknowledged"),
    "999": (rb"^(?:TA1|ST)\*", "submission.acknowledged"), "275": (rb"^ST\*", "attachment.submitted"),
}  # fmt: skip
"""By file: what begins an item, and its event."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("world") / "world"
    write_world(400, 5, out)
    return out


@pytest.fixture(scope="module")
def told(world: Path) -> list[Line]:
    return _lines(world, "exchanges")


def _lines(world: Path, name: str) -> list[Line]:
    return [json.loads(line) for line in (world / f"{name}.jsonl").read_text("ascii").splitlines()]


def _files(world: Path, stem: str) -> list[Path]:
    return sorted(world.rglob(f"{stem}-[0-9]*.x12"))


def _segments(text: str) -> Segments:
    return [part.strip().split("*") for part in text.split("~") if part.strip()]


def _item(world: Path, one: Line, tag: str) -> Segments:
    """The segments from an item to the next that begins as it does, or to the end of its set."""
    segments = _segments((world / one["file"]).read_bytes()[one["offset"] :].decode("ascii"))
    end = next(at for at, segment in enumerate(segments) if at and segment[0] in (tag, "SE"))
    return segments[:end]


def _by_claim(told: list[Line], kind: str) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = defaultdict(list)
    for one in told:
        if one["kind"] == kind:
            found[one["patient_control_number"]].append(one)
    return found


def _element(segments: Segments, tag: str, place: int, qualifier: str = "") -> str:
    return next((segment[place] for segment in segments if segment[0] == tag and qualifier in ("", segment[1])), "")


# -- items and answers


def test_items_counted_from_the_bytes_are_those_of_the_truth(world: Path, told: list[Line]) -> None:
    for stem, (mark, kind) in ITEMS.items():
        there = {
            (path.relative_to(world).as_posix(), match.start())
            for path in _files(world, stem)
            for match in re.finditer(mark, path.read_bytes(), re.MULTILINE)
        }
        named = [one for one in told if one["kind"] == kind and Path(one["file"]).name.startswith(f"{stem}-")]
        assert len(named) == len(there) > 0, stem
        if stem not in ("270", "271"):  # there the item is the level that the trace number stands in
            assert {(one["file"], one["offset"]) for one in named} == there


def test_an_answer_repeats_the_number_of_its_question(world: Path, told: list[Line]) -> None:
    questions = {(one["file"], one["offset"]): one for one in told}
    seen = Counter[str]()
    for one in told:
        asked = questions.get((one.get("answers", {}).get("file"), one.get("answers", {}).get("offset")))
        if asked is None:
            continue
        seen[one["kind"]] += 1
        assert (asked["trace"], asked["patient_control_number"]) == (one["trace"], one["patient_control_number"])
        for line, code in ((asked, "1"), (one, "2")):
            tag = "TRN" if "status" in one["kind"] else "HL"
            assert _element(_item(world, line, tag), "TRN", 2, code) == one["trace"]
    assert set(seen) == {"eligibility.answered", "authorization.answered", "claim.status.answered"}
    assert seen["eligibility.answered"] == 400


def _records(world: Path) -> Iterator[tuple[str, Record]]:
    """Every event as the log holds it, file by file in the order of interchange control numbers; with the name of its file."""
    for at, path in enumerate(sorted(world.rglob("*.x12"), key=lambda path: path.read_bytes()[90:99])):
        content = path.read_bytes()
        name = path.relative_to(world).as_posix()
        for one in convert(lambda at, size, content=content: content[at : at + size], len(content), Origin("s", name, sha256(content).hexdigest())):
            if isinstance(one, Event):
                attributes = {**one.attributes, "source": "/sites/s/feeds/f", "recordedtime": f"2026-01-01T00:{at // 60:02d}:{at % 60:02d}.000Z"}
                headers = tuple((header_name(key), str(value).encode()) for key, value in attributes.items())
                yield name, Record("claims.test", 0, 0, 0, b"", one.data, headers)


def test_every_answer_is_linked_to_what_it_answers(world: Path, told: list[Line], tmp_path: Path) -> None:
    """By the rules of the gateway: the strongest link of an answer is the one that the truth names."""
    ids: dict[tuple[str, int], str] = {}
    receipts: dict[str, str] = {}
    events = []
    for name, record in _records(world):
        noted = heard(record, "claims", {"s": timedelta()})
        assert noted is not None
        receipt, offset, _ = noted.event.id.split(".", 2)
        ids[name, int(offset)], receipts[name] = noted.event.id, receipt
        events.append(noted.event)
    state = State.open(f"sqlite:///{tmp_path / 'state.db'}")
    try:
        links = [link for link, _ in state.links.hear({"s"}, events, chosen)]
    finally:
        state.close()
    best: dict[str, tuple[int, str]] = {}
    for link in links:
        if not link.part:
            best[link.answer] = min(best.get(link.answer, (len(RANKS), "")), (RANKS[link.rule], link.target))
    checked = Counter[str]()
    for one in told:
        place = one.get("answers")
        if place is None:
            continue
        if "offset" in place:
            wanted = ids[place["file"], place["offset"]]
        else:
            mark = f"ST*837*{place['set']}*" if "set" in place else "GS*" if "group" in place else "ISA*"
            wanted = f"{receipts[place['file']]}.{(world / place['file']).read_bytes().index(mark.encode())}"
        assert best[ids[one["file"], one["offset"]]][1] == wanted, one
        checked[one["kind"]] += 1
    assert set(checked) == {
        "eligibility.answered", "authorization.answered", "claim.status.answered", "claim.acknowledged", "submission.acknowledged",
    }  # fmt: skip


# -- one story in all files


def _carcs(world: Path) -> dict[str, set[str]]:
    """Adjustment reasons of the first decision about each claim."""
    found = {}
    for record in _lines(world, "truth"):
        if record["adjudications"]:
            segments = _item(world, record["adjudications"][0], "CLP")
            found[record["patient_control_number"]] = {segment[2] for segment in segments if segment[0] == "CAS"}
    return found


def _member(world: Path, answer: Line) -> str:
    """NM109 of the subscriber: in the item, or in the level above when the patient is a dependent."""
    content = (world / answer["file"]).read_text("ascii")
    own = content[answer["offset"] :].split("\nHL*", 1)[0]
    return re.findall(r"NM1\*IL\*[^~]*\*MI\*(\w+)", content[: answer["offset"]] + own)[-1]


def test_eligibility_says_what_enrolment_did_and_claims_meet(world: Path, told: list[Line]) -> None:
    enrolled = {one["member"]: one["outcome"] for one in reversed(told) if one["kind"] == "enrollment.changed"}
    carcs = _carcs(world)
    answers = _by_claim(told, "eligibility.answered")
    seen = Counter[str]()
    for number, reasons in carcs.items():
        (answer,) = answers[number]
        outcome = answer["outcome"]
        seen[outcome] += 1
        assert ("31" in reasons) == (outcome == "unknown")
        assert ("27" in reasons) == (outcome == "inactive")
        segments = _item(world, answer, "HL")
        informed = [segment[1] for segment in segments if segment[0] == "EB"]
        refused = [segment[3] for segment in segments if segment[0] == "AAA"]
        if outcome == "active":
            assert informed[0] == "1"
        elif outcome == "inactive":
            assert informed == ["6"]
            assert enrolled[_member(world, answer)] == "024"
        else:
            assert (informed, refused) in (([], ["75"]), ([], ["67"]), ([], ["71"]))
    assert set(seen) == {"active", "inactive", "unknown", "birth_date"}


def test_an_authorisation_is_the_one_on_the_claim(world: Path, told: list[Line]) -> None:
    asked, answers = _by_claim(told, "authorization.requested"), _by_claim(told, "authorization.answered")
    actions = {"certified": "A1", "partial": "A2", "modified": "A6", "denied": "A3", "pended": "A4"}
    carcs = _carcs(world)
    seen = Counter[str]()
    for record in _lines(world, "truth"):
        number = record["patient_control_number"]
        on_claim = {_element(_item(world, one, "CLM"), "REF", 2, "G1") for one in record["submissions"]}
        assert on_claim == {record.get("authorization", "")}
        assert (number in asked) == ("authorization" in record or "197" in carcs.get(number, ()))
        decided = ""
        for one in answers.get(number, ()):
            segments = _item(world, one, "HL")
            seen[one["outcome"]] += 1
            assert _element(segments, "HCR", 1) == actions[one["outcome"]]
            decided = next((segment[2] for segment in segments if segment[0] == "HCR" and len(segment) > 2), "")
        assert decided == record.get("authorization", "")
    assert set(seen) == set(actions)


def test_a_claim_is_decided_on_only_when_it_was_let_in(world: Path, told: list[Line]) -> None:
    """277CA: a payer's number for what is accepted, the one that the payment names; what is returned comes again."""
    acknowledged = _by_claim(told, "claim.acknowledged")
    returned = 0
    for record in _lines(world, "truth"):
        outcomes = [one["outcome"] for one in acknowledged[record["patient_control_number"]]]
        assert outcomes == ["rejected" if one.get("rejected") else "accepted" for one in record["submissions"]]
        if record["scenario"] == "rejected":
            returned += 1
            assert outcomes == ["rejected", "accepted"]
        for one, submission in zip(acknowledged[record["patient_control_number"]], record["submissions"], strict=True):
            segments = _item(world, one, "HL")
            assert segments[1][0] == "STC"
            assert (segments[1][3] == "U") == (one["outcome"] == "rejected")
            assert Decimal(segments[1][4]) == Decimal(record["charge"])
            assert (one["answers"]["file"], one["answers"]["offset"]) == (submission["file"], submission["offset"])
            number = _element(segments, "REF", 2, "1K")
            assert bool(number) == (one["outcome"] == "accepted")
            if number and record["scenario"] not in ("split", "unanswered"):
                assert number in {decided["payer_claim_number"] for decided in record["adjudications"]}
    assert returned


def test_acknowledged_amounts_add_up(world: Path) -> None:
    for path in _files(world, "277ca"):
        segments = _segments(path.read_text("ascii"))
        starts = [at for at, segment in enumerate(segments) if segment[0] == "ST"] + [len(segments)]
        for start, end in pairwise(starts):
            body = segments[start:end]
            claims = [
                (body[at + 1][3], Decimal(body[at + 1][4])) for at, one in enumerate(body) if one[0] == "TRN" and re.match("[A-Z]{2}[0-9]", one[2])
            ]
            for action, counts, amount in (("WQ", ("90", "QA"), "YU"), ("U", ("AA", "QC"), "YY")):
                mine = [charge for said, charge in claims if said == action]
                for count in counts:
                    assert sum(int(one[2]) for one in body if one[:2] == ["QTY", count]) == len(mine)
                assert sum(Decimal(one[2]) for one in body if one[:2] == ["AMT", amount]) == 2 * sum(mine)  # of the batch and of its providers


def test_a_status_says_what_was_paid_and_how(world: Path, told: list[Line]) -> None:
    claims = {record["patient_control_number"]: record for record in _lines(world, "truth")}
    seen = Counter[str]()
    for number, answers in _by_claim(told, "claim.status.answered").items():
        (one,) = answers
        status = next(segment for segment in _item(world, one, "TRN") if segment[0] == "STC")
        seen[one["outcome"]] += 1
        if len(status) > 9:
            decided = claims[number]["adjudications"][0]
            assert (Decimal(status[5]), status[9]) == (Decimal(decided["paid"]), decided["trace"])
            assert (one["outcome"] == "denied") == (decided["outcome"] == "DENIED")
        else:
            assert one["outcome"] in ("pending", "not_found", "review")
    assert {"paid", "denied", "pending", "not_found", "review"} <= set(seen)


def test_premiums_are_paid_for_who_is_enrolled(world: Path, told: list[Line]) -> None:
    enrolled = {one["member"] for one in told if one["kind"] == "enrollment.changed" and one["outcome"] == "021"}
    paid = 0
    for path in _files(world, "820"):
        total = Decimal()
        for segment in [*_segments(path.read_text("ascii")), ["ST"]]:
            if segment[0] in ("BPR", "ST"):
                assert segment[0] == "BPR" or total == 0
                total = Decimal(segment[2]) if segment[0] == "BPR" else total
            elif segment[0] == "ENT":
                paid += 1
                assert segment[4] in enrolled
            elif segment[0] == "RMR":
                total -= Decimal(segment[4])
    assert paid == len(enrolled)


def test_what_a_claim_announces_is_sent(world: Path, told: list[Line]) -> None:
    announced = {
        (record["patient_control_number"], number)
        for record in _lines(world, "truth")
        if (number := _element(_item(world, record["submissions"][0], "CLM"), "PWK", 6))
    }
    sent = [one for one in told if one["kind"] == "attachment.submitted"]
    assert {(one["patient_control_number"], one["trace"]) for one in sent} == announced
    assert len(sent) == len(announced) > 10
    for one in sent:
        length, data = re.search(rb"\nBIN\*(\d+)\*(.*?END OF NOTE)~", (world / one["file"]).read_bytes()[one["offset"] :], re.DOTALL).groups()
        assert int(length) == len(data)
        assert one["trace"].encode() in data


# -- the broken file, and what the demo says


def test_the_broken_file_is_broken_in_one_place() -> None:
    content = broken_claims(3)
    outputs = list(convert(lambda at, size: content[at : at + size], len(content), Origin("s", "f", sha256(content).hexdigest())))
    (finding,) = [one for one in outputs if isinstance(one, Finding)]
    assert finding.code == "ELEMENT_DATE"
    assert finding.location.offset is not None
    assert content[finding.location.offset :].startswith(b"DTP*472*D8*20240231~")
    assert len([one for one in outputs if isinstance(one, Event)]) == 2
    assert content != broken_claims(4)
    assert f"*{BROKEN_NUMBER}*X*".encode() in content


def test_the_life_of_one_claim(world: Path) -> None:
    events = []
    for _, record in _records(world):
        attributes = {name.decode() if isinstance(name, bytes) else name.removeprefix("ce_"): value.decode() for name, value in record.headers}
        events.append({**attributes, "data": orjson.loads(record.value)})
    life = life_of_one_claim(events)
    kinds = [kind_of(event) for event in life]
    assert set(kinds) >= set(ORDER) - {"premium.paid", "submission.acknowledged", "attachment.submitted", *SAY}
    assert (
        kinds.index("eligibility.requested")
        < kinds.index("authorization.answered")
        < kinds.index("claim.submitted")
        < kinds.index("claim.adjudicated")
    )
    assert any(copay_of(event) is not None for event in life)
    assert any(is_decided(event) for event in life)
    claim = next(event["data"] for event in life if kind_of(event) == "claim.submitted")
    assert all(claim["subscriber"]["name"] not in said(event) for event in life)
    paid = {event["id"] for event in life if kind_of(event) == "claim.adjudicated"}
    assert all(event["data"]["patient_control_number"] == claim["patient_control_number"] for event in life if event["id"] in paid)
    assert all(said(event) and number_of(event) for event in events)
    assert {outcome_of(event) for event in events if kind_of(event) == "authorization.answered"} == {
        "certified", "certified in part", "modified", "pended", "not certified",
    }  # fmt: skip
