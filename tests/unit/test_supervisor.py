"""What is told of a task that fails again and again, and of one that got over it."""

import asyncio

import pytest

from gateway.metrics import Metrics
from gateway.pipeline import supervisor
from gateway.pipeline.supervisor import GIVEN_UP, Supervisor

pytestmark = pytest.mark.asyncio


async def test_a_task_that_fails_for_good_is_broken_also_while_it_tries_and_no_more_once_it_has_run_for_long(monkeypatch):
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.001)
    begun: asyncio.Queue[int] = asyncio.Queue()
    going_on = asyncio.Event()

    async def work() -> None:
        begun.put_nowait(1)
        if begun.qsize() <= GIVEN_UP:
            raise ValueError("a fault of ours")
        going_on.set()
        await asyncio.Event().wait()

    watched = Supervisor("work", work, Metrics())
    task = asyncio.create_task(watched.run())
    try:
        async with asyncio.timeout(5):
            await going_on.wait()
            trying = watched.health()
            assert (trying.running, trying.broken, trying.failures) == (True, True, GIVEN_UP)
            assert trying.error.startswith("ValueError at test_supervisor.py")
            monkeypatch.setattr(supervisor, "CALM_SECONDS", 0.0)
            assert not watched.health().broken
    finally:
        task.cancel()
        await asyncio.wait([task])
