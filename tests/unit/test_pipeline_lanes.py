"""Lanes: who gets which records, how many at once, and that what is committed is committed once, whoever comes and goes."""

import asyncio
import random
from contextlib import suppress

import pytest
import pytest_asyncio

from gateway.log import SqliteLog
from gateway.pipeline import lanes
from gateway.pipeline.lanes import run_lanes
from gateway.seams import Committed, Fenced, LogUnavailable, NewRecord, TopicPartition, TopicSpec

pytestmark = pytest.mark.asyncio
PARTITIONS = 3
GROUP = "g"


@pytest_asyncio.fixture
async def log(tmp_path):
    log = await SqliteLog.open(tmp_path / "log.db")
    await log.create_topics([TopicSpec(name, PARTITIONS) for name in ("a", "b", "out")])
    yield log
    await log.close()


def new(topic, partition, value):
    return NewRecord(topic, b"key", str(value).encode(), partition=partition)


async def values(log, topic, partition):
    found, at = [], 0
    while records := await log.read(TopicPartition(topic, partition), at):
        found += [int(record.value) for record in records]
        at = records[-1].offset + 1
    return found


async def stopped(task):
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_a_lane_has_the_partitions_of_one_number_of_all_topics(log):
    await log.append([new(topic, number, 10 * number + n) for topic in "ab" for number in range(PARTITIONS) for n in range(3)])
    taken, done = {}, asyncio.Event()

    async def work(lane):
        taken[lane.number] = [[int((await lane.take(topic)).value) for _ in range(3)] for topic in ("b", "")]
        if len(taken) == PARTITIONS:
            done.set()

    task = asyncio.create_task(run_lanes(log, GROUP, ["a", "b"], work))
    await asyncio.wait_for(done.wait(), 5)
    assert taken == {number: [[10 * number, 10 * number + 1, 10 * number + 2]] * 2 for number in range(PARTITIONS)}
    await stopped(task)


@pytest.mark.parametrize(("count", "size"), [(3000, 1), (40, 1 << 20)])
async def test_a_lane_that_does_not_take_holds_little_and_keeps_nobody_back(log, monkeypatch, count, size):
    monkeypatch.setattr("gateway.pipeline.lane.LANE_RECORDS", 500)
    value = b"%0*d"
    await log.append([NewRecord("a", b"key", value % (size, number), partition=0) for number in range(count)])
    await log.append([new("a", 1, number) for number in range(3)])
    go, others, taken = asyncio.Event(), asyncio.Event(), []
    feeds = []

    async def work(lane):
        if lane.number == 1:
            for _ in range(4):
                await lane.take()
            others.set()
            return
        feeds.append(lane.feed())
        await go.wait()
        while len(taken) < count:
            taken.append((await lane.take()).offset)
        go.clear()

    task = asyncio.create_task(run_lanes(log, GROUP, ["a"], work))
    async with asyncio.timeout(20):
        while not feeds or not feeds[0].full:
            await log.wait({TopicPartition("a", 0): count}, 0.02)
        await log.append([new("a", 1, 3)])
        await others.wait()
        assert len(feeds[0].waiting) <= 500 + lanes.POLL_RECORDS
        assert sum(len(record.value) for record in feeds[0].waiting) <= lanes.LANE_BYTES + (8 << 20)
        go.set()
        while go.is_set():
            await log.wait({TopicPartition("a", 0): count}, 0.02)
    assert taken == list(range(count))
    await stopped(task)


@pytest.mark.parametrize("seed", range(4))
async def test_whoever_comes_and_goes_each_record_is_committed_once_and_in_order(log, seed):
    """Members join, leave, or die without leaving; work takes more than it commits at once, and some is always under way."""
    chance = random.Random(seed)
    count = 400
    await log.append([new("a", number, n) for n in range(count) for number in range(PARTITIONS)])
    await log.append([new("b", number, n) for n in range(count) for number in range(PARTITIONS)])

    async def work(lane):
        while True:
            pairs = []
            while len(pairs) < chance.randint(1, 9):
                pairs.append((await lane.take("a"), await lane.take("b")))
                if lane.peek("a") is None:
                    break
            results = [new("out", lane.number, int(one.value) * 1000 + int(two.value)) for one, two in pairs]
            await lane.commit({"a": Committed(pairs[-1][0].offset + 1, "text"), "b": Committed(pairs[-1][1].offset + 1)}, results)

    async def member():
        with suppress(ExceptionGroup):
            await run_lanes(log, GROUP, ["a", "b"], work, session_timeout=0.5)

    running = [asyncio.create_task(member())]
    everything = [n * 1000 + n for n in range(count)]
    async with asyncio.timeout(60):
        while [await values(log, "out", number) for number in range(PARTITIONS)] != [everything] * PARTITIONS:
            running.append(asyncio.create_task(member()))
            await log.wait({TopicPartition("out", chance.randrange(PARTITIONS)): chance.randrange(count)}, chance.random() * 0.1)
            if len(running) > 2:
                await stopped(running.pop(chance.randrange(len(running))))
    for task in running:
        await stopped(task)
    positions = await log.group_positions(GROUP)
    assert set(positions.values()) == {Committed(count, "text"), Committed(count)}


