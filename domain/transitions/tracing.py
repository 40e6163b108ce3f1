"""From the request to an offender traced: contacting the victim, screening, and the agencies of the route in turn."""

from typing import assert_never

from domain.authority import agency_waited_on, find_answered_wait, may_speak_for, require_asked, require_supervisor
from domain.case import Case, waits_of, with_progress, without_waits
from domain.events import CandidateChosen, RequestScreened, TraceAnswered, VictimAnswered
from domain.reasons import SCREENING_REFUSALS, Reason
from domain.refusals import refuse_if, require
from domain.responsibility import other_contact
from domain.routes import responsible_for
from domain.steps import (
    CASEWORKER,
    TransitionContext,
    ask_check,
    ask_next_for_trace,
    end,
    enter,
    give_time,
    start_wait,
)
from domain.transitions.concerns import with_reported_death
from domain.vocabulary import AgeGroup, AgencyRef, Refusal, Side, Step, WaitKind, Whereabouts, wait_key


def record_victim_answer(case: Case, event: VictimAnswered, context: TransitionContext) -> Case:
    """Wants it: screening; needs time: asked again then; does not want it: the case ends."""
    match event.answer:
        case "wants":
            return enter(case, Step.SCREENING, context.now)
        case "needs_time":
            return give_time(case, WaitKind.VICTIM_ANSWER, event.until, context)
        case "does_not":
            return end(case, context, Reason.VICTIM_DOES_NOT_WANT)
        case _:
            assert_never(event.answer)


def screen_request(case: Case, event: RequestScreened, context: TransitionContext) -> Case:
    """The request is accepted, and the first agency of its route is asked; or it is refused with a reason."""
    if case.request.offender_age_group is AgeGroup.ORGANISATION:
        require_supervisor(context.record.by, AgeGroup.ORGANISATION)
    if event.answer == "proceed":
        return enter(with_progress(case, route=case.rules.process.agencies_of(case.request)), Step.TRACING, context.now)
    reason = require(event.reason, Refusal.MISSING_REASON)
    refuse_if(reason not in SCREENING_REFUSALS, Refusal.REASON_DOES_NOT_FIT, reason)
    return end(case, context, reason)


def record_trace(case: Case, event: TraceAnswered, context: TransitionContext) -> Case:
    """An agency that was asked answers the trace; unless it found the offender, the next one is asked."""
    actor = context.record.by
    if not actor.is_for_agency:
        # Staff named no agency, so the answer is that of the one waited on.
        agency = AgencyRef(agency_waited_on(find_answered_wait(case, actor, WaitKind.TRACE, WaitKind.CANDIDATE)))
    else:
        require_asked(case, actor)
        asked = (one.agency for one in reversed(case.asked) if may_speak_for(case, actor, one.agency))
        # An agency of an earlier area answers for nobody here.
        agency = require(next(asked, None), Refusal.NOT_ASKED, actor.on_behalf_of or actor.id)
    if event.limited_access:
        case = with_progress(case, limited_access=True)
    answered = without_waits(case, wait_key(WaitKind.TRACE, agency), wait_key(WaitKind.CANDIDATE, agency))
    match event.answer:
        case "found":
            whereabouts = require(event.whereabouts, Refusal.MISSING_FIELD, "whereabouts")
            return _check_with_agencies(case, whereabouts, event, context)
        case "not_found" | "restricted" | "not_ours":
            return ask_next_for_trace(answered, context.now)
        case "ambiguous":
            return start_wait(answered, WaitKind.CANDIDATE, CASEWORKER, context.now, agency)
        case "deceased":
            return with_reported_death(answered, Side.OFFENDER, context)
        case _:
            assert_never(event.answer)


def choose_candidate(case: Case, event: CandidateChosen, context: TransitionContext) -> Case:
    """A caseworker confirms which of several people is meant."""
    refuse_if(not waits_of(case, WaitKind.CANDIDATE), Refusal.NOT_ALLOWED_NOW, "no candidates are awaited")
    return _check_with_agencies(case, event.whereabouts, event, context)


def _check_with_agencies(
    case: Case, whereabouts: Whereabouts, found: TraceAnswered | CandidateChosen, context: TransitionContext
) -> Case:
    """The offender is traced: every agency whose check is needed is asked for it."""
    named = responsible_for(whereabouts, found.responsible_agency)
    agency = require(named, Refusal.MISSING_FIELD, "responsible_agency")
    case = with_progress(
        case,
        whereabouts=whereabouts,
        responsible_agency=agency,
        may_also_answer=other_contact(case, agency, whereabouts, found.may_also_answer),
        checks=(),
    )
    case = enter(case, Step.AGENCY_CHECK, context.now)
    for checker in case.rules.process.checkers_of(agency, whereabouts):
        case = ask_check(case, checker, context.now)
    return case
