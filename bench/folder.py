"""Files in watched folders -> events committed to the log: how long it takes, what it costs, what is in memory at the end."""

import asyncio
import hashlib
import shutil
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import NamedTuple

from bench.generate import Input, file
from bench.plane import FEEDS, SITE, Plane, by_process
from bench.stock import event_id, read_committed
from gateway.pipeline.events import event_id_of
from gateway.runtime import FINAL
from gateway.seams import TopicPartition
from gateway.state import Receipt
from gateway.stores import open_log, open_state
from schemas.envelope import receipt_id

POLL_SECONDS, LOOK_SECONDS = 0.01, 1.0
TOPIC = "claims.test"
WARM_UP_MEGABYTES = 0.5


class Passed(NamedTuple):
    """`wall` from the moment the files are there until State knows the last one as done; `cpu` of the gateway, `beside` of the servers it uses.

    `memory`: MB by process, at a quarter of that time and at its end.
    """

    claims: int
    wall: float
    cpu: float
    beside: float
    memory: dict[str, tuple[list[float], list[float]]]


def through(plane: Plane, files: Sequence[Input]) -> Passed:
    """The files over the feeds in turn, after one small file on each. Raises RuntimeError when an event is missing or there twice."""
    warm = file("837p", WARM_UP_MEGABYTES, "many")
    wanted = warm.claims * FEEDS + sum(one.claims for one in files)
    _pass(plane, [warm] * FEEDS, "warm")
    passed = _pass(plane, files, "file")
    ids = event_ids(plane)
    if len(ids) != wanted or len(set(ids)) != wanted:
        raise RuntimeError(f"{len(ids)} events, {len(set(ids))} different ones, of {wanted} claims")
    return passed


def _pass(plane: Plane, files: Sequence[Input], name: str) -> Passed:
    staged = plane.folder / "staged"
    staged.mkdir(exist_ok=True)
    named = [(number % FEEDS, f"{name}-{number}.x12", one) for number, one in enumerate(files)]
    for _, own, one in named:
        shutil.copyfile(one.path, staged / own)
    receipts = [receipt_id(SITE, f"feed-{feed}", _sha256(one.path)) for feed, _, one in named]
    (cpu, beside), began = plane.cpu(), time.perf_counter()
    for feed, own, _ in named:
        (staged / own).replace(plane.inbox(feed) / own)
    samples = _watch(plane, receipts)
    wall, after = time.perf_counter() - began, plane.cpu()
    last = by_process(plane.used())
    early = samples[len(samples) // 4] if samples else last
    return Passed(
        sum(one.claims for one in files), wall, after[0] - cpu, after[1] - beside, {process: (early[process], last[process]) for process in last}
    )


def _watch(plane: Plane, receipts: Sequence[str]) -> list[dict[str, list[float]]]:
    """Returns when all are done; memory by process, once a second. Raises RuntimeError for a file that ends as something else."""
    samples, next_look = [], time.monotonic() + LOOK_SECONDS
    state = open_state(plane.config)
    try:
        for receipt in receipts:
            while not _done(state.receipts.get(receipt)):
                time.sleep(POLL_SECONDS)
                if time.monotonic() >= next_look:
                    samples.append(by_process(plane.used()))
                    next_look += LOOK_SECONDS
    finally:
        state.close()
    return samples


def _done(receipt: Receipt | None) -> bool:
    if receipt is not None and receipt.status in FINAL - {"done"}:
        raise RuntimeError(f"a file is {receipt.status}")
    return receipt is not None and receipt.status == "done"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def event_ids(plane: Plane) -> list[str]:
    """Of all claims on the log."""
    config = plane.config
    if plane.setup.log == "kafka":
        return [event_id(message) for message in read_committed(plane.broker, config.topic(TOPIC), config.partitions(TOPIC))]

    async def ids() -> list[str]:
        return [found async for found in _embedded(plane)]

    return asyncio.run(ids())


async def _embedded(plane: Plane) -> AsyncIterator[str]:
    config = plane.config
    log = await open_log(config)
    try:
        for number in range(config.partitions(TOPIC)):
            at = 0
            while records := await log.read(TopicPartition(config.topic(TOPIC), number), at, 5000):
                for record in records:
                    yield event_id_of(record)
                at = records[-1].offset + 1
    finally:
        await log.close()
