"""The contract of the Log seam. Each side's harness runs all of it."""

import asyncio

import pytest

from gateway.log import partition_for
from gateway.seams import Committed, CorruptRecord, Fenced, LogError, NewRecord, Record, TopicPartition, TopicSpec

pytestmark = pytest.mark.asyncio
HOUR_MS = 3_600_000


class Topic:
    """A topic of one test: `t[0]` is its first partition."""

    def __init__(self, name):
        self.name = name

    def __getitem__(self, number):
        return TopicPartition(self.name, number)

    def spec(self, partitions, retention_ms=None, retention_bytes=None):
        return TopicSpec(self.name, partitions, retention_ms, retention_bytes)

    def rec(self, value, partition=0, key=b"key", headers=()):
        return NewRecord(self.name, key, value if isinstance(value, bytes) else str(value).encode(), headers, partition)


@pytest.fixture
def t(log_factory):
    return Topic(log_factory.name("t"))


@pytest.fixture
def u(log_factory):
    return Topic(log_factory.name("u"))


@pytest.fixture
def out(log_factory):
    return Topic(log_factory.name("out"))


@pytest.fixture
def nowhere(log_factory):
    """There is none of this name."""
    return Topic(log_factory.name("nowhere"))


async def read_all(log, partition, start=None):
    offset = (await log.offsets(partition))[0] if start is None else start
    records = []
    while found := await log.read(partition, offset):
        records += found
        offset = found[-1].offset + 1
    return records


def values(records):
    return [record.value for record in records]


async def drain(consumer):
    records = []
    while found := await consumer.poll(timeout=0):
        records += found
    return records


async def rebalanced(owned, *members):
    """Returns once these members share these partitions: a rebalance takes a moment on some sides. Takes no record."""
    async with asyncio.timeout(10):
        while True:
            for member in members:
                await member.poll(0, 0)
            shares = [member.assignment for member in members]
            if frozenset().union(*shares) == set(owned) and sum(map(len, shares)) == len(owned):
                return
            await asyncio.sleep(0.01)


# topics


async def test_log_id_is_stable_across_handles_and_not_empty(log_factory):
    first, second = await log_factory.open(), await log_factory.open()
    await first.topics()
    await second.topics()
    assert first.log_id
    assert first.log_id == second.log_id


async def test_create_topics_is_idempotent_and_refuses_another_number_of_partitions(log, t, u, out):
    await log.create_topics([t.spec(2, HOUR_MS, 2000)])
    await log.create_topics([t.spec(2, HOUR_MS, 2000), u.spec(1)])
    assert await log.topics() == {t.name: t.spec(2, HOUR_MS, 2000), u.name: u.spec(1)}
    with pytest.raises(LogError):
        await log.create_topics([out.spec(1), t.spec(3)])
    assert set(await log.topics()) == {t.name, u.name}


async def test_a_topic_made_by_another_handle_is_usable(log_factory, t):
    first, second = await log_factory.open(), await log_factory.open()
    await first.create_topics([t.spec(2)])
    await second.append([t.rec("x")])
    assert values(await read_all(first, t[0])) == [b"x"]


@pytest.mark.parametrize("name", ["", "a b", "a/b", "..", "x" * 250])
async def test_a_name_that_kafka_would_not_take_is_refused(log, name):
    with pytest.raises(LogError):
        await log.create_topics([TopicSpec(name, 1)])


# append and read


async def test_a_record_is_read_as_it_was_appended(log, log_factory, t):
    await log.create_topics([t.spec(2)])
    headers = (("ce_id", b"1"), ("empty", b""), ("umläut", b"\x00\xff"), ("ce_id", b"again"))
    [(where, offset)] = await log.append([NewRecord(t.name, b"k\x00", b"v\x00\xff", headers, 1)])
    assert where == t[1]
    [record] = await log.read(t[1], 0)
    assert record == Record(t.name, 1, offset, record.timestamp, b"k\x00", b"v\x00\xff", headers)
    assert abs(record.timestamp - log_factory.now()) < 60_000


async def test_empty_key_value_and_headers(log, t):
    await log.create_topics([t.spec(1)])
    await log.append([NewRecord(t.name, b"", b"")])
    [record] = await log.read(t[0], 0)
    assert (record.key, record.value, record.headers) == (b"", b"", ())


