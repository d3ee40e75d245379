"""The sample world: valid by pyx12, balanced by arithmetic of our own, true to its truth file, and nobody's."""

import gc
import io
import json
import logging
import re
import tracemalloc
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pyx12.params import params
from pyx12.x12n_document import x12n_document

from gateway.synth import world, write_world
from gateway.synth.decisions import DECK
from parsers.x12.convert import Event, Origin, Summary, convert
from schemas.envelope import Finding

SMALL, SEED = 60, 7
PYX12_HAS = {"837p", "837i", "835", "834", "820", "277ca", "999"}
"""Its map of the 277 (X212) is not in its index, and reads no 277."""
MOST_OF_A_KIND = 2
"""pyx12 reads its map anew for every file, which is most of its time."""
Segments = list[list[str]]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("world") / "small"
    write_world(SMALL, SEED, out)
    return out


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Large enough for every scenario and for balances that are carried forward."""
    out = tmp_path_factory.mktemp("world") / "large"
    write_world(900, 11, out)
    return out


def _files(world: Path, stem: str = "") -> list[Path]:
    return sorted(path for path in world.rglob("*.x12") if path.name.startswith(stem))


def _segments(path: Path) -> Segments:
    return [line.split("*") for line in path.read_text("ascii").replace("\n", "").split("~") if line]


def _cut(segments: Segments, tag: str) -> Iterator[Segments]:
    """The segments in pieces that each start with the tag; what stands before the first is left out."""
    starts = [at for at, segment in enumerate(segments) if segment[0] == tag] + [len(segments)]
    for start, end in pairwise(starts):
        yield segments[start:end]


def _adjusted(segments: Segments, group: str = "") -> Decimal:
    cas = [segment for segment in segments if segment[0] == "CAS" and group in ("", segment[1])]
    return sum((Decimal(amount) for segment in cas for amount in segment[3::3]), Decimal())


def _lines(world: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (world / f"{name}.jsonl").read_text("ascii").splitlines()]


def _truth(world: Path) -> list[dict[str, Any]]:
    return _lines(world, "truth")


def _remits(world: Path) -> list[dict[str, Any]]:
    return _lines(world, "remits")


# -- validity


def test_pyx12_accepts_every_file_it_has_a_map_for(small: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    checked = Counter[str]()
    for path in _files(small):
        stem = path.name.rpartition("-")[0]
        if stem not in PYX12_HAS or checked[stem] == MOST_OF_A_KIND:
            continue
        report = io.StringIO()
        assert x12n_document(params(), str(path), io.StringIO(), None, None, report), path
        assert '"err_cde"' not in report.getvalue()
        checked[stem] += 1
    assert set(checked) == PYX12_HAS


def test_we_find_nothing_and_every_item_is_in_the_truth(large: Path) -> None:
    found = Counter[tuple[str, int, str]]()
    for path in _files(large):
        content = path.read_bytes()
        origin = Origin("site", "feed", sha256(content).hexdigest())
        outputs = list(convert(lambda at, size, content=content: content[at : at + size], len(content), origin))
        assert [one for one in outputs if isinstance(one, Finding)] == [], path
        assert isinstance(outputs[-1], Summary)
        assert sum(outputs[-1].counts) == outputs[-1].counts.published == outputs[-1].items
        events = [one for one in outputs if isinstance(one, Event)]
        assert all(one.attributes["usage"] == "test" for one in events)
        found.update((path.relative_to(large).as_posix(), *_place(one)) for one in events)
    assert found == _told(large)


def _place(event: Event) -> tuple[int, str]:
    _, offset, kind = event.attributes["id"].split(".", 2)
    return int(offset), kind


def _told(world: Path) -> Counter[tuple[str, int, str]]:
    """File, offset and event kind of everything that the truth names."""
    told = Counter((one["file"], one["offset"], one["kind"]) for one in _lines(world, "exchanges"))
    for record in _truth(world):
        told.update((one["file"], one["offset"], "claim.submitted") for one in record["submissions"])
        told.update((one["file"], one["offset"], "claim.adjudicated") for one in record["adjudications"])
    told.update((one["file"], one["offset"], "remittance.received") for one in _remits(world))
    by_kind = Counter[str]()
    for (_, _, kind), times in told.items():
        by_kind[kind] += times
    totals = json.loads((world / "truth.json").read_text())
    assert totals["by"]["event"] == by_kind
    assert totals["events"] == sum(by_kind.values())
    return told


# -- arithmetic from the bytes


def test_claim_charges_and_prior_payers(large: Path) -> None:
    prior = 0
    for path in _files(large, "837"):
        for claim in _cut(_segments(path), "CLM"):
            total, lines = Decimal(claim[0][2]), list(_cut(claim, "LX"))
            place = 3 if path.name.startswith("837i") else 2
            charges = [Decimal(line[1][place]) for line in lines]
            assert sum(charges) == total
            paid = [Decimal(segment[2]) for segment in claim if segment[:2] == ["AMT", "D"]]
            for line, charge in zip(lines, charges, strict=True):
                for decided in _cut(line, "SVD"):
                    assert Decimal(decided[0][2]) + _adjusted(decided) == charge
            if paid:
                prior += 1
                assert paid == [sum(Decimal(segment[2]) for segment in claim if segment[0] == "SVD")]
                assert paid[0] + _adjusted(claim) == total
    assert prior


def test_remittances_balance_at_line_claim_and_payment(large: Path) -> None:
    for path in _files(large, "835"):
        for payment in _cut(_segments(path), "ST"):
            total = Decimal()
            body = [segment for segment in payment if segment[0] not in ("PLB", "SE", "GE", "IEA")]
            for claim in _cut(body, "CLP"):
                charge, paid = Decimal(claim[0][3]), Decimal(claim[0][4])
                lines = list(_cut(claim, "SVC"))
                for line in lines:
                    assert Decimal(line[0][2]) - _adjusted(line) == Decimal(line[0][3])
                assert charge - _adjusted(claim) == paid
                if lines:
                    assert sum(Decimal(line[0][2]) for line in lines) == charge
                share = Decimal(claim[0][5] or 0)
                assert share == (0 if claim[0][2] == "22" else _adjusted(claim, "PR"))
                total += paid
            moved = sum(Decimal(amount) for segment in payment if segment[0] == "PLB" for amount in segment[4::2])
            assert total - moved == Decimal(payment[1][2]) >= 0


def test_a_reversal_negates_its_original(large: Path) -> None:
    """Every amount of CLP, CAS and SVC, found by the truth file's offsets."""

    def amounts(one: dict[str, Any]) -> list[tuple[str, Decimal]]:
        text = (large / one["file"]).read_bytes()[one["offset"] :].decode("ascii").replace("\n", "")
        claim = next(_cut([part.split("*") for part in re.split(r"~(?:LX|SE|PLB)\*", text, maxsplit=1)[0].split("~")], "CLP"))
        found = [("charge", Decimal(claim[0][3])), ("paid", Decimal(claim[0][4]))]
        for segment in claim[1:]:
            if segment[0] == "CAS":
                found += [(f"{segment[1]}-{reason}", Decimal(amount)) for reason, amount in zip(segment[2::3], segment[3::3], strict=True)]
            elif segment[0] == "SVC":
                found += [("line", Decimal(segment[2])), ("line paid", Decimal(segment[3]))]
        return found

    pairs = [(one, record["adjudications"][one["reverses"]]) for record in _truth(large) for one in record["adjudications"] if "reverses" in one]
    assert pairs
    for reversal, original in pairs:
        assert reversal["status"] == "22"
        assert original["status"] != "22"
        assert amounts(reversal) == [(name, -amount) for name, amount in amounts(original)]


