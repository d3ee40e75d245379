"""Apache Kafka for the tests: one node or a cluster on loopback, KRaft, and the faults a test can make happen."""

import base64
import shutil
import signal
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.servers.java import KAFKA, classes
from tests.servers.kafka_node import READY_SECONDS, Ports, Security, answers, broker, data_of, formatting, settings, train
from tests.servers.process import Server, ServerProcess, free_ports

__all__ = ["KafkaCluster", "Security"]


class KafkaCluster(Server):
    """Nodes have Kafka's ids, 1 to `nodes`. Clients get the addresses `servers`; brokers talk to each other over listeners of their own.

    `proxies`: one port per node to advertise in place of the broker's own. `properties` win over ours. `optimise`: with the compiler that makes
    a long-running broker fast and a young one slow. Blocking; leaving the context ends every node at once and removes the data.
    """

    def __init__(
        self,
        folder: Path,
        nodes: int = 1,
        properties: Mapping[str, str] | None = None,
        proxies: Sequence[int] | None = None,
        security: Security | None = None,
        heap: str = "256m",
        optimise: bool = False,
    ) -> None:
        self.folder = folder
        self.nodes = range(1, nodes + 1)
        self._properties = dict(properties or {})
        self._security = security or Security()
        self._options = (f"-Xmx{heap}", f"-XX:TieredStopAtLevel={4 if optimise else 1}", classes(KAFKA, train))
        found = free_ports(3 * nodes)
        self._ports = {node: Ports(*found[3 * node - 3 : 3 * node]) for node in self.nodes}
        self.client_ports = tuple(ports.client for ports in self._ports.values())
        """What a proxy has to connect to, by node."""
        self.servers = tuple(f"127.0.0.1:{port}" for port in proxies or self.client_ports)
        self.direct = tuple(f"127.0.0.1:{ports.internal}" for ports in self._ports.values())
        """The brokers themselves, in plain text, past any proxy."""
        self._processes = {node: broker(folder / f"kafka-{node}", self._options) for node in self.nodes}
        self._formatted = False

    # -- life

    def start(self) -> None:
        """Every node, on the data it has; returns when all answer."""
        if not self._formatted:
            self._format()
        for node in self.nodes:
            self.restart(node)
        for node in self.nodes:
            self.wait_ready(node)

    def stop(self) -> None:
        """Every node in good order; the data stays."""
        for process in self._processes.values():
            if process.running:
                process.send(signal.SIGCONT)
                process.send(signal.SIGTERM)
        for process in self._processes.values():
            process.stop()

    def close(self) -> None:
        """Kills every node and removes the data."""
        for process in self._processes.values():
            process.kill()
        for process in self._processes.values():
            shutil.rmtree(process.folder, ignore_errors=True)

    # -- faults

    def kill(self, node: int) -> None:
        """SIGKILL; returns when it is gone."""
        self._processes[node].kill()

    def restart(self, node: int) -> None:
        """Starts a node that does not run, on the data it has; does not wait."""
        self._processes[node].start()

    def wait_ready(self, node: int, timeout: float = READY_SECONDS) -> None:
        """Until the node answers requests; raises ServerError."""
        self._processes[node].wait_ready(lambda: answers(self._ports[node].internal), timeout)

    def pause(self, node: int) -> None:
        self._processes[node].send(signal.SIGSTOP)

    def resume(self, node: int) -> None:
        self._processes[node].send(signal.SIGCONT)

    def pid(self, node: int) -> int:
        return self._processes[node].pid

    def log_dir(self, node: int) -> Path:
        """A folder per partition of a topic is here: `topic-0` and so on."""
        return data_of(self._processes[node].folder)

    def _format(self) -> None:
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        options = tuple(option for option in self._options if option.startswith("-XX"))
        processes: list[ServerProcess] = []
        for node in self.nodes:
            folder = self._processes[node].folder
            folder.mkdir(parents=True)
            own = settings(node, self._ports, folder, self.servers[node - 1], self._security)
            processes.append(formatting(folder, cluster, {**own, **self._properties}, self._security.scram(), options))
        for process in processes:
            process.start()
        for process in processes:
            process.finish(READY_SECONDS)
        self._formatted = True
