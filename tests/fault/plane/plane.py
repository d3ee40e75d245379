"""The plane under test: three brokers behind a proxy, PostgreSQL, an object store, and gateways that are real `clearplane run` processes."""

import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.error import URLError
from urllib.request import urlopen

from gateway.api.keys import create_key
from gateway.config import Config
from gateway.stores import open_state
from tests.fault.plane.files import FEEDS, LOCAL, SITE
from tests.fault.plane.proxy import PlaneProxy
from tests.servers.kafka import KafkaCluster
from tests.servers.postgres import Postgres
from tests.servers.process import ServerError, ServerProcess, children, free_ports, gone, wait_until
from tests.servers.s3 import S3

BROKERS = 3
PARTITIONS = 6
READY_SECONDS = 90.0
CLEARPLANE = Path(sys.executable).with_name("clearplane")
SETTINGS = """
data_dir = "{name}"
sites_dir = "sites"
workers = 1
[api]
port = {port}
[log]
kind = "kafka"
prefix = "{prefix}"
partitions = {partitions}
spread_bytes = 262_144
[log.kafka]
servers = {servers}
replication = {brokers}
request_seconds = 8
session_seconds = 8
transaction_seconds = 15
stall_seconds = 20
[state]
url = "{state}"
[blobs.s3]
bucket = "{bucket}"
endpoint = "{endpoint}"
access_key = "file:{access}"
secret_key = "file:{secret}"
timeout_seconds = 10
retry_seconds = 10
[limits]
chunk_bytes = 65_536
inline_bytes = 65_536
"""


class Servers:
    """Brokers, database, object store and proxy, for any number of planes one after the other. Leaving the context ends all of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._stack = ExitStack()
        self._planes = 0

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self.proxy = stack.enter_context(PlaneProxy(BROKERS))
            self.cluster = stack.enter_context(KafkaCluster(self.folder / "kafka", BROKERS, proxies=self.proxy.ports))
            self.proxy.connect(self.cluster.client_ports)
            self.postgres = stack.enter_context(Postgres())
            self.s3 = stack.enter_context(S3())
            self._stack = stack.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.close()

    def mend(self) -> None:
        """Whatever a run has left broken."""
        self.proxy.delay(0)
        self.proxy.calm()
        self.proxy.hold_end_txn(0)
        self.proxy.unblock()
        for node in self.cluster.nodes:
            try:
                self.cluster.resume(node)
            except ServerError:  # it does not run
                self.cluster.restart(node)
                self.cluster.wait_ready(node)

    def plane(self) -> "Plane":
        """A fresh one: topics, database and bucket of its own."""
        self._planes += 1
        return Plane(self, self._planes)


class Node:
    """One gateway process with a role, its configuration and its data folder."""

    def __init__(self, folder: Path, name: str, role: str, port: int) -> None:
        self.name, self.role = name, role
        self.url = f"http://127.0.0.1:{port}"
        own = folder / f"{name}-process"
        own.mkdir()
        command: list[str | Path] = [CLEARPLANE, "run", "--config", folder / f"{name}.toml", "--role", role]
        self.process = ServerProcess(f"The {role} node {name}", command, own)

    def start(self) -> None:
        self.process.start()

    def wait_ready(self) -> None:
        self.process.wait_ready(self._ready, READY_SECONDS)

    def kill(self) -> None:
        """SIGKILL to this one process; its children have to end by themselves."""
        below = children(self.process.pid)
        self.process.kill()
        wait_until(lambda: all(map(gone, below)), 30, f"The processes below {self.name} end")

    def stop(self) -> None:
        """SIGTERM; it has to end in good order."""
        self.process.send(signal.SIGTERM)
        self.process.finish(40)

    def _ready(self) -> bool:
        try:
            with urlopen(f"{self.url}/health/ready", timeout=2) as answer:  # noqa: S310 (our own node)
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False


class Plane:
    """`intake` takes files in, the others of `nodes` normalise. Leaving the context kills what is left."""

    def __init__(self, servers: Servers, number: int) -> None:
        self.servers = servers
        self.prefix = f"run{number}-"
        self.folder = servers.folder / f"plane-{number}"
        (self.folder / "sites").mkdir(parents=True)
        (self.folder / "sites" / "river.toml").write_text(_site())
        for name in ("access", "secret"):
            (self.folder / name).write_text(getattr(servers.s3, f"{name}_key"))
        self._state, self._bucket = servers.postgres.new_database(), servers.s3.new_bucket()
        self.nodes: list[Node] = []
        self.config = self._config("reader", 0, servers.cluster.direct)
        """Ours, past the proxy."""
        self.intake = self._node("intake", "intake")
        self.token = ""

    def __enter__(self) -> Self:
        state = open_state(self.config)
        try:
            self.token = create_key(state, "sender", ["intake:write"])[1]
        finally:
            state.close()
        try:
            self.intake.start()
            self.intake.wait_ready()
            self.add_workers(3)
        except BaseException:
            self._kill()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._kill()

    def add_workers(self, count: int = 1) -> None:
        """New ones, ready."""
        for node in [self.start_worker() for _ in range(count)]:
            node.wait_ready()

    def start_worker(self) -> Node:
        """A new one; does not wait until it is ready."""
        node = self._node(f"worker-{len(self.nodes)}", "normalise")
        node.start()
        return node

    def workers(self) -> list[Node]:
        """Those that run."""
        return [node for node in self.nodes if node.role == "normalise" and node.process.running]

    def stop(self) -> None:
        """All in good order."""
        for node in self._running():
            node.process.send(signal.SIGTERM)
        for node in self._running():
            node.process.finish(40)

    def _node(self, name: str, role: str) -> Node:
        [port] = free_ports(1)
        self._config(name, port, self.servers.cluster.servers)
        node = Node(self.folder, name, role, port)
        self.nodes.append(node)
        return node

    def _config(self, name: str, port: int, servers: tuple[str, ...]) -> Config:
        path = self.folder / f"{name}.toml"
        values = {
            "name": name, "port": port, "prefix": self.prefix, "partitions": PARTITIONS, "servers": list(servers), "brokers": BROKERS,
            "state": self._state, "bucket": self._bucket, "endpoint": self.servers.s3.endpoint, "access": self.folder / "access",
            "secret": self.folder / "secret",
        }  # fmt: skip
        path.write_text(SETTINGS.format_map(values))
        return Config.load(path)

    def _running(self) -> Iterator[Node]:
        return (node for node in self.nodes if node.process.running)

    def _kill(self) -> None:
        for node in self._running():
            node.process.kill()


def _site() -> str:
    lines = [f'id = "{SITE}"', 'zone = "America/New_York"']
    for feed in FEEDS:
        lines += ["[[feeds]]", f'id = "{feed}"', f'acknowledge = "{"local" if feed == LOCAL else "replicated"}"']
        lines += ["[[feeds.sources]]", 'type = "http"']
    return "\n".join(lines) + "\n"
