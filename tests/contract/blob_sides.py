"""The two sides of the Blobs seam as the tests see them, and a relay that lets a test watch, cut and alter what goes to an object store."""

import re
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import obstore
from obstore.store import S3Store

from gateway.blobs import DirectoryBlobs
from gateway.blobs.bucket import BucketBlobs
from gateway.config import BucketSettings
from gateway.seams import Blobs
from tests.servers.s3 import S3

PART = 5 << 20
_REQUEST = re.compile(rb"(?:GET|HEAD|PUT|POST|DELETE) /\S* HTTP/1\.1\r\n(?:[^\r\n]+\r\n)*\r\n")
Hook = Callable[[bytes], bytes | None]


class Side(Protocol):
    """`blobs` is new and empty."""

    blobs: Blobs

    def names(self) -> list[str]:
        """Of everything stored, blob or not."""

    def overwrite(self, sha256: str, data: bytes) -> None:
        """Store other bytes under this hash."""

    def close(self) -> None: ...


class DirectorySide:
    def __init__(self, folder: Path) -> None:
        self._root = folder / "blobs"
        self.blobs = DirectoryBlobs(self._root)

    def names(self) -> list[str]:
        return sorted(str(path.relative_to(self._root)) for path in self._root.rglob("*") if path.is_file())

    def overwrite(self, sha256: str, data: bytes) -> None:
        (self._root / sha256[:2] / sha256).write_bytes(data)

    def close(self) -> None:
        assert open_files_below(self._root) == [], "a file was left open"


class BucketSide:
    """A bucket of its own; `settings` lead to it, by `endpoint` when it is given."""

    def __init__(self, s3: S3, folder: Path, endpoint: str | None = None) -> None:
        self.bucket = s3.new_bucket()
        access_key, secret_key = folder / "access", folder / "secret"
        access_key.write_text(s3.access_key)
        secret_key.write_text(s3.secret_key)
        self.settings = BucketSettings(
            bucket=self.bucket, prefix="site/", endpoint=endpoint or s3.endpoint, access_key=f"file:{access_key}", secret_key=f"file:{secret_key}",
            part_bytes=PART, timeout_seconds=5, retry_seconds=0.2,
        )  # fmt: skip
        self.blobs = BucketBlobs.open(self.settings, "blobs")
        self._direct = S3Store(
            self.bucket, endpoint=s3.endpoint, access_key_id=s3.access_key, secret_access_key=s3.secret_key,
            virtual_hosted_style_request=False, client_options={"allow_http": True},
        )  # fmt: skip

    def open(self, **changes: object) -> BucketBlobs:
        """A further handle, under changed settings."""
        return BucketBlobs.open(self.settings.model_copy(update=changes), "blobs")

    def names(self) -> list[str]:
        return sorted(found["path"] for page in obstore.list(self._direct) for found in page)

    def put(self, key: str, data: bytes) -> None:
        obstore.put(self._direct, key, data)

    def overwrite(self, sha256: str, data: bytes) -> None:
        self.put(f"site/blobs/{sha256[:2]}/{sha256}", data)

    def close(self) -> None: ...


def open_files_below(folder: Path) -> list[str]:
    """This process's, also those without a name."""
    found = []
    for link in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            found.append(str(link.readlink()))
    return [name for name in found if name.startswith(str(folder))]


class Relay:
    """Stands before a server. `up` and `down` see every piece to and from it: what they return goes on, None cuts the connection."""

    def __init__(self, endpoint: str) -> None:
        host, _, port = endpoint.removeprefix("http://").rpartition(":")
        self._server = (host, int(port))
        self.up: Hook = lambda data: data
        self.down: Hook = lambda data: data
        self._sent = bytearray()
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with self._lock:
            for one in (self._listening, *self._open):
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
                one.close()

    def requests(self) -> list[str]:
        """Head of every request so far."""
        with self._lock:
            return [found.decode() for found in _REQUEST.findall(self._sent)]

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(self._server, 5)
            except OSError:
                client.close()
                continue
            with self._lock:
                self._open += [client, server]
            for source, target, upward in ((client, server, True), (server, client, False)):
                threading.Thread(target=self._pump, args=(source, target, upward), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, upward: bool) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 16):
                if upward:
                    with self._lock:
                        self._sent += data
                passed = (self.up if upward else self.down)(data)
                if passed is None:
                    break
                target.sendall(passed)
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