def test_what_is_carried_forward_comes_back(large: Path) -> None:
    """FB and WO: an amount taken with a plus sign was held back before with a minus sign, by the same payer from the same clinic."""
    held: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    seen = Counter[str]()
    for one in _remits(large):
        for each in one["provider_adjustments"]:
            seen[each["code"]] += 1
            if each["code"] in ("FB", "WO"):
                lane = (one["payer_id"], one["payee_npi"], each["code"], each["reference"])
                held[lane] += Decimal(each["amount"])
                assert held[lane] <= 0
    assert set(seen) == {"FB", "WO", "L6", "72"}
    left = sum(-amount for amount in held.values())
    assert left == sum(Decimal(amount) for amount in json.loads((large / "truth.json").read_text())["left_to_recover"].values())


# -- truth


def test_truth_points_at_the_bytes_and_leaves_none_out(large: Path) -> None:
    content = {path.relative_to(large).as_posix(): path.read_bytes() for path in _files(large)}
    told: Counter[tuple[str, int]] = Counter()
    for record in _truth(large):
        number = record["patient_control_number"]
        for one in record["submissions"]:
            told[one["file"], one["offset"]] += 1
            elements = content[one["file"]][one["offset"] :].split(b"~", 1)[0].decode("ascii").split("*")
            assert elements[:2] == ["CLM", number]
            assert Decimal(elements[2]) == Decimal(record["charge"])
            assert elements[5].split(":")[2] == one["frequency"]
        for one in record["adjudications"]:
            told[one["file"], one["offset"]] += 1
            elements = content[one["file"]][one["offset"] :].split(b"~", 1)[0].decode("ascii").split("*")
            assert elements[:3] == ["CLP", number, one["status"]]
            assert (Decimal(elements[3]), Decimal(elements[4])) == (Decimal(one["charge"]), Decimal(one["paid"]))
            assert elements[7] == one["payer_claim_number"]
        assert {one["file"].split("/")[0] for one in [*record["submissions"], *record["adjudications"]]} == {record["site"]}
    there = {(name, match.start()) for name, data in content.items() for match in re.finditer(rb"^CL[MP]\*", data, re.MULTILINE)}
    assert set(told) == there
    assert set(told.values()) == {1}
    for one in _remits(large):
        assert content[one["file"]][one["offset"] :].startswith(f"ST*835*{one['set']}~".encode())


