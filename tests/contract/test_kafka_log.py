"""What the Kafka side promises beyond the contract: large values elsewhere, stock clients, topics as an operator left them, settings, quiet logs."""

import asyncio
import logging
import secrets

import confluent_kafka
import pytest
import pytest_asyncio
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

from gateway.blobs import DirectoryBlobs
from gateway.config import KafkaSettings
from gateway.log import partition_for
from gateway.log.kafka import KafkaLog
from gateway.log.kafka.assignor import Claim, share
from gateway.log.kafka.batches import Placed, cut
from gateway.seams import Committed, CorruptRecord, LogError, LogUnavailable, NewRecord, TopicPartition, TopicSpec
from tests.contract.log_sides import KafkaSide
from tests.servers.certificates import make_certificates
from tests.servers.kafka import KafkaCluster, Security

pytestmark = pytest.mark.asyncio
HOUR_MS, DAY_MS = 3_600_000, 86_400_000


@pytest_asyncio.fixture
async def side(kafka, tmp_path):
    side = KafkaSide(kafka, tmp_path, f"k{secrets.token_hex(4)}.", record_bytes=20_000)
    yield side
    await side.close()


@pytest_asyncio.fixture
async def log(side):
    return await side.open()


@pytest.fixture
def t(side):
    return side.name("t")


@pytest.fixture
def t0(t):
    return TopicPartition(t, 0)


def stock_records(servers, partition, count):
    """What a client that is not ours reads of committed records."""
    consumer = confluent_kafka.Consumer(
        {
            "bootstrap.servers": ",".join(servers),
            "group.id": secrets.token_hex(4),
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
        }
    )
    consumer.assign([confluent_kafka.TopicPartition(*partition, 0)])
    found = []
    while len(found) < count and (message := consumer.poll(10)) is not None:
        assert message.error() is None
        found.append(message)
    consumer.close()
    return found


# large values


async def test_a_large_value_is_elsewhere_and_its_record_says_where(log, side, t, t0):
    await log.create_topics([TopicSpec(t, 1)])
    large = bytes(range(256)) * 400
    headers = (("ce_id", b"1"), ("ce_dataref", b"of the sender"))
    await log.append([NewRecord(t, b"k", b"small", headers), NewRecord(t, b"k", large, headers), NewRecord(t, b"k", b"")])
    assert [(record.value, record.headers) for record in await log.read(t0, 0)] == [(b"small", headers), (large, headers), (b"", ())]
    small, reference, _ = await asyncio.to_thread(stock_records, side.settings.servers, t0, 3)
    [(name, size, _)] = side.values.list()
    assert (reference.value() or b"", size) == (b"", len(large))
    assert reference.headers() == [*headers, ("ce_dataref", f"urn:sha256:{name}".encode()), ("ce_datasize", b"102400")]
    assert small.headers() == list(headers)


async def test_a_consumer_gets_large_values_and_results_may_be_large(log, t, t0, side):
    out = side.name("out")
    await log.create_topics([TopicSpec(t, 1), TopicSpec(out, 1)])
    large = b"x" * 300_000
    await log.append([NewRecord(t, b"k", b"a"), NewRecord(t, b"k", large), NewRecord(t, b"k", b"b")])
    consumer = await log.consumer("g", [t])
    records = await consumer.poll(timeout=10)
    assert [record.value for record in records] == [b"a", large, b"b"]
    await consumer.commit({t0: Committed(records[-1].offset + 1)}, [NewRecord(out, b"k", large[1:])])
    assert [record.value for record in await log.read(TopicPartition(out, 0), 0)] == [large[1:]]


async def test_a_value_that_is_gone_is_a_corrupt_record_and_stops_at_it(log, side, t, t0):
    await log.create_topics([TopicSpec(t, 1)])
    places = await log.append([NewRecord(t, b"k", b"before"), NewRecord(t, b"k", b"x" * 50_000), NewRecord(t, b"k", b"after")])
    [(name, _, _)] = side.values.list()
    assert await log.verify() == []
    side.values.delete(name)
    assert [record.value for record in await log.read(t0, 0)] == [b"before"]
    with pytest.raises(CorruptRecord, match="not in the blob store"):
        await log.read(*places[1])
    assert [record.value for record in await log.read(*places[2])] == [b"after"]
    [problem] = await log.verify()
    assert problem.where == f"{t}/0 offset {places[1][1]}"
    consumer = await log.consumer("g", [t])
    assert [record.value for record in await consumer.poll(timeout=10)] == [b"before"]
    with pytest.raises(CorruptRecord):
        await consumer.poll(timeout=10)


