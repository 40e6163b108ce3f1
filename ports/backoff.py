"""Pauses between attempts, which grow and differ at random."""

import random
from dataclasses import dataclass, field

MAX_ASKED_FOR = 86400.0


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

    def pause(self, failures: int, asked_for: float = 0.0) -> float:
        """Return the seconds to wait after `failures` failures in a row, at least one.

        `asked_for` is what the other side asks for (`Retry-After`): it lengthens a pause, up to a day.
        """
        own = min(self.first * 2.0 ** min(failures - 1, 64), self.longest) * (1 - self.spread * self.chance.random())
        return max(own, min(asked_for, MAX_ASKED_FOR))
