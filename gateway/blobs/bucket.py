"""Blobs as objects of an S3-compatible bucket, named as in a directory: `{prefix}{name}/{first two digits}/{sha256}`."""

import hashlib
import io
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Self, TypeVar

from gateway.blobs.bucket_client import PastEndError, bucket_call, open_bucket
from gateway.config import BucketSettings
from gateway.seams import BlobDamaged, BlobError, BlobNotFound

import obstore  # after bucket_client, which says what to install  # isort: skip

MEMORY_BYTES = 1 << 20
"""A body up to this size waits for its end in memory, a larger one in a file, because many may come at once."""
PARTS_AT_ONCE = 4
"""Parts on their way at the same time, per upload; memory is one part more."""
READ_BYTES = 8 << 20
"""Longer reads are several requests, so that one request's time limit holds whatever the size."""
FRESH_SECONDS = 600.0
"""A large blob this young is not sent again: its age leaves its record most of the hour that a sweep of orphans waits at least."""
LIST_PAGE = 1000
_HASH = re.compile(r"[0-9a-f]{64}")
_KEY_END = re.compile(r"/([0-9a-f]{2})/(\1[0-9a-f]{62})")
T = TypeVar("T")


class BucketWriter:
    """The key is the hash, so nothing is sent before `commit`: what is large waits in a file without a name."""

    def __init__(self, blobs: "BucketBlobs") -> None:
        self._blobs = blobs
        self._hash = hashlib.sha256()
        self._size = 0
        self._sha256: str | None = None
        self._file = tempfile.SpooledTemporaryFile(max_size=MEMORY_BYTES, dir=blobs.spool)  # noqa: SIM115 - abort closes it

    @property
    def size(self) -> int:
        """Bytes taken so far."""
        return self._size

    def write(self, data: bytes) -> None:
        """Raises BlobError when the local disk does not take it; the writer is then aborted."""
        self._require_open()
        try:
            self._file.write(data)
        except OSError as error:
            self.abort()
            raise _spool_error(error) from error
        self._hash.update(data)
        self._size += len(data)

    def commit(self) -> str:
        """The store has confirmed the whole object before this returns. A second call gives the same answer."""
        if self._sha256 is not None:
            return self._sha256
        self._require_open()
        name = self._hash.hexdigest()
        try:
            self._file.seek(0)
            self._blobs.upload(name, self._file, self._size)
        except OSError as error:
            raise _spool_error(error) from error
        finally:
            self.abort()
        self._sha256 = name
        return name

    def abort(self) -> None:
        """Leave nothing behind. Does nothing after `commit`."""
        self._file.close()

    def _require_open(self) -> None:
        if self._file.closed:
            raise BlobError("this blob writer is closed")


