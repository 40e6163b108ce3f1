"""Working days: the days that are neither Saturday, Sunday nor a bank holiday of England and Wales.

They are known to the end of 2028. Beyond it only weekends are skipped, so a later date is provisional until
`calendar_updated` gives the case a newer calendar.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

DAY_ENDS_AT = time(18, 0, tzinfo=UTC)
"""The time at which a date has passed; without time-zone data, so that a replay cannot differ."""

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The bank holidays that a case counts by; its rules pin the calendar's name."""

    name: str
    bank_holidays: frozenset[date]
    known_to: date

    def is_working_day(self, day: date) -> bool:
        """Whether `day` is a working day."""
        return day.weekday() < 5 and day not in self.bank_holidays

    def is_provisional(self, day: date) -> bool:
        """Whether `day` is later than the known bank holidays."""
        return day > self.known_to

    def add_working_days(self, start: date, count: int) -> date:
        """The day `count` working days after `start`; `start` itself where `count` is not positive."""
        day = start
        for _ in range(count):
            day = self.next_working_day(day)
        return day

    def subtract_working_days(self, end: date, count: int) -> date:
        """The day from which `count` working days lead to `end`."""
        day = end
        for _ in range(count):
            day -= _DAY
            while not self.is_working_day(day):
                day -= _DAY
        return day

    def next_working_day(self, day: date) -> date:
        """The first working day after `day`."""
        day += _DAY
        while not self.is_working_day(day):
            day += _DAY
        return day

    def working_days_between(self, start: date, end: date) -> int:
        """The number of working days after `start`, up to and including `end`; 0 where `end` is not later."""
        weeks, days = divmod(max((end - start).days, 0), 7)
        rest = sum(1 for n in range(1, days + 1) if (start.weekday() + n) % 7 < 5)
        return weeks * 5 + rest - sum(1 for day in self.bank_holidays if start < day <= end and day.weekday() < 5)


def end_of(day: date) -> datetime:
    """The moment at which `day` has passed."""
    return datetime.combine(day, DAY_ENDS_AT)


def _days(year: int, *month_days: str) -> frozenset[date]:
    return frozenset(date.fromisoformat(f"{year}-{month_day}") for month_day in month_days)


ENGLAND_AND_WALES_2028 = Calendar(
    name="england-and-wales-2028",
    bank_holidays=frozenset().union(
        _days(2020, "01-01", "04-10", "04-13", "05-08", "05-25", "08-31", "12-25", "12-28"),
        _days(2021, "01-01", "04-02", "04-05", "05-03", "05-31", "08-30", "12-27", "12-28"),
        _days(2022, "01-03", "04-15", "04-18", "05-02", "06-02", "06-03", "08-29", "09-19", "12-26", "12-27"),
        _days(2023, "01-02", "04-07", "04-10", "05-01", "05-08", "05-29", "08-28", "12-25", "12-26"),
        _days(2024, "01-01", "03-29", "04-01", "05-06", "05-27", "08-26", "12-25", "12-26"),
        _days(2025, "01-01", "04-18", "04-21", "05-05", "05-26", "08-25", "12-25", "12-26"),
        _days(2026, "01-01", "04-03", "04-06", "05-04", "05-25", "08-31", "12-25", "12-28"),
        _days(2027, "01-01", "03-26", "03-29", "05-03", "05-31", "08-30", "12-27", "12-28"),
        _days(2028, "01-03", "04-14", "04-17", "05-01", "05-29", "08-28", "12-25", "12-26"),
    ),
    known_to=date(2028, 12, 31),
)
"""Bank holidays of England and Wales as GOV.UK publishes them, to the end of 2028."""

CALENDARS: dict[str, Calendar] = {ENGLAND_AND_WALES_2028.name: ENGLAND_AND_WALES_2028}
"""Every calendar that an open case may still use."""
