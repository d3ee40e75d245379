"""Consumer groups of both logs: whether anybody is in them, and their read positions."""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing

from gateway.config import RETENTION_DAYS, Config
from gateway.local import LocalStore
from gateway.pipeline import normaliser, projection, publisher, reader
from gateway.pipeline.messages import ANSWER, CHUNKS, DELIVER, INTAKE, LINK, MADE, OUTBOUND, OUTCOMES, WORK
from gateway.pipeline.services import EVENT_TOPICS
from gateway.routes import stage as routes
from gateway.seams import Committed, Consumer, Log, LogError, TopicPartition, TopicSpec

READS = {
    normaliser.GROUP: (INTAKE,), publisher.GROUP: (WORK, MADE), reader.GROUP: (CHUNKS,), projection.GROUP: (OUTCOMES,), ANSWER: (OUTCOMES,),
    DELIVER: (OUTBOUND,), LINK: EVENT_TOPICS, routes.GROUP: (routes.TOPIC,),
}  # fmt: skip
"""What each group of a gateway reads."""
GROUPS = tuple(READS)
JOIN_SECONDS = 30.0
POLL_SECONDS = 0.2


async def live_groups(config: Config, groups: Sequence[str] = GROUPS) -> list[str]:
    """Those of the groups that have members: a gateway runs, or was killed a moment ago."""
    if config.log.kind == "embedded":
        return await asyncio.to_thread(_live_embedded, config, groups)
    from gateway.log.kafka.admin import admin_of

    async with admin_of(config.log.kafka) as admin:
        live = await admin.live_groups(config.log.prefix + group for group in groups)
    return [group.removeprefix(config.log.prefix) for group in live]


def _live_embedded(config: Config, groups: Sequence[str]) -> list[str]:
    if not config.log_path.exists():
        return []
    with closing(sqlite3.connect(f"{config.log_path.as_uri()}?mode=ro", uri=True)) as connection:
        rows = connection.execute("SELECT DISTINCT team FROM member WHERE lease > ?", (round(time.time() * 1000),)).fetchall()
    return sorted({group for (group,) in rows} & set(groups))


async def waiting_files(config: Config) -> int:
    """Files that only this node has, for the brokers."""
    if not (config.local_path / "log.db").exists():
        return 0
    store = await LocalStore.open(config.local_path, config.log.local_bytes)
    try:
        return store.files
    finally:
        await store.close()


async def member_of(log: Log, group: str, partitions: Iterable[TopicPartition]) -> Consumer:
    """The only member of a group. Raises LogError when others keep some of the partitions."""
    wanted = frozenset(partitions)
    consumer = await log.consumer(group, sorted({partition.topic for partition in wanted}))
    try:
        deadline = asyncio.get_running_loop().time() + JOIN_SECONDS
        while not wanted <= consumer.assignment:
            if asyncio.get_running_loop().time() > deadline:
                raise LogError(f"another member is in the group {group}; stop whatever runs there")
            await consumer.poll(1, POLL_SECONDS, wanted)
    except BaseException:
        await consumer.close()
        raise
    return consumer


async def end_transactions(config: Config, log: Log, known: Mapping[str, TopicSpec]) -> None:
    """What a killed gateway had begun on brokers is ended, so that everything committed can be read. Raises LogError when something stays open."""
    if config.log.kind == "embedded":
        return
    for group, names in READS.items():
        lanes = [lane for name in names if config.topic(name) in known for lane in lanes_of(known[config.topic(name)])]
        if lanes:  # whoever takes a lane over ends what its owner of before had begun
            await (await member_of(log, group, lanes)).close()
    from gateway.log.kafka.admin import written_ends

    partitions = [lane for name in RETENTION_DAYS if config.topic(name) in known for lane in lanes_of(known[config.topic(name)])]
    until = asyncio.get_running_loop().time() + config.log.kafka.transaction_seconds + JOIN_SECONDS
    while still_open := [lane for lane, end in (await written_ends(config.log.kafka, partitions)).items() if (await log.offsets(lane))[1] < end]:
        if asyncio.get_running_loop().time() > until:
            raise LogError(f"a transaction stays open on {still_open[0].topic}/{still_open[0].partition} of the source; see who writes to it")
        await asyncio.sleep(POLL_SECONDS)


def lanes_of(spec: TopicSpec) -> list[TopicPartition]:
    return [TopicPartition(spec.name, number) for number in range(spec.partitions)]


async def carry_positions(
    source: Log, target: Log, group: str, renamed: Callable[[TopicPartition], TopicPartition], moved: Callable[[TopicPartition, Committed], Committed]
) -> int:
    """Commit a group's positions on the target; how many there are."""
    found = {renamed(partition): moved(partition, position) for partition, position in (await source.group_positions(group)).items()}
    if not found:
        return 0
    consumer = await member_of(target, group, found)
    try:
        for number in sorted({partition.partition for partition in found}):
            await consumer.commit({partition: position for partition, position in found.items() if partition.partition == number})
    finally:
        await consumer.close()
    return len(found)
