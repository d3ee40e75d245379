"""Blobs as files named by their SHA-256, in folders named by its first two digits."""

import contextlib
import hashlib
import os
import re
import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from gateway.seams import BlobDamaged, BlobError, BlobNotFound

INCOMING = "incoming"
LEFTOVER_SECONDS = 3600.0
_HASH = re.compile(r"[0-9a-f]{64}")
_READ = 1 << 20
T = TypeVar("T")


class DirectoryWriter:
    """Writes to a file of its own; only `commit` gives it a name under which it is found."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._path = root / INCOMING / secrets.token_hex(16)
        self._hash = hashlib.sha256()
        self._size = 0
        self._sha256: str | None = None
        self._file = _blob_call(lambda: os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        self._open = True

    @property
    def size(self) -> int:
        """Bytes taken so far."""
        return self._size

    def write(self, data: bytes) -> None:
        """Raises BlobError when the disk does not take it; the writer is then aborted."""
        if not self._open:
            raise BlobError("this blob writer is closed")
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._file, view) :]
        except OSError as error:
            self.abort()
            raise _blob_error(error) from error
        self._hash.update(data)
        self._size += len(data)

    def commit(self) -> str:
        """File, then name, then folder are on disk before this returns. A second call gives the same answer."""
        if self._sha256 is not None:
            return self._sha256
        if not self._open:
            raise BlobError("this blob writer is closed")
        name = self._hash.hexdigest()
        folder = self._root / name[:2]
        try:
            os.fsync(self._file)
            self._close()
            if _make_folder(folder):
                _sync_folder(self._root)
            self._path.replace(folder / name)
            _sync_folder(folder)
        except OSError as error:
            self.abort()
            raise _blob_error(error) from error
        self._sha256 = name
        return name

    def abort(self) -> None:
        """Leave nothing behind. Does nothing after `commit`."""
        self._close()
        if self._sha256 is None:
            with contextlib.suppress(OSError):
                self._path.unlink()

    def _close(self) -> None:
        if self._open:
            self._open = False
            os.close(self._file)


class DirectoryBlobs:
    """Implements gateway.seams.Blobs. Opening sweeps what killed writers left behind more than an hour ago."""

    def __init__(self, path: Path | str, *, clock: Callable[[], float] = time.time) -> None:
        self._root = Path(path)
        _blob_call(lambda: self._prepare(clock() - LEFTOVER_SECONDS))

    def writer(self) -> DirectoryWriter:
        return DirectoryWriter(self._root)

    def put(self, data: bytes) -> str:
        writer = self.writer()
        writer.write(data)
        return writer.commit()

    def read(self, sha256: str, start: int = 0, length: int | None = None) -> bytes:
        """Bytes from `start`, to the end unless `length` is given. Raises BlobNotFound, BlobDamaged for a range that ends after the blob."""
        with self._opened(sha256) as file:
            size = os.fstat(file).st_size
            wanted = size - start if length is None else length
            if start < 0 or (length is not None and length < 0):
                raise BlobError("a range begins before a blob")
            if start + max(wanted, 0) > size:
                raise BlobDamaged(f"blob {sha256} has only {size} bytes; more were asked for")
            return _blob_call(lambda: _read_range(file, start, wanted))

    def size(self, sha256: str) -> int:
        with self._opened(sha256) as file:
            return os.fstat(file).st_size

    def exists(self, sha256: str) -> bool:
        return self._path(sha256).is_file()

    def delete(self, sha256: str) -> None:
        """Idempotent."""
        path = self._path(sha256)
        _blob_call(lambda: path.unlink(missing_ok=True))

    def list(self) -> Iterator[tuple[str, int, float]]:
        """(sha256, size, modified at: seconds since 1970) of every blob, in order of the hash."""
        for folder in sorted(self._root.glob("[0-9a-f][0-9a-f]")):
            for path in sorted(folder.iterdir()):
                if _HASH.fullmatch(path.name):
                    with contextlib.suppress(FileNotFoundError):  # deleted meanwhile
                        status = path.stat()
                        yield path.name, status.st_size, status.st_mtime

    def verify(self, sha256: str) -> bool:
        """Whether the bytes still have their hash. Raises BlobNotFound."""
        digest = hashlib.sha256()
        with self._opened(sha256) as file:
            while chunk := _blob_call(lambda: os.read(file, _READ)):
                digest.update(chunk)
        return digest.hexdigest() == sha256

    def _path(self, sha256: str) -> Path:
        if not _HASH.fullmatch(sha256):
            raise BlobError("no SHA-256 in lower-case hexadecimal")
        return self._root / sha256[:2] / sha256

    @contextlib.contextmanager
    def _opened(self, sha256: str) -> Iterator[int]:
        path = self._path(sha256)
        file = _blob_call(lambda: os.open(path, os.O_RDONLY | os.O_CLOEXEC))
        try:
            yield file
        finally:
            os.close(file)

    def _prepare(self, before: float) -> None:
        if _make_folder(self._root):
            _sync_folder(self._root.parent)
        incoming = self._root / INCOMING
        _make_folder(incoming)
        for path in incoming.iterdir():
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < before:
                    path.unlink()


def _read_range(file: int, start: int, length: int) -> bytes:
    parts = []
    while length:
        part = os.pread(file, length, start)
        if not part:
            raise BlobDamaged("a blob became shorter while it was read")
        parts.append(part)
        start += len(part)
        length -= len(part)
    return b"".join(parts)


def _make_folder(path: Path) -> bool:
    """Create it 0700 if it is not there; whether it was created."""
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        return False
    return True


def _sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _blob_call(call: Callable[[], T]) -> T:
    try:
        return call()
    except OSError as error:
        raise _blob_error(error) from error


def _blob_error(error: OSError) -> BlobError:
    """The system's reason without the path."""
    if isinstance(error, FileNotFoundError):
        return BlobNotFound("there is no such blob")
    return BlobError(f"the blob store cannot be used: {error.strerror}")
