"""Every blob of one store into another one."""

import asyncio
from collections.abc import Callable
from itertools import islice
from typing import NamedTuple

from gateway.seams import BlobDamaged, Blobs

AT_ONCE = 8
PART_BYTES = 4 << 20
"""Memory is at most AT_ONCE times this."""


class BlobTally(NamedTuple):
    """Blobs of the source, and their bytes; `known` of them were on the target already."""

    blobs: int = 0
    bytes: int = 0
    known: int = 0


async def copy_blobs(source: Blobs, target: Blobs, update: Callable[[int], None]) -> BlobTally:
    """Raises BlobError, also for a blob that is not what its name says."""
    tally = BlobTally()
    found = iter(source.list())
    while some := await asyncio.to_thread(lambda: list(islice(found, AT_ONCE))):
        new = await asyncio.gather(*(asyncio.to_thread(_copy, source, target, sha256, size) for sha256, size, _ in some))
        tally = BlobTally(tally.blobs + len(some), tally.bytes + sum(size for _, size, _ in some), tally.known + new.count(False))
        update(len(some))
    return tally


def _copy(source: Blobs, target: Blobs, sha256: str, size: int) -> bool:
    """False when it was there."""
    if target.exists(sha256) and target.size(sha256) == size:
        return False
    writer = target.writer()
    try:
        for start in range(0, size, PART_BYTES):
            writer.write(source.read(sha256, start, min(PART_BYTES, size - start)))
        if writer.commit() != sha256:
            raise BlobDamaged(f"the blob {sha256} is damaged: its bytes have another hash; the copy under that hash does no harm")
    except BaseException:
        writer.abort()
        raise
    return True
