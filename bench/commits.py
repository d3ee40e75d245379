"""What every contender for transactions on Kafka runs in its process: the commit of a lane, as the gateway's pipeline asks for it.

A commit is one transaction of events, one more record that says where they stand, and the read position of the lane. Prints one JSON line:
`{"events", "wall", "cpu", "p50", "p99", "peak_mb"}`, times in seconds, p50 and p99 of a commit.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from statistics import quantiles
from typing import NamedTuple, Protocol

from bench.events import claim_events
from bench.worker import peak_mb
from gateway.seams import NewRecord

WARM_UPS = 20
PARTITIONS = 6


class Job(NamedTuple):
    """`lanes` lanes at the same time, `transactions` in each, one after the other, of `size` events. `source`: the topic they read."""

    servers: str
    source: str
    target: str
    group: str
    lanes: int
    size: int
    transactions: int


class Side(Protocol):
    async def commit(self, lane: int, offset: int, events: Sequence[NewRecord]) -> None: ...

    async def close(self) -> None: ...


def places(where: Sequence[tuple[int, int]]) -> bytes:
    """The value of the last record of a transaction: (partition, offset) of the others."""
    return json.dumps(where).encode()


async def measure(opened: Callable[[Job], Awaitable[Side]], job: Job) -> dict[str, float]:
    events = claim_events(job.target, PARTITIONS)
    side = await opened(job)
    try:
        await asyncio.gather(*(_lane(side, job, events, lane, 0, WARM_UPS) for lane in range(job.lanes)))
        wall, cpu = time.perf_counter(), time.process_time()
        runs = await asyncio.gather(*(_lane(side, job, events, lane, WARM_UPS, job.transactions) for lane in range(job.lanes)))
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    finally:
        await side.close()
    taken = [seconds for run in runs for seconds in run]
    cuts = quantiles(taken, n=100)
    return {"events": len(taken) * job.size, "wall": wall, "cpu": cpu, "p50": cuts[49], "p99": cuts[98], "peak_mb": peak_mb()}


async def _lane(side: Side, job: Job, events: Sequence[NewRecord], lane: int, first: int, count: int) -> list[float]:
    """Seconds of each commit."""
    taken = []
    for step in range(first, first + count):
        start = (step * job.lanes + lane) * job.size
        some = [events[number % len(events)] for number in range(start, start + job.size)]
        began = time.perf_counter()
        await side.commit(lane, step + 1, some)
        taken.append(time.perf_counter() - began)
    return taken


def main(opened: Callable[[Job], Awaitable[Side]]) -> None:
    job = Job(**json.loads(sys.argv[1]))
    print(json.dumps(asyncio.run(measure(opened, job))))
