"""Pauses between attempts, which grow and differ at random."""

import random
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Backoff:
    """Doubles a pause from `first` to `longest` seconds. Up to the share `spread` of each pause is left out at random.

    Attempts are counted in the database, and any process may make the next one, so that this is a function of their
    number. Libraries for retries count the attempts of one call.
    """

    first: float
    longest: float
    spread: float = 0.2
    chance: random.Random = field(default_factory=random.SystemRandom, repr=False, compare=False)

    def pause(self, failures: int) -> float:
        """Return the seconds to wait after `failures` failures in a row, at least one."""
        return min(self.first * 2.0 ** min(failures - 1, 64), self.longest) * (1 - self.spread * self.chance.random())
