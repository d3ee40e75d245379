"""A huge file read by the workers of several machines gives what one machine gives, whoever dies, whatever is lost or comes twice."""

import asyncio
import json
import os
import random
import re
import signal
from functools import partial

import pytest
import pytest_asyncio

from gateway.config import Config, LimitSettings, LogSettings
from gateway.pipeline import normaliser, publisher, reader, worker
from gateway.pipeline.messages import CHUNKS, MADE, WORK, chunk_of, made_headers
from gateway.pipeline.pool import WorkerPool
from gateway.pipeline.reading import FileSettings
from gateway.pipeline.services import topics_of
from gateway.seams import NewRecord
from gateway.stores import BlobPlace
from tests.fault.gateway_kill import interchange
from tests.unit.pipeline_machines import ALL, PARTITIONS, Machine, Plane, alone
from tests.unit.pipeline_world import CHUNK, EVENT_TOPICS, FILES, remittance

pytestmark = pytest.mark.asyncio


def adjusted(content: bytes) -> bytes:
    """With provider adjustments at the end of the set, which are in the balance of the whole set."""
    segments = int(re.search(rb"~SE\*(\d+)\*", content)[1])
    return re.sub(rb"~SE\*\d+\*", b"~PLB*1234567893*20251231*WO:X*-5.5*L6:Y*1.25~SE*%d*" % (segments + 1), content)


def refused_late(content: bytes) -> bytes:
    """A set that the site refuses for what stands at its end."""
    head, mark, tail = content.rpartition(b"CLM*")
    at = head.rfind(b"~HL*")
    level = b"HL*999*1*22*0"
    provider = b"~HL*900**20*1~NM1*85*2*OTHER CLINIC*****XX*1234567890~N3*1 MAIN STREET~N4*ANYTOWN*NY*100011234~REF*EI*123456789~" + level
    return head[:at] + provider + head[at:][head[at:].index(b"~", 1) :] + mark + tail


CASES = [
    interchange(1, range(250), 5000),
    interchange(2, range(300, 420), 40),
    adjusted(remittance(3, 120)),
    refused_late(interchange(4, range(500, 600), 5000)),
    FILES["a set refused whole, of many chunks"],
    b"CLM*X~" + interchange(7, range(100), 30).replace(b"*100***11", b"*A***11") + b"CLM*Y*1~JUNK~",
    interchange(8, range(700, 702), 2),
    interchange(9, range(800, 860), 2),
]
"""One huge set; sets of several chunks; provider adjustments; a set refused for its end; one refused by the first pass; findings all over;
a small file; many small sets."""


@pytest.fixture(scope="module")
def blobs(tmp_path_factory):
    return tmp_path_factory.mktemp("blobs")


def pool_on(blobs):
    config = Config(limits=LimitSettings(chunk_bytes=CHUNK), log=LogSettings(partitions=PARTITIONS))
    return WorkerPool(1, BlobPlace(str(blobs), None, "blobs"), topics_of(config))


@pytest.fixture(scope="module")
def pools(blobs):
    """Two, each of one worker, for the machines of all tests."""
    pools = [pool_on(blobs) for _ in range(2)]
    yield pools
    for pool in pools:
        asyncio.run(pool.close())


@pytest.fixture(scope="module")
def expected(blobs, pools, tmp_path_factory):
    return asyncio.run(alone(tmp_path_factory.mktemp("alone"), pools[0], blobs, CASES))


@pytest_asyncio.fixture
async def plane(tmp_path, blobs):
    plane = Plane(tmp_path / "data", blobs, spread=CHUNK)
    await plane.open()
    yield plane
    await plane.close()


async def receive_all(plane):
    for content in CASES:
        await plane.receive(content)


async def test_the_cases_are_what_they_are_for(expected):
    totals = [(counts["published"], counts["refused"], counts["dead"]) for _, counts, _, _ in expected.receipts.values()]
    assert totals == [(250, 0, 0), (120, 0, 0), (120, 0, 0), (0, 100, 0), (0, 150, 0), (100, 0, 2), (2, 0, 0), (60, 0, 0)]
    codes = {row["code"] for rows in expected.findings.values() for _, row in rows}
    assert {"SET_REFUSED", "ITEM_IN_REFUSED_SET"} <= codes


@pytest.mark.parametrize("machines", [1, 2, 3])
async def test_machines_together_give_what_one_gives(plane, pools, expected, machines):
    await receive_all(plane)
    running = [await Machine(plane, pools[number % 2]).__aenter__() for number in range(machines)]
    await plane.settled()
    for machine in running:
        await machine.stop()
    assert await plane.result() == expected
    await plane.check_index()
    chunks, made = await plane.records(CHUNKS), await plane.records(MADE)
    assert len(chunks) > 50
    assert len(made) == len(chunks)
    assert {record.partition for record in chunks} == set(range(PARTITIONS))
    assert len({record.partition for record in made}) == 1
    positions = await plane.log.group_positions(publisher.GROUP)
    ends = {partition: position.offset for partition, position in positions.items() if partition.topic == MADE}
    assert list(ends.values()) == [made[-1].offset + 1]
    used = {json.loads(record.value)["provenance"]["map"] for record in await plane.records(*EVENT_TOPICS)}
    assert plane.state.follow.programs().keys() == used


