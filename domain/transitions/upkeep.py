"""What moves no step: holds, extensions, deadlines, preferences, and what the clock records."""

from dataclasses import replace
from datetime import date, timedelta

from domain.authority import choose_wait, require_asked
from domain.calendar import CALENDARS
from domain.case import Case, Deadline, Hold, Rules, active_waits, find_wait, with_progress, with_wait
from domain.events import (
    BecameOverdue,
    CalendarUpdated,
    Chased,
    ContactPreferenceChanged,
    DeadlineNear,
    DeadlineNoted,
    HoldEnded,
    PutOnHold,
    Reassigned,
    Resumed,
    ReviewDue,
    RulesAdopted,
    SecondNotice,
    VictimUpdated,
    WaitExtended,
)
from domain.policy import POLICIES
from domain.reasons import HOLD_REASONS
from domain.refusals import Refusal, refuse_if
from domain.steps import CASEWORKER, TransitionContext, enter, has_passed
from domain.victim_notifications import next_update_on
from domain.vocabulary import Role, Step, WaitKey, WaitKind, is_agency, wait_key
from domain.waits import Wait, create_wait, pending_chase, pending_due, pending_notice, set_due, shift_after_hold

RULES_VERSIONS = frozenset({1})
"""The versions of the process that an open case may be under."""


def put_on_hold(case: Case, event: PutOnHold, context: TransitionContext) -> Case:
    """Asks and timers rest; the case waits for the end of the hold alone."""
    refuse_if(case.is_on_hold, Refusal.ALREADY_ON_HOLD)
    refuse_if(event.reason not in HOLD_REASONS, Refusal.REASON_DOES_NOT_FIT, event.reason)
    refuse_if(event.until is not None and event.until <= context.today, Refusal.DAY_IN_PAST, "until")
    terms = case.policy.waits[WaitKind.HOLD]
    wait = create_wait(wait_key(WaitKind.HOLD), CASEWORKER, terms, context.now, case.version, case.calendar)
    until = event.until or context.today + timedelta(weeks=case.policy.hold)
    wait = set_due(wait, until, terms, case.calendar)
    return replace(case, hold=Hold(event.reason, context.today, wait))


def resume(case: Case, event: Resumed, context: TransitionContext) -> Case:
    """Each wait goes on with the time it had left; what was asked is asked again."""
    hold = case.hold
    refuse_if(not case.is_on_hold, Refusal.NOT_ON_HOLD)
    assert hold is not None
    waits = (
        shift_after_hold(wait, hold.since, context.now, case.version, case.calendar) for wait in case.progress.waits
    )
    return with_progress(replace(case, hold=None), waits=tuple(waits))


def extend_wait(case: Case, event: WaitExtended, context: TransitionContext) -> Case:
    """A supervisor gives a wait until another day; it is not overdue any more."""
    refuse_if(event.until <= context.today, Refusal.DAY_IN_PAST, "until")
    wait = choose_wait(active_waits(case), event.wait)
    return with_wait(case, set_due(wait, event.until, case.policy.waits.get(wait.kind), case.calendar))


def reassign(case: Case, event: Reassigned, context: TransitionContext) -> Case:
    """Another caseworker has the case."""
    refuse_if(not event.to, Refusal.MISSING_FIELD, "to")
    return replace(case, assigned_to=event.to)


def note_deadline(case: Case, event: DeadlineNoted, context: TransitionContext) -> Case:
    """A date outside the process; noted again, it replaces the one of the same kind."""
    require_asked(case, context.record.by)
    refuse_if(event.on <= context.today, Refusal.DAY_IN_PAST, "on")
    others = tuple(deadline for deadline in case.deadlines if deadline.kind is not event.kind)
    return replace(case, deadlines=(*others, Deadline(event.kind, event.on)))


def change_contact_preference(case: Case, event: ContactPreferenceChanged, context: TransitionContext) -> Case:
    """The victim wants to hear in another way, or not at all; the case goes on."""
    return replace(case, contact=event.contact)


def adopt_rules(case: Case, event: RulesAdopted, context: TransitionContext) -> Case:
    """The case comes under other rules; waits that run keep their dates."""
    policy = event.policy or case.rules.policy
    known = event.version in RULES_VERSIONS and policy in POLICIES
    refuse_if(not known, Refusal.UNKNOWN_RULES, f"{event.version} {policy}")
    return replace(case, rules=Rules(event.version, policy, case.rules.calendar))


