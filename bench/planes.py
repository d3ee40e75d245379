"""The rows of whole gateways: files in watched folders, uploads at a steady rate, a million claims in one file; embedded and on Kafka."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from bench.folder import Passed, through
from bench.generate import Input, file, pieces
from bench.latency import Paced, paced
from bench.plane import Plane, Setup
from bench.servers import Servers
from tests.servers.process import ServerError

RATES = (100, 1000)
MILLION_MEGABYTES = 745
PIECE = 1000
Say = Callable[[str], None]
FAULTS = (RuntimeError, ServerError, ExceptionGroup, OSError)


class Flow(NamedTuple):
    """Files to committed events. `claims` counted on the log; seconds of wall time, of CPU of the gateway's processes and of the servers beside."""

    what: str
    log: str
    workers: int
    claims: int = 0
    wall: float | None = None
    cpu: float | None = None
    beside: float | None = None
    note: str = ""


class Delay(NamedTuple):
    """Uploads at a steady rate of claims a second: milliseconds from the start of an upload to its events at a reader; CPU of the gateway a file."""

    log: str
    workers: int
    rate: int
    sent: int = 0
    p50: float | None = None
    p99: float | None = None
    worst: float | None = None
    cpu_ms: float | None = None
    note: str = ""


class Case(NamedTuple):
    """Files for the watched folders, and on which gateways they are tried."""

    what: str
    files: list[Input]
    setups: tuple[Setup, ...]


EMBEDDED = (Setup("embedded", 1), Setup("embedded", 2))
KAFKA = (Setup("kafka", 1), Setup("kafka", 2))
UNSPREAD = Setup("kafka", 2, False)


def cases(log: str, quick: bool) -> list[Case]:
    """A file is large enough to be shared out in the short form too."""
    size, count = (20, 20) if quick else (40, 40)
    both = EMBEDDED if log == "embedded" else KAFKA
    alone = () if log == "embedded" else (UNSPREAD,)
    return [
        Case(f"837P, {size} MB in one file", [file("837p", size, "one")], (*both, *alone)),
        Case(f"835, {size} MB in one file", [file("835", size, "one")], both[1:]),
        Case(f"837P, {count} files of {PIECE:,} claims", pieces("837p", count, PIECE), both),
    ]


def flows(log: str, servers: Servers | None, quick: bool, runs: int, say: Say) -> list[Flow]:
    """The best of `runs` by wall time."""
    rows = []
    for case in cases(log, quick):
        for setup in case.setups:
            what = case.what + (", not shared out" if setup.spread is False else "")
            taken = []
            for turn in range(runs):
                say(f"{what}: {log}, {setup.workers} workers, run {turn + 1} of {runs}")
                taken.append(flow(what, setup, servers, case.files))
            rows.append(min(taken, key=lambda row: row.wall or float("inf")))
    return rows


def million(log: str, servers: Servers | None, say: Say) -> Flow:
    say(f"a million claims in one file: {log}")
    return flow("837P, a million claims in one file", Setup(log, 2), servers, [file("837p", MILLION_MEGABYTES, "one")], memory=True)


def flow(what: str, setup: Setup, servers: Servers | None, files: list[Input], memory: bool = False) -> Flow:
    row = Flow(what, setup.log, setup.workers)
    try:
        with tempfile.TemporaryDirectory() as folder, Plane(Path(folder) / "plane", setup, servers) as plane:
            passed = through(plane, files)
    except FAULTS as error:
        return row._replace(note=f"failed: {error}"[:200])
    return row._replace(claims=passed.claims, wall=passed.wall, cpu=passed.cpu, beside=passed.beside, note=resident(passed) if memory else "")


def resident(passed: Passed) -> str:
    """Of each process, in MB."""
    parts = [f"{name} {_sizes(early)} -> {_sizes(late)}" for name, (early, late) in passed.memory.items()]
    return f"MB at a quarter -> at the end: {', '.join(parts)}"


def _sizes(megabytes: list[float]) -> str:
    return "+".join(f"{size:.0f}" for size in megabytes)


def delays(log: str, servers: Servers | None, quick: bool, say: Say) -> list[Delay]:
    rows = []
    for setup in EMBEDDED[1:] if log == "embedded" else KAFKA:
        with tempfile.TemporaryDirectory() as folder:
            rows += _delays(Path(folder) / "plane", setup, servers, 5.0 if quick else 20.0, say)
    return rows


def _delays(folder: Path, setup: Setup, servers: Servers | None, seconds: float, say: Say) -> list[Delay]:
    rows = [Delay(setup.log, setup.workers, rate) for rate in RATES]
    try:
        with Plane(folder, setup, servers) as plane:
            for number, row in enumerate(rows):
                say(f"{row.rate} claims a second: {setup.log}, {setup.workers} workers")
                rows[number] = timed(row, paced(plane, row.rate, seconds))
    except FAULTS as error:
        return [row if row.sent else row._replace(note=f"failed: {error}"[:200]) for row in rows]
    return rows


def timed(row: Delay, found: Paced) -> Delay:
    """A rate that was not held, or events that never came, are said."""
    notes = [f"{found.rate:,.0f} a second sent"] if found.rate < 0.95 * row.rate else []
    notes += [f"{found.lost} events lost"] if found.lost else []
    notes += [f"{found.turned_away} uploads had to come again"] if found.turned_away else []
    return row._replace(sent=found.sent, p50=found.p50, p99=found.p99, worst=found.worst, cpu_ms=found.cpu * 1e3, note=", ".join(notes))
