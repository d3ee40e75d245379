"""confluent-kafka: the same commits, with a transactional producer for each lane. Its calls block, so each runs in a thread."""

import asyncio
from collections.abc import Sequence

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition

from bench.commits import PARTITIONS, Job, Side, main, places
from gateway.seams import NewRecord

SECONDS = 20.0


class Lanes:
    def __init__(self, job: Job) -> None:
        self._job = job
        self._producers = [self._producer(lane) for lane in range(job.lanes)]
        common = {"bootstrap.servers": job.servers, "group.id": job.group, "enable.auto.commit": False, "auto.offset.reset": "earliest"}
        self._consumer = Consumer({**common, "isolation.level": "read_committed", "partition.assignment.strategy": "range"})
        self._consumer.subscribe([job.source])
        while len(self._consumer.assignment()) < PARTITIONS:
            self._consumer.poll(0.1)

    @classmethod
    async def open(cls, job: Job) -> Side:
        return await asyncio.to_thread(cls, job)

    async def commit(self, lane: int, offset: int, events: Sequence[NewRecord]) -> None:
        await asyncio.to_thread(self._commit, lane, offset, events)

    async def close(self) -> None:
        await asyncio.to_thread(self._consumer.close)

    def _producer(self, lane: int) -> Producer:
        settings = {"bootstrap.servers": self._job.servers, "transactional.id": f"{self._job.group}-{lane}", "compression.type": "zstd"}
        producer = Producer({**settings, "partitioner": "murmur2_random", "acks": "all"})
        producer.init_transactions(SECONDS)
        return producer

    def _commit(self, lane: int, offset: int, events: Sequence[NewRecord]) -> None:
        producer, where = self._producers[lane], [(-1, -1)] * len(events)
        producer.begin_transaction()
        for number, event in enumerate(events):
            self._produce(producer, event, where, number)
        producer.flush(SECONDS)
        self._produce(producer, NewRecord(self._job.target, b"places", places(where)), [(-1, -1)], 0)
        position = TopicPartition(self._job.source, lane, offset)
        producer.send_offsets_to_transaction([position], self._consumer.consumer_group_metadata(), SECONDS)
        producer.commit_transaction(SECONDS)

    def _produce(self, producer: Producer, event: NewRecord, where: list[tuple[int, int]], number: int) -> None:
        def delivered(error: KafkaError | None, message: Message) -> None:
            if error is not None:
                raise KafkaException(error)
            where[number] = message.partition() or 0, message.offset() or 0

        producer.produce(event.topic, event.value, event.key, on_delivery=delivered, headers=list(event.headers))


if __name__ == "__main__":
    main(Lanes.open)
