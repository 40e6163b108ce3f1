"""Working days: the days that are neither Saturday, Sunday nor a bank holiday of England and Wales.

They are known to the end of 2028. Beyond it only weekends are skipped, so a later date is provisional until
`calendar_updated` gives the case a newer calendar.
"""

import functools
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

DAY_ENDS_AT = time(18, 0)
"""The time in London at which a date has passed."""

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """What a case counts its days by: bank holidays, and when London's clocks change.

    The clocks go forward by an hour on the last Sunday of the first of `clock_changes`, a month, and back on that of
    the second, each at 1:00 UTC; without any they never change. This is arithmetic, without time-zone data, so that a
    replay cannot differ.
    """

    name: str
    bank_holidays: frozenset[date]
    known_to: date
    clock_changes: tuple[int, int] | None = (3, 10)

    @property
    def is_sound(self) -> bool:
        """Whether a case can count by it: it has a name, and the clocks change at the end of months of 31 days."""
        months = self.clock_changes or (1, 3)
        return bool(self.name) and months[0] < months[1] and set(months) <= {1, 3, 5, 7, 8, 10, 12}

    def __hash__(self) -> int:
        """A calendar's name is unique, and hashing each day of it would take time."""
        return hash(self.name)

    def to_london(self, moment: datetime) -> datetime:
        """The moment by London's clocks, marked as UTC: only its date and its time of day are meant."""
        utc = moment.astimezone(UTC)
        if self.clock_changes is None:
            return utc
        forward, back = self.clock_changes
        is_summer = _last_sunday(utc.year, forward) <= utc < _last_sunday(utc.year, back)
        return utc + _HOUR if is_summer else utc

    def day_of(self, moment: datetime) -> date:
        """The day in London at `moment`."""
        return self.to_london(moment).date()

    def end_of(self, day: date) -> datetime:
        """The moment at which `day` has passed: 18:00 in London."""
        end = datetime.combine(day, DAY_ENDS_AT, UTC)
        return end - (self.to_london(end) - end)

    def has_passed(self, day: date, now: datetime) -> bool:
        """Whether `day` is over at `now`."""
        return now >= self.end_of(day)

    def is_working_day(self, day: date) -> bool:
        """Whether `day` is a working day."""
        return day.weekday() < 5 and day not in self.bank_holidays

    def is_provisional(self, day: date) -> bool:
        """Whether `day` is later than the known bank holidays."""
        return day > self.known_to

    def add_working_days(self, start: date, count: int) -> date:
        """The day `count` working days after `start`; `start` itself where `count` is not positive."""
        day, missing = start, count
        while missing > 0:
            before, day = day, _add_weekdays(day, missing)
            missing = _count_within(_sort_weekdays(self.bank_holidays), before, day)
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
        if end <= start:
            return 0
        weeks, days = divmod((end - start).days, 7)
        rest = sum(1 for n in range(1, days + 1) if (start.weekday() + n) % 7 < 5)
        return weeks * 5 + rest - _count_within(_sort_weekdays(self.bank_holidays), start, end)


@functools.cache
def _last_sunday(year: int, month: int) -> datetime:
    """The moment at which the clocks change in a month of 31 days."""
    end = datetime(year, month, 31, 1, tzinfo=UTC)
    return end - timedelta(days=(end.weekday() + 1) % 7)


@functools.cache
def _sort_weekdays(days: frozenset[date]) -> tuple[date, ...]:
    return tuple(sorted(day for day in days if day.weekday() < 5))


def _count_within(days: Sequence[date], start: date, end: date) -> int:
    """How many of the sorted `days` are after `start`, up to and including `end`."""
    return bisect_right(days, end) - bisect_right(days, start)


def _add_weekdays(start: date, count: int) -> date:
    """The day `count` days from Monday to Friday after `start`."""
    weekday = min(start.weekday(), 4)
    friday_before = start - timedelta(days=start.weekday() - weekday)
    weeks, rest = divmod(weekday + count, 5)
    return friday_before + timedelta(days=7 * weeks + rest - weekday)


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
"""The calendars that a case may be given; it carries the one that it has."""
