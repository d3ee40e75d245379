"""HL7 v2 through the pipeline: messages in bundles, files in units; duplicates, control ids, packs, and what is left after faults."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import orjson
import pytest
import pytest_asyncio

from gateway.config import BlobSettings, LogSettings, TopicSettings
from gateway.explain import explain_stored
from gateway.pipeline import bundle, formats
from gateway.pipeline.bundle import Kept, Member
from gateway.pipeline.events import attributes_of, event_id_of
from gateway.pipeline.formats import FRAGMENT_TYPE
from gateway.pipeline.intake import Accepted
from gateway.pipeline.messages import work_of
from gateway.pipeline.relocate import relocated_record
from gateway.pipeline.services import settings_of
from gateway.runtime import Gateway
from gateway.seams import TopicPartition
from gateway.sites import Feed
from gateway.state import Receipt
from parsers.formats import format_at
from tests.conftest import reader_of
from tests.fault.gateway_kill import interchange
from tests.unit.pipeline_world import World
from tests.unit.v2_world import adt, batch, expected

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = World(tmp_path)
    await made.start()
    yield made
    await made.stop()


async def take(world: World, *bodies: bytes, feed: str = "claims", kind: str = formats.HL7V2_TYPE) -> list[Accepted]:
    """At once, as many connections would."""
    return await asyncio.gather(*(world.gateway.intake.accept_message("river", feed, body, content_type=kind) for body in bodies))


async def passed(world: World, *bodies: bytes, feed: str = "claims", kind: str = formats.HL7V2_TYPE) -> list[Receipt]:
    accepted = await take(world, *bodies, feed=feed, kind=kind)
    await world.gateway.wait_idle()
    return [world.gateway.state.receipts.get(each.receipt) for each in accepted]


def codes(gateway: Gateway, receipt: Receipt) -> list[str]:
    return [found.line["code"] for found in gateway.state.receipts.findings(receipt.receipt)]


async def test_messages_that_come_together_give_what_convert_gives_for_each_and_share_one_pack(world):
    bodies = [adt(number, number % 5) for number in range(40)]
    receipts = await passed(world, *bodies)
    ids = [each for body, receipt in zip(bodies, receipts, strict=True) for each in expected(body, receipt.sha256, world.sites["river"], "claims")]
    assert sorted((await world.ids()).elements()) == sorted(ids)
    assert {receipt.status for receipt in receipts} == {"done"}
    assert all(receipt.counts["published"] == receipt.counts["items"] == 1 for receipt in receipts)
    packs = {receipt.blob for receipt in receipts}
    assert len(packs) < len(bodies) / 4
    for body, receipt in zip(bodies, receipts, strict=True):
        blob, offset = receipt.kept
        assert world.gateway.blobs.read(blob, offset, receipt.size) == body
    assert world.gateway.metrics.registry.get_sample_value("clearplane_files_total", {"site": "river", "feed": "claims", "outcome": "read"}) == 40


async def test_the_order_of_a_patient_is_that_of_its_messages(world):
    bodies = [adt(number, number % 3) for number in range(60)]
    for body in bodies:
        await take(world, body)
    await world.gateway.wait_idle()
    seen: dict[str, list[int]] = {}
    for record in await world.records():
        seen.setdefault(attributes_of(record)["subject"], []).append(int(orjson.loads(record.value)["message"]["control_id"][1:]))
    assert sorted(map(len, seen.values())) == [20, 20, 20]
    assert all(numbers == sorted(numbers) for numbers in seen.values())


@pytest.mark.parametrize("count", [1, 8, 12, 300])
async def test_files_of_messages_however_large_give_what_convert_gives(world, count):
    """In the record, in a blob of its own, and cut into units."""
    content = batch([adt(number) for number in range(count)]) if count > 1 else adt(0)
    receipt = await world.pass_through(content)
    assert (receipt.status, receipt.counts["items"], receipt.counts["published"]) == ("done", count, count)
    assert sorted((await world.ids()).elements()) == sorted(expected(content, receipt.sha256, world.sites["river"], "claims"))


@pytest.mark.parametrize("before", [600, 2000])
async def test_text_before_the_first_message_hides_it_neither_from_the_pipeline_nor_from_convert(world, before):
    content = b"A line of text that some programs write first.\r\n".rjust(before, b".") + adt(1)
    settings = settings_of(world.config, world.sites["river"], Feed(id="claims", kind=formats.AUTO))
    assert (formats.settled(settings, "", reader_of(content)).kind, format_at(reader_of(content))) == ("hl7v2", "hl7v2")
    receipt = await world.pass_through(content)
    assert receipt.counts["published"] == 1
    assert sorted((await world.ids()).elements()) == expected(content, receipt.sha256, world.sites["river"], "claims")


async def test_x12_and_messages_on_one_feed_each_go_their_way(world):
    await take(world, adt(1))
    first = await world.send(interchange(1, range(3), 10))
    await take(world, adt(2))
    await world.gateway.wait_idle()
    assert world.gateway.state.receipts.get(first.receipt).counts["published"] == 3
    assert len(await world.ids()) == 5


async def test_the_same_bytes_again_give_no_second_event_however_they_come(world):
    [first] = await passed(world, adt(1))
    before = await world.ids()
    [again] = await passed(world, adt(1))
    uploaded = await world.send(adt(1))
    await world.gateway.wait_idle()
    assert again == first
    assert (uploaded.receipt, uploaded.duplicate) == (first.receipt, True)
    assert await world.ids() == before
    together = await take(world, adt(2), adt(2), adt(2))
    await world.gateway.wait_idle()
    assert len({each.receipt for each in together}) == 1
    assert len(await world.ids()) == len(before) + 1


async def test_a_control_id_with_other_content_is_said_and_still_an_event(world):
    await passed(world, adt(1, control="SAME"))
    [other] = await passed(world, adt(2, control="SAME"))
    assert (codes(world.gateway, other), other.counts["published"]) == (["V2_CONTROL_ID_REUSED"], 1)
    [line] = [found.line for found in world.gateway.state.receipts.findings(other.receipt)]
    assert (line["item"], line["location"]["element"]) == ("0.MSH", 10)
    [elsewhere] = await passed(world, adt(3, control="SAME").replace(b"|REG|", b"|LAB|"))
    assert codes(world.gateway, elsewhere) == []
    [ignored] = await passed(world, adt(4, control="SAME"), feed="loose")
    assert codes(world.gateway, ignored) == []


async def test_a_control_id_counts_for_the_days_of_the_site(world):
    await passed(world, adt(1, control="SAME"))
    world.clock.now += timedelta(days=8)
    [later] = await passed(world, adt(2, control="SAME"))
    assert codes(world.gateway, later) == []
    world.clock.now += timedelta(days=6)
    [soon] = await passed(world, adt(3, control="SAME"))
    assert codes(world.gateway, soon) == ["V2_CONTROL_ID_REUSED"]


async def test_control_ids_within_a_file_are_told_apart_by_their_message(world):
    receipt = await world.pass_through(batch([adt(1, control="ONE"), adt(2, control="TWO"), adt(3, control="ONE"), adt(1, control="ONE")]))
    found = [line.line for line in world.gateway.state.receipts.findings(receipt.receipt) if line.line["code"] == "V2_CONTROL_ID_REUSED"]
    assert len(found) == 1
    assert receipt.counts["published"] == 4


async def test_a_feed_may_hold_messages_whose_control_id_is_reused(world):
    await passed(world, adt(1, control="SAME"), feed="strict")
    [held] = await passed(world, adt(2, control="SAME"), feed="strict")
    assert held.status == "held"
    assert len(await world.ids()) == 1
    await world.gateway.hold.release(held.receipt, "somebody")
    await world.gateway.wait_idle()
    assert world.gateway.state.receipts.get(held.receipt).status == "done"
    assert len(await world.ids()) == 2


async def test_bytes_that_are_no_message_are_kept_and_dead(world):
    [fragment] = await passed(world, adt(1)[:50], kind=FRAGMENT_TYPE)
    [nothing] = await passed(world, b"hello", kind=formats.HL7V2_TYPE)
    assert (fragment.status, codes(world.gateway, fragment)) == ("failed", ["V2_FRAGMENT"])
    assert (nothing.status, codes(world.gateway, nothing)) == ("failed", ["V2_NO_MESSAGE"])
    assert await world.ids() == {}
    blob, offset = fragment.kept
    assert world.gateway.blobs.read(blob, offset, fragment.size) == adt(1)[:50]


async def test_a_message_too_large_for_its_record_goes_to_a_blob_of_its_own(world):
    body = adt(1, text="X" * 3000)
    [receipt] = await passed(world, body)
    assert (receipt.status, receipt.blob) == ("done", None)
    assert world.gateway.blobs.read(receipt.sha256) == body


async def test_a_field_is_explained_from_the_pack(world):
    bodies = [adt(number, number) for number in range(9)]
    await passed(world, *bodies)
    for record in await world.records():
        found = explain_stored(world.gateway.state, world.gateway.blobs, record, "/patient/identifiers/0/value")
        [trace] = found["fields"]
        [body] = [body for body in bodies if b"|%s|" % orjson.loads(record.value)["message"]["control_id"].encode() in body]
        assert body[trace["start"] : trace["end"]].decode() == trace["value"] == trace["text"]


async def test_what_was_taken_before_a_stop_is_read_after_the_start(world):
    await world.stop()
    taking = Gateway(world.config, world.sites, world.clock, roles={"intake"})
    async with taking:
        accepted = await asyncio.gather(*(taking.intake.accept_message("river", "claims", adt(number)) for number in range(5)))
    await world.start()
    await world.gateway.wait_idle()
    assert len(await world.ids()) == 5
    assert {world.gateway.state.receipts.get(each.receipt).status for each in accepted} == {"done"}


# -- retention


async def test_a_pack_goes_after_the_events_of_its_messages(world):
    receipts = await passed(world, *(adt(number) for number in range(4)))
    packs = {receipt.blob for receipt in receipts}
    world.clock.now += timedelta(days=729)
    await world.gateway.log.prune(round(world.clock.now.timestamp() * 1000))
    assert (await world.gateway.prune()).blobs == 0
    assert all(world.gateway.blobs.exists(pack) for pack in packs)
    world.clock.now += timedelta(days=2)
    pruned = await world.gateway.prune()
    assert (pruned.blobs, pruned.swept) == (len(packs), 0)
    assert not any(world.gateway.blobs.exists(pack) for pack in packs)


async def test_a_pack_lives_as_long_as_its_events(tmp_path):
    world = World(tmp_path, topics={"patients.test": TopicSettings(retention_days=0)}, blobs=BlobSettings(retention_days=10))
    await world.start()
    try:
        [receipt] = await passed(world, adt(1))
        world.clock.now += timedelta(days=1000)
        assert (await world.gateway.prune()).blobs == 0
        assert world.gateway.blobs.exists(receipt.blob)
    finally:
        await world.stop()


async def test_nothing_goes_while_messages_wait_unread_that_retention_has_reached(world):
    """Their bytes are in their records alone, or in a pack that State has not heard of."""
    await world.stop()
    async with Gateway(world.config, world.sites, world.clock, roles={"intake"}) as taking:
        await taking.intake.accept_message("river", "claims", adt(1))
        pack = taking.blobs.put(b"packed for work that nobody has read")
        world.clock.now += timedelta(days=400)
        pruned = await taking.prune()
        assert (pruned.records, pruned.swept) == ({}, 0)
        assert taking.blobs.exists(pack)
    await world.start()
    await world.gateway.wait_idle()
    assert len(await world.ids()) == 1
    assert (await world.gateway.prune()).swept == 1


# -- bundles


async def members_of_work(world: World) -> list[Member]:
    return [member for record in await world.records("work") for member in bundle.members_of(work_of(record).unit)]


async def test_a_bundle_is_read_back_and_writes_its_settings_once(world):
    await passed(world, *(adt(number) for number in range(30)))
    records = await world.records("work")
    assert len(records) < 10
    for record in records:
        work = work_of(record)
        assert work.bundle
        members = bundle.members_of(work.unit)
        assert bundle.members_of(bundle.bundle_of([*members])) == members
        assert len(orjson.loads(work.unit)["settings"]) == 1


async def test_a_pack_that_is_gone_makes_its_messages_dead_and_no_others(world):
    await passed(world, adt(1), adt(2))
    [*members] = await members_of_work(world)
    gone = members[0]._replace(kept=Kept("0" * 64, 0))
    cut = members[0]._replace(kept=Kept(members[0].kept.blob, 10_000))
    found = list(bundle.bodies(world.gateway.blobs, [gone, members[1], cut]))
    assert [isinstance(body, bytes) for _, body in found] == [False, True, False]
    assert [found[0][1].code, found[0][1].outcome] == ["READ_FAILED", "dead"]


async def test_outcomes_of_a_bundle_name_their_new_places_on_another_log(world):
    await passed(world, adt(1), adt(2))
    [record] = [record for record in await world.records("outcomes") if b'"bundle"' in record.value][:1]

    class Moved:
        from_log, to_log = "old", "new"

        def topic(self, topic: str) -> str:
            return f"new.{topic}"

        def following(self, partition: TopicPartition, offset: int) -> int:
            return offset + 100

        def intake(self, partition: int, offset: int) -> int:
            return offset

    value, _ = relocated_record("outcomes", record, Moved())
    before, after = orjson.loads(record.value)["files"], orjson.loads(value)["files"]
    for old, new in zip(before, after, strict=True):
        [[first, last, topic, partition, offset, records]] = old["batches"]
        assert new["batches"] == [[first, last, f"new.{topic}", partition, offset + 100, records]]
        assert {**new, "batches": None} == {**old, "batches": None}


async def test_events_are_found_by_their_id(world):
    await passed(world, *(adt(number) for number in range(6)))
    for event in await world.ids():
        record = await world.gateway.find_event(event)
        assert event_id_of(record) == event


async def test_a_message_that_came_in_another_file_is_said_and_still_an_event(world):
    """A batch may be sent for what a listener has not acknowledged in time; who wants one of each asks by control id."""
    [alone] = await passed(world, adt(1))
    receipt = await world.pass_through(batch([adt(1), adt(2)]))
    assert codes(world.gateway, alone) == []
    found = [line.line for line in world.gateway.state.receipts.findings(receipt.receipt) if line.line["code"] == "V2_DUPLICATE"]
    assert [line["item"] for line in found] == [f"{batch([adt(1), adt(2)]).index(b'MSH')}.MSH"]
    assert receipt.counts["published"] == 2


async def test_a_large_file_is_read_the_same_by_the_workers_of_all_machines(tmp_path):
    content = batch([adt(number) for number in range(200)])
    world = World(tmp_path, log=LogSettings(partitions=2, spread_bytes=1))
    await world.start()
    try:
        receipt = await world.pass_through(content)
        assert receipt.counts["published"] == 200
        assert sorted((await world.ids()).elements()) == sorted(expected(content, receipt.sha256, world.sites["river"], "claims"))
    finally:
        await world.stop()


async def test_keys_of_messages_are_forgotten_when_no_site_asks_for_them_any_more(world):
    await passed(world, adt(1), adt(2))
    ledger = world.gateway.state.ledger
    assert ledger.forget("MSH", "2000-01-01") == 0
    world.clock.now += timedelta(days=8)
    await world.gateway.prune()
    assert ledger.forget("MSH", "9999-01-01") == 0
