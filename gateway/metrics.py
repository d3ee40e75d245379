"""Counters of one gateway, for Prometheus. Labels are configuration and bounded codes, never anything from a message."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info


class Metrics:
    """`registry` is what /metrics shows; each gateway has its own, so that tests may run several."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.gateway = Info("clearplane_gateway", "What this process is", registry=registry)
        self.received = Counter("clearplane_received_files", "Files taken in, by what became of them", ("site", "feed", "outcome"), registry=registry)
        self.received_bytes = Counter("clearplane_received_bytes", "Bytes taken in, without duplicates", ("site", "feed"), registry=registry)
        self.mllp_messages = Counter("clearplane_mllp_messages", "What came by MLLP, by answer", ("site", "feed", "outcome"), registry=registry)
        self.turned_away = Counter("clearplane_turned_away_files", "Files not taken in because too many came at once", registry=registry)
        self.files = Counter("clearplane_files", "Files finished, by outcome", ("site", "feed", "outcome"), registry=registry)
        self.items = Counter("clearplane_items", "Items, by outcome", ("site", "feed", "outcome"), registry=registry)
        self.events = Counter("clearplane_events", "Events committed", ("site", "feed", "topic"), registry=registry)
        self.findings = Counter("clearplane_findings", "Findings listed", ("site", "feed", "code"), registry=registry)
        self.commits = Histogram("clearplane_commit_seconds", "Time to commit results to the log", registry=registry)
        self.commit_failures = Counter(
            "clearplane_commit_failures", "Times a task lost its partitions (fenced) or the log (unavailable)", ("kind",), registry=registry
        )
        self.retries = Counter("clearplane_retries", "Times a task began anew after an error", ("task",), registry=registry)
        self.healthy = Gauge("clearplane_task_healthy", "1 while a task of the gateway runs", ("task",), registry=registry)
        self.log_available = Gauge("clearplane_log_available", "1 when the log answered last time it was asked", registry=registry)
        self.disk_free = Gauge("clearplane_disk_free_bytes", "Free bytes of the file system with the data folder", registry=registry)
        self.lag = Gauge("clearplane_lag_records", "Records a group has still to read, over all partitions", ("group", "topic"), registry=registry)
        self.workers = Gauge("clearplane_workers", "Worker processes", registry=registry)
        self.workers_busy = Gauge("clearplane_workers_busy", "Calls that worker processes are at or that wait for one", registry=registry)
        self.local_files = Gauge("clearplane_local_waiting_files", "Files on this node that wait for the brokers", registry=registry)
        self.local_bytes = Gauge("clearplane_local_waiting_bytes", "Bytes of files on this node that wait for the brokers", registry=registry)
        self.answers = Counter("clearplane_answers", "Acknowledgements written", ("site", "feed", "kind"), registry=registry)
        self.answers_failed = Counter(
            "clearplane_answers_failed", "Files not acknowledged because of a fault of the gateway", ("site", "feed"), registry=registry
        )
        way = ("site", "feed", "route")
        self.deliveries = Counter("clearplane_deliveries", "Acknowledgements and routed messages handed over", (*way, "outcome"), registry=registry)
        self.delivery_waiting = Gauge("clearplane_delivery_waiting", "Acknowledgements and messages that wait to go out", way, registry=registry)
        self.delivery_oldest = Gauge("clearplane_delivery_oldest_seconds", "How long the oldest of them has waited", way, registry=registry)
        self.delivery_parked = Gauge("clearplane_delivery_parked", "Refused by their receiver, waiting for a decision", way, registry=registry)
        self.routed = Counter("clearplane_routed", "Messages that a route has taken", way, registry=registry)
        self.links = Counter("clearplane_links", "Answers linked to what they answer", ("rule",), registry=registry)
        self.local_oldest = Gauge("clearplane_local_oldest_seconds", "How long the oldest file has waited for the brokers", registry=registry)


__all__ = ["Metrics"]
