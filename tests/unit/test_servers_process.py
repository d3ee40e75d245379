"""The test servers' processes: whatever ends a run, nothing of it stays."""

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.servers import cache, java
from tests.servers.process import Server, ServerError, ServerProcess, gone, wait_until

SLEEP = [sys.executable, "-c", "import signal; signal.pause()"]
DEAF = "import signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); open(sys.argv[1], 'w').close(); signal.pause()"
SECONDS = 10.0
RUN = """
import signal, sys, threading
from pathlib import Path
from tests.servers.process import ServerProcess

def start():
    server = ServerProcess("a server", [sys.executable, "-c", "import signal; signal.pause()"], Path(sys.argv[1]))
    server.start()
    print(server.pid, server._guard.pid, flush=True)

thread = threading.Thread(target=start)
thread.start()
thread.join()
print("started", flush=True)
signal.pause()
"""
"""A run that starts a server from a thread, which ends, and then waits."""


@pytest.fixture
def run(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    (tmp_path / "node").mkdir()
    with subprocess.Popen([sys.executable, "-c", RUN, str(tmp_path / "node")], stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def pids(run: subprocess.Popen[str]) -> tuple[int, int]:
    """(server, guard) of a run, as soon as its starting thread has ended."""
    assert run.stdout is not None
    server, guard = run.stdout.readline().split()
    assert run.stdout.readline() == "started\n"
    return int(server), int(guard)


def test_a_killed_run_leaves_no_server_and_no_data(run: subprocess.Popen[str], tmp_path: Path) -> None:
    server, guard = pids(run)
    assert not gone(server)
    run.kill()
    wait_until(lambda: gone(server) and gone(guard), SECONDS, "server and guard are gone")
    assert not (tmp_path / "node").exists()


def test_a_stopped_server_of_a_killed_run_goes_too(run: subprocess.Popen[str]) -> None:
    server, _ = pids(run)
    os.kill(server, signal.SIGSTOP)
    run.kill()
    wait_until(lambda: gone(server), SECONDS, "server is gone")


def test_a_killed_guard_takes_its_server_along(run: subprocess.Popen[str]) -> None:
    server, guard = pids(run)
    os.kill(guard, signal.SIGKILL)
    wait_until(lambda: gone(server), SECONDS, "server is gone")


def test_a_server_that_does_not_listen_is_killed(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    server = ServerProcess("a deaf server", [sys.executable, "-c", DEAF, ready], tmp_path)
    server.start()
    server.wait_ready(ready.exists, SECONDS)
    pid = server.pid
    server.stop(seconds=0.2)
    assert gone(pid)
    assert not server.running


def test_a_server_that_ends_while_starting_says_why(tmp_path: Path) -> None:
    server = ServerProcess("a broken server", [sys.executable, "-c", "raise SystemExit('no disk')"], tmp_path)
    server.start()
    with pytest.raises(ServerError, match="a broken server ended while starting:\nno disk"):
        server.wait_ready(lambda: False, SECONDS)


def test_a_killed_server_starts_again(tmp_path: Path) -> None:
    server = ServerProcess("a server", SLEEP, tmp_path)
    server.start()
    first = server.pid
    server.kill()
    assert gone(first)
    server.start()
    assert server.pid != first
    server.kill()


def test_a_server_that_does_not_start_leaves_no_process(tmp_path: Path) -> None:
    process = ServerProcess("a server", SLEEP, tmp_path)

    class Silent(Server):
        def start(self) -> None:
            process.start()
            process.wait_ready(lambda: False, 0.05)

        def close(self) -> None:
            process.kill()

    with pytest.raises(ServerError, match="does not answer"), Silent():
        raise AssertionError("it never answered")
    assert not process.running


# -- the cache


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLEARPLANE_TEST_CACHE", str(tmp_path / "cache"))


def test_two_runs_at_once_fetch_once(tmp_path: Path) -> None:
    made: list[Path] = []

    def make(into: Path, scratch: Path) -> None:
        # While this one makes it, the other has to wait.
        with (scratch.parent / "thing.lock").open("ab") as lock, pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        (into / "file").write_text("whole")
        made.append(into)

    with ThreadPoolExecutor(4) as pool:
        folders = set(pool.map(lambda _: cache.cached("Fetching a thing", "thing", make), range(4)))
    assert folders == {tmp_path / "cache" / "thing"}
    assert len(made) == 1
    assert (tmp_path / "cache" / "thing" / "file").read_text() == "whole"


def test_a_fetch_that_fails_leaves_nothing_and_says_what_to_do(tmp_path: Path) -> None:
    def make(into: Path, scratch: Path) -> None:
        (into / "half").write_text("")
        raise OSError("no route to host")

    with pytest.raises(ServerError, match=r"Fetching a thing failed: no route to host\. The tests need the package registries once"):
        cache.cached("Fetching a thing", "thing", make)
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["thing.lock"]


def test_a_jar_other_than_the_locked_one_is_refused(tmp_path: Path) -> None:
    scratch, into = tmp_path / "scratch", tmp_path / "into"
    jar = scratch / "org" / "example" / "thing" / "1.0" / "thing-1.0.jar"
    jar.parent.mkdir(parents=True)
    jar.write_bytes(b"other bytes")
    with pytest.raises(OSError, match=r"org\.example:thing:1\.0 is not the file the lock names"):
        java._fetch([java.Jar("org.example:thing:1.0", "0" * 64)], into, scratch)


def test_the_lock_names_every_program() -> None:
    for program in (java.KAFKA, java.S3PROXY):
        jars = java.locked(program)
        assert jars
        assert len({jar.coordinate for jar in jars}) == len(jars)
