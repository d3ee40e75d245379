"""Kills a gateway that hands messages on, again and again, and proves that the receiver gets every acknowledged one, each sender's in order.

`python -m tests.fault.routes_kill --kills 20 --messages 10000 --connections 50 [--log kafka]`. The receiver hangs up now and then without an
answer. A message may come twice, when it was handed over and the gateway or the connection was gone before that was noted; what came first
counts for the order.
"""

import argparse
import asyncio
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from gateway.answers.delivery import AT_ONCE
from tests.fault.brokers import LOGS, servers_of
from tests.fault.gateway_kill import processes_below, say
from tests.fault.mllp_kill import END, FEEDS, PARTITIONS, SITE, START, WAIT_SECONDS, ListeningChild, Plane, Senders, reached
from tests.servers.process import free_ports

HANG_UP = 0.01


def run_child(plane: Plane, receiver: int) -> None:
    from gateway.api.service import Service
    from gateway.config import ApiSettings, Config, KafkaSettings, LogSettings
    from gateway.runtime import Gateway
    from gateway.site_routes import MllpSink, Route
    from gateway.sites import Feed, MllpSource, Site

    async def serve() -> None:
        kafka = KafkaSettings(servers=plane.servers or ("127.0.0.1:9092",), session_seconds=1.0)
        log = LogSettings(kind="kafka" if plane.servers else "embedded", prefix=plane.prefix, partitions=PARTITIONS, kafka=kafka)
        feeds = tuple(Feed(id=name, sources=(MllpSource(type="mllp", port=port),)) for name, port in zip(FEEDS, plane.ports, strict=True))
        to = MllpSink(type="mllp", host="127.0.0.1", port=receiver)
        routes = tuple(Route(id=f"from-{name}", feed=name, to=to, first_pause_seconds=0.02, longest_pause_seconds=0.1) for name in FEEDS)
        config = Config(data_dir=plane.data, workers=1, log=log, api=ApiSettings(port=0))
        async with Gateway(config, {SITE: Site(id=SITE, feeds=feeds, routes=routes)}) as gateway:
            await gateway.preparation.succeeded()
            async with Service(gateway):
                say("ready")
                await asyncio.to_thread(sys.stdin.read)  # until the parent wants no more

    asyncio.run(serve())


class RoutingChild(ListeningChild):
    def __init__(self, plane: Plane, receiver: int) -> None:
        quiet = "-Wignore::UserWarning:multiprocessing.resource_tracker"  # says after each kill that it has cleaned up
        options = ["--ports", ",".join(map(str, plane.ports)), "--servers", ",".join(plane.servers), "--receiver", str(receiver)]
        command = [sys.executable, quiet, "-m", "tests.fault.routes_kill", "--child", str(plane.folder), *options]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "bufsize": 1}
        self.process = subprocess.Popen(command, cwd=Path(__file__).parents[2], **pipes)  # type: ignore[call-overload]
        assert self.out.readline().strip() == "ready"
        self.children = processes_below(self.process.pid)


class Receiver:
    """Notes what comes, answers, and hangs up now and then instead."""

    def __init__(self, seed: str) -> None:
        self._chance = random.Random(f"{seed} receiver")
        self.taken: list[bytes] = []
        self.hung_up = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                body = (await reader.readuntil(END)).removeprefix(START).removesuffix(END)
                self.taken.append(body)
                if self._chance.random() < HANG_UP:
                    self.hung_up += 1
                    return
                control_id = body.split(b"|", 10)[9]
                writer.write(START + b"MSH|^~\\&|A|B|C|D|20260102||ACK|1|T|2.5.1\rMSA|AA|" + control_id + b"\r" + END)
        except (OSError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()


def run(kills: int, messages: int, connections: int, seed: str, folder: Path, servers: tuple[str, ...] = ()) -> dict[str, int]:
    """Kill `kills` times while the messages pass; returns what was counted. Raises AssertionError when a promise is broken."""
    chance = random.Random(seed)
    plane = Plane(folder, tuple(free_ports(len(FEEDS))), servers)
    senders, receiver = Senders(plane, connections, messages), Receiver(seed)

    async def whole() -> int:
        server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        child = await asyncio.to_thread(RoutingChild, plane, port)
        sending = asyncio.create_task(senders.run())
        interrupted = 0
        for _ in range(kills):
            goal = len(senders.acknowledged) + chance.randint(1, max(1, messages // (kills + 1)))
            await reached(senders, min(goal, messages - connections), sending)
            await asyncio.sleep(chance.random() * 0.5)
            await asyncio.to_thread(child.end)
            interrupted += len(senders.acknowledged) > len(set(receiver.taken))
            child = await asyncio.to_thread(RoutingChild, plane, port)
        await sending
        await all_there(senders, receiver)
        await asyncio.to_thread(child.stop)
        server.close()
        return interrupted

    interrupted = asyncio.run(whole())
    repeats = check(senders, receiver, kills)
    return {"kills": kills, "interrupted": interrupted, "messages": len(senders.acknowledged), "hung up": receiver.hung_up, "repeats": repeats}


async def all_there(senders: Senders, receiver: Receiver) -> None:
    """Or it takes too long. What a killed process left open on Kafka may hold up the rest for a while."""
    deadline = time.monotonic() + WAIT_SECONDS
    while len(set(receiver.taken)) < len(senders.acknowledged) and time.monotonic() < deadline:  # noqa: ASYNC110 (told by looking)
        await asyncio.sleep(0.05)


def check(senders: Senders, receiver: Receiver, kills: int) -> int:
    """How often one came again."""
    expected = {body for _, body in senders.acknowledged}
    seen = Counter(receiver.taken)
    assert not expected - seen.keys(), f"{len(expected - seen.keys())} of {len(expected)} acknowledged messages did not reach the receiver"
    assert not seen.keys() - expected, "the receiver got what nobody has sent"
    last: dict[bytes, bytes] = {}
    for body in dict.fromkeys(receiver.taken):
        sender, _, _ = body.split(b"|", 10)[9].partition(b"-")
        assert body.split(b"|", 10)[9] > last.get(sender, b""), "a sender's messages are out of order"
        last[sender] = body.split(b"|", 10)[9]
    repeats = len(receiver.taken) - len(seen)
    assert repeats <= receiver.hung_up * AT_ONCE + kills * AT_ONCE * len(FEEDS), "more was sent again than was in hand"
    return repeats


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--connections", type=int, default=50)
    parser.add_argument("--seed", default="routes")
    parser.add_argument("--log", choices=LOGS, default="embedded")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--servers", default="", help=argparse.SUPPRESS)
    parser.add_argument("--ports", default="", help=argparse.SUPPRESS)
    parser.add_argument("--receiver", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        servers = tuple(filter(None, options.servers.split(",")))
        run_child(Plane(options.child, tuple(map(int, options.ports.split(","))), servers), options.receiver)
        return
    with tempfile.TemporaryDirectory() as folder, servers_of(options.log, Path(folder)) as servers:
        plane = Path(folder) / "plane"
        plane.mkdir()
        print(json.dumps(run(options.kills, options.messages, options.connections, options.seed, plane, servers)))


if __name__ == "__main__":
    main()