def test_truth_says_how_each_claim_ended(large: Path) -> None:
    records = _truth(large)
    assert {record["scenario"] for record in records} == {*DECK, "predetermination"}
    for record in records:
        decided = record["adjudications"]
        paid = [Decimal(one["paid"]) for one in decided if one["status"] != "22"]
        if record["initial_outcome"] in ("DENIED", "ZERO_PAY", "PENDED"):
            assert paid[0] == 0
        if record["initial_outcome"] == "DENIED":
            assert Decimal(decided[0]["denied_amount"]) == Decimal(record["charge"])
            assert decided[0]["category"]
        if record["initial_outcome"] in ("PAID", "PARTIAL_DENIAL"):
            assert paid[0] > 0
        if record["final_outcome"] == "reversed":
            assert sum(Decimal(one["paid"]) for one in decided) == 0
        assert (record["final_outcome"] == "unanswered") == (not decided)


def test_totals_are_those_of_the_bytes(large: Path) -> None:
    totals = json.loads((large / "truth.json").read_text())
    claims = [segment for path in _files(large, "837") for segment in _segments(path) if segment[0] == "CLM"]
    answers = [segment for path in _files(large, "835") for segment in _segments(path)]
    clp, bpr = [segment for segment in answers if segment[0] == "CLP"], [segment for segment in answers if segment[0] == "BPR"]
    assert totals["claims"] == len({segment[1] for segment in claims}) == 900
    assert totals["submitted"] == len(claims)
    assert totals["adjudicated"] == len(clp)
    assert totals["remittances"] == len(bpr)
    assert totals["files"] == len(_files(large))
    assert totals["bytes"] == sum(path.stat().st_size for path in _files(large))
    assert Decimal(totals["submitted_charge"]) == sum(Decimal(segment[2]) for segment in claims)
    assert Decimal(totals["claims_paid"]) == sum(Decimal(segment[4]) for segment in clp)
    assert Decimal(totals["payments"]) == sum(Decimal(segment[2]) for segment in bpr)
    assert totals["by"]["status"] == Counter(segment[2] for segment in clp)


