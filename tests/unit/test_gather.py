"""Many callers, one write."""

import asyncio

import pytest

from gateway.pipeline.gather import Gather

pytestmark = pytest.mark.asyncio


class Writes:
    """Every write waits until it is let go."""

    def __init__(self) -> None:
        self.seen: list[list[int]] = []
        self.free = asyncio.Semaphore(0)

    async def write(self, pieces) -> None:
        self.seen.append(list(pieces))
        await self.free.acquire()
        if 13 in pieces:
            raise OSError("no room")


async def begun(gather: Gather[int], *numbers: int) -> list[asyncio.Task[None]]:
    tasks = [asyncio.create_task(gather.add(number, 10)) for number in numbers]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks


async def test_what_comes_during_a_write_goes_with_the_next_in_order_and_in_bounds():
    writes = Writes()
    gather = Gather(writes.write, 30)
    tasks = [*await begun(gather, 1), *await begun(gather, 2, 3, 4, 5)]
    assert writes.seen == [[1]]
    for _ in range(3):
        writes.free.release()
    async with asyncio.timeout(5):
        await asyncio.gather(*tasks)
    assert writes.seen == [[1], [2, 3, 4], [5]]
    [after] = await begun(gather, 6)
    writes.free.release()
    await after
    assert writes.seen[-1] == [6]


async def test_a_failure_is_told_to_all_of_its_write_and_to_no_others():
    writes = Writes()
    gather = Gather(writes.write, 20)
    tasks = [*await begun(gather, 1), *await begun(gather, 12, 13, 14)]
    for _ in range(3):
        writes.free.release()
    told = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(each) for each in told] == [type(None), OSError, OSError, type(None)]


async def test_one_that_is_cancelled_takes_nobody_with_it():
    writes = Writes()
    gather = Gather(writes.write, 100)
    first, second, third = [*await begun(gather, 1), *await begun(gather, 2, 3)]
    second.cancel()
    writes.free.release()
    writes.free.release()
    await asyncio.gather(first, third)
    assert writes.seen == [[1], [2, 3]]
    assert second.cancelled()


async def test_after_many_the_next_write_is_of_as_many_again_and_of_fewer_when_no_more_come():
    writes = Writes()
    gather = Gather(writes.write, 1000)
    first = await begun(gather, 1)
    tasks = [*first, *await begun(gather, 2, 3, 4, 5)]
    writes.free.release()
    await first[0]
    tasks += await begun(gather, 6)
    writes.free.release()
    async with asyncio.timeout(5):
        await asyncio.gather(*tasks[:5])
        tasks += await begun(gather, 7)
        assert writes.seen == [[1], [2, 3, 4, 5]]
        tasks += await begun(gather, 8, 9)
        assert writes.seen[2:] == [[6, 7, 8, 9]]
        tasks += await begun(gather, 10)
        for _ in range(2):
            writes.free.release()
        await asyncio.gather(*tasks)
    assert writes.seen[3:] == [[10]]
