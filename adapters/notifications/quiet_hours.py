"""When nobody is written to: from nine in the evening until eight in the morning, by the clocks where victims live."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
FROM, UNTIL = time(21), time(8)
"""Local time. Clocks change at one in the morning, so that both happen once on each day."""


def quiet_until(moment: datetime) -> datetime | None:
    """When the quiet hours in which `moment` lies are over, in UTC; None: it lies in none.

    `moment` has a time zone. The last quiet moment is the one before eight, the first one is nine.
    """
    local = moment.astimezone(LONDON)
    if local.time() < UNTIL:
        return _morning(local.date())
    return _morning(local.date() + timedelta(days=1)) if local.time() >= FROM else None


def _morning(day: date) -> datetime:
    return datetime.combine(day, UNTIL, LONDON).astimezone(UTC)
