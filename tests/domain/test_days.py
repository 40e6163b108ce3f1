"""Moments as people in London read them, compared with the time-zone data that the domain does without."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.days import format_moment, to_london

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
