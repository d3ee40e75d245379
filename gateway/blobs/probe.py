"""Whether a blob store does what the gateway needs of it."""

import secrets
from contextlib import suppress

from gateway.seams import BlobError, Blobs

PROBE_BYTES = 64


def probe(blobs: Blobs) -> None:
    """Put, range read, list and delete of one small blob nobody else has. Blocking. Raises BlobError with what does not work."""
    data = secrets.token_bytes(PROBE_BYTES)
    sha256 = blobs.put(data)
    try:
        if blobs.read(sha256, 1, PROBE_BYTES - 2) != data[1:-1]:
            raise BlobError("the blob store gave other bytes than it was given")
        next(iter(blobs.list()), None)
        blobs.delete(sha256)
        if blobs.exists(sha256):
            raise BlobError("the blob store still has a blob that was deleted")
    except BlobError:
        with suppress(BlobError):
            blobs.delete(sha256)
        raise


__all__ = ["probe"]
