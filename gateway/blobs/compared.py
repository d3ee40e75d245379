"""Whether the bytes of a file are those that were received. A blob that is read in parts is compared with no hash by anybody else."""

import hashlib

from gateway.blobs.read_ahead import ReadAt
from gateway.seams import BlobDamaged

READ_BYTES = 1 << 20
"""Files of at most so many bytes are read once, as a whole."""


def compared(read_at: ReadAt, size: int, sha256: str) -> ReadAt:
    """The same bytes, all of them compared with their hash. Raises BlobError."""
    if size <= READ_BYTES:
        read_at = _in_memory(read_at(0, size))
    Compared(read_at, size).check(sha256)
    return read_at


class Compared:
    """(offset, length) -> bytes of a file of `size`. What is read in order is hashed on the way, so that a first pass costs no second read."""

    def __init__(self, read_at: ReadAt, size: int) -> None:
        self._read_at, self._size = read_at, size
        self._hash, self._hashed = hashlib.sha256(), 0

    def __call__(self, offset: int, length: int) -> bytes:
        data = self._read_at(offset, length)
        if offset <= self._hashed < offset + len(data):
            self._hash.update(memoryview(data)[self._hashed - offset :])
            self._hashed = offset + len(data)
        return data

    def check(self, sha256: str) -> None:
        """Read what was not read in order. Raises BlobDamaged, as any read: the bytes are others."""
        while self._hashed < self._size and self(self._hashed, min(READ_BYTES, self._size - self._hashed)):
            pass
        if self._hash.hexdigest() != sha256:
            raise BlobDamaged("the stored bytes of a file are not those that were received")


def _in_memory(body: bytes) -> ReadAt:
    return lambda offset, length: body[offset : offset + length]


__all__ = ["Compared", "compared"]
