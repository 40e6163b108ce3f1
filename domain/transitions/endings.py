"""How a case ends, changes course from outside, is corrected, and is looked at again."""

from dataclasses import replace

from domain.authority import require_asked, require_supervisor
from domain.case import Case, Review, waits_of, with_progress, without_waits
from domain.events import (
    CircumstancesChanged,
    DeclinedByService,
    Died,
    EntryCorrected,
    ReviewDecided,
    ReviewRequested,
    Withdrawn,
)
from domain.reasons import DECLINE_REASONS, OBJECTIONS, SUPERVISOR_REASONS, Reason
from domain.refusals import Refusal, refuse_if
from domain.routes import checkers_of
from domain.steps import (
    SUPERVISOR,
    TransitionContext,
    approach,
    ask_check,
    assessed_in,
    assessments_outstanding,
    end,
    enter,
    outstanding,
    responsible,
    start_wait,
    without_check,
)
from domain.transitions.readiness import require_covered
from domain.vocabulary import AgencyRef, Role, Side, Step, WaitKind, wait_key
from domain.waits import create_wait


def withdrawn(case: Case, event: Withdrawn, turn: TransitionContext) -> Case:
    """A side no longer wants to go on; an agency speaks for the offender only."""
    agency_speaks = turn.record.by.role is Role.AGENCY
    refuse_if(agency_speaks and event.whose is not Side.OFFENDER, Refusal.NOT_BY_THIS_SENDER, event.whose)
    require_asked(case, turn.record.by)
    reason = Reason.VICTIM_WITHDREW if event.whose is Side.VICTIM else Reason.OFFENDER_WITHDREW
    return end(case, turn, reason)


def declined_by_service(case: Case, event: DeclinedByService, turn: TransitionContext) -> Case:
    """The service ends the case; where a route is exhausted a supervisor decides."""
    refuse_if(event.reason not in DECLINE_REASONS, Refusal.REASON_DOES_NOT_FIT, event.reason)
    if event.reason in SUPERVISOR_REASONS or _objection_is_supervisors(case, event.reason):
        require_supervisor(turn.record.by, event.reason)
    return end(case, turn, event.reason)


def _objection_is_supervisors(case: Case, reason: Reason) -> bool:
    return reason in OBJECTIONS and any(wait.waiting_on == SUPERVISOR for wait in waits_of(case, WaitKind.OBJECTION))


def died(case: Case, event: Died, turn: TransitionContext) -> Case:
    """One of the two has died: the case ends, with care; after the victim's death every message stops."""
    require_asked(case, turn.record.by)
    case = with_progress(case, victim_died=case.progress.victim_died or event.whose is Side.VICTIM)
    return end(case, turn, Reason.DECEASED)


def circumstances_changed(case: Case, event: CircumstancesChanged, turn: TransitionContext) -> Case:
    """Another agency may be responsible now: it is asked what is being asked, or for a check beside the step."""
    require_asked(case, turn.record.by)
    before = responsible(case)
    agency = event.responsible_agency or before
    case = with_progress(case, whereabouts=event.whereabouts or case.progress.whereabouts)
    if case.step is Step.TRACING:
        return _asked_for_trace(case, event.responsible_agency, turn)
    case = with_progress(case, responsible_agency=agency)
    match case.step:
        case Step.AGENCY_CHECK:
            return _checked_anew(case, before, agency, turn)
        case Step.APPROACHING:
            return approach(with_progress(case, waits=()), turn.now)
        case Step.FOLLOWING_UP:
            return case
        case _:
            return _checked_beside(case, before, agency, turn)


def _checked_anew(case: Case, before: AgencyRef, agency: AgencyRef, turn: TransitionContext) -> Case:
    """The new responsible agency's check, and those that its kind asks for and that were not asked yet."""
    case = ask_check(without_check(case, before), agency, turn.now)
    known = {check.agency for check in case.progress.checks}
    for checker in checkers_of(agency, case.progress.whereabouts):
        if checker not in known:
            case = ask_check(case, checker, turn.now)
    return case


def _asked_for_trace(case: Case, agency: AgencyRef | None, turn: TransitionContext) -> Case:
    refuse_if(agency is None, Refusal.MISSING_FIELD, "responsible_agency")
    assert agency is not None
    case = without_waits(case, wait_key(WaitKind.ROUTE), wait_key(WaitKind.TRACE, agency))
    return start_wait(case, WaitKind.TRACE, agency, turn.now, agency)


def _checked_beside(case: Case, before: AgencyRef, agency: AgencyRef, turn: TransitionContext) -> Case:
    if case.step is Step.SCHEDULED:
        case = enter(with_progress(case, arrangement=None), Step.PREPARING, turn.now)
    case = ask_check(without_check(case, before), agency, turn.now)
    if agency == before:
        return case
    return _handed_over(case, agency, turn)


def _handed_over(case: Case, agency: AgencyRef, turn: TransitionContext) -> Case:
    """What the earlier agency was asked about the offender goes to the new one, also where it had returned that."""
    for wait in outstanding(case, WaitKind.OFFENDER_ANSWER):
        case = start_wait(without_waits(case, wait.key), WaitKind.OFFENDER_ANSWER, agency, turn.now, agency)
    for wait in assessments_outstanding(case):
        if assessed_in(wait) is Side.OFFENDER:
            case = start_wait(without_waits(case, wait.key), WaitKind.ASSESSMENT, agency, turn.now, Side.OFFENDER)
    return case


def entry_corrected(case: Case, event: EntryCorrected, turn: TransitionContext) -> Case:
    """The case is as it was before its last change of step; what was asked then is asked anew.

    A correction leaves consents as they stand, so one that no longer covers the meeting is recorded first.
    """
    wrong = case.undo_point
    refuse_if(wrong is None, Refusal.NOTHING_TO_CORRECT)
    assert wrong is not None
    refuse_if(wrong.entry != event.which, Refusal.NOT_THE_LAST_ENTRY, wrong.entry)
    arrangement = wrong.before.arrangement
    if arrangement is not None:
        require_covered(case, arrangement.form, arrangement.day)
    waits = tuple(replace(wait, asked=case.version if wait.asked else 0) for wait in wrong.before.waits)
    return replace(case, progress=replace(wrong.before, waits=waits))


def review_requested(case: Case, event: ReviewRequested, turn: TransitionContext) -> Case:
    """A decision is to be looked at again: a supervisor has until a day for it."""
    refuse_if(case.review_wait is not None, Refusal.REVIEW_PENDING)
    terms = case.policy.terms[WaitKind.REVIEW]
    wait = create_wait(wait_key(WaitKind.REVIEW), SUPERVISOR, terms, turn.now, case.version, case.calendar)
    return replace(case, review=Review(requested_by=turn.record.by.id), review_wait=wait)


def review_decided(case: Case, event: ReviewDecided, turn: TransitionContext) -> Case:
    """A supervisor who had no part in it decides; upheld after the end, the case may be taken up again at once."""
    review = case.review
    refuse_if(review is None or case.review_wait is None, Refusal.NO_REVIEW_PENDING)
    assert review is not None
    involved = {review.requested_by, case.progress.ended_by} - {""}
    refuse_if(turn.record.by.id in involved, Refusal.SAME_SUPERVISOR)
    return replace(case, review=replace(review, result=event.result), review_wait=None)
