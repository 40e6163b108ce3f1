"""Events that change no step: holds, extensions, deadlines, preferences, and what the clock records."""

from datetime import date, timedelta

from domain.authority import choose_wait, require_asked, require_supervisor
from domain.case import Case, Deadline, Hold, ProcessState, active_waits, waits_of, with_progress, with_wait
from domain.events import (
    BecameOverdue,
    CalendarUpdated,
    Chased,
    ContactPreferenceChanged,
    DeadlineNear,
    DeadlineNoted,
    FeedbackRecorded,
    HoldEnded,
    NoteAdded,
    PutOnHold,
    Reassigned,
    Resumed,
    ReviewDue,
    RulesAdopted,
    SecondNotice,
    VictimUpdated,
    WaitExtended,
)
from domain.policy import Unit, find_policy_problems
from domain.reasons import HOLD_REASONS, Reason
from domain.refusals import refuse_if, require
from domain.rules import PROCESS_VERSIONS, Rules
from domain.steps import CASEWORKER, CONTACT_STEPS, TransitionContext, create_policy_wait, enter, start_fixed_wait
from domain.values import replace
from domain.victim_notifications import update_due_on
from domain.vocabulary import Refusal, Role, Step, WaitKey, WaitKind, is_agency, wait_key
from domain.waits import Wait, pending_chase, pending_due, pending_notice, set_due, shift_after_hold


def put_on_hold(case: Case, event: PutOnHold, context: TransitionContext) -> Case:
    """Asks and timers are paused; the case waits for the end of the hold alone. A victim says that they wish it."""
    refuse_if(case.is_on_hold, Refusal.ALREADY_ON_HOLD)
    own = frozenset({Reason.VICTIM_WISHES}) if context.record.by.role is Role.VICTIM else HOLD_REASONS
    refuse_if(event.reason not in own, Refusal.REASON_DOES_NOT_FIT, event.reason)
    refuse_if(event.until is not None and event.until <= context.today, Refusal.DAY_IN_PAST, "until")
    policy = case.policy.waits[WaitKind.HOLD]
    until = event.until or context.today + timedelta(weeks=case.policy.hold)
    wait = create_policy_wait(case, WaitKind.HOLD, CASEWORKER, context.now)
    wait = set_due(wait, until, policy, case.calendar)
    return replace(case, hold=Hold(event.reason, context.today, wait), quiet=event.quiet)


def resume(case: Case, event: Resumed, context: TransitionContext) -> Case:
    """Each wait goes on with the time it had left; what was asked is asked again. A victim ends a hold of their own."""
    hold = require(case.hold if case.is_on_hold else None, Refusal.NOT_ON_HOLD)
    others = context.record.by.role is Role.VICTIM and hold.reason is not Reason.VICTIM_WISHES
    refuse_if(others, Refusal.NOT_BY_THIS_SENDER, hold.reason)

    def go_on(wait: Wait) -> Wait:
        if wait.paused_since is not None:
            return wait
        return shift_after_hold(wait, hold.since, context.now, case.version, case.calendar)

    def shift_waits(state: ProcessState) -> ProcessState:
        return replace(state, waits=tuple(go_on(wait) for wait in state.waits))

    first_contact = case.first_contact and go_on(case.first_contact)
    case = replace(case, hold=None, quiet=False, first_contact=first_contact, progress=shift_waits(case.progress))
    undo = case.undo_point
    if undo is None:
        return case
    # A correction gives each wait the time that it had left as well.
    return replace(case, undo_point=replace(undo, before=shift_waits(undo.before), after=shift_waits(undo.after)))


def extend_wait(case: Case, event: WaitExtended, context: TransitionContext) -> Case:
    """A supervisor extends the due date of a wait; it is no longer overdue."""
    refuse_if(event.until <= context.today, Refusal.DAY_IN_PAST, "until")
    wait = choose_wait(active_waits(case), event.wait)
    return with_wait(case, set_due(wait, event.until, case.policy.waits.get(wait.kind), case.calendar))