async def test_append_of_nothing_writes_nothing(log, t):
    await log.create_topics([t.spec(1)])
    assert await log.append([]) == []
    assert await log.offsets(t[0]) == (0, 0)


async def test_append_answers_in_the_order_of_the_records(log, t, u):
    await log.create_topics([t.spec(2), u.spec(1)])
    where = await log.append([t.rec("a", 1), t.rec("b", 0), u.rec("c", 0), t.rec("d", 1)])
    assert [partition for partition, _ in where] == [t[1], t[0], u[0], t[1]]
    for (partition, offset), value in zip(where, [b"a", b"b", b"c", b"d"], strict=True):
        assert (await log.read(partition, offset, 1))[0].value == value


async def test_append_takes_all_records_or_none(log, t, nowhere):
    await log.create_topics([t.spec(2)])
    for bad in (nowhere.rec("x"), t.rec("x", partition=2), t.rec("x", partition=-1), t.rec("x", headers=(("a\0b", b""),))):
        with pytest.raises(LogError):
            await log.append([t.rec("good"), bad])
    assert await read_all(log, t[0]) == []
    assert await log.offsets(t[0]) == (0, 0)


async def test_a_key_goes_to_the_partition_that_kafka_would_choose_and_keeps_its_order(log, t):
    await log.create_topics([t.spec(7)])
    keys = [f"lane-{n}".encode() for n in range(40)]
    for turn in range(3):
        await log.append([NewRecord(t.name, key, f"{turn}".encode()) for key in keys])
    seen = {key: [] for key in keys}
    for number in range(7):
        for record in await read_all(log, t[number]):
            assert partition_for(record.key, 7) == number
            seen[record.key].append(record.value)
    assert all(found == [b"0", b"1", b"2"] for found in seen.values())


async def test_read_limits_records_and_bytes_but_gives_at_least_one(log, t):
    await log.create_topics([t.spec(1)])
    for start in range(0, 20, 5):
        await log.append([t.rec(bytes([n]) * 1000) for n in range(start, start + 5)])
    assert [record.value[0] for record in await log.read(t[0], 0, max_records=7)] == list(range(7))
    assert [record.value[0] for record in await log.read(t[0], 0, max_bytes=7500)] == list(range(7))
    assert len(await log.read(t[0], 0, max_bytes=1)) == 1
    assert len(await log.read(t[0], 0)) == 20


async def test_reading_on_from_the_last_offset_visits_every_record_once(log, t):
    await log.create_topics([t.spec(1)])
    expected = []
    for n in range(10):
        chunk = [f"{n}.{m}".encode() for m in range(n + 1)]
        await log.append([t.rec(value) for value in chunk])
        expected += chunk
    found, offset = [], 0
    while part := await log.read(t[0], offset, max_records=3):
        found += part
        offset = part[-1].offset + 1
    assert values(found) == expected
    offsets = [record.offset for record in found]
    assert offsets == sorted(set(offsets))


async def test_a_large_record_comes_back_whole(log, t):
    await log.create_topics([t.spec(1)])
    large = bytes(range(256)) * 20_000
    await log.append([t.rec("small"), t.rec(large), t.rec("after")])
    assert values(await log.read(t[0], 0)) == [b"small", large, b"after"]
    second = (await log.read(t[0], 0))[1].offset
    assert values(await log.read(t[0], second, max_bytes=10)) == [large]


async def test_offsets_say_start_and_end(log, t):
    await log.create_topics([t.spec(2)])
    assert await log.offsets(t[0]) == (0, 0)
    where = await log.append([t.rec("a"), t.rec("b")])
    start, end = await log.offsets(t[0])
    assert start == 0
    assert end > where[-1][1]
    assert await log.offsets(t[1]) == (0, 0)
    assert await log.read(t[0], end) == []
    again = await log.append([t.rec("c")])
    assert again[0][1] >= end


async def test_an_unknown_partition_is_an_error(log, t, nowhere):
    await log.create_topics([t.spec(1)])
    for partition in (t[1], nowhere[0]):
        with pytest.raises(LogError):
            await log.read(partition, 0)
        with pytest.raises(LogError):
            await log.offsets(partition)


