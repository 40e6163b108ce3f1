"""What a person tells the victim: bad news, and what was decided on a concern of their own."""

from domain.case import Case
from domain.events import VictimTold
from domain.refusals import refuse_if
from domain.steps import TransitionContext
from domain.values import replace
from domain.vocabulary import Refusal, WaitKey, WaitKind
from domain.waits import renew


def tell_victim(case: Case, event: VictimTold, context: TransitionContext) -> Case:
    """The victim knows the news, after which the letter follows, and what was decided on a concern of their own."""
    actor = context.record.by
    refuse_if(actor.on_behalf_of is not None, Refusal.NOT_BY_THIS_SENDER, f"{event.name} for {actor.on_behalf_of}")
    answers = tuple(wait.key for wait in case.victim_waits if wait.kind is WaitKind.CONCERN_ANSWER)
    awaited = (*((case.news.wait.key,) if case.news else ()), *answers)
    refuse_if(not awaited, Refusal.NOTHING_TO_TELL)
    refuse_if(event.wait not in (None, *awaited), Refusal.UNKNOWN_WAIT, event.wait or "")
    refuse_if(event.on is not None and event.on > context.today, Refusal.DAY_IN_FUTURE, "on")
    refuse_if(event.on is not None and event.on < case.day_of_request, Refusal.DAY_BEFORE_REQUEST, "on")
    told = awaited if event.wait is None else (event.wait,)
    if event.how == "not_reached":
        # News follows by letter; nothing is sent about a concern, so somebody rings again.
        case = _ring_again(case, told, context)
    else:
        case = replace(case, victim_waits=tuple(wait for wait in case.victim_waits if wait.key not in told))
    if case.news is None or case.news.wait.key not in told:
        return case
    return replace(case, news=None, told=case.news.entry)


def _ring_again(case: Case, keys: tuple[WaitKey, ...], context: TransitionContext) -> Case:
    """The case in which what was decided on a concern is still to be told, from today on."""
    policy = case.policy.waits[WaitKind.CONCERN_ANSWER]
    waits = (
        renew(wait, policy, context.now, case.calendar) if wait.key in keys else wait for wait in case.victim_waits
    )
    return replace(case, victim_waits=tuple(waits))
