"""Bad news that a person gives the victim."""

from dataclasses import replace

from domain.case import Case
from domain.events import VictimTold
from domain.refusals import refuse_if, require
from domain.steps import TransitionContext
from domain.vocabulary import Refusal


def tell_victim(case: Case, event: VictimTold, context: TransitionContext) -> Case:
    """The victim knows: nothing is waited for, and the letter follows."""
    news = require(case.news, Refusal.NOTHING_TO_TELL)
    refuse_if(event.wait not in (None, news.wait.key), Refusal.UNKNOWN_WAIT, event.wait or "")
    refuse_if(event.on is not None and event.on > context.today, Refusal.DAY_IN_FUTURE, "on")
    refuse_if(event.on is not None and event.on < case.day_of_request, Refusal.DAY_BEFORE_REQUEST, "on")
    return replace(case, news=None, told=news.entry)
