"""Kills a gateway that takes HL7 v2 messages over MLLP, again and again, and proves that nothing acknowledged is missing and nothing is twice.

`python -m tests.fault.mllp_kill --kills 20 --messages 20000 --connections 100 [--log kafka]`. Senders behave as they do in hospitals: one
message at a time, and the same again after a lost connection. What is checked afterwards is computed here from the messages as they were sent; of
the gateway only the readers of log and blobs are used.
"""

import argparse
import asyncio
import hashlib
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from gateway.blobs import DirectoryBlobs
from gateway.log import SqliteLog
from gateway.seams import Log, Record, TopicPartition
from tests.fault.brokers import LOGS, servers_of
from tests.fault.gateway_kill import Child, processes_below, receipt_of, say, wait_for_end
from tests.servers.process import free_ports

SITE = "river"
FEEDS = ("alpha", "beta")
PARTITIONS = 3
WAIT_SECONDS = 60.0
START, END = b"\x0b", b"\x1c\r"


class Plane(NamedTuple):
    """Where the gateway under test keeps things. `servers`: of Kafka, none: the embedded log. `ports`: its listeners, one a feed."""

    folder: Path
    ports: tuple[int, ...]
    servers: tuple[str, ...] = ()

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def prefix(self) -> str:
        return f"{self.folder.name}-" if self.servers else ""


def message(sender: int, number: int) -> bytes:
    """Each sender has a patient, so its messages have to stay in order; control ids are unique."""
    name = f"{sender:03d}-{number:06d}"
    lines = [
        f"MSH|^~\\&|REG{sender}|HOSP|ENGINE|HOSP|20260102030405||ADT^A08^ADT_A01|{name}|T|2.5.1", "EVN|A08|20260102030405",
        f"PID|1||P{sender:05d}^^^HOSP^MR||SAMPLE^PERSON||19800101|F|||1 MAIN STREET^^ANYTOWN^NY^10001", f"PV1|1|O|||||||||||||||||{name}",
        f"NK1|1|{'X' * (number * 37 % 2000)}^Y",
    ]  # fmt: skip
    return ("\r".join(lines) + "\r").encode()


# -- the child: a real gateway with its listeners


def run_child(plane: Plane) -> None:
    from gateway.api.service import Service
    from gateway.config import ApiSettings, Config, KafkaSettings, LogSettings
    from gateway.runtime import Gateway
    from gateway.sites import Feed, MllpSource, Site

    async def serve() -> None:
        kafka = KafkaSettings(servers=plane.servers or ("127.0.0.1:9092",), session_seconds=1.0)
        log = LogSettings(kind="kafka" if plane.servers else "embedded", prefix=plane.prefix, partitions=PARTITIONS, kafka=kafka)
        feeds = tuple(Feed(id=name, sources=(MllpSource(type="mllp", port=port),)) for name, port in zip(FEEDS, plane.ports, strict=True))
        config = Config(data_dir=plane.data, workers=1, log=log, api=ApiSettings(port=0))
        async with Gateway(config, {SITE: Site(id=SITE, feeds=feeds)}) as gateway:
            await gateway.preparation.succeeded()
            async with Service(gateway):
                say("ready")
                while (await asyncio.to_thread(sys.stdin.readline)).strip() == "idle":
                    await gateway.wait_idle()
                    say("idle")

    asyncio.run(serve())


