"""An S3-compatible store for the tests: S3Proxy over a plain folder, on loopback. Signatures are checked; multipart and ranges are real."""

import shutil
import signal
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from tests.servers.java import S3PROXY, classes, command
from tests.servers.process import Server, ServerProcess, free_ports

READY_SECONDS = 30.0
ACCESS_KEY = "test-key"
SECRET_KEY = "test-secret"  # noqa: S105 -- of a store that lives for one test run
REGION = "us-east-1"
JAVA_OPTIONS = ("-Xmx192m", "-XX:TieredStopAtLevel=1")
LOGGING = """<configuration>
  <appender name="out" class="ch.qos.logback.core.ConsoleAppender"><encoder><pattern>%level %logger %msg%n</pattern></encoder></appender>
  <root level="warn"><appender-ref ref="out"/></root>
</configuration>
"""


class S3(Server):
    """Blocking; leaving the context ends the server and removes the data. A bucket is a folder of `buckets`."""

    access_key, secret_key, region = ACCESS_KEY, SECRET_KEY, REGION

    def __init__(self) -> None:
        option = classes(S3PROXY, train)
        self.folder = Path(tempfile.mkdtemp(prefix="s3-"))
        self.buckets = self.folder / "buckets"
        (self._port,) = free_ports(1)
        self.endpoint = f"http://127.0.0.1:{self._port}"
        self._process = _server(self.folder, self._port, option)

    def start(self) -> None:
        """On the data it has; returns when it takes requests."""
        self._process.start()
        self._process.wait_ready(_listens(self._port), READY_SECONDS)

    def stop(self) -> None:
        """The data stays."""
        self._process.stop()

    def kill(self) -> None:
        """SIGKILL; the data stays."""
        self._process.kill()

    def pause(self) -> None:
        """Takes connections and answers nothing."""
        self._process.send(signal.SIGSTOP)

    def resume(self) -> None:
        self._process.send(signal.SIGCONT)

    def close(self) -> None:
        self._process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def new_bucket(self) -> str:
        """Name of a fresh empty bucket."""
        name = f"test-{uuid4().hex[:12]}"
        (self.buckets / name).mkdir()
        return name


def train(option: str, folder: Path) -> None:
    """A start and an end with a Java option, for `java.classes`."""
    (port,) = free_ports(1)
    process = _server(folder, port, option)
    process.start()
    try:
        process.wait_ready(_listens(port), READY_SECONDS)
    finally:
        process.stop(signal.SIGTERM, READY_SECONDS)


def _server(folder: Path, port: int, option: str) -> ServerProcess:
    buckets = folder / "buckets"
    buckets.mkdir()
    logging = folder / "logback.xml"
    logging.write_text(LOGGING)
    settings = folder / "s3proxy.properties"
    values = {
        "s3proxy.endpoint": f"http://127.0.0.1:{port}",
        "s3proxy.authorization": "aws-v4",
        "s3proxy.identity": ACCESS_KEY,
        "s3proxy.credential": SECRET_KEY,
        "jclouds.provider": "filesystem-nio2",
        "jclouds.filesystem.basedir": str(buckets),
    }
    settings.write_text("".join(f"{name}={value}\n" for name, value in values.items()))
    options = (*JAVA_OPTIONS, f"-Dlogback.configurationFile={logging}", option)
    return ServerProcess("S3Proxy", command(S3PROXY, "org.gaul.s3proxy.Main", "--properties", settings, options=options), folder)


def _listens(port: int) -> Callable[[], bool]:
    def listens() -> bool:
        try:
            with socket.create_connection(("127.0.0.1", port), 1):
                return True
        except OSError:
            return False

    return listens
