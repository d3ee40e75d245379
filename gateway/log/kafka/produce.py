"""Sends batches to the brokers that lead their partitions, and again until they have them: a batch's sequence number makes that harmless."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence

from gateway.log.kafka.batches import Placed, ProducerId, built, cut
from gateway.log.kafka.errors import RETRYABLE, name_of, refusal
from gateway.log.kafka.link import BACKOFF_SECONDS, Link
from gateway.log.kafka.wire import ProduceRequest
from gateway.seams import LogError, LogUnavailable, TopicPartition

ALL_REPLICAS = -1
_SEQUENCES = 1 << 31
Outcome = int | LogError | None
"""First offset, an error that ends it, or None: not appended as far as is known, try again."""


class Production:
    """Numbers the batches of one producer id. After any error it must not be used again: the next number may be a gap or taken."""

    def __init__(self, link: Link, producer: ProducerId, compression: str, limit: int, request_ms: int) -> None:
        self.producer = producer
        self._link = link
        self._compression = compression
        self._limit = limit
        self._request_ms = request_ms
        self._sequences: dict[TopicPartition, int] = defaultdict(int)
        self.clean = True
        """Every request had an answer: none can still be on its way."""

    async def send(self, records: Sequence[Placed]) -> list[tuple[TopicPartition, int]]:
        """Append to the logs of all partitions; returns where the records are. Callers bound the time and send each partition's in turn."""
        where: list[tuple[TopicPartition, int]] = [(record.partition, -1) for record in records]
        for chunks in cut(records, self._limit):
            batches = {}
            for partition, numbers in chunks.items():
                batches[partition] = await self._batch(partition, [records[number] for number in numbers])
            bases = await self._deliver(batches)
            for partition, numbers in chunks.items():
                for step, number in enumerate(numbers):
                    where[number] = partition, bases[partition] + step
        return where

    async def _batch(self, partition: TopicPartition, records: Sequence[Placed]) -> bytes:
        sequence = self._sequences[partition]
        self._sequences[partition] = (sequence + len(records)) % _SEQUENCES
        return await built(records, self.producer, sequence, self._compression)

    async def _deliver(self, batches: Mapping[TopicPartition, bytes]) -> dict[TopicPartition, int]:
        """First offset of each batch."""
        left = dict(batches)
        bases: dict[TopicPartition, int] = {}
        backoff = 0.005
        while True:
            nodes = await self._link.by_leader(left)
            answers = await asyncio.gather(*(self._request(node, {p: left[p] for p in some}) for node, some in nodes.items()))
            outcomes = [pair for answer in answers for pair in answer.items()]
            for partition, outcome in outcomes:
                if isinstance(outcome, LogError):
                    raise outcome
                if outcome is not None:
                    bases[partition] = outcome
                    del left[partition]
            if not left:
                return bases
            await asyncio.sleep(backoff)
            backoff = min(backoff * 2, 4 * BACKOFF_SECONDS)
            await self._link.refresh()

    async def _request(self, node: int, batches: Mapping[TopicPartition, bytes]) -> dict[TopicPartition, Outcome]:
        topics: dict[str, list[tuple[int, bytes]]] = defaultdict(list)
        for partition, data in batches.items():
            topics[partition.topic].append((partition.partition, data))
        request = ProduceRequest(self.producer.transactional_id, ALL_REPLICAS, self._request_ms, list(topics.items()))
        try:
            response = await self._link.send(node, request, "appending records")
        except LogUnavailable as error:
            self.clean = False
            self._link.trouble = str(error)
            return {}
        found: dict[TopicPartition, Outcome] = {}
        for topic, partitions in response.topics:
            for number, code, offset, *_ in partitions:
                found[TopicPartition(topic, number)] = self._outcome(topic, code, offset)
        return found

    def _outcome(self, topic: str, code: int, offset: int) -> Outcome:
        if code in RETRYABLE:
            self._link.trouble = name_of(code)
            return None
        return int(offset) if code == 0 else refusal(code, f"appending to topic {topic}")
