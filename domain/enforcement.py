"""What the guard blocks is cancelled, paused or made somebody's task, in the entry that blocks it."""

from domain.authority import agency_waited_on
from domain.case import Case, waits_of, with_progress, with_wait, without_waits
from domain.guard import blocks_contact, blocks_meeting, has_facilitator, has_valid_risk, is_cleared, is_stopped
from domain.policy import Unit
from domain.steps import (
    CASEWORKER,
    CONTACT_STEPS,
    SUPERVISOR,
    TransitionContext,
    ask_check,
    checks_outstanding,
    enter,
    start_wait,
)
from domain.values import replace
from domain.vocabulary import Refusal, Step, WaitKind, subject_of
from domain.waits import shift_after_hold


def apply_guard(case: Case, context: TransitionContext) -> Case:
    """The case without a meeting day that is blocked; what agencies were asked to do with the offender is paused."""
    if case.is_closed:
        return case
    planned = case.progress.arrangement
    if planned is not None and blocks_meeting(case, planned.form, planned.day, planned.conditions):
        case = enter(with_progress(case, arrangement=None), Step.PREPARING, context.now)
    case = _ask_missing_checks(case, context)
    case = _assign_missing_work(case, context)
    return _pause_blocked_asks(case, context)


def _ask_missing_checks(case: Case, context: TransitionContext) -> Case:
    """Ask for every clearance that is missing or no longer counts; while approaching, that leads back to the checks.

    An agency whose objection is a concern is asked again once that is decided.
    """
    progress = case.progress
    if case.step not in CONTACT_STEPS and case.step is not Step.NOT_YET:
        return case
    missing = [check.agency for check in progress.checks if not is_cleared(case, check, context.today)]
    if not progress.checks and progress.responsible_agency is not None:
        missing = list(case.rules.process.checkers_of(progress.responsible_agency, progress.whereabouts))
    if not missing:
        return case
    if case.step is Step.APPROACHING:
        case = enter(case, Step.AGENCY_CHECK, context.now)
    waiting = {agency_waited_on(wait) for wait in checks_outstanding(case)}
    if is_stopped(case):
        waiting |= {check.agency for check in progress.checks if check.objection is not None}
    for agency in missing:
        if agency not in waiting:
            case = ask_check(case, agency, context.now)
    return case


def _assign_missing_work(case: Case, context: TransitionContext) -> Case:
    """A caseworker sees to a risk assessment that counts, a supervisor to a facilitator, from the checks on."""
    if case.step not in CONTACT_STEPS:
        return case
    for kind, waiting_on, is_there in (
        (WaitKind.RISK, CASEWORKER, has_valid_risk(case, context.today)),
        (WaitKind.FACILITATOR, SUPERVISOR, has_facilitator(case, context.today)),
    ):
        waits = waits_of(case, kind)
        if is_there:
            case = without_waits(case, *(wait.key for wait in waits if wait.unit is not Unit.FIXED))
        elif not waits or waits[0].unit is Unit.FIXED:
            case = start_wait(case, kind, waiting_on, context.now)
    return case


def _pause_blocked_asks(case: Case, context: TransitionContext) -> Case:
    """Nobody goes to the offender while contact is blocked; each wait keeps the time that it has left."""
    waits = waits_of(case, WaitKind.APPROACH, WaitKind.OFFENDER_ANSWER)
    if not waits:
        return case
    blocked = {
        WaitKind.APPROACH: any(
            block.code is not Refusal.ON_HOLD for block in blocks_contact(case, None, context.today)
        ),
        WaitKind.OFFENDER_ANSWER: is_stopped(case),
    }
    asked_back = {subject_of(wait.key) for wait in waits_of(case, WaitKind.INFORMATION)}
    for wait in waits:
        if blocked[wait.kind] and wait.paused_since is None:
            case = with_wait(case, replace(wait, paused_since=context.today))
        elif not blocked[wait.kind] and wait.paused_since is not None and wait.key not in asked_back:
            shifted = shift_after_hold(wait, wait.paused_since, context.now, case.version, case.calendar)
            case = with_wait(case, replace(shifted, paused_since=None))
    return case
