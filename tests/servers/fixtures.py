"""The shared servers as fixtures: one of each for a whole run, started when first asked for."""

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.servers import cache
from tests.servers.kafka import KafkaCluster
from tests.servers.postgres import Postgres
from tests.servers.s3 import S3


def pytest_configure(config: pytest.Config) -> None:
    """Says what is fetched while it is fetched, past the capture of output."""
    capture: Any = config.pluginmanager.get_plugin("capturemanager")

    def say(line: str) -> None:
        with capture.global_and_fixture_disabled():
            print(f"\n{line}", file=sys.stderr, flush=True)

    if capture is not None:
        cache.say = say


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaCluster]:
    """One node, shared: a test makes topics and groups of its own, and whoever stops a node starts one for itself."""
    with KafkaCluster(tmp_path_factory.mktemp("kafka")) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def kafka_servers(kafka: KafkaCluster) -> tuple[str, ...]:
    return kafka.servers


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Shared: a test takes a database of its own, and whoever stops the server starts one for itself."""
    with Postgres() as server:
        yield server


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    """Shared: a test takes a bucket of its own, and whoever stops the server starts one for itself."""
    with S3() as server:
        yield server
