"""From an offender traced to one who has answered: the agencies' checks, the approach, the offender's answer."""

from typing import assert_never

from domain.authority import agency_waited_on, answerable_waits, find_answered_wait, require_asked
from domain.case import AgencyCheck, Case, waits_of, with_progress, without_waits
from domain.events import AgencyCheckAnswered, ObjectionChallenged, OffenderAnswered, OffenderApproached
from domain.reasons import CONCERN_REASONS, HARD, OBJECTIONS, Reason
from domain.refusals import refuse_if, require
from domain.steps import (
    CASEWORKER,
    CHECK_KINDS,
    SUPERVISOR,
    TransitionContext,
    ask_check,
    checks_outstanding,
    end,
    enter,
    give_time,
    outstanding,
    start_wait,
)
from domain.transitions.concerns import conditions_of_answer, open_concern
from domain.vocabulary import AgencyRef, Refusal, Step, WaitKind, wait_key


def record_check(case: Case, event: AgencyCheckAnswered, context: TransitionContext) -> Case:
    """A checker answers; an objection at a later step, or by an agency whose check is not awaited, is a concern."""
    actor = context.record.by
    if event.answer == "objection":
        reason = require(event.reason, Refusal.MISSING_REASON)
        refuse_if(reason not in OBJECTIONS | HARD | CONCERN_REASONS, Refusal.REASON_DOES_NOT_FIT, reason)
        if actor.is_for_agency and not answerable_waits(case, actor, *CHECK_KINDS):
            require_asked(case, actor)
            return open_concern(case, reason, context)
        wait = find_answered_wait(case, actor, *CHECK_KINDS)
        agency = AgencyRef(agency_waited_on(wait))
        objection = AgencyCheck(agency, objection=reason, challenged=_check_of(case, agency).challenged)
        case = _with_check(without_waits(case, wait.key), objection)
        if case.step is not Step.AGENCY_CHECK:
            return open_concern(case, reason, context)
        # A caseworker may challenge an objection once; after that a supervisor decides.
        decides = SUPERVISOR if objection.challenged else CASEWORKER
        return start_wait(case, WaitKind.OBJECTION, decides, context.now, agency)
    wait = find_answered_wait(case, actor, *CHECK_KINDS)
    agency = AgencyRef(agency_waited_on(wait))
    clearance = AgencyCheck(
        agency,
        challenged=_check_of(case, agency).challenged,
        cleared_on=context.event_day,
        conditions=conditions_of_answer(event),
        not_before=event.not_before,
    )
    case = _with_check(without_waits(case, wait.key), clearance)
    if case.step is Step.AGENCY_CHECK and not checks_outstanding(case):
        return enter(case, Step.APPROACHING, context.now)
    return case


def _check_of(case: Case, agency: AgencyRef) -> AgencyCheck:
    return next((check for check in case.progress.checks if check.agency == agency), AgencyCheck(agency))


def _with_check(case: Case, check: AgencyCheck) -> Case:
    others = tuple(other for other in case.progress.checks if other.agency != check.agency)
    return with_progress(case, checks=(*others, check))


def challenge_objection(case: Case, event: ObjectionChallenged, context: TransitionContext) -> Case:
    """A caseworker asks the objecting agency to reconsider, once for each agency."""
    objecting = [AgencyRef(agency_waited_on(wait)) for wait in waits_of(case, WaitKind.OBJECTION)]
    agencies = [agency for agency in objecting if event.agency in (None, agency)]
    refuse_if(not agencies, Refusal.NOTHING_TO_CHALLENGE, event.agency or "")
    refuse_if(len(agencies) > 1, Refusal.WHICH_AGENCY, ", ".join(agencies))
    refuse_if(_check_of(case, agencies[0]).challenged, Refusal.ALREADY_CHALLENGED, agencies[0])
    case = without_waits(case, wait_key(WaitKind.OBJECTION, agencies[0]))
    return ask_check(_with_check(case, AgencyCheck(agencies[0], challenged=True)), agencies[0], context.now)


def record_approach(case: Case, event: OffenderApproached, context: TransitionContext) -> Case:
    """The offender knows of the request: a fact that is recorded even if they should not have been approached."""
    require_asked(case, context.record.by)
    return enter(case, Step.REFLECTING, context.now)


def record_offender_answer(case: Case, event: OffenderAnswered, context: TransitionContext) -> Case:
    """Willing: both sides are assessed; needs time: asked again then; unwilling: the case ends.

    A fact: an offender who answers was approached, and an agency that was once asked may pass on what it heard before
    they moved.
    """
    actor = context.record.by
    require_asked(case, actor)
    if case.step is not Step.REFLECTING:
        case = enter(case, Step.REFLECTING, context.now)
    own = answerable_waits(case, actor, WaitKind.OFFENDER_ANSWER)
    wait = (*own, *outstanding(case, WaitKind.OFFENDER_ANSWER))[0]
    match event.answer:
        case "willing":
            return enter(with_progress(case, yes_told=event.may_be_told), Step.ASSESSING, context.now)
        case "needs_time":
            if not wait.asked or wait.undelivered or wait.paused_since is not None:
                # The agency that answers could not be asked, or had returned the ask: it is asked now.
                agency = AgencyRef(agency_waited_on(wait))
                case = without_waits(case, wait.key)
                case = start_wait(case, WaitKind.OFFENDER_ANSWER, agency, context.now, agency)
            return give_time(case, WaitKind.OFFENDER_ANSWER, event.until, context)
        case "unwilling":
            return end(case, context, Reason.OFFENDER_DECLINED)
        case _:
            assert_never(event.answer)