async def test_key_and_headers_must_fit(log, t, t0):
    await log.create_topics([TopicSpec(t, 1)])
    for record in (NewRecord(t, b"k" * 30_000, b"v"), NewRecord(t, b"k", b"v", (("h", b"x" * 30_000),))):
        with pytest.raises(LogError, match="too large"):
            await log.append([record])
    assert await log.read(t0, 0) == []


async def test_prune_deletes_values_that_no_record_can_have_any_more(log, side, t, t0):
    await log.create_topics([TopicSpec(t, 1, retention_ms=HOUR_MS)])
    await log.append([NewRecord(t, b"k", b"x" * 50_000)])
    consumer = await log.consumer("g", [t])
    position = Committed(1, "m" * 5_000)
    await consumer.commit({t0: position})
    assert len(list(side.values.list())) == 2
    now = side.now()
    assert await log.prune(now=now + 2 * HOUR_MS) == {t0: 1}
    assert len(list(side.values.list())) == 2, "a day of grace"
    assert await log.prune(now=now + DAY_MS + 2 * HOUR_MS) == {}
    assert len(list(side.values.list())) == 1
    assert await consumer.committed(t0) == position, "what a read position refers to stays"


# other clients


async def test_a_stock_client_reads_headers_values_and_transactions(log, side, t):
    await log.create_topics([TopicSpec(t, 2)])
    headers = (("ce_id", b"1"), ("content-type", b"application/json"), ("empty", b""))
    await log.append([NewRecord(t, b"key", b'{"n":1}', headers, n % 2) for n in range(6)])
    for number in range(2):
        found = await asyncio.to_thread(stock_records, side.settings.servers, TopicPartition(t, number), 3)
        assert [(message.key(), message.value(), message.headers()) for message in found] == [(b"key", b'{"n":1}', list(headers))] * 3


async def test_keys_are_placed_where_other_clients_place_them(log, side, t):
    await log.create_topics([TopicSpec(t, 7)])
    keys = [secrets.token_bytes(n) for n in range(1, 60)]
    placed = {}
    producer = confluent_kafka.Producer({"bootstrap.servers": side.settings.servers[0], "partitioner": "murmur2_random"})
    for key in keys:
        producer.produce(t, b"theirs", key, on_delivery=lambda _, message: placed.update({message.key(): message.partition()}))
    await asyncio.to_thread(producer.flush, 20)
    ours = await log.append([NewRecord(t, key, b"ours") for key in keys])
    assert [partition.partition for partition, _ in ours] == [placed[key] for key in keys] == [partition_for(key, 7) for key in keys]
    [first, *_] = await log.read(TopicPartition(t, partition_for(keys[0], 7)), 0)
    assert first.value == b"theirs"
    assert first.headers == ()


# topics


async def test_what_an_operator_set_is_left_alone(log, side, t):
    await log.create_topics([TopicSpec(t, 1)])
    admin = AdminClient({"bootstrap.servers": side.settings.servers[0]})
    resource = ConfigResource(ResourceType.TOPIC, t)
    change = ConfigEntry("segment.bytes", "2000000", incremental_operation=AlterConfigOpType.SET)
    await asyncio.to_thread(
        admin.incremental_alter_configs([ConfigResource(ResourceType.TOPIC, t, incremental_configs=[change])])[resource].result, 20
    )
    await log.create_topics([TopicSpec(t, 1, HOUR_MS, 5_000_000)])
    found = await asyncio.to_thread(admin.describe_configs([resource])[resource].result, 20)
    expected = {
        "segment.bytes": "2000000",
        "retention.ms": str(HOUR_MS),
        "retention.bytes": "5000000",
        "cleanup.policy": "delete",
        "compression.type": "zstd",
        "message.timestamp.type": "LogAppendTime",
    }
    assert {name: found[name].value for name in expected} == expected
    assert int(found["max.message.bytes"].value) > side.settings.record_bytes
    assert await log.topics() == {t: TopicSpec(t, 1, HOUR_MS, 5_000_000)}


