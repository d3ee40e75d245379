"""A gateway stopped in the middle of its work, carried to another log, goes on there as if it had never been moved."""

import asyncio
import json
import re
import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.api.cursor import ForeignCursorError, decode_cursor, encode_cursor, moved_cursor
from gateway.blobs import DirectoryBlobs
from gateway.cli.main import main
from gateway.config import Config, LogSettings, TopicSettings, prepare_data_dir
from gateway.local import LocalStore
from gateway.log import SqliteLog
from gateway.move import copy as copy_module
from gateway.move import records
from gateway.move.copy import Copied, Copy, CopyRefusedError, opened
from gateway.move.copy import Place as Stores
from gateway.move.offsets import OffsetMap
from gateway.move.plan import Moved, pairs_of
from gateway.pipeline import normaliser, publisher
from gateway.pipeline.carry import Carry
from gateway.pipeline.events import event_id_of
from gateway.pipeline.messages import (
    WORK,
    Place,
    Work,
    chunk_headers,
    intake_headers,
    made_headers,
    made_place,
    outcome,
    read_outcome,
    work_headers,
)
from gateway.pipeline.relocate import relocated_position, relocated_record
from gateway.runtime import Gateway
from gateway.seams import Committed, Headers, Log, LogError, NewRecord, Places, Record, TopicPartition
from gateway.state import Arrival, State
from tests.fault.gateway_kill import interchange
from tests.unit.pipeline_world import EVENT_TOPICS, World, production, remittance
from tests.unit.test_once import RepeatingLog
from tests.unit.v2_world import adt

BIG = interchange(9, range(400), 1000)
FILES: dict[str, tuple[bytes, str]] = {
    "small": (interchange(1, range(3), 10), "claims"),
    "remittance": (remittance(4, 60), "claims"),
    "first": (production(interchange(5, range(5, 8), 10)), "strict"),
    "held": (production(interchange(5, range(8, 11), 10)), "strict"),
    "big": (BIG, "claims"),
    "behind": (interchange(6, range(20, 23), 10), "claims"),
    "other feed": (interchange(7, range(30, 33), 10), "loose"),
}


def world_in(folder: Path, **settings: Any) -> World:
    folder.mkdir(exist_ok=True)
    return World(folder, **settings)


SPREAD = LogSettings(partitions=2, spread_bytes=50_000)


async def send_all(world: World) -> dict[str, str]:
    """Receipts by name."""
    return {name: (await world.send(content, feed)).receipt for name, (content, feed) in FILES.items()}


