"""State into another one, with places told anew, and where offsets of the earlier log are now."""

from collections.abc import Callable, Iterator
from itertools import islice

from gateway.move.plan import Moved
from gateway.pipeline.prune import COMPLETE_SINCE
from gateway.state import State
from gateway.state.database import iso, utc_now
from gateway.state.rows import OffsetRun

RUN_ROWS = 1000
PARTS = 3


def is_used(state: State) -> bool:
    """Whether it holds what a copy would have to be mixed with. Blocking."""
    return bool(state.receipts.page(limit=1) or state.keys.all() or state.audit.page(limit=1))


def copy_state(source: State, target: State, moved: Moved, appended: int, new_blobs: bool, progress: Callable[[int], None]) -> dict[str, int]:
    """All rows or none; rows by table, none when they were there. Blocking. `appended`: when the target's records were, ms since 1970.

    `new_blobs`: files were copied, and so have lost their time: none of them may be taken for a late one without a receipt.
    """
    now = iso(utc_now())
    rows: dict[str, int] = {}
    copied = f"copied_to/{moved.to_log}"  # goes from State to State with the rows: where it is, they are
    progress(0)
    if target.follow.recall(copied) is None:
        source.follow.claim(copied, None, now)
        rows = source.copy_to(target, moved.record_at, moved.reading_at, appended)
    progress(1)
    if new_blobs:
        target.follow.claim(COMPLETE_SINCE, target.follow.recall(COMPLETE_SINCE), now)
    runs = _runs(moved)
    while some := list(islice(runs, RUN_ROWS)):
        target.offsets.add(some)
    progress(2)
    return rows


def _runs(moved: Moved) -> Iterator[OffsetRun]:
    for pair, offsets in moved.maps.items():
        for run in offsets.runs():
            yield OffsetRun(moved.from_log, moved.to_log, pair.name, pair.source.partition, *run)
