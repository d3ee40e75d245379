"""From received bytes to committed events, on a real gateway with its own worker processes."""

import asyncio
import json
import os
from collections import Counter
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from gateway.config import BlobSettings, TopicSettings
from gateway.pipeline.events import attributes_of, event_id_of, event_json
from gateway.pipeline.hold import NotHeldError
from gateway.pipeline.intake import TooLargeError, UnknownFeedError
from gateway.pipeline.messages import feed_key, intake_headers
from gateway.seams import BlobError, LogError, NewRecord
from gateway.sites import Site
from gateway.state import Arrival
from parsers.x12.convert import Event, Origin, Settings, Summary, convert
from schemas.envelope import Finding, claim_key
from tests.fault.gateway_kill import interchange
from tests.unit.pipeline_world import FILES, World, claim_offsets, production, remittance

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def world(tmp_path):
    world = World(tmp_path)
    await world.start()
    yield world
    await world.stop()


def converted(content: bytes, receipt, settings: Settings, site: Site):
    """(events by id, findings, summary) as `clearplane convert` gives them."""
    origin = Origin(receipt.site, receipt.feed, receipt.sha256, zone=ZoneInfo(site.zone), usage=site.usage or "")
    outputs = list(convert(lambda at, n: content[at : at + n], len(content), origin, settings))
    events = {output.attributes["id"]: output for output in outputs if isinstance(output, Event)}
    return events, [output for output in outputs if isinstance(output, Finding)], next(o for o in outputs if isinstance(o, Summary))


@pytest.mark.parametrize("name", FILES)
async def test_the_gateway_publishes_what_convert_says(world, name):
    content = FILES[name]
    receipt = await world.pass_through(content)
    site = world.sites["river"]
    events, findings, summary = converted(content, receipt, Settings(), site)
    records = {event_id_of(record): record for record in await world.records()}
    assert records.keys() == events.keys()
    for event_id, event in events.items():
        record = records[event_id]
        attributes = attributes_of(record)
        assert attributes.pop("recordedtime") == receipt.received_at
        assert attributes == event.attributes
        assert json.loads(record.value) == json.loads(event.data)
        assert record.topic == event.topic + ".test"
        assert record.key.decode() == event.attributes["partitionkey"]
    said = [found.line for found in world.gateway.state.receipts.findings(receipt.receipt, limit=10_000)]
    assert Counter(map(json.dumps, said)) == Counter(json.dumps(finding.to_json()) for finding in findings)
    assert receipt.counts == {**summary.counts._asdict(), "items": summary.items, "suppressed": 0}
    assert receipt.counts["items"] == len(claim_offsets(b"~" + content))
    assert receipt.events == summary.events
    assert receipt.status == ("done" if summary.readable or summary.items else "failed")


async def test_events_of_production_and_of_a_site_that_says_test(world):
    await world.pass_through(production(interchange(1, range(2), 10)))
    await world.pass_through(production(interchange(2, range(2, 4), 10)), site="lake")
    topics = {(attributes_of(record)["source"].split("/")[2], record.topic, attributes_of(record)["usage"]) for record in await world.records()}
    assert topics == {("river", "claims", "production"), ("lake", "claims.test", "test")}


async def test_an_event_is_one_line_of_cloudevents_json(world):
    receipt = await world.pass_through(interchange(1, range(1), 1))
    [record] = await world.records()
    event = json.loads(event_json(record))
    assert event["specversion"] == "1.0"
    assert event["subject"] == claim_key("river", "K00000000")
    assert event["data"]["patient_control_number"] == "K00000000"
    assert event["id"].startswith(receipt.receipt)
    assert event["datacontenttype"] == "application/json"


async def test_an_exact_resend_gets_the_same_receipt_and_publishes_nothing(world):
    content = interchange(1, range(3), 10)
    first = await world.send(content)
    again = await asyncio.gather(*(world.send(content) for _ in range(5)))
    await world.gateway.wait_idle()
    assert [accepted.duplicate for accepted in (first, *again)] == [False] + [True] * 5
    assert {accepted.receipt for accepted in again} == {first.receipt}
    assert len(await world.records("intake")) == 1
    assert set((await world.ids()).values()) == {1}


async def test_the_same_bytes_at_the_same_moment_are_committed_once(world):
    content = interchange(1, range(3), 10)
    accepted = await asyncio.gather(*(world.send(content) for _ in range(8)))
    assert sorted(one.duplicate for one in accepted) == [False] + [True] * 7
    assert len(await world.records("intake")) == 1


async def test_the_same_bytes_on_another_feed_are_another_receipt(world):
    content = interchange(1, range(3), 10)
    first, second = await world.send(content), await world.send(content, "loose")
    await world.gateway.wait_idle()
    assert not second.duplicate
    assert first.receipt != second.receipt
    assert len(await world.ids()) == 6


async def test_a_file_that_is_on_the_log_twice_is_published_once(world):
    content = interchange(1, range(3), 10)
    accepted = await world.send(content)
    [record] = await world.records("intake")
    await world.gateway.log.append([NewRecord("intake", record.key, record.value, record.headers)] * 2)
    await world.gateway.wait_idle()
    assert set((await world.ids()).values()) == {1}
    kinds = Counter(json.loads(r.value)["kind"] for r in await world.records("outcomes") if r.key == accepted.receipt.encode())
    assert (kinds["done"], kinds["duplicate"]) == (1, 2)


