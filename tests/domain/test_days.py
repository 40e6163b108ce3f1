"""Moments as people in London read them, compared with the time-zone data that the domain does without."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from domain.days import format_moment, to_london, to_london_day

LONDON = ZoneInfo("Europe/London")


@pytest.mark.spec
@pytest.mark.parametrize("year", range(2024, 2041))
def test_london_s_clocks_are_those_of_the_time_zone_data(year: int) -> None:
    for hour in range(366 * 24):
        moment = datetime(year, 1, 1, tzinfo=UTC) + timedelta(hours=hour)
        assert to_london(moment).replace(tzinfo=None) == moment.astimezone(LONDON).replace(tzinfo=None)


def test_a_moment_is_shown_by_london_s_clocks() -> None:
    assert format_moment(datetime(2026, 6, 4, 23, 32, tzinfo=UTC)) == "5 June 2026, 00:32 London time"
    assert format_moment(datetime(2026, 12, 4, 9, 5, tzinfo=UTC)) == "4 December 2026, 09:05 London time"


def test_a_day_begins_at_midnight_in_london() -> None:
    assert to_london_day(datetime(2026, 6, 30, 23, 30, tzinfo=UTC)) == date(2026, 7, 1)
    assert to_london_day(datetime(2026, 12, 31, 23, 30, tzinfo=UTC)) == date(2026, 12, 31)


ROOT = Path(__file__).parents[2]
LOCAL = {
    "domain/calendar.py": "makes the day",
    "domain/days.py": "makes the day",
    "adapters/notifications/quiet_hours.py": "moments of London",
    "adapters/notifications/safe_contact.py": "moments of London",
    "queries/stuck_ranking.py": "a day that a cursor holds as a moment",
}
"""Where the day of a moment is taken itself, and why that is right."""


def test_nothing_takes_the_day_of_a_moment_in_utc() -> None:
    """Between midnight in London and in UTC, in summer, that is the day before."""
    found = {
        str(path.relative_to(ROOT))
        for folder in ["activities", "adapters", "api", "application", "cli", "domain", "ports", "queries", "workflows"]
        for path in (ROOT / folder).rglob("*.py")
        if re.search(r"\.date\(\)|at time zone 'UTC'", path.read_text())
    }
    assert found == set(LOCAL)
