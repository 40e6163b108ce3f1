"""What a request says turns out to be wrong: the facts count as corrected from now on."""

from typing import Any

from domain.authority import require_supervisor
from domain.case import Case, with_progress, without_waits
from domain.events import CircumstancesChanged, FactsCorrected
from domain.refusals import refuse_if
from domain.steps import TransitionContext, ask_next_for_trace, with_screener
from domain.transitions.concerns import add_flags
from domain.transitions.endings import change_circumstances
from domain.values import replace
from domain.vocabulary import (
    IMPLIED_FLAGS,
    SPECIALIST_FLAGS,
    CircumstanceChange,
    Offence,
    Refusal,
    Step,
    WaitKind,
    wait_key,
)

_OF_THE_REQUEST = ("offender_age_group", "has_vlo", "offence", "incident", "takes_part_as", "referred_by")

BEFORE_TRACING = frozenset({Step.ASKING_VICTIM, Step.SCREENING})
TRACED = frozenset(Step) - {Step.ASKING_VICTIM, Step.SCREENING, Step.TRACING, Step.CLOSED}


def correct_facts(case: Case, event: FactsCorrected, context: TransitionContext) -> Case:
    """The facts are replaced, the flags follow the offence, and a route that was not yet asked is made again.

    The policy stays, and so does the request as it came.
    """
    stated = {name: getattr(event, name) for name in _OF_THE_REQUEST}
    facts: dict[str, Any] = {
        name: value
        for name, value in stated.items()
        if value not in (None, "") and value != getattr(case.request, name)
    }
    moved = event.whereabouts is not None and event.whereabouts is not case.progress.whereabouts
    refuse_if(not facts and not moved, Refusal.NOTHING_CORRECTED)
    before = case
    request = replace(case.request, **facts)
    case = replace(case, request=request, original=case.original or case.request if facts else case.original)
    case = with_screener(_with_flags_of(case, before.request.offence, context))
    if case.step not in BEFORE_TRACING and facts.keys() & {"offender_age_group", "has_vlo", "referred_by"}:
        case = _with_new_route(case, context)
    traces = case.step is Step.TRACING and event.responsible_agency is not None
    was_traced = case.progress.responsible_agency is not None and case.step is Step.CLOSED
    if moved and (case.step in TRACED or traces or was_traced):
        change = CircumstancesChanged(CircumstanceChange.MOVED, event.responsible_agency, event.whereabouts)
        return change_circumstances(case, change, context)
    return with_progress(case, whereabouts=event.whereabouts or case.progress.whereabouts)


def _with_flags_of(case: Case, before: Offence, context: TransitionContext) -> Case:
    """The flag that followed from the offence before goes, unless the request stated it; the new one comes."""
    implied = {flag for flag in (IMPLIED_FLAGS.get(before),) if flag}
    now = {flag for flag in (IMPLIED_FLAGS.get(case.request.offence),) if flag}
    dropped = (implied - now - case.request.flags) & case.flags
    if dropped & SPECIALIST_FLAGS:
        require_supervisor(context.record.by, ", ".join(sorted(dropped)))
    case = replace(case, flags=case.flags - dropped)
    return add_flags(case, frozenset(now), context)


def _with_new_route(case: Case, context: TransitionContext) -> Case:
    """The agencies of the route by the corrected facts that were not asked yet; one is asked where nobody is."""
    asked = {one.agency for one in case.asked}
    route = tuple(agency for agency in case.rules.process.agencies_of(case.request) if agency not in asked)
    case = with_progress(case, route=route)
    if not route or case.step is not Step.TRACING:
        # It may be traced again after a correction.
        return case
    return ask_next_for_trace(without_waits(case, wait_key(WaitKind.ROUTE)), context.now)
