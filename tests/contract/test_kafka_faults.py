"""The Kafka side when something fails: owners that stop or die in mid-transaction, answers that never come, requests that come too late."""

import asyncio
import contextlib
import os
import random
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import pytest_asyncio

from gateway.blobs import DirectoryBlobs
from gateway.config import KafkaSettings
from gateway.log.kafka import KafkaLog
from gateway.seams import Committed, LogError, LogUnavailable, NewRecord, TopicPartition, TopicSpec
from tests.contract.log_sides import KafkaSide
from tests.servers.kafka import KafkaCluster
from tests.servers.proxy import KafkaProxy

pytestmark = pytest.mark.asyncio
SESSION = 2.5
OWNER = """
import asyncio, os, signal, sys
from gateway.blobs import DirectoryBlobs
from gateway.config import KafkaSettings
from gateway.log.kafka import KafkaLog
from gateway.seams import Committed, LogError, NewRecord, TopicPartition

server, folder, prefix, how = sys.argv[1:]

def stop(places):
    os.kill(os.getpid(), getattr(signal, how))
    return []

async def main():
    log = await KafkaLog.open(KafkaSettings(servers=(server,)), prefix, DirectoryBlobs(folder))
    consumer = await log.consumer("g", [prefix + "t"], session_timeout=2.5)
    records = await consumer.poll(timeout=20)
    results = [NewRecord(prefix + "out", b"k", b"of the owner") for _ in records]
    try:
        await consumer.commit({TopicPartition(prefix + "t", 0): Committed(records[-1].offset + 1, "owner")}, results, stop)
    except LogError as error:
        print(type(error).__name__, flush=True)
    await log.close()

asyncio.run(main())
"""


@pytest_asyncio.fixture
async def side(kafka, tmp_path):
    side = KafkaSide(kafka, tmp_path, f"f{secrets.token_hex(4)}.", request_seconds=5.0)
    yield side
    await side.close()


@pytest.fixture
def t(side):
    return side.name("t")


@pytest.fixture
def out(side):
    return side.name("out")


async def prepared(side, partitions=1):
    """A log with ten records on each partition of `t`, and `out`."""
    log = await side.open()
    await log.create_topics([TopicSpec(side.name("t"), partitions), TopicSpec(side.name("out"), 1)])
    for number in range(partitions):
        await log.append([NewRecord(side.name("t"), b"k", b"%d" % n, (), number) for n in range(10)])
    return log


async def values(log, topic):
    partition = TopicPartition(topic, 0)
    found, offset = [], (await log.offsets(partition))[0]
    while part := await log.read(partition, offset):
        found += part
        offset = part[-1].offset + 1
    return [record.value for record in found]


