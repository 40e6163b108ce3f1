"""From an offender traced to one who has answered: the agencies' checks, the approach, the offender's answer."""

from dataclasses import replace
from typing import assert_never

from domain.authority import agency_waited_on, find_answered_wait
from domain.case import AgencyCheck, Case, waits_of, with_progress, without_waits
from domain.events import (
    AgencyCheckAnswered,
    FacilitatorAssigned,
    ObjectionChallenged,
    OffenderAnswered,
    OffenderApproached,
    RiskReviewed,
)
from domain.reasons import HARD, OBJECTIONS, Reason
from domain.refusals import refuse_if, require
from domain.steps import (
    CASEWORKER,
    CHECK_KINDS,
    SUPERVISOR,
    TransitionContext,
    approach,
    ask_check,
    checks_outstanding,
    end,
    enter,
    give_time,
    is_safe,
    start_wait,
)
from domain.vocabulary import AgencyRef, Refusal, Step, WaitKind, wait_key


def record_check(case: Case, event: AgencyCheckAnswered, context: TransitionContext) -> Case:
    """A checker answers; once no check is outstanding, the offender is approached."""
    wait = find_answered_wait(case, context.record.by, *CHECK_KINDS)
    agency = AgencyRef(agency_waited_on(wait))
    case = without_waits(case, wait.key)
    if event.answer == "objection":
        reason = require(event.reason, Refusal.MISSING_REASON)
        refuse_if(reason not in OBJECTIONS | HARD, Refusal.REASON_DOES_NOT_FIT, reason)
        case = _with_check(case, agency, reason)
        decides = SUPERVISOR if _check_of(case, agency).challenged else CASEWORKER
        return start_wait(case, WaitKind.OBJECTION, decides, context.now, agency)
    case = _with_check(case, agency, None)
    if case.step is Step.AGENCY_CHECK and not checks_outstanding(case):
        return enter(case, Step.APPROACHING, context.now)
    return case


def _check_of(case: Case, agency: AgencyRef) -> AgencyCheck:
    return next((check for check in case.progress.checks if check.agency == agency), AgencyCheck(agency))


def _with_check(case: Case, agency: AgencyRef, objection: Reason | None, challenged: bool = False) -> Case:
    check = _check_of(case, agency)
    others = tuple(other for other in case.progress.checks if other.agency != agency)
    check = replace(check, objection=objection, challenged=check.challenged or challenged)
    return with_progress(case, checks=(*others, check))


def challenge_objection(case: Case, event: ObjectionChallenged, context: TransitionContext) -> Case:
    """A caseworker asks the objecting agency to reconsider, once for each agency."""
    objecting = [AgencyRef(agency_waited_on(wait)) for wait in waits_of(case, WaitKind.OBJECTION)]
    agencies = [agency for agency in objecting if event.agency in (None, agency)]
    refuse_if(not agencies, Refusal.NOTHING_TO_CHALLENGE, event.agency or "")
    refuse_if(len(agencies) > 1, Refusal.WHICH_AGENCY, ", ".join(agencies))
    refuse_if(_check_of(case, agencies[0]).challenged, Refusal.ALREADY_CHALLENGED, agencies[0])
    case = without_waits(case, wait_key(WaitKind.OBJECTION, agencies[0]))
    return ask_check(_with_check(case, agencies[0], None, challenged=True), agencies[0], context.now)


def assign_facilitator(case: Case, event: FacilitatorAssigned, context: TransitionContext) -> Case:
    """Somebody facilitates; a specialist lets an approach that waited for one go ahead."""
    case = replace(case, specialist=event.specialist, facilitator=event.facilitator)
    if event.specialist and waits_of(case, WaitKind.SPECIALIST):
        return approach(without_waits(case, wait_key(WaitKind.SPECIALIST)), context.now)
    return case


def review_risk(case: Case, event: RiskReviewed, context: TransitionContext) -> Case:
    """Contact could or could not lead to further abuse; if it could, an arranged direct meeting is cancelled."""
    case = replace(case, further_abuse=event.further_abuse)
    arrangement = case.progress.arrangement
    if arrangement is None or is_safe(case, arrangement.form):
        return case
    return enter(with_progress(case, arrangement=None), Step.PREPARING, context.now)


def record_approach(case: Case, event: OffenderApproached, context: TransitionContext) -> Case:
    """The offender knows of the request and has time to think."""
    refuse_if(bool(waits_of(case, WaitKind.SPECIALIST)), Refusal.SPECIALIST_NEEDED)
    find_answered_wait(case, context.record.by, WaitKind.APPROACH)
    return enter(case, Step.REFLECTING, context.now)


def record_offender_answer(case: Case, event: OffenderAnswered, context: TransitionContext) -> Case:
    """Willing: both sides are assessed; needs time: asked again then; unwilling: the case ends."""
    wait = find_answered_wait(case, context.record.by, WaitKind.OFFENDER_ANSWER)
    match event.answer:
        case "willing":
            return enter(case, Step.ASSESSING, context.now)
        case "needs_time":
            if not wait.asked or wait.undelivered:
                # The agency that answers could not be asked, or had returned the ask: it is asked now.
                agency = AgencyRef(agency_waited_on(wait))
                case = without_waits(case, wait.key)
                case = start_wait(case, WaitKind.OFFENDER_ANSWER, agency, context.now, agency)
            return give_time(case, WaitKind.OFFENDER_ANSWER, event.until, context)
        case "unwilling":
            return end(case, context, Reason.OFFENDER_DECLINED)
        case _:
            assert_never(event.answer)
