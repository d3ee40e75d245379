"""Runs the command given in argv and prints one JSON line: wall and CPU seconds, peak resident memory in MB, exit code.

Started as a bare interpreter of its own, because the peak memory that the kernel reports for a child begins with that of its parent.
"""

import json
import os
import sys
import time


def launch(command: list[str]) -> dict[str, float]:
    silent = [(os.POSIX_SPAWN_OPEN, descriptor, os.devnull, os.O_WRONLY, 0) for descriptor in (1, 2)]
    started = time.perf_counter()
    child = os.posix_spawnp(command[0], command, os.environ, file_actions=silent)
    _, status, usage = os.wait4(child, 0)
    return {
        "wall": time.perf_counter() - started,
        "cpu": usage.ru_utime + usage.ru_stime,
        "peak_mb": usage.ru_maxrss * 1024 / 1_000_000,
        "exit": os.waitstatus_to_exitcode(status),
    }


if __name__ == "__main__":
    print(json.dumps(launch(sys.argv[1:])))
