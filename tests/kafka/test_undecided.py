"""Transactions that a broker has ended, but without telling all their partitions.

The markers are lost here in a way that works each time: a transaction writes to what its coordinator was not told of. The brokers of this
cluster do not check that; in what they store it is the same as a marker that the coordinator has dropped.
"""

import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import pytest_asyncio

from gateway.blobs import DirectoryBlobs
from gateway.config import KafkaSettings
from gateway.log.kafka import KafkaLog
from gateway.log.kafka.batches import Placed, ProducerId
from gateway.log.kafka.fetch import LATEST, Piece, fetch, list_offsets
from gateway.log.kafka.link import Link, deadline
from gateway.log.kafka.positions import stored_positions
from gateway.log.kafka.produce import Production
from gateway.log.kafka.topics import create
from gateway.log.kafka.transaction import Positions, Transactor
from gateway.log.kafka.undecided import Scope
from gateway.log.kafka.wire import READ_UNCOMMITTED, TRANSACTION, InitProducerIdRequest
from gateway.seams import Committed, LogUnavailable, NewRecord, TopicPartition, TopicSpec
from tests.servers.kafka import KafkaCluster

pytestmark = pytest.mark.asyncio


class Forgetful(Transactor):
    """Its coordinator hears of the topic `told` only, and of no positions."""

    async def _add(self, partitions):  # type: ignore[no-untyped-def]
        await super()._add([partition for partition in partitions if partition.topic.endswith(".told")])

    async def _add_group(self, group: str) -> None:
        return None


class Place(NamedTuple):
    """A group, its lane 0, and two topics of one partition each."""

    link: Link
    settings: KafkaSettings
    group: str
    told: TopicPartition
    untold: TopicPartition

    @property
    def id(self) -> str:
        return f"{self.group}-0"

    def transactor(self, kind: type[Transactor] = Transactor) -> Transactor:
        return kind(self.link, self.settings, self.id, Scope(lambda topic: topic.startswith(self.group), self.group))

    def positions(self, offset: int) -> Positions:
        return Positions(self.group, -1, "", {self.told: Committed(offset, "text")})

    async def ends(self, isolation: int = READ_UNCOMMITTED) -> list[int]:
        found = await list_offsets(self.link, {self.told: LATEST, self.untold: LATEST}, isolation)
        return [found[self.told], found[self.untold]]

    async def read(self, partition: TopicPartition) -> list[bytes]:
        """Values that a reader of committed records gets."""
        values, at = [], 0
        while True:
            answer = (await fetch(self.link, await self.link.leader(partition), {partition: at}, 0, 1 << 20, 1 << 20))[partition]
            assert isinstance(answer, Piece)
            values += [record.value for record in answer.take(100, 1 << 20)]
            if answer.next == at:
                return values
            at = answer.next

    async def position(self) -> Committed | None:
        return (await stored_positions(self.link, self.group, [self.told])).get(self.told)


@pytest.fixture(scope="module")
def trusting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaCluster]:
    with KafkaCluster(tmp_path_factory.mktemp("trusting"), properties={"transaction.partition.verification.enable": "false"}) as cluster:
        yield cluster


@pytest_asyncio.fixture
async def place(trusting: KafkaCluster) -> AsyncIterator[Place]:
    settings = KafkaSettings(servers=trusting.servers, replication=1)
    link = Link(settings, {})
    group = f"u{secrets.token_hex(4)}"
    told, untold = TopicPartition(f"{group}.told", 0), TopicPartition(f"{group}.untold", 0)
    async with deadline(15, "the test", link):
        await create(link, settings, [TopicSpec(told.topic, 1), TopicSpec(untold.topic, 1)])
        yield Place(link, settings, group, told, untold)
    await link.close()


def placed(partition: TopicPartition, value: bytes) -> Placed:
    return Placed(partition, b"k", value, (), 100)


async def half_told(place: Place, value: bytes, offset: int) -> Transactor:
    """A transaction that has ended well, but for what its coordinator was not told of."""
    transactor = place.transactor(Forgetful)
    await transactor.start()
    await transactor.run([placed(place.told, value), placed(place.untold, value)], place.positions(offset))
    return transactor


async def append_behind(place: Place) -> None:
    """A record of somebody else, in no transaction."""
    answer = await place.link.ask_any(InitProducerIdRequest(None, 1000), lambda found: int(found.error_code), "the test")
    production = Production(place.link, ProducerId(answer.producer_id, answer.producer_epoch), "none", 1 << 20, 5000)
    await production.send([placed(place.untold, b"behind")])


async def test_what_was_committed_is_committed_everywhere(place: Place) -> None:
    await half_told(place, b"committed", 7)
    await append_behind(place)
    assert await place.read(place.untold) == []
    await place.transactor().start()
    assert await place.read(place.told) == [b"committed"]
    assert await place.read(place.untold) == [b"committed", b"behind"]
    assert await place.position() == Committed(7, "text")


async def test_what_was_aborted_is_aborted_everywhere(place: Place) -> None:
    transactor = place.transactor(Forgetful)
    await transactor.start()

    async def broken(places: object) -> list[Placed]:
        raise LogUnavailable("broken off")

    with pytest.raises(LogUnavailable, match="broken off"):
        await transactor.run([placed(place.told, b"aborted"), placed(place.untold, b"aborted")], place.positions(7), broken)
    await append_behind(place)
    await place.transactor().start()
    assert await place.read(place.told) == []
    assert await place.read(place.untold) == [b"behind"]
    assert await place.position() is None


