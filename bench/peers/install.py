"""Environments for the peers, made on demand in the cache folder with ordinary pip and mvn. Each function returns the command that runs the peer."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from bench.generate import CACHE

ROOT = Path(__file__).parents[2]
X12SDK = "x12sdk==2.2.0"
LINUXFORHEALTH = "linuxforhealth-x12==0.57.0 pydantic<2"
"""It does not say that it needs the first pydantic."""
MESSAGE_LIBRARIES = "hl7apy==1.3.5 hl7==0.4.5 hl7lw==0.1.2"
MEDPLUM = "@medplum/core@5.2.13"
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
    """StAEDI and its one dependency, and our claim builder compiled against it."""
    return [*java("staedi"), "Bench", os.devnull]


def hapi(program: str = "Messages") -> list[str]:
    """HAPI with the structures of version 2.5, and a program of ours compiled against it."""
    return [*java("hapi"), program]


def java(name: str) -> list[str]:
    """The command up to the class to run: jars from the Maven coordinates of the peer's pom.xml, and the sources beside it compiled."""
    missing = [tool for tool in JAVA_TOOLS if not shutil.which(tool)]
    if missing:
        raise UnavailableError(f"not run: {', '.join(missing)} not found")
    home, here = CACHE / name, Path(__file__).parent / name
    jars, classes, sources = home / "lib", home / "classes", sorted(here.glob("*.java"))
    if not any(jars.glob("*.jar")):
        run("mvn", "-q", "-B", "-f", str(here / "pom.xml"), "dependency:copy-dependencies", f"-DoutputDirectory={jars}", "-DincludeScope=runtime")
    compiled = [classes / f"{source.stem}.class" for source in sources]
    if not all(made.exists() and made.stat().st_mtime >= source.stat().st_mtime for made, source in zip(compiled, sources, strict=True)):
        run("javac", "-cp", f"{jars}/*", "-d", str(classes), *(str(one) for one in sources))
    return ["java", "-cp", f"{jars}/*:{classes}"]


def message_library(name: str) -> list[str]:
    """A Python library that reads HL7 v2."""
    return [python_with("messages", MESSAGE_LIBRARIES), "-m", "bench.peers.messages", name]


def medplum() -> list[str]:
    missing = [tool for tool in ("node", "npm") if not shutil.which(tool)]
    if missing:
        raise UnavailableError(f"not run: {', '.join(missing)} not found")
    home = CACHE / "medplum"
    if not (home / "node_modules").exists():
        home.mkdir(parents=True, exist_ok=True)
        (home / "package.json").write_text("{}")
        run("npm", "install", "--silent", "--prefix", str(home), MEDPLUM)
    return ["node", str(Path(__file__).parent / "medplum" / "messages.mjs"), str(home)]


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