async def test_a_partition_that_was_away_is_read_again_from_its_position(log):
    """Its lane begins anew with all its topics, though only one of them shows that it was away."""
    await log.append([new(topic, 0, n) for topic in "ab" for n in range(5)])
    begun, consumers = [], []

    async def work(lane):
        consumers.append(lane._consumer)
        taken = [(int((await lane.take("a")).value), int((await lane.take("b")).value)) for _ in range(3)]
        begun.append(taken)
        if len(begun) == 1:
            await lane.commit({"a": Committed(1)})
            consumers[0].seek(TopicPartition("a", 0), 1)

    task = asyncio.create_task(run_lanes(log, GROUP, ["a", "b"], work))
    async with asyncio.timeout(5):
        while len(begun) < 2:
            await log.wait({TopicPartition("a", 0): 5}, 0.01)
    assert begun == [[(0, 0), (1, 1), (2, 2)], [(1, 0), (2, 1), (3, 2)]]
    await stopped(task)


async def test_what_comes_from_below_the_position_of_a_lane_is_left_out(log):
    """As when the last commit of the lane before was still under way while the partition was assigned again."""
    await log.append([new("a", 0, n) for n in range(5)])
    consumer = await log.consumer(GROUP, ["a"])
    partition = TopicPartition("a", 0)
    lane = lanes.Lane(consumer, ["a"], {partition: Committed(3)})
    for record in await consumer.poll(10, 1.0):
        lane.feed().put(record)
    assert [int((await lane.take()).value) for _ in range(2)] == [3, 4]
    assert lane.peek() is None
    await consumer.close()


async def test_a_position_that_another_has_moved_fences_the_lane_alone(log):
    """It is read again from there; the member stays in its group, and its other lanes go on."""
    await log.append([new("a", number, n) for number in range(2) for n in range(5)])
    begun = []

    async def work(lane):
        record = await lane.take()
        begun.append((lane.number, record.offset))
        if begun[-1] == (0, 0):
            await lane._consumer.commit({TopicPartition("a", 0): Committed(3)})
        await lane.commit({"a": Committed(record.offset + 1)}, [new("out", lane.number, record.offset)])
        await asyncio.Event().wait()

    task = asyncio.create_task(run_lanes(log, GROUP, ["a"], work))
    async with asyncio.timeout(5):
        for number in range(2):
            await log.wait({TopicPartition("out", number): 0}, 5)
    assert sorted(begun) == [(0, 0), (0, 3), (1, 0)]
    assert (await values(log, "out", 0), await values(log, "out", 1)) == ([3], [0])
    await stopped(task)


@pytest.mark.parametrize("error", [LogUnavailable, Fenced])
async def test_a_lane_whose_log_is_away_begins_anew_alone(log, error, monkeypatch):
    """Also when its position cannot be had at first, because of that or of a rebalance; the other lanes of its member go on meanwhile."""
    monkeypatch.setattr(lanes, "FIRST_PAUSE", 0.01)
    await log.append([new("a", number, n) for number in range(2) for n in range(5)])
    begun, refused, failures = [], [], []

    async def work(lane):
        record = await lane.take()
        begun.append((lane.number, record.offset))
        if lane.number == 0 and begun.count((0, 0)) <= 2:
            committed, until = lane._consumer.committed, 2 * begun.count((0, 0))

            async def away(partition):
                if partition.partition == 0 and len(refused) < until:
                    refused.append(partition)
                    raise error("away")
                return await committed(partition)

            lane._consumer.committed = away
            raise LogUnavailable("away")
        while True:
            await lane.commit({"a": Committed(record.offset + 1)}, [new("out", lane.number, record.offset)])
            record = await lane.take()

    task = asyncio.create_task(run_lanes(log, GROUP, ["a"], work, failed=failures.append))
    async with asyncio.timeout(20):
        for number in range(2):
            await log.wait({TopicPartition("out", number): 4}, 20)
    assert sorted(begun) == [(0, 0), (0, 0), (0, 0), (1, 0)]
    assert len(refused) == 4
    assert failures == ["unavailable"] * 2
    assert [await values(log, "out", number) for number in range(2)] == [list(range(5))] * 2
    await stopped(task)


