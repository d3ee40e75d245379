"""Whether folders and servers that are looked at again and again can be had, for /metrics."""

from collections.abc import Iterator, Sequence
from typing import Any

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from connectors.sources.polled import PolledSource

Key = tuple[str, str, str]
"""Site, feed and type of the source."""


class SourceCollector(Collector):
    def __init__(self, sources: Sequence[tuple[Key, PolledSource[Any, Any]]]) -> None:
        self._sources = sources

    def collect(self) -> Iterator[Metric]:
        """Of several of one type at one feed the worst."""
        found: dict[Key, bool] = {}
        for key, source in self._sources:
            found[key] = source.available and found.get(key, True)
        gauge = GaugeMetricFamily("clearplane_source_available", "1 when a polled source could be read last time", labels=("site", "feed", "type"))
        for key, available in found.items():
            gauge.add_metric(key, int(available))
        yield gauge


__all__ = ["SourceCollector"]
