"""What the tasks of the pipeline share."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from gateway.codes.store import pairs
from gateway.config import Config
from gateway.metrics import Metrics
from gateway.pipeline.pool import WorkerPool
from gateway.pipeline.reading import FileSettings, Topics
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
    _file_settings: dict[tuple[str, str, str], FileSettings] = field(default_factory=dict)

    @cached_property
    def lists(self) -> tuple[tuple[str, str], ...]:
        """(name, SHA-256) of the code lists in use when the gateway started. Raises ConfigError where they are damaged."""
        return pairs(self.config.data_dir)

    def feed(self, site: str, feed: str) -> tuple[Site, Feed]:
        """Their configuration; defaults for one that was taken out after its files had come."""
        known = self.sites.get(site) or Site(id=site)
        return known, known.feed(feed) or Feed(id=feed)

    def file_settings(self, site: str, feed: str, kind: str = "") -> FileSettings:
        """With a format, or what the feed says of it. The same object each time."""
        key = site, feed, kind
        if key not in self._file_settings:
            settings = settings_of(self.config, *self.feed(site, feed), self.lists)
            self._file_settings[key] = settings._replace(kind=kind) if kind else settings
        return self._file_settings[key]

    def committed(self) -> None:
        """Something went on."""
        self.moved.set()


def settings_of(config: Config, site: Site, feed: Feed, lists: Sequence[tuple[str, str]] = ()) -> FileSettings:
    """How the files of a feed are read from now on."""
    limits = config.limits
    policy = {code: str(strictness) for code, strictness in site.findings.items()} | strictness_of(site.rules)
    bounds = limits.chunk_bytes, limits.segment_bytes, limits.item_segments, limits.findings
    settings = FileSettings(site.zone, site.usage or "", policy, *bounds, plain(site.rules), lists, str(config.data_dir))
    return settings._replace(kind=feed.kind, profile=site.profile_data(feed.id))


def topics_of(config: Config) -> Topics:
    return Topics(config.log.prefix, {name: config.partitions(name) for name in EVENT_TOPICS})
