"""What reports have in common: the period that they are of, and the lines for all areas together."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar

T = TypeVar("T")

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


def for_each_area(counted: Iterable[tuple[str, T]]) -> Iterator[tuple[str, T]]:
    """Each of what was counted, for its area and for all areas together."""
    for area, what in counted:
        yield EVERY_AREA, what
        yield area, what


def csv_of(kind: type[Any], rows: Sequence[Any]) -> str:
    """The lines of a report, which are dataclasses of `kind`, as CSV with a header: RFC 4180, with CRLF."""
    names = [field.name for field in fields(kind)]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(names)
    writer.writerows([getattr(row, name) for name in names] for row in rows)
    return text.getvalue()
