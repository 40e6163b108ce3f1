"""The last entry that changed the step was wrong: it is undone, and what became known since then stays.

So a correction never makes contact easier than the facts allow: a clearance that is void since, a type of contact that
is ruled out since, a day that was cancelled, whereabouts that are others now.
"""

from collections.abc import Iterable
from datetime import date
from typing import TypeVar

from domain.authority import agency_waited_on
from domain.case import AgencyCheck, Case, ProcessState, RiskRecord, UndoPoint, waits_of, without_waits
from domain.events import EntryCorrected
from domain.policy import Unit
from domain.refusals import refuse_if, require
from domain.steps import (
    ADDED,
    CHECK_KINDS,
    CHECKED,
    TransitionContext,
    approach,
    ask_next_for_trace,
    assess,
    assessment_side,
    assessments_outstanding,
    checks_outstanding,
    continue_follow_up,
    enter,
    hand_over,
    is_for,
    is_kept_at,
    outstanding,
    responsible,
    with_screener,
)
from domain.values import replace
from domain.vocabulary import Refusal, Side, Step, WaitKind, subject_of
from domain.waits import Wait

T = TypeVar("T")

CHECKS_MAY_RUN = CHECKED | {Step.APPROACHING}
"""The steps at which agencies' checks may be outstanding."""


def correct_entry(case: Case, event: EntryCorrected, context: TransitionContext) -> Case:
    """The case goes on from where it was before its last change of step, with all that became known since then.

    A meeting day is never restored: it has to be arranged again. Nothing goes on where somebody has died since.
    """
    has_died = case.progress.victim_died or case.offender_died
    refuse_if(has_died, Refusal.NOT_ALLOWED_NOW, "a death is confirmed")
    undo = require(case.undo_point, Refusal.NOTHING_TO_CORRECT)
    refuse_if(undo.entry != event.which, Refusal.NOT_THE_LAST_ENTRY, undo.entry)
    progress = _undo(case.progress, undo)
    waits = tuple(_remaining_waits(case, undo, progress))
    return _go_on(replace(case, progress=replace(progress, waits=waits)), undo, context)


def _undo(now: ProcessState, undo: UndoPoint) -> ProcessState:
    """The state before the entry, with what other entries have changed since it."""
    before, after = undo.before, undo.after
    was_traced = before.responsible_agency is not None or before.checks
    progress = replace(
        before,
        waits=(),
        arrangement=None,
        route=_since(before.route, after.route, now.route),
        whereabouts=_since(before.whereabouts, after.whereabouts, now.whereabouts),
        limited_access=before.limited_access or now.limited_access,
        ready=_merge(before.ready, after.ready, now.ready),
        ready_on=_oldest_assessment(now, undo),
        ruled_out=before.ruled_out | (now.ruled_out - after.ruled_out) | undo.ruled_out,
        contacts=tuple(
            held if after.contacts[number : number + 1] == (present,) else present
            for number, (held, present) in enumerate(zip(before.contacts, now.contacts, strict=False))
        ),
        reopened=_since(before.reopened, after.reopened, now.reopened),
    )
    if not was_traced:
        # Somebody else may be meant: who is found then is checked afresh.
        return progress
    return replace(
        progress,
        responsible_agency=_since(before.responsible_agency, after.responsible_agency, now.responsible_agency),
        may_also_answer=_since(before.may_also_answer, after.may_also_answer, now.may_also_answer),
        checks=_merge_checks(before.checks, after.checks, now.checks),
    )


def _since(before: T, after: T, now: T) -> T:
    """What was so before an entry, unless it has changed after that entry."""
    return before if now == after else now


def _merge(before: frozenset[T], after: frozenset[T], now: frozenset[T]) -> frozenset[T]:
    """What was in the set before an entry, with what was added and removed after it."""
    return (before | (now - after)) - (after - now)


def _merge_checks(
    before: tuple[AgencyCheck, ...], after: tuple[AgencyCheck, ...], now: tuple[AgencyCheck, ...]
) -> tuple[AgencyCheck, ...]:
    old, new, present = ({check.agency: check for check in checks} for checks in (before, after, now))
    merged = (_since(old.get(name), new.get(name), present.get(name)) for name in dict.fromkeys((*old, *present)))
    return tuple(check for check in merged if check is not None)


