"""The contract of the Log seam. Each side's harness runs all of it."""

import asyncio

import pytest

from gateway.log import partition_for
from gateway.seams import Committed, CorruptRecord, Fenced, LogError, NewRecord, Record, TopicPartition, TopicSpec

pytestmark = pytest.mark.asyncio

T0 = TopicPartition("t", 0)
T1 = TopicPartition("t", 1)


def rec(value, partition=0, topic="t", key=b"key", headers=()):
    return NewRecord(topic, key, value if isinstance(value, bytes) else str(value).encode(), headers, partition)


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


# topics


async def test_log_id_is_stable_across_handles_and_not_empty(log_factory):
    first, second = await log_factory.open(), await log_factory.open()
    assert first.log_id
    assert first.log_id == second.log_id


async def test_create_topics_is_idempotent_and_refuses_another_number_of_partitions(log):
    await log.create_topics([TopicSpec("t", 2, 1000, 2000)])
    await log.create_topics([TopicSpec("t", 2, 1000, 2000), TopicSpec("u", 1)])
    assert await log.topics() == {"t": TopicSpec("t", 2, 1000, 2000), "u": TopicSpec("u", 1)}
    with pytest.raises(LogError):
        await log.create_topics([TopicSpec("v", 1), TopicSpec("t", 3)])
    assert set(await log.topics()) == {"t", "u"}


async def test_a_topic_made_by_another_handle_is_usable(log_factory):
    first, second = await log_factory.open(), await log_factory.open()
    await first.create_topics([TopicSpec("t", 2)])
    await second.append([rec("x")])
    assert values(await read_all(first, T0)) == [b"x"]


@pytest.mark.parametrize("name", ["", "a b", "a/b", "..", "x" * 250])
async def test_a_name_that_kafka_would_not_take_is_refused(log, name):
    with pytest.raises(LogError):
        await log.create_topics([TopicSpec(name, 1)])


# append and read


async def test_a_record_is_read_as_it_was_appended(log, log_factory):
    await log.create_topics([TopicSpec("t", 2)])
    headers = (("ce_id", b"1"), ("empty", b""), ("umläut", b"\x00\xff"), ("ce_id", b"again"))
    [(where, offset)] = await log.append([NewRecord("t", b"k\x00", b"v\x00\xff", headers, 1)])
    assert where == T1
    assert await log.read(T1, 0) == [Record("t", 1, offset, log_factory.now, b"k\x00", b"v\x00\xff", headers)]


async def test_empty_key_value_and_headers(log):
    await log.create_topics([TopicSpec("t", 1)])
    await log.append([NewRecord("t", b"", b"")])
    [record] = await log.read(T0, 0)
    assert (record.key, record.value, record.headers) == (b"", b"", ())


async def test_append_of_nothing_writes_nothing(log):
    await log.create_topics([TopicSpec("t", 1)])
    assert await log.append([]) == []
    assert await log.offsets(T0) == (0, 0)


async def test_append_answers_in_the_order_of_the_records(log):
    await log.create_topics([TopicSpec("t", 2), TopicSpec("u", 1)])
    where = await log.append([rec("a", 1), rec("b", 0), rec("c", 0, "u"), rec("d", 1)])
    assert [partition for partition, _ in where] == [T1, T0, TopicPartition("u", 0), T1]
    for (partition, offset), value in zip(where, [b"a", b"b", b"c", b"d"], strict=True):
        assert (await log.read(partition, offset, 1))[0].value == value


async def test_append_takes_all_records_or_none(log):
    await log.create_topics([TopicSpec("t", 2)])
    for bad in (rec("x", topic="nowhere"), rec("x", partition=2), rec("x", partition=-1), rec("x", headers=(("a\0b", b""),))):
        with pytest.raises(LogError):
            await log.append([rec("good"), bad])
    assert await read_all(log, T0) == []
    assert await log.offsets(T0) == (0, 0)


