"""What a victim does themselves, by a link and a code of their own, and what a caseworker then has to do about it."""

from domain.case import Case
from domain.events import VictimReplied, WithdrawalChecked
from domain.reasons import Reason
from domain.refusals import refuse_if
from domain.steps import TransitionContext, start_victim_wait
from domain.transitions.concerns import open_concern
from domain.values import replace
from domain.vocabulary import Refusal, Role, WaitKey, WaitKind, wait_key


def record_reply(case: Case, event: VictimReplied, context: TransitionContext) -> Case:
    """A reply that came by itself is for a caseworker to read; one that a caseworker records has been read."""
    if context.record.by.role is Role.SERVICE:
        return start_victim_wait(case, WaitKind.REPLY, context)
    return _without(case, wait_key(WaitKind.REPLY))


def check_withdrawal(case: Case, event: WithdrawalChecked, context: TransitionContext) -> Case:
    """A caseworker asked the victim, where it is safe, whether they withdrew themselves; if not, it is a concern."""
    key = wait_key(WaitKind.SAFE_CALL)
    refuse_if(all(wait.key != key for wait in case.victim_waits), Refusal.NOT_DUE, key)
    case = _without(case, key)
    return case if event.result == "confirmed" else open_concern(case, Reason.THREAT_OR_HARASSMENT, context)


def _without(case: Case, key: WaitKey) -> Case:
    return replace(case, victim_waits=tuple(wait for wait in case.victim_waits if wait.key != key))