async def test_seek_by_time(log, log_factory, t):
    await log.create_topics([t.spec(1)])
    where = []
    for n in range(5):
        where += await log.append([t.rec(n), t.rec(n)])
        await log_factory.tick()
    stamps = [record.timestamp for record in await read_all(log, t[0])]
    assert stamps == sorted(stamps)
    assert stamps[3] < stamps[4] == stamps[5] < stamps[6]
    assert await log.offset_for_time(t[0], 0) == where[0][1]
    assert await log.offset_for_time(t[0], stamps[4]) == where[4][1]
    assert await log.offset_for_time(t[0], stamps[4] + 1) == where[6][1]
    assert await log.offset_for_time(t[0], stamps[9] + 9999) == (await log.offsets(t[0]))[1]


async def test_many_appenders_at_once_lose_and_mix_nothing(log_factory, t):
    handles = [await log_factory.open(), await log_factory.open()]
    await handles[0].create_topics([t.spec(3)])

    async def appender(name):
        places = []
        for n in range(20):
            places += await handles[name % 2].append([NewRecord(t.name, f"k{name}".encode(), f"{name}:{n}:{m}".encode()) for m in range(3)])
        return places

    places = [place for found in await asyncio.gather(*(appender(name) for name in range(12))) for place in found]
    assert len(set(places)) == 12 * 20 * 3
    by_key = {}
    for number in range(3):
        for record in await read_all(handles[1], t[number]):
            by_key.setdefault(record.key, []).append(record.value.decode())
    assert by_key == {f"k{name}".encode(): [f"{name}:{n}:{m}" for n in range(20) for m in range(3)] for name in range(12)}


# waiting


async def test_wait_answers_at_once_when_the_record_is_there(log, t):
    await log.create_topics([t.spec(2)])
    [(_, offset)] = await log.append([t.rec("a")])
    assert await log.wait({t[0]: offset}, 0) is True
    assert await log.wait({t[0]: offset + 1}, 0) is False
    assert await log.wait({t[1]: 0, t[0]: 0}, 0) is True


async def test_wait_is_woken_by_an_append_and_not_by_one_elsewhere(log, t):
    await log.create_topics([t.spec(2)])
    waiting = asyncio.create_task(log.wait({t[0]: 0}, 600))
    assert await log.wait({t[0]: 0}, 0.02) is False
    await log.append([t.rec("other", 1)])
    assert await log.wait({t[0]: 0}, 0.02) is False
    assert not waiting.done()
    await log.append([t.rec("mine", 0)])
    assert await asyncio.wait_for(waiting, 5) is True


async def test_wait_is_woken_by_another_handle_and_another_process(log_factory, t):
    first, second = await log_factory.open(), await log_factory.open()
    await first.create_topics([t.spec(1)])
    waiting = asyncio.create_task(first.wait({t[0]: 0}, 600))
    [(_, offset)] = await second.append([t.rec("a")])
    assert await asyncio.wait_for(waiting, 5) is True
    waiting = asyncio.create_task(first.wait({t[0]: offset + 1}, 600))
    await log_factory.append_in_another_process(t.name, "from afar")
    assert await asyncio.wait_for(waiting, 5) is True
    assert values(await first.read(t[0], offset + 1)) == [b"from afar"]


# groups


async def test_a_member_reads_everything_in_order_per_partition(log, t):
    await log.create_topics([t.spec(2)])
    await log.append([t.rec(n, n % 2) for n in range(30)])
    consumer = await log.consumer("g", [t.name])
    assert consumer.assignment == {t[0], t[1]}
    records = await drain(consumer)
    assert values(r for r in records if r.partition == 0) == [str(n).encode() for n in range(0, 30, 2)]
    assert values(r for r in records if r.partition == 1) == [str(n).encode() for n in range(1, 30, 2)]
    assert await consumer.poll(timeout=0) == []


async def test_poll_limits_records_and_serves_every_partition_in_turn(log, t):
    await log.create_topics([t.spec(2)])
    await log.append([t.rec(n, n % 2) for n in range(40)])
    consumer = await log.consumer("g", [t.name])
    first, second = await consumer.poll(5, 0), await consumer.poll(5, 0)
    assert len(first) == len(second) == 5
    assert {record.partition for record in first + second} == {0, 1}


