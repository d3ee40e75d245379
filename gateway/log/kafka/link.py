"""A connection to the brokers that is made when it is first needed, and again when it broke: requests, leaders, coordinators."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any

from gateway.config import KafkaSettings
from gateway.log.kafka import connect
from gateway.log.kafka.errors import NO_COORDINATOR, NOT_COORDINATOR, RETRYABLE, Unsupported, lost, name_of, refusal
from gateway.log.kafka.wire import COORDINATION, DEFAULT, AIOKafkaClient, IncompatibleBrokerVersion, KafkaError
from gateway.seams import LogError, LogUnavailable, TopicPartition

BACKOFF_SECONDS = 0.05
ANSWER_SHARE = 0.7
"""Of the time that a call has, how long a broker has to answer one request: then its connection is given up, and another broker may do it."""
CLOSE_SECONDS = 1.0
TOPIC_SECONDS = 0.5
"""How long a topic may be unknown before it does not exist: brokers learn of a new one a moment after its creation."""


@contextlib.asynccontextmanager
async def deadline(seconds: float, doing: str, *links: "Link") -> AsyncIterator[None]:
    """Bounds a call. Raises LogUnavailable when the time is over, with what the links have met last."""
    for link in links:
        link.trouble = ""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        trouble = next((f" ({link.trouble})" for link in links if link.trouble), "")
        raise LogUnavailable(f"{doing}: the brokers did not do it within {seconds:g} seconds{trouble}") from None


class Link:
    """One client with its own connections. Used from one event loop. Every call may raise LogUnavailable; callers bound the time."""

    def __init__(self, settings: KafkaSettings, arguments: connect.Arguments, request_seconds: float | None = None) -> None:
        self._settings = settings
        self._arguments = arguments
        self._seconds = ANSWER_SHARE * settings.request_seconds if request_seconds is None else request_seconds
        self._client: AIOKafkaClient = None
        self._making = asyncio.Lock()
        self._coordinators: dict[tuple[int, str], int] = {}
        self._closed = False
        self.trouble = ""

    async def client(self) -> AIOKafkaClient:
        """The connected client. Raises LogError for settings that the brokers refuse."""
        if self._closed:
            raise LogError("the log is closed")
        if self._usable():
            return self._client
        async with self._making:
            if self._usable():
                return self._client
            await self._discard()
            client = connect.new_client(self._settings, self._arguments, self._seconds)
            try:
                await client.bootstrap()
            except BaseException as error:
                with contextlib.suppress(Exception):
                    await client.close()
                if isinstance(error, KafkaError | OSError | TimeoutError):
                    raise await connect.why_not(self._settings, self._arguments, self._seconds) from None
                raise
            self._client = client
            return client

    async def send(self, node: int, request: Any, doing: str, *, coordination: bool = False) -> Any:
        """The response of one broker. Raises Unsupported when it does not know the request."""
        client = await self.client()
        try:
            return await client.send(node, request, group=COORDINATION if coordination else DEFAULT)
        except IncompatibleBrokerVersion:
            raise Unsupported(f"{doing}: these brokers are too old for this request") from None
        except KafkaError as error:
            raise lost(error, doing) from None
        except (OSError, TimeoutError) as error:
            raise LogUnavailable(f"{doing}: the connection broke ({type(error).__name__})") from None
        except NotImplementedError:
            raise LogError(f"{doing}: these brokers have no version of this request in common with us; Kafka 2.5 or newer is needed") from None

    async def send_any(self, request: Any, doing: str) -> Any:
        """The response of whichever broker."""
        client = await self.client()
        node = client.get_random_node()
        if node is None:
            await self.refresh()
            raise LogUnavailable(f"{doing}: no broker is known")
        try:
            return await self.send(node, request, doing)
        except LogUnavailable:
            client.force_metadata_update()
            raise

    async def ask_any(self, request: Any, code_of: Callable[[Any], int], doing: str) -> Any:
        """The same, asked again while the answer is that it cannot yet be done or is lost. For requests that may be repeated."""
        while True:
            try:
                response = await self.send_any(request, doing)
                code = code_of(response)
                if code == 0:
                    return response
                if code not in RETRYABLE:
                    raise refusal(code, doing)
                self.trouble = name_of(code)
            except LogUnavailable as error:
                self.trouble = str(error)
            await asyncio.sleep(BACKOFF_SECONDS)

    async def refresh(self) -> None:
        """Learn brokers and leaders anew; from the configured servers when those known do not answer."""
        client = await self.client()
        if await client.force_metadata_update():
            return
        try:
            await client.bootstrap()
        except (KafkaError, OSError, TimeoutError):
            raise await connect.why_not(self._settings, self._arguments, self._seconds) from None

    async def partitions(self, topic: str) -> int:
        """How many partitions a topic has. Raises LogError when there is none of this name."""
        client = await self.client()
        clock = asyncio.get_running_loop().time
        until = clock() + TOPIC_SECONDS
        while (known := client.cluster.partitions_for_topic(topic)) is None:
            if clock() > until:
                raise LogError(f"there is no topic {topic}")
            await self.refresh()
            if client.cluster.partitions_for_topic(topic) is None:
                await asyncio.sleep(BACKOFF_SECONDS)
        return len(known)

    async def leader(self, partition: TopicPartition) -> int:
        """The broker that leads a partition; waits for one to be elected. Raises LogError for a partition that does not exist."""
        client = await self.client()
        while True:
            node = client.cluster.leader_for_partition(partition)
            if node is not None and node != -1:
                return int(node)
            count = await self.partitions(partition.topic)
            if not 0 <= partition.partition < count:
                raise LogError(f"topic {partition.topic} has no partition {partition.partition}")
            if client.cluster.leader_for_partition(partition) in (None, -1):
                await asyncio.sleep(BACKOFF_SECONDS)
                await self.refresh()

    async def by_leader(self, partitions: Iterable[TopicPartition]) -> dict[int, list[TopicPartition]]:
        """The partitions of each broker."""
        nodes: dict[int, list[TopicPartition]] = {}
        for partition in partitions:
            nodes.setdefault(await self.leader(partition), []).append(partition)
        return nodes

    async def led(self, partitions: Iterable[TopicPartition]) -> tuple[dict[int, list[TopicPartition]], list[TopicPartition]]:
        """The same as far as it is known now, and the partitions without a leader, which are asked for meanwhile."""
        client = await self.client()
        nodes: dict[int, list[TopicPartition]] = {}
        without = []
        for partition in partitions:
            node = client.cluster.leader_for_partition(partition)
            if node is None or node == -1:
                without.append(partition)
            else:
                nodes.setdefault(int(node), []).append(partition)
        if without:
            client.force_metadata_update()
        return nodes, without

    async def coordinator(self, kind: int, key: str) -> int:
        """The broker that coordinates a group or a transactional id; remembered until `forget`."""
        if (kind, key) not in self._coordinators:
            client = await self.client()
            self._coordinators[kind, key] = await self._ask(lambda: client.coordinator_lookup(kind, key), f"finding the coordinator of {key}")
        return self._coordinators[kind, key]

    def forget(self, kind: int, key: str) -> None:
        self._coordinators.pop((kind, key), None)

    async def ask_coordinator(self, kind: int, key: str, request: Any, code_of: Callable[[Any], int], doing: str, *, again: bool = False) -> Any:
        """The coordinator's response, asked again while it answers that it cannot yet. Raises what its code stands for.

        `again`: asked again also when the answer is lost, for what may be done twice; else raises LogUnavailable, and it is not known whether
        it was done.
        """
        backoff = 0.002
        while True:
            node = await self.coordinator(kind, key)
            try:
                response = await self.send(node, request, doing, coordination=True)
            except LogUnavailable as error:
                self.forget(kind, key)
                if not again:
                    raise
                self.trouble = str(error)
                await asyncio.sleep(BACKOFF_SECONDS)
                continue
            code = code_of(response)
            if code == 0:
                return response
            if code not in RETRYABLE:
                raise refusal(code, doing)
            self.trouble = name_of(code)
            if code in (NO_COORDINATOR, NOT_COORDINATOR):
                self.forget(kind, key)
            await asyncio.sleep(backoff)
            backoff = min(backoff * 2, BACKOFF_SECONDS)

    async def _ask(self, call: Callable[[], Awaitable[Any]], doing: str) -> Any:
        while True:
            try:
                return await call()
            except KafkaError as error:
                if not error.retriable:
                    raise lost(error, doing) from None
                await asyncio.sleep(BACKOFF_SECONDS)
                await self.refresh()

    def _usable(self) -> bool:
        """The library's task that refreshes metadata must live: without it leaders that move are never found again."""
        return self._client is not None and self._client._sync_task is not None and not self._client._sync_task.done()

    async def _discard(self) -> None:
        client, self._client = self._client, None
        self._coordinators.clear()
        if client is not None:
            with contextlib.suppress(Exception):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await client.close()

    async def close(self) -> None:
        """Does not wait for answers. Idempotent."""
        self._closed = True
        await self._discard()
