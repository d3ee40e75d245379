"""Records of a lane, several at a time."""

from gateway.pipeline.lanes import Lane
from gateway.seams import Record


async def taken(lane: Lane, most: int, size: int) -> list[Record]:
    """What the lane holds, at least one record and about `size` bytes at most."""
    records = [await lane.take()]
    have = len(records[0].value)
    while lane.peek() is not None and len(records) < most and have < size:
        records.append(await lane.take())
        have += len(records[-1].value)
    return records


__all__ = ["taken"]
