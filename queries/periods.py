"""Periods of reports, and their lines for all areas together."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar

from domain.days import to_london

T = TypeVar("T")

DEFAULT_DAYS = 90
"""The days of a report's period, unless another one is asked for."""
MAX_DAYS = 400
"""The most days of a report's period."""
ALL_AREAS = ""
"""The area of a line for all areas together."""


class InvalidPeriod(Exception):
    """Days between which there is no report; the text says the rule, without their names."""


@dataclass(frozen=True, slots=True)
class Period:
    """From its first day to its last, which belongs to it; both of the cases' time."""

    first: date
    last: date

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """Its first moment, and the first one after it."""
        return start_of(self.first), end_of(self.last)


def start_of(day: date) -> datetime:
    """The first moment of a day in London."""
    midnight = datetime.combine(day, time.min, UTC)
    # At midnight the clocks of a day are still those of the evening before.
    return midnight - (to_london(midnight) - midnight)


def end_of(day: date) -> datetime:
    """The first moment after a day; of the last day that there is, its last one."""
    return datetime.combine(day, time.max, UTC) if day == date.max else start_of(day + timedelta(days=1))


def make_period(first: date | None, last: date | None, today: date) -> Period:
    """The period between two days: `DEFAULT_DAYS` where no first one is given, up to `today` where no last one is.

    Raises InvalidPeriod.
    """
    last = last or today
    first = first or last - timedelta(days=min(DEFAULT_DAYS - 1, (last - date.min).days))
    if not 0 <= (last - first).days < MAX_DAYS:
        raise InvalidPeriod(f"a period of at most {MAX_DAYS} days, its first day first")
    return Period(first, last)


def with_all_areas(values: Iterable[tuple[str, T]]) -> Iterator[tuple[str, T]]:
    """Each value of an area, for all areas together and for its area."""
    for area, value in values:
        yield ALL_AREAS, value
        yield area, value