def update_calendar(case: Case, event: CalendarUpdated, context: TransitionContext) -> Case:
    """The case counts its working days by a newer calendar from now on."""
    refuse_if(event.calendar not in CALENDARS, Refusal.UNKNOWN_CALENDAR, event.calendar)
    return replace(case, rules=replace(case.rules, calendar=event.calendar))


def chase(case: Case, event: Chased, context: TransitionContext) -> Case:
    """Whoever is waited on is reminded: by the clock when the day has come, or by staff now, which is an agency."""
    if context.record.by.role is not Role.TIMER:
        wait = _asked_now(case, event.wait)
        return with_wait(case, replace(wait, chases=wait.chases + 1))
    wait = _running(case, event.wait)
    _require_passed(pending_chase(wait), context)
    return with_wait(case, replace(wait, chases=wait.chases + 1, chase_on=None))


def _asked_now(case: Case, key: WaitKey) -> Wait:
    """The wait on an agency that has been asked, and can be reminded."""
    refuse_if(case.is_on_hold, Refusal.ON_HOLD)
    wait = choose_wait(active_waits(case), key)
    refuse_if(not is_agency(wait.waiting_on) or not wait.asked, Refusal.NOT_ASKED, wait.waiting_on)
    refuse_if(wait.undelivered, Refusal.ALREADY_FAILED, wait.key)
    return wait


def mark_overdue(case: Case, event: BecameOverdue, context: TransitionContext) -> Case:
    """The wait ran out: the case is overdue, and goes on waiting."""
    wait = _running(case, event.wait)
    refuse_if(wait.kind in (WaitKind.READINESS_REVIEW, WaitKind.HOLD), Refusal.NOT_ALLOWED_NOW, wait.key)
    return with_wait(case, _overdue(wait, context))


def _overdue(wait: Wait, context: TransitionContext) -> Wait:
    due_on = _require_passed(pending_due(wait), context)
    return replace(wait, overdue_since=due_on)


def mark_noticed(case: Case, event: SecondNotice, context: TransitionContext) -> Case:
    """Still overdue: the supervisor is told again."""
    wait = _running(case, event.wait)
    _require_passed(pending_notice(wait), context)
    return with_wait(case, replace(wait, noticed=True))


def review_readiness(case: Case, event: ReviewDue, context: TransitionContext) -> Case:
    """The review date has come: whoever was not ready is assessed again."""
    _require_passed(pending_due(_running(case, wait_key(WaitKind.READINESS_REVIEW))), context)
    return enter(with_progress(case, reason=None), Step.ASSESSING, context.now)


def end_hold(case: Case, event: HoldEnded, context: TransitionContext) -> Case:
    """The hold has run out: overdue, and never resumed by itself."""
    return with_wait(case, _overdue(_running(case, wait_key(WaitKind.HOLD)), context))


def warn_of_deadline(case: Case, event: DeadlineNear, context: TransitionContext) -> Case:
    """The supervisor was warned of a date that comes close."""
    deadline = Deadline(event.kind, event.on)
    refuse_if(deadline not in case.deadlines, Refusal.NOT_DUE, event.kind)
    refuse_if(not has_passed(warning_day(case, deadline), context.now), Refusal.NOT_DUE, event.kind)
    warned = tuple(replace(each, warned=True) if each == deadline else each for each in case.deadlines)
    return replace(case, deadlines=warned)


def warning_day(case: Case, deadline: Deadline) -> date:
    """The day on which the supervisor is warned of `deadline`."""
    return deadline.on - timedelta(weeks=case.policy.deadline_warning)


def update_victim(case: Case, event: VictimUpdated, context: TransitionContext) -> Case:
    """Nothing new for weeks: the victim hears so."""
    _require_passed(next_update_on(case), context)
    return case


def _running(case: Case, key: WaitKey) -> Wait:
    wait = find_wait(case, key)
    refuse_if(wait is None or wait not in active_waits(case), Refusal.NOT_DUE, key)
    assert wait is not None
    return wait


def _require_passed(day: date | None, context: TransitionContext) -> date:
    refuse_if(day is None or not has_passed(day, context.now), Refusal.NOT_DUE, str(day or ""))
    assert day is not None
    return day
