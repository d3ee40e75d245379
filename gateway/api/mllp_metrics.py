"""What the MLLP listeners count themselves, for /metrics."""

from collections.abc import Iterator, Mapping, Sequence

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from connectors.sources.mllp import MllpSource

_EVENTS = {"opened": "connections", "turned_away": "turned_away", "idle": "idle", "slow": "slow"}
"""Label by the name that the source has for it."""


class MllpCollector(Collector):
    """`listeners` by (site, feed)."""

    def __init__(self, listeners: Mapping[tuple[str, str], Sequence[MllpSource]]) -> None:
        self._listeners = listeners

    def collect(self) -> Iterator[Metric]:
        open_ = GaugeMetricFamily("clearplane_mllp_connections", "Open MLLP connections", labels=("site", "feed"))
        events = CounterMetricFamily("clearplane_mllp_connection_events", "MLLP connections, by what was done", labels=("site", "feed", "event"))
        for feed, listeners in self._listeners.items():
            counts = [listener.counts for listener in listeners]
            open_.add_metric(feed, sum(each.open for each in counts))
            for event, name in _EVENTS.items():
                events.add_metric((*feed, event), sum(getattr(each, name) for each in counts))
        yield open_
        yield events


__all__ = ["MllpCollector"]
