"""Units of work: how a file is cut, read and put together again, without a gateway."""

import json

import pytest

from gateway.pipeline.carry import Carry, fold
from gateway.pipeline.formats import read_whole, x12
from gateway.pipeline.formats.x12 import read_unit
from gateway.pipeline.formats.x12_plan import Part, Planner, decode_steps, encode_steps
from gateway.pipeline.plan import to_json
from gateway.pipeline.reading import FileSettings, Packer, Topics
from gateway.seams import BlobDamaged, BlobError, BlobNotFound
from parsers.x12.convert import Origin, Settings
from parsers.x12.plan import ScanLimits
from tests.fault.gateway_kill import interchange
from tests.unit.pipeline_world import CHUNK, EVENT_TOPICS, FILES, claim_offsets

TOPICS = Topics("", dict.fromkeys(EVENT_TOPICS, 6))
SETTINGS = FileSettings("UTC", "", {}, 1 << 20, 1 << 18, 50_000, 100_000)


def test_a_part_that_fails_for_a_fault_of_ours_is_dead_item_by_item():
    content = interchange(1, range(6), 2)
    origin, settings = Origin(sha256="0" * 64), Settings()
    planner = Planner(lambda at, n: content[at : at + n], len(content), origin, settings)
    [unit] = planner.units()
    steps = [step._replace(plan=step.plan._replace(guide="no such table")) if n == 1 else step for n, step in enumerate(unit.steps)]
    made = read_unit(steps, lambda at, n: content[at : at + n], origin, settings, Packer(TOPICS, ""))
    assert (made.counts.published, made.counts.dead, made.items) == (4, 2, 6)
    dead = [finding.item for finding in made.findings if finding.code == "READ_FAILED" and finding.item]
    assert dead == [f"{offset}.CLM" for offset in claim_offsets(content)[2:4]]
    assert made.faults[0].startswith("KeyError at")


@pytest.mark.parametrize(("error", "dead"), [(BlobError("away"), None), (BlobNotFound("gone"), 6), (BlobDamaged("short"), 6)])
def test_a_blob_store_that_is_away_makes_nothing_dead(error, dead):
    content = interchange(1, range(6), 10)
    origin, settings = Origin(sha256="0" * 64), Settings()
    [unit] = Planner(lambda at, n: content[at : at + n], len(content), origin, settings).units()
    asked = []

    def read_at(offset, length):
        asked.append(offset)
        if len(asked) == 1:
            raise error
        return content[offset : offset + length]

    if dead is None:
        with pytest.raises(BlobError):
            read_unit(unit.steps, read_at, origin, settings, Packer(TOPICS, ""))
    else:
        assert read_unit(unit.steps, read_at, origin, settings, Packer(TOPICS, "")).counts.dead == dead


def test_items_whose_bytes_are_damaged_are_dead_and_counted_though_they_cannot_be_listed():
    content = interchange(1, range(6), 10)
    origin, settings = Origin(sha256="0" * 64), Settings()
    [unit] = Planner(lambda at, n: content[at : at + n], len(content), origin, settings).units()

    def read_at(offset, length):
        raise BlobDamaged("short")

    made = read_unit(unit.steps, read_at, origin, settings, Packer(TOPICS, ""))
    assert (made.counts.published, made.counts.dead, made.items) == (0, 6, 6)
    assert [(found.code, found.item) for found in made.findings] == [("READ_FAILED", None)]


@pytest.mark.parametrize("error", [BlobError("away"), BlobNotFound("gone"), BlobDamaged("short")])
def test_the_same_of_a_file_that_is_read_whole(error):
    def read_at(offset, length):
        raise error

    parts = read_whole(x12, read_at, 100, Origin(sha256="0" * 64), SETTINGS, Packer(TOPICS, ""))
    if isinstance(error, BlobNotFound | BlobDamaged):
        assert [finding.code for part in parts for finding in part.findings] == ["READ_FAILED"]
    else:
        with pytest.raises(BlobError):
            list(parts)


@pytest.mark.parametrize("name", FILES)
def test_cut_into_units_and_carried_a_file_gives_the_same(name):
    """Through JSON, as units travel, and with the carry stored and read between any two of them."""
    content = FILES[name]
    read_at = lambda at, n: content[at : at + n]  # noqa: E731
    origin, packer = Origin(sha256="0" * 64), Packer(TOPICS, "now")
    pieces = Settings(scan=ScanLimits(chunk=CHUNK))
    planner = Planner(read_at, len(content), origin, pieces)
    carry, records, found = Carry("r"), [], []
    for unit in planner.units():
        steps = decode_steps(json.loads(to_json(encode_steps(unit.steps))))
        assert steps == unit.steps
        made = read_unit(steps, read_at, origin, pieces, packer)
        carry, step = fold(Carry.of_text(carry.to_text()), made, origin, pieces, packer)
        records += step.records
        found += [finding for _, finding in step.findings]
    parts = list(read_whole(x12, read_at, len(content), origin, SETTINGS, packer))
    assert sorted(records) == sorted(record for part in parts for record in part.records)
    assert sorted(found) == sorted(finding for part in parts for finding in part.findings)
    assert carry.counts.items == carry.items == len(claim_offsets(b"~" + content))
    assert carry.events == len(records)


def test_units_of_a_large_set_are_bounded():
    content = interchange(1, range(2000), 5000)
    planner = Planner(lambda at, n: content[at : at + n], len(content), Origin(sha256="0" * 64), Settings(scan=ScanLimits(chunk=CHUNK)))
    units = list(planner.units())
    assert len(units) > 50
    assert max(unit.size for unit in units) < 2 * CHUNK
    assert all(isinstance(unit.steps[0], Part) and not unit.steps[0].whole for unit in units)
    assert max(len(to_json(encode_steps(unit.steps))) for unit in units) < 2000
