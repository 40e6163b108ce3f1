"""What the guard blocks is cancelled, paused or made somebody's task, in the entry that blocks it."""

import operator
from collections.abc import Callable
from datetime import date

from domain.authority import agency_waited_on
from domain.case import Case, ProcessState, parallel_waits, waits_of, with_progress, with_wait, without_waits
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
    find_pause_start,
    start_wait,
)
from domain.values import replace
from domain.vocabulary import Refusal, Side, Step, WaitKind, subject_of, wait_key
from domain.waits import Wait, shift_after_hold


def apply_guard(case: Case, context: TransitionContext) -> Case:
    """The case without a meeting day that is blocked, and with every wait paused that asks for what may not be done.

    Nobody goes to the offender while contact is blocked, and nobody rings a victim who is reported dead.
    """
    if not case.is_closed:
        case = _pause_blocked_asks(_enforce(case, context), context)
    return _pause_contact_with_victim(case, context)


def _enforce(case: Case, context: TransitionContext) -> Case:
    """The case without a meeting day that is blocked, and with what is missing as somebody's task."""
    planned = case.progress.arrangement
    if planned is not None and blocks_meeting(case, planned.form, planned.day, planned.conditions):
        case = enter(with_progress(case, arrangement=None), Step.PREPARING, context.now)
    case = _ask_missing_checks(case, context)
    return _assign_missing_work(case, context)


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
    undo = case.undo_point
    states = (case.progress, undo.before, undo.after) if undo else (case.progress,)
    kinds = [wait.kind for state in states for wait in state.waits]
    if not (WaitKind.APPROACH in kinds or WaitKind.OFFENDER_ANSWER in kinds):
        return case
    blocked = {
        WaitKind.APPROACH: any(
            block.code is not Refusal.ON_HOLD for block in blocks_contact(case, None, context.today)
        ),
        WaitKind.OFFENDER_ANSWER: is_stopped(case),
    }
    asked_back = {subject_of(wait.key) for wait in waits_of(case, WaitKind.INFORMATION)}
    since = find_pause_start(case, context)

    def pause(wait: Wait) -> Wait:
        is_blocked = blocked.get(wait.kind)
        if is_blocked is None or (not is_blocked and wait.key in asked_back):
            return wait
        return _pause_or_go_on(wait, is_blocked, since, case, context)

    return _change_waits(case, pause)


ON_VICTIM = frozenset(
    {
        WaitKind.VICTIM_ANSWER,
        WaitKind.FIRST_CONTACT,
        WaitKind.PREPARATION,
        WaitKind.FOLLOW_UP,
        WaitKind.SAFE_CALL,
        WaitKind.CONCERN_ANSWER,
    }
)
"""What nobody can do without the victim. Bad news stays: whether they have died is found out first, and soon."""

OF_VICTIM = frozenset({wait_key(WaitKind.ASSESSMENT, Side.VICTIM), wait_key(WaitKind.OWN_CONSENT, Side.VICTIM)})


_PAUSED_SINCE = operator.attrgetter("paused_since")


def _pause_contact_with_victim(case: Case, context: TransitionContext) -> Case:
    """Nobody is asked to ring a victim who is reported dead; each wait keeps the time that it has left."""
    is_reported = bool(case.deaths) and any(death.whose is Side.VICTIM for death in case.deaths)
    waits, undo = (*case.progress.waits, *case.victim_waits, *parallel_waits(case)), case.undo_point
    if undo is not None:
        waits = (*waits, *undo.before.waits, *undo.after.waits)
    if not (is_reported or any(map(_PAUSED_SINCE, waits))):
        return case
    since = find_pause_start(case, context)

    def pause(wait: Wait, since: date = since) -> Wait:
        if wait.kind not in ON_VICTIM and wait.key not in OF_VICTIM:
            return wait
        return _pause_or_go_on(wait, is_reported, since, case, context)

    changed = _change_waits(case, pause)
    if case.first_contact is not None and (paused := pause(case.first_contact)) is not case.first_contact:
        changed = replace(changed, first_contact=paused)
    # What is to be done in any state runs on hold too.
    for wait in (*case.victim_waits, *(adult.wait for adult in case.adults if adult.wait)):
        paused = pause(wait, context.today)
        changed = changed if paused is wait else with_wait(changed, paused)
    return changed


def _pause_or_go_on(wait: Wait, is_blocked: bool, since: date, case: Case, context: TransitionContext) -> Wait:
    """The wait, paused since a day or going on with the time that it had left then; as it is where that is so."""
    if is_blocked and wait.paused_since is None:
        return replace(wait, paused_since=since)
    if not is_blocked and wait.paused_since is not None:
        shifted = shift_after_hold(wait, wait.paused_since, context.now, case.version, case.calendar)
        return replace(shifted, paused_since=None)
    return wait


def _change_waits(case: Case, change: Callable[[Wait], Wait]) -> Case:
    """The case with its waits changed, and with those that a correction would give back."""
    progress = _change_waits_of(case.progress, change)
    case = case if progress is case.progress else replace(case, progress=progress)
    undo = case.undo_point
    if undo is None:
        return case
    before, after = _change_waits_of(undo.before, change), _change_waits_of(undo.after, change)
    if before is undo.before and after is undo.after:
        return case
    return replace(case, undo_point=replace(undo, before=before, after=after))


def _change_waits_of(state: ProcessState, change: Callable[[Wait], Wait]) -> ProcessState:
    waits = tuple(change(wait) for wait in state.waits)
    return state if all(map(operator.is_, waits, state.waits)) else replace(state, waits=waits)
