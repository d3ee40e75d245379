"""The running gateway: opens log, blobs and state, starts what consumes, and stops it in order."""

from collections.abc import Mapping
from types import TracebackType
from typing import NamedTuple, Self

from gateway.blobs import DirectoryBlobs
from gateway.config import Config
from gateway.metrics import Metrics
from gateway.pipeline.hold import Hold
from gateway.pipeline.intake import Intake
from gateway.seams import Log, Record
from gateway.sites import Site
from gateway.state import State


class TaskHealth(NamedTuple):
    """`error` is the type and place of the last failure, without its text."""

    name: str
    running: bool
    failures: int
    error: str


class Gateway:
    """`async with Gateway(config, sites) as gateway:`. Raises ConfigError, LogError, BlobError or StateError at the start."""

    log: Log
    blobs: DirectoryBlobs
    state: State
    intake: Intake
    hold: Hold
    metrics: Metrics

    def __init__(self, config: Config, sites: Mapping[str, Site]) -> None:
        self.config = config
        self.sites = dict(sites)

    async def __aenter__(self) -> Self:
        raise NotImplementedError

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        raise NotImplementedError

    async def wait_idle(self) -> None:
        """Returns when everything received so far is published and projected."""
        raise NotImplementedError

    async def find_event(self, event_id: str) -> Record | None:
        """The record of an event, found by the index of its receipt."""
        raise NotImplementedError

    def health(self) -> list[TaskHealth]:
        raise NotImplementedError