async def test_records_that_are_left_out_do_not_hold_up_a_poll(log, t):
    """The partition that is asked for has none; those of the other one are here already."""
    await log.create_topics([t.spec(2)])
    await log.append([t.rec(n, 0) for n in range(10)])
    consumer = await log.consumer("g", [t.name])
    assert values(await consumer.poll(4, 5)) == [b"0", b"1", b"2", b"3"]
    assert await asyncio.wait_for(consumer.poll(4, 0.05, without={t[0]}), 5) == []
    assert values(await consumer.poll(4, 5)) == [b"4", b"5", b"6", b"7"]


async def test_poll_is_woken_by_an_append(log, t):
    await log.create_topics([t.spec(1)])
    consumer = await log.consumer("g", [t.name])
    polling = asyncio.create_task(consumer.poll(timeout=600))
    assert await log.wait({t[0]: 0}, 0.02) is False
    await log.append([t.rec("a")])
    assert values(await asyncio.wait_for(polling, 5)) == [b"a"]


async def test_position_and_metadata_survive_the_member(log, t):
    await log.create_topics([t.spec(1)])
    await log.append([t.rec(n) for n in range(10)])
    consumer = await log.consumer("g", [t.name])
    assert await consumer.committed(t[0]) is None
    records = await consumer.poll(4, 0)
    at = Committed(records[-1].offset + 1, "räder 4")
    assert await consumer.commit({t[0]: at}) == []
    assert await consumer.committed(t[0]) == at
    await consumer.close()
    assert await log.group_positions("g") == {t[0]: at}
    assert await log.group_positions("other") == {}
    again = await log.consumer("g", [t.name])
    assert values(await drain(again)) == [str(n).encode() for n in range(4, 10)]


async def test_seek_moves_the_read_position(log, t):
    await log.create_topics([t.spec(1)])
    where = await log.append([t.rec(n) for n in range(5)])
    consumer = await log.consumer("g", [t.name])
    await drain(consumer)
    consumer.seek(t[0], where[3][1])
    assert values(await drain(consumer)) == [b"3", b"4"]
    with pytest.raises(LogError):
        consumer.seek(t[1], 0)


async def test_two_groups_read_the_same_records(log, t):
    await log.create_topics([t.spec(1)])
    await log.append([t.rec("a")])
    for group in ("g", "h"):
        assert values(await drain(await log.consumer(group, [t.name]))) == [b"a"]


async def test_two_members_share_the_partitions_and_a_leaver_gives_his_back(log_factory, t, u, out):
    first, second = await log_factory.open(), await log_factory.open()
    await first.create_topics([t.spec(5), u.spec(5), out.spec(5)])
    one = await first.consumer("g", [t.name, u.name])
    two = await second.consumer("g", [t.name, u.name])
    owned = {topic[n] for topic in (t, u) for n in range(5)}
    await rebalanced(owned, one, two)
    assert {n for topic, n in one.assignment if topic == t.name} == {n for topic, n in one.assignment if topic == u.name}
    assert {len(one.assignment), len(two.assignment)} == {4, 6}
    await two.close()
    await rebalanced(owned, one)


async def test_more_members_than_partitions(log, t):
    await log.create_topics([t.spec(2)])
    members = [await log.consumer("g", [t.name]) for _ in range(3)]
    await rebalanced({t[0], t[1]}, *members)
    assert sorted(len(member.assignment) for member in members) == [0, 1, 1]


async def test_a_waiting_poll_notices_a_rebalance(log, t):
    await log.create_topics([t.spec(2)])
    one, two = await log.consumer("g", [t.name]), await log.consumer("g", [t.name])
    await rebalanced({t[0], t[1]}, one, two)
    [other] = two.assignment
    polling = asyncio.create_task(one.poll(timeout=600))
    await two.close()
    await log.append([t.rec("for the one that stays", other.partition)])
    assert values(await asyncio.wait_for(polling, 5)) == [b"for the one that stays"]


