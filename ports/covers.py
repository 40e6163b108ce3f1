"""Covers: who has whose cases during an absence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.people import Person
from domain.vocabulary import CaseRef

CoverCursor = tuple[datetime, str]
"""The position of a cover in a list: when it started, and its id."""


@dataclass(frozen=True, slots=True)
class Cover:
    """`covering` has the cases of `absent`; `cases` are those that the reader sees. `ended_at` is set once it is over.

    Real times.
    """

    id: str
    absent: str
    covering: str
    started_at: datetime
    started_by: str
    ended_at: datetime | None
    cases: int

    @property
    def is_open(self) -> bool:
        """Whether cases may still have to go back."""
        return self.ended_at is None

    @property
    def cursor(self) -> CoverCursor:
        """Its position in a list."""
        return self.started_at, self.id


class Covers(Protocol):
    """Stores covers and their cases.

    `person` sees the covers of cases of their areas, and these cases only; of covers without cases their own.
    """

    async def start(self, id: str, absent: str, covering: str, person: Person) -> Sequence[CaseRef]:
        """Store a cover, unless it is there, and the open cases that `absent` still has; these cases.

        None, where the cover has ended.
        """

    async def list_cases(self, id: str, person: Person) -> Sequence[CaseRef]:
        """The open cases of the cover that the one who covers still has."""

    async def end(self, id: str, person: Person) -> None:
        """End it, unless cases are still with the one who covers or with somebody who covers for them since."""

    async def get_cover(self, id: str, person: Person) -> Cover | None:
        """The cover `id`; None: there is none that `person` sees."""

    async def list_covers(
        self, person: Person, *, is_open: bool, limit: int | None = None, after: CoverCursor | None = None
    ) -> Sequence[Cover]:
        """Open or ended covers, the latest first: up to `limit` (None: all) after `after`."""
