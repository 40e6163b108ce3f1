"""When the victim hears from us: at each milestone, and every few weeks even when nothing has happened.

What is told depends on nothing that the victim may not know: `explaining` writes it from stage, step and reason.
"""

from datetime import date, timedelta
from enum import StrEnum

from domain.case import Case
from domain.events import EntryCorrected, Event, VictimAnswered, VictimUpdated
from domain.vocabulary import Contact, Step


class MessageKind(StrEnum):
    """The occasion on which the victim is told something."""

    ACKNOWLEDGED = "acknowledged"
    MILESTONE = "milestone"
    UPDATE = "update"
    ENDED = "ended"
    CORRECTED = "corrected"


def message_due(before: Case | None, after: Case, event: Event) -> MessageKind | None:
    """What the victim hears because of `event`; None where they hear nothing."""
    if not wants_messages(after) or not _knows_of_the_request(before, after):
        return None
    if before is None or isinstance(event, VictimAnswered):
        return MessageKind.ACKNOWLEDGED
    if isinstance(event, VictimUpdated):
        return MessageKind.UPDATE
    return _on_change(before, after, event)


def _on_change(before: Case, after: Case, event: Event) -> MessageKind | None:
    ended = after.is_closed and not before.is_closed
    if isinstance(event, EntryCorrected):
        return MessageKind.CORRECTED if after.stage is not before.stage or before.is_closed else None
    if ended:
        return MessageKind.ENDED
    return MessageKind.MILESTONE if after.stage is not before.stage else None


def _knows_of_the_request(before: Case | None, after: Case) -> bool:
    """A victim who did not start it hears nothing before saying that they want it."""
    declined_unasked = before is not None and before.step is Step.ASKING_VICTIM and after.is_closed
    return after.step is not Step.ASKING_VICTIM and not declined_unasked


def wants_messages(case: Case) -> bool:
    """Whether the victim wants to and can hear from us."""
    return case.contact is not Contact.NONE and not case.progress.victim_died


def next_update_on(case: Case) -> date | None:
    """The day by which the victim hears again; None where they are not to hear.

    A victim who is only being asked (again, after a correction) is not told of a request they may not know.
    """
    if case.is_closed or case.step is Step.ASKING_VICTIM or not wants_messages(case):
        return None
    heard_on = case.victim_updated_on or case.received_at.date()
    return heard_on + timedelta(weeks=case.policy.victim_updates_every)
