"""How often a group looks: a busy one takes several records at once, each soon, in order, none twice."""

import asyncio
import sys
from contextlib import suppress

import pytest

from gateway.log import SqliteLog
from gateway.pipeline.garbage import NEW_OBJECTS
from gateway.pipeline.lanes import LONGEST_PACE_SECONDS, PACE_SECONDS, run_lanes
from gateway.seams import NewRecord, TopicSpec

pytestmark = pytest.mark.asyncio
RECORDS = 40


async def test_records_that_come_one_by_one_are_taken_several_at_once(tmp_path):
    log = await SqliteLog.open(tmp_path / "log.db")
    await log.create_topics([TopicSpec("a", 1)])
    rounds, values, done = [], [], asyncio.Event()
    clock = asyncio.get_running_loop().time

    async def work(lane):
        while True:
            values.append(int((await lane.take()).value))
            rounds.append(clock())
            while lane.peek() is not None:
                values.append(int((await lane.take()).value))
            if len(values) == RECORDS:
                done.set()

    task = asyncio.create_task(run_lanes(log, "g", ["a"], work))
    for number in range(RECORDS):
        await log.append([NewRecord("a", b"", b"%d" % number)])
    await asyncio.wait_for(done.wait(), 10)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    await log.close()
    assert values == list(range(RECORDS))
    assert len(rounds) <= (rounds[-1] - rounds[0]) / PACE_SECONDS + 2
    assert PACE_SECONDS <= LONGEST_PACE_SECONDS < 0.1


async def test_what_a_start_made_is_not_looked_through_for_garbage_again():
    """In a process of its own: it is for ever."""
    code = "import gc; from gateway.pipeline.garbage import settle; settle(); print(gc.get_freeze_count() > 1000, gc.get_threshold()[0])"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    said, _ = await process.communicate()
    assert said.decode().split() == ["True", str(NEW_OBJECTS)]
