"""What the test servers are made of: fetched or made once, kept in a cache folder, never half there."""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.process import ServerError

FETCH_SECONDS = 600


def say(line: str) -> None:
    """To whoever waits. Replaced in a test run, where what is printed is kept for failures."""
    print(line, file=sys.stderr, flush=True)


def cache_folder() -> Path:
    """`CLEARPLANE_TEST_CACHE`, else `clearplane-tests` in the user's cache folder."""
    named = os.environ.get("CLEARPLANE_TEST_CACHE")
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(named) if named else base / "clearplane-tests"


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def cached(what: str, name: str, make: Callable[[Path, Path], None]) -> Path:
    """The folder `name` of the cache; `make(into, scratch)` fills it the first time, after `what` was said.

    Complete or not there, also when two runs want it at once. Raises ServerError with what to do.
    """
    folder = cache_folder() / name
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _locked(folder.parent / f"{name}.lock"):
        if folder.is_dir():
            return folder
        say(f"{what} for the tests (first time only) ...")
        scratch = Path(tempfile.mkdtemp(prefix=f"{name}.", dir=folder.parent))
        try:
            into = scratch / "made"
            into.mkdir()
            make(into, scratch)
            into.rename(folder)
        except (OSError, subprocess.SubprocessError) as error:
            advice = "The tests need the package registries once, or CLEARPLANE_TEST_CACHE naming a folder filled elsewhere."
            raise ServerError(f"{what} failed: {error}. {advice}") from error
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return folder


def run(command: list[str], folder: Path) -> None:
    """Raises OSError with the end of its output when it fails."""
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=FETCH_SECONDS, check=False)
    if done.returncode:
        raise OSError(f"{command[0]} ended with {done.returncode}: {(done.stdout + done.stderr)[-600:].decode(errors='replace').strip()}")