class BucketBlobs:
    """Implements gateway.seams.Blobs. Safe to use from several threads; each process opens its own."""

    def __init__(self, settings: BucketSettings, name: str, spool: Path | None = None, *, clock: Callable[[], float] = time.time) -> None:
        """`spool`: folder of what is too large for memory until it is sent; None is the system's folder for temporary files."""
        self.spool = None if spool is None else str(spool)
        self._part = settings.part_bytes
        self._bucket = settings.bucket
        self._root = f"{settings.prefix}{name}"
        self._clock = clock
        self._store = open_bucket(settings)

    @classmethod
    def open(cls, settings: BucketSettings, name: str, spool: Path | None = None) -> Self:
        """Makes no request: the store need not be there yet. Raises BlobError, SecretError."""
        return cls(settings, name, spool)

    def writer(self) -> BucketWriter:
        return BucketWriter(self)

    def put(self, data: bytes) -> str:
        name = hashlib.sha256(data).hexdigest()
        self.upload(name, io.BytesIO(data), len(data))
        return name

    def upload(self, sha256: str, file: IO[bytes], size: int) -> None:
        """Small blobs are always sent, which makes their age new; a store has no other way to do that without sending the bytes."""
        key = self._key(sha256)
        if size <= self._part:
            body = file.read()
            self._call(lambda: obstore.put(self._store, key, body, use_multipart=False))
        elif not self._is_fresh(key, size):
            self._call(lambda: obstore.put(self._store, key, file, use_multipart=True, chunk_size=self._part, max_concurrency=PARTS_AT_ONCE))

    def read(self, sha256: str, start: int = 0, length: int | None = None) -> bytes:
        """Bytes from `start`, to the end unless `length` is given. Raises BlobNotFound, BlobDamaged for a range that ends after the blob."""
        key = self._key(sha256)
        if start < 0 or (length is not None and length <= 0):
            return self._read_nothing(sha256, start, length)
        try:
            data, size = self._fetch(key, start, READ_BYTES if length is None else min(length, READ_BYTES))
        except PastEndError:
            return self._read_nothing(sha256, start, length)
        end = size if length is None else start + length
        if end > size:
            raise _outside(sha256, size)
        if start + len(data) == end:
            return data
        rest = range(start + len(data), end, READ_BYTES)
        return b"".join([data, *(self._fetch(key, at, min(READ_BYTES, end - at))[0] for at in rest)])

    def size(self, sha256: str) -> int:
        return self._head(self._key(sha256))[0]

    def exists(self, sha256: str) -> bool:
        try:
            self._head(self._key(sha256))
        except BlobNotFound:
            return False
        return True

    def delete(self, sha256: str) -> None:
        """Idempotent."""
        key = self._key(sha256)
        try:
            self._call(lambda: obstore.delete(self._store, key))
        except BlobNotFound:
            return

    def list(self) -> Iterator[tuple[str, int, float]]:
        """(sha256, size, modified at: seconds since 1970, by the store's clock) of every blob, page by page. Foreign keys are passed over."""
        pages = self._call(lambda: obstore.list(self._store, self._root, chunk_size=LIST_PAGE))
        while (page := self._call(lambda: next(pages, None))) is not None:
            for found in page:
                key = _KEY_END.fullmatch(found["path"].removeprefix(self._root))
                if key is not None:
                    yield key.group(2), found["size"], found["last_modified"].timestamp()

    def verify(self, sha256: str) -> bool:
        """Whether the bytes still have their hash. Raises BlobNotFound."""
        digest = hashlib.sha256()
        size = self.size(sha256)
        for at in range(0, size, READ_BYTES):
            digest.update(self.read(sha256, at, min(READ_BYTES, size - at)))
        return digest.hexdigest() == sha256

    def _key(self, sha256: str) -> str:
        if not _HASH.fullmatch(sha256):
            raise BlobError("no SHA-256 in lower-case hexadecimal")
        return f"{self._root}/{sha256[:2]}/{sha256}"

    def _is_fresh(self, key: str, size: int) -> bool:
        try:
            found, modified = self._head(key)
        except BlobNotFound:
            return False
        return found == size and abs(self._clock() - modified) < FRESH_SECONDS

    def _head(self, key: str) -> tuple[int, float]:
        """(size, modified at). Raises BlobNotFound."""
        try:
            meta = self._call(lambda: obstore.head(self._store, key))
        except BlobNotFound:
            self._fetch(key, 0, 1)  # the answer to HEAD has no text: no such key, no such bucket, no such user look the same
            raise
        return meta["size"], meta["last_modified"].timestamp()

    def _fetch(self, key: str, start: int, length: int) -> tuple[bytes, int]:
        """(bytes of the range as far as the blob goes, size of the blob). Raises BlobNotFound, PastEndError."""
        result = self._call(lambda: obstore.get(self._store, key, options={"range": (start, start + length)}))
        data = self._call(lambda: result.bytes().to_bytes())
        size = result.meta["size"]
        if len(data) != min(length, size - start):
            raise BlobError("the blob store gave fewer bytes than it said")
        return data, size

    def _read_nothing(self, sha256: str, start: int, length: int | None) -> bytes:
        """What a read gives that no range request can be made for: no bytes, or an error."""
        if start < 0 or (length is not None and length < 0):
            raise BlobError("a range begins before a blob")
        size = self.size(sha256)
        if start > size or length:
            raise _outside(sha256, size)
        return b""

    def _call(self, call: Callable[[], T]) -> T:
        return bucket_call(self._bucket, call)


def _outside(sha256: str, size: int) -> BlobDamaged:
    return BlobDamaged(f"blob {sha256} has only {size} bytes; more were asked for")


def _spool_error(error: OSError) -> BlobError:
    """The system's reason without the path."""
    return BlobError(f"the folder for temporary files cannot be used: {error.strerror}")


__all__ = ["BucketBlobs", "BucketWriter"]
