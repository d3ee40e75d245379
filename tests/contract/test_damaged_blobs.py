"""A stored file that has lost its end: it is dead with a finding, and holds nobody up, on both sides of the Blobs seam."""

import pytest

from gateway.blobs.read_ahead import ReadAhead
from gateway.config import BlobSettings, Config
from gateway.seams import BlobDamaged
from tests.contract.blob_sides import BucketSide
from tests.fault.gateway_kill import interchange
from tests.unit.pipeline_world import World, remittance


@pytest.fixture(params=["directory", "bucket"])
def kept(request, tmp_path):
    """(settings of the blob store, how to overwrite a blob)."""
    if request.param == "bucket":
        side = BucketSide(request.getfixturevalue("s3"), tmp_path)
        return BlobSettings(s3=side.settings), side.overwrite
    blobs = Config(data_dir=tmp_path / "data").blobs_path
    return BlobSettings(), lambda sha256, data: (blobs / sha256[:2] / sha256).write_bytes(data)


@pytest.mark.asyncio
@pytest.mark.parametrize(("content", "rest"), [(interchange(1, range(8), 4), 2500), (remittance(1, 150), 12_000)], ids=["small", "of many chunks"])
async def test_a_file_that_lost_its_end_is_dead_and_the_next_one_is_read(kept, tmp_path, content, rest):
    settings, overwrite = kept
    world = World(tmp_path, blobs=settings)
    gateway = await world.start()
    append = gateway.log.append

    async def damaging(records):
        """After the file was kept, before anybody reads it."""
        headers = dict(records[0].headers)
        if (sha256 := headers.get("sha256", b"").decode()) and not records[0].value:
            overwrite(sha256, content[:rest])
        return await append(records)

    gateway.log.append = damaging
    receipt = await world.pass_through(content)
    gateway.log.append = append
    [found] = gateway.state.receipts.findings(receipt.receipt)
    after = await world.pass_through(remittance(2, 20))
    assert not any(health.failures for health in gateway.health())
    await world.stop()
    assert (found.line["code"], found.line["outcome"], found.line["location"]["offset"]) == ("READ_FAILED", "dead", 0)
    assert (receipt.status, receipt.counts["published"]) == ("failed", 0)
    assert after.counts["published"] == 20


def test_what_is_fetched_ahead_may_be_missing():
    content = bytes(range(100))

    def read_at(offset, length):
        if offset + length > 60:
            raise BlobDamaged("shorter")
        return content[offset : offset + length]

    reader = ReadAhead(read_at, 100, range(100))
    assert reader(50, 10) == content[50:60]
    with pytest.raises(BlobDamaged):
        reader(55, 10)
