"""Birthdays: young people in open cases who are 18 now."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class BirthdayTotals:
    """How many young people came of age, and in how many cases that could not be recorded yet."""

    recorded: int = 0
    left: int = 0


class BirthdayService(Protocol):
    """Finds who is 18 now, and records it in their cases."""

    async def record_birthdays(self, heartbeat: Callable[[], None]) -> BirthdayTotals:
        """Record each once; one that is recorded already, or that the case refuses, counts as neither."""