async def test_a_key_goes_to_the_partition_that_kafka_would_choose_and_keeps_its_order(log):
    await log.create_topics([TopicSpec("t", 7)])
    keys = [f"lane-{n}".encode() for n in range(40)]
    for turn in range(3):
        await log.append([NewRecord("t", key, f"{turn}".encode()) for key in keys])
    seen = {key: [] for key in keys}
    for number in range(7):
        for record in await read_all(log, TopicPartition("t", number)):
            assert partition_for(record.key, 7) == number
            seen[record.key].append(record.value)
    assert all(found == [b"0", b"1", b"2"] for found in seen.values())


async def test_read_limits_records_and_bytes_but_gives_at_least_one(log):
    await log.create_topics([TopicSpec("t", 1)])
    for start in range(0, 20, 5):
        await log.append([rec(bytes([n]) * 1000) for n in range(start, start + 5)])
    assert [record.value[0] for record in await log.read(T0, 0, max_records=7)] == list(range(7))
    assert [record.value[0] for record in await log.read(T0, 0, max_bytes=7500)] == list(range(7))
    assert len(await log.read(T0, 0, max_bytes=1)) == 1
    assert len(await log.read(T0, 0)) == 20


async def test_reading_on_from_the_last_offset_visits_every_record_once(log):
    await log.create_topics([TopicSpec("t", 1)])
    expected = []
    for n in range(10):
        chunk = [f"{n}.{m}".encode() for m in range(n + 1)]
        await log.append([rec(value) for value in chunk])
        expected += chunk
    found, offset = [], 0
    while part := await log.read(T0, offset, max_records=3):
        found += part
        offset = part[-1].offset + 1
    assert values(found) == expected
    offsets = [record.offset for record in found]
    assert offsets == sorted(set(offsets))


async def test_a_large_record_comes_back_whole(log):
    await log.create_topics([TopicSpec("t", 1)])
    large = bytes(range(256)) * 20_000
    await log.append([rec("small"), rec(large), rec("after")])
    assert values(await log.read(T0, 0)) == [b"small", large, b"after"]
    second = (await log.read(T0, 0))[1].offset
    assert values(await log.read(T0, second, max_bytes=10)) == [large]


async def test_offsets_say_start_and_end(log):
    await log.create_topics([TopicSpec("t", 2)])
    assert await log.offsets(T0) == (0, 0)
    where = await log.append([rec("a"), rec("b")])
    start, end = await log.offsets(T0)
    assert start == 0
    assert end > where[-1][1]
    assert await log.offsets(T1) == (0, 0)
    assert await log.read(T0, end) == []
    again = await log.append([rec("c")])
    assert again[0][1] >= end


async def test_an_unknown_partition_is_an_error(log):
    await log.create_topics([TopicSpec("t", 1)])
    for partition in (T1, TopicPartition("nowhere", 0)):
        with pytest.raises(LogError):
            await log.read(partition, 0)
        with pytest.raises(LogError):
            await log.offsets(partition)


async def test_seek_by_time(log, log_factory):
    await log.create_topics([TopicSpec("t", 1)])
    start = log_factory.now
    where = []
    for n in range(5):
        where += await log.append([rec(n), rec(n)])
        log_factory.pass_time(1000)
    assert await log.offset_for_time(T0, 0) == where[0][1]
    assert await log.offset_for_time(T0, start + 2000) == where[4][1]
    assert await log.offset_for_time(T0, start + 2001) == where[6][1]
    assert await log.offset_for_time(T0, start + 9999) == (await log.offsets(T0))[1]


async def test_time_never_goes_back_within_a_partition(log, log_factory):
    await log.create_topics([TopicSpec("t", 1)])
    await log.append([rec("a")])
    log_factory.pass_time(-5000)
    await log.append([rec("b")])
    stamps = [record.timestamp for record in await read_all(log, T0)]
    assert stamps == sorted(stamps)


