"""What reports have in common: the period that they are of, and the lines for all areas together."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar

T = TypeVar("T")

DEFAULT_DAYS = 90
"""How many days a report is of where nobody says."""
MAX_DAYS = 400
"""How many days a report is of at most."""
ALL_AREAS = ""
"""The area of a line that is of all areas together."""


class InvalidPeriod(Exception):
    """Days between which there is no report; the text says what is expected of them, without their names."""


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
    """The first moment of a day."""
    return datetime.combine(day, time.min, UTC)


def end_of(day: date) -> datetime:
    """The first moment after a day; of the last day that there is, its last one."""
    return datetime.combine(day, time.max, UTC) if day == date.max else start_of(day + timedelta(days=1))


def make_period(first: date | None, last: date | None, today: date) -> Period:
    """The period between days that somebody names: of so many days where no first one is, to `today` where no last.

    Raises InvalidPeriod.
    """
    last = last or today
    first = first or last - timedelta(days=min(DEFAULT_DAYS - 1, (last - date.min).days))
    if not 0 <= (last - first).days < MAX_DAYS:
        raise InvalidPeriod(f"a period of at most {MAX_DAYS} days, its first day first")
    return Period(first, last)


def with_all_areas(counted: Iterable[tuple[str, T]]) -> Iterator[tuple[str, T]]:
    """Each of what was counted, for its area and for all areas together."""
    for area, what in counted:
        yield ALL_AREAS, what
        yield area, what
