"""Offsets of the same records on two logs, one map per partition."""

from array import array
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple


class Run(NamedTuple):
    """`records` whose offsets follow each other without a gap on both logs."""

    old: int
    new: int
    records: int


class OffsetMap:
    """24 bytes a run. `start`: the first offset kept on both sides, `end`: where the next records will stand."""

    def __init__(self, old_start: int, new_start: int) -> None:
        self.start = self.end = Run(old_start, new_start, 0)
        self._old, self._new, self._count = array("q"), array("q"), array("q")

    def add(self, old: int, new: int) -> None:
        """The next record, in order."""
        if self._old and old - self._old[-1] == new - self._new[-1] == self._count[-1]:
            self._count[-1] += 1
        else:
            self._old.append(old)
            self._new.append(new)
            self._count.append(1)

    def close(self, old_end: int, new_end: int) -> None:
        """All records were added."""
        self.end = Run(old_end, new_end, 0)

    def exact(self, old: int) -> int | None:
        """Where the record of this offset is; None for an offset without one."""
        run = self._run(self._before(old))
        return run.new + old - run.old if run.old <= old < run.old + run.records else None

    def following(self, old: int) -> int:
        """Where to read on: the place of this or else the next record."""
        found = self.exact(old)
        return self._run(self._before(old) + 1).new if found is None else found

    def ordered(self, old: int) -> int:
        """A number for any offset, in the order of offsets, that is a record's place where there is one; negative for what was kept no more."""
        return old - self.start.old if old < self.start.old else self.following(old)

    def runs(self) -> Iterator[Run]:
        """In order, the first one at `start`."""
        if not self._old or self._old[0] != self.start.old:
            yield self.start
        for at in range(len(self._old)):
            yield self._run(at)

    def _before(self, old: int) -> int:
        """Number of the last run that begins at or before the offset, -1 for none."""
        return bisect_right(self._old, old) - 1

    def _run(self, at: int) -> Run:
        return Run(self._old[at], self._new[at], self._count[at]) if 0 <= at < len(self._old) else self.end