def reassign(case: Case, event: Reassigned, context: TransitionContext) -> Case:
    """Another caseworker has the case; a caseworker may take one that nobody has."""
    refuse_if(not event.to, Refusal.MISSING_FIELD, "to")
    actor = context.record.by
    takes = actor.role is Role.CASEWORKER and not case.assigned_to and event.to == actor.id
    if actor.role is Role.CASEWORKER and not takes:
        require_supervisor(actor, case.assigned_to or event.to)
    return replace(case, assigned_to=event.to)


def add_note(case: Case, event: NoteAdded, context: TransitionContext) -> Case:
    """Staff, or an agency that was asked, add a note: no wait changes."""
    require_asked(case, context.record.by)
    refuse_if(not context.record.note, Refusal.MISSING_FIELD, "note")
    return case


def note_deadline(case: Case, event: DeadlineNoted, context: TransitionContext) -> Case:
    """A date outside the process is noted; it replaces an earlier one of the same kind."""
    require_asked(case, context.record.by)
    refuse_if(event.on <= context.today, Refusal.DAY_IN_PAST, "on")
    others = tuple(deadline for deadline in case.deadlines if deadline.kind is not event.kind)
    return replace(case, deadlines=(*others, Deadline(event.kind, event.on)))


def change_contact_preference(case: Case, event: ContactPreferenceChanged, context: TransitionContext) -> Case:
    """The victim wants to be contacted in another way, or not at all; the case goes on."""
    return replace(case, contact=event.contact)


def record_feedback(case: Case, event: FeedbackRecorded, context: TransitionContext) -> Case:
    """What somebody thinks of restorative justice decides nothing: reports count it from the entries."""
    refuse_if(event.satisfaction is None and event.needs_met is None, Refusal.MISSING_FIELD, "satisfaction")
    return case


def adopt_rules(case: Case, event: RulesAdopted, context: TransitionContext) -> Case:
    """Other rules apply to the case; its present waits keep their dates."""
    refuse_if(event.version not in PROCESS_VERSIONS, Refusal.UNKNOWN_RULES, str(event.version))
    problems = find_policy_problems(event.policy) if event.policy else ()
    refuse_if(bool(problems), Refusal.UNKNOWN_RULES, "; ".join(problems))
    return replace(case, rules=Rules(event.version, event.policy or case.policy, case.calendar))


def update_calendar(case: Case, event: CalendarUpdated, context: TransitionContext) -> Case:
    """From now on the case counts its working days by a newer calendar."""
    refuse_if(not event.calendar.is_sound, Refusal.UNKNOWN_CALENDAR, event.calendar.name)
    return replace(case, rules=replace(case.rules, calendar=event.calendar))


def chase(case: Case, event: Chased, context: TransitionContext) -> Case:
    """The clock reminds on its day; staff can remind an agency at any time."""
    if context.record.by.role is Role.TIMER:
        if event.wait == wait_key(WaitKind.RISK) and not waits_of(case, WaitKind.RISK):
            # The risk assessment soon no longer counts: a caseworker has until then to see to a new one.
            _require_passed(require(risk_chase_day(case), Refusal.NOT_DUE, WaitKind.RISK), context)
            assert case.risk is not None
            case = start_fixed_wait(case, WaitKind.RISK, context.now, case.risk.valid_until)
            return with_wait(case, replace(waits_of(case, WaitKind.RISK)[0], chases=1))
        wait = _find_active(case, event.wait)
        _require_passed(pending_chase(wait), context)
        again_on = _next_reminder(case, wait, context) if wait.is_overdue else None
        return with_wait(case, replace(wait, chases=wait.chases + 1, chase_on=again_on))
    refuse_if(case.is_on_hold, Refusal.ON_HOLD)
    wait = choose_wait(active_waits(case), event.wait)
    refuse_if(not is_agency(wait.waiting_on) or not wait.asked, Refusal.NOT_ASKED, wait.waiting_on)
    refuse_if(wait.undelivered, Refusal.ALREADY_FAILED, wait.key)
    return with_wait(case, replace(wait, chases=wait.chases + 1))


