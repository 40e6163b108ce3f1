"""The hours when nothing is sent to victims: from nine in the evening until eight in the morning, in London."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
EVENING, MORNING = time(21), time(8)
"""Local time. Clocks change at one in the morning, so that both happen once on each day."""


def quiet_until(moment: datetime) -> datetime | None:
    """Return when the quiet hours around `moment` end, in UTC; None: it is in none.

    `moment` has a time zone. Nine o'clock is quiet, eight o'clock is not.
    """
    local = moment.astimezone(LONDON)
    if MORNING <= local.time() < EVENING:
        return None
    day = local.date() if local.time() < MORNING else local.date() + timedelta(days=1)
    return datetime.combine(day, MORNING, LONDON).astimezone(UTC)


def add_waking_time(moment: datetime, span: timedelta) -> datetime:
    """Return when `span` has passed since `moment`, in UTC, if quiet hours do not count."""
    while True:
        start = quiet_until(moment) or moment.astimezone(UTC)
        evening = datetime.combine(start.astimezone(LONDON).date(), EVENING, LONDON).astimezone(UTC)
        if start + span <= evening:
            return start + span
        moment, span = evening, span - (evening - start)
