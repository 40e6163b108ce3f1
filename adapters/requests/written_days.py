"""Days as people and spreadsheets write them: `1990-12-31`, `31/12/1990`, `31.12.90`, `31 December 1990`.

The day comes before the month, as in Britain. What could be two days is no day.
"""

import re
from datetime import UTC, date, datetime
from typing import NoReturn

from pydantic_core import PydanticCustomError

from domain.days import MONTHS, to_london_day

MAX_AGE = 110
"""Years: nobody in a case is older."""
NO_DAY_KNOWN = date(1900, 1, 1)
"""What systems write where no date of birth is known."""

_MIDNIGHT = r"(?:[T ]00:00(?::00(?:\.0+)?)?Z?)?"
_ISO = re.compile(rf"(?P<year>\d{{4}})-(?P<month>\d\d)-(?P<day>\d\d){_MIDNIGHT}", re.ASCII)
_NUMBERS = re.compile(
    rf"(?P<day>\d\d?)\s?(?P<between>[./ -])\s?(?P<month>\d\d?)\s?(?P=between)\s?(?P<year>\d{{4}}|\d\d){_MIDNIGHT}",
    re.ASCII,
)
_NAMED = re.compile(
    r"(?P<day>\d\d?)(?:st|nd|rd|th)?[ ./-]*(?:of )?(?P<month>[a-z]{3,9})\.?,?[ ./-]*(?P<year>\d{4}|\d\d)", re.ASCII
)


def london_day() -> date:
    """Return today's date in London."""
    return to_london_day(datetime.now(UTC))


def read_day(value: object, today: date) -> date:
    """Read a day that has passed. Raises PydanticCustomError, which does not repeat it."""
    day = value if isinstance(value, date) else _read(value, today, 99)
    if day > today:
        _refuse("is in the future")
    return day


def read_birth(value: object, today: date) -> date | int | None:
    """Read a date of birth, or a year; None: no day is known. Raises PydanticCustomError, which does not repeat it."""
    text = str(value).strip() if isinstance(value, str) else ""
    if re.fullmatch(r"(18|19|20)\d\d", text, re.ASCII):
        return read_birth_year(int(text), today)
    day = value if isinstance(value, date) else _read(value, today, MAX_AGE)
    if day == NO_DAY_KNOWN:
        return None
    if day > today:
        _refuse("is in the future")
    if age_on(day, today) > MAX_AGE:
        _refuse(f"is over {MAX_AGE} years ago")
    return day


def read_birth_year(year: int, today: date) -> int:
    """Return a year of birth that is possible. Raises PydanticCustomError."""
    if year > today.year:
        _refuse("is in the future")
    if year < today.year - MAX_AGE:
        _refuse(f"is over {MAX_AGE} years ago")
    return year


def age_on(born: date, day: date) -> int:
    """Return the age in whole years of somebody who was born on that day."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _read(value: object, today: date, max_age: int) -> date:
    text = " ".join(value.split()) if isinstance(value, str) else ""
    written = _ISO.fullmatch(text) or _NUMBERS.fullmatch(text) or _NAMED.fullmatch(text.lower())
    if written is None:
        _refuse("must be a date such as 31/12/1990 or 1990-12-31")
    month = written["month"]
    names = (name.lower() for name in MONTHS)
    number = (
        int(month)
        if month.isdigit()
        else next((number for number, name in enumerate(names, 1) if month in (name, name[:3], name[:4])), 0)
    )
    years = _possible_years(written["year"], today, max_age)
    if len(years) != 1:
        _refuse("needs a year of four digits")
    try:
        return date(years[0], number, int(written["day"]))
    except ValueError:
        _refuse("is no day of the calendar: the day comes before the month")


def _possible_years(text: str, today: date, max_age: int) -> list[int]:
    """Return the years of which two digits may be short: none may be in the future, or too long ago."""
    if len(text) == 4:
        return [int(text)]
    centuries = (today.year // 100 * 100, today.year // 100 * 100 - 100)
    return [century + int(text) for century in centuries if 0 <= today.year - century - int(text) <= max_age]


def _refuse(problem: str) -> NoReturn:
    raise PydanticCustomError("day", problem)