# -- control numbers


async def test_a_reused_control_number_of_production_is_held(world):
    await world.pass_through(production(interchange(1, range(2), 10)))
    second = await world.pass_through(production(interchange(1, range(2, 4), 10)))
    assert second.status == "held"
    assert len(await world.ids()) == 2
    [held] = await world.gateway.hold.held()
    assert (held.receipt, held.reason, held.status) == (second.receipt, "ISA_REUSED", "held")
    [record] = await world.records("held")
    assert record.key.decode() == second.receipt
    [found] = world.gateway.state.receipts.findings(second.receipt)
    assert found.line["code"] == "ISA_REUSED"


async def test_of_test_traffic_it_is_reported(world):
    await world.pass_through(interchange(1, range(2), 10))
    second = await world.pass_through(interchange(1, range(2, 4), 10))
    assert second.status == "done"
    assert len(await world.ids()) == 4
    codes = [found.line["code"] for found in world.gateway.state.receipts.findings(second.receipt)]
    assert codes == ["ISA_REUSED"]


async def test_a_site_that_says_test_overrides_production(world):
    await world.pass_through(production(interchange(1, range(2), 10)), site="lake")
    assert (await world.pass_through(production(interchange(1, range(2, 4), 10)), site="lake")).status == "done"


@pytest.mark.parametrize(("feed", "status", "codes"), [("strict", "held", ["ISA_REUSED"]), ("loose", "done", [])])
async def test_a_feed_may_say_otherwise(world, feed, status, codes):
    await world.pass_through(interchange(1, range(2), 10))
    second = await world.pass_through(interchange(1, range(2, 4), 10), feed)
    assert second.status == status
    assert [found.line["code"] for found in world.gateway.state.receipts.findings(second.receipt)] == codes


async def test_a_large_file_is_held_as_a_whole(world):
    await world.pass_through(production(interchange(1, range(2), 10)))
    second = await world.pass_through(production(interchange(1, range(2, 300), 10)))
    assert second.status == "held"
    assert len(await world.ids()) == 2


@pytest.mark.parametrize("claims", [3, 200])
async def test_a_held_file_is_released_once(world, claims):
    await world.pass_through(production(interchange(1, range(2), 10)))
    held = await world.pass_through(production(interchange(1, range(10, 10 + claims), 50)))
    await world.gateway.hold.release(held.receipt, "anna")
    await world.gateway.wait_idle()
    receipt = world.gateway.state.receipts.get(held.receipt)
    assert (receipt.status, receipt.counts["published"]) == ("done", claims)
    ids = await world.ids()
    assert len(ids) == 2 + claims
    assert set(ids.values()) == {1}
    row = world.gateway.state.held.get(held.receipt)
    assert (row.status, row.by) == ("released", "anna")
    with pytest.raises(NotHeldError):
        await world.gateway.hold.release(held.receipt, "ben")
    assert [(entry.actor, entry.action, entry.target) for entry in world.gateway.state.audit.page()] == [("anna", "held.release", held.receipt)]


async def test_two_releases_on_the_log_publish_once(world):
    """As after a kill between the log and State."""
    await world.pass_through(production(interchange(1, range(2), 10)))
    held = await world.pass_through(production(interchange(1, range(10, 13), 50)))
    arrival = Arrival(**{name: getattr(held, name) for name in Arrival._fields})
    record = NewRecord("intake", feed_key("river", "claims"), b"", intake_headers(arrival, False, "anna"))
    await world.gateway.log.append([record, record])
    await world.gateway.wait_idle()
    assert set((await world.ids()).values()) == {1}
    assert world.gateway.state.held.get(held.receipt).status == "released"


async def test_a_dropped_file_is_never_published(world):
    await world.pass_through(production(interchange(1, range(2), 10)))
    held = await world.pass_through(production(interchange(1, range(10, 13), 50)))
    await world.gateway.hold.drop(held.receipt, "anna")
    await world.gateway.wait_idle()
    assert world.gateway.state.receipts.get(held.receipt).status == "dropped"
    assert len(await world.ids()) == 2
    with pytest.raises(NotHeldError):
        await world.gateway.hold.release(held.receipt, "ben")
    assert (await world.send(production(interchange(1, range(10, 13), 50)))).duplicate


# -- intake that refuses


async def test_what_cannot_be_kept_is_not_acknowledged(world):
    with pytest.raises(UnknownFeedError):
        await world.send(b"x", "none")
    with pytest.raises(UnknownFeedError):
        await world.send(b"x", site="none")
    with pytest.raises(TooLargeError):
        await world.send(b"x" * ((1 << 20) + 1))
    assert await world.records("intake") == []
    assert list(world.gateway.blobs.list()) == []
    assert list((world.config.blobs_path / "incoming").iterdir()) == []


