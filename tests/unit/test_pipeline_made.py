"""What a unit made as bytes, and the index of a lane that waits for such bytes."""

import asyncio
import random
from contextlib import suppress

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from gateway.pipeline import made, made_index
from gateway.pipeline.carry import Carry
from gateway.pipeline.formats.x12 import read_unit
from gateway.pipeline.formats.x12_plan import Planner
from gateway.pipeline.made import decode_made, encode_made
from gateway.pipeline.made_index import MadeIndex
from gateway.pipeline.messages import MADE, Place, Work, made_headers, made_place, work_headers, work_of
from gateway.pipeline.reading import Made, Packer, Topics
from gateway.seams import Record
from gateway.state import Arrival
from parsers.x12.convert import Origin, Settings
from parsers.x12.plan import ScanLimits
from schemas.envelope import Counts
from tests.unit.pipeline_world import CHUNK, EVENT_TOPICS, FILES

ARRIVAL = Arrival("r" * 26, "river", "claims", "0" * 64, 1, "name", "type", "now")
FIRST = Place("log", 5, -1)


def work(number, offset=5, log="log"):
    return Work(ARRIVAL, b"[]", Place(log, offset, number), False, 1, b"[]", b"unit", True)


def result(at, number, value=b"", offset=5):
    return Record(MADE, 0, at, 0, b"", value, made_headers(work(number, offset)))


@pytest.mark.parametrize("name", FILES)
def test_what_a_unit_made_comes_back_equal(name):
    content = FILES[name]
    read_at = lambda at, n: content[at : at + n]  # noqa: E731
    origin, settings = Origin(sha256="0" * 64), Settings(scan=ScanLimits(chunk=CHUNK))
    packer = Packer(Topics("", dict.fromkeys(EVENT_TOPICS, 6)), "now")
    for unit in Planner(read_at, len(content), origin, settings).units():
        read = read_unit(unit.steps, read_at, origin, settings, packer)
        back = decode_made(encode_made(read))
        read.guides = {}
        assert back == read


def test_many_events_of_a_unit_share_what_they_have_in_common():
    content = FILES["one set of many chunks"]
    origin, settings = Origin(sha256="0" * 64), Settings()
    [unit] = Planner(lambda at, n: content[at : at + n], len(content), origin, settings).units()
    read = read_unit(unit.steps, lambda at, n: content[at : at + n], origin, settings, Packer(Topics("", dict.fromkeys(EVENT_TOPICS, 6)), ""))
    value = encode_made(read)
    assert len(value) < sum(len(record[2]) for record in read.records) / 5
    assert len({id(pair) for record in decode_made(value).records for pair in record[3]}) < 3 * len(read.records) + 10


@pytest.mark.parametrize("value", [b"", b"x" * 50, zstandard.compress(b""), zstandard.compress(b"\0" * 8 + b"{}"), zstandard.compress(b"\xff" * 50)])
def test_what_cannot_be_read_says_so(value):
    with pytest.raises(ValueError, match="cannot be read"):
        decode_made(value)


@given(st.binary(max_size=40), st.integers(0, 10**6), st.integers(0, 255))
def test_spoilt_bytes_never_raise_anything_else(tail, at, bits):
    content = FILES["one small set"]
    origin, settings = Origin(sha256="0" * 64), Settings()
    [unit] = Planner(lambda at, n: content[at : at + n], len(content), origin, settings).units()
    read = read_unit(unit.steps, lambda at, n: content[at : at + n], origin, settings, Packer(Topics("", dict.fromkeys(EVENT_TOPICS, 6)), ""))
    plain = bytearray(zstandard.decompress(encode_made(read)) + tail)
    plain[at % len(plain)] ^= bits
    with suppress(ValueError):
        decode_made(zstandard.compress(bytes(plain)))


def test_a_larger_value_than_allowed_is_not_unpacked(monkeypatch):
    value = encode_made(Made())
    size = zstandard.frame_content_size(value)
    monkeypatch.setattr(made, "MADE_BYTES", size)
    assert decode_made(value) == Made()
    monkeypatch.setattr(made, "MADE_BYTES", size - 1)
    with pytest.raises(ValueError, match="cannot be read"):
        decode_made(value)


# -- places


def test_work_with_its_place_and_of_a_record_without_one():
    whole = work(3)
    headers = work_headers(whole)
    assert work_of(Record("work", 0, 9, 0, b"", whole.unit, headers)) == whole
    older = tuple(pair for pair in headers if pair[0] not in ("log", "intake-offset", "spread"))
    found = work_of(Record("work", 0, 9, 0, b"", whole.unit, older))
    assert (found.place, found.spread) == (Place("", -1, 3), False)


