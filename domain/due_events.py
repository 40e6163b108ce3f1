"""What the clock does: the moments at which something happens to a case by itself, and what is then recorded."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from domain.calendar import end_of
from domain.case import Case, active_waits
from domain.events import (
    BecameOverdue,
    Chased,
    DeadlineNear,
    Event,
    HoldEnded,
    ReviewDue,
    SecondNotice,
    VictimUpdated,
)
from domain.transitions.upkeep import warning_day
from domain.victim_notifications import next_update_on
from domain.vocabulary import WaitKind
from domain.waits import Wait, pending_chase, pending_due, pending_notice


def next_due(case: Case) -> tuple[datetime, Event] | None:
    """The next thing that happens to `case` by itself, and when; None where nothing will."""
    coming = sorted(_coming(case), key=lambda due: due[0])
    return (end_of(coming[0][0]), coming[0][1]) if coming else None


def due_now(case: Case, now: datetime) -> Event | None:
    """What the clock must record now, the earliest first; None where nothing is due."""
    coming = next_due(case)
    return coming[1] if coming and coming[0] <= now else None


def _coming(case: Case) -> Iterator[tuple[date, Event]]:
    for wait in active_waits(case):
        yield from _coming_of(wait)
    if case.is_closed:
        return
    for deadline in case.deadlines:
        if not deadline.warned:
            yield warning_day(case, deadline), DeadlineNear(deadline.kind, deadline.on)
    hears_again = next_update_on(case)
    if hears_again is not None:
        yield hears_again, VictimUpdated()


def _coming_of(wait: Wait) -> Iterator[tuple[date, Event]]:
    chase, due, notice = pending_chase(wait), pending_due(wait), pending_notice(wait)
    if chase is not None:
        yield chase, Chased(wait.key)
    if due is not None:
        yield due, _runs_out(wait)
    if notice is not None and due is None:
        yield notice, SecondNotice(wait.key)


def _runs_out(wait: Wait) -> Event:
    match wait.kind:
        case WaitKind.READINESS_REVIEW:
            return ReviewDue()
        case WaitKind.HOLD:
            return HoldEnded()
        case _:
            return BecameOverdue(wait.key)


def aftercare_ends_on(case: Case) -> date | None:
    """The day after which an ended case takes nothing more; None while it is open."""
    ended_on = case.progress.ended_on
    return None if ended_on is None else ended_on + timedelta(weeks=case.policy.aftercare)