async def test_a_moved_partition_fences_its_old_owner_and_the_new_one_starts_at_the_committed_position(log, t, out):
    await log.create_topics([t.spec(2), out.spec(1)])
    await log.append([t.rec(n, n % 2) for n in range(8)])
    one = await log.consumer("g", [t.name])
    ends = {t[record.partition]: Committed(record.offset + 1) for record in await drain(one)}
    two = await log.consumer("g", [t.name])
    [moved] = two.assignment
    with pytest.raises(Fenced):
        await one.commit({moved: ends[moved]}, [out.rec("result", 0)])
    assert await log.group_positions("g") == {}
    assert await read_all(log, out[0]) == []
    [kept] = {t[0], t[1]} - {moved}
    await one.commit({kept: ends[kept]}, [out.rec("result", 0)])
    assert len(await drain(two)) == 4
    assert await drain(one) == [], "a partition that was kept must not be read again"


async def test_a_partition_that_went_away_and_came_back_is_fenced_for_the_old_reading(log, t):
    await log.create_topics([t.spec(2)])
    await log.append([t.rec(n, n % 2) for n in range(4)])
    one = await log.consumer("g", [t.name])
    await drain(one)
    two = await log.consumer("g", [t.name])
    [moved] = two.assignment
    await two.commit({moved: Committed(1)})
    await two.close()
    with pytest.raises(Fenced):
        await one.commit({moved: Committed(99)})
    assert (await log.group_positions("g"))[moved] == Committed(1)


async def test_a_partition_of_another_member_cannot_be_committed(log, t):
    await log.create_topics([t.spec(2)])
    one, two = await log.consumer("g", [t.name]), await log.consumer("g", [t.name])
    await rebalanced({t[0], t[1]}, one, two)
    [theirs] = two.assignment
    with pytest.raises(Fenced):
        await one.commit({theirs: Committed(1)})


async def test_a_member_whose_lease_is_over_is_fenced_and_its_partitions_move(log_factory, t):
    first, second = await log_factory.open(), await log_factory.open()
    await first.create_topics([t.spec(2)])
    await first.append([t.rec(n, n % 2) for n in range(6)])
    dead = await first.consumer("g", [t.name], session_timeout=60)
    read = await drain(dead)
    await log_factory.hang(dead)
    alive = await second.consumer("g", [t.name], session_timeout=60)
    assert alive.assignment == {t[0], t[1]}
    with pytest.raises(Fenced):
        await dead.commit({t[0]: Committed(read[0].offset + 1)}, [t.rec("late")])
    assert len(await drain(alive)) == 6, "neither a position nor a result of the fenced member"


async def test_a_lease_that_is_over_fences_even_before_anybody_took_over(log, log_factory, t):
    await log.create_topics([t.spec(1)])
    consumer = await log.consumer("g", [t.name], session_timeout=60)
    await log_factory.evict(consumer)
    with pytest.raises(Fenced):
        await consumer.commit({t[0]: Committed(1)})


async def test_a_fenced_member_joins_again_with_its_next_poll(log, log_factory, t):
    await log.create_topics([t.spec(1)])
    await log.append([t.rec("a"), t.rec("b")])
    consumer = await log.consumer("g", [t.name], session_timeout=60)
    assert len(await drain(consumer)) == 2
    await log_factory.evict(consumer)
    again = await consumer.poll(timeout=10)
    assert values(again) == [b"a", b"b"], "nothing was committed, so everything is read again"
    await consumer.commit({t[0]: Committed(again[-1].offset + 1)})


async def test_a_closed_member_neither_polls_nor_commits(log, t):
    await log.create_topics([t.spec(1)])
    consumer = await log.consumer("g", [t.name])
    await consumer.close()
    await consumer.close()
    with pytest.raises(LogError):
        await consumer.poll(timeout=0)
    with pytest.raises(Fenced):
        await consumer.commit({t[0]: Committed(1)})


async def test_results_and_position_are_there_together(log, t, out):
    await log.create_topics([t.spec(1), out.spec(3)])
    await log.append([t.rec(n) for n in range(6)])
    consumer = await log.consumer("g", [t.name])
    total = 0
    while found := await consumer.poll(2, 0):
        results = [NewRecord(out.name, record.key + record.value, record.value) for record in found]
        places = await consumer.commit({t[0]: Committed(found[-1].offset + 1)}, results)
        total += len(found)
        for (partition, offset), result in zip(places, results, strict=True):
            assert (await log.read(partition, offset, 1))[0].value == result.value
        assert sum([len(await read_all(log, out[n])) for n in range(3)]) == total
    assert total == 6


