"""Brokers: whether they are reached, their topics, and everything a gateway does with them."""

import secrets
import time

from gateway.config import Config
from gateway.doctor.check import Found, check, good, on_kafka, problem, warning
from gateway.doctor.clocks import off
from gateway.doctor.log import opened_log
from gateway.doctor.topics import inner_topics, kept_positions, own_topics
from gateway.log.kafka.admin import KafkaAdmin, admin_of
from gateway.move.groups import member_of
from gateway.seams import Committed, Log, LogError, NewRecord, TopicPartition, TopicSpec

ORDER = 30
REACHED = "brokers"
PROBE = "doctor"


@check(REACHED, do="check log.kafka.servers, its security settings, and that brokers run and can be reached from here", only=on_kafka)
async def brokers(config: Config) -> list[Found]:
    """The servers as configured, and the addresses that brokers give for themselves: clients go on with those."""
    kafka = config.log.kafka
    found = [await _reached(config, server, "check log.kafka.servers, its security settings, and the network") for server in kafka.servers]
    if all(one.verdict == "problem" for one in found):
        return found
    async with admin_of(kafka) as admin:
        known = await admin.brokers()
    for broker in known:
        address = f"{broker.host}:{broker.port}"
        if address not in kafka.servers:
            found.append(await _reached(config, address, f"broker {broker.node} gives this address: let it be found from here, or advertise another"))
    if len(known) == 1:
        found.append(warning("one broker: nothing is replicated, and it may not go away", "use three brokers for production, and replication = 3"))
    if any(one.verdict == "ok" for one in found):  # one that is away now is what replication is for
        found = [one._replace(verdict="warning") if one.verdict == "problem" else one for one in found]
    return found


async def _reached(config: Config, server: str, do: str) -> Found:
    began = time.perf_counter()
    try:
        async with admin_of(config.log.kafka.model_copy(update={"servers": (server,)})):
            return good(f"{server} answers, in {1000 * (time.perf_counter() - began):.0f} ms")
    except LogError as error:
        return problem(str(error), do)


@check("topics", do="give the gateway's user the rights Describe and DescribeConfigs on topics with its prefix", only=on_kafka, needs=REACHED)
async def topics(config: Config) -> list[Found]:
    async with admin_of(config.log.kafka) as admin:
        facts = await admin.topics([spec.name for spec in config.topic_specs()])
        settings = await admin.topic_settings(list(facts))
        inner = await admin.topics(["__consumer_offsets", "__transaction_state"])
        known = await admin.brokers()
        kept = await _kept_minutes(admin, known[0].node) if known else None
    positions = [] if kept is None else kept_positions(config, kept)
    return [*own_topics(config, facts, settings), *inner_topics(inner, len(known)), *positions]


async def _kept_minutes(admin: KafkaAdmin, node: int) -> int | None:
    """None when the user may not see the settings of brokers, which a gateway need not."""
    try:
        found = (await admin.broker_settings(node)).get("offsets.retention.minutes", "")
    except LogError:
        return None
    return int(found) if found.isdigit() else None


@check(
    "transactions",
    do="give the gateway's user the rights Create, Write and Read on topics, Read on groups and Write on transactional ids with its prefix",
    only=on_kafka,
    needs=REACHED,
)
async def transactions(config: Config) -> list[Found]:
    """All a gateway does, on a topic of its own: make it, append, read in a group, commit results with the position."""
    name = f"{PROBE}-{secrets.token_hex(4)}"
    lane = TopicPartition(config.topic(name), 0)
    async with opened_log(config) as log:
        await log.create_topics([TopicSpec(lane.topic, 1, retention_ms=3_600_000)])
        try:
            return await _transacted(log, name, lane)
        finally:
            async with admin_of(config.log.kafka) as admin:
                await admin.delete_topic(lane.topic)


async def _transacted(log: Log, name: str, lane: TopicPartition) -> list[Found]:
    before = time.time()
    [(_, offset)] = await log.append([NewRecord(lane.topic, b"", b"probe", (), 0)])
    after = time.time()
    [record] = await log.read(lane, offset, 1)
    began = time.perf_counter()
    consumer = await member_of(log, name, [lane])
    try:
        joined = time.perf_counter()
        await consumer.commit({lane: Committed(offset + 1)}, [NewRecord(lane.topic, b"", b"result", (), 0)])
        took = time.perf_counter() - joined
    finally:
        await consumer.close()
    said = f"append in {1000 * (after - before):.0f} ms, group joined in {joined - began:.1f} s, transaction committed in {1000 * took:.0f} ms"
    return [good(said), off("the brokers", (before + after) / 2, record.timestamp / 1000)]
