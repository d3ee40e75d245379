"""What is dear to make is lent to one at a time and used again."""

from collections.abc import Iterator
from itertools import count

import pytest

from parsers.kept import Kept


@pytest.fixture
def kept() -> Kept[int]:
    return Kept(2)


@pytest.fixture
def numbers() -> Iterator[int]:
    return count()


def test_it_is_made_once_and_lent_to_one_at_a_time(kept: Kept[int], numbers: Iterator[int]) -> None:
    with kept.lent("a", numbers.__next__) as first, kept.lent("a", numbers.__next__) as second:
        assert (first, second) == (0, 1)
    with kept.lent("a", numbers.__next__) as again, kept.lent("b", numbers.__next__) as other:
        assert (again in {first, second}, other) == (True, 2)


def test_it_comes_back_after_an_error(kept: Kept[int], numbers: Iterator[int]) -> None:
    with pytest.raises(ValueError, match="not this"), kept.lent("a", numbers.__next__):
        raise ValueError("not this")
    with kept.lent("a", numbers.__next__) as again:
        assert again == 0


def test_those_used_last_stay(kept: Kept[int], numbers: Iterator[int]) -> None:
    for name in "abac":
        with kept.lent(name, numbers.__next__):
            pass
    with kept.lent("a", numbers.__next__) as first, kept.lent("c", numbers.__next__) as last, kept.lent("b", numbers.__next__) as gone:
        assert (first, last, gone) == (0, 2, 3)
