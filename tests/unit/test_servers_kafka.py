"""The Kafka of the tests does what tests ask of it: it is real, it keeps its data, and a fault is really made."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError

from tests.servers.certificates import Certificates, make_certificates
from tests.servers.kafka import KafkaCluster, Security
from tests.servers.kafka_wire import PRODUCE
from tests.servers.process import wait_until
from tests.servers.proxy import KafkaProxy

pytestmark = pytest.mark.asyncio
SECONDS = 20.0
USERS = {"gateway": 'a "quoted" pass'}


async def new_topic(servers: Sequence[str], **how: Any) -> str:
    name = f"topic-{uuid4().hex[:8]}"
    admin = AIOKafkaAdminClient(bootstrap_servers=list(servers), **how)
    await admin.start()
    await admin.create_topics([NewTopic(name, 1, 1)])
    await admin.close()
    return name


@asynccontextmanager
async def producer(servers: Sequence[str], **how: Any) -> AsyncIterator[AIOKafkaProducer]:
    made = AIOKafkaProducer(bootstrap_servers=list(servers), request_timeout_ms=5000, **how)
    try:
        await made.start()
        yield made
    finally:
        await made.stop()


@asynccontextmanager
async def consumer(servers: Sequence[str], **how: Any) -> AsyncIterator[AIOKafkaConsumer]:
    made = AIOKafkaConsumer(bootstrap_servers=list(servers), auto_offset_reset="earliest", **how)
    try:
        await made.start()
        yield made
    finally:
        await made.stop()


async def values(servers: Sequence[str], topic: str) -> list[bytes]:
    """Every committed value of a topic of one partition, all of whose transactions are ended or about to be."""
    partition = TopicPartition(topic, 0)
    async with consumer(servers) as every, consumer(servers, isolation_level="read_committed") as committed:
        end = (await every.end_offsets([partition]))[partition]
        committed.assign([partition])
        found: list[bytes] = []
        async with asyncio.timeout(SECONDS):
            while await committed.position(partition) < end:
                found += [record.value for records in (await committed.getmany(timeout_ms=100)).values() for record in records]
        return found


# -- Kafka


async def test_the_shared_broker_takes_a_transaction(kafka: KafkaCluster, kafka_servers: tuple[str, ...]) -> None:
    topic = await new_topic(kafka_servers)
    async with producer(kafka_servers, transactional_id=topic) as one, one.transaction():
        await one.send(topic, b"kept")
    assert await values(kafka_servers, topic) == [b"kept"]
    assert (kafka.log_dir(1) / f"{topic}-0").is_dir()


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[KafkaProxy, KafkaCluster]]:
    with KafkaProxy() as proxy, KafkaCluster(tmp_path_factory.mktemp("proxied"), proxies=proxy.ports) as cluster:
        proxy.connect(cluster.client_ports)
        yield proxy, cluster


async def test_clients_stay_behind_the_proxy(proxied: tuple[KafkaProxy, KafkaCluster]) -> None:
    proxy, cluster = proxied
    assert cluster.servers == tuple(f"127.0.0.1:{port}" for port in proxy.ports)
    before = proxy.counts
    topic = await new_topic(cluster.servers)
    async with producer(cluster.servers) as one:
        await one.send_and_wait(topic, b"a")
    assert proxy.counts.connections > before.connections
    seen = proxy.counts
    assert await values(cluster.direct, topic) == [b"a"]
    assert proxy.counts == seen


async def test_a_cut_is_a_cut(proxied: tuple[KafkaProxy, KafkaCluster]) -> None:
    proxy, cluster = proxied
    topic = await new_topic(cluster.servers)
    async with producer(cluster.servers, enable_idempotence=True) as one:
        await one.send_and_wait(topic, b"a")
        before = proxy.counts
        cut = proxy.cut_all()
        assert cut >= 1
        await one.send_and_wait(topic, b"b")
        assert proxy.counts.cut == before.cut + cut
        assert proxy.counts.connections > before.connections
    assert await values(cluster.servers, topic) == [b"a", b"b"]


async def test_a_block_lets_nothing_through(proxied: tuple[KafkaProxy, KafkaCluster]) -> None:
    proxy, cluster = proxied
    topic = await new_topic(cluster.servers)
    async with producer(cluster.servers) as one:
        await one.send_and_wait(topic, b"a")
        proxy.block()
        before = proxy.counts
        waits = asyncio.ensure_future(one.send_and_wait(topic, b"b"))
        await asyncio.to_thread(wait_until, lambda: proxy.counts.stalled > before.stalled, SECONDS, "a request waits")
        assert proxy.counts.requests == before.requests
        assert await values(cluster.direct, topic) == [b"a"]
        proxy.unblock()
        await waits
    assert await values(cluster.direct, topic) == [b"a", b"b"]


async def test_a_delay_is_for_the_requests_named(proxied: tuple[KafkaProxy, KafkaCluster]) -> None:
    proxy, cluster = proxied
    topic = await new_topic(cluster.servers)
    loop = asyncio.get_running_loop()
    async with producer(cluster.servers) as one:
        proxy.delay(0.3, {PRODUCE})
        before = proxy.counts.delayed
        start = loop.time()
        await one.partitions_for(topic)
        assert proxy.counts.delayed == before
        await one.send_and_wait(topic, b"a")
        assert loop.time() - start >= 0.3
        assert proxy.counts.delayed == before + 1
        proxy.delay(0)


async def test_chaos_cuts_until_calm(proxied: tuple[KafkaProxy, KafkaCluster]) -> None:
    proxy, cluster = proxied
    topic = await new_topic(cluster.servers)
    before = proxy.counts.cut
    sent: list[bytes] = []
    async with producer(cluster.servers, enable_idempotence=True, retry_backoff_ms=10) as one:
        proxy.chaos(seed=7, every_seconds=0.05)
        async with asyncio.timeout(SECONDS):
            while proxy.counts.cut < before + 5:
                sent.append(b"%d" % len(sent))
                await one.send_and_wait(topic, sent[-1])
        proxy.calm()
    assert await values(cluster.direct, topic) == sent


async def test_an_end_of_a_transaction_that_comes_too_late(proxied: tuple[KafkaProxy, KafkaCluster]) -> None:
    """It ends the next transaction of a client whose epoch did not change: what that one had sent is committed, although it then aborts."""
    proxy, cluster = proxied
    topic = await new_topic(cluster.servers)
    before = proxy.counts
    async with producer(cluster.servers, transactional_id=topic) as one:
        proxy.hold_end_txn(after={PRODUCE})
        async with one.transaction():
            await one.send_and_wait(topic, b"first")
        assert (proxy.counts.held, proxy.counts.delivered) == (before.held + 1, before.delivered)
        await one.begin_transaction()
        await one.send_and_wait(topic, b"second")
        assert proxy.counts.delivered == before.delivered + 1
        assert proxy.counts.late_answers == [*before.late_answers, 0]
        with pytest.raises(KafkaError):
            await one.abort_transaction()
    assert await values(cluster.direct, topic) == [b"first", b"second"]


async def test_no_end_is_held_unless_asked_for(proxied: tuple[KafkaProxy, KafkaCluster]) -> None:
    proxy, cluster = proxied
    topic = await new_topic(cluster.servers)
    before = proxy.counts.held
    async with producer(cluster.servers, transactional_id=topic) as one:
        async with one.transaction():
            await one.send_and_wait(topic, b"first")
        await one.begin_transaction()
        await one.send_and_wait(topic, b"second")
        await one.abort_transaction()
    assert proxy.counts.held == before
    assert await values(cluster.direct, topic) == [b"first"]


async def test_a_killed_node_comes_back_with_its_data(proxied: tuple[KafkaProxy, KafkaCluster]) -> None:
    _, cluster = proxied
    topic = await new_topic(cluster.servers)
    async with producer(cluster.servers) as one:
        await one.send_and_wait(topic, b"a")
    first = cluster.pid(1)
    cluster.kill(1)
    cluster.restart(1)
    await asyncio.to_thread(cluster.wait_ready, 1)
    assert cluster.pid(1) != first
    assert await values(cluster.servers, topic) == [b"a"]


# -- TLS and SASL


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory, certificates: Certificates) -> Iterator[KafkaCluster]:
    security = Security(certificates, USERS, ask_client=True)
    with KafkaCluster(tmp_path_factory.mktemp("secured"), security=security) as cluster:
        yield cluster


def client(certificates: Certificates, mechanism: str, password: str = USERS["gateway"], pair: bool = True) -> dict[str, Any]:
    context = ssl.create_default_context(cafile=str(certificates.authority))
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    if pair:
        context.load_cert_chain(certificates.client.certificates, certificates.client.key)
    sasl = {"sasl_mechanism": mechanism, "sasl_plain_username": "gateway", "sasl_plain_password": password}
    return {"security_protocol": "SASL_SSL", "ssl_context": context, **sasl}


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
async def test_a_known_client_gets_in(secured: KafkaCluster, certificates: Certificates, mechanism: str) -> None:
    how = client(certificates, mechanism)
    topic = await new_topic(secured.servers, **how)
    async with producer(secured.servers, **how) as one:
        await one.send_and_wait(topic, b"a")
    assert await values(secured.direct, topic) == [b"a"]


@pytest.mark.parametrize(("password", "pair"), [("wrong", True), (USERS["gateway"], False)])
async def test_others_stay_out(secured: KafkaCluster, certificates: Certificates, password: str, pair: bool) -> None:
    with pytest.raises(KafkaError):
        async with producer(secured.servers, **client(certificates, "SCRAM-SHA-512", password, pair)):
            pass
