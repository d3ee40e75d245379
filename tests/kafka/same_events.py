"""The same files through a gateway on the embedded log and through one on brokers, and what each of them then holds."""

import asyncio
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from gateway.config import KafkaSettings, LimitSettings, LogSettings
from gateway.pipeline.events import event_id_of
from gateway.runtime import Gateway
from gateway.seams import TopicPartition
from gateway.sites import Site
from tests.unit.pipeline_world import CHUNK, EVENT_TOPICS, World, chunks

PARTITIONS = 3
WAIT = 120.0


class File(NamedTuple):
    site: str
    feed: str
    content: bytes


class Held(NamedTuple):
    """`events`: everything a record says, by id, with its topic and partition. `order`: ids of a lane that come of one feed, in their order.

    `receipts`: status, counts, events and worst finding of each file, in the order they were sent.
    """

    events: dict[str, tuple[Any, ...]]
    order: dict[tuple[str, bytes, bytes], list[str]]
    receipts: list[tuple[Any, ...]]


async def on_both(folder: Path, servers: tuple[str, ...], files: Sequence[File], sites: dict[str, Site] | None = None, spread: int = 0) -> Held:
    """Asserts that both hold the same, and returns it. Files from `spread` bytes on are shared out to all readers on the brokers."""
    kafka = KafkaSettings(servers=servers, session_seconds=6)
    logs = {
        "embedded": LogSettings(partitions=PARTITIONS),
        "kafka": LogSettings(kind="kafka", prefix=f"{secrets.token_hex(4)}.", partitions=PARTITIONS, spread_bytes=spread, kafka=kafka),
    }
    worlds = [_world(folder / name, log, sites) for name, log in logs.items()]
    worlds[1].clock.now = worlds[0].clock.now
    embedded, brokers = [await _held(world, files) for world in worlds]
    assert brokers.receipts == embedded.receipts
    assert brokers.events.keys() == embedded.events.keys()
    assert [event_id for event_id, event in brokers.events.items() if event != embedded.events[event_id]] == []
    assert brokers.order == embedded.order
    return brokers


def _world(folder: Path, log: LogSettings, sites: dict[str, Site] | None) -> World:
    folder.mkdir()
    world = World(folder, log=log, limits=LimitSettings(chunk_bytes=CHUNK, inline_bytes=2048))
    world.sites = sites or world.sites
    return world


async def _held(world: World, files: Sequence[File]) -> Held:
    gateway = await world.start()
    try:
        async with asyncio.timeout(WAIT):
            await gateway.preparation.done.wait()
            receipts = [(await gateway.intake.accept(file.site, file.feed, chunks(file.content), "name.x12")).receipt for file in files]
            await gateway.wait_final(receipts)
        return await _read(gateway, receipts)
    finally:
        await world.stop()


async def _read(gateway: Gateway, receipts: Sequence[str]) -> Held:
    """Each event has to be there once."""
    found = [gateway.state.receipts.get(receipt) for receipt in receipts]
    held = Held({}, {}, [(one.receipt, one.status, one.counts, one.events, one.worst) for one in found if one is not None])
    for name in EVENT_TOPICS:
        for number in range(gateway.config.partitions(name)):
            partition = TopicPartition(gateway.config.topic(name), number)
            at = (await gateway.log.offsets(partition))[0]
            while records := await gateway.log.read(partition, at):
                for record in records:
                    event_id = event_id_of(record)
                    assert event_id not in held.events
                    held.events[event_id] = (name, number, record.key, record.headers, record.value)
                    held.order.setdefault((name, record.key, dict(record.headers)["ce_source"]), []).append(event_id)
                at = records[-1].offset + 1
    return held