async def test_a_sender_that_breaks_off_leaves_nothing(world):
    async def broken():
        yield b"x" * 300_000
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await world.gateway.intake.accept("river", "claims", broken(), "name")
    assert list((world.config.blobs_path / "incoming").iterdir()) == []


async def test_without_a_blob_store_nothing_is_acknowledged(world):
    incoming = world.config.blobs_path / "incoming"
    incoming.rename(incoming.with_name("away"))
    with pytest.raises(BlobError):
        await world.send(interchange(1, range(1), 1))
    assert await world.records("intake") == []
    incoming.with_name("away").rename(incoming)
    assert not (await world.send(interchange(1, range(1), 1))).duplicate


async def test_without_a_log_nothing_is_acknowledged(world):
    await world.gateway.log.close()
    with pytest.raises(LogError):
        await world.send(interchange(1, range(1), 1))
    assert world.gateway.state.receipts.page() == []


async def test_a_site_that_refuses_sets_for_a_finding(world):
    world.sites["river"] = world.sites["river"].model_copy(update={"findings": {"NPI_CHECK_DIGIT": "reject_set", "SE_COUNT": "ignore"}})
    await world.stop()
    await world.start()
    content = interchange(1, range(120), 40)
    second = content.index(b"ST*837*0002")
    content = content[:second] + content[second:].replace(b"XX*1234567893", b"XX*1234567890", 1)
    receipt = await world.pass_through(content)
    assert (receipt.counts["published"], receipt.counts["refused"]) == (80, 40)
    codes = Counter(found.line["code"] for found in world.gateway.state.receipts.findings(receipt.receipt, limit=1000))
    assert (codes["SET_REFUSED"], codes["ITEM_IN_REFUSED_SET"]) == (1, 40)


# -- looking up and letting go


async def test_every_event_is_found_by_its_id(world):
    await world.pass_through(interchange(1, range(150), 40))
    await world.pass_through(remittance(2, 100))
    for record in await world.records():
        assert await world.gateway.find_event(event_id_of(record)) == record
    assert await world.gateway.find_event(f"{'a' * 26}.1.claim.submitted") is None
    some = event_id_of((await world.records())[0])
    assert await world.gateway.find_event(some + ".other") is None
    with pytest.raises(ValueError, match="not an event id"):
        await world.gateway.find_event("short.2.claim.submitted")


async def test_programs_of_events_are_kept_as_blobs(world):
    await world.pass_through(interchange(1, range(2), 40))
    record = (await world.records())[0]
    program = json.loads(record.value)["provenance"]["map"]
    assert json.loads(world.gateway.blobs.read(program))["guide"] == "837P"
    assert world.gateway.state.follow.programs() == {program: "837P"}


async def test_raw_bytes_stay_as_long_as_an_event_of_theirs(tmp_path):
    world = World(tmp_path, topics={"claims.test": TopicSettings(retention_days=0)}, blobs=BlobSettings(retention_days=10))
    await world.start()
    published = await world.pass_through(interchange(1, range(30), 1000))
    refused = await world.pass_through(FILES["a set refused whole, of many chunks"])
    world.clock.now += timedelta(days=1000)
    pruned = await world.gateway.prune()
    assert pruned.blobs == 1
    assert world.gateway.blobs.exists(published.sha256)
    assert not world.gateway.blobs.exists(refused.sha256)
    await world.stop()


async def test_blobs_go_after_their_events_and_programs_never(world):
    receipt = await world.pass_through(interchange(1, range(3), 10))
    [program] = world.gateway.state.follow.programs()
    orphan = world.gateway.blobs.put(b"no receipt names these bytes")
    world.clock.now += timedelta(days=729)
    await world.gateway.log.prune(round(world.clock.now.timestamp() * 1000))
    assert (await world.gateway.prune()).blobs == 0
    world.clock.now += timedelta(days=2)
    pruned = await world.gateway.prune()
    assert (pruned.blobs, pruned.swept) == (1, 0)
    assert not world.gateway.blobs.exists(receipt.sha256)
    assert not world.gateway.blobs.exists(orphan)
    assert world.gateway.blobs.exists(program)
    assert (await world.send(interchange(1, range(3), 10))).duplicate


async def test_an_orphan_older_than_state_is_reported_and_kept(world):
    orphan = world.gateway.blobs.put(b"no receipt names these bytes")
    path = world.config.blobs_path / orphan[:2] / orphan
    os.utime(path, (1_000_000_000, 1_000_000_000))
    pruned = await world.gateway.prune()
    assert (pruned.orphans, pruned.swept) == (1, 0)
    assert world.gateway.blobs.exists(orphan)


async def test_health_and_metrics_name_no_patient(world):
    await world.pass_through(interchange(1, range(5), 10))
    health = {task.name: task for task in world.gateway.health()}
    assert health.keys() >= {"normalise", "publish", "projection", "retention"}
    assert not any(task.broken or task.failures for task in health.values())
    registry = world.gateway.metrics.registry
    assert registry.get_sample_value("clearplane_items_total", {"site": "river", "feed": "claims", "outcome": "published"}) == 5
    assert registry.get_sample_value("clearplane_events_total", {"site": "river", "feed": "claims", "topic": "claims.test"}) == 5
