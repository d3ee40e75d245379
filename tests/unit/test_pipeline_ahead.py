"""Jobs under way: begun in order, done in any, finished in order, and never more than there are slots for."""

import asyncio

import pytest

from gateway.pipeline.ahead import FINISH_BYTES, Ahead, Job

pytestmark = pytest.mark.asyncio


async def begun(ahead, count, size=1):
    """Jobs with a future each that says when the job is done."""
    futures = [asyncio.get_running_loop().create_future() for _ in range(count)]
    for number, future in enumerate(futures):
        await ahead.slot()
        ahead.add(Job(number, number + 1, size, asyncio.ensure_future(future)))
    return futures


async def finished(ahead, seconds=5.0):
    jobs = await ahead.ready(seconds)
    ahead.finish(len(jobs))
    return [job.work for job in jobs]


async def test_the_first_job_goes_alone_and_then_what_is_done_in_a_row():
    with Ahead(asyncio.Semaphore(9)) as ahead:
        futures = await begun(ahead, 6)
        for number in (0, 1, 2, 4, 5):
            futures[number].set_result(None)
        assert await finished(ahead) == [0]
        assert await finished(ahead) == [1, 2]
        waiting = asyncio.create_task(finished(ahead))
        await asyncio.sleep(0)
        assert not waiting.done()
        futures[3].set_result(None)
        assert await waiting == [3, 4, 5]
        assert await finished(ahead, 0.01) == []


async def test_what_is_finished_at_once_is_bounded_by_bytes_but_is_never_nothing():
    with Ahead(asyncio.Semaphore(9)) as ahead:
        for future in await begun(ahead, 4, FINISH_BYTES // 2):
            future.set_result(None)
        for future in await begun(ahead, 2, FINISH_BYTES * 2):
            future.set_result(None)
        assert [await finished(ahead) for _ in range(5)] == [[0], [1, 2], [3], [0], [1]]


async def test_a_job_holds_its_slot_until_it_is_finished_or_given_up():
    slots = asyncio.Semaphore(2)
    with Ahead(slots) as ahead:
        futures = await begun(ahead, 2)
        third = asyncio.create_task(ahead.slot())
        futures[0].set_result(None)
        await ahead.ready(5.0)
        assert slots.locked()
        assert not third.done()
        ahead.finish(1)
        await third
        assert slots.locked()
    await asyncio.sleep(0)
    assert futures[1].cancelled()
    with Ahead(slots) as other:
        await asyncio.wait_for(begun(other, 2), 5)


async def test_a_job_that_fails_fails_the_lane_when_its_turn_comes():
    with Ahead(asyncio.Semaphore(2)) as ahead:
        futures = await begun(ahead, 2)
        futures[1].set_exception(ZeroDivisionError())
        futures[0].set_result(None)
        assert await finished(ahead) == [0]
        with pytest.raises(ZeroDivisionError):
            await ahead.ready(5.0)
