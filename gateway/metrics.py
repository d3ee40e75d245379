"""Counters of one gateway, for Prometheus. Labels are configuration and bounded codes, never anything from a message."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class Metrics:
    """`registry` is what /metrics shows; each gateway has its own, so that tests may run several."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.received = Counter("clearplane_received_files", "Files taken in, by what became of them", ("site", "feed", "outcome"), registry=registry)
        self.received_bytes = Counter("clearplane_received_bytes", "Bytes taken in, without duplicates", ("site", "feed"), registry=registry)
        self.files = Counter("clearplane_files", "Files finished, by outcome", ("site", "feed", "outcome"), registry=registry)
        self.items = Counter("clearplane_items", "Items, by outcome", ("site", "feed", "outcome"), registry=registry)
        self.events = Counter("clearplane_events", "Events committed", ("site", "feed", "topic"), registry=registry)
        self.findings = Counter("clearplane_findings", "Findings listed", ("site", "feed", "code"), registry=registry)
        self.commits = Histogram("clearplane_commit_seconds", "Time to commit results to the log", registry=registry)
        self.retries = Counter("clearplane_retries", "Times a task began anew after an error", ("task",), registry=registry)
        self.healthy = Gauge("clearplane_task_healthy", "1 while a task of the gateway runs", ("task",), registry=registry)


__all__ = ["Metrics"]