def _oldest_assessment(now: ProcessState, undo: UndoPoint) -> date | None:
    if (now.ready, now.ready_on) == (undo.after.ready, undo.after.ready_on):
        return undo.before.ready_on
    days = [state.ready_on for state in (undo.before, now) if state.ready]
    return None if None in days or not days else min(day for day in days if day is not None)


def _remaining_waits(case: Case, undo: UndoPoint, progress: ProcessState) -> Iterable[Wait]:
    """The waits from before the entry, as they are now if they ran on, and those since then that run on.

    What is no longer asked is asked again.
    """
    present, after = ({wait.key: wait for wait in waits} for waits in (case.progress.waits, undo.after.waits))
    before = {wait.key: wait for wait in undo.before.waits}
    for key, old in before.items():
        known = present.get(key)
        wait = known if key in after and known != after[key] else old
        if wait is None or not _is_meant(wait, progress, case.risk):
            continue
        is_asked = known is not None and known.asked == wait.asked
        yield wait if is_asked or not wait.asked else replace(wait, asked=case.version)
    for key, wait in present.items():
        is_since = key not in before and key not in after
        if is_since and _runs_on(wait, progress.step) and _is_meant(wait, progress, case.risk):
            yield wait


def _runs_on(wait: Wait, step: Step) -> bool:
    """Whether a wait that started since runs on at `step`."""
    is_check = is_for(subject_of(wait.key), *CHECK_KINDS)
    return step in CHECKS_MAY_RUN if is_check else is_kept_at(wait, step)


def _is_meant(wait: Wait, progress: ProcessState, risk: RiskRecord | None) -> bool:
    """Whether there still is what the wait is for: a check without an answer, somebody to assess, a contact.

    A risk record that runs out has to be the one that counts now.
    """
    subject = subject_of(wait.key)
    if wait.kind is WaitKind.RISK and wait.unit is Unit.FIXED:
        return risk is not None and not risk.expired and risk.valid_until == wait.due_on
    if is_for(subject, *CHECK_KINDS):
        unanswered = {check.agency for check in progress.checks if check.cleared_on is None}
        return subject != wait.key or agency_waited_on(wait) in unanswered
    if is_for(subject, WaitKind.ASSESSMENT) and subject == wait.key:
        return assessment_side(wait) not in progress.ready
    if wait.kind is WaitKind.FOLLOW_UP:
        contact = wait.key.partition(":")[2].partition("-")[0]
        return len(progress.contacts) >= (1 if contact == ADDED else int(contact))
    return True


def _go_on(case: Case, undo: UndoPoint, context: TransitionContext) -> Case:
    """The case with what has to be asked for at its step as things are now."""
    before, progress = undo.before, case.progress
    match case.step:
        case Step.SCREENING:
            return with_screener(case)
        case Step.TRACING if progress.route != before.route and progress.route:
            return ask_next_for_trace(
                without_waits(case, *(wait.key for wait in waits_of(case, WaitKind.ROUTE))), context.now
            )
        case Step.FOLLOWING_UP:
            case = continue_follow_up(case, context.now)
        case Step.SCHEDULED:
            return enter(case, Step.PREPARING, context.now)
        case Step.AGENCY_CHECK if not checks_outstanding(case) and progress.checks:
            return enter(case, Step.APPROACHING, context.now)
        case Step.APPROACHING if (progress.responsible_agency, progress.may_also_answer) != (
            before.responsible_agency,
            before.may_also_answer,
        ):
            case = without_waits(case, *(wait.key for wait in outstanding(case, WaitKind.APPROACH)))
            return approach(case, context.now)
        case _:
            pass
    if progress.responsible_agency != before.responsible_agency:
        case = hand_over(case, responsible(case), context.now)
    is_assessed = case.step in (Step.ASSESSING, Step.PREPARING)
    if case.step is Step.ASSESSING and Side.OFFENDER in progress.ready and not assessments_outstanding(case):
        return enter(case, Step.PREPARING, context.now)
    return assess(case, context.now) if is_assessed else case