def risk_chase_day(case: Case) -> date | None:
    """The day on which a new risk assessment is asked for; None where none will be needed."""
    risk = case.risk
    if risk is None or risk.expired or risk.result == "stop" or case.step not in CONTACT_STEPS or case.is_on_hold:
        return None
    if waits_of(case, WaitKind.RISK):
        return None
    return case.calendar.subtract_working_days(risk.valid_until, case.policy.risk_chase)


def mark_overdue(case: Case, event: BecameOverdue, context: TransitionContext) -> Case:
    """The wait ran out: the case is overdue, and goes on waiting."""
    wait = _find_active(case, event.wait)
    expires = wait.kind is WaitKind.RISK and wait.unit is Unit.FIXED
    otherwise = wait.kind in (WaitKind.READINESS_REVIEW, WaitKind.HOLD) or expires
    refuse_if(otherwise, Refusal.NOT_ALLOWED_NOW, wait.key)
    overdue_since = _require_passed(pending_due(wait), context)
    return with_wait(case, replace(wait, overdue_since=overdue_since, chase_on=_next_reminder(case, wait, context)))


def _next_reminder(case: Case, wait: Wait, context: TransitionContext) -> date | None:
    """The day of the next reminder of an overdue wait; None where nobody is asked, or can be."""
    if not wait.asked or wait.undelivered:
        return None
    return context.today + timedelta(weeks=case.policy.reminders_every)


def mark_noticed(case: Case, event: SecondNotice, context: TransitionContext) -> Case:
    """Still overdue: a supervisor is told again."""
    wait = _find_active(case, event.wait)
    _require_passed(pending_notice(wait), context)
    return with_wait(case, replace(wait, noticed=True))


def review_readiness(case: Case, event: ReviewDue, context: TransitionContext) -> Case:
    """The review date has come: the side that was not ready is assessed again."""
    _require_passed(pending_due(_find_active(case, wait_key(WaitKind.READINESS_REVIEW))), context)
    return enter(with_progress(case, reason=None, reason_of=None), Step.ASSESSING, context.now)


def end_hold(case: Case, event: HoldEnded, context: TransitionContext) -> Case:
    """The hold has run out: the case is overdue; it does not resume by itself."""
    wait = _find_active(case, wait_key(WaitKind.HOLD))
    return with_wait(case, replace(wait, overdue_since=_require_passed(pending_due(wait), context)))


def warn_of_deadline(case: Case, event: DeadlineNear, context: TransitionContext) -> Case:
    """A supervisor is warned that a noted date is near."""
    deadline = Deadline(event.kind, event.on)
    refuse_if(deadline not in case.deadlines, Refusal.NOT_DUE, event.kind)
    refuse_if(not context.calendar.has_passed(warning_day(case, deadline), context.now), Refusal.NOT_DUE, event.kind)
    warned = tuple(replace(noted, warned=True) if noted == deadline else noted for noted in case.deadlines)
    return replace(case, deadlines=warned)


def warning_day(case: Case, deadline: Deadline) -> date:
    """The day on which a supervisor is warned of `deadline`."""
    return deadline.on - timedelta(weeks=case.policy.deadline_warning)


def update_victim(case: Case, event: VictimUpdated, context: TransitionContext) -> Case:
    """The victim's regular update is due."""
    _require_passed(update_due_on(case), context)
    return case


def _find_active(case: Case, key: WaitKey) -> Wait:
    return require(next((wait for wait in active_waits(case) if wait.key == key), None), Refusal.NOT_DUE, key)


def _require_passed(day: date | None, context: TransitionContext) -> date:
    refuse_if(day is None or not context.calendar.has_passed(day, context.now), Refusal.NOT_DUE, str(day or ""))
    assert day is not None
    return day
