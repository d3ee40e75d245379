"""Reading a blob at many small places. On an object store each read is a round trip, so what comes next is fetched with it."""

from collections.abc import Callable

from gateway.blobs.directory import DirectoryBlobs
from gateway.seams import BlobDamaged, Blobs

AHEAD_BYTES = 4 << 20
CONTEXT_BYTES = 1 << 16
WINDOWS = 2
"""Kept at once, those used last: a first pass reads at two places that are about one chunk apart."""
ReadAt = Callable[[int, int], bytes]


class ReadAhead:
    """(offset, length) -> bytes of a blob of `size`. What is fetched ahead of a read in `body` ends with it; before `body` is only context."""

    def __init__(self, read_at: ReadAt, size: int, body: range) -> None:
        self._read_at, self._size, self._body = read_at, size, body
        self._windows: list[tuple[int, bytes]] = []

    def __call__(self, offset: int, length: int) -> bytes:
        length = min(length, self._size - offset)
        if length <= 0:
            return b""
        windows = self._windows
        for number, (start, data) in enumerate(windows):
            if start <= offset and offset + length <= start + len(data):
                windows.insert(0, windows.pop(number))
                return data[offset - start : offset - start + length]
        data = self._fetched(offset, length)
        self._windows = [(offset, data), *windows[: WINDOWS - 1]]
        return data[:length]

    def _fetched(self, offset: int, length: int) -> bytes:
        """Where a blob is damaged, no more than is asked for: it may still be there."""
        ahead = max(length, self._ahead(offset, length))
        try:
            return self._read_at(offset, ahead)
        except BlobDamaged:
            if ahead == length:
                raise
        return self._read_at(offset, length)

    def _ahead(self, offset: int, length: int) -> int:
        if offset in self._body:
            # twice the length, so that long reads that move on by little find their bytes too
            return min(max(AHEAD_BYTES, 2 * length), self._body.stop - offset)
        return min(CONTEXT_BYTES, self._size - offset)


def blob_reader(blobs: Blobs, sha256: str, size: int, body: range | None = None) -> ReadAt:
    """(offset, length) -> bytes of a blob, fewer at its end. `body`: the part that will be read, None is all of it. Raises BlobError."""

    def read_at(offset: int, length: int) -> bytes:
        return blobs.read(sha256, offset, min(length, size - offset)) if offset < size else b""

    return read_at if isinstance(blobs, DirectoryBlobs) else ReadAhead(read_at, size, range(size) if body is None else body)


__all__ = ["ReadAhead", "blob_reader"]