class ListeningChild(Child):
    def __init__(self, plane: Plane) -> None:
        quiet = "-Wignore::UserWarning:multiprocessing.resource_tracker"  # says after each kill that it has cleaned up
        ports, servers = ",".join(map(str, plane.ports)), ",".join(plane.servers)
        command = [sys.executable, quiet, "-m", "tests.fault.mllp_kill", "--child", str(plane.folder), "--ports", ports, "--servers", servers]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "bufsize": 1}
        self.process = subprocess.Popen(command, cwd=Path(__file__).parents[2], **pipes)  # type: ignore[call-overload]
        assert self.out.readline().strip() == "ready"
        self.children = processes_below(self.process.pid)

    def end(self) -> None:
        """SIGKILL to this one process; its children must end by themselves."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        wait_for_end(self.children)


# -- the senders


class Senders:
    """`acknowledged`: hash of each message that was, by feed. `again`: how often one was sent once more."""

    def __init__(self, plane: Plane, connections: int, messages: int) -> None:
        self._plane = plane
        self.acknowledged: dict[tuple[str, bytes], int] = {}
        self.again = self.refused = 0
        share = messages // connections
        self._senders = [self._send(number, share) for number in range(connections)]

    async def run(self) -> None:
        await asyncio.gather(*self._senders)

    async def _send(self, sender: int, count: int) -> None:
        feed, port = FEEDS[sender % len(FEEDS)], self._plane.ports[sender % len(FEEDS)]
        reader: asyncio.StreamReader | None = None
        writer: asyncio.StreamWriter | None = None
        for number in range(count):
            body = message(sender, number)
            while True:
                try:
                    if reader is None or writer is None:
                        reader, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.write(START + body + END)
                    answer = await reader.readuntil(END)
                except (OSError, asyncio.IncompleteReadError):
                    self.again += reader is not None
                    if writer is not None:
                        writer.close()
                    reader = writer = None
                    await asyncio.sleep(0.05)  # a sender that was cut off does not hammer at the door
                    continue
                told = answer.split(b"\rMSA|")[1].split(b"\r")[0].split(b"|")
                assert told[1].decode() == f"{sender:03d}-{number:06d}", "another message was acknowledged"
                if told[0] == b"AA":
                    break
                self.refused += 1
            self.acknowledged[feed, body] = number
        if writer is not None:
            writer.close()


# -- the parent: kills, starts again


def run(kills: int, messages: int, connections: int, seed: str, folder: Path, servers: tuple[str, ...] = ()) -> dict[str, int]:
    """Kill `kills` times while the messages pass; returns what was counted. Raises AssertionError when a promise is broken."""
    chance = random.Random(seed)
    plane = Plane(folder, tuple(free_ports(len(FEEDS))), servers)
    senders = Senders(plane, connections, messages)

    async def whole() -> int:
        child = await asyncio.to_thread(ListeningChild, plane)
        sending = asyncio.create_task(senders.run())
        interrupted = 0
        for number in range(kills):
            goal = len(senders.acknowledged) + chance.randint(1, max(1, messages // (kills + 1)))
            await reached(senders, min(goal, messages - connections), sending)
            await asyncio.sleep(chance.random() ** 2 * 0.3)
            await asyncio.to_thread(child.end)
            interrupted += await unfinished(plane, senders) > 0
            child = await asyncio.to_thread(ListeningChild, plane)
            assert number + 1 < kills or not sending.done(), "all was sent before the last kill"
        await sending
        child.send("idle")
        assert (await asyncio.to_thread(child.out.readline)).strip() == "idle"
        await asyncio.to_thread(child.stop)
        return interrupted

    interrupted = asyncio.run(whole())
    assert len(senders.acknowledged) == messages // connections * connections
    counted = {"kills": kills, "interrupted": interrupted, "messages": len(senders.acknowledged), "again": senders.again, "refused": senders.refused}
    return {**counted, **asyncio.run(check(plane, senders))}


async def reached(senders: Senders, goal: int, sending: "asyncio.Task[None]") -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while len(senders.acknowledged) < goal and not sending.done():
        assert time.monotonic() < deadline, "senders are not acknowledged"
        await asyncio.sleep(0.01)


async def open_log(plane: Plane) -> Log:
    if not plane.servers:
        return await SqliteLog.open(plane.data / "log.db")
    from gateway.config import KafkaSettings
    from gateway.log.kafka import KafkaLog

    return await KafkaLog.open(KafkaSettings(servers=plane.servers), plane.prefix, DirectoryBlobs(plane.data / "values"))


async def records(log: Log, plane: Plane, topic: str) -> list[Record]:
    """In the order of each partition."""
    found: list[Record] = []
    for number in range(PARTITIONS):
        partition = TopicPartition(plane.prefix + topic, number)
        at = (await log.offsets(partition))[0]
        while some := await log.read(partition, at):
            found += some
            at = some[-1].offset + 1
    return found


async def unfinished(plane: Plane, senders: Senders) -> int:
    """Acknowledged messages that a killed gateway had not finished: a kill that finds none proves little."""
    log = await open_log(plane)
    try:
        return len(senders.acknowledged) - len(ends(await records(log, plane, "outcomes")))
    finally:
        await log.close()


def ends(outcomes: list[Record]) -> dict[str, tuple[str, int, int]]:
    """Blob, offset and size of each file that is done, by receipt; each is done once."""
    found: dict[str, tuple[str, int, int]] = {}
    for record in outcomes:
        told = json.loads(record.value)
        assert told["kind"] in ("bundle", "planned", "part", "done"), told["kind"]
        for file in told.get("files", ()):
            receipt, _, _, _, size, *_ = file["arrival"]
            assert receipt not in found, "a message was finished twice"
            assert file["status"] == "done"
            found[receipt] = (*file["kept"], size)
    return found


# -- the checker


async def check(plane: Plane, senders: Senders) -> dict[str, int]:
    """Every message has one event with its content, each sender's are in order, and its bytes are where its outcome says."""
    expected = {receipt_of(feed, body): body for feed, body in senders.acknowledged}
    log = await open_log(plane)
    try:
        events = await records(log, plane, "patients.test")
        outcomes = ends(await records(log, plane, "outcomes"))
        intake = await records(log, plane, "intake")
        assert not await log.verify()
    finally:
        await log.close()
    seen: Counter[str] = Counter()
    last: dict[str, str] = {}
    for event in events:
        receipt = dict(event.headers)["ce_id"].decode().split(".")[0]
        seen[receipt] += 1
        name = json.loads(event.value)["message"]["control_id"]
        assert f"|{name}|".encode() in expected[receipt], "an event has another message's content"
        assert name > last.get(name[:3], ""), "a sender's messages are out of order"
        last[name[:3]] = name
    twice = [receipt for receipt, count in seen.items() if count > 1]
    assert not twice, f"{len(twice)} messages have more than one event"
    assert seen.keys() == expected.keys(), f"{len(expected.keys() - seen.keys())} of {len(expected)} messages are missing"
    assert outcomes.keys() == expected.keys(), "an acknowledged message was not finished"
    blobs = DirectoryBlobs(plane.data / "blobs")
    for receipt, (blob, offset, size) in outcomes.items():
        assert blobs.read(blob, offset, size) == expected[receipt], "other bytes are kept than were sent"
    packs = {blob for blob, _, _ in outcomes.values()}
    hashes = {hashlib.sha256(blobs.read(pack)).hexdigest() for pack in packs}
    assert hashes == packs
    return {"events": sum(seen.values()), "resent": len(intake) - len(expected), "packs": len(packs)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--connections", type=int, default=100)
    parser.add_argument("--seed", default="mllp")
    parser.add_argument("--log", choices=LOGS, default="embedded")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--servers", default="", help=argparse.SUPPRESS)
    parser.add_argument("--ports", default="", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        servers = tuple(filter(None, options.servers.split(",")))
        run_child(Plane(options.child, tuple(map(int, options.ports.split(","))), servers))
        return
    with tempfile.TemporaryDirectory() as folder, servers_of(options.log, Path(folder)) as servers:
        plane = Path(folder) / "plane"
        plane.mkdir()
        print(json.dumps(run(options.kills, options.messages, options.connections, options.seed, plane, servers)))


if __name__ == "__main__":
    main()
