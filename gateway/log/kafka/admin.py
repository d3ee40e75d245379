"""What can be asked of the brokers beside the log: who they are, what they are set to, who is in a group."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer  # type: ignore[import-untyped]
from aiokafka import TopicPartition as KafkaPartition
from aiokafka.admin import AIOKafkaAdminClient  # type: ignore[import-untyped]
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType  # type: ignore[import-untyped]

from gateway.config import KafkaSettings
from gateway.log.kafka.connect import CLIENT_ID, connection_arguments, why_not
from gateway.log.kafka.errors import lost, refusal
from gateway.log.kafka.wire import KafkaError
from gateway.seams import LogUnavailable, TopicPartition

NO_MEMBERS = ("Dead", "Empty")
RETRY_SECONDS = 0.1


class Broker(NamedTuple):
    node: int
    host: str
    port: int


class TopicFacts(NamedTuple):
    """`replicas`: of the partition with the fewest; `offline`: partitions without a leader; `behind`: partitions with fewer in-sync replicas."""

    partitions: int
    replicas: int
    offline: int
    behind: int


@asynccontextmanager
async def admin_of(settings: KafkaSettings) -> "AsyncIterator[KafkaAdmin]":
    """Raises LogError with the reason when the brokers cannot be used, SecretError."""
    arguments = await asyncio.to_thread(connection_arguments, settings)
    client = AIOKafkaAdminClient(
        bootstrap_servers=list(settings.servers), client_id=CLIENT_ID, request_timeout_ms=round(settings.request_seconds * 1000), **arguments
    )
    try:
        try:
            async with asyncio.timeout(settings.request_seconds):
                await client.start()
        except (KafkaError, OSError, TimeoutError):
            raise await why_not(settings, arguments, settings.request_seconds) from None
        yield KafkaAdmin(client, settings.request_seconds)
    finally:
        await client.close()


class KafkaAdmin:
    """Every call raises LogError, LogUnavailable when there is no answer."""

    def __init__(self, client: AIOKafkaAdminClient, seconds: float) -> None:
        self._client = client
        self._seconds = seconds

    async def brokers(self) -> list[Broker]:
        found = await self._asked("asking for the brokers", self._client.describe_cluster)
        return [Broker(broker["node_id"], broker["host"], broker["port"]) for broker in found["brokers"]]

    async def topics(self, names: Sequence[str]) -> dict[str, TopicFacts]:
        """Those that exist."""
        existing = set(await self._asked("listing the topics", self._client.list_topics))
        wanted = [name for name in names if name in existing]
        found = await self._asked("describing the topics", lambda: self._client.describe_topics(wanted)) if wanted else []
        return {topic["topic"]: _facts(topic["partitions"]) for topic in found if not topic["error_code"]}

    async def topic_settings(self, names: Sequence[str]) -> dict[str, dict[str, str]]:
        return await self._settings(ConfigResourceType.TOPIC, names)

    async def broker_settings(self, node: int) -> dict[str, str]:
        return (await self._settings(ConfigResourceType.BROKER, [str(node)])).get(str(node), {})

    async def live_groups(self, groups: Iterable[str]) -> list[str]:
        """Those that have members."""
        return [group for group in groups if await self._asked(f"describing the group {group}", partial(self._is_live, group))]

    async def delete_topic(self, name: str) -> None:
        response = await self._asked(f"deleting the topic {name}", lambda: self._client.delete_topics([name]))
        for found in response.to_object()["topic_error_codes"]:
            _check(found["error_code"], f"deleting the topic {name}")

    async def _is_live(self, group: str) -> bool:
        states = []
        for response in await self._client.describe_consumer_groups([group]):
            for found in response.to_object()["groups"]:
                _check(found["error_code"], f"describing the group {group}")
                states.append(found["state"])
        return any(state not in NO_MEMBERS for state in states)

    async def _settings(self, kind: ConfigResourceType, names: Sequence[str]) -> dict[str, dict[str, str]]:
        doing = "reading the brokers' settings"
        wanted = [ConfigResource(kind, name) for name in names]
        found: dict[str, dict[str, str]] = {}
        for response in await self._asked(doing, lambda: self._client.describe_configs(wanted)) if wanted else []:
            for resource in response.to_object()["resources"]:
                _check(resource["error_code"], doing)
                found[resource["resource_name"]] = {entry["config_names"]: entry["config_value"] or "" for entry in resource["config_entries"]}
        return found

    async def _asked(self, doing: str, call: Callable[[], Awaitable[Any]]) -> Any:
        """Asked again while the brokers say that they cannot answer yet."""
        trouble = f"{doing}: no answer from the brokers"
        try:
            async with asyncio.timeout(self._seconds):
                while True:
                    try:
                        return await call()
                    except KafkaError as error:
                        failed = lost(error, doing)
                    except OSError:
                        failed = LogUnavailable(trouble)
                    except LogUnavailable as error:
                        failed = error
                    if not failed.retryable:
                        raise failed
                    trouble = str(failed)
                    await asyncio.sleep(RETRY_SECONDS)
        except TimeoutError:
            raise LogUnavailable(trouble) from None


async def written_ends(settings: KafkaSettings, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
    """Ends of all that is written, also in transactions that are still open."""
    arguments = await asyncio.to_thread(connection_arguments, settings)
    client = AIOKafkaConsumer(
        bootstrap_servers=list(settings.servers), client_id=CLIENT_ID, isolation_level="read_uncommitted", enable_auto_commit=False,
        request_timeout_ms=round(settings.request_seconds * 1000), **arguments,
    )  # fmt: skip
    doing = "asking for offsets"
    try:
        await client.start()
        found = await client.end_offsets([KafkaPartition(*partition) for partition in partitions])
    except KafkaError as error:
        raise lost(error, doing) from None
    except (OSError, TimeoutError):
        raise LogUnavailable(f"{doing}: no answer from the brokers") from None
    finally:
        await client.stop()
    return {TopicPartition(*partition): int(end) for partition, end in found.items()}


def _check(code: int, doing: str) -> None:
    if code:
        raise refusal(code, doing)


def _facts(partitions: Sequence[Mapping[str, Any]]) -> TopicFacts:
    return TopicFacts(
        len(partitions),
        min((len(found["replicas"]) for found in partitions), default=0),
        sum(found["leader"] < 0 for found in partitions),
        sum(len(found["isr"]) < len(found["replicas"]) for found in partitions),
    )
