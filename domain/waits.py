"""A wait: what a case waits for, on whom, since when, and by which day. A wait is a review timer, never a deadline."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from domain.calendar import Calendar
from domain.policy import Unit, WaitPolicy
from domain.vocabulary import AskProblem, WaitKey, WaitKind, is_agency, wait_kind


@dataclass(frozen=True, slots=True)
class Wait:
    """One thing waited for.

    `waiting_on` is an agency, `caseworker` or `supervisor`. `asked` is the version of the case at which the agency was asked
    (0 where nobody is asked by us), which makes the ask's key unique; `chases` counts every reminder, which makes
    theirs unique. `undelivered` says that the agency cannot be asked, and `problem` why, in the wait for a supervisor
    to settle that. Dates pass at 18:00 UTC.
    """

    key: WaitKey
    waiting_on: str
    since: datetime
    unit: Unit
    counted_from: date
    due_on: date
    chase_on: date | None = None
    notice_on: date | None = None
    asked: int = 0
    chases: int = 0
    overdue_since: date | None = None
    noticed: bool = False
    undelivered: bool = False
    problem: AskProblem | None = None

    @property
    def kind(self) -> WaitKind:
        """What is waited for."""
        return wait_kind(self.key)

    @property
    def is_overdue(self) -> bool:
        """Whether it has been recorded that this wait ran out."""
        return self.overdue_since is not None


def create_wait(
    key: WaitKey, waiting_on: str, terms: WaitPolicy, now: datetime, asked: int, calendar: Calendar
) -> Wait:
    """A wait that starts now and runs for what `terms` say."""
    today = now.date()
    return Wait(
        key=key,
        waiting_on=waiting_on,
        since=now,
        unit=terms.unit,
        counted_from=today,
        due_on=_after(today, terms.due, terms.unit, calendar),
        chase_on=_optional(today, terms.chase, terms.unit, calendar),
        notice_on=_optional(today, terms.notice, terms.unit, calendar),
        asked=asked if is_agency(waiting_on) else 0,
    )


def renew(wait: Wait, terms: WaitPolicy, now: datetime, calendar: Calendar) -> Wait:
    """The same wait, counted afresh from now; one that hangs on a fixed day stays as it is."""
    if wait.unit is Unit.FIXED:
        return wait
    fresh = create_wait(wait.key, wait.waiting_on, terms, now, wait.asked, calendar)
    fresh = replace(fresh, since=wait.since, chases=wait.chases)
    return mark_undelivered(fresh) if wait.undelivered else fresh


def mark_undelivered(wait: Wait) -> Wait:
    """The same wait on an agency that cannot be asked: it runs on, and is not chased, since that would fail as well."""
    return replace(wait, undelivered=True, chase_on=None)


def set_due(wait: Wait, until: date, terms: WaitPolicy | None, calendar: Calendar) -> Wait:
    """The same wait, due on `until`; its second notice follows as long after that as its terms say."""
    gap = terms.notice - terms.due if terms and terms.notice is not None else None
    notice_on = None if terms is None else _optional(until, gap, terms.unit, calendar)
    return replace(wait, due_on=until, chase_on=None, notice_on=notice_on, overdue_since=None, noticed=False)


def shift_after_hold(wait: Wait, held_since: date, now: datetime, asked: int, calendar: Calendar) -> Wait:
    """The same wait after a hold: each date still to come keeps the time it had left, in the wait's own unit."""
    asked = asked if wait.asked else 0
    if wait.unit is Unit.FIXED:
        return replace(wait, asked=asked)
    start = max(held_since, wait.counted_from)

    def later(day: date | None) -> date | None:
        return None if day is None else _shifted(day, start, now.date(), wait.unit, calendar)

    due_on = wait.due_on if wait.is_overdue else _shifted(wait.due_on, start, now.date(), wait.unit, calendar)
    return replace(
        wait,
        asked=asked,
        counted_from=now.date(),
        due_on=due_on,
        chase_on=later(wait.chase_on),
        notice_on=later(wait.notice_on),
    )


def pending_chase(wait: Wait) -> date | None:
    """The day of the reminder that is still to come."""
    return None if wait.is_overdue else wait.chase_on


def pending_due(wait: Wait) -> date | None:
    """The day on which the wait will run out, if it has not."""
    return None if wait.is_overdue else wait.due_on


def pending_notice(wait: Wait) -> date | None:
    """The day of the second notice that is still to come."""
    return None if wait.noticed else wait.notice_on


def _shifted(day: date, start: date, today: date, unit: Unit, calendar: Calendar) -> date:
    if day <= start:
        return day
    if unit is Unit.WORKING_DAYS:
        return calendar.add_working_days(today, calendar.working_days_between(start, day))
    return today + (day - start)


def _after(start: date, count: int, unit: Unit, calendar: Calendar) -> date:
    if unit is Unit.WORKING_DAYS:
        return calendar.add_working_days(start, count)
    return start + timedelta(weeks=count)


def _optional(start: date, count: int | None, unit: Unit, calendar: Calendar) -> date | None:
    return None if count is None else _after(start, count, unit, calendar)
