"""Transactions on Kafka: this project's commit of a lane beside confluent-kafka's transactional producer, on the same broker."""

import json
import secrets
import subprocess
import sys
from collections.abc import Callable
from typing import NamedTuple

from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from bench.commits import PARTITIONS, WARM_UPS, Job
from bench.peers.install import ROOT
from bench.stock import read_committed

TIME_LIMIT = 300
CONTENDERS = {"this project": "bench.lane_commits", "confluent-kafka": "bench.peers.confluent_commits"}


class Load(NamedTuple):
    """Lanes at the same time, events of a transaction, transactions of a lane."""

    lanes: int
    size: int
    transactions: int


LOADS = (Load(1, 10, 400), Load(6, 10, 150), Load(1, 500, 60), Load(6, 500, 20))


class Commits(NamedTuple):
    """One line: `rate` events a second of wall time, `cpu_us` CPU microseconds an event, p50 and p99 milliseconds of a commit."""

    lanes: int
    size: int
    who: str
    rate: float | None = None
    cpu_us: float | None = None
    p50_ms: float | None = None
    p99_ms: float | None = None
    peak_mb: float | None = None
    note: str = ""


def compare(servers: str, runs: int, say: Callable[[str], None]) -> list[Commits]:
    """The best of `runs` by rate; the contenders take turns."""
    rows = []
    for load in LOADS:
        taken: dict[str, list[Commits]] = {who: [] for who in CONTENDERS}
        for turn in range(runs):
            for who, module in CONTENDERS.items():
                say(f"transactions of {load.size} events, {load.lanes} lanes: {who}, run {turn + 1} of {runs}")
                taken[who].append(one(servers, load, who, module))
        rows += [max(some, key=lambda row: row.rate or 0) for some in taken.values()]
    return rows


def one(servers: str, load: Load, who: str, module: str) -> Commits:
    """A rate counts only when a `read_committed` reader then finds every record."""
    job = new_job(servers, load)
    row = Commits(load.lanes, load.size, who)
    command = [sys.executable, "-m", module, json.dumps(job._asdict())]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=TIME_LIMIT)  # noqa: S603
    except subprocess.TimeoutExpired:
        return row._replace(note=f"not done in {TIME_LIMIT} s")
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:]
        return row._replace(note=f"failed: {last[0][:100] if last else done.returncode}")
    wanted = load.lanes * (load.transactions + WARM_UPS) * (load.size + 1)
    if (found := records(servers, job.target)) != wanted:
        return row._replace(note=f"{found} of {wanted} records")
    got = json.loads(done.stdout.splitlines()[-1])
    rate, cpu = got["events"] / got["wall"], got["cpu"] / got["events"]
    return row._replace(rate=rate, cpu_us=cpu * 1e6, p50_ms=got["p50"] * 1e3, p99_ms=got["p99"] * 1e3, peak_mb=got["peak_mb"])


def new_job(servers: str, load: Load) -> Job:
    """With topics of its own."""
    name = secrets.token_hex(4)
    job = Job(servers, f"source-{name}", f"target-{name}", f"group-{name}", *load)
    admin = AdminClient({"bootstrap.servers": servers})
    for future in admin.create_topics([NewTopic(topic, PARTITIONS, 1) for topic in (job.source, job.target)]).values():
        future.result()
    return job


def records(servers: str, topic: str) -> int:
    return sum(1 for _ in read_committed(servers, topic, PARTITIONS))
