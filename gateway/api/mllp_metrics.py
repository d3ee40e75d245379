"""What the MLLP listeners count themselves, for /metrics."""

from collections.abc import Iterator, Mapping, Sequence

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from connectors.sources.mllp import MllpSource

_EVENTS = {"opened": "connections", "turned_away": "turned_away", "failed": "failed", "idle": "idle", "slow": "slow"}
_FAULTS = ("over_limit", "unstarted")
"""Labels by the names that the source has for them."""


class MllpCollector(Collector):
    """`listeners` by (site, feed)."""

    def __init__(self, listeners: Mapping[tuple[str, str], Sequence[MllpSource]]) -> None:
        self._listeners = listeners

    def collect(self) -> Iterator[Metric]:
        open_ = GaugeMetricFamily("clearplane_mllp_connections", "Open MLLP connections", labels=("site", "feed"))
        events = CounterMetricFamily("clearplane_mllp_connection_events", "MLLP connections, by what was done", labels=("site", "feed", "event"))
        size = CounterMetricFamily("clearplane_mllp_bytes", "Bytes of messages that came by MLLP", labels=("site", "feed"))
        outside = CounterMetricFamily("clearplane_mllp_outside_bytes", "Bytes outside frames that came by MLLP", labels=("site", "feed"))
        faults = CounterMetricFamily("clearplane_mllp_frame_faults", "MLLP frames that were not as they should be", labels=("site", "feed", "fault"))
        last = GaugeMetricFamily("clearplane_mllp_last_message_timestamp_seconds", "When the last one came by MLLP", labels=("site", "feed"))
        for feed, listeners in self._listeners.items():
            counts = [listener.counts for listener in listeners]
            open_.add_metric(feed, sum(each.open for each in counts))
            for event, name in _EVENTS.items():
                events.add_metric((*feed, event), sum(getattr(each, name) for each in counts))
            size.add_metric(feed, sum(each.bytes for each in counts))
            outside.add_metric(feed, sum(each.bytes_outside for each in counts))
            for fault in _FAULTS:
                faults.add_metric((*feed, fault), sum(getattr(each, fault) for each in counts))
            last.add_metric(feed, max(each.last for each in counts))
        yield from (open_, events, size, outside, faults, last)


__all__ = ["MllpCollector"]