async def test_many_appenders_at_once_lose_and_mix_nothing(log_factory):
    handles = [await log_factory.open(), await log_factory.open()]
    await handles[0].create_topics([TopicSpec("t", 3)])

    async def appender(name):
        places = []
        for n in range(20):
            places += await handles[name % 2].append([NewRecord("t", f"k{name}".encode(), f"{name}:{n}:{m}".encode()) for m in range(3)])
        return places

    places = [place for found in await asyncio.gather(*(appender(name) for name in range(12))) for place in found]
    assert len(set(places)) == 12 * 20 * 3
    by_key = {}
    for number in range(3):
        for record in await read_all(handles[1], TopicPartition("t", number)):
            by_key.setdefault(record.key, []).append(record.value.decode())
    assert by_key == {f"k{name}".encode(): [f"{name}:{n}:{m}" for n in range(20) for m in range(3)] for name in range(12)}


# waiting


async def test_wait_answers_at_once_when_the_record_is_there(log):
    await log.create_topics([TopicSpec("t", 2)])
    [(_, offset)] = await log.append([rec("a")])
    assert await log.wait({T0: offset}, 0) is True
    assert await log.wait({T0: offset + 1}, 0) is False
    assert await log.wait({T1: 0, T0: 0}, 0) is True


async def test_wait_is_woken_by_an_append_and_not_by_one_elsewhere(log):
    await log.create_topics([TopicSpec("t", 2)])
    waiting = asyncio.create_task(log.wait({T0: 0}, 600))
    assert await log.wait({T0: 0}, 0.02) is False
    await log.append([rec("other", 1)])
    assert await log.wait({T0: 0}, 0.02) is False
    assert not waiting.done()
    await log.append([rec("mine", 0)])
    assert await asyncio.wait_for(waiting, 5) is True


async def test_wait_is_woken_by_another_handle_and_another_process(log_factory):
    first, second = await log_factory.open(), await log_factory.open()
    await first.create_topics([TopicSpec("t", 1)])
    waiting = asyncio.create_task(first.wait({T0: 0}, 600))
    [(_, offset)] = await second.append([rec("a")])
    assert await asyncio.wait_for(waiting, 5) is True
    waiting = asyncio.create_task(first.wait({T0: offset + 1}, 600))
    await log_factory.append_in_another_process("t", "from afar")
    assert await asyncio.wait_for(waiting, 5) is True
    assert values(await first.read(T0, offset + 1)) == [b"from afar"]


# groups


async def test_a_member_reads_everything_in_order_per_partition(log):
    await log.create_topics([TopicSpec("t", 2)])
    await log.append([rec(n, n % 2) for n in range(30)])
    consumer = await log.consumer("g", ["t"])
    assert consumer.assignment == {T0, T1}
    records = await drain(consumer)
    assert values(r for r in records if r.partition == 0) == [str(n).encode() for n in range(0, 30, 2)]
    assert values(r for r in records if r.partition == 1) == [str(n).encode() for n in range(1, 30, 2)]
    assert await consumer.poll(timeout=0) == []


async def test_poll_limits_records_and_serves_every_partition_in_turn(log):
    await log.create_topics([TopicSpec("t", 2)])
    await log.append([rec(n, n % 2) for n in range(40)])
    consumer = await log.consumer("g", ["t"])
    first, second = await consumer.poll(5, 0), await consumer.poll(5, 0)
    assert len(first) == len(second) == 5
    assert {record.partition for record in first + second} == {0, 1}


async def test_poll_is_woken_by_an_append(log):
    await log.create_topics([TopicSpec("t", 1)])
    consumer = await log.consumer("g", ["t"])
    polling = asyncio.create_task(consumer.poll(timeout=600))
    assert await log.wait({T0: 0}, 0.02) is False
    await log.append([rec("a")])
    assert values(await asyncio.wait_for(polling, 5)) == [b"a"]


async def test_position_and_metadata_survive_the_member(log):
    await log.create_topics([TopicSpec("t", 1)])
    await log.append([rec(n) for n in range(10)])
    consumer = await log.consumer("g", ["t"])
    assert await consumer.committed(T0) is None
    records = await consumer.poll(4, 0)
    at = Committed(records[-1].offset + 1, "räder 4")
    assert await consumer.commit({T0: at}) == []
    assert await consumer.committed(T0) == at
    await consumer.close()
    assert await log.group_positions("g") == {T0: at}
    assert await log.group_positions("other") == {}
    again = await log.consumer("g", ["t"])
    assert values(await drain(again)) == [str(n).encode() for n in range(4, 10)]


