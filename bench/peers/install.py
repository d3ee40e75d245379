"""Environments for the peers, made on demand in the cache folder with ordinary pip and mvn. Each function returns the command that runs the peer."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from bench.generate import CACHE

ROOT = Path(__file__).parents[2]
STAEDI = Path(__file__).parent / "staedi"
X12SDK = "x12sdk==2.2.0"
LINUXFORHEALTH = "linuxforhealth-x12==0.57.0 pydantic<2"
"""It does not say that it needs the first pydantic."""
JAVA_TOOLS = ("java", "javac", "mvn")


class UnavailableError(Exception):
    """This peer cannot run here; the text says why in one line."""


def pyx12() -> list[str]:
    """pyx12 in the version that the extra `deep` of this project allows."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = next(one for one in project["optional-dependencies"]["deep"] if one.startswith("pyx12"))
    return [python_with("pyx12", wanted), "-m", "bench.peers.pyx12_valid"]


def x12sdk() -> list[str]:
    return [python_with("x12sdk", X12SDK), "-m", "bench.peers.x12sdk_models"]


def x12sdk_sets() -> list[str]:
    return [python_with("x12sdk", X12SDK), "-m", "bench.peers.transaction_models"]


def linuxforhealth() -> list[str]:
    return [python_with("linuxforhealth", LINUXFORHEALTH), "-m", "bench.peers.transaction_models"]


def staedi_segments() -> list[str]:
    return [one if one != "Bench" else "Segments" for one in staedi()]


def staedi() -> list[str]:
    """StAEDI and its one dependency folder from the Maven coordinates of pom.xml, and our claim builder compiled against it."""
    missing = [tool for tool in JAVA_TOOLS if not shutil.which(tool)]
    if missing:
        raise UnavailableError(f"not run: {', '.join(missing)} not found")
    home = CACHE / "staedi"
    jars, classes, sources = home / "lib", home / "classes", sorted(STAEDI.glob("*.java"))
    if not any(jars.glob("staedi-*.jar")):
        run("mvn", "-q", "-B", "-f", str(STAEDI / "pom.xml"), "dependency:copy-dependencies", f"-DoutputDirectory={jars}", "-DincludeScope=runtime")
    compiled = classes / "Bench.class"
    if not compiled.exists() or compiled.stat().st_mtime < max(one.stat().st_mtime for one in sources):
        run("javac", "-cp", f"{jars}/*", "-d", str(classes), *(str(one) for one in sources))
    return ["java", "-cp", f"{jars}/*:{classes}", "Bench", os.devnull]


def python_with(name: str, requirement: str) -> str:
    """The interpreter of a virtual environment that holds `requirement` (one or more); made again when it has changed."""
    home = CACHE / "venv" / name
    mark = home / "installed"
    python = str(home / "bin" / "python")
    if not mark.exists() or mark.read_text() != requirement:
        run(sys.executable, "-m", "venv", "--clear", str(home))
        run(python, "-m", "pip", "install", "-q", *requirement.split())
        mark.write_text(requirement)
    return python


def run(*command: str) -> None:
    """Raises UnavailableError with the last line of what the tool said."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise UnavailableError(f"not run: {Path(command[0]).name} failed: {said[-1][:120] if said else done.returncode}")
