"""The first contact with the victim, which the Victims' Code wants soon: it runs in parallel with screening."""

from domain.case import Case
from domain.events import ContactMade
from domain.policy import WaitPolicy
from domain.reasons import Reason
from domain.steps import CASEWORKER, TransitionContext
from domain.values import replace
from domain.victim_rights import has_enhanced_rights
from domain.vocabulary import Step, WaitKind, wait_key
from domain.waits import create_wait


def record_contact(case: Case, _event: ContactMade, _context: TransitionContext) -> Case:
    """A caseworker has spoken with the victim, or written to them in person."""
    return replace(case, first_contact=None)


def await_contact(case: Case, context: TransitionContext) -> Case:
    """The opened case waiting for the first contact; none is due where the victim has to be asked first.

    Nor is it where a request is taken up again, unless the victim has died: the family is new to the service.
    """
    ended = case.request.continues
    is_new_person = ended is not None and ended.reason is Reason.VICTIM_DIED
    if case.step is not Step.SCREENING and not is_new_person:
        return case
    policy = case.policy.waits[WaitKind.FIRST_CONTACT]
    if has_enhanced_rights(case.request, case.flags):
        policy = _sooner(policy, case.policy.first_contact_enhanced)
    key, counted_from = wait_key(WaitKind.FIRST_CONTACT), case.day_of_request
    wait = create_wait(key, CASEWORKER, policy, context.now, case.version, case.calendar, counted_from)
    return replace(case, first_contact=wait)


def _sooner(policy: WaitPolicy, due: int) -> WaitPolicy:
    """The policy under enhanced rights, with a second notice as long after the day."""
    return replace(policy, due=due, notice=2 * due)


def follow_rights(before: Case, after: Case, context: TransitionContext) -> Case:
    """The case with a first contact that is due sooner, where an entry shows that the victim has enhanced rights."""
    wait = after.first_contact
    if wait is None or has_enhanced_rights(before.request, before.flags):
        return after
    if not has_enhanced_rights(after.request, after.flags):
        return after
    policy = _sooner(after.policy.waits[WaitKind.FIRST_CONTACT], after.policy.first_contact_enhanced)
    sooner = create_wait(wait.key, CASEWORKER, policy, context.now, after.version, after.calendar)
    if wait.due_on <= sooner.due_on:
        return after
    return replace(after, first_contact=replace(wait, due_on=sooner.due_on, notice_on=sooner.notice_on))