async def test_a_report_names_the_places_of_the_results_and_is_there_with_them(log, t, u, out):
    await log.create_topics([t.spec(1), u.spec(2), out.spec(3)])
    consumer = await log.consumer("g", [t.name])
    results = [NewRecord(out.name, b"%d" % n, b"%d" % n) for n in range(9)]
    places = await consumer.commit({t[0]: Committed(0)}, results, lambda where: [u.rec(repr(list(where)), 1), u.rec("end", 0)])
    assert len(set(places)) == 9
    assert values(await read_all(log, u[1])) == [repr(list(places)).encode()]
    assert values(await read_all(log, u[0])) == [b"end"]
    again = await consumer.commit({t[0]: Committed(0)}, (), lambda where: [u.rec(f"of {len(where)}", 0)])
    assert again == []
    assert values(await read_all(log, u[0])) == [b"end", b"of 0"]


async def test_lanes_commit_on_their_own(log, t, out):
    await log.create_topics([t.spec(4), out.spec(1)])
    consumer = await log.consumer("g", [t.name])

    async def lane(number):
        for turn in range(1, 6):
            await consumer.commit({t[number]: Committed(turn, f"{number}")}, [out.rec(f"{number}:{turn}")])

    await asyncio.gather(*map(lane, range(4)))
    found = values(await read_all(log, out[0]))
    assert len(found) == 20
    for number in range(4):
        assert [value for value in found if value.startswith(b"%d:" % number)] == [b"%d:%d" % (number, turn) for turn in range(1, 6)]
    assert await log.group_positions("g") == {t[number]: Committed(5, f"{number}") for number in range(4)}


async def test_a_commit_is_of_one_lane(log, t):
    await log.create_topics([t.spec(2)])
    consumer = await log.consumer("g", [t.name])
    with pytest.raises(LogError, match="one lane"):
        await consumer.commit({t[0]: Committed(0), t[1]: Committed(0)})
    assert await log.group_positions("g") == {}


async def test_positions_of_all_topics_of_a_lane_are_committed_together(log, t, u):
    await log.create_topics([t.spec(2), u.spec(2)])
    consumer = await log.consumer("g", [t.name, u.name])
    await consumer.commit({t[1]: Committed(1, "t"), u[1]: Committed(2, "u")})
    assert await log.group_positions("g") == {t[1]: Committed(1, "t"), u[1]: Committed(2, "u")}


async def test_long_metadata_comes_back_whole(log, t):
    await log.create_topics([t.spec(1)])
    consumer = await log.consumer("g", [t.name])
    at = Committed(0, "päge " * 2000)
    await consumer.commit({t[0]: at})
    assert await consumer.committed(t[0]) == at
    assert await log.group_positions("g") == {t[0]: at}


async def test_partitions_can_be_left_out_of_a_poll(log, t):
    await log.create_topics([t.spec(2)])
    await log.append([t.rec(n, n % 2) for n in range(8)])
    consumer = await log.consumer("g", [t.name])
    first = await consumer.poll(2, 0, without={t[0]})
    rest = []
    while found := await consumer.poll(2, 0, without=[t[0]]):
        rest += found
    assert values(first + rest) == [b"1", b"3", b"5", b"7"]
    assert await consumer.poll(2, 0.02, without={t[0], t[1]}) == []
    assert values(await drain(consumer)) == [b"0", b"2", b"4", b"6"], "and are not lost by it"


async def test_a_commit_with_a_bad_result_writes_no_position(log, t, nowhere):
    await log.create_topics([t.spec(1)])
    consumer = await log.consumer("g", [t.name])
    with pytest.raises(LogError):
        await consumer.commit({t[0]: Committed(3)}, [nowhere.rec("x")])
    assert await log.group_positions("g") == {}


async def test_a_group_needs_known_topics(log, nowhere):
    with pytest.raises(LogError):
        await log.consumer("g", [nowhere.name])


# retention and verification


