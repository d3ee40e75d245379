"""Every transaction set that is read, beside the peers that read it, and what answering a file costs on top of reading it."""

import json
import subprocess
import sys
from collections.abc import Callable
from typing import NamedTuple

from bench.generate import FAMILIES, Kind, file
from bench.measure import ALONE, OURS, TIME_LIMIT, Contender, Row, rates
from bench.peers import install
from bench.peers.install import ROOT
from parsers.x12 import extension

KINDS: tuple[Kind, ...] = (*FAMILIES, "ta1")
NAMES: dict[Kind, str] = {"278": "278 request", "278r": "278 response"}
COMPILED: frozenset[Kind] = frozenset({"837p", "835"})
"""What the compiled engine has a fast lane for; the Python engine alone is measured there as well."""
MODELS: frozenset[Kind] = frozenset({"837p", "835", "270", "271", "276", "277", "834"})
MAPS: frozenset[Kind] = frozenset({"837p", "835", "277ca", "834", "820", "999"})
FAST, SLOW = (1.0, 10.0), (0.1, 0.5)
WARM_UPS = 6
ANSWERED_MB = 10.0


class Answering(NamedTuple):
    """One line: CPU seconds of reading an 837P and of writing its TA1, 999 and 277CA."""

    engine: str
    claims: int | None = None
    read: float | None = None
    write: float | None = None
    ratio: float | None = None
    out_mb: float | None = None
    note: str = ""


def contenders(kind: Kind) -> list[Contender]:
    """`MODELS` and `MAPS` are the sets that the makers of the peers say they read."""
    field = [Contender(OURS, "events", FAST, lambda: [sys.executable, "-m", "bench.ours"])]
    if kind in COMPILED and extension.available():
        field.append(Contender(ALONE, "events", FAST, lambda: [sys.executable, "-m", "bench.ours_python"]))
    field.append(Contender("StAEDI", "segments", FAST, install.staedi_segments, WARM_UPS))
    if kind in MODELS:
        field += [Contender("x12sdk", "models", SLOW, install.x12sdk_sets), Contender("linuxforhealth-x12", "models", SLOW, install.linuxforhealth)]
    if kind in MAPS:
        field.append(Contender("pyx12", "validation", SLOW, install.pyx12))
    return field


def compare(runs: int, say: Callable[[str], None]) -> list[Row]:
    rows: list[Row] = []
    for kind in KINDS:
        rows += rates(kind, "many", contenders(kind), runs, say, NAMES.get(kind, kind.upper()))
    return rows


def answering(runs: int, say: Callable[[str], None]) -> list[Answering]:
    """By engine; the run with the least of both together counts."""
    engines = {"python": "Python", "auto": "compiled"} if extension.available() else {"python": "Python"}
    rows = []
    for engine, name in engines.items():
        say(f"acknowledging, {name} engine")
        taken = [one_answering(engine, name) for _ in range(runs)]
        rows.append(min(taken, key=lambda row: (row.read or 0) + (row.write or 0)))
    return rows


def one_answering(engine: str, name: str) -> Answering:
    """Warmed up by a file of 1 MB."""
    known = file("837p", ANSWERED_MB, "one")
    command = [sys.executable, "-m", "bench.acknowledge", engine, str(file("837p", FAST[0], "one").path), str(known.path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=TIME_LIMIT)  # noqa: S603
    if done.returncode:
        return Answering(name, note=f"failed: {done.returncode}")
    got = json.loads(done.stdout)
    note = "" if got["claims"] == known.claims else f"{got['claims']} of {known.claims} claims"
    return Answering(name, got["claims"], got["read"], got["write"], got["write"] / got["read"], got["out"] / 1e6, note)