def test_places_of_other_logs_and_of_none_are_never_done():
    assert Place("log", 5, 3).done(Place("log", 5, 3))
    assert Place("log", 4, 900).done(Place("log", 5, 0))
    assert not Place("log", 5, 4).done(Place("log", 5, 3))
    assert not Place("log", 6, 0).done(Place("log", 5, 3))
    assert not Place("log", 5, 3).done(Place("other", 9, 9))
    assert not Place("", -1, 0).done(Place("", -1, 5))


def test_a_carry_is_read_back_also_without_a_place():
    carry = Carry("r", Counts(1, 2, 3, 4), 10, 1, 1, 0, 0, "error", (Counts(1, 0, 0, 0), {"items": 1, "paid_amount": "1.00"}), Place("log", 5, 3))
    assert Carry.of_text(carry.to_text()) == carry
    older = carry.to_text().rpartition(",[")[0] + "]"
    assert Carry.of_text(older) == carry._replace(place=Place())
    assert len(carry.to_text()) < 250


# -- the index


def test_the_position_is_below_what_is_still_needed():
    index = MadeIndex(FIRST)
    for at, number in enumerate((2, 0, 1, 0)):
        index.add(result(at, number))
    assert index.position() == 0
    index.finish(Place("log", 5, 0))
    assert index.position() == 0
    index.finish(Place("log", 5, 1))
    assert index.position() == 0
    index.finish(Place("log", 5, 2))
    assert index.position() == 4
    index.add(result(7, 1))
    assert index.position() == 8


@given(st.permutations(range(8)), st.lists(st.integers(0, 7), max_size=8), st.integers(0, 8))
def test_whatever_the_order_a_restart_finds_what_is_needed(order, repeats, done):
    """Only records from the position on are seen again, and each unit that is not finished is among them."""
    records = [result(at, number) for at, number in enumerate([*order, *repeats])]
    random.Random(str(order)).shuffle(records)
    records = [record._replace(offset=at) for at, record in enumerate(records)]
    index = MadeIndex(FIRST)
    for record in records:
        index.add(record)
    for number in range(done):
        index.finish(Place("log", 5, number))
    again = MadeIndex(Place("log", 5, done - 1))
    for record in records[index.position() :]:
        again.add(record)
    found = [asyncio.run(again.find(Place("log", 5, number))) for number in range(done, 8)]
    assert [made_place(entry.record).number for entry in found] == list(range(done, 8))
    assert all(records[entry.offset].headers == entry.record.headers for entry in found)


def test_values_are_kept_up_to_a_bound():
    index = MadeIndex(FIRST)
    for number in range(40):
        index.add(result(number, number, b"x" * (1 << 20)))
    entries = list(index._entries.values())
    assert [entry.offset for entry in entries] == list(range(40))
    assert sum(len(entry.record.value) for entry in entries if entry.record) == made_index.KEPT_BYTES
    taken = [asyncio.run(index.find(Place("log", 5, number))) for number in range(2)]
    assert all(len(entry.record.value) == 1 << 20 for entry in taken)
    index.finish(Place("log", 5, 0))
    index.finish(Place("log", 5, 1))
    for number in range(40, 50):
        index.add(result(number, number, b"x" * (1 << 20)))
    kept = [place.number for place, entry in index._entries.items() if entry.record]
    assert kept == [2, 3, 4, 5, 6, 7, 40, 41]


def test_entries_are_kept_up_to_a_bound(monkeypatch):
    monkeypatch.setattr(made_index, "MAX_ENTRIES", 10)
    index = MadeIndex(FIRST)
    for number in range(40):
        index.add(result(number, number))
    assert len(index._entries) == 10
    assert index.position() == 0


@pytest.mark.asyncio
async def test_a_result_that_comes_is_given_at_once_and_one_that_does_not_is_waited_for_less_each_time():
    index = MadeIndex(FIRST, wait=0.2)
    loop = asyncio.get_running_loop()
    waiting = asyncio.create_task(index.find(Place("log", 5, 0)))
    await asyncio.sleep(0)
    index.add(result(0, 1))
    index.add(result(1, 0))
    assert (await waiting).offset == 1
    assert (await index.find(Place("log", 5, 1))).offset == 0
    began = loop.time()
    assert [await index.find(Place("log", 5, number)) for number in range(2, 12)] == [None] * 10
    assert 0.3 < loop.time() - began < 0.8
    index.add(result(2, 12))
    assert (await index.find(Place("log", 5, 12))).offset == 2
    began = loop.time()
    assert await index.find(Place("log", 6, 0)) is None
    assert loop.time() - began >= 0.19
