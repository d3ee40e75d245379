"""One Kafka node of the tests: its settings, how its folder is made ready, and the process."""

import json
import signal
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.servers.certificates import Certificates, Pair
from tests.servers.java import KAFKA, command
from tests.servers.process import ServerProcess, free_ports

READY_SECONDS = 60.0
LOGGING = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"
API_VERSIONS = bytes.fromhex("0000000b 0012 0000 00000001 0001 78")
"""The request ApiVersions, version 0, of a client called x: a broker that answers it serves requests."""
SCRAM = ("SCRAM-SHA-256", "SCRAM-SHA-512")
QUICK = {
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "100",
    "broker.session.timeout.ms": "2000",
    "broker.heartbeat.interval.ms": "500",
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": "1000",
    "log.initial.task.delay.ms": "1000",
    "log.retention.check.interval.ms": "1000",
    "log.segment.delete.delay.ms": "1000",
    "auto.create.topics.enable": "false",
    "num.partitions": "6",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.num.partitions": "2",
    "num.network.threads": "2",
    "num.io.threads": "4",
}
"""What makes faults and rebalances quick, and a broker small."""


class Ports(NamedTuple):
    """Where a node listens: for clients, for other brokers, for other controllers."""

    client: int
    internal: int
    controller: int


class Security(NamedTuple):
    """How clients have to come: with TLS when there are `certificates`, with SASL when there are `users` (name -> password).

    Every mechanism of `mechanisms` knows every user. `ask_client`: a client has to show a certificate of the same authority.
    """

    certificates: Certificates | None = None
    users: Mapping[str, str] | None = None
    mechanisms: Sequence[str] = ("PLAIN", *SCRAM)
    ask_client: bool = False

    @property
    def protocol(self) -> str:
        return ("SASL_" if self.users else "") + ("SSL" if self.certificates else "PLAINTEXT")

    def settings(self, folder: Path) -> dict[str, str]:
        """Of the listener for clients. `folder` is the node's: its key store is written there."""
        listener = "listener.name.client."
        found: dict[str, str] = {}
        if self.certificates is not None:
            found = {
                f"{listener}ssl.keystore.type": "PEM",
                f"{listener}ssl.keystore.location": str(_key_store(folder, self.certificates.server)),
                f"{listener}ssl.truststore.type": "PEM",
                f"{listener}ssl.truststore.location": str(self.certificates.authority),
                f"{listener}ssl.client.auth": "required" if self.ask_client else "none",
            }
        if self.users is None:
            return found
        found[f"{listener}sasl.enabled.mechanisms"] = ",".join(self.mechanisms)
        for mechanism in self.mechanisms:
            found[f"{listener}{mechanism.lower()}.sasl.jaas.config"] = _login(mechanism, self.users)
        return found

    def scram(self) -> list[str]:
        """Arguments of the formatting tool that make the SCRAM users."""
        mechanisms = [mechanism for mechanism in self.mechanisms if mechanism in SCRAM]
        users = [(name, password) for name, password in (self.users or {}).items()]
        return [part for one in mechanisms for name, password in users for part in ("--add-scram", f"{one}=[name={name},password={password}]")]


def _key_store(folder: Path, server: Pair) -> Path:
    """The broker wants key and certificates in one file."""
    file = folder / "server.pem"
    file.write_text(server.key.read_text() + server.certificates.read_text())
    return file


def _login(mechanism: str, users: Mapping[str, str]) -> str:
    if mechanism in SCRAM:
        return "org.apache.kafka.common.security.scram.ScramLoginModule required;"
    known = " ".join(f"user_{name}={json.dumps(password)}" for name, password in users.items())
    return f"org.apache.kafka.common.security.plain.PlainLoginModule required {known};"


def settings(node: int, nodes: Mapping[int, Ports], folder: Path, advertised: str, security: Security) -> dict[str, str]:
    """server.properties of one of `nodes`. `advertised`: the address clients are told."""
    ports = nodes[node]
    replicas = min(3, len(nodes))
    in_sync = max(1, replicas - 1)
    local = f"INTERNAL://127.0.0.1:{ports.internal},CONTROLLER://127.0.0.1:{ports.controller}"
    return {
        "process.roles": "broker,controller",
        "node.id": str(node),
        "log.dirs": str(data_of(folder)),
        "listeners": f"CLIENT://127.0.0.1:{ports.client},{local}",
        "advertised.listeners": f"CLIENT://{advertised},{local}",
        "listener.security.protocol.map": f"CLIENT:{security.protocol},INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "INTERNAL",
        "controller.listener.names": "CONTROLLER",
        "controller.quorum.voters": ",".join(f"{one}@127.0.0.1:{its.controller}" for one, its in nodes.items()),
        "default.replication.factor": str(replicas),
        "min.insync.replicas": str(in_sync),
        "offsets.topic.replication.factor": str(replicas),
        "transaction.state.log.replication.factor": str(replicas),
        "transaction.state.log.min.isr": str(in_sync),
        "share.coordinator.state.topic.replication.factor": str(replicas),
        "share.coordinator.state.topic.min.isr": str(in_sync),
        **security.settings(folder),
        **QUICK,
    }


def data_of(folder: Path) -> Path:
    return folder / "data"


def formatting(folder: Path, cluster: str, properties: Mapping[str, str], users: Sequence[str] = (), options: tuple[str, ...] = ()) -> ServerProcess:
    """Writes the settings; the process, not started yet, makes the data folder ready and ends. `users` as from `Security.scram`."""
    file = folder / "server.properties"
    # A backslash is an escape in a Java properties file.
    file.write_text("".join(f"{name}={value}\n".replace("\\", "\\\\") for name, value in properties.items()))
    # as one word: an id may begin with a dash
    arguments: list[str | Path] = ["format", f"--cluster-id={cluster}", "-c", file, *users]
    return _process(f"Formatting {folder.name}", folder, "kafka.tools.StorageTool", arguments, ("-Xmx128m", *options))


def broker(folder: Path, options: tuple[str, ...]) -> ServerProcess:
    return _process(f"Node {folder.name}", folder, "kafka.Kafka", [folder / "server.properties"], options)


def _process(title: str, folder: Path, main: str, arguments: Sequence[str | Path], options: tuple[str, ...]) -> ServerProcess:
    return ServerProcess(title, command(KAFKA, main, *arguments, options=(LOGGING, *options)), folder)


def answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as connection:
            connection.sendall(API_VERSIONS)
            return len(connection.recv(4)) == 4
    except OSError:
        return False


def train(option: str, folder: Path) -> None:
    """A start and an end with a Java option, for `java.classes`."""
    node = folder / "node"
    node.mkdir()
    ports = Ports(*free_ports(3))
    make = formatting(node, "A" * 22, settings(1, {1: ports}, node, f"127.0.0.1:{ports.client}", Security()))
    make.start()
    make.finish(READY_SECONDS)
    process = broker(node, ("-Xmx256m", "-XX:TieredStopAtLevel=1", option))
    process.start()
    try:
        process.wait_ready(lambda: answers(ports.internal), READY_SECONDS)
    finally:
        process.stop(signal.SIGTERM, READY_SECONDS)