@pytest.mark.parametrize("stops", range(3))
async def test_machines_that_come_and_go(plane, pools, expected, stops):
    """Each stops wherever it is, before the next one or beside it, and what it had begun is done by the others."""
    chance = random.Random(stops)
    await receive_all(plane)
    for number in range(5):
        async with Machine(plane, pools[number % 2]) as machine:
            beside = Machine(plane, pools[(number + 1) % 2], chance.sample(ALL, chance.randint(1, 3)))
            async with beside:
                await plane.published(chance.randint(0, 590))
            assert machine.failures + beside.failures < 10
    async with Machine(plane, pools[0]):
        await plane.settled()
    assert await plane.result() == expected


async def test_a_reader_that_falls_silent_with_units_in_its_hands(plane, pools, expected):
    await receive_all(plane)
    silent = await plane.log.consumer(reader.GROUP, [CHUNKS], session_timeout=1.0)
    async with Machine(plane, pools[0]):
        while not await silent.poll(10, 1.0):
            pass
        silent._heart.cancel()
        await plane.settled()
    assert await plane.result() == expected
    await silent.close()


async def test_a_reader_whose_worker_is_killed(plane, pools, blobs, expected):
    pool = pool_on(blobs)
    await pool.warm_up()
    await receive_all(plane)
    victim = await pool.run(worker.ready)
    async with Machine(plane, pools[0], (normaliser.GROUP, publisher.GROUP)), Machine(plane, pool, (reader.GROUP,)):
        await plane.published(1)
        os.kill(victim, signal.SIGKILL)
        await plane.settled()
    assert await plane.result() == expected
    await pool.close()


async def test_without_any_reader_the_lane_reads_for_itself(plane, pools, expected):
    await receive_all(plane)
    async with Machine(plane, pools[0], (normaliser.GROUP, publisher.GROUP), spread_wait=0.2):
        await plane.settled()
    assert await plane.records(MADE) == []
    assert await plane.result() == expected


async def test_a_reader_leaves_out_what_its_lane_has_published(plane, pools, expected):
    await receive_all(plane)
    async with Machine(plane, pools[0], (normaliser.GROUP, publisher.GROUP), spread_wait=0.1):
        await plane.settled()
    async with Machine(plane, pools[0], (reader.GROUP,)), asyncio.timeout(10):
        ends = {partition: end for partition, end in (await plane.ends(CHUNKS)).items() if end}
        while {partition: at.offset for partition, at in (await plane.log.group_positions(reader.GROUP)).items()} != ends:
            await plane.log.wait(await plane.ends(MADE), 0.05)
    assert await plane.records(MADE) == []


async def test_work_that_is_on_the_log_twice_is_published_once(plane, pools, expected):
    """As after a transaction of the normaliser whose end was never clear: all of it again, or a part."""
    await receive_all(plane)
    await plane.cut(pools[0])
    again = [NewRecord(record.topic, record.key, record.value, record.headers, record.partition) for record in await plane.in_lane(WORK)]
    await plane.log.append(again)
    await plane.log.append(again[20:40])
    async with Machine(plane, pools[0]), Machine(plane, pools[1]):
        await plane.settled()
    assert await plane.result() == expected


@pytest.mark.parametrize("seed", range(4))
async def test_results_in_any_order_several_times_or_never(plane, pools, expected, seed):
    """Every third one is spoilt: never there, empty, no result at all, or another unit's."""
    chance = random.Random(seed)
    await receive_all(plane)
    await plane.cut(pools[0])
    results = []
    for chunk in await plane.records(CHUNKS):
        work, lane = chunk_of(chunk)
        settings = FileSettings(*json.loads(work.settings))
        _, value = await pools[1].run(worker.read_spread, work.arrival, settings, work.unit)
        result = partial(NewRecord, MADE, b"", headers=made_headers(work), partition=lane)
        spoilt = chance.choice([[], [result(b"")], [result(b"no result")], [result(value[:-5])]])
        results += chance.choice([[result(value)], [result(value)] * 2, spoilt])
    chance.shuffle(results)
    async with Machine(plane, pools[0], (publisher.GROUP,), spread_wait=0.1):
        while results:
            count = chance.randint(1, 12)
            await plane.log.append(results[:count])
            results = results[count:]
        await plane.settled()
    assert await plane.result() == expected
