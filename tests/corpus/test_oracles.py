"""Other people's readings of the same files: every difference has a reason, and every reason a difference."""

from pathlib import Path

import pytest

from tests.corpus.agreement import REASONS, lines, page
from tests.corpus.remittances import DIFFERENCES, different, expected, pairs, rows_of

PAGE = Path(__file__).parents[2] / "docs" / "agreement.md"


@pytest.mark.parametrize("name", pairs())
def test_published_remittance_tables(name: str) -> None:
    assert rows_of(name)
    assert different(name) == {cell for cell in DIFFERENCES if cell[0] == name}


def test_the_published_table_of_all_is_their_sum() -> None:
    """The fourth table holds the rows of the other three, so comparing them compares it."""
    key = repr
    assert sorted(map(dict, expected("all_samples")), key=key) == sorted((row for name in pairs() for row in expected(name)), key=key)


def test_pyx12_says_the_same_or_there_is_a_reason() -> None:
    found = lines()
    assert [one.open_points for one in found if one.open_points] == []
    used = {reason for one in found for reason in one.reasons}
    assert used == {reason.name for reason in REASONS}


def test_verdicts_differ_only_with_a_reason() -> None:
    assert [one.name for one in lines() if one.theirs != one.ours and not one.reasons] == []


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "python -m tests.corpus.agreement > docs/agreement.md"
