"""An SFTP server for the tests: Apache MINA SSHD over a plain folder, on loopback."""

import asyncio
import shutil
import signal
import socket
import tempfile
from contextlib import suppress
from pathlib import Path

import asyncssh

from connectors.sftp import SftpServer
from tests.servers.java import SSHD, command
from tests.servers.process import Server, ServerProcess, free_ports

READY_SECONDS = 30.0
USER = "clinic"
PASSWORD = "not-a-secret"  # noqa: S105 -- of a server that lives for one test run
JAVA_OPTIONS = ("-Xmx128m", "-XX:TieredStopAtLevel=1")


class Sftp(Server):
    """Blocking; leaving the context ends the server and removes the data. `root` is what its user sees as /."""

    user, password = USER, PASSWORD

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="sftp-"))
        self.root = self.folder / "root"
        self.root.mkdir()
        (self.port,) = free_ports(1)
        self.key = self.folder / "user.key"
        own = asyncssh.generate_private_key("ecdsa-sha2-nistp256")
        own.write_private_key(self.key)
        public = own.export_public_key().decode().strip()
        arguments = str(self.port), self.root, self.folder / "host.key", USER, PASSWORD, public
        self._process = ServerProcess("SFTP", command(SSHD, "Sftp", *arguments, options=JAVA_OPTIONS, source="Sftp.java"), self.folder)
        self.host_key = ""

    def start(self) -> None:
        """With the key it had before; returns when it takes connections."""
        self._process.start()
        self._process.wait_ready(self._listens, READY_SECONDS)
        key = asyncio.run(asyncssh.get_server_host_key("127.0.0.1", self.port))
        assert key is not None
        self.host_key = key.export_public_key().decode().strip()

    def kill(self) -> None:
        """SIGKILL; the data stays."""
        self._process.kill()

    def pause(self) -> None:
        """Takes connections and answers nothing."""
        self._process.send(signal.SIGSTOP)

    def resume(self) -> None:
        self._process.send(signal.SIGCONT)

    def open_files(self) -> list[Path]:
        """What the server holds open now (Linux)."""
        return [link.resolve() for link in Path(f"/proc/{self._process.pid}/fd").iterdir()]

    def close(self) -> None:
        self._process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def server(self, timeout: float = 10.0) -> SftpServer:
        return SftpServer("127.0.0.1", USER, self.port, host_key=self.host_key, password=lambda: PASSWORD, timeout=timeout)

    def _listens(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1) as probe:
            return probe.recv(3) == b"SSH"
        return False
