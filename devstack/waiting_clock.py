"""The clock of a demonstration: a day passes once everything that is due on it was done, however long that takes.

It does not go by itself. The stack's processes read it from a file, and each case is told by a signal when something
is due in it. At noon agencies answer and staff work; in the evening the cases record what their dates bring.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day

from adapters.clock import StackClock
from domain.calendar import ENGLAND_AND_WALES_2028 as CALENDAR
from domain.case import Case
from domain.due_events import aftercare_ends_on, next_due
from workflows.clock import CaseClock

NOON = time_of_day(12, tzinfo=UTC)


def clock_at(moment: datetime) -> CaseClock:
    """The clock that shows `moment` until it is set again."""
    return CaseClock(case_origin=moment.timestamp(), day_seconds=0)


def noon_of(day: date) -> datetime:
    """The moment at which agencies and staff work on `day`."""
    return datetime.combine(day, NOON)


def due_at(case: Case) -> datetime | None:
    """When the next event of `case` is due by date, or its aftercare ends; None: never."""
    due, ends_on = next_due(case), aftercare_ends_on(case)
    moments = [*([due[0]] if due else []), *([case.calendar.end_of(ends_on)] if ends_on else [])]
    return min(moments, default=None)


@dataclass
class WaitingClock:
    """Sets `clock` ahead from day to day, and with `set_case` that of each case in which something is due.

    A day lasts at least `day_seconds`.
    """

    clock: StackClock
    set_case: Callable[[str, CaseClock], Awaitable[None]]
    day_seconds: float = 0.0
    shown: dict[str, datetime] = field(default_factory=dict)
    """What each case's own clock was last set to."""
    _day_began: float = field(default_factory=time.monotonic)

    async def advance(self, due: Mapping[str, datetime | None], replies: Iterable[tuple[str, datetime]]) -> None:
        """Go on, all that was due being done: to the evening where it brings something, else to the next day.

        `due` has what is due next in each case, and `replies` the cases that agencies will answer, and when.
        """
        today = self.clock.today()
        if evening := [ref for ref in due if self.is_behind(ref, due[ref])]:
            await asyncio.gather(*(self.set_for(ref, CALENDAR.end_of(today)) for ref in evening))
            return
        await asyncio.sleep(self._day_began + self.day_seconds - time.monotonic())
        self._day_began = time.monotonic()
        tomorrow = noon_of(today + timedelta(days=1))
        # A case must know the day before an answer reaches it.
        await asyncio.gather(*(self.set_for(ref, tomorrow) for ref, moment in replies if moment <= tomorrow))
        self.clock.set(clock_at(tomorrow))

    def is_behind(self, ref: str, due: datetime | None) -> bool:
        """Whether something is `due` in a case by this evening, and its clock does not show that yet."""
        return (
            due is not None
            and due <= CALENDAR.end_of(self.clock.today())
            and (ref not in self.shown or self.shown[ref] < due)
        )

    def is_recording(self, ref: str, case: Case) -> bool:
        """Whether the clock of a case shows that something is due which is not in its file yet."""
        due, over_on = next_due(case), aftercare_ends_on(case)
        shown = self.shown.get(ref)
        is_over = shown is not None and over_on is not None and CALENDAR.end_of(over_on) <= shown
        return due is not None and shown is not None and due[0] <= shown and not is_over

    async def set_for(self, ref: str, moment: datetime | None = None) -> None:
        """Set the clock of a case ahead to `moment`, or to what all others show; never back."""
        moment = moment or self.clock.now()
        if ref not in self.shown or self.shown[ref] < moment:
            self.shown[ref] = moment
            await self.set_case(ref, clock_at(moment))
