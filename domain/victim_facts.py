"""What the victim may know of a case: the step, the reason where it is attributed to the right person, a day."""

from datetime import date
from enum import StrEnum

from domain.case import Case
from domain.reasons import Reason
from domain.victim_notifications import is_about_death
from domain.vocabulary import Side, Stage, Step


class Variant(StrEnum):
    """What makes the words for a step differ."""

    USUAL = ""
    ON_HOLD = "on_hold"
    ON_HOLD_AS_WISHED = "on_hold_as_wished"
    REOPENED = "reopened"
    STOPPED = "stopped"
    STOPPED_ON_HOLD = "stopped_on_hold"
    NO_FURTHER_CONTACT = "no_further_contact"
    NO_FURTHER_CONTACT_ON_HOLD = "no_further_contact_on_hold"
    OWN_CONCERN = "own_concern"
    """The victim said that they do not feel safe, and nobody has decided on it."""
    OWN_REASON = "own_reason"
    """The reason is the victim's own, and was agreed with them."""


OFFENDERS_BEHAVIOUR = frozenset(
    {Reason.PARTIAL_RESPONSIBILITY, Reason.REMORSE_NOT_EVIDENT, Reason.INAPPROPRIATE_BEHAVIOUR}
)
"""Reasons that are told only where they were the offender's."""

ABOUT_READINESS = OFFENDERS_BEHAVIOUR | {
    Reason.UNREALISTIC_EXPECTATIONS,
    Reason.HEALTH_OR_SUBSTANCE,
    Reason.MOTIVE_CONCERN,
    Reason.THERAPY_FIRST,
}
"""Soft reasons, which can be about either side."""


def told_step(case: Case) -> Step:
    """The step that the victim reads: the offender thinks about it until the victim may know that they said yes.

    After an assessment that said *not yet*, everybody knows that there is another.
    """
    first_assessment = case.step is Step.ASSESSING and not case.progress.yes_told
    if first_assessment and case.stage is Stage.OFFENDER_APPROACHED:
        return Step.REFLECTING
    return case.step


def told_reason(case: Case) -> Reason | None:
    """The reason as far as it is about the person that it is attributed to; after the victim's death none."""
    progress = case.progress
    if progress.victim_died:
        return None
    if is_about_death(case):
        return Reason.OFFENDER_DIED
    reason = progress.reason
    if reason in OFFENDERS_BEHAVIOUR and progress.reason_of is not Side.OFFENDER:
        return None
    return None if reason is Reason.UNREALISTIC_EXPECTATIONS and progress.reason_of is not Side.VICTIM else reason


def variant_of(case: Case) -> Variant:
    """What makes the words differ; of several things the one that matters most now."""
    progress = case.progress
    if case.step is Step.FOLLOWING_UP and case.no_further_contact:
        return Variant.NO_FURTHER_CONTACT_ON_HOLD if case.is_on_hold else Variant.NO_FURTHER_CONTACT
    if case.hold is not None and case.is_on_hold:
        if case.step is Step.FOLLOWING_UP and has_stopped(case):
            return Variant.STOPPED_ON_HOLD
        return Variant.ON_HOLD_AS_WISHED if case.hold.reason is Reason.VICTIM_WISHES else Variant.ON_HOLD
    if case.step not in (Step.FOLLOWING_UP, Step.CLOSED) and has_own_concern(case):
        return Variant.OWN_CONCERN
    if progress.reopened:
        return Variant.REOPENED
    if progress.reason in ABOUT_READINESS and progress.reason_of is Side.VICTIM:
        return Variant.OWN_REASON
    if case.step not in (Step.FOLLOWING_UP, Step.CLOSED):
        return Variant.USUAL
    if case.no_further_contact:
        return Variant.NO_FURTHER_CONTACT
    return Variant.STOPPED if has_stopped(case) else Variant.USUAL


def has_own_concern(case: Case) -> bool:
    """Whether a concern that the victim raised is open."""
    return any(concern.by_victim and concern.result is None for concern in case.concerns)


def has_stopped(case: Case) -> bool:
    """Whether the last contact was stopped."""
    contacts = case.progress.contacts
    return bool(contacts) and contacts[-1].result == "stopped_for_safety"


def told_day(case: Case, today: date) -> date | None:
    """The meeting day that is set; one that has passed is not announced."""
    arrangement = case.progress.arrangement
    return arrangement.day if arrangement is not None and arrangement.day >= today else None
