"""Workers killed, a full disk, restarts, two gateways: nothing is lost and nothing is published twice."""

import asyncio
import json
import multiprocessing
import os
import resource
import signal
from collections import Counter

import pytest
import pytest_asyncio

from gateway.pipeline.events import event_id_of
from gateway.runtime import Gateway
from gateway.seams import BlobError, LogUnavailable, TopicPartition
from tests.fault.gateway_kill import interchange
from tests.unit.pipeline_world import World, chunks, claim_offsets, remittance

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def world(tmp_path):
    world = World(tmp_path)
    await world.start()
    yield world
    await world.stop()


async def test_a_resend_right_after_a_restart_is_known(world):
    """Committed to the log, and killed before State heard of it."""
    content = interchange(1, range(3), 10)
    accepted = await world.send(content)
    await world.stop()
    for name in ("state.db", "state.db-wal", "state.db-shm"):
        (world.config.data_dir / name).unlink(missing_ok=True)
    await world.start()
    again = await world.send(content)
    assert again == accepted._replace(duplicate=True)


async def test_killed_workers_cost_no_claim_and_publish_none_twice(world):
    content = interchange(1, range(400), 100)
    accepted = await world.send(content)
    killed = 0
    while killed < 3 and world.gateway.state.receipts.get(accepted.receipt).status != "done":
        for child in multiprocessing.active_children():
            os.kill(child.pid, signal.SIGKILL)
            killed += 1
        await asyncio.sleep(0)
    await world.gateway.wait_idle()
    assert killed
    receipt = world.gateway.state.receipts.get(accepted.receipt)
    assert receipt.counts["published"] == 400
    assert await world.ids() == {f"{accepted.receipt}.{offset}.claim.submitted": 1 for offset in claim_offsets(content)}


async def test_stopped_in_the_middle_it_goes_on_where_it_was(world):
    content = remittance(1, 400)
    accepted = await world.send(content)
    for _ in range(4):
        await world.gateway.log.wait({TopicPartition("claims.test", n): len(await world.records("claims.test")) for n in range(2)}, 1.0)
        await world.stop()
        await world.start()
    await world.gateway.wait_idle()
    expected = Counter({f"{accepted.receipt}.{offset}.claim.adjudicated": 1 for offset in claim_offsets(content)})
    expected[f"{accepted.receipt}.{content.index(b'ST*835')}.remittance.received"] = 1
    assert await world.ids() == expected
    [total] = [json.loads(record.value) for record in await world.records("batches.test")]
    assert (total["claims"]["count"], total["claims"]["paid_amount"]) == (400, "32000.00")
    assert "imbalances" not in total


async def test_two_gateways_share_the_work_and_publish_everything_once(world):
    """Partitions move when the second one joins and when the first one leaves, both times with work under way."""
    contents = [interchange(number, range(number * 100, number * 100 + 60), 25) for number in range(1, 13)]
    for content in contents[:4]:
        await world.send(content)
    async with Gateway(world.config, world.sites) as second:
        for content in contents[4:8]:
            await world.send(content)
        await world.stop()
        for content in contents[8:]:
            await second.intake.accept("river", "loose", chunks(content), "name")
        await second.wait_idle()
        await world.start()
        assert len(second.state.receipts.page(status="done")) == 12
        events = await world.ids()
        assert len(events) == 12 * 60
        assert set(events.values()) == {1}
        for event_id in list(events)[::50]:
            assert event_id_of(await second.find_event(event_id)) == event_id


async def test_on_a_full_disk_nothing_is_acknowledged_and_with_room_it_goes_on(world):
    """A limit on file size stands for the disk: writes fail in the same places, with EFBIG."""
    first = await world.send(interchange(1, range(200), 50))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, before[1]))
    try:
        with pytest.raises((BlobError, LogUnavailable)):
            await world.send(interchange(2, range(200, 300), 50))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(world.gateway.wait_idle(), 1.0)
        assert any(task.failures for task in world.gateway.health())
        assert not any(task.broken for task in world.gateway.health())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    second = await world.send(interchange(2, range(200, 300), 50))
    await world.gateway.wait_idle()
    assert not second.duplicate
    assert {receipt.receipt for receipt in world.gateway.state.receipts.page(status="done")} == {first.receipt, second.receipt}
    events = await world.ids()
    assert len(events) == 300
    assert set(events.values()) == {1}
