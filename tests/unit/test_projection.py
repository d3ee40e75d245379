"""State follows the outcomes: each counts once, however many follow at a time, and a State of a backup catches up."""

import asyncio
import shutil
from pathlib import Path

import pytest

from gateway.config import Config
from gateway.log import SqliteLog
from gateway.pipeline.messages import outcome
from gateway.pipeline.projection import GROUP, Projection
from gateway.seams import NewRecord, TopicPartition
from gateway.state import Arrival, State
from tests.fault.gateway_kill import interchange
from tests.unit.pipeline_world import World

pytestmark = pytest.mark.asyncio
WAIT = 20.0
FILES, PARTS = 12, 40


def arrival(number: int) -> Arrival:
    return Arrival(f"{number:026d}", "river", "claims", f"{number:064d}", 10, "name", "text/plain", "2026-01-01T00:00:00.000Z")


def outcomes(number: int) -> list[bytes]:
    """Of one file, in order: totals grow with every part, and each part has findings and places of its own."""
    found = [outcome("planned", arrival(number), released_by="")]
    for part in range(PARTS):
        counts = {"published": part + 1, "items": part + 1, "no_event_kind": 0, "refused": 0, "dead": 0, "suppressed": 0}
        batches = [[part, part, "claims", 0, part, 1]]
        more = {"counts": counts, "events": part + 1, "worst": "info", "findings": [[part, {"code": "X", "number": part}]], "batches": batches}
        found.append(outcome("part", arrival(number), **more))
    counts = {"published": PARTS, "items": PARTS, "no_event_kind": 0, "refused": 0, "dead": 0, "suppressed": 0}
    return [*found, outcome("done", arrival(number), counts=counts, events=PARTS, worst="info", status="done")]


async def test_several_that_follow_at_once_count_each_outcome_once(tmp_path: Path) -> None:
    """Two that start up while the lanes of a running gateway follow too; the lanes then go on by themselves."""
    world = World(tmp_path)
    await world.start()
    log = world.gateway.log
    try:
        lines = [outcomes(number) for number in range(FILES)]
        states = [State.open(world.config.state_url) for _ in range(2)]
        followers = [Projection(world.config, log, state, asyncio.Event()) for state in states]

        async def write(steps: range) -> None:
            for step in steps:
                await log.append([NewRecord("outcomes", b"%026d" % number, lines[number][step]) for number in range(FILES)])

        async def follow(projection: Projection) -> None:
            while not writing.done():
                await projection.catch_up()

        async with asyncio.timeout(WAIT):
            writing = asyncio.create_task(write(range(PARTS)))
            await asyncio.gather(writing, *map(follow, followers))
            await write(range(PARTS, len(lines[0])))
            await world.gateway.wait_idle()
        for number in range(FILES):
            found = states[0].receipts.get(f"{number:026d}")
            assert (found.status, found.events, found.counts["published"]) == ("done", PARTS, PARTS)
            assert [finding.number for finding in states[0].receipts.findings(found.receipt)] == list(range(PARTS))
        ends = {number: (await log.offsets(TopicPartition("outcomes", number)))[1] for number in range(2)}
        assert states[0].follow.positions("outcomes") == ends
    finally:
        for state in states:
            state.close()
        await world.stop()


@pytest.mark.parametrize("together", [True, False])
async def test_an_outcome_that_the_log_has_twice_takes_nothing_back(tmp_path: Path, together: bool) -> None:
    lines = outcomes(1)
    log, state = await SqliteLog.open(tmp_path / "log.db"), State.open(f"sqlite:///{tmp_path / 'state.db'}")
    config = Config(data_dir=tmp_path)
    await log.create_topics(config.topic_specs())
    projection = Projection(config, log, state, asyncio.Event())
    try:
        for some in [[*lines, *lines[:3]]] if together else [lines, lines[:3]]:
            await log.append([NewRecord("outcomes", b"", line, partition=0) for line in some])
            await projection.catch_up()
        found = state.receipts.get(f"{1:026d}")
        assert (found.status, found.events, found.counts["published"]) == ("done", PARTS, PARTS)
        assert len(state.receipts.findings(found.receipt)) == PARTS
    finally:
        state.close()
        await log.close()


async def test_what_another_has_applied_half_way_is_gone_on_with(tmp_path: Path) -> None:
    log, state = await SqliteLog.open(tmp_path / "log.db"), State.open(f"sqlite:///{tmp_path / 'state.db'}")
    config = Config(data_dir=tmp_path)
    await log.create_topics(config.topic_specs())
    await log.append([NewRecord("outcomes", b"", line, partition=0) for line in outcomes(1)])
    records = await log.read(TopicPartition("outcomes", 0), 0)
    projection, half = Projection(config, log, state, asyncio.Event()), len(records) // 2
    try:
        assert state.follow.apply("outcomes", {0: 0}, {0: half}, [])
        assert await projection._apply(TopicPartition("outcomes", 0), 0, records) == len(records)
        found = state.receipts.get(f"{1:026d}")
        assert found.status == "done"
        assert [finding.number for finding in state.receipts.findings(found.receipt)] == list(range(half - 1, PARTS))
        assert state.follow.positions("outcomes") == {0: len(records)}
    finally:
        state.close()
        await log.close()


async def test_a_state_of_a_backup_catches_up_although_the_group_is_further(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.pipeline.projection.COMMIT_SECONDS", 0.0)
    world = World(tmp_path)
    await world.start()
    first = await world.pass_through(interchange(1, range(20), 5))
    await world.stop()
    shutil.copy(tmp_path / "data" / "state.db", tmp_path / "backup.db")
    await world.start()
    second = await world.pass_through(interchange(2, range(20, 40), 5))
    async with asyncio.timeout(WAIT):
        while not await _group_at_end(world):  # noqa: ASYNC110 (told by looking)
            await asyncio.sleep(0.01)
    await world.stop()
    shutil.copy(tmp_path / "backup.db", tmp_path / "data" / "state.db")
    await world.start()
    try:
        assert [world.gateway.state.receipts.get(each.receipt) for each in (first, second)] == [first, second]
        third = await world.pass_through(interchange(3, range(40, 60), 5))
        assert third.counts["published"] == 20
    finally:
        await world.stop()


async def _group_at_end(world: World) -> bool:
    positions = await world.gateway.log.group_positions(GROUP)
    for number in range(2):
        partition = TopicPartition("outcomes", number)
        first, end = await world.gateway.log.offsets(partition)
        if first < end and (partition not in positions or positions[partition].offset < end):
            return False
    return True
