"""MLLP listeners: how many messages are acknowledged, how soon and at what cost; ours durable, the others' not."""

import asyncio
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NamedTuple

from bench.frames import Load, send
from bench.peers import install
from bench.peers.install import ROOT, UnavailableError
from bench.plane import Plane, Setup
from bench.processes import alone, used
from bench.servers import Servers
from tests.servers.process import ServerError, ServerProcess, free_ports

CONNECTIONS = (1, 10, 100)
SECONDS, WARM_SECONDS = 8.0, 3.0
NUMBERS = 10_000_000
"""Messages of one run have numbers that no other run has, so that each is a new one."""
Say = Callable[[str], None]


class Served(NamedTuple):
    """Of one server at so many connections: acknowledgements a second, milliseconds, and CPU microseconds a message of the process that answers and
    of all processes of the server, those that make events included."""

    who: str
    job: str
    connections: int
    messages: int = 0
    rate: float | None = None
    p50: float | None = None
    p99: float | None = None
    answering: float | None = None
    everything: float | None = None
    note: str = ""


class Server(NamedTuple):
    """`pids` of its processes; the first answers."""

    port: int
    pids: list[int]


def compare(seconds: float, say: Say) -> list[Served]:
    """The embedded gateway as one process, as two, and its intake alone, then the peers."""
    rows: list[Served] = []
    for who, job, start in (
        ("this project", "kept, then AA; events beside", ours),
        ("this project, intake apart", "the same in two processes", lambda: ours(roles=("intake", "normalise,serve"))),
        ("this project, intake alone", "kept, then AA", lambda: ours(roles=("intake",))),
        ("HAPI", "parse, AA", lambda: peer(install.hapi("Serve"))),
        ("python-hl7", "parse, AA", lambda: peer([install.message_library("hl7")[0], "-m", "bench.peers.message_server"])),
    ):
        rows += _rows(who, job, start, seconds, say)
    return rows


def on_kafka(servers: Servers, seconds: float, say: Say) -> list[Served]:
    """The gateway on Kafka, intake in a process of its own: acknowledged once the broker has it."""
    return _rows("this project, on Kafka, intake apart", "kept by the broker, then AA; events beside", lambda: ours(servers), seconds, say)


def _rows(who: str, job: str, start: Callable[[], AbstractContextManager[Server]], seconds: float, say: Say) -> list[Served]:
    rows: list[Served] = []
    try:
        with start() as server:
            say(f"{who}: warming up")
            asyncio.run(send(server.port, 10, min(WARM_SECONDS, seconds), 1))
            for place, connections in enumerate(CONNECTIONS, 1):
                say(f"{who}: {connections} connections")
                rows.append(measured(server, seconds, connections, place * NUMBERS)._replace(who=who, job=job))
    except (UnavailableError, ServerError, OSError, RuntimeError) as error:
        rows.append(Served(who, job, 0, note=str(error)[:100]))
    return rows


def measured(server: Server, seconds: float, connections: int, first: int) -> Served:
    mine, everything = alone(server.pids[0]), used(server.pids).cpu
    load: Load = asyncio.run(send(server.port, connections, seconds, first))
    mine, everything = alone(server.pids[0]) - mine, used(server.pids).cpu - everything
    micro = 1e6 / load.messages
    return Served(
        "",
        "",
        connections,
        load.messages,
        load.messages / load.seconds,
        load.percentile(0.5) * 1e3,
        load.percentile(0.99) * 1e3,
        mine * micro,
        everything * micro,
    )


@contextmanager
def ours(servers: Servers | None = None, roles: tuple[str, ...] = ("all",)) -> Iterator[Server]:
    """A gateway with one worker process."""
    (port,) = free_ports(1)
    with tempfile.TemporaryDirectory() as folder:
        setup = Setup("embedded" if servers is None else "kafka", 1, mllp=port, roles=roles)
        with Plane(Path(folder), setup, servers) as plane:
            yield Server(port, plane.pids)


@contextmanager
def peer(command: list[str]) -> Iterator[Server]:
    (port,) = free_ports(1)
    with tempfile.TemporaryDirectory() as folder:
        process = ServerProcess("The peer", [*command, str(port)], Path(folder), {"PYTHONPATH": str(ROOT)})
        process.start()
        try:
            process.wait_ready(lambda: _listens(port), 30.0)
            yield Server(port, [process.pid])
        finally:
            process.kill()


def _listens(port: int) -> bool:
    listening = f":{port:04X} "
    tables = [Path(name) for name in ("/proc/net/tcp", "/proc/net/tcp6")]
    return any(listening in line and line.split()[3] == "0A" for table in tables if table.exists() for line in table.read_text().splitlines())


__all__ = ["Served", "compare", "on_kafka"]
