"""Runs one server and sees that it ends with the process that asked for it, whatever ends that one.

`python guard.py PARENT FOLDER LOG UID COMMAND...`: writes the server's pid as one line, passes its exit status on. When the process PARENT is
gone the server is killed and FOLDER removed. UID `-` is the user of this process. A program of its own, because the parent-death signal fires
at the end of the thread that started the child: the thread that starts the server here is this program's only one.
"""

import contextlib
import ctypes
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

LOOK_SECONDS = 0.25
REMOVE_SECONDS = 10.0
PR_SET_PDEATHSIG = 1


def die_with_guard() -> None:
    """In the child, before its program starts. Linux only; elsewhere a killed guard leaves its server."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def started(command: list[str], log: str, uid: str) -> subprocess.Popen[bytes]:
    user = None if uid == "-" else int(uid)
    with Path(log).open("ab") as output:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
            user=user, group=user, extra_groups=None if user is None else [], preexec_fn=die_with_guard,
        )  # fmt: skip


def watch(child: subprocess.Popen[bytes], parent: int) -> bool:
    """True when the server ended, False when the parent did."""
    woken, wake = os.pipe()
    os.set_blocking(woken, False)
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while child.poll() is None:
        if os.getppid() != parent:
            return False
        select.select([woken], [], [], LOOK_SECONDS)
        with contextlib.suppress(BlockingIOError):
            os.read(woken, 512)
    return True


def remove(folder: Path) -> None:
    """Processes of a killed server may write for a moment more."""
    end = time.monotonic() + REMOVE_SECONDS
    while folder.exists() and time.monotonic() < end:
        shutil.rmtree(folder, ignore_errors=True)
        time.sleep(0.05)


def main() -> int:
    parent, folder, log, uid, *command = sys.argv[1:]
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    child = started(command, log, uid)
    with contextlib.suppress(BrokenPipeError):
        print(child.pid, flush=True)
    if watch(child, int(parent)):
        return child.returncode
    child.kill()
    child.wait()
    remove(Path(folder))
    return 1


if __name__ == "__main__":
    sys.exit(main())