async def finished(world: World, receipts: dict[str, str]) -> tuple[Counter[str], dict[str, Any]]:
    """Ids, and what receipts say, of a world that has done everything."""
    await world.start()
    await world.gateway.wait_idle()
    said = {name: world.gateway.state.receipts.get(receipt) for name, receipt in receipts.items()}
    shown = {name: (found.status, found.counts, found.events, found.worst) for name, found in said.items() if found is not None}
    ids = await ids_in(world.gateway.log, world.config)
    for event_id in list(ids)[:: max(1, len(ids) // 20)]:
        record = await world.gateway.find_event(event_id)
        assert record is not None
        assert event_id_of(record) == event_id
    await world.stop()
    return ids, shown


async def copied(source: Config, target: Config, force: bool = False) -> Copied:
    async with opened(source) as old, opened(target) as new:
        return await Copy(old, new).run(force)


Reached = Callable[[World, dict[str, str]], Awaitable[bool]]


async def in_big(world: World, receipts: dict[str, str]) -> bool:
    """Some of the big file is published."""
    positions = await world.gateway.log.group_positions(publisher.GROUP)
    texts = [at.metadata for where, at in positions.items() if where.topic == world.config.topic(WORK)]
    return any(Carry.of_text(text).receipt == receipts["big"] for text in texts)


async def cut_in_part(world: World, _receipts: dict[str, str]) -> bool:
    """Some of the big file's units are on `work`."""
    return any(at.metadata for at in (await world.gateway.log.group_positions(normaliser.GROUP)).values())


async def stopped_half_way(world: World, reached: Reached = in_big) -> dict[str, str]:
    """Everything is received; the big file is in work."""
    await world.start()
    receipts = await send_all(world)
    async with asyncio.timeout(30):
        while True:
            if await reached(world, receipts):
                break
            await asyncio.sleep(0.001)
    await world.stop()
    return receipts


@pytest.fixture
def other_offsets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Offsets of the target have gaps, as on Kafka, so that they are not those of the source."""

    async def gappy(config: Config) -> SqliteLog:
        return await SqliteLog.open(config.log_path, gap=3)

    monkeypatch.setattr(copy_module, "open_log", gappy)
    monkeypatch.setattr(records, "CHUNK_RECORDS", 1)


@pytest.mark.asyncio
@pytest.mark.usefixtures("other_offsets")
async def test_a_gateway_goes_on_where_the_source_stopped_and_back_again(tmp_path: Path) -> None:
    still = world_in(tmp_path / "still")
    await still.start()
    wanted = await finished_after_start(still)

    source = world_in(tmp_path / "source")
    receipts = await stopped_half_way(source)
    target = world_in(tmp_path / "target", log=LogSettings(partitions=2, prefix="new."))
    before = await events_in(source.config)
    copy = await copied(source.config, target.config)
    assert await events_in(target.config) == before
    assert sum(tally.records for name, tally in copy.tallies.items() if name in EVENT_TOPICS) == before.total()
    assert 0 < before.total() < wanted[0].total(), "the source was not stopped half-way"
    assert await finished(target, receipts) == wanted

    back = world_in(tmp_path / "back")
    await copied(target.config, back.config)
    assert await finished(back, receipts) == wanted
    assert max(wanted[0].values()) == 1


@pytest.mark.asyncio
@pytest.mark.usefixtures("other_offsets")
async def test_a_file_that_was_cut_in_part_is_cut_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(normaliser, "EMIT_UNITS", 1)
    source, target = world_in(tmp_path / "source"), world_in(tmp_path / "target")
    receipts = await stopped_half_way(source, cut_in_part)
    await copied(source.config, target.config)
    assert await finished(target, receipts) == await finished(source, receipts)


@pytest.mark.asyncio
@pytest.mark.usefixtures("other_offsets")
@pytest.mark.parametrize("prefix", ["", "new."])
async def test_a_file_that_many_were_reading_is_finished(tmp_path: Path, prefix: str) -> None:
    source = world_in(tmp_path / "source", log=SPREAD)
    receipts = await stopped_half_way(source)
    target = world_in(tmp_path / "target", log=SPREAD.model_copy(update={"prefix": prefix}))
    await copied(source.config, target.config)
    assert await finished(target, receipts) == await finished(source, receipts)


async def finished_after_start(world: World) -> tuple[Counter[str], dict[str, Any]]:
    receipts = await send_all(world)
    await world.gateway.wait_idle()
    await world.stop()
    return await finished(world, receipts)


async def events_in(config: Config) -> Counter[str]:
    log = await SqliteLog.open(config.log_path)
    try:
        return await ids_in(log, config)
    finally:
        await log.close()


async def ids_in(log: Log, config: Config) -> Counter[str]:
    found: Counter[str] = Counter()
    for topic in EVENT_TOPICS:
        for number in range(config.partitions(topic)):
            partition, at = TopicPartition(config.topic(topic), number), 0
            while records := await log.read(partition, at):
                found.update(map(event_id_of, records))
                at = records[-1].offset + 1
    return found


# -- what is refused


@pytest.mark.asyncio
async def test_a_running_gateway_keeps_a_copy_from_beginning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copy_module, "QUIET_SECONDS", 0.2)
    source, target = world_in(tmp_path / "source"), world_in(tmp_path / "target")
    await source.start()
    await source.pass_through(FILES["small"][0])
    with pytest.raises(CopyRefusedError, match="a gateway runs on the source"):
        await copied(source.config, target.config)
    await copied(source.config, target.config, force=True)
    await source.stop()


@pytest.mark.asyncio
async def test_only_an_empty_target_of_its_own_is_taken(tmp_path: Path) -> None:
    source, target, other = (world_in(tmp_path / name) for name in ("source", "target", "other"))
    for world, number in ((source, 1), (other, 2)):
        await world.start()
        await world.pass_through(interchange(number, range(3), 10))
        await world.stop()
    with pytest.raises(CopyRefusedError, match="is not empty"):
        await copied(source.config, other.config)
    used = world_in(tmp_path / "used")
    async with opened(used.config) as place:
        place.state.keys.add("id", "name", "ab" * 32, ["events:read"])
    with pytest.raises(CopyRefusedError, match="State of the target is not empty"):
        await copied(source.config, used.config)
    with pytest.raises(CopyRefusedError, match="the same State"):
        await copied(source.config, source.config)
    wide = world_in(tmp_path / "wide", topics={"held": TopicSettings(partitions=3)})
    with pytest.raises(LogError, match=r"as many as the source has: held \(2, not 3\)"):
        await copied(source.config, wide.config)
    await copied(source.config, target.config)
    with pytest.raises(CopyRefusedError, match="finished"):
        await copied(source.config, target.config)
    with pytest.raises(CopyRefusedError, match="copy of another log"):
        await copied(other.config, target.config)


@pytest.mark.asyncio
@pytest.mark.usefixtures("other_offsets")
async def test_what_was_written_to_the_target_meanwhile_is_found(tmp_path: Path) -> None:
    source, target = world_in(tmp_path / "source"), world_in(tmp_path / "target")
    await source.start()
    for name in ("small", "remittance", "behind"):
        await source.send(FILES[name][0])
    await source.gateway.wait_idle()
    [lane] = {record.partition for record in await source.records("intake")}
    await source.stop()
    async with opened(source.config) as old, opened(target.config) as new:
        meddling: list[asyncio.Task[Places]] = []

        def progress(what: str, done: int, total: int) -> None:
            if what == "records copied" and not meddling:
                meddling.append(asyncio.create_task(new.log.append([NewRecord("intake", b"key", b"value", (), lane)])))

        with pytest.raises(LogError, match=rf"intake/{lane}: the copy differs from offset [12] on"):
            await Copy(old, new, progress).run()
        await meddling[0]


@pytest.mark.asyncio
async def test_what_was_written_to_the_source_meanwhile_is_found_and_copied_by_the_next_run(tmp_path: Path) -> None:
    source, target = world_in(tmp_path / "source"), world_in(tmp_path / "target")
    await source.start()
    await source.pass_through(FILES["small"][0])
    await source.stop()
    writing: list[asyncio.Task[Places]] = []
    async with opened(source.config) as old, opened(target.config) as new:

        def progress(what: str, done: int, total: int) -> None:
            if what == "stored files" and not writing:
                writing.append(asyncio.create_task(old.log.append([NewRecord("claims", b"key", b"{}", (("ce_id", b"late"),), 1)])))

        with pytest.raises(LogError, match="claims/1 of the source was written to while it was copied"):
            await Copy(old, new, progress).run()
        await Copy(old, new, progress).run()
        assert (await ids_in(new.log, target.config))["late"] == 1


@pytest.mark.asyncio
async def test_files_that_wait_for_the_brokers_are_not_left_behind(tmp_path: Path) -> None:
    source, target = world_in(tmp_path / "source"), world_in(tmp_path / "target")
    prepare_data_dir(source.config.data_dir)
    store = await LocalStore.open(source.config.local_path, 1 << 20)
    arrival = Arrival("a" * 26, "river", "claims", "ab" * 32, 0, "name", "type", "2026-01-01T00:00:00.000Z")
    await store.log.append([NewRecord("waiting", b"feed", b"", intake_headers(arrival, True))])
    await store.close()
    with pytest.raises(CopyRefusedError, match="1 files wait on this node"):
        await copied(source.config, target.config)


# -- what stays good


@pytest.mark.asyncio
async def test_cursors_of_the_old_log_read_on(tmp_path: Path) -> None:
    """Also by way of a third log, and under another prefix."""
    source, middle, target = (world_in(tmp_path / name, log=LogSettings(partitions=2, prefix=name)) for name in ("a", "b", "c"))
    source.config = source.config.model_copy(update={"log": LogSettings(partitions=2)})
    await source.start()
    await source.pass_through(FILES["remittance"][0])
    log = source.gateway.log
    lanes = [TopicPartition(topic, number) for topic in EVENT_TOPICS for number in range(2)]
    whole = {lane: [event_id_of(record) for record in await log.read(lane, 0, 1000)] for lane in lanes}
    offsets = {lane: [record.offset for record in await log.read(lane, 0, 1000)] for lane in lanes if whole[lane]}
    cursors = {
        count: encode_cursor(log.log_id, {lane: kept[min(count, len(kept)) - 1] + 1 for lane, kept in offsets.items()}) for count in (1, 5, 1000)
    }
    await source.stop()
    await copied(source.config, middle.config)
    await copied(middle.config, target.config)
    async with opened(target.config) as new:
        here = [TopicPartition(f"c{lane.topic}", lane.partition) for lane in lanes]
        for count, cursor in cursors.items():
            with pytest.raises(ForeignCursorError):
                decode_cursor(cursor, new.log.log_id, here)
            positions = moved_cursor(cursor, new.log.log_id, here, new.state.offsets.translate)
            assert positions.keys() == {lane for lane, old in zip(here, lanes, strict=True) if whole[old]}
            for lane, at in positions.items():
                found = [event_id_of(record) for record in await new.log.read(lane, at, 1000)]
                assert found == whole[TopicPartition(lane.topic[1:], lane.partition)][count:]
        unknown = encode_cursor("0123456789abcdef", dict.fromkeys(lanes, 0))
        with pytest.raises(ForeignCursorError):
            moved_cursor(unknown, new.log.log_id, here, new.state.offsets.translate)


@pytest.mark.asyncio
async def test_keys_receipts_and_duplicates_are_known(tmp_path: Path) -> None:
    source, target = world_in(tmp_path / "source"), world_in(tmp_path / "target")
    await source.start()
    done = await source.pass_through(FILES["remittance"][0])
    key = source.gateway.state.keys.add("id", "name", "ab" * 32, ["events:read"])
    await source.stop()
    with closing(sqlite3.connect(source.config.data_dir / "state.db")) as connection:  # as if the source had worked long ago
        connection.execute("UPDATE event_batch SET at = at - 5000000000")
        connection.commit()
    await copied(source.config, target.config)
    await target.start()
    assert target.gateway.state.keys.get("id") == key
    assert target.gateway.state.receipts.get(done.receipt) == done
    again = await target.send(FILES["remittance"][0])
    await target.gateway.wait_idle()
    assert again.duplicate
    assert max((await target.ids()).values()) == 1
    for event_id in await target.ids():
        assert await target.gateway.find_event(event_id) is not None
    assert target.gateway.blobs.read(done.sha256) == FILES["remittance"][0]
    await target.stop()


@pytest.mark.asyncio
async def test_events_that_stand_twice_on_a_log_that_may_repeat_stand_once_on_one_that_does_not(tmp_path: Path) -> None:
    source, target = world_in(tmp_path / "source"), world_in(tmp_path / "target")
    await source.start()
    done = await source.pass_through(FILES["remittance"][0])
    await source.stop()
    log = await RepeatingLog.open(source.config.log_path)
    for topic in EVENT_TOPICS:
        for number in range(2):
            records = await log.read(TopicPartition(topic, number), 0, 1000)
            await log.append([NewRecord(topic, record.key, record.value, record.headers, number) for record in records])
    state = State.open(source.config.state_url)
    async with opened(target.config) as new:
        await Copy(Stores(source.config, log, state, DirectoryBlobs(source.config.blobs_path)), new).run()
        ids = await ids_in(new.log, target.config)
        assert ids.total() == len(ids) == done.events
        assert (await ids_in(log, source.config)).total() == 2 * done.events
    state.close()
    await log.close()


def test_records_that_name_places_name_the_new_ones() -> None:
    source, target = Config(), Config(log=LogSettings(prefix="new."))
    known = {spec.name: spec for spec in source.topic_specs()}
    pairs = [pair for stage in pairs_of(source, target, known) for pair in stage]
    moved = Moved("old", "new", "intake", pairs)
    for pair in pairs:
        offsets = moved.maps[pair] = OffsetMap(10, 0)
        for at in range(5):
            offsets.add(10 + at, 2 * at)
        offsets.close(15, 10)
    arrival = Arrival("a" * 26, "river", "claims", "ab" * 32, 0, "name", "type", "2026-01-01T00:00:00.000Z")
    row = [7, 9, "claims", 1, 12, 2]
    value, _ = relocated_record("outcomes", _record("outcomes", outcome("part", arrival, batches=[row])), moved)
    assert read_outcome(value) == ("part", arrival, {"batches": [[7, 9, "new.claims", 1, 4, 2]]})
    work = Work(arrival, b"{}", Place("old", 13, 4), True, 1, b"[]", b"unit", spread=True)
    for name, headers in (("work", work_headers(work)), ("made", made_headers(work)), ("chunks", chunk_headers(work, 3))):
        value, headers = relocated_record(name, _record(name, b"value", headers), moved)
        assert made_place(_record(name, b"", headers)) == Place("new", 6, 4)
        assert value == (b"" if name == "made" else b"value")
    gone = work._replace(place=Place("old", 8, 4)), work._replace(place=Place("old", 9, 0))
    first, second = (made_place(_record("work", b"", relocated_record("work", _record("work", b"", work_headers(one)), moved)[1])) for one in gone)
    assert first < second < Place("new", 0, 0)
    at = Committed(15, Carry("a" * 26, place=Place("old", 14, 2)).to_text())
    there = relocated_position("publish", TopicPartition("work", 3), at, moved)
    assert (there.offset, Carry.of_text(there.metadata).place) == (10, Place("new", 8, 2))
    cut = relocated_position("normalise", TopicPartition("intake", 3), Committed(13, '{"offset": 13, "emitted": 5}'), moved)
    assert (cut.offset, json.loads(cut.metadata)) == (6, {"offset": 6, "emitted": 5})
    assert relocated_position("projection", TopicPartition("outcomes", 3), Committed(11), moved) == Committed(2)


def _record(topic: str, value: bytes, headers: Headers = ()) -> Record:
    return Record(topic, 3, 0, 0, b"", value, headers)


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 3)), max_size=30), st.integers(0, 5), st.integers(0, 3))
def test_an_offset_map_knows_every_record_and_keeps_the_order(steps: list[tuple[int, int]], start: int, gap: int) -> None:
    offsets = OffsetMap(start, 0)
    old, new = start + gap, gap // 2
    known: dict[int, int] = {}
    for old_step, new_step in steps:
        known[old] = new
        offsets.add(old, new)
        old, new = old + old_step, new + new_step
    offsets.close(old, new)
    for offset in range(old + 1):
        assert offsets.exact(offset) == known.get(offset)
        assert offsets.following(offset) == min((there for here, there in known.items() if here >= offset), default=new)
    ordered = [offsets.ordered(offset) for offset in [*range(start), *known]]
    assert ordered == sorted(set(ordered))
    runs = list(offsets.runs())
    assert runs[0].old == start
    assert {run.old + step: run.new + step for run in runs for step in range(run.records)} == known


def test_the_command_copies_and_says_what(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("source", "target"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "clearplane.toml").write_text("[log]\npartitions = 2\n")
    paths = [str(tmp_path / name / "clearplane.toml") for name in ("source", "target")]
    command = ["log", "copy", "--config", paths[0], "--to", paths[1]]
    with pytest.raises(SystemExit) as wrong:
        main(command[:-2])
    assert wrong.value.code == 64
    assert main(command) == 64
    assert "no data in" in capsys.readouterr().err

    async def received() -> None:
        world = world_in(tmp_path / "source")
        await world.start()
        await world.pass_through(FILES["small"][0])
        await world.stop()

    asyncio.run(received())
    assert main(command) == 0
    said = capsys.readouterr().out
    assert re.search(r"records of claims.test +3 +\d+", said)
    assert re.search(r"stored files +2 ", said)
    assert "Both sides are equal" in said
    assert main(command) == 64
    assert "this copy is finished" in capsys.readouterr().err
    with closing(sqlite3.connect(tmp_path / "target" / "data" / "state.db")) as connection:
        assert connection.execute("SELECT count(*) FROM audit WHERE action = 'log.copy'").fetchone() == (1,)


@pytest.mark.asyncio
@pytest.mark.usefixtures("other_offsets")
async def test_messages_are_where_their_packs_are_and_those_unread_are_read_there(tmp_path: Path) -> None:
    bodies = [adt(number, number % 3) for number in range(12)]
    source = world_in(tmp_path / "source")
    await source.start()
    receipts = {str(n): (await source.gateway.intake.accept_message("river", "claims", body)).receipt for n, body in enumerate(bodies[:8])}
    await source.gateway.wait_idle()
    await source.stop()
    async with Gateway(source.config, source.sites, source.clock, roles={"intake"}) as taking:
        for number, body in enumerate(bodies[8:], 8):
            receipts[str(number)] = (await taking.intake.accept_message("river", "claims", body)).receipt
    target = world_in(tmp_path / "target", log=LogSettings(partitions=2, prefix="new."))
    await copied(source.config, target.config)
    ids, shown = await finished(target, receipts)
    assert len(shown) == ids.total() == len(bodies)
    assert {status for status, *_ in shown.values()} == {"done"}
    await target.start()
    try:
        for name, receipt in receipts.items():
            found = target.gateway.state.receipts.get(receipt)
            blob, offset = found.kept
            assert target.gateway.blobs.read(blob, offset, found.size) == bodies[int(name)]
    finally:
        await target.stop()
