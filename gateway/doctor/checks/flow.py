"""The log and what reads it: partitions as configured, whether gateways run, and how far behind they are."""

import asyncio

from gateway.config import Config
from gateway.doctor.check import Found, check, good, on_kafka, problem, warning
from gateway.doctor.checks.brokers import REACHED
from gateway.doctor.log import opened_log
from gateway.move.groups import live_groups
from gateway.pipeline import normaliser, projection, publisher
from gateway.pipeline.messages import INTAKE, WORK
from gateway.seams import Log, TopicPartition, TopicSpec

ORDER = 35
MANY_RECORDS = 100_000
FOLLOWED = ((normaliser.GROUP, INTAKE), (publisher.GROUP, WORK))
"""State's own positions, not those of its group, say how far State is."""


def _has_log(config: Config) -> bool:
    return on_kafka(config) or config.log_path.exists()


@check("embedded log", do="restore the file from a backup", only=lambda config: not on_kafka(config) and _has_log(config))
async def embedded_log(config: Config) -> list[Found]:
    async with opened_log(config) as log:
        known = await log.topics()
    do = "configure as many, or carry everything over: clearplane log copy"
    specs = [spec for spec in config.topic_specs() if spec.name in known]
    wrong = [spec for spec in specs if known[spec.name].partitions != spec.partitions]
    found = [problem(f"{spec.name} has {known[spec.name].partitions} partitions, not {spec.partitions}", do) for spec in wrong]
    return found or [good(f"{len(specs)} topics, partitions as configured")]


@check("gateways", do="give the gateway's user the right Describe on groups with its prefix", only=_has_log, needs=REACHED)
async def gateways(config: Config) -> list[Found]:
    """A warning only: a configuration may be checked before its first start."""
    live = await live_groups(config)
    missing = [group for group in (normaliser.GROUP, publisher.GROUP, projection.GROUP) if group not in live]
    if not missing:
        return [good(f"members are in the groups {', '.join(live)}")]
    return [warning(f"nobody is in the groups {', '.join(missing)}", "run a gateway with the role normalise")]


@check("lag", do="give the gateway's user the right Describe on groups with its prefix", only=_has_log, needs=REACHED)
async def lag(config: Config) -> list[Found]:
    async with opened_log(config) as log:
        known = await log.topics()
        followed = [(group, known[config.topic(name)]) for group, name in FOLLOWED if config.topic(name) in known]
        behind = {group: await _behind(log, group, spec) for group, spec in followed}
    text = ", ".join(f"{group} {count}" for group, count in behind.items())
    if any(count > MANY_RECORDS for count in behind.values()):
        return [warning(f"records not yet read: {text}", "run more gateways with the role normalise, at most one per partition")]
    return [good(f"records not yet read: {text}" if behind else "no topics yet")]


async def _behind(log: Log, group: str, spec: TopicSpec) -> int:
    """At most so many: offsets of transaction markers count too."""
    positions = await log.group_positions(group)
    lanes = [TopicPartition(spec.name, number) for number in range(spec.partitions)]
    offsets = await asyncio.gather(*(log.offsets(lane) for lane in lanes))
    return sum(end - max(first, positions[lane].offset if lane in positions else 0) for lane, (first, end) in zip(lanes, offsets, strict=True))
