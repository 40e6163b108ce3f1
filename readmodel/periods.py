"""What reports have in common: the period that they are of, and the lines for all areas together."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar

T = TypeVar("T")

DAYS_OF_REPORT = 90
"""How many days a report is of where nobody says."""
EVERY_AREA = ""
"""The area of a line that is of all areas together."""


@dataclass(frozen=True, slots=True)
class Period:
    """From its first day to its last, which belongs to it; both of the cases' time."""

    first: date
    last: date

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """Its first moment, and the first one after it."""
        after = self.last + timedelta(days=1)
        return datetime.combine(self.first, time.min, UTC), datetime.combine(after, time.min, UTC)


def period_of(first: date | None, last: date | None, today: date) -> Period:
    """The period between days that somebody names: of so many days where no first one is, to `today` where no last."""
    last = last or today
    return Period(first or last - timedelta(days=min(DAYS_OF_REPORT - 1, (last - date.min).days)), last)


def for_each_area(counted: Iterable[tuple[str, T]]) -> Iterator[tuple[str, T]]:
    """Each of what was counted, for its area and for all areas together."""
    for area, what in counted:
        yield EVERY_AREA, what
        yield area, what
