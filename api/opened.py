"""What staff work with, opened for one request: for whom it is, how long it may take, and what goes wrong told."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from api.error_mapping import as_problems
from api.identity import require
from api.ports import Casework
from domain.people import Person, StaffRole

SECONDS_TO_READ = 5.0
SECONDS_TO_REPORT = 130.0


@dataclass(frozen=True, slots=True)
class Opener:
    """Opens `casework`, which gives the means or raises one of `away`."""

    casework: Callable[[], Casework]
    away: tuple[type[Exception], ...]

    @asynccontextmanager
    async def reading(
        self, person: Person, *roles: StaffRole, seconds: float = SECONDS_TO_READ
    ) -> AsyncIterator[Casework]:
        """To read, for who has one of `roles`; what goes wrong meanwhile is raised as a Problem."""
        require(person, *roles)
        with as_problems(self.away):
            async with asyncio.timeout(seconds):
                yield self.casework()


def seconds_to_read(whole: bool) -> float:
    """How long a list may take: a part of it, or the `whole` for a table."""
    return SECONDS_TO_REPORT if whole else SECONDS_TO_READ
