"""The gateway with its blobs in a bucket: the same events as with a directory, and a store that goes away and comes back."""

import asyncio

import pytest
import pytest_asyncio

from gateway.config import BlobSettings
from gateway.seams import BlobError
from tests.contract.blob_sides import BucketSide, Relay
from tests.servers.process import wait_until
from tests.servers.s3 import S3
from tests.unit.pipeline_world import FILES, World, remittance


@pytest.fixture(scope="module")
def own_s3():
    """To be stopped and started."""
    with S3() as server:
        yield server


@pytest_asyncio.fixture
async def worlds():
    """Makes worlds; stops what was started."""
    started = []

    async def start(folder, **settings):
        world = World(folder, **settings)
        await world.start()
        started.append(world)
        return world

    yield start
    for world in started:
        await world.stop()


@pytest.mark.asyncio
async def test_events_and_findings_are_those_of_a_directory(s3, tmp_path, worlds):
    side = BucketSide(s3, tmp_path)
    told = []
    for name, blobs in (("directory", BlobSettings()), ("bucket", BlobSettings(s3=side.settings))):
        world = await worlds(tmp_path / name, blobs=blobs)
        counts = []
        for content in FILES.values():
            receipt = await world.pass_through(content)
            counts.append((receipt.receipt, receipt.status, receipt.counts))
        told.append((await world.ids(), counts))
    assert told[0] == told[1]
    assert sum(told[0][0].values()) > 500
    assert len([key for key in side.names() if key.startswith("site/blobs/")]) >= len(FILES)
    assert not (tmp_path / "bucket" / "data" / "blobs").exists()


@pytest.mark.asyncio
async def test_a_store_that_goes_away_stops_intake_and_loses_nothing(own_s3, tmp_path, worlds):
    with Relay(own_s3.endpoint) as relay:
        side = BucketSide(own_s3, tmp_path, relay.endpoint)
        relay.up = lambda data: None if data.startswith(b"GET ") else data
        world = await worlds(tmp_path / "bucket", blobs=BlobSettings(s3=side.settings))
        accepted = await world.send(remittance(1, 400))
        await asyncio.to_thread(wait_until, lambda: any(health.failures for health in world.gateway.health()), 20, "reading fails")
        own_s3.kill()
        try:
            with pytest.raises(BlobError, match="the blob store"):
                await world.send(remittance(2, 400))
        finally:
            own_s3.start()
        relay.up = lambda data: data
        await world.gateway.wait_idle()
        receipt = world.gateway.state.receipts.get(accepted.receipt)
        assert (receipt.status, receipt.counts["published"]) == ("done", 400)
        assert set((await world.ids()).values()) == {1}
        assert (await world.pass_through(remittance(2, 400))).counts["published"] == 400
