"""When the victim is sent a message: as soon as something happens, and every few weeks even when nothing has.

Bad news is told by a person first (`domain.bad_news`), and until then no message is sent. When and of what the victim
hears depends on nothing that they may not know.
"""

from datetime import date, timedelta
from enum import StrEnum

from domain.case import Case
from domain.events import (
    AnotherContactPlanned,
    DeathConfirmed,
    EntryCorrected,
    Event,
    MeetingHeld,
    ReviewDecided,
    ReviewRequested,
    TransferAccepted,
    VictimAnswered,
    VictimTold,
    VictimUpdated,
)
from domain.reasons import Reason
from domain.vocabulary import Contact, NewsKind, Role, Side, Step


class MessageKind(StrEnum):
    """The occasions of messages to the victim."""

    ACKNOWLEDGED = "acknowledged"
    MILESTONE = "milestone"
    UPDATE = "update"
    LONG_WAIT = "long_wait"
    """An update that says that this takes too long."""
    ENDED = "ended"
    CORRECTED = "corrected"
    TRANSFERRED = "transferred"
    CONTACT_PLANNED = "contact_planned"
    CONTACT_DROPPED = "contact_dropped"
    DAY_CANCELLED = "day_cancelled"
    """In neutral words, because nobody could tell the victim in time."""
    DAY_NOT_KEPT = "day_not_kept"
    """The letter after a person has told the victim that a meeting day was cancelled."""
    DAY_CALLED_OFF = "day_called_off"
    """The letter instead, where the victim's own consent no longer covered it."""
    REVIEW_RECEIVED = "review_received"
    REVIEW_UPHELD = "review_upheld"
    REVIEW_NOT_UPHELD = "review_not_upheld"


SENT_AT_ONCE = frozenset({MessageKind.ACKNOWLEDGED, MessageKind.REVIEW_RECEIVED})
"""What answers something that the victim did; all else waits a while, so that a mistake can be corrected first."""

NEVER_LONG = frozenset({Step.NOT_YET, Step.SCHEDULED, Step.FOLLOWING_UP})
"""The steps at which a long time without news is as agreed."""

LONG_AFTER = 3
"""The update in a row from which on it takes longer than it should."""

ABOUT_A_DAY = frozenset({NewsKind.DAY_CANCELLED, NewsKind.DAY_CALLED_OFF})
"""News of a meeting day alone."""

_LETTER_OF: dict[NewsKind, MessageKind] = {
    NewsKind.ENDED: MessageKind.ENDED,
    NewsKind.DEATH: MessageKind.ENDED,
    NewsKind.NOT_YET: MessageKind.MILESTONE,
    NewsKind.CONTACT_STOPPED: MessageKind.MILESTONE,
    NewsKind.CONTACT_DROPPED: MessageKind.CONTACT_PLANNED,
    NewsKind.DAY_CANCELLED: MessageKind.DAY_NOT_KEPT,
    NewsKind.DAY_CALLED_OFF: MessageKind.DAY_CALLED_OFF,
    NewsKind.CORRECTED: MessageKind.CORRECTED,
}
_LETTER_AT: dict[Step, MessageKind] = {
    Step.SCHEDULED: MessageKind.MILESTONE,
    Step.FOLLOWING_UP: MessageKind.CONTACT_DROPPED,
}
"""The letter about a day that was cancelled or a contact that was dropped, where the case has gone on to this step."""


_MESSAGE_OF: dict[type[Event], MessageKind] = {
    MeetingHeld: MessageKind.MILESTONE,
    TransferAccepted: MessageKind.TRANSFERRED,
    AnotherContactPlanned: MessageKind.CONTACT_PLANNED,
}


def message_due(before: Case | None, after: Case, event: Event) -> MessageKind | None:
    """The message that the victim is sent because of `event`; None where there is none.

    A victim who did not start the request is sent nothing before they say that they want it.
    """
    declined_unasked = before is not None and before.step is Step.ASKING_VICTIM and after.is_closed
    if not wants_messages(after) or after.step is Step.ASKING_VICTIM or declined_unasked:
        return None
    if before is None or isinstance(event, VictimAnswered):
        return MessageKind.ACKNOWLEDGED
    if isinstance(event, ReviewRequested):
        return MessageKind.REVIEW_RECEIVED if event.by_whom == "victim" else None
    return None if after.news is not None else _news_free_message(before, after, event)


