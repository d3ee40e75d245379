"""Stored bytes that are not what was received: dead with a finding, and they hold nobody up, on both sides of the Blobs seam."""

import asyncio
import hashlib
from contextlib import nullcontext

import pytest

from gateway.blobs.compared import Compared
from gateway.blobs.read_ahead import ReadAhead
from gateway.config import BlobSettings, Config
from gateway.explain import explain_stored
from gateway.pipeline.events import event_id_of
from gateway.pipeline.formats import HL7V2_TYPE
from gateway.seams import BlobDamaged
from tests.contract.blob_sides import BucketSide
from tests.fault.gateway_kill import interchange
from tests.unit.pipeline_world import World, remittance
from tests.unit.v2_world import adt, batch


@pytest.fixture(params=["directory", "bucket"])
def kept(request, tmp_path):
    """(settings of the blob store, how to overwrite a blob)."""
    if request.param == "bucket":
        side = BucketSide(request.getfixturevalue("s3"), tmp_path)
        return BlobSettings(s3=side.settings), side.overwrite
    blobs = Config(data_dir=tmp_path / "data").blobs_path
    return BlobSettings(), lambda sha256, data: (blobs / sha256[:2] / sha256).write_bytes(data)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("content", "rest"),
    [
        (interchange(1, range(8), 4), 2500), (remittance(1, 150), 12_000), (batch([adt(number) for number in range(20)]), 2500),
        (batch([adt(number) for number in range(100)]), 12_000),
    ],
    ids=["small", "of many chunks", "small, HL7 v2", "of many units, HL7 v2"],
)  # fmt: skip
@pytest.mark.parametrize("damage", ["cut", "flipped"])
async def test_a_file_that_is_not_the_one_received_is_dead_and_the_next_one_is_read(kept, tmp_path, content, rest, damage):
    """`flipped`: another letter in a name, where no format can see it."""
    settings, overwrite = kept
    at = content.rindex(b"SAMPLE", 0, rest)
    damaged = content[:rest] if damage == "cut" else content[:at] + b"X" + content[at + 1 :]
    world = World(tmp_path, blobs=settings)
    gateway = await world.start()
    append = gateway.log.append

    async def damaging(records):
        """After the file was kept, before anybody reads it."""
        headers = dict(records[0].headers)
        if (sha256 := headers.get("sha256", b"").decode()) and not records[0].value:
            overwrite(sha256, damaged)
        return await append(records)

    gateway.log.append = damaging
    receipt = await world.pass_through(content)
    gateway.log.append = append
    found, *_ = gateway.state.receipts.findings(receipt.receipt)
    after = await world.pass_through(remittance(2, 20))
    assert not any(health.failures for health in gateway.health())
    await world.stop()
    assert (found.line["code"], found.line["outcome"], found.line["location"]["offset"]) == ("READ_FAILED", "dead", 0)
    assert (receipt.status, receipt.counts["published"]) == ("failed", 0)
    assert after.counts["published"] == 20


@pytest.mark.asyncio
@pytest.mark.parametrize("damage", ["flipped", "gone"])
async def test_a_message_whose_bytes_are_not_the_ones_received_is_dead_and_its_neighbours_are_read(kept, tmp_path, damage):
    """Messages that came one by one stand in a blob of many."""
    settings, overwrite = kept
    world = World(tmp_path, blobs=settings)
    gateway = await world.start()
    put, bodies = gateway.blobs.put, [adt(number, text="WHOLE") for number in range(3)]

    def damaging(data):
        sha256 = put(data)
        if data.startswith(b"MSH"):
            gateway.blobs.put = put
            at = data.rindex(b"WHOLE")
            overwrite(sha256, data[:at] if damage == "gone" else data[:at] + b"WHILE" + data[at + 5 :])
        return sha256

    gateway.blobs.put = damaging
    await asyncio.gather(*(gateway.intake.accept_message("river", "claims", body, content_type=HL7V2_TYPE) for body in bodies))
    await gateway.wait_idle()
    receipts = gateway.state.receipts.page()
    dead = [receipt for receipt in receipts if receipt.counts["dead"]]
    [finding] = [found for receipt in receipts for found in gateway.state.receipts.findings(receipt.receipt)]
    assert not any(health.failures for health in gateway.health())
    await world.stop()
    assert [(receipt.status, receipt.counts["published"], receipt.counts["dead"]) for receipt in dead] == [("failed", 0, 1)]
    assert sum(receipt.counts["published"] for receipt in receipts) == 2
    assert (finding.line["code"], finding.line["outcome"], finding.line["item"]) == ("READ_FAILED", "dead", "0.MSH")


@pytest.mark.asyncio
async def test_bytes_that_are_not_the_ones_received_explain_nothing(kept, tmp_path):
    settings, overwrite = kept
    world = World(tmp_path, blobs=settings)
    gateway = await world.start()
    content = interchange(1, range(8), 4)
    receipt = await world.pass_through(content)
    event = next(record for record in await world.records("claims.test") if event_id_of(record).endswith("claim.submitted"))
    assert explain_stored(gateway.state, gateway.blobs, event)["fields"]
    overwrite(receipt.sha256, content[:-1] + b"!")
    with pytest.raises(BlobDamaged):
        explain_stored(gateway.state, gateway.blobs, event)
    await world.stop()


@pytest.mark.parametrize("ranges", [[], [(0, 40), (40, 60)], [(0, 40), (10, 10), (30, 30), (90, 20), (60, 40)], [(50, 50)]])
def test_a_file_is_compared_however_it_is_read(ranges):
    content, seen = bytes(range(100)), []

    def read_at(offset, length):
        seen.append(offset)
        return content[offset : offset + length]

    for wanted, is_same in ((content, True), (content[:-1] + b"!", False)):
        reader = Compared(read_at, 100)
        assert [reader(offset, length) for offset, length in ranges] == [content[offset : offset + length] for offset, length in ranges]
        before = len(seen)
        with nullcontext() if is_same else pytest.raises(BlobDamaged):
            reader.check(hashlib.sha256(wanted).hexdigest())
        assert (len(seen) == before) == (sum(length for _, length in ranges) >= 100)


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
