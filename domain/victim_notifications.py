"""When the victim is sent a message: at each milestone, and every few weeks even when nothing has happened.

This depends on nothing that the victim may not know.
"""

from datetime import date, timedelta
from enum import StrEnum

from domain.case import Case
from domain.events import (
    AnotherContactPlanned,
    EntryCorrected,
    Event,
    MeetingHeld,
    TransferAccepted,
    VictimAnswered,
    VictimUpdated,
)
from domain.vocabulary import Contact, Side, Step


class MessageKind(StrEnum):
    """The occasions of messages to the victim."""

    ACKNOWLEDGED = "acknowledged"
    MILESTONE = "milestone"
    UPDATE = "update"
    ENDED = "ended"
    CORRECTED = "corrected"
    TRANSFERRED = "transferred"
    CONTACT_PLANNED = "contact_planned"
    CONTACT_DROPPED = "contact_dropped"


def message_due(before: Case | None, after: Case, event: Event) -> MessageKind | None:
    """The message that the victim is sent because of `event`; None where there is none.

    A victim who did not start the request is sent nothing before they say that they want it.
    """
    declined_unasked = before is not None and before.step is Step.ASKING_VICTIM and after.is_closed
    if not wants_messages(after) or after.step is Step.ASKING_VICTIM or declined_unasked:
        return None
    if before is None or isinstance(event, VictimAnswered):
        return MessageKind.ACKNOWLEDGED
    if isinstance(event, VictimUpdated):
        return MessageKind.UPDATE
    new_stage = after.stage is not before.stage
    if isinstance(event, EntryCorrected):
        return MessageKind.CORRECTED if new_stage or before.is_closed else None
    if after.is_closed and not before.is_closed:
        return MessageKind.ENDED
    if isinstance(event, MeetingHeld):
        return MessageKind.MILESTONE
    if isinstance(event, TransferAccepted):
        return MessageKind.TRANSFERRED
    if isinstance(event, AnotherContactPlanned):
        return MessageKind.CONTACT_PLANNED
    if after.step is Step.FOLLOWING_UP and before.step is not Step.FOLLOWING_UP:
        return MessageKind.CONTACT_DROPPED
    return MessageKind.MILESTONE if new_stage else None


def wants_messages(case: Case) -> bool:
    """Whether the victim wants messages now, and has not been reported dead."""
    reported = any(death.whose is Side.VICTIM for death in case.deaths)
    # The address may be a parent's, who no longer speaks for a victim of 18.
    asked = any(adult.side is Side.VICTIM and adult.wait for adult in case.adults)
    return case.contact is not Contact.NONE and not (case.progress.victim_died or reported or case.quiet or asked)


def next_update_on(case: Case) -> date | None:
    """The day by which the victim is next updated; None where they are not to be.

    A victim who is only being asked, perhaps again after a correction, must not learn of the request in this way.
    """
    if case.is_closed or case.step is Step.ASKING_VICTIM or not wants_messages(case):
        return None
    updated_on = case.victim_updated_on or case.calendar.day_of(case.received_at)
    return updated_on + timedelta(weeks=case.policy.victim_updates_every)
