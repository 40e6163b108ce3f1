"""Working patterns: what is written is what is read, and a sentence says the same."""

from itertools import combinations

import pytest

from domain.weekdays import format_weekdays, read_weekdays, write_weekdays

WEEK = range(1, 8)
PATTERNS = [frozenset(days) for count in WEEK for days in combinations(WEEK, count)]


def test_every_pattern_is_read_as_it_was_written() -> None:
    assert len(PATTERNS) == 127
    assert [read_weekdays(write_weekdays(days)) for days in PATTERNS] == PATTERNS
    assert len({format_weekdays(days) for days in PATTERNS}) == 127


@pytest.mark.parametrize(
    ("days", "written", "words"),
    [
        ({1, 2, 3, 4, 5}, "mon-fri", "Monday to Friday"),
        ({2, 3}, "tue,wed", "Tuesday and Wednesday"),
        ({1, 3, 5}, "mon,wed,fri", "Monday, Wednesday and Friday"),
        ({1, 2, 3, 5}, "mon-wed,fri", "Monday to Wednesday and Friday"),
        ({6}, "sat", "Saturday"),
        (set(WEEK), "mon-sun", "every day"),
    ],
)
def test_three_days_in_a_row_are_a_span(days: set[int], written: str, words: str) -> None:
    assert (write_weekdays(days), format_weekdays(days)) == (written, words)


@pytest.mark.parametrize("text", ["Mon-Fri", "mon - fri", "mon,tue,wed,thu,fri", "mon-wed,wed-fri"])
def test_capitals_spaces_and_overlaps_do_not_matter(text: str) -> None:
    assert read_weekdays(text) == {1, 2, 3, 4, 5}


@pytest.mark.parametrize("text", ["", "monday", "fri-mon", "mon-", "-fri", "mon,,tue", "mon-tue-wed", "1-5"])
def test_anything_else_is_no_pattern(text: str) -> None:
    with pytest.raises(ValueError, match="days: "):
        read_weekdays(text)
