"""HAPI's MLLP server and client for the tests, on loopback: Java programs of their own, plain or with TLS."""

import shutil
import tempfile
from pathlib import Path

from tests.servers.certificates import Certificates, Pair
from tests.servers.java import Program, command
from tests.servers.process import Server, ServerProcess, free_ports

HAPI = Program("hapi", "HAPI HL7 v2")
READY_SECONDS = 30.0
JAVA_OPTIONS = ("-Xmx192m", "-XX:TieredStopAtLevel=1")
SOURCE = "Hapi.java"


class HapiServer(Server):
    """Blocking; leaving the context ends it. It answers AE or AR to control ids that begin so, AA to others."""

    def __init__(self, tls: Certificates | None = None) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="hapi-"))
        (self.port,) = free_ports(1)
        self._process = _process(self._folder, "serve", str(self.port), *_pem(tls, tls.server if tls else None))

    def start(self) -> None:
        ready = len(self._lines("ready"))
        self._process.start()
        self._process.wait_ready(lambda: len(self._lines("ready")) > ready, READY_SECONDS)

    def kill(self) -> None:
        self._process.kill()

    def close(self) -> None:
        self._process.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def received(self) -> list[tuple[str, str, int]]:
        """(control id, given name of the patient, characters of the note) of each message, in order."""
        return [(control_id, name, int(size)) for control_id, name, size in (line.split(" ") for line in self._lines("got"))]

    def _lines(self, kind: str) -> list[str]:
        return _lines(self._process, kind)


class HapiClient:
    """Sends `count` messages H0, H1 ... on one connection, each with a note of `size` characters."""

    def __init__(self, port: int, count: int, size: int = 10, tls: Certificates | None = None) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="hapi-"))
        self._process = _process(self._folder, "send", str(port), str(count), str(size), *_pem(tls, tls.client if tls else None))

    def run(self) -> list[str]:
        """Blocking. Code and control id of each answer. Raises ServerError with what it said when it fails."""
        try:
            self._process.start()
            self._process.finish(READY_SECONDS)
            return _lines(self._process, "answer")
        finally:
            self._process.kill()
            shutil.rmtree(self._folder, ignore_errors=True)


def _process(folder: Path, *arguments: str | Path) -> ServerProcess:
    return ServerProcess("HAPI", command(HAPI, "Hapi", *arguments, options=JAVA_OPTIONS, source=SOURCE), folder)


def _pem(tls: Certificates | None, pair: Pair | None) -> tuple[Path, ...]:
    return () if tls is None or pair is None else (tls.authority, pair.key, pair.certificates)


def _lines(process: ServerProcess, kind: str) -> list[str]:
    if not process.log.exists():
        return []
    lines = process.log.read_text(errors="replace").splitlines()
    return [line.removeprefix(f"{kind} ") for line in lines if line.split(" ")[0] == kind]