def _news_free_message(before: Case, after: Case, event: Event) -> MessageKind | None:
    """The message because of `event` where there is nothing that a person has to tell first."""
    match event:
        case VictimTold():
            return _letter_due(before, after, event)
        case VictimUpdated():
            is_long = before.updates + 1 >= LONG_AFTER and not is_wait_agreed(after)
            return MessageKind.LONG_WAIT if is_long else MessageKind.UPDATE
        case EntryCorrected():
            # What was not sent, because nobody had told the victim, needs no correction.
            undone = before.undo_point.notified if before.undo_point else ""
            return MessageKind.CORRECTED if undone else None
        case ReviewDecided() if after.review is not None and after.review.by_victim:
            return MessageKind.REVIEW_UPHELD if event.result == "upheld" else MessageKind.REVIEW_NOT_UPHELD
        case DeathConfirmed(whose=Side.OFFENDER) if not before.offender_died:
            return MessageKind.ENDED
        case _ if after.is_closed and not before.is_closed:
            return MessageKind.ENDED
        case MeetingHeld() | TransferAccepted() | AnotherContactPlanned():
            return next(message for kind, message in _MESSAGE_OF.items() if isinstance(event, kind))
        case _ if after.step is Step.FOLLOWING_UP and before.step is not Step.FOLLOWING_UP:
            return MessageKind.CONTACT_DROPPED
        case _:
            return MessageKind.MILESTONE if is_known_to_victim(before, after) else None


def is_known_to_victim(before: Case, after: Case) -> bool:
    """Whether an entry is a milestone for the victim too: a new stage, the offender's yes, or a meeting day."""
    yes = after.progress.yes_told and not before.progress.yes_told
    arranged = after.progress.arrangement is not None and before.progress.arrangement is None
    not_yet = after.step is Step.NOT_YET and before.step is not Step.NOT_YET
    stopped = after.no_further_contact and not before.no_further_contact
    return after.stage is not before.stage or yes or arranged or not_yet or stopped


def _letter_due(before: Case, after: Case, event: VictimTold) -> MessageKind | None:
    """The letter that follows when a person has told the victim: news of a death is never given by text message."""
    if before.news is None:
        # They were told what was decided on their own concern, of which nothing is written.
        return None
    kind, by_telephone = before.news.kind, after.contact is Contact.PHONE and event.how != "not_reached"
    unwanted = event.how == "not_wanted" or by_telephone
    if unwanted or (after.contact is Contact.TEXT and is_about_death(after)):
        return None
    if after.is_closed and kind is not NewsKind.CORRECTED:
        return MessageKind.ENDED
    is_about_plan = kind in ABOUT_A_DAY or kind is NewsKind.CONTACT_DROPPED
    return _LETTER_AT.get(after.step, _LETTER_OF[kind]) if is_about_plan else _LETTER_OF[kind]


def is_about_death(case: Case) -> bool:
    """Whether every message now would be about the offender's death."""
    return case.offender_died or case.progress.reason is Reason.OFFENDER_DIED


def message_key(case: Case) -> str:
    """The key of the message to the victim because of the last entry."""
    return f"{case.ref}.{case.version}.{Role.VICTIM}"


def wants_messages(case: Case) -> bool:
    """Whether the victim wants messages now, and has not been reported dead."""
    reported = any(death.whose is Side.VICTIM for death in case.deaths)
    # The address may be a parent's, who no longer speaks for a victim of 18.
    asked = any(adult.side is Side.VICTIM and adult.wait for adult in case.adults)
    is_quiet = case.quiet and case.is_on_hold
    return case.contact is not Contact.NONE and not (case.progress.victim_died or reported or is_quiet or asked)


def is_wait_agreed(case: Case) -> bool:
    """Whether the victim knows that nothing is to happen for a while: on hold, and at some steps."""
    return case.is_on_hold or case.step in NEVER_LONG


def next_update_on(case: Case) -> date | None:
    """The day by which the victim is next updated; None where they are not to be.

    A victim who is only being asked, perhaps again after a correction, must not learn of the request in this way, nor
    is anybody updated before they have been told bad news.
    """
    if case.is_closed or case.step is Step.ASKING_VICTIM or case.news is not None or not wants_messages(case):
        return None
    updated_on = case.victim_updated_on or case.calendar.day_of(case.received_at)
    return updated_on + timedelta(weeks=case.policy.victim_updates_every)


def update_due_on(case: Case) -> date | None:
    """The day on which the update is sent: a working day before the one that was promised, so that it is kept."""
    promised = next_update_on(case)
    return None if promised is None else case.calendar.subtract_working_days(promised, 1)
