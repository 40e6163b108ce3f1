"""Somebody who was under 18 is an adult: their guardian no longer speaks for them."""

from datetime import date

from domain.case import Adult, Case
from domain.events import CameOfAge
from domain.refusals import refuse_if
from domain.steps import CASEWORKER, TransitionContext, create_policy_wait, is_under_18
from domain.values import replace
from domain.vocabulary import Consenter, Refusal, Side, WaitKind

CONSENTS_OF: dict[Side, tuple[Consenter, Consenter]] = {
    Side.VICTIM: (Consenter.VICTIM, Consenter.VICTIM_GUARDIAN),
    Side.OFFENDER: (Consenter.OFFENDER, Consenter.OFFENDER_GUARDIAN),
}
"""The consents that came before: their own as a child, and their guardian's."""


def come_of_age(case: Case, event: CameOfAge, context: TransitionContext) -> Case:
    """The guardian's consent and the child's no longer count: the young person is asked for theirs.

    An offender who has consented to nothing yet is asked later, as any other.
    """
    refuse_if(not is_under_18(case, event.whose), Refusal.NOT_UNDER_18, event.whose)
    dropped = CONSENTS_OF[event.whose]
    consents = tuple(consent for consent in case.consents if consent.whose not in dropped)
    wait = None
    if event.whose is Side.VICTIM or consents != case.consents:
        wait = create_policy_wait(case, WaitKind.OWN_CONSENT, CASEWORKER, context.now, event.whose)
    return replace(case, consents=consents, adults=(*case.adults, Adult(event.whose, context.event_day, wait)))


def counts_as_adult(case: Case, whose: Consenter, day: date) -> bool:
    """Whether what `whose` said on `day` still counts: not a child's word, nor a guardian's, once they are an adult."""
    for adult in case.adults:
        own, guardian = CONSENTS_OF[adult.side]
        if whose is guardian or (whose is own and day < adult.since):
            return False
    return True


def without_own_consent_wait(case: Case, whose: Consenter) -> Case:
    """The case once a young person has said whether they take part."""
    return replace(
        case,
        adults=tuple(
            replace(adult, wait=None) if CONSENTS_OF[adult.side][0] is whose else adult for adult in case.adults
        ),
    )
