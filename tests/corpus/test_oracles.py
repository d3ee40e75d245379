"""Other people's readings of the same files: every difference has a reason, and every reason a difference."""

from pathlib import Path

import pytest

from tests.corpus.agreement import ANSWERS, REASONS, acknowledgements, answered, lines, page
from tests.corpus.readings import READINGS, fed, ours, same, theirs
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


def test_published_acknowledgements_say_the_same_or_there_is_a_reason() -> None:
    assert {answered(*one) for one in acknowledgements()} == set(ANSWERS)


@pytest.mark.parametrize("name", READINGS)
def test_published_readings_have_the_same_segments(name: str) -> None:
    read = ours(READINGS[name])
    assert len(theirs(name)) == len(read)
    assert [(their, our) for their, our in zip(theirs(name), read, strict=True) if not same(their, our)] == []
    assert fed(READINGS[name]) == read[2:-2]


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "python -m tests.corpus.agreement > docs/agreement.md"
