"""What the clock records in a case, and when."""

from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta

from domain.case import Case, active_waits
from domain.events import (
    BecameOverdue,
    Chased,
    DeadlineNear,
    Event,
    HoldEnded,
    ReviewDue,
    RiskExpired,
    SecondNotice,
    VictimUpdated,
)
from domain.guard import is_stopped
from domain.policy import Unit
from domain.transitions.upkeep import risk_chase_day, warning_day
from domain.victim_notifications import update_due_on
from domain.vocabulary import WaitKind, wait_key
from domain.waits import Wait, pending_chase, pending_due, pending_notice


def next_due(case: Case, refused: Collection[Event] = ()) -> tuple[datetime, Event] | None:
    """The next event but those `refused` that the clock will record in `case`, and when; None where there is none."""
    rules = case.rules
    due = (due for due in rules.process.due_events(case) if due[1] not in refused)
    day, event = min(due, key=lambda due: due[0], default=(None, None))
    return None if day is None or event is None else (rules.calendar.end_of(day), event)


def due_now(case: Case, now: datetime, refused: Collection[Event] = ()) -> Event | None:
    """The event that the clock must record now, the earliest first; None where none is due but those `refused`."""
    due = next_due(case, refused)
    return due[1] if due and due[0] <= now else None


def due_events(case: Case) -> Iterator[tuple[date, Event]]:
    """What the clock records, and on which days."""
    for wait in active_waits(case):
        chase, due, notice = pending_chase(wait), pending_due(wait), pending_notice(wait)
        if chase is not None:
            yield chase, Chased(wait.key)
        if due is not None:
            yield _at_due_date(case, wait, due)
        elif notice is not None:
            yield notice, SecondNotice(wait.key)
    if case.is_closed:
        return
    for deadline in case.deadlines:
        if not deadline.warned:
            yield warning_day(case, deadline), DeadlineNear(deadline.kind, deadline.on)
    new_risk_on = risk_chase_day(case)
    if new_risk_on is not None:
        yield new_risk_on, Chased(wait_key(WaitKind.RISK))
    update_on = update_due_on(case)
    if update_on is not None:
        yield update_on, VictimUpdated()


def _at_due_date(case: Case, wait: Wait, due: date) -> tuple[date, Event]:
    """What is recorded when `wait` is due, and on which day.

    A risk record expires on no day before its own, even where its wait was moved: that would be refused for ever.
    """
    if wait.kind is WaitKind.RISK and wait.unit is Unit.FIXED:
        return max(due, case.risk.valid_until) if case.risk else due, RiskExpired()
    return due, _AT_DUE_DATE.get(wait.kind) or BecameOverdue(wait.key)


_AT_DUE_DATE: dict[WaitKind, Event] = {WaitKind.READINESS_REVIEW: ReviewDue(), WaitKind.HOLD: HoldEnded()}
"""What is recorded when a wait runs out, where that does not make it overdue as usual."""


def aftercare_ends_on(case: Case) -> date | None:
    """The last day on which an ended case accepts reviews and contact preferences; None while it is open."""
    ended_on = case.progress.ended_on
    return None if ended_on is None else ended_on + timedelta(weeks=case.policy.aftercare)


def is_over(case: Case, now: datetime) -> bool:
    """Whether aftercare has ended, nothing is undecided, and the victim knows what there is to know."""
    ends_on = aftercare_ends_on(case)
    is_past = ends_on is not None and case.calendar.has_passed(ends_on, now)
    return is_past and not is_stopped(case) and case.news is None and not case.victim_waits