async def test_more_replicas_than_brokers_is_an_error_that_says_so(side, t):
    log = await side.open(replication=3)
    with pytest.raises(LogError, match="replication"):
        await log.create_topics([TopicSpec(t, 1)])


async def test_a_session_timeout_that_the_brokers_refuse_says_so(log, t):
    await log.create_topics([TopicSpec(t, 1)])
    with pytest.raises(LogError, match=r"group\.max\.session\.timeout\.ms"):
        await log.consumer("g", [t], session_timeout=100_000)


# reading


async def test_lag_does_not_count_transaction_markers(log, t):
    await log.create_topics([TopicSpec(t, 2)])
    partitions = [TopicPartition(t, number) for number in range(2)]
    assert await log.lag("g", partitions) == dict.fromkeys(partitions, 0)
    places = await log.append([NewRecord(t, b"k", b"v", (), number) for number in (0, 1, 1)])
    ends = await log.ends(partitions)
    assert await log.lag("g", partitions) == ends
    consumer = await log.consumer("g", [t])
    await consumer.poll(timeout=10)
    for partition in partitions:
        await consumer.commit({partition: Committed(max(offset for where, offset in places if where == partition) + 1)})
    assert [ends[where] - offset for where, offset in places[:1]] == [2], "a marker follows the record"
    assert await log.lag("g", partitions) == dict.fromkeys(partitions, 0)


async def test_nobody_is_woken_by_a_transaction_marker(log, t, t0):
    await log.create_topics([TopicSpec(t, 2)])
    places = await log.append([NewRecord(t, b"k", b"v", (), number) for number in range(2)])
    after = {partition: offset + 1 for partition, offset in places}
    assert all(end > after[partition] for partition, end in (await log.ends(after)).items())
    assert await log.wait(after, 0.2) is False
    assert await log.read(t0, after[t0]) == []
    waiting = asyncio.create_task(log.wait(after, 600))
    await log.append([NewRecord(t, b"k", b"v", (), 1)])
    assert await asyncio.wait_for(waiting, 10) is True


async def test_one_refused_append_does_not_spoil_those_sent_with_it(side, t, t0):
    log = await side.open(record_bytes=900_000)
    await log.create_topics([TopicSpec(t, 1)])
    admin = AdminClient({"bootstrap.servers": side.settings.servers[0]})
    change = ConfigEntry("max.message.bytes", "100000", incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, t, incremental_configs=[change])
    await asyncio.to_thread(next(iter(admin.incremental_alter_configs([resource]).values())).result, 20)
    calls = [log.append([NewRecord(t, b"k", b"%d" % n)]) for n in range(20)]
    calls.insert(10, log.append([NewRecord(t, b"k", secrets.token_bytes(200_000))]))
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    [refused] = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert refused is outcomes[10]
    assert "max.message.bytes" in str(refused)
    assert sorted(int(record.value) for record in await log.read(t0, 0)) == list(range(20))


async def test_pages_of_many_readers_are_complete(log, t, t0):
    await log.create_topics([TopicSpec(t, 1)])
    for start in range(0, 600, 100):
        await log.append([NewRecord(t, b"k", b"%d" % n) for n in range(start, start + 100)])

    async def reader(size):
        found, offset = [], 0
        while part := await log.read(t0, offset, max_records=size):
            found += part
            offset = part[-1].offset + 1
        return [record.value for record in found]

    expected = [b"%d" % n for n in range(600)]
    assert await asyncio.gather(*map(reader, (7, 7, 50, 99, 1000))) == [expected] * 5


async def test_an_idle_partition_is_no_stall(side, t):
    log = await side.open(stall_seconds=1.0)
    await log.create_topics([TopicSpec(t, 2)])
    consumer = await log.consumer("g", [t])
    assert await consumer.poll(timeout=1.6) == []
    await log.append([NewRecord(t, b"k", b"v", (), 0)])
    assert await consumer.poll(timeout=1.6, without=[TopicPartition(t, 0)]) == []
    assert len(await consumer.poll(timeout=10)) == 1


