"""Measurements: rates of the contenders as slopes, memory and start of our own commands."""

import json
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from bench.generate import Input, Kind, Layout, file
from bench.peers import install
from bench.peers.install import ROOT, UnavailableError
from parsers.x12.extension import available

OURS = "this project"
ALONE = f"{OURS}, Python alone"
LAUNCHER = Path(__file__).parent / "launch.py"
TIME_LIMIT = 900
_HINT = "For further information visit"
"""Pydantic ends what it says with it."""
START_RUNS = 5


class Contender(NamedTuple):
    """Who runs, what its job is, and the two sizes in MB between which its rate is the slope. `prepare` gives the command."""

    name: str
    job: str
    sizes: tuple[float, float]
    prepare: Callable[[], list[str]]
    warm_ups: int = 1


class Row(NamedTuple):
    """A line of the table; None where a column does not apply. Rates are per CPU second, MB are 10^6 bytes, `wall` is in seconds."""

    what: str
    who: str
    job: str
    megabytes: str = ""
    rate: float | None = None
    claims: float | None = None
    peak_mb: float | None = None
    ratio: float | None = None
    wall: float | None = None
    note: str = ""


class Sample(NamedTuple):
    """One process: CPU seconds for the small and the large file, peak MB, and what it failed at."""

    small: float = 0.0
    large: float = 0.0
    peak_mb: float = 0.0
    fault: str = ""


def contenders(quick: bool) -> list[Contender]:
    fast = (1.0, 10.0) if quick else (10.0, 100.0)
    slow = (0.1, 0.5) if quick else (0.1, 1.0)
    return [
        Contender(OURS, "events", fast, lambda: [sys.executable, "-m", "bench.ours"]),
        *([Contender(ALONE, "events", fast, lambda: [sys.executable, "-m", "bench.ours_python"])] if available() else []),
        Contender("StAEDI + claim builder", "claim JSON", fast, install.staedi, warm_ups=6),
        Contender("x12sdk", "models", slow, install.x12sdk),
        Contender("pyx12", "validation", slow, install.pyx12),
    ]


def sample(command: list[str], warm_ups: int, small: Input, large: Input) -> Sample:
    """Run one contender in one process: warm up on the small file, then the small and the large one on the clock."""
    paths = [str(small.path)] * (warm_ups + 1) + [str(large.path)]
    try:
        done = subprocess.run([*command, *paths], cwd=ROOT, capture_output=True, text=True, check=False, timeout=TIME_LIMIT)  # noqa: S603
    except subprocess.TimeoutExpired:
        return Sample(fault=f"not done in {TIME_LIMIT} s")
    if done.returncode:
        last = [line for line in done.stderr.splitlines() if line.strip() and _HINT not in line][-1:]
        return Sample(fault=f"failed: {last[0].strip()[:100] if last else done.returncode}")
    answer = json.loads(done.stdout.splitlines()[-1])
    (first, second), truth = answer["runs"][-2:], (small, large)
    return Sample(first["cpu"], second["cpu"], answer["peak_mb"], fault((first, second), truth))


def fault(runs: tuple[dict[str, Any], dict[str, Any]], truth: tuple[Input, Input]) -> str:
    """What a contender says it could not do, or the claims it lost: a rate counts only when all of them came out."""
    for run, wanted in zip(runs, truth, strict=True):
        if run["fault"]:
            return str(run["fault"])
        if run["claims"] not in (None, wanted.claims):
            return f"{run['claims']} of {wanted.claims} claims"
    return ""


def rates(kind: Kind, layout: Layout, field: list[Contender], runs: int, say: Callable[[str], None], name: str = "") -> list[Row]:
    """One row a contender, this project first. They take turns, so that a busy moment of the machine hits all; the best time of each size counts."""
    rows: dict[str, Row] = {}
    commands: dict[str, list[str]] = {}
    samples: dict[str, list[Sample]] = {}
    what = name or f"{kind.upper()} {layout} ST"
    for one in field:
        try:
            commands[one.name] = one.prepare()
        except UnavailableError as why:
            rows[one.name] = Row(what, one.name, one.job, note=str(why))
    for turn in range(runs):
        for one in field:
            taken = samples.setdefault(one.name, [])
            if one.name in rows or any(before.fault for before in taken):
                continue
            say(f"{what}: {one.name}, run {turn + 1} of {runs}")
            taken.append(sample(commands[one.name], one.warm_ups, *inputs(kind, layout, one)))
    for one in field:
        if one.name not in rows:
            rows[one.name] = rate_row(what, one, samples[one.name], *inputs(kind, layout, one))
    ours = rows[OURS].rate
    return [with_ratio(rows[one.name], ours) for one in field]