async def test_seek_moves_the_read_position(log):
    await log.create_topics([TopicSpec("t", 1)])
    where = await log.append([rec(n) for n in range(5)])
    consumer = await log.consumer("g", ["t"])
    await drain(consumer)
    consumer.seek(T0, where[3][1])
    assert values(await drain(consumer)) == [b"3", b"4"]
    with pytest.raises(LogError):
        consumer.seek(T1, 0)


async def test_two_groups_read_the_same_records(log):
    await log.create_topics([TopicSpec("t", 1)])
    await log.append([rec("a")])
    for group in ("g", "h"):
        assert values(await drain(await log.consumer(group, ["t"]))) == [b"a"]


async def test_two_members_share_the_partitions_and_a_leaver_gives_his_back(log_factory):
    first, second = await log_factory.open(), await log_factory.open()
    await first.create_topics([TopicSpec("t", 5), TopicSpec("u", 5), TopicSpec("other", 5)])
    one = await first.consumer("g", ["t", "u"])
    two = await second.consumer("g", ["t", "u"])
    await one.poll(timeout=0)
    assert not one.assignment & two.assignment
    assert one.assignment | two.assignment == {TopicPartition(topic, n) for topic in "tu" for n in range(5)}
    assert {n for topic, n in one.assignment if topic == "t"} == {n for topic, n in one.assignment if topic == "u"}
    assert {len(one.assignment), len(two.assignment)} == {4, 6}
    await two.close()
    await one.poll(timeout=0)
    assert len(one.assignment) == 10


async def test_more_members_than_partitions(log):
    await log.create_topics([TopicSpec("t", 2)])
    members = [await log.consumer("g", ["t"]) for _ in range(3)]
    for member in members:
        await member.poll(timeout=0)
    assert sorted(len(member.assignment) for member in members) == [0, 1, 1]


async def test_a_waiting_poll_notices_a_rebalance(log):
    await log.create_topics([TopicSpec("t", 2)])
    one, two = await log.consumer("g", ["t"]), await log.consumer("g", ["t"])
    await one.poll(timeout=0)
    mine = next(iter(one.assignment))
    other = T1 if mine == T0 else T0
    polling = asyncio.create_task(one.poll(timeout=600))
    await two.close()
    await log.append([rec("for the one that stays", other.partition)])
    assert values(await asyncio.wait_for(polling, 5)) == [b"for the one that stays"]


async def test_a_moved_partition_fences_its_old_owner_and_the_new_one_starts_at_the_committed_position(log):
    await log.create_topics([TopicSpec("t", 2), TopicSpec("out", 1)])
    await log.append([rec(n, n % 2) for n in range(8)])
    one = await log.consumer("g", ["t"])
    records = await drain(one)
    ends = {T0: Committed(records[-1].offset + 1), T1: Committed(records[-1].offset + 1)}
    two = await log.consumer("g", ["t"])
    [moved] = two.assignment
    with pytest.raises(Fenced):
        await one.commit(ends, [rec("result", 0, "out")])
    assert await log.group_positions("g") == {}
    assert await read_all(log, TopicPartition("out", 0)) == []
    [kept] = {T0, T1} - {moved}
    await one.commit({kept: ends[kept]}, [rec("result", 0, "out")])
    assert len(await drain(two)) == 4
    assert await drain(one) == [], "a partition that was kept must not be read again"


async def test_a_partition_that_went_away_and_came_back_is_fenced_for_the_old_reading(log):
    await log.create_topics([TopicSpec("t", 2)])
    await log.append([rec(n, n % 2) for n in range(4)])
    one = await log.consumer("g", ["t"])
    await drain(one)
    two = await log.consumer("g", ["t"])
    [moved] = two.assignment
    await two.commit({moved: Committed(1)})
    await two.close()
    with pytest.raises(Fenced):
        await one.commit({moved: Committed(99)})
    assert (await log.group_positions("g"))[moved] == Committed(1)


