"""What every Python contender runs in its process: one job over the files named on the command line, timed in process CPU seconds.

Prints one JSON line: `{"runs": [{"cpu": seconds, "claims": n or null, "out": bytes or null, "fault": text}], "peak_mb": VmHWM}`.
"""

import json
import logging
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple


class Result(NamedTuple):
    """What a job says of one file: claims found and bytes made, None where it does not count them; `fault` when it did not do its work."""

    claims: int | None = None
    out: int | None = None
    fault: str = ""


def peak_mb() -> float:
    """Highest resident memory of this process in MB. VmHWM, since ru_maxrss begins with that of the process that started us."""
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024 / 1_000_000


def main(job: Callable[[str], Result]) -> None:
    logging.disable(logging.CRITICAL)
    runs = []
    for path in sys.argv[1:]:
        started = time.process_time()
        result = job(path)
        runs.append({"cpu": time.process_time() - started, **result._asdict()})
    print(json.dumps({"runs": runs, "peak_mb": peak_mb()}))
