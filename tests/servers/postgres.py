"""PostgreSQL for the tests, from the binaries of the package pgserver, on loopback."""

import os
import shutil
import signal
import tempfile
from importlib.metadata import distribution
from pathlib import Path
from uuid import uuid4

import psycopg

from tests.servers.process import Server, ServerProcess, children, free_ports, gone, wait_until

PROGRAMS = Path(str(distribution("pgserver").locate_file("pgserver/pginstall")))
LIBRARIES = "pgserver.libs"
NOBODY = 65534
"""PostgreSQL does not run as root; where the tests do, it runs as this user."""
READY_SECONDS = 30.0
TEST_SETTINGS = {"fsync": "off", "max_connections": "100", "shared_buffers": "32MB", "unix_socket_directories": ""}
"""A killed process loses nothing without fsync; only a machine that loses power does."""


class Postgres(Server):
    """The user is `postgres`. With a `password` the server asks for it (SCRAM), without one it trusts loopback.

    Blocking; leaving the context ends the server and removes the data.
    """

    def __init__(self, password: str | None = None) -> None:
        self.password = password
        # Not below pytest's own folders: those are closed to other users, and the server may be one.
        self.folder = Path(tempfile.mkdtemp(prefix="postgres-"))
        (self.port,) = free_ports(1)
        self.url = f"postgresql://postgres@127.0.0.1:{self.port}/postgres"
        self._uid = NOBODY if os.geteuid() == 0 else None
        self._made = False
        settings = {"listen_addresses": "127.0.0.1", "port": str(self.port), **TEST_SETTINGS}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self._process = self._program("PostgreSQL", "postgres", "-D", self._data, *options)

    def start(self) -> None:
        """On the data it has; returns when it takes connections."""
        if not self._made:
            self._make()
        self._process.start()
        self._process.wait_ready(self._answers, READY_SECONDS)

    def stop(self) -> None:
        """In good order, ending open connections; the data stays."""
        self._process.stop(signal.SIGINT)

    def kill(self) -> None:
        """SIGKILL to the server; returns when the processes of its connections have ended too, as they do by themselves. The data stays."""
        connections = children(self._process.pid)
        self._process.kill()
        wait_until(lambda: all(map(gone, connections)), READY_SECONDS, "PostgreSQL's connections end")

    def close(self) -> None:
        self._process.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def new_database(self) -> str:
        """URL of a fresh empty database, without the password."""
        name = f"test_{uuid4().hex[:12]}"
        with psycopg.connect(self.url, password=self.password, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _program(self, title: str, name: str, *arguments: str | Path) -> ServerProcess:
        return ServerProcess(title, [self._programs / "bin" / name, *arguments], self.folder, uid=self._uid)

    @property
    def _programs(self) -> Path:
        """A copy where another user has to run them: the environment they are installed in may be closed to it."""
        return PROGRAMS if self._uid is None else self.folder / PROGRAMS.parent.name / PROGRAMS.name

    def _make(self) -> None:
        if self._uid is not None:
            shutil.copytree(PROGRAMS, self._programs)
            shutil.copytree(PROGRAMS.parent.with_name(LIBRARIES), self.folder / LIBRARIES)
            os.chown(self.folder, self._uid, self._uid)
        secret = self.folder / "password"
        secret.write_text(self.password or "unused")
        if self._uid is not None:
            os.chown(secret, self._uid, self._uid)
        method = "trust" if self.password is None else "scram-sha-256"
        options = ["-U", "postgres", "-A", method, f"--pwfile={secret}", "-E", "UTF8", "--locale=C", "--no-sync"]
        make = self._program("Making a PostgreSQL data folder", "initdb", "-D", self._data, *options)
        make.start()
        make.finish(READY_SECONDS)
        self._made = True

    def _answers(self) -> bool:
        try:
            with psycopg.connect(self.url, password=self.password, connect_timeout=2):
                return True
        except psycopg.OperationalError:
            return False
