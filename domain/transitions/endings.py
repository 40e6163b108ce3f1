"""How a case ends, changes course from outside, and is reviewed."""

from domain.authority import require_asked, require_supervisor
from domain.case import AgencyCheck, Case, Review, waits_of, with_progress, without_waits
from domain.events import (
    CircumstancesChanged,
    DeclinedByService,
    ReviewDecided,
    ReviewRequested,
    Withdrawn,
)
from domain.reasons import DECLINE_REASONS, HARD, OBJECTIONS, OFFENDERS_OWN, SOFT, SUPERVISOR_REASONS, Reason
from domain.refusals import refuse_if, require
from domain.responsibility import HELD_BY, other_contact, responsible_after
from domain.steps import (
    SUPERVISOR,
    TransitionContext,
    ask_check,
    create_policy_wait,
    end_contact,
    enter,
    hand_over,
    responsible,
    start_victim_wait,
    start_wait,
    without_check,
)
from domain.values import replace
from domain.vocabulary import (
    AgencyRef,
    CircumstanceChange,
    Refusal,
    Role,
    Side,
    Stage,
    Step,
    WaitKind,
    Whereabouts,
    wait_key,
)


def withdraw(case: Case, event: Withdrawn, context: TransitionContext) -> Case:
    """A side no longer wants to go on; an agency speaks for the offender only.

    A victim who has what they need ends the case well.
    """
    actor = context.record.by
    for_other_side = actor.is_for_agency if event.whose is Side.VICTIM else actor.role is Role.VICTIM
    refuse_if(for_other_side, Refusal.NOT_BY_THIS_SENDER, event.whose)
    require_asked(case, actor)
    if actor.role is Role.VICTIM and case.needs_specialist_in:
        # Somebody else may have the link: the victim is asked where it is safe.
        case = start_victim_wait(case, WaitKind.SAFE_CALL, context)
    reason = Reason.VICTIM_WITHDREW if event.whose is Side.VICTIM else Reason.OFFENDER_WITHDREW
    if event.whose is Side.VICTIM and event.reason is Reason.VICTIM_NEEDS_MET:
        return end_contact(case, context, event.reason)
    return end_contact(case, context, reason, event.reason)


def decline(case: Case, event: DeclinedByService, context: TransitionContext) -> Case:
    """The service ends the case; where a route is exhausted, or an objection maintained, a supervisor decides."""
    refuse_if(event.reason not in DECLINE_REASONS, Refusal.REASON_DOES_NOT_FIT, event.reason)
    unapproached = case.stage in (Stage.REQUESTED, Stage.OFFENDER_TRACED)
    refuse_if(event.reason in HARD | SOFT and unapproached, Refusal.REASON_DOES_NOT_FIT, event.reason)
    maintained = any(wait.waiting_on == SUPERVISOR for wait in waits_of(case, WaitKind.OBJECTION))
    if event.reason in SUPERVISOR_REASONS or (event.reason in OBJECTIONS and maintained):
        require_supervisor(context.record.by, event.reason)
    whose = event.whose or (Side.OFFENDER if event.reason in OFFENDERS_OWN else None)
    return with_progress(end_contact(case, context, event.reason), reason_of=whose)


def change_circumstances(case: Case, event: CircumstancesChanged, context: TransitionContext) -> Case:
    """Another agency may be responsible now, and takes over what is asked; every check that is missing is asked for.

    After the approach the checks run in parallel with the step, and no contact takes place before they are answered.
    """
    require_asked(case, context.record.by)
    before = responsible(case)
    is_held = case.progress.whereabouts in HELD_BY
    whereabouts = event.whereabouts
    if whereabouts is None and is_held and event.change is CircumstanceChange.RELEASED:
        # Somebody who is released is on licence, unless it is said that they are not.
        whereabouts = Whereabouts.COMMUNITY_SUPERVISED
    named = event.responsible_agency or responsible_after(case, whereabouts)
    agency = require(named, Refusal.MISSING_FIELD, "responsible_agency")
    case = with_progress(case, whereabouts=whereabouts or case.progress.whereabouts)
    if case.step is Step.TRACING:
        agency = require(event.responsible_agency, Refusal.MISSING_FIELD, "responsible_agency")
        case = without_waits(case, wait_key(WaitKind.ROUTE), wait_key(WaitKind.TRACE, agency))
        return start_wait(case, WaitKind.TRACE, agency, context.now, agency)
    moved = agency != before or whereabouts is not None or event.may_also_answer is not None
    other = case.progress.may_also_answer
    if moved:
        other = other_contact(case, agency, case.progress.whereabouts, event.may_also_answer)
    case = with_progress(case, responsible_agency=agency, may_also_answer=other)
    case, needed = void_clearances(case, before, moved)
    if case.step in (Step.FOLLOWING_UP, Step.CLOSED):
        return case
    if case.step is Step.APPROACHING:
        case = enter(case, Step.AGENCY_CHECK, context.now)
    if case.step is Step.SCHEDULED:
        case = enter(with_progress(case, arrangement=None), Step.PREPARING, context.now)
    for checker in needed:
        case = ask_check(case, checker, context.now)
    return case if agency == before or case.step is Step.AGENCY_CHECK else hand_over(case, agency, context.now)


def void_clearances(case: Case, before: AgencyRef, moved: bool) -> tuple[Case, tuple[AgencyRef, ...]]:
    """The case without the clearances of the agency `before` and of the one responsible now, and who has to be asked.

    These are the agency that is responsible now, and where the offender `moved`, those never asked before.
    """
    agency = responsible(case)
    challenged = {check.agency for check in case.progress.checks if check.challenged} - {before}
    checks = tuple(check for check in case.progress.checks if check.agency not in (before, agency))
    known = {agency, *(check.agency for check in checks)}
    others = case.rules.process.checkers_of(agency, case.progress.whereabouts) if moved else ()
    needed = (agency, *(checker for checker in others if checker not in known))
    unchecked = tuple(AgencyCheck(checker, challenged=checker in challenged) for checker in needed)
    case = without_check(without_check(case, before), agency)
    return with_progress(case, checks=(*checks, *unchecked)), needed


def request_review(case: Case, event: ReviewRequested, context: TransitionContext) -> Case:
    """A decision is to be reviewed: a supervisor has until a day to do so."""
    refuse_if(case.review_wait is not None, Refusal.REVIEW_PENDING)
    wait = create_policy_wait(case, WaitKind.REVIEW, SUPERVISOR, context.now)
    return replace(case, review=Review(context.record.by.id, by_victim=event.by_whom == "victim"), review_wait=wait)


def decide_review(case: Case, event: ReviewDecided, context: TransitionContext) -> Case:
    """A supervisor who was not involved decides; upheld after the end, the case may be reopened at once."""
    review = require(case.review if case.review_wait else None, Refusal.NO_REVIEW_PENDING)
    involved = {review.requested_by, case.progress.ended_by} - {""}
    refuse_if(context.record.by.id in involved, Refusal.SAME_SUPERVISOR)
    untold = review.by_victim and case.news is not None
    return replace(case, review=replace(review, result=event.result, untold=untold), review_wait=None)