async def test_a_partition_of_another_member_cannot_be_committed(log):
    await log.create_topics([TopicSpec("t", 2)])
    one, two = await log.consumer("g", ["t"]), await log.consumer("g", ["t"])
    await one.poll(timeout=0)
    [theirs] = two.assignment
    with pytest.raises(Fenced):
        await one.commit({theirs: Committed(1)})


async def test_a_member_whose_lease_is_over_is_fenced_and_its_partitions_move(log_factory):
    first, second = await log_factory.open(), await log_factory.open()
    await first.create_topics([TopicSpec("t", 2)])
    await first.append([rec(n, n % 2) for n in range(6)])
    dead = await first.consumer("g", ["t"], session_timeout=60)
    read = await drain(dead)
    log_factory.pass_time(60_001)
    alive = await second.consumer("g", ["t"], session_timeout=60)
    assert alive.assignment == {T0, T1}
    with pytest.raises(Fenced):
        await dead.commit({T0: Committed(read[0].offset + 1)}, [rec("late")])
    assert len(await drain(alive)) == 6, "neither a position nor a result of the fenced member"


async def test_a_lease_that_is_over_fences_even_before_anybody_took_over(log, log_factory):
    await log.create_topics([TopicSpec("t", 1)])
    consumer = await log.consumer("g", ["t"], session_timeout=60)
    log_factory.pass_time(60_001)
    with pytest.raises(Fenced):
        await consumer.commit({T0: Committed(1)})


async def test_a_fenced_member_joins_again_with_its_next_poll(log, log_factory):
    await log.create_topics([TopicSpec("t", 1)])
    await log.append([rec("a"), rec("b")])
    consumer = await log.consumer("g", ["t"], session_timeout=60)
    assert len(await drain(consumer)) == 2
    log_factory.pass_time(60_001)
    again = await drain(consumer)
    assert values(again) == [b"a", b"b"], "nothing was committed, so everything is read again"
    await consumer.commit({T0: Committed(again[-1].offset + 1)})


async def test_a_closed_member_neither_polls_nor_commits(log):
    await log.create_topics([TopicSpec("t", 1)])
    consumer = await log.consumer("g", ["t"])
    await consumer.close()
    await consumer.close()
    with pytest.raises(LogError):
        await consumer.poll(timeout=0)
    with pytest.raises(Fenced):
        await consumer.commit({T0: Committed(1)})


async def test_results_and_position_are_there_together(log):
    await log.create_topics([TopicSpec("t", 1), TopicSpec("out", 3)])
    await log.append([rec(n) for n in range(6)])
    consumer = await log.consumer("g", ["t"])
    total = 0
    while found := await consumer.poll(2, 0):
        results = [NewRecord("out", record.key + record.value, record.value) for record in found]
        places = await consumer.commit({T0: Committed(found[-1].offset + 1)}, results)
        total += len(found)
        for (partition, offset), result in zip(places, results, strict=True):
            assert (await log.read(partition, offset, 1))[0].value == result.value
        assert sum([len(await read_all(log, TopicPartition("out", n))) for n in range(3)]) == total
    assert total == 6


async def test_a_commit_with_a_bad_result_writes_no_position(log):
    await log.create_topics([TopicSpec("t", 1)])
    consumer = await log.consumer("g", ["t"])
    with pytest.raises(LogError):
        await consumer.commit({T0: Committed(3)}, [rec("x", topic="nowhere")])
    assert await log.group_positions("g") == {}


async def test_a_group_needs_known_topics(log):
    with pytest.raises(LogError):
        await log.consumer("g", ["nowhere"])


# retention and verification