# -- the world as a whole


def test_same_claims_and_seed_same_bytes(small: Path, tmp_path: Path) -> None:
    def content(world: Path) -> dict[str, bytes]:
        return {path.relative_to(world).as_posix(): path.read_bytes() for path in world.rglob("*") if path.is_file()}

    write_world(SMALL, SEED, tmp_path / "again")
    write_world(SMALL, SEED + 1, tmp_path / "other")
    assert content(tmp_path / "again") == content(small)
    assert content(tmp_path / "other") != content(small)


def test_control_numbers_are_unique_and_traffic_is_test(large: Path) -> None:
    for tag, place in (("ISA", 13), ("GS", 6), ("ST", 2)):
        numbers = [segment[place] for path in _files(large) for segment in _segments(path) if segment[0] == tag]
        assert len(numbers) == len(set(numbers))
    assert {path.read_bytes()[102:103] for path in _files(large)} == {b"T"}


def test_identifiers_are_nobodys(large: Path) -> None:
    text = "".join(path.read_text("ascii") for path in _files(large))
    npis = set(re.findall(r"\*XX\*(\d+)", text))
    assert len(npis) > 20
    for npi in npis:
        assert re.fullmatch(r"29\d{8}", npi)
        digits = [int(digit) for digit in reversed("80840" + npi)]
        assert (sum(digits[::2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])) % 10 == 0
    assert not re.search(r"REF\*SY\*", text)
    assert all(number.startswith("TST") for number in re.findall(r"(?:NM1[^~]*\*(?:MI|PI)|2J\*EI|REF\*0F)\*(\w+)", text))
    assert all(number.startswith("00") for number in re.findall(r"(?:REF\*(?:EI|TJ)|\*FI)\*(\d+)", text))
    assert all(number.startswith("100") for number in re.findall(r"TRN\*[12]\*\w+\*(\d+)", text))
    assert {number[:8] for number in re.findall(r"\*(?:TE|HP)\*(\d+)", text)} == {"55555501"}
    assert all(number.startswith("00000") for number in re.findall(r"LIN\*\*N4\*(\d+)", text))


def test_patients_keep_their_identity_and_insurance(large: Path) -> None:
    """A member number belongs to one holder with one birth date, wherever it stands."""
    holders: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for path in _files(large, "837"):
        for level in _cut(_segments(path), "HL"):
            if level[0][3] == "22":
                name = next(segment for segment in level if segment[:2] == ["NM1", "IL"])
                born = next(segment[2] for segment in level if segment[0] == "DMG")
                holders[name[9]].add((*name[3:6], born))
    assert len(holders) > 300
    assert {len(found) for found in holders.values()} == {1}


@pytest.mark.parametrize("claims", [0, 1, 7])
def test_small_worlds(claims: int, tmp_path: Path) -> None:
    summary = write_world(claims, 3, tmp_path / "world")
    assert summary.claims == claims == len(_truth(tmp_path / "world"))
    assert summary.files == len(_files(tmp_path / "world"))


def test_does_not_mix_with_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("mine")
    with pytest.raises(FileExistsError):
        write_world(1, 1, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


def test_progress_ends_at_the_number_of_claims(tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    write_world(120, 1, tmp_path / "world", lambda done, total: calls.append((done, total)))
    assert calls == sorted(calls)
    assert len(calls) >= 4
    assert calls[-1] == (120, 120)


def _collect() -> None:
    gc.collect()


def test_memory_does_not_grow_with_the_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world, "CLAIMS_PER_FILE", 20)

    def peak(claims: int) -> int:
        """Without what waits for the collector, whose turn comes when it comes."""
        tracemalloc.start()
        try:
            write_world(claims, 1, tmp_path / str(claims), lambda *_: _collect())
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    write_world(171, 1, tmp_path / "first")  # fills the bounded memos that both sizes use
    gc.collect()
    assert peak(171) < 1.5 * peak(57)  # three times the claims
