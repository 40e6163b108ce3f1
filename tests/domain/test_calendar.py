"""Working days skip weekends and the bank holidays of England and Wales, as GOV.UK publishes them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from govuk_bank_holidays.bank_holidays import BankHolidays
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import ENGLAND_AND_WALES_2028 as CALENDAR


def get_published_holidays(year: int) -> set[date]:
    """The bank holidays of one year in the packaged data of GOV.UK; none where it does not reach so far."""
    holidays = BankHolidays(use_cached_holidays=True).get_holidays(division=BankHolidays.ENGLAND_AND_WALES)
    return {holiday["date"] for holiday in holidays if holiday["date"].year == year}


def test_the_packaged_data_reaches_to_the_end_of_next_year() -> None:
    this_year = datetime.now(UTC).year
    assert get_published_holidays(this_year)
    assert get_published_holidays(this_year + 1), "take a newer govuk-bank-holidays, and the calendar from it"


@pytest.mark.spec
@pytest.mark.parametrize("year", range(2020, 2029))
def test_the_bank_holidays_are_those_that_gov_uk_publishes(year: int) -> None:
    expected = get_published_holidays(year)
    if not expected:
        pytest.skip(f"the packaged data does not reach {year}")
    assert {day for day in CALENDAR.bank_holidays if day.year == year} == expected


def test_five_working_days_over_easter_2026_take_nine_days() -> None:
    assert CALENDAR.add_working_days(date(2026, 4, 1), 5) == date(2026, 4, 10)


def test_no_working_days_lead_to_the_same_day_even_on_a_sunday() -> None:
    assert CALENDAR.add_working_days(date(2026, 3, 1), 0) == date(2026, 3, 1)


def test_counting_on_and_counting_between_agree() -> None:
    for count in range(60):
        assert (
            CALENDAR.working_days_between(date(2026, 12, 18), CALENDAR.add_working_days(date(2026, 12, 18), count))
            == count
        )


def test_nothing_lies_between_a_day_and_an_earlier_one() -> None:
    assert CALENDAR.working_days_between(date(2026, 3, 2), date(2026, 2, 2)) == 0


def test_days_beyond_the_known_holidays_are_provisional() -> None:
    assert not CALENDAR.is_provisional(date(2028, 12, 31))
    assert CALENDAR.is_provisional(date(2029, 1, 1))


def test_a_day_has_passed_at_six_in_the_evening_in_london() -> None:
    """4.10d."""
    assert CALENDAR.end_of(date(2026, 7, 1)).isoformat() == "2026-07-01T17:00:00+00:00"


@given(start=st.dates(date(2019, 12, 1), date(2029, 1, 31)), days=st.integers(-5, 800))
def test_working_days_between_two_days_are_those_counted_one_by_one(start: date, days: int) -> None:
    one_by_one = sum(CALENDAR.is_working_day(start + timedelta(days=n)) for n in range(1, days + 1))

    assert CALENDAR.working_days_between(start, start + timedelta(days=days)) == one_by_one