@contextlib.asynccontextmanager
async def owner(side, how):
    """A process that owns the lane and stops (SIGSTOP) or dies (SIGKILL) when its results are written and its transaction is open."""
    command = [sys.executable, "-c", OWNER, side.settings.servers[0], str(side.folder / "values"), side.prefix, how]
    process = await asyncio.to_thread(lambda: subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
    try:
        await asyncio.to_thread(wait_for_state, process, {"T"} if how == "SIGSTOP" else {"Z"})
        yield process
    finally:
        process.kill()
        process.communicate()


async def poll_on(consumer):
    """Polls until it raises."""
    async with asyncio.timeout(20):
        while True:
            assert await consumer.poll(timeout=0.5) == []


def wait_for_state(process, states, seconds=60):
    until = time.monotonic() + seconds
    while Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in states:
        assert time.monotonic() < until, "the process did not come so far"
        time.sleep(0.02)


@pytest.mark.parametrize("how", ["SIGSTOP", "SIGKILL"])
async def test_an_owner_lost_in_mid_transaction_is_fenced_and_keeps_nobody_waiting(side, t, out, how):
    log = await prepared(side)
    async with owner(side, how) as process:
        begun = time.monotonic()
        consumer = await log.consumer("g", [t], session_timeout=SESSION)
        records = []
        while not records:
            records = await consumer.poll(timeout=1)
        assert time.monotonic() - begun < 20, "not the 30 seconds after which brokers end a transaction"
        assert [record.value for record in records] == [b"%d" % n for n in range(10)]
        assert await consumer.committed(TopicPartition(t, 0)) is None
        assert await values(log, out) == []
        await log.append([NewRecord(out, b"k", b"of another")])
        assert await values(log, out) == [b"of another"], "the open transaction holds no reader up"
        await consumer.commit({TopicPartition(t, 0): Committed(records[-1].offset + 1, "new")}, [NewRecord(out, b"k", b"new")])
        if how == "SIGSTOP":
            os.kill(process.pid, signal.SIGCONT)
            answer, _ = await asyncio.to_thread(process.communicate, timeout=30)
            assert answer == "Fenced\n"
    assert await values(log, out) == [b"of another", b"new"]
    assert await log.group_positions("g") == {TopicPartition(t, 0): Committed(records[-1].offset + 1, "new")}


@pytest.mark.parametrize("when", ["before", "at the end"])
async def test_after_a_commit_without_an_answer_the_committed_position_says_whether_it_was_written(side, kafka, t, out, when):
    log = await side.open(request_seconds=2.0)
    await prepared(side)
    consumer = await log.consumer("g", [t], session_timeout=30)
    t0 = TopicPartition(t, 0)
    records = await consumer.poll(timeout=10)
    written = []
    for number, record in enumerate(records[:4]):
        position, results = Committed(record.offset + 1, f"{number}"), [NewRecord(out, b"k", record.value)]
        try:
            begun = time.monotonic()
            if number % 2:
                await consumer.commit({t0: position}, results)
            elif when == "before":
                kafka.pause(1)
                await consumer.commit({t0: position}, results)
            else:
                await consumer.commit({t0: position}, results, lambda _: kafka.pause(1) or [])
            written.append(record.value)
        except LogUnavailable:
            assert time.monotonic() - begun < 6
            kafka.resume(1)
            with pytest.raises(LogUnavailable, match="not known"):
                await consumer.commit({t0: position}, results)
            if await consumer.committed(t0) == position:
                written.append(record.value)
        finally:
            kafka.resume(1)
        assert await values(log, out) == written
    assert b"1" in written
    assert b"3" in written


async def test_appends_without_an_answer_are_refused_in_time_and_those_acknowledged_are_there_in_order(side, kafka, t):
    log = await side.open(request_seconds=2.0)
    await log.create_topics([TopicSpec(t, 2)])
    acknowledged = []

    async def appender(name, count):
        """Each value after the one before, sent again until it is acknowledged."""
        for n in range(count):
            value = b"%d:%d" % (name, n)
            while True:
                try:
                    begun = time.monotonic()
                    await log.append([NewRecord(t, b"k%d" % name, value, (), number) for number in ((0,) if name % 2 else (0, 1))])
                    break
                except LogUnavailable:
                    assert time.monotonic() - begun < 8
            acknowledged.append(value)

    async def trouble():
        while len(acknowledged) < 30:
            await log.wait({TopicPartition(t, 0): 1 << 40}, 0.01)
        kafka.pause(1)
        await asyncio.sleep(3.0)  # longer than request_seconds
        kafka.resume(1)

    try:
        await asyncio.gather(trouble(), *(appender(name, 30) for name in range(6)))
    finally:
        kafka.resume(1)
    found = await values(log, t)
    for name in range(6):
        mine = [value for value in dict.fromkeys(found) if value.startswith(b"%d:" % name)]
        assert mine == [b"%d:%d" % (name, n) for n in range(30)], "nothing lost, first copies in order"


async def test_a_consumer_that_gets_nothing_although_there_is_something_says_so(side, kafka, t):
    log = await side.open(request_seconds=1.0, stall_seconds=1.5)
    await prepared(side)
    consumer = await log.consumer("g", [t], session_timeout=30)
    assert len(await consumer.poll(timeout=10)) == 10
    kafka.pause(1)
    try:
        begun = time.monotonic()
        with pytest.raises(LogUnavailable, match="nothing could be read"):
            await poll_on(consumer)
        assert time.monotonic() - begun < 8
    finally:
        kafka.resume(1)


async def test_a_coordination_that_has_died_is_noticed(side, t):
    log = await prepared(side)
    consumer = await log.consumer("g", [t])
    consumer._membership._coordinator._coordination_task.cancel()
    with pytest.raises(LogUnavailable, match="coordination has ended"):
        await poll_on(consumer)


async def test_brokers_may_come_later_and_go_and_come_back(tmp_path):
    cluster = KafkaCluster(tmp_path / "kafka")
    settings = KafkaSettings(servers=cluster.servers, request_seconds=2.0)
    log = await KafkaLog.open(settings, "", DirectoryBlobs(tmp_path / "values"), heartbeat_seconds=0.1)
    t0 = TopicPartition("t", 0)

    async def all_fail():
        calls = (
            lambda: log.create_topics([TopicSpec("t", 1)]), log.topics, lambda: log.append([NewRecord("t", b"k", b"v")]), lambda: log.read(t0, 0),
            lambda: log.offsets(t0), lambda: log.offset_for_time(t0, 0), lambda: log.wait({t0: 0}, 5), lambda: log.consumer("g", ["t"]),
            lambda: log.group_positions("g"), log.prune, log.verify,
        )  # fmt: skip
        for outcome in await asyncio.gather(*(call() for call in calls), return_exceptions=True):
            assert isinstance(outcome, LogUnavailable), outcome

    try:
        with pytest.raises(LogUnavailable):
            _ = log.log_id
        await all_fail()
        await asyncio.to_thread(cluster.start)
        await log.create_topics([TopicSpec("t", 1)])
        consumer = await log.consumer("g", ["t"])
        await log.append([NewRecord("t", b"k", b"before")])
        await asyncio.to_thread(cluster.kill, 1)
        await all_fail()
        with pytest.raises(LogUnavailable):
            await consumer.commit({t0: Committed(1)})
        assert await consumer.poll(timeout=0.2) == []
        cluster.restart(1)
        await asyncio.to_thread(cluster.wait_ready, 1)
        async with asyncio.timeout(20):
            while True:
                with contextlib.suppress(LogUnavailable):
                    await log.append([NewRecord("t", b"k", b"after")])
                    break
            found = []
            while len(found) < 2:
                with contextlib.suppress(LogUnavailable):
                    found += await consumer.poll(timeout=1)
            while True:
                with contextlib.suppress(LogUnavailable):
                    await consumer.committed(t0)
                    await consumer.commit({t0: Committed(2, "after")})
                    break
        assert [record.value for record in found] == [b"before", b"after"]
        assert await log.group_positions("g") == {t0: Committed(2, "after")}
    finally:
        await log.close()
        await asyncio.to_thread(cluster.close)


@pytest.fixture(scope="module")
def proxied(tmp_path_factory):
    """A broker behind a proxy."""
    with KafkaProxy() as proxy, KafkaCluster(tmp_path_factory.mktemp("proxied"), proxies=proxy.ports) as cluster:
        proxy.connect(cluster.client_ports)
        yield proxy, cluster


@pytest_asyncio.fixture
async def behind_proxy(proxied, tmp_path):
    proxy, cluster = proxied
    side = KafkaSide(cluster, tmp_path, f"p{secrets.token_hex(4)}.", request_seconds=5.0)
    yield side
    proxy.calm()
    await side.close()


async def test_a_request_that_comes_too_late_hits_no_later_transaction(proxied, behind_proxy):
    proxy, side = proxied[0], behind_proxy
    log = await prepared(side)
    consumer = await log.consumer("g", [side.name("t")], session_timeout=30)
    t0, out = TopicPartition(side.name("t"), 0), side.name("out")
    proxy.hold_end_txn(1)
    with pytest.raises(LogUnavailable):
        await consumer.commit({t0: Committed(1, "first")}, [NewRecord(out, b"k", b"first")])
    assert await consumer.committed(t0) is None
    assert proxy.counts.held == 1
    await consumer.commit({t0: Committed(2, "second")}, [NewRecord(out, b"k", b"second")])
    assert proxy.counts.delivered == 1
    assert proxy.counts.late_answers[0] in (47, 90), "refused: it is of an epoch that is over"
    assert await consumer.committed(t0) == Committed(2, "second")
    await consumer.commit({t0: Committed(3, "third")}, [NewRecord(out, b"k", b"third")])
    assert await values(log, out) == [b"second", b"third"]


async def work(log, t, out, done):
    """A worker: copies `t` to `out`, partition by partition, begins anew after any error, and leaves by chance."""
    dice = random.Random(id(log))
    while not done():
        try:
            consumer = await log.consumer("g", [t])
        except LogError:
            continue
        try:
            for _ in range(dice.randrange(5, 30)):
                by_lane = {}
                for record in await consumer.poll(dice.randrange(1, 40), 0.2):
                    by_lane.setdefault(TopicPartition(t, record.partition), []).append(record)
                await asyncio.gather(*(copy_on(consumer, partition, some, out) for partition, some in by_lane.items()))
                if done():
                    return
        except LogError:
            continue
        finally:
            await consumer.close()


async def copy_on(consumer, partition, records, out):
    results = [NewRecord(out, record.key, record.value) for record in records]
    await consumer.commit({partition: Committed(records[-1].offset + 1)}, results)


@pytest.mark.parametrize("chaos", [False, True])
async def test_workers_that_come_and_go_copy_everything_once_and_in_order(proxied, behind_proxy, chaos):
    proxy, side = proxied[0], behind_proxy
    t, out, count = side.name("t"), side.name("out"), 300
    logs = [await side.open() for _ in range(3)]
    await logs[0].create_topics([TopicSpec(t, 4), TopicSpec(out, 2)])
    for n in range(count):
        await logs[0].append([NewRecord(t, b"k%d" % lane, b"%d:%d" % (lane, n), (), lane) for lane in range(4)])
    before = proxy.counts.cut
    if chaos:
        proxy.chaos(seed=7, every_seconds=0.3)
    found = {}

    async def follow():
        """Reads on until all is there; one more look shows whether anything is there twice."""
        offsets = {TopicPartition(out, number): 0 for number in range(2)}
        while sum(map(len, found.values())) < 4 * count:
            for partition, offset in offsets.items():
                with contextlib.suppress(LogUnavailable):
                    for record in await logs[0].read(partition, offset):
                        found.setdefault(record.key, []).append(record.value)
                        offsets[partition] = record.offset + 1
            with contextlib.suppress(LogUnavailable):
                await logs[0].wait(offsets, 0.1)
        proxy.calm()
        for partition, offset in offsets.items():
            assert await logs[0].read(partition, offset) == []

    async with asyncio.timeout(60):
        following = asyncio.create_task(follow())
        await asyncio.gather(following, *(work(log, t, out, following.done) for log in logs))
    assert found == {b"k%d" % lane: [b"%d:%d" % (lane, n) for n in range(count)] for lane in range(4)}
    assert not chaos or proxy.counts.cut > before
