"""How many cases took each number of days, for medians that are exact also of several counts together."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class DayCounts:
    """How many cases took each number of days."""

    cases: Counter[int] = field(default_factory=Counter)

    @classmethod
    def of(cls, counted: Iterable[tuple[int, int]]) -> "DayCounts":
        """Of numbers of days, each with a count of cases; a number may come more than once."""
        cases: Counter[int] = Counter()
        for days, count in counted:
            cases[days] += count
        return cls(cases)

    def __add__(self, other: "DayCounts") -> "DayCounts":
        """Both together."""
        return DayCounts(self.cases + other.cases)

    @property
    def count(self) -> int:
        """How many cases there are."""
        return self.cases.total()

    @property
    def median(self) -> int | None:
        """The number of days that half of the cases do not exceed; None where there are no cases."""
        return self.within(50)

    @property
    def p90(self) -> int | None:
        """The number of days that nine cases of ten do not exceed; None where there are no cases."""
        return self.within(90)

    def within(self, percent: int) -> int | None:
        """The least number of days that `percent` of the cases do not exceed: one that occurs, none in between."""
        seen, all_cases = 0, self.count
        for days in sorted(self.cases):
            seen += self.cases[days]
            if seen * 100 >= all_cases * percent:
                return days
        return None
