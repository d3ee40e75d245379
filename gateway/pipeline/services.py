"""What the tasks of the pipeline share."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from gateway.codes.store import pairs
from gateway.config import Config
from gateway.metrics import Metrics
from gateway.pipeline.pool import WorkerPool
from gateway.pipeline.reading import FileSettings, Packer, Topics
from gateway.seams import Blobs, Log
from gateway.site_rules import plain, strictness_of
from gateway.sites import Feed, Site
from gateway.state import State

logger = logging.getLogger("clearplane.pipeline")
EVENT_TOPICS = ("claims", "claims.test", "patients", "patients.test", "batches", "batches.test")


@dataclass
class Services:
    """Seams, configuration and workers of one gateway. `moved` is set whenever something was committed."""

    config: Config
    sites: Mapping[str, Site]
    log: Log
    blobs: Blobs
    state: State
    pool: WorkerPool
    metrics: Metrics
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    programs: set[str] = field(default_factory=set)

    @cached_property
    def lists(self) -> tuple[tuple[str, str], ...]:
        """(name, SHA-256) of the code lists in use when the gateway started. Raises ConfigError where they are damaged."""
        return pairs(self.config.data_dir)

    def feed(self, site: str, feed: str) -> tuple[Site, Feed]:
        """Their configuration; defaults for one that was taken out after its files had come."""
        known = self.sites.get(site) or Site(id=site)
        return known, known.feed(feed) or Feed(id=feed)

    def file_settings(self, site: str) -> FileSettings:
        known, limits = self.sites.get(site) or Site(id=site), self.config.limits
        policy = {code: str(strictness) for code, strictness in known.findings.items()} | strictness_of(known.rules)
        bounds = limits.chunk_bytes, limits.segment_bytes, limits.item_segments, limits.findings
        return FileSettings(known.zone, known.usage or "", policy, *bounds, plain(known.rules), self.lists, str(self.config.data_dir))

    def committed(self) -> None:
        """Something went on."""
        self.moved.set()


def topics_of(config: Config) -> Topics:
    return Topics(config.log.prefix, {name: config.partitions(name) for name in EVENT_TOPICS})


def packer_for(services: Services, recorded_at: str) -> Packer:
    return Packer(topics_of(services.config), recorded_at)
