"""What is said of topics as they are on the brokers, against the configuration. Pure."""

from collections.abc import Iterator, Mapping

from gateway.config import Config
from gateway.doctor.check import Found, good, problem, warning
from gateway.log.kafka.admin import TopicFacts
from gateway.log.kafka.batches import topic_bytes
from gateway.seams import TopicSpec

Settings = Mapping[str, str]
SAFE_REPLICAS = 3
DAY_MS = 86_400_000


def own_topics(config: Config, facts: Mapping[str, TopicFacts], settings: Mapping[str, Settings]) -> list[Found]:
    """Of the topics of the configuration."""
    specs = config.topic_specs()
    found = [said for spec in specs if spec.name in facts for said in _topic(config, spec, facts[spec.name], settings.get(spec.name, {}))]
    missing = [spec.name for spec in specs if spec.name not in facts]
    text = f"{len(specs) - len(missing)} of {len(specs)} topics are there"
    return [good(f"{text}; the others are made at the start" if missing else text), *found]


def inner_topics(facts: Mapping[str, TopicFacts], brokers: int) -> list[Found]:
    """Of the brokers' own, which groups and transactions stand on."""
    wanted = min(SAFE_REPLICAS, brokers)
    return [
        warning(
            f"{name} has {one.replicas} replicas on {brokers} brokers", f"reassign it to {wanted}: without it groups and transactions stand still"
        )
        for name, one in facts.items()
        if one.replicas < wanted
    ]


def kept_positions(config: Config, minutes: int) -> list[Found]:
    """`minutes`: after how many brokers forget the read positions of a group without members; what is then still on `intake` is read again."""
    spec = next(spec for spec in config.topic_specs() if spec.name == config.topic("intake"))
    if spec.retention_ms is not None and minutes * 60_000 >= spec.retention_ms:
        return []
    days = "for ever" if spec.retention_ms is None else f"for {spec.retention_ms / DAY_MS:g} days"
    text = (
        f"brokers forget read positions after {minutes / 1440:g} days without a gateway, and intake keeps its files {days}: they would be read again"
    )
    return [warning(text, "raise offsets.retention.minutes of the brokers to at least the retention of intake")]


def _topic(config: Config, spec: TopicSpec, facts: TopicFacts, settings: Settings) -> Iterator[Found]:
    name = spec.name
    if facts.partitions != spec.partitions:
        do = f"configure as many, or name another prefix and carry everything over: clearplane log copy; [topics.{name}] partitions"
        yield problem(f"{name} has {facts.partitions} partitions, not {spec.partitions}", do)
    if facts.offline:
        yield problem(f"{name}: {facts.offline} partitions have no leader", "bring back the brokers that have them")
    elif facts.behind:
        yield warning(f"{name}: {facts.behind} partitions have replicas that are behind or away", "see which broker is away")
    yield from _replication(config, name, facts, settings)
    yield from _settings(config, name, settings)


def _replication(config: Config, name: str, facts: TopicFacts, settings: Settings) -> Iterator[Found]:
    wanted, replicas = config.log.kafka.replication, facts.replicas
    least = int(settings.get("min.insync.replicas") or 1)
    if wanted and replicas < wanted:
        yield warning(f"{name} has {replicas} replicas, not {wanted}", "reassign its partitions: a topic keeps the replication it was made with")
    if least > replicas:
        yield problem(f"{name}: min.insync.replicas is {least} of {replicas} replicas: nothing can be written", "lower min.insync.replicas")
    elif least == replicas > 1:
        yield warning(f"{name}: min.insync.replicas is {least} of {replicas}: writing stops when one broker is away", f"set it to {replicas - 1}")
    elif least < 2 <= replicas:
        yield warning(f"{name}: min.insync.replicas is 1: what was acknowledged may be on one disk only", "set it to 2")


def _settings(config: Config, name: str, settings: Settings) -> Iterator[Found]:
    """Settings that a gateway makes topics with and never changes later, but for retention, which it takes over at the start."""
    if "compact" in settings.get("cleanup.policy", ""):
        yield problem(f"{name}: cleanup.policy is {settings['cleanup.policy']}: earlier events of a claim are deleted", "set cleanup.policy=delete")
    largest, needed = int(settings.get("max.message.bytes") or 0), topic_bytes(config.log.kafka)
    if 0 < largest < needed:
        yield problem(f"{name}: max.message.bytes is {largest}, {needed} are needed", "raise it, or lower log.kafka.record_bytes")
    if settings.get("message.timestamp.type", "LogAppendTime") != "LogAppendTime":
        yield warning(f"{name}: message.timestamp.type is not LogAppendTime", "set it: else retention and search go by the clocks of the gateways")
    wanted = {"none": "uncompressed"}.get(config.log.kafka.compression, config.log.kafka.compression)
    if settings.get("compression.type", wanted) not in (wanted, "producer"):
        yield warning(f"{name}: compression.type is {settings['compression.type']}, not {wanted}", "set it: else brokers compress every batch again")
