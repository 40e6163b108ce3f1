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
from domain.refusals import Refusal, refuse_if
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
    is_safe,
    more_time,
    start_wait,
)
from domain.vocabulary import AgencyRef, Step, WaitKind, wait_key
from domain.waits import Wait


def agency_check_answered(case: Case, event: AgencyCheckAnswered, turn: TransitionContext) -> Case:
    """A checker answers; when none is outstanding any more, the offender is approached."""
    wait = find_answered_wait(case, turn.record.by, *CHECK_KINDS)
    agency = AgencyRef(agency_waited_on(wait))
    answered = without_waits(case, wait.key)
    if event.answer == "objection":
        return _objected(answered, agency, event.reason, turn)
    answered = _with_check(answered, agency, None)
    if answered.step is Step.AGENCY_CHECK and not checks_outstanding(answered):
        return enter(answered, Step.APPROACHING, turn.now)
    return answered


def _objected(case: Case, agency: AgencyRef, reason: Reason | None, turn: TransitionContext) -> Case:
    refuse_if(reason is None, Refusal.MISSING_REASON)
    refuse_if(reason not in OBJECTIONS | HARD, Refusal.REASON_DOES_NOT_FIT, str(reason))
    case = _with_check(case, agency, reason)
    decides = SUPERVISOR if _check_of(case, agency).challenged else CASEWORKER
    return start_wait(case, WaitKind.OBJECTION, decides, turn.now, agency)


def _check_of(case: Case, agency: AgencyRef) -> AgencyCheck:
    return next((check for check in case.progress.checks if check.agency == agency), AgencyCheck(agency))


def _with_check(case: Case, agency: AgencyRef, objection: Reason | None, challenged: bool = False) -> Case:
    check = _check_of(case, agency)
    others = tuple(each for each in case.progress.checks if each.agency != agency)
    after = replace(check, objection=objection, challenged=check.challenged or challenged)
    return with_progress(case, checks=(*others, after))


def objection_challenged(case: Case, event: ObjectionChallenged, turn: TransitionContext) -> Case:
    """A caseworker asks the objecting agency to look again: once for each agency."""
    standing = [AgencyRef(agency_waited_on(wait)) for wait in waits_of(case, WaitKind.OBJECTION)]
    meant = [agency for agency in standing if event.agency in (None, agency)]
    refuse_if(not meant, Refusal.NO_OBJECTION_STANDS, event.agency or "")
    refuse_if(len(meant) > 1, Refusal.WHICH_AGENCY, ", ".join(meant))
    refuse_if(_check_of(case, meant[0]).challenged, Refusal.ALREADY_CHALLENGED, meant[0])
    case = without_waits(case, wait_key(WaitKind.OBJECTION, meant[0]))
    return ask_check(_with_check(case, meant[0], None, challenged=True), meant[0], turn.now)


def facilitator_assigned(case: Case, event: FacilitatorAssigned, turn: TransitionContext) -> Case:
    """Who facilitates; a specialist lets an approach that waited for one go ahead."""
    case = replace(case, specialist=event.specialist, facilitator=event.facilitator)
    if event.specialist and waits_of(case, WaitKind.SPECIALIST):
        return approach(without_waits(case, wait_key(WaitKind.SPECIALIST)), turn.now)
    return case


def risk_reviewed(case: Case, event: RiskReviewed, turn: TransitionContext) -> Case:
    """Whether a meeting could lead to further abuse, as last looked at; then an arranged direct meeting falls."""
    case = replace(case, further_abuse=event.further_abuse)
    arrangement = case.progress.arrangement
    if arrangement is None or is_safe(case, arrangement.form):
        return case
    return enter(with_progress(case, arrangement=None), Step.PREPARING, turn.now)


def offender_approached(case: Case, event: OffenderApproached, turn: TransitionContext) -> Case:
    """The offender knows of the request and has time to think."""
    refuse_if(bool(waits_of(case, WaitKind.SPECIALIST)), Refusal.SPECIALIST_NEEDED)
    find_answered_wait(case, turn.record.by, WaitKind.APPROACH)
    return enter(case, Step.REFLECTING, turn.now)


def offender_answered(case: Case, event: OffenderAnswered, turn: TransitionContext) -> Case:
    """Willing: both sides are assessed; needs time: asked again then; unwilling: the end."""
    wait = find_answered_wait(case, turn.record.by, WaitKind.OFFENDER_ANSWER)
    match event.answer:
        case "willing":
            return enter(case, Step.ASSESSING, turn.now)
        case "needs_time":
            return more_time(_asking(case, wait, turn), WaitKind.OFFENDER_ANSWER, event.until, turn)
        case "unwilling":
            return end(case, turn, Reason.OFFENDER_DECLINED)
        case _:
            assert_never(event.answer)


def _asking(case: Case, wait: Wait, turn: TransitionContext) -> Case:
    """The case asking the agency that answers `wait`: anew where it could not be asked, or had returned the ask."""
    if wait.asked and not wait.undelivered:
        return case
    agency = AgencyRef(agency_waited_on(wait))
    return start_wait(without_waits(case, wait.key), WaitKind.OFFENDER_ANSWER, agency, turn.now, agency)
