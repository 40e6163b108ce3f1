"""From the request to an offender traced: asking the victim, screening, and the agencies of the route in turn."""

from typing import assert_never

from domain.authority import agency_waited_on, find_answered_wait, may_speak_for, require_asked
from domain.case import Case, waits_of, with_progress, without_waits
from domain.events import CandidateChosen, RequestScreened, TraceAnswered, VictimAnswered
from domain.reasons import SCREENING_REFUSALS, Reason
from domain.refusals import Refusal, refuse_if
from domain.routes import agencies_of, checkers_of, responsible_for
from domain.steps import CASEWORKER, TransitionContext, ask_check, ask_next_for_trace, end, enter, give_time, start_wait
from domain.vocabulary import AgencyRef, Role, Step, WaitKind, Whereabouts, wait_key


def record_victim_answer(case: Case, event: VictimAnswered, context: TransitionContext) -> Case:
    """The victim wants it: screening; needs time: asked again then; does not want it: the end."""
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
    """The request is taken up: the first agency of its route is asked; or it is refused with a reason."""
    if event.answer == "proceed":
        return enter(with_progress(case, route=agencies_of(case.request)), Step.TRACING, context.now)
    refuse_if(event.reason is None, Refusal.MISSING_REASON)
    refuse_if(event.reason not in SCREENING_REFUSALS, Refusal.REASON_DOES_NOT_FIT, str(event.reason))
    return end(case, context, event.reason)


def record_trace(case: Case, event: TraceAnswered, context: TransitionContext) -> Case:
    """An agency that was asked answers the trace; without a find the next one is asked."""
    agency = _answering(case, context)
    if event.limited_access:
        case = with_progress(case, limited_access=True)
    answered = without_waits(case, wait_key(WaitKind.TRACE, agency), wait_key(WaitKind.CANDIDATE, agency))
    match event.answer:
        case "found":
            refuse_if(event.whereabouts is None, Refusal.MISSING_FIELD, "whereabouts")
            return _found(case, event.whereabouts, event.responsible_agency, context)
        case "not_found" | "restricted" | "not_ours":
            return ask_next_for_trace(answered, context.now)
        case "ambiguous":
            return start_wait(answered, WaitKind.CANDIDATE, CASEWORKER, context.now, agency)
        case "deceased":
            return end(case, context, Reason.DECEASED)
        case _:
            assert_never(event.answer)


def _answering(case: Case, context: TransitionContext) -> AgencyRef:
    """The agency whose answer this is: one that was asked, and the one waited on where staff name none."""
    actor = context.record.by
    if actor.role is not Role.AGENCY and actor.on_behalf_of is None:
        return AgencyRef(agency_waited_on(find_answered_wait(case, actor, WaitKind.TRACE, WaitKind.CANDIDATE)))
    require_asked(case, actor)
    return next(agency for agency in reversed(case.progress.asked) if may_speak_for(case, actor, agency))


def choose_candidate(case: Case, event: CandidateChosen, context: TransitionContext) -> Case:
    """A caseworker says which of several people was meant; never guessed."""
    refuse_if(not waits_of(case, WaitKind.CANDIDATE), Refusal.NOT_ALLOWED_NOW, "no candidates are awaited")
    return _found(case, event.whereabouts, event.responsible_agency, context)


def _found(case: Case, whereabouts: Whereabouts | None, named: AgencyRef | None, context: TransitionContext) -> Case:
    assert whereabouts is not None, "an offender is found somewhere"
    agency = responsible_for(whereabouts, named)
    refuse_if(agency is None, Refusal.MISSING_FIELD, "responsible_agency")
    assert agency is not None
    case = with_progress(case, whereabouts=whereabouts, responsible_agency=agency, checks=())
    case = enter(case, Step.AGENCY_CHECK, context.now)
    for checker in checkers_of(agency, whereabouts):
        case = ask_check(case, checker, context.now)
    return case
