"""A wait: what a case waits for, on which agency or member of staff, since when, and by which day.

A wait is a review timer, never a deadline.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain.calendar import Calendar
from domain.policy import Unit, WaitPolicy
from domain.values import replace
from domain.vocabulary import AskProblem, WaitKey, WaitKind, is_agency, wait_kind


@dataclass(frozen=True)
class Wait:
    """One thing that a case waits for. Dates pass at 18:00 in London.

    `waiting_on` is an agency, `caseworker` or `supervisor`. `asked` is the version of the case at which the agency was
    asked (0: we ask nobody), which makes the ask's key unique; `chases` counts the reminders, which makes their keys
    unique. `undelivered` says that the agency cannot be asked; `problem` says why, in the supervisor's wait about it.
    From `paused_since` on, nobody is asked and no date comes, because contact is blocked. `renewed_by` renewed it last,
    `renewals` times in a row.
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
    paused_since: date | None = None
    renewed_by: str = ""
    renewals: int = 0

    @property
    def kind(self) -> WaitKind:
        """What is waited for."""
        return wait_kind(self.key)

    @property
    def is_overdue(self) -> bool:
        """Whether it has been recorded that this wait ran out."""
        return self.overdue_since is not None


def create_wait(
    key: WaitKey,
    waiting_on: str,
    policy: WaitPolicy,
    now: datetime,
    asked: int,
    calendar: Calendar,
    counted_from: date | None = None,
) -> Wait:
    """A wait that starts now and runs for as long as `policy` says, counted from today or an earlier day."""
    today = counted_from or calendar.day_of(now)
    return Wait(
        key=key,
        waiting_on=waiting_on,
        since=now,
        unit=policy.unit,
        counted_from=today,
        due_on=_add(today, policy.due, policy.unit, calendar),
        chase_on=_add_if_set(today, policy.chase, policy.unit, calendar),
        notice_on=_add_if_set(today, policy.notice, policy.unit, calendar),
        asked=asked if is_agency(waiting_on) else 0,
    )


def renew(wait: Wait, policy: WaitPolicy, now: datetime, calendar: Calendar) -> Wait:
    """The same wait, counted again from now; one that depends on a fixed day stays as it is."""
    if wait.unit is Unit.FIXED:
        return wait
    fresh = create_wait(wait.key, wait.waiting_on, policy, now, wait.asked, calendar)
    fresh = replace(fresh, since=wait.since, chases=wait.chases)
    return mark_undelivered(fresh) if wait.undelivered else fresh


def mark_undelivered(wait: Wait) -> Wait:
    """The same wait on an agency that cannot be asked: it runs on without reminders, which would fail as well."""
    return replace(wait, undelivered=True, chase_on=None)


def set_due(wait: Wait, until: date, policy: WaitPolicy | None, calendar: Calendar) -> Wait:
    """The same wait, due on `until`; its second notice follows as long after that day as its policy says."""
    notice_on = None
    if policy is not None and policy.notice is not None:
        notice_on = _add(until, policy.notice - policy.due, policy.unit, calendar)
    return replace(wait, due_on=until, chase_on=None, notice_on=notice_on, overdue_since=None, noticed=False)


def shift_after_hold(wait: Wait, held_since: date, now: datetime, asked: int, calendar: Calendar) -> Wait:
    """The same wait after a hold: each date still to come keeps the time that was left, in the wait's own unit."""
    asked = asked if wait.asked else 0
    if wait.unit is Unit.FIXED:
        return replace(wait, asked=asked)
    today, start = calendar.day_of(now), max(held_since, wait.counted_from)

    def shift(day: date) -> date:
        if day <= start:
            return day
        if wait.unit is Unit.WORKING_DAYS:
            return calendar.add_working_days(today, calendar.working_days_between(start, day))
        return today + (day - start)

    return replace(
        wait,
        asked=asked,
        counted_from=today,
        due_on=wait.due_on if wait.is_overdue else shift(wait.due_on),
        chase_on=wait.chase_on and shift(wait.chase_on),
        notice_on=wait.notice_on and shift(wait.notice_on),
    )


def pending_chase(wait: Wait) -> date | None:
    """The day of the reminder that is still to come."""
    return wait.chase_on


def pending_due(wait: Wait) -> date | None:
    """The day on which the wait will run out, if it has not."""
    return None if wait.is_overdue else wait.due_on


def pending_notice(wait: Wait) -> date | None:
    """The day of the second notice that is still to come."""
    return None if wait.noticed else wait.notice_on


def _add(start: date, count: int, unit: Unit, calendar: Calendar) -> date:
    if unit is Unit.WORKING_DAYS:
        return calendar.add_working_days(start, count)
    return start + timedelta(weeks=count)


def _add_if_set(start: date, count: int | None, unit: Unit, calendar: Calendar) -> date | None:
    return None if count is None else _add(start, count, unit, calendar)
