"""One server process of the tests: started under its guard, ended by its own pid."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

GUARD = Path(__file__).with_name("guard.py")
PORTS = range(20_000, 32_000)
"""Below the ports that Linux gives to outgoing connections, so that nobody takes one between our look and the server's bind."""
POLL_SECONDS = 0.05
TAIL_BYTES = 3000


class ServerError(Exception):
    """A server of the tests could not be had or does not answer; the sentence says what to do."""


def free_ports(count: int) -> list[int]:
    """Different ports of 127.0.0.1 that nobody listens on now; where processes run tests side by side, each has ports of its own."""
    number, processes = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]), int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    own = PORTS[number::processes]
    found: list[int] = []
    for port in random.SystemRandom().sample(own, len(own)):
        if len(found) == count:
            break
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            found.append(port)
    return found


def wait_until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Raises ServerError when `condition` did not hold within `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise ServerError(f"{what}: not within {seconds:g} s")
        time.sleep(POLL_SECONDS)


def gone(pid: int) -> bool:
    """Also true for a process that ended and that nobody asked about yet. Linux; so is `children`."""
    return _state(pid)[0] in ("", "Z")


def children(pid: int) -> list[int]:
    return [int(path.name) for path in Path("/proc").glob("[0-9]*") if _state(int(path.name))[1] == str(pid)]


def _state(pid: int) -> tuple[str, str]:
    """(state, parent's pid) as the kernel writes them; empty when there is no such process."""
    try:
        state, parent, *_ = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return "", ""
    return state, parent


class ServerProcess:
    """`folder` is removed when this process ends without ending the server. `uid`: run as this user."""

    def __init__(self, name: str, command: Sequence[str | Path], folder: Path, env: Mapping[str, str] | None = None, uid: int | None = None) -> None:
        self.name, self.folder, self.log = name, folder, folder / "server.log"
        self._command = [str(part) for part in command]
        self._env = None if env is None else {**os.environ, **env}
        self._uid = "-" if uid is None else str(uid)
        self._guard: subprocess.Popen[bytes] | None = None
        self._pid = 0

    @property
    def running(self) -> bool:
        return self._guard is not None and self._guard.poll() is None

    @property
    def pid(self) -> int:
        """Of the server itself."""
        if not self.running:
            raise ServerError(f"{self.name} does not run")
        return self._pid

    def start(self) -> None:
        if self.running:
            raise ServerError(f"{self.name} runs already")
        guard = [sys.executable, "-I", "-S", str(GUARD), str(os.getpid()), str(self.folder), str(self.log), self._uid]
        command = [*guard, *self._command]
        self._guard = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=self._env, start_new_session=True)
        assert self._guard.stdout is not None
        with self._guard.stdout as said:
            line = said.readline()
        if not line:
            raise ServerError(f"{self.name} could not be started: {self._command[0]}")
        self._pid = int(line)

    def wait_ready(self, ready: Callable[[], bool], seconds: float) -> None:
        """Until `ready()`; raises ServerError with the end of its log when the server ends first or takes longer."""
        end = time.monotonic() + seconds
        while not ready():
            if not self.running:
                raise ServerError(f"{self.name} ended while starting:\n{self.tail()}")
            if time.monotonic() > end:
                raise ServerError(f"{self.name} does not answer after {seconds:g} s:\n{self.tail()}")
            time.sleep(POLL_SECONDS)

    def finish(self, seconds: float) -> None:
        """Waits for it to end by itself; raises ServerError when it ends badly or not within `seconds`."""
        assert self._guard is not None
        wait_until(lambda: not self.running, seconds, f"{self.name} ends")
        if status := self._guard.returncode:
            raise ServerError(f"{self.name} ended with {status}:\n{self.tail()}")

    def send(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        """SIGKILL; returns when it is gone."""
        self.stop(signal.SIGKILL, 10)

    def stop(self, number: signal.Signals = signal.SIGTERM, seconds: float = 15) -> None:
        """Asks it to end, kills it after `seconds`; returns when it is gone. Nothing to do when it does not run."""
        if self._guard is None or not self.running:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, number)
        try:
            self._guard.wait(seconds)
        except subprocess.TimeoutExpired:
            os.kill(self._pid, signal.SIGKILL)
            self._guard.wait(10)

    def tail(self) -> str:
        """The end of what it wrote."""
        return self.log.read_bytes()[-TAIL_BYTES:].decode(errors="replace") if self.log.exists() else ""


class Server(ABC):
    """As a context: started and answering inside, closed behind it, also where it did not start."""

    @abstractmethod
    def start(self) -> None: ...

    @abstractmethod
    def close(self) -> None: ...

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
