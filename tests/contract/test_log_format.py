"""The pure parts under the log: the partitioner, the stored batch, the range assignment."""

import random

import pytest

from gateway.log import batch, murmur2, partition_for
from gateway.log.batch import Packed
from gateway.log.groups import assign
from gateway.seams import CorruptRecord, LogError, Record, TopicPartition

LANE = TopicPartition("claims", 3)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_murmur2_gives_the_numbers_of_kafkas_own_test(key, expected):
    assert murmur2(key) == expected
    assert partition_for(key, 7) == (expected & 0x7FFFFFFF) % 7


def sample(count=5):
    header = batch.pack_headers((("ce_id", b"17"), ("empty", b"")))
    return [(10 + 2 * n, Packed(f"key{n}".encode(), header if n % 2 else b"", f"value {n} ".encode() * n)) for n in range(count)]


def opened(blob, partition=LANE):
    return batch.decode(partition, blob, batch.read_head(partition, blob))


def test_a_batch_comes_back_as_it_was():
    blob = batch.encode(LANE, 9, 1234, sample())
    head = batch.read_head(LANE, blob)
    assert head[:5] == (5, 10, 18, 9, 1234)
    expected = [Record("claims", 3, offset, 1234, r.key, r.value, batch.unpack_headers(r.headers)) for offset, r in sample()]
    assert opened(blob) == expected
    assert batch.decode(LANE, blob, head, start=13) == expected[2:]
    assert batch.decode(LANE, blob, head, max_records=2) == expected[:2]
    assert batch.decode(LANE, blob, head, start=12, max_bytes=0) == expected[1:2]
    assert batch.decode(LANE, blob, head, start=19) == []


@pytest.mark.parametrize(
    "headers", [(), (("a", b""),), (("", b"x"),), (("a", b"1"), ("a", b"2")), (("ü", bytes(300)), ("b", b"\0")), (("", b""), ("", b"y"))]
)
def test_headers_come_back_as_they_were(headers):
    assert batch.unpack_headers(batch.pack_headers(headers)) == headers


def test_a_header_name_with_nul_is_refused():
    with pytest.raises(LogError):
        batch.pack_headers((("a\0", b""),))


def test_every_single_flipped_bit_is_seen():
    blob = batch.encode(LANE, 9, 1234, sample())
    for bit in range(len(blob) * 8):
        changed = bytearray(blob)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(CorruptRecord):
            opened(bytes(changed))


def test_every_cut_is_seen():
    blob = batch.encode(LANE, 9, 1234, sample())
    for length in range(len(blob)):
        with pytest.raises(CorruptRecord):
            opened(blob[:length])
    with pytest.raises(CorruptRecord):
        opened(blob + b"\0")


def test_a_batch_in_another_place_is_seen():
    blob = batch.encode(LANE, 9, 1234, sample())
    for place in (TopicPartition("claims", 2), TopicPartition("claim", 3), TopicPartition("claims2", 3)):
        with pytest.raises(CorruptRecord):
            opened(blob, place)


@pytest.mark.parametrize("content", [0, 1, 2])
def test_each_record_has_a_check_of_its_own(content, monkeypatch):
    """Even where the check over the whole batch was made over wrong bytes, as a fault in memory would do it."""
    blob = batch.encode(LANE, 9, 1234, sample(4))
    head = batch.read_head(LANE, blob)
    body = bytearray(batch._body(LANE, blob, head))
    row = batch._ROW.size * 3
    at = len(batch._ROW.pack(0, 0, 0, 0, b"")) * 4 + sum(r.size for _, r in sample(4)[:3])
    record = sample(4)[3][1]
    body[at + (0, len(record.key) + 5, len(record.key) + len(record.headers))[content]] ^= 4
    assert row < at
    monkeypatch.setattr(batch, "_body", lambda *_: bytes(body))
    assert len(batch.decode(LANE, blob, head, max_records=3)) == 3
    with pytest.raises(CorruptRecord, match="offset 16"):
        batch.decode(LANE, blob, head)


def test_no_record_content_in_the_error():
    blob = bytearray(batch.encode(LANE, 9, 1234, [(0, Packed(b"secret", b"", b"secret"))]))
    blob[-1] ^= 1
    with pytest.raises(CorruptRecord) as caught:
        opened(bytes(blob))
    assert "secret" not in str(caught.value)


def test_random_batches_come_back():
    rng = random.Random(5)
    for _ in range(50):
        offset, records = 0, []
        for _ in range(rng.randrange(1, 40)):
            offset += rng.randrange(1, 5)
            records.append((offset, Packed(rng.randbytes(rng.randrange(9)), b"", rng.randbytes(rng.randrange(2000)))))
        found = opened(batch.encode(LANE, -1, 0, records))
        assert [(r.offset, r.key, r.value) for r in found] == [(o, p.key, p.value) for o, p in records]


@pytest.mark.parametrize(
    ("count", "members", "expected"),
    [
        (5, ["a", "b"], "aaabb"),
        (6, ["a", "b", "c"], "aabbcc"),
        (7, ["a", "b", "c"], "aaabbcc"),
        (2, ["a", "b", "c"], "ab"),
        (3, ["a"], "aaa"),
    ],
)
def test_range_assignment(count, members, expected):
    owners = assign({"t": count, "u": 1}, [(member, {"t"}) for member in members])
    assert "".join(owners[TopicPartition("t", number)] for number in range(count)) == expected
    assert TopicPartition("u", 0) not in owners
