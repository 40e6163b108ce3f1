"""Days and times in words, as people in London read them."""

from datetime import date, datetime

from domain.calendar import ENGLAND_AND_WALES_2028

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def format_day(day: date) -> str:
    """Return a day such as `4 June 2026`, whatever the machine's language."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def format_moment(moment: datetime) -> str:
    """Return a moment such as `4 June 2026, 10:32 London time`."""
    local = to_london(moment)
    return f"{format_day(local.date())}, {local:%H:%M} London time"


def to_london_day(moment: datetime) -> date:
    """Return the day in London at the moment."""
    return to_london(moment).date()


def to_london(moment: datetime) -> datetime:
    """Return the moment by London's clocks: an hour ahead of UTC from the last Sunday of March to that of October."""
    return ENGLAND_AND_WALES_2028.to_london(moment)
