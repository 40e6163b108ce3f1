"""An agency that is asked must know more first: a caseworker finds it out, and the agency's time stops meanwhile."""

from domain.authority import choose_wait, require_asked
from domain.case import Case, find_wait, waits_of, with_wait, without_waits
from domain.events import InformationGiven, InformationRequested
from domain.refusals import require
from domain.steps import CASEWORKER, TransitionContext, find_pause_start, start_wait
from domain.transitions.substitution import RETURNABLE, asks_of
from domain.values import replace
from domain.vocabulary import Refusal, WaitKind, subject_of, wait_key
from domain.waits import shift_after_hold


def request_information(case: Case, event: InformationRequested, context: TransitionContext) -> Case:
    """The agency's wait is paused, with the time that is left, until a caseworker has given what is missing."""
    require_asked(case, context.record.by)
    asked = asks_of(case, context.record.by, RETURNABLE)
    wait = choose_wait(tuple(ask for ask in asked if ask.paused_since is None and not ask.undelivered), event.wait)
    case = with_wait(case, replace(wait, paused_since=find_pause_start(case, context)))
    return start_wait(case, WaitKind.INFORMATION, CASEWORKER, context.now, wait.key)


def give_information(case: Case, event: InformationGiven, context: TransitionContext) -> Case:
    """The agency is asked again; where contact is blocked meanwhile, the guard keeps its request back."""
    key = event.wait and wait_key(WaitKind.INFORMATION, subject_of(event.wait))
    information = choose_wait(waits_of(case, WaitKind.INFORMATION), key)
    wait = require(find_wait(case, subject_of(information.key)), Refusal.UNKNOWN_WAIT, information.key)
    since = require(wait.paused_since, Refusal.UNKNOWN_WAIT, information.key)
    shifted = shift_after_hold(wait, since, context.now, case.version, case.calendar)
    return with_wait(without_waits(case, information.key), replace(shifted, paused_since=None))


def drop_answered_questions(case: Case) -> Case:
    """The case without questions of agencies about requests that are over or were sent again."""
    questions = waits_of(case, WaitKind.INFORMATION)
    if not questions:
        return case
    paused = {wait.key for wait in case.progress.waits if wait.paused_since is not None}
    return without_waits(case, *(wait.key for wait in questions if subject_of(wait.key) not in paused))