async def test_retention_by_age(log, log_factory):
    await log.create_topics([TopicSpec("t", 2, retention_ms=10_000), TopicSpec("kept", 1)])
    await log.append([rec("old"), rec("old"), rec("old", 0, "kept")])
    log_factory.pass_time(8_000)
    where = await log.append([rec("new")])
    log_factory.pass_time(4_000)
    assert await log.prune() == {T0: 2}
    start, end = await log.offsets(T0)
    assert start > 1
    assert values(await read_all(log, T0)) == [b"new"]
    assert where[0][1] < end
    with pytest.raises(LogError):
        await log.read(T0, 0)
    assert values(await read_all(log, TopicPartition("kept", 0))) == [b"old"]
    assert await log.prune() == {}
    assert await log.prune(now=log_factory.now + 60_000) == {T0: 1}
    assert await log.read(T0, (await log.offsets(T0))[0]) == []
    assert await log.verify() == []
    again = await log.append([rec("later")])
    assert again[0][1] >= end
    assert values(await read_all(log, T0)) == [b"later"]


async def test_retention_by_size_keeps_the_newest(log):
    await log.create_topics([TopicSpec("t", 1, retention_bytes=20_000)])
    noise = [bytes((n * 7919 + m * m * 31 + (m >> 3) * n) % 251 for m in range(4000)) for n in range(12)]
    for value in noise:
        await log.append([rec(value)])
    gone = (await log.prune())[T0]
    kept = await read_all(log, T0)
    assert 0 < gone < 12
    assert values(kept) == noise[gone:]
    assert await log.prune() == {}


async def test_a_reader_left_behind_by_retention_goes_on_at_the_start(log, log_factory):
    await log.create_topics([TopicSpec("t", 1, retention_ms=1000)])
    consumer = await log.consumer("g", ["t"], session_timeout=60)
    await log.append([rec("old")])
    log_factory.pass_time(5000)
    await log.append([rec("new")])
    await log.prune()
    assert values(await drain(consumer)) == [b"new"]


async def test_changed_retention_is_taken_over(log, log_factory):
    await log.create_topics([TopicSpec("t", 1)])
    await log.append([rec("a")])
    log_factory.pass_time(5000)
    assert await log.prune() == {}
    await log.create_topics([TopicSpec("t", 1, retention_ms=1000)])
    assert await log.prune() == {T0: 1}


async def test_verify_finds_a_damaged_record_and_reading_refuses_it(log, log_factory):
    await log.create_topics([TopicSpec("t", 2)])
    where = []
    for n in range(6):
        where += await log.append([rec(f"secret {n}")])
    assert await log.verify() == []
    log_factory.damage(T0, where[3][1])
    problems = await log.verify()
    assert problems
    assert all(problem.where.startswith("t/0") and "secret" not in problem.text for problem in problems)
    with pytest.raises(CorruptRecord):
        await log.read(T0, where[3][1])
    assert values(await log.read(T0, 0)) == [b"secret 0", b"secret 1", b"secret 2"]
    assert values(await log.read(T0, where[4][1])) == [b"secret 4", b"secret 5"]


async def test_a_damaged_record_stops_its_own_partition_only(log, log_factory):
    await log.create_topics([TopicSpec("t", 2)])
    await log.append([rec("bad", 0)])
    await log.append([rec("good", 1)])
    log_factory.damage(T0, 0)
    consumer = await log.consumer("g", ["t"])
    assert values(await consumer.poll(timeout=0)) == [b"good"]
    with pytest.raises(CorruptRecord):
        await consumer.poll(timeout=0)


# end


async def test_a_closed_log_says_so(log):
    await log.create_topics([TopicSpec("t", 1)])
    consumer = await log.consumer("g", ["t"])
    await log.close()
    await log.close()
    for call in (log.append([rec("x")]), log.read(T0, 0), log.offsets(T0), consumer.poll(timeout=0)):
        with pytest.raises(LogError):
            await call


async def test_what_was_appended_is_there_after_closing_and_opening(log_factory):
    first = await log_factory.open()
    await first.create_topics([TopicSpec("t", 1)])
    where = await first.append([rec(n) for n in range(3)])
    log_id = first.log_id
    await first.close()
    second = await log_factory.open()
    assert second.log_id == log_id
    assert [(record.offset, record.value) for record in await read_all(second, T0)] == [(o, str(n).encode()) for n, (_, o) in enumerate(where)]