async def test_a_lane_that_is_refused_its_place_in_a_rebalance_asks_again(log):
    """Its partition stays its member's, so nobody else reads on from the position."""
    await log.append([new("a", 0, n) for n in range(5)])
    refused, begun = [], []

    async def work(lane):
        begun.append((await lane.take()).offset)
        if len(begun) == 1:
            seek = lane._consumer.seek

            def moving(partition, offset):
                if len(refused) < 3:
                    refused.append(partition)
                    raise Fenced("rebalancing")
                seek(partition, offset)

            lane._consumer.seek = moving
            raise Fenced("rebalancing")
        await lane.commit({"a": Committed(1)}, [new("out", 0, 0)])

    task = asyncio.create_task(run_lanes(log, GROUP, ["a"], work))
    await asyncio.wait_for(log.wait({TopicPartition("out", 0): 0}, 5), 6)
    assert (begun, len(refused)) == ([0, 0], 3)
    await stopped(task)


async def test_a_partition_that_comes_back_while_its_lane_pauses_loses_nothing(log, monkeypatch):
    """It is not the member's when the lane ends, so the lane has nothing to go back to; then it is taken over anew."""
    monkeypatch.setattr(lanes, "FIRST_PAUSE", 1.0)
    await log.append([new("a", 0, n) for n in range(5)])
    begun, failed = [], asyncio.Event()

    async def work(lane):
        offset = (await lane.take()).offset
        if lane.number == 1:
            return
        begun.append(offset)
        if len(begun) == 1:
            lane._consumer._owned = {}  # until the next heartbeat
            raise LogUnavailable("away")
        while True:
            await lane.commit({"a": Committed(offset + 1)}, [new("out", 0, offset)])
            offset = (await lane.take()).offset

    task = asyncio.create_task(run_lanes(log, GROUP, ["a"], work, session_timeout=1.0, failed=lambda kind: failed.set()))
    await asyncio.wait_for(failed.wait(), 5)
    await log.append([new("a", 1, 0)])  # so that the member looks now
    await asyncio.wait_for(log.wait({TopicPartition("out", 0): 4}, 5), 6)
    assert (begun, await values(log, "out", 0)) == ([0, 0], list(range(5)))
    await stopped(task)


async def test_partitions_of_a_lane_at_different_members_end_it(log):
    other = await log.consumer(GROUP, ["a"])

    async def work(lane):
        await asyncio.Event().wait()

    task = asyncio.create_task(run_lanes(log, GROUP, ["a", "b"], work))
    while (await log.group_positions(GROUP)) or len(other.assignment) == PARTITIONS:
        await other.poll(1, 0.05)
    await log.append([new("b", number, 1) for number in range(PARTITIONS)])
    with pytest.raises(ExceptionGroup) as caught:
        await asyncio.wait_for(task, 5)
    assert caught.group_contains(Fenced)
    await other.close()


async def test_a_commit_is_not_cut_off_by_its_lane_being_stopped(log):
    """However early the stop comes: the position is written with the result or not at all, and no task is left behind."""
    for number in range(20):
        await log.append([new("a", 0, number)])
        committing = asyncio.Event()

        async def work(lane, committing=committing):
            record = await lane.take()
            committing.set()
            await lane.commit({"a": Committed(record.offset + 1)}, [new("out", 0, record.value.decode())])

        task = asyncio.create_task(run_lanes(log, GROUP, ["a"], work))
        await asyncio.wait_for(committing.wait(), 5)
        for _ in range(number % 5):
            await asyncio.sleep(0)
        await stopped(task)
        assert len(asyncio.all_tasks()) == 1
        position = (await log.group_positions(GROUP))[TopicPartition("a", 0)].offset
        assert (position, await values(log, "out", 0)) == (number + 1, list(range(number + 1)))


async def test_a_lane_that_fails_while_it_is_stopped_does_not_hide_the_stop(log):
    await log.append([new("a", 0, 1)])
    begun = asyncio.Event()

    async def work(lane):
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            raise ValueError

    task = asyncio.create_task(run_lanes(log, GROUP, ["a"], work))
    await asyncio.wait_for(begun.wait(), 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
