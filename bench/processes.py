"""What running processes have used so far, themselves and all their children, from /proc (Linux)."""

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

_TICKS = os.sysconf("SC_CLK_TCK")
_PARENT, _CPU = 1, slice(11, 15)
"""Fields of /proc/PID/stat behind the name: parent; user and system time, its own and that of children that have ended."""


class Used(NamedTuple):
    """CPU seconds since the start, and resident MB of each process."""

    cpu: float
    resident: Mapping[int, float]


def alone(pid: int) -> float:
    """CPU seconds of one process since its start, without its children."""
    stat = _stat(pid)
    return sum(map(int, stat[_CPU][:2])) / _TICKS if stat else 0.0


def used(roots: Iterable[int]) -> Used:
    """Of these processes and all below them."""
    stats = {pid: stat for pid in _pids() if (stat := _stat(pid))}
    known = set(roots)
    while more := {pid for pid, stat in stats.items() if int(stat[_PARENT]) in known} - known:
        known |= more
    here = known & stats.keys()
    return Used(sum(sum(map(int, stats[pid][_CPU])) for pid in here) / _TICKS, {pid: _resident(pid) for pid in sorted(here)})


def _pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def _stat(pid: int) -> list[str]:
    """Empty when the process has ended."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return []


def _resident(pid: int) -> float:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) * 1024 / 1e6
    return 0.0