async def test_what_nobody_knows_the_end_of_is_done_again(place: Place) -> None:
    """Another producer took a new epoch without looking, and the coordinator has forgotten."""
    await half_told(place, b"unknown", 7)
    request = InitProducerIdRequest(place.id, 30_000)
    await place.link.ask_coordinator(TRANSACTION, place.id, request, lambda answer: int(answer.error_code), "the test", again=True)
    transactor = place.transactor()
    await transactor.start()
    assert await place.read(place.untold) == []
    assert await place.position() is None
    await transactor.run([placed(place.untold, b"again")], place.positions(7))
    assert await place.position() == Committed(7, "text")
    assert await place.read(place.untold) == [b"again"]


async def test_the_same_producer_knows_the_end_although_the_brokers_have_forgotten_it(place: Place) -> None:
    """Its new epoch was taken, but the answer to what followed was lost."""
    await half_told(place, b"committed", 7)
    transactor = place.transactor()
    transactor._decide = _broken_off  # type: ignore[method-assign]
    with pytest.raises(LogUnavailable, match="broken off"):
        await transactor.start()
    del transactor._decide
    await transactor.start()
    assert await place.read(place.untold) == [b"committed"]
    assert await place.position() == Committed(7, "text")


async def test_a_decision_that_was_broken_off_is_ended_as_it_was_taken(place: Place) -> None:
    """A new epoch would abort it."""
    await half_told(place, b"committed", 7)
    transactor = place.transactor()
    transactor._end_as = _broken_off  # type: ignore[assignment]
    with pytest.raises(LogUnavailable, match="broken off"):
        await transactor.start()
    del transactor._end_as
    await transactor.start()
    assert await place.read(place.untold) == [b"committed"]
    assert await place.position() == Committed(7, "text")


async def _broken_off(left: object) -> None:
    raise LogUnavailable("broken off")


async def test_a_producer_that_left_nothing_undecided_writes_nothing_when_it_starts(place: Place) -> None:
    transactor = place.transactor()
    await transactor.start()
    await transactor.run([placed(place.told, b"1"), placed(place.untold, b"1")], place.positions(7))
    await place.transactor().start()
    assert await place.ends() == [2, 2]
    assert await place.position() == Committed(7, "text")


@pytest_asyncio.fixture
async def log(trusting: KafkaCluster, tmp_path: Path) -> AsyncIterator[KafkaLog]:
    settings = KafkaSettings(servers=trusting.servers, replication=1, transaction_seconds=1)
    log = await KafkaLog.open(settings, f"i{secrets.token_hex(4)}.", DirectoryBlobs(tmp_path / "values"))
    yield log
    await log.close()


def topics_of(log: KafkaLog) -> tuple[TopicPartition, TopicPartition]:
    return TopicPartition(f"{log._prefix}told", 0), TopicPartition(f"{log._prefix}untold", 0)


def both(told: TopicPartition, untold: TopicPartition) -> list[NewRecord]:
    return [NewRecord(told.topic, b"k", b"value"), NewRecord(untold.topic, b"k", b"value")]


async def test_a_lane_that_has_nothing_more_to_commit_is_looked_after(log: KafkaLog) -> None:
    told, untold = topics_of(log)
    await log.create_topics([TopicSpec(told.topic, 1), TopicSpec(untold.topic, 1)])
    consumer = await log.consumer("g", [told.topic])
    transactor: Any = consumer._lanes[0]._transactor
    transactor.__class__ = Forgetful
    await consumer.commit({told: Committed(0, "text")}, both(told, untold))
    transactor.__class__ = Transactor
    assert await log.wait({untold: 0}, 15)
    assert [record.value for record in await log.read(untold, 0)] == [b"value"]
    assert await consumer.committed(told) == Committed(0, "text")


async def test_so_is_what_appends_and_appends_no_more(log: KafkaLog) -> None:
    told, untold = topics_of(log)
    await log.create_topics([TopicSpec(told.topic, 1), TopicSpec(untold.topic, 1)])
    transactor: Any = log._appender._transactor
    transactor.__class__ = Forgetful
    await log.append(both(told, untold))
    transactor.__class__ = Transactor
    assert await log.wait({untold: 0}, 15)
    assert [record.value for record in await log.read(untold, 0)] == [b"value"]


async def test_a_position_that_stays_undecided_is_decided_by_whoever_asks_for_it(log: KafkaLog) -> None:
    told, untold = topics_of(log)
    await log.create_topics([TopicSpec(told.topic, 1), TopicSpec(untold.topic, 1)])
    consumer = await log.consumer("g", [told.topic])
    transactor: Any = consumer._lanes[0]._transactor
    transactor.__class__ = Forgetful
    await consumer.commit({told: Committed(0, "text")}, both(told, untold)[:1])
    transactor.__class__ = Transactor
    assert await consumer.committed(told) == Committed(0, "text")
    await consumer.commit({told: Committed(0, "next")}, both(told, untold))
    assert await consumer.committed(told) == Committed(0, "next")