# settings and logs


async def test_tls_and_sasl_settings(tmp_path, monkeypatch):
    certificates = await asyncio.to_thread(make_certificates, tmp_path / "certificates")
    monkeypatch.setenv("KAFKA_TEST_PASSWORD", "geheim")
    monkeypatch.setenv("KAFKA_TEST_WRONG", "falsch")
    security = Security(certificates, {"clearplane": "geheim"})
    cluster = KafkaCluster(tmp_path / "kafka", security=security)
    await asyncio.to_thread(cluster.start)
    try:
        blobs = DirectoryBlobs(tmp_path / "values")

        async def attempt(**changes):
            values = {
                "servers": cluster.servers, "security": "sasl_tls", "username": "clearplane", "password": "env:KAFKA_TEST_PASSWORD",
                "ca_file": certificates.authority, "request_seconds": 5,
            }  # fmt: skip
            log = await KafkaLog.open(KafkaSettings(**values | changes), "", blobs)
            try:
                await log.create_topics([TopicSpec("t", 1)])
                await log.append([NewRecord("t", b"k", b"v")])
                return len(await log.read(TopicPartition("t", 0), 0))
            finally:
                await log.close()

        assert await attempt() == 1
        assert await attempt(sasl_mechanism="PLAIN") == 2
        for changes, words in (
            ({"password": "env:KAFKA_TEST_WRONG"}, "does not accept the user name and password"),
            ({"ca_file": None}, "is not trusted"),
        ):
            with pytest.raises(LogError, match=words) as caught:
                await attempt(**changes)
            assert not isinstance(caught.value, LogUnavailable)
            assert "falsch" not in str(caught.value)
        with pytest.raises(LogError):
            await attempt(security="plaintext", username=None, password=None, ca_file=None)
    finally:
        await asyncio.to_thread(cluster.close)


async def test_nothing_of_a_record_is_logged(log, t, caplog):
    caplog.set_level(logging.DEBUG)
    await log.create_topics([TopicSpec(t, 1)])
    await log.append([NewRecord(t, b"secret key", b"secret value", (("h", b"secret header"),))])
    consumer = await log.consumer("g", [t])
    records = await consumer.poll(timeout=10)
    await consumer.commit({TopicPartition(t, 0): Committed(records[-1].offset + 1, "secret metadata")}, [NewRecord(t, b"secret key", b"secret")])
    assert len(records) == 1
    assert "secret" not in caplog.text


# pure parts


@pytest.mark.parametrize("members", range(1, 9))
async def test_lanes_are_shared_evenly_and_stay_where_they_are(members):
    claims = {f"m{n}": Claim(-1, ()) for n in range(members)}
    first = share(12, claims)
    assert sorted(lane for lanes in first.values() for lane in lanes) == list(range(12))
    assert max(map(len, first.values())) - min(map(len, first.values())) <= 1
    held = {member: Claim(1, tuple(lanes)) for member, lanes in first.items()}
    assert share(12, held) == first
    more = share(12, held | {"a newcomer": Claim(-1, ())})
    assert max(map(len, more.values())) - min(map(len, more.values())) <= 1
    assert all(set(more[member]) <= set(lanes) for member, lanes in first.items()), "the newcomer takes, nobody else swaps"
    late = share(12, {member: Claim(1, tuple(range(12))) if member == "m0" else Claim(2, held[member].lanes) for member in held})
    assert all(set(late[member]) >= set(held[member].lanes) for member in held if member != "m0"), "the younger claim counts"


async def test_records_are_cut_into_rounds_in_order():
    a, b = TopicPartition("t", 0), TopicPartition("t", 1)
    records = [Placed(partition, b"", b"", (), size) for partition, size in ((a, 6), (b, 3), (a, 5), (a, 4), (b, 9), (a, 20), (a, 1))]
    assert list(cut(records, 10)) == [{a: [0], b: [1]}, {a: [2, 3], b: [4]}, {a: [5]}, {a: [6]}]
