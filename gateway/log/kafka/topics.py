"""Topics as the configuration wants them: made, checked, and their retention taken over. No other setting of a topic is ever changed."""

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gateway.config import KafkaSettings
from gateway.log.kafka.batches import topic_bytes
from gateway.log.kafka.errors import RETRYABLE, TOPIC_EXISTS, name_of, refusal
from gateway.log.kafka.link import BACKOFF_SECONDS, Link
from gateway.log.kafka.wire import SET, TOPIC_RESOURCE, CreateTopicsRequest, DescribeConfigsRequest, IncrementalAlterConfigsRequest, MetadataRequest
from gateway.seams import LogError, TopicPartition, TopicSpec

TOPIC_NAME = re.compile(r"[A-Za-z0-9._-]{1,249}")
BROKER_DEFAULT = -1
FOR_EVER = -1
AGE, SIZE = "retention.ms", "retention.bytes"


def check_name(spec: TopicSpec) -> None:
    """Raises LogError for a name or number that Kafka would not take."""
    if not TOPIC_NAME.fullmatch(spec.name) or spec.name in {".", ".."} or spec.partitions < 1:
        raise LogError(f"no valid topic: {spec.name!r} with {spec.partitions} partitions")


async def create(link: Link, settings: KafkaSettings, specs: Sequence[TopicSpec]) -> None:
    """Nothing is made or changed when one of them exists with another number of partitions. Callers bound the time."""
    for spec in specs:
        check_name(spec)
    await _check_partitions(link, specs)
    known = (await link.client()).cluster.topics()
    missing = [spec for spec in specs if spec.name not in known]
    if missing:
        await _create(link, settings, missing)
        await _wait_for_leaders(link, missing)
        await _check_partitions(link, missing)
    await _take_over_retention(link, [spec for spec in specs if spec.name in known])


async def existing(link: Link, prefix: str) -> dict[str, TopicSpec]:
    """Topics whose names begin with the prefix, with their retention."""
    await link.refresh()
    cluster = (await link.client()).cluster
    names = sorted(name for name in cluster.topics() if name.startswith(prefix))
    kept = await _retention(link, names)
    return {name: TopicSpec(name, len(cluster.partitions_for_topic(name)), *kept[name]) for name in names if name in kept}


async def cluster_id(link: Link) -> str:
    answer = await link.send_any(MetadataRequest([]), "asking for the cluster's id")
    found = getattr(answer, "cluster_id", None)
    if not found:
        raise LogError("the brokers do not tell their cluster's id")
    return str(found)


async def _check_partitions(link: Link, specs: Sequence[TopicSpec]) -> None:
    await link.refresh()
    cluster = (await link.client()).cluster
    for spec in specs:
        known = cluster.partitions_for_topic(spec.name)
        if known is not None and len(known) != spec.partitions:
            raise LogError(f"topic {spec.name} exists with {len(known)} partitions, not {spec.partitions}")


def _settings_of(settings: KafkaSettings, spec: TopicSpec) -> dict[str, str]:
    """What a new topic is made with. With append time the brokers' clocks decide, so that retention and search by time agree for all writers."""
    wanted = {
        "cleanup.policy": "delete",
        "compression.type": "uncompressed" if settings.compression == "none" else settings.compression,
        "max.message.bytes": str(topic_bytes(settings)),
        "message.timestamp.type": "LogAppendTime",
        AGE: _stored(spec.retention_ms),
        SIZE: _stored(spec.retention_bytes),
    }
    if settings.replication >= 2:
        wanted["min.insync.replicas"] = str(settings.replication - 1)
    return wanted


async def _create(link: Link, settings: KafkaSettings, specs: Sequence[TopicSpec]) -> None:
    replication = settings.replication or BROKER_DEFAULT
    rows: list[tuple[Any, ...]] = [(spec.name, spec.partitions, replication, [], list(_settings_of(settings, spec).items())) for spec in specs]
    left = rows
    while left:
        request = CreateTopicsRequest(left, round(settings.request_seconds * 1000), False)
        answer = await link.send_any(request, "making topics")
        again = []
        for name, code, message in answer.topic_errors:
            if code in RETRYABLE:
                link.trouble = name_of(code)
                again.append(name)
            elif code not in (0, TOPIC_EXISTS):
                raise LogError(f"{refusal(code, f'making topic {name}')}{f': {message}' if message else ''}")
        left = [row for row in left if row[0] in again]
        if left:
            await asyncio.sleep(BACKOFF_SECONDS)


async def _wait_for_leaders(link: Link, specs: Sequence[TopicSpec]) -> None:
    """A broker may learn of a new topic a moment after it was made."""
    while True:
        await link.refresh()
        cluster = (await link.client()).cluster
        if all(
            cluster.leader_for_partition(TopicPartition(spec.name, number)) not in (None, -1) for spec in specs for number in range(spec.partitions)
        ):
            return
        await asyncio.sleep(BACKOFF_SECONDS)


async def _take_over_retention(link: Link, specs: Sequence[TopicSpec]) -> None:
    """Raises LogError when the user may not see or change it."""
    if not specs:
        return
    kept = await _retention(link, [spec.name for spec in specs])
    changes = [spec for spec in specs if kept.get(spec.name) != (spec.retention_ms, spec.retention_bytes)]
    if not changes:
        return
    rows = [(TOPIC_RESOURCE, spec.name, [(AGE, SET, _stored(spec.retention_ms)), (SIZE, SET, _stored(spec.retention_bytes))]) for spec in changes]
    answer = await link.send_any(IncrementalAlterConfigsRequest(rows), "changing the retention of topics")
    for code, message, _, name in answer.responses:
        if code:
            raise LogError(f"{refusal(code, f'changing the retention of topic {name}')}{f': {message}' if message else ''}")


async def _retention(link: Link, names: Iterable[str]) -> dict[str, tuple[int | None, int | None]]:
    """Age (ms) and size (bytes) per topic; None is for ever."""
    resources = [(TOPIC_RESOURCE, name, [AGE, SIZE]) for name in names]
    if not resources:
        return {}
    answer = await link.send_any(DescribeConfigsRequest(resources, False), "asking for the retention of topics")
    found = {}
    for code, _, _, name, entries in answer.resources:
        if code == 3:
            continue  # deleted in between
        if code:
            raise refusal(code, f"asking for the retention of topic {name}")
        values = {entry[0]: entry[1] for entry in entries}
        found[name] = _kept(values, AGE), _kept(values, SIZE)
    return found


def _kept(values: Mapping[str, Any], name: str) -> int | None:
    value = int(values.get(name) or FOR_EVER)
    return None if value < 0 else value


def _stored(value: int | None) -> str:
    return str(FOR_EVER if value is None else value)
