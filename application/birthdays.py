"""Birthdays: that somebody is 18 now is recorded in their case, without the day."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from domain.events import Actor, CameOfAge, Record
from domain.refusals import RecordRefused
from domain.vocabulary import Role
from ports.birthdays import BirthdayTotals
from ports.cases import Cases, CaseTimeout, TemporalUnavailable, WorkflowNotFound
from queries.birthdays import BirthdayQueries


@dataclass(frozen=True, slots=True)
class Birthdays:
    """Implements `ports.birthdays.BirthdayService`; `today` gives the cases' day."""

    queries: BirthdayQueries
    cases: Cases
    today: Callable[[], date]

    async def record_birthdays(self, heartbeat: Callable[[], None]) -> BirthdayTotals:
        """See the port. Staff may have recorded it in between, or the case may have ended."""
        recorded = left = 0
        for adult in await self.queries.list_new_adults(self.today()):
            heartbeat()
            event = CameOfAge(adult.side)
            record = Record(f"{event.name}:{adult.side}", event, Actor(Role.SERVICE))
            try:
                await self.cases.record_event(adult.ref, record)
            except (RecordRefused, WorkflowNotFound):
                continue
            except (CaseTimeout, TemporalUnavailable):
                left += 1
            else:
                recorded += 1
        return BirthdayTotals(recorded, left)