async def test_retention_by_age(log, log_factory, t, u):
    await log.create_topics([t.spec(2, retention_ms=HOUR_MS), u.spec(1)])
    await log.append([t.rec("old"), t.rec("old"), u.rec("old", 0)])
    await log_factory.tick()
    where = await log.append([t.rec("new")])
    new = (await log.read(*where[0]))[0].timestamp
    assert await log.prune(now=new + HOUR_MS) == {t[0]: 2}
    start, end = await log.offsets(t[0])
    assert start > 1
    assert values(await read_all(log, t[0])) == [b"new"]
    assert where[0][1] < end
    with pytest.raises(LogError):
        await log.read(t[0], 0)
    assert values(await read_all(log, u[0])) == [b"old"]
    assert await log.prune() == {}
    assert await log.prune(now=new + 2 * HOUR_MS) == {t[0]: 1}
    assert await log.read(t[0], (await log.offsets(t[0]))[0]) == []
    assert await log.verify() == []
    again = await log.append([t.rec("later")])
    assert again[0][1] >= end
    assert values(await read_all(log, t[0])) == [b"later"]


async def test_a_reader_left_behind_by_retention_goes_on_at_the_start(log, log_factory, t):
    await log.create_topics([t.spec(1, retention_ms=HOUR_MS)])
    consumer = await log.consumer("g", [t.name])
    await log.append([t.rec("old")])
    await log_factory.tick()
    where = await log.append([t.rec("new")])
    assert await log.prune(now=(await log.read(*where[0]))[0].timestamp + HOUR_MS) == {t[0]: 1}
    assert values(await drain(consumer)) == [b"new"]


async def test_changed_retention_is_taken_over(log, log_factory, t):
    await log.create_topics([t.spec(1)])
    await log.append([t.rec("a")])
    later = log_factory.now() + 2 * HOUR_MS
    assert await log.prune(now=later) == {}
    await log.create_topics([t.spec(1, retention_ms=HOUR_MS)])
    assert await log.prune(now=later) == {t[0]: 1}


async def test_verify_finds_a_damaged_record_and_reading_refuses_it(log, log_factory, t):
    await log.create_topics([t.spec(2)])
    where = []
    for n in range(6):
        where += await log.append([t.rec(f"secret {n}")])
    assert await log.verify() == []
    log_factory.damage(t[0], where[3][1])
    problems = await log.verify()
    assert problems
    assert all(problem.where.startswith(f"{t.name}/0") and "secret" not in problem.text for problem in problems)
    with pytest.raises(CorruptRecord):
        await log.read(t[0], where[3][1])
    assert values(await log.read(t[0], 0)) == [b"secret 0", b"secret 1", b"secret 2"]
    assert values(await log.read(t[0], where[4][1])) == [b"secret 4", b"secret 5"]


async def test_a_damaged_record_stops_its_own_partition_only(log, log_factory, t):
    await log.create_topics([t.spec(2)])
    await log.append([t.rec("bad", 0)])
    await log.append([t.rec("good", 1)])
    consumer = await log.consumer("g", [t.name])
    log_factory.damage(t[0], 0)
    assert values(await consumer.poll(timeout=0)) == [b"good"]
    with pytest.raises(CorruptRecord):
        await consumer.poll(timeout=0)


# end


async def test_a_closed_log_says_so(log, t):
    await log.create_topics([t.spec(1)])
    consumer = await log.consumer("g", [t.name])
    await log.close()
    await log.close()
    for call in (log.append([t.rec("x")]), log.read(t[0], 0), log.offsets(t[0]), consumer.poll(timeout=0)):
        with pytest.raises(LogError):
            await call


async def test_closing_wakes_who_waits(log, t):
    await log.create_topics([t.spec(1)])
    consumer = await log.consumer("g", [t.name])
    waiting = [asyncio.create_task(log.wait({t[0]: 0}, 600)), asyncio.create_task(consumer.poll(timeout=600))]
    assert await log.wait({t[0]: 0}, 0.02) is False
    await log.close()
    for task in waiting:
        with pytest.raises(LogError):
            await asyncio.wait_for(task, 5)


async def test_what_was_appended_is_there_after_closing_and_opening(log_factory, t):
    first = await log_factory.open()
    await first.create_topics([t.spec(1)])
    where = await first.append([t.rec(n) for n in range(3)])
    log_id = first.log_id
    await first.close()
    second = await log_factory.open()
    assert set(await second.topics()) == {t.name}
    assert second.log_id == log_id
    assert [(record.offset, record.value) for record in await read_all(second, t[0])] == [(o, str(n).encode()) for n, (_, o) in enumerate(where)]
