"""Raw files as the parsers want them: bytes by offset, a size, and the SHA-256 that makes the receipt."""

import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from gateway.cli.main import UsageError
from parsers.x12.plan import ReadAt

_BLOCK = 1 << 20


class Source(NamedTuple):
    """An open file. `read_at(offset, length)` may be called in any order; it raises UsageError when the file has become shorter."""

    name: str
    read_at: ReadAt
    size: int
    sha256: str


@contextmanager
def open_source(path: str) -> Iterator[Source]:
    """A file, or standard input for `-`, which is kept in a temporary file since it is read twice. Raises UsageError."""
    if path == "-":
        with tempfile.TemporaryFile() as spool:
            shutil.copyfileobj(sys.stdin.buffer, spool, _BLOCK)
            yield _source("-", spool)
        return
    try:
        with Path(path).open("rb") as file:
            yield _source(path, file)
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise UsageError(f"{path}: {error.strerror}") from None


def _source(name: str, file: BinaryIO) -> Source:
    descriptor = file.fileno()
    file.flush()
    size = os.fstat(descriptor).st_size
    digest = hashlib.sha256()
    for offset in range(0, size, _BLOCK):
        digest.update(os.pread(descriptor, _BLOCK, offset))

    def read_at(offset: int, length: int) -> bytes:
        data = os.pread(descriptor, length, offset)
        if len(data) < min(length, size - offset):
            raise UsageError(f"{name}: the file became shorter while it was read")
        return data

    return Source(name, read_at, size, digest.hexdigest())


def files_in(paths: list[str]) -> list[str]:
    """Files as given; of a folder, every file below it that is not hidden, by name."""
    found: list[str] = []
    for path in paths:
        folder = Path(path)
        if path != "-" and folder.is_dir():
            inside = (file.relative_to(folder) for file in folder.rglob("*") if file.is_file())
            found += (str(folder / file) for file in sorted(inside) if not any(part.startswith(".") for part in file.parts))
        else:
            found.append(path)
    return found
