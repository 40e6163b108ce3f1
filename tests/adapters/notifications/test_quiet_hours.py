"""Nobody is written to between nine in the evening and eight in the morning, whatever the clocks do in between."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest

from adapters.notifications.quiet_hours import LONDON, quiet_until


def london(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


@pytest.mark.parametrize("moment", ["2026-01-15T08:00", "2026-07-15T08:00", "2026-07-15T12:30", "2026-07-15T20:59:59"])
def test_by_day_nothing_is_held_back(moment: str) -> None:
    assert quiet_until(london(moment)) is None


@pytest.mark.parametrize(
    ("moment", "over"),
    [
        ("2026-01-15T21:00", "2026-01-16T08:00+00:00"),
        ("2026-01-15T23:59:59.999999", "2026-01-16T08:00+00:00"),
        ("2026-01-16T00:00", "2026-01-16T08:00+00:00"),
        ("2026-01-16T07:59:59.999999", "2026-01-16T08:00+00:00"),
        ("2026-07-15T21:00", "2026-07-16T07:00+00:00"),
        ("2026-12-31T22:00", "2027-01-01T08:00+00:00"),
    ],
)
def test_by_night_it_is_held_back_until_eight(moment: str, over: str) -> None:
    assert quiet_until(london(moment)) == datetime.fromisoformat(over)


@pytest.mark.parametrize(
    ("evening", "over", "hours"),
    [
        ("2026-03-28T21:00", "2026-03-29T07:00+00:00", 10),
        ("2026-10-24T21:00", "2026-10-25T08:00+00:00", 12),
    ],
)
def test_the_night_in_which_clocks_change_is_an_hour_shorter_or_longer(evening: str, over: str, hours: int) -> None:
    start = london(evening)

    assert quiet_until(start) == datetime.fromisoformat(over)
    assert datetime.fromisoformat(over) - start.astimezone(UTC) == timedelta(hours=hours)


def test_the_hour_that_comes_twice_is_quiet_both_times() -> None:
    for fold in (0, 1):
        assert quiet_until(london("2026-10-25T01:30").replace(fold=fold)) == datetime(2026, 10, 25, 8, tzinfo=UTC)


@pytest.mark.parametrize("day", ["2026-03-28", "2026-10-24"])
def test_each_minute_around_a_change_of_clocks_is_quiet_as_the_local_clock_says(day: str) -> None:
    start = datetime.fromisoformat(day).replace(tzinfo=UTC)
    minutes = [start + timedelta(minutes=minute) for minute in range(3 * 24 * 60)]

    for moment in minutes:
        hour = moment.astimezone(LONDON).hour
        assert (quiet_until(moment) is not None) == (hour >= 21 or hour < 8), moment
    ends = [quiet_until(moment) for moment in minutes]
    assert all(end is None or end > moment for end, moment in zip(ends, minutes, strict=True))
    assert all(one <= other for one, other in pairwise(end for end in ends if end is not None))


def test_the_zone_in_which_a_moment_is_written_makes_no_difference() -> None:
    tokyo = timezone(timedelta(hours=9))

    assert quiet_until(datetime(2026, 7, 16, 5, tzinfo=tokyo)) == datetime(2026, 7, 16, 7, tzinfo=UTC)
    assert quiet_until(datetime(2026, 7, 16, 4, 59, tzinfo=tokyo)) is None
