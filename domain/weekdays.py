"""The days of the week on which an agency works: patterns such as `mon-fri`, and the days in words."""

from collections.abc import Iterable
from itertools import pairwise

_SHORT = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LONG = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def read_weekdays(text: str) -> frozenset[int]:
    """Return the ISO weekdays of a pattern such as `mon-fri` or `tue,wed`. Raises ValueError for anything else."""
    days: set[int] = set()
    for part in text.lower().split(","):
        names = [word.strip() for word in part.split("-", 1)]
        for name in names:
            if name not in _SHORT:
                raise ValueError(f"days: use {', '.join(_SHORT)}")
        start, end = _SHORT.index(names[0]) + 1, _SHORT.index(names[-1]) + 1
        if end < start:
            raise ValueError("days: a span runs forward in the week")
        days.update(range(start, end + 1))
    return frozenset(days)


def write_weekdays(days: Iterable[int]) -> str:
    """Return the pattern that `read_weekdays` reads as `days`; three or more days in a row are a span."""
    runs = ([_SHORT[day - 1] for day in run] for run in _runs(days))
    return ",".join(part for run in runs for part in ([f"{run[0]}-{run[-1]}"] if run[2:] else run))


def format_weekdays(days: Iterable[int]) -> str:
    """Return the days in words: `Monday to Friday`, `Tuesday and Thursday`, `every day`."""
    runs = [[_LONG[day - 1] for day in run] for run in _runs(days)]
    if [len(run) for run in runs] == [7]:
        return "every day"
    parts = [part for run in runs for part in ([f"{run[0]} to {run[-1]}"] if run[2:] else run)]
    return " and ".join((", ".join(parts[:-1]), parts[-1])) if parts[1:] else "".join(parts)


def _runs(days: Iterable[int]) -> list[list[int]]:
    """The days in order, those in a row together."""
    ordered = sorted(days)
    starts = [0, *(at for at, (before, day) in enumerate(pairwise(ordered), 1) if day != before + 1)]
    return [ordered[start:end] for start, end in pairwise([*starts, len(ordered)])] if ordered else []
