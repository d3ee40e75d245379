"""The servers that the gateway's distributed sides are measured on: one broker and one PostgreSQL, on this machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.servers.kafka import KafkaCluster
from tests.servers.postgres import Postgres
from tests.servers.process import ServerProcess

HEAP = "512m"


class Servers(NamedTuple):
    kafka: KafkaCluster
    postgres: "DurablePostgres"

    @property
    def pids(self) -> list[int]:
        return [self.kafka.pid(1), self.postgres.pid]

    @property
    def broker(self) -> str:
        return self.kafka.servers[0]


class DurablePostgres(Postgres):
    """As in production: a commit is on the disk before it is answered. The tests do without; the last option wins."""

    @property
    def pid(self) -> int:
        return self._process.pid

    def _program(self, title: str, name: str, *arguments: str | Path) -> ServerProcess:
        return super()._program(title, name, *arguments, *(("-c", "fsync=on") if name == "postgres" else ()))


@contextmanager
def running(folder: Path) -> Iterator[Servers]:
    """Ended with the context. Raises ServerError."""
    with KafkaCluster(folder / "kafka", heap=HEAP, optimise=True) as kafka, DurablePostgres() as postgres:
        yield Servers(kafka, postgres)
