"""What is dear to make and may be used by one thread at a time, kept for whoever needs the same next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any, Generic, TypeVar

Made = TypeVar("Made")


class Kept(Generic[Made]):
    """Those that nobody uses, by what they were made of; at most `most`, the ones used last. Without a lock: one thread gets what is popped."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._free: dict[int, tuple[Any, Made]] = {}
        self._numbers = count()

    @contextmanager
    def lent(self, of: Any, make: Callable[[], Made]) -> Iterator[Made]:
        """One made of `of`, for the caller alone."""
        made = self._taken(of) or (of, make())
        try:
            yield made[1]
        finally:
            self._free[next(self._numbers)] = made
            for number in list(self._free)[: -self._most]:
                self._free.pop(number, None)

    def _taken(self, of: Any) -> tuple[Any, Made] | None:
        for number, (other, _) in list(self._free.items()):
            if other == of and (found := self._free.pop(number, None)) is not None:
                return found
        return None
