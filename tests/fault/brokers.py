"""The log that a long run is made on: the embedded one, or a Kafka broker that is started for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.kafka import KafkaCluster

LOGS = ("embedded", "kafka")


@contextmanager
def servers_of(log: str, folder: Path) -> Iterator[tuple[str, ...]]:
    """Addresses of the brokers; none for the embedded log. They end with the block."""
    if log != "kafka":
        yield ()
        return
    with KafkaCluster(folder / "brokers") as cluster:
        yield cluster.servers
