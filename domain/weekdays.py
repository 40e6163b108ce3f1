"""The days of the week on which an agency works, as they are written (`mon-fri`) and as they are read."""

from collections.abc import Iterable
from itertools import pairwise

_SHORT = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LONG = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def read_weekdays(text: str) -> frozenset[int]:
    """The ISO weekdays in `text`, such as `mon-fri` or `tue,wed`. Raises ValueError where it is no such pattern."""
    return frozenset(day for part in text.lower().split(",") for day in _span(part))


def write_weekdays(days: Iterable[int]) -> str:
    """The pattern that `read_weekdays` reads as `days`; three days and more in a row are a span."""
    return ",".join(part for run in _runs(days) for part in _written(run))


def format_weekdays(days: Iterable[int]) -> str:
    """The days in a sentence: `Monday to Friday`, `Tuesday and Thursday`, `every day`."""
    runs = _runs(days)
    if [len(run) for run in runs] == [7]:
        return "every day"
    parts = [part for run in runs for part in _said(run)]
    return " and ".join((", ".join(parts[:-1]), parts[-1])) if parts[1:] else "".join(parts)


def _span(part: str) -> range:
    first, dash, last = (word.strip() for word in part.partition("-"))
    start = _day(first)
    end = _day(last) if dash else start
    if end < start:
        raise ValueError("days: a span runs forward in the week")
    return range(start, end + 1)


def _day(word: str) -> int:
    if word not in _SHORT:
        raise ValueError(f"days: each is one of {', '.join(_SHORT)}")
    return _SHORT.index(word) + 1


def _runs(days: Iterable[int]) -> list[list[int]]:
    """The days in order, those in a row together."""
    ordered = sorted(days)
    starts = [0, *(at for at, (before, day) in enumerate(pairwise(ordered), 1) if day != before + 1)]
    return [ordered[start:end] for start, end in pairwise([*starts, len(ordered)])] if ordered else []


def _written(run: list[int]) -> list[str]:
    names = [_SHORT[day - 1] for day in run]
    return [f"{names[0]}-{names[-1]}"] if names[2:] else names


def _said(run: list[int]) -> list[str]:
    names = [_LONG[day - 1] for day in run]
    return [f"{names[0]} to {names[-1]}"] if names[2:] else names