def inputs(kind: Kind, layout: Layout, one: Contender) -> tuple[Input, Input]:
    return file(kind, one.sizes[0], layout), file(kind, one.sizes[1], layout)


def rate_row(what: str, one: Contender, samples: list[Sample], small: Input, large: Input) -> Row:
    """The slope between the best time for the small and the best time for the large file."""
    sizes = f"{one.sizes[0]:g} to {one.sizes[1]:g}"
    wrong = next((taken.fault for taken in samples if taken.fault), "")
    if wrong:
        return Row(what, one.name, one.job, sizes, note=wrong)
    seconds = min(taken.large for taken in samples) - min(taken.small for taken in samples)
    if seconds <= 0:
        return Row(what, one.name, one.job, sizes, note="no slope: the machine was too busy")
    rate, claims = (large.size - small.size) / 1e6 / seconds, (large.claims - small.claims) / seconds
    return Row(what, one.name, one.job, sizes, rate, claims, max(taken.peak_mb for taken in samples))


def with_ratio(row: Row, ours: float | None) -> Row:
    return row._replace(ratio=ours / row.rate) if ours and row.rate and row.who != OURS else row


def command(name: str) -> list[str] | None:
    """The installed command of this project beside the running interpreter, or None."""
    script = Path(sys.executable).parent / name
    return [str(script)] if script.exists() else None


def launched(arguments: list[str]) -> tuple[dict[str, float], str]:
    """What the launcher measured of `clearplane ARGUMENTS`, and a note when it did not end with 0, as valid inputs must."""
    script = command("clearplane")
    if script is None:
        return {}, "not available: clearplane is not installed here"
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-I", "-S", str(LAUNCHER), *script, *arguments], cwd=ROOT, capture_output=True, text=True, check=True, timeout=TIME_LIMIT
    )
    answer: dict[str, float] = json.loads(done.stdout)
    return answer, f"failed: exit code {answer['exit']:.0f}" if answer["exit"] else ""


def memory(kind: Kind, layout: Layout, megabytes: list[float], say: Callable[[str], None]) -> list[Row]:
    """Peak memory of `clearplane convert` for each size, up to the first that fails; the note compares with the size before."""
    rows: list[Row] = []
    for size in megabytes:
        what = f"{kind.upper()} {layout} ST"
        say(f"{what}: memory at {size:g} MB")
        got, note = launched(["convert", str(file(kind, size, layout).path)])
        if note:
            return [*rows, Row(what, "clearplane convert", "memory", f"{size:g}", note=note)]
        rows.append(Row(what, "clearplane convert", "memory", f"{size:g}", peak_mb=got["peak_mb"], wall=got["wall"]))
    return rows[:1] + [growth(before, after) for before, after in pairwise(rows)]


def growth(before: Row, after: Row) -> Row:
    if before.peak_mb is None or after.peak_mb is None:
        return after
    return after._replace(note=f"{after.peak_mb - before.peak_mb:+.1f} MB against {before.megabytes} MB")


def starts(say: Callable[[str], None]) -> list[Row]:
    """Wall time of commands, interpreter start included: the best of five."""
    say("start of commands")
    wanted = [
        Row("start", "clearplane --help", "wall"),
        Row("start", "clearplane check, 837P", "wall", "1"),
        Row("start", "clearplane check, 835", "wall", "1"),
    ]
    arguments = [["--help"], ["check", str(file("837p", 1, "one").path)], ["check", str(file("835", 1, "one").path)]]
    return [best_start(row, one) for row, one in zip(wanted, arguments, strict=True)]


def best_start(row: Row, arguments: list[str]) -> Row:
    taken = []
    for _ in range(START_RUNS):
        got, note = launched(arguments)
        if note:
            return row._replace(note=note)
        taken.append(got)
    return row._replace(wall=min(got["wall"] for got in taken), peak_mb=max(got["peak_mb"] for got in taken))
