"""Days and times in words, as people in London read them."""

from datetime import UTC, date, datetime, timedelta

_MONTHS = (
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
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def format_moment(moment: datetime) -> str:
    """Return a moment such as `4 June 2026, 10:32 London time`."""
    local = to_london(moment)
    return f"{format_day(local.date())}, {local:%H:%M} London time"


def to_london(moment: datetime) -> datetime:
    """Return the moment by London's clocks: an hour ahead of UTC from the last Sunday of March to that of October."""
    utc = moment.astimezone(UTC)
    ends_of_months = (datetime(utc.year, month, 31, 1, tzinfo=UTC) for month in (3, 10))
    spring, autumn = (end - timedelta(days=(end.weekday() + 1) % 7) for end in ends_of_months)
    return utc + timedelta(hours=spring <= utc < autumn)
