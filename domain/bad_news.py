"""Bad news: an end, *not yet*, contact that stopped or does not take place, a death, a day cancelled: a person first.

It is a wait of its own, in parallel with the step and through aftercare, and no message goes to the victim meanwhile.
"""

from datetime import date

from domain.case import BadNews, Case
from domain.events import ConsentRecorded, DeathConfirmed, EntryCorrected, Event, MeetingHeld, PutOnHold, Withdrawn
from domain.reasons import Reason
from domain.steps import CASEWORKER, TransitionContext, create_policy_wait
from domain.values import replace
from domain.vocabulary import Consenter, Contact, NewsKind, Role, Side, Step, WaitKind

CHOSEN_BY_VICTIM = frozenset({Reason.VICTIM_DOES_NOT_WANT, Reason.VICTIM_WITHDREW, Reason.VICTIM_NEEDS_MET})
"""Ends that are no news to the victim."""


def note_news(before: Case, after: Case, context: TransitionContext) -> Case:
    """The case with the bad news of the entry, added to what the victim has not been told yet."""
    event, waiting = context.record.event, after.news
    day = cancelled_day(before, after, event)
    # Somebody else may have the link of a victim who needs particular care: they are told of a day that is cancelled.
    by_link = context.record.by.role is Role.VICTIM and isinstance(event, Withdrawn | PutOnHold)
    is_doubtful = by_link and bool(after.needs_specialist_in) and (day is not None or waiting is not None)
    if _is_own_break(event) and not is_doubtful:
        # They know of the day that it cancels, and of nothing else.
        return after
    if (
        after.progress.victim_died
        or Step.ASKING_VICTIM in (before.step, after.step)
        or (_is_by_victim(before, after, event) and not is_doubtful)
    ):
        return replace(after, news=None)
    if isinstance(event, EntryCorrected) and waiting is not None and waiting.entry == event.which:
        # What was not told needs no correction; a meeting day that was cancelled stays cancelled.
        return replace(after, news=None if waiting.day is None else replace(waiting, kind=NewsKind.DAY_CANCELLED))
    kind = _kind_of(before, after, event, day)
    if kind is None or (day is None and waiting is None and is_written_at_once(after)):
        return after
    wait = create_policy_wait(after, WaitKind.TELL, CASEWORKER, context.now, str(after.version))
    if day is not None:
        # At once, before anybody travels.
        wait = replace(wait, due_on=context.today)
    if waiting is not None:
        wait = replace(wait, due_on=min(wait.due_on, waiting.wait.due_on))
        day = day or waiting.day
    return replace(after, news=BadNews(kind, context.record.id, wait, day))


def is_written_at_once(case: Case) -> bool:
    """Whether no person is to tell the victim: they chose letters or no messages, or nobody can reach them."""
    unreachable = case.is_closed and case.progress.reason is Reason.VICTIM_UNREACHABLE
    return case.contact in (Contact.LETTER, Contact.NONE) or unreachable


def cancelled_day(before: Case, after: Case, event: Event) -> date | None:
    """The meeting day that an entry cancels."""
    arrangement = before.progress.arrangement
    if arrangement is None or after.progress.arrangement is not None or isinstance(event, MeetingHeld):
        return None
    return arrangement.day


def is_plan_dropped(before: Case, after: Case) -> bool:
    """Whether an entry leads back to the follow-up, so that another contact does not take place."""
    return after.step is Step.FOLLOWING_UP and before.step is not Step.FOLLOWING_UP


def _is_own_break(event: Event) -> bool:
    """Whether the victim takes a break, by their link or as they told staff."""
    return isinstance(event, PutOnHold) and event.reason is Reason.VICTIM_WISHES


def _is_by_victim(before: Case, after: Case, event: Event) -> bool:
    """Whether the victim themselves ended the case, or the plan of another contact."""
    chosen = after.is_closed and not before.is_closed and after.progress.reason in CHOSEN_BY_VICTIM
    return chosen or (isinstance(event, Withdrawn) and event.whose is Side.VICTIM)


def _kind_of(before: Case, after: Case, event: Event, day: date | None) -> NewsKind | None:
    """What kind of bad news the entry is, if any; the end of the follow-ups is none, nor a transfer."""
    if isinstance(event, DeathConfirmed) and event.whose is Side.OFFENDER:
        return NewsKind.DEATH
    if after.is_closed and not before.is_closed:
        return NewsKind.ENDED if after.progress.reason not in (None, Reason.TRANSFERRED_OUT) else None
    if isinstance(event, EntryCorrected) and before.told == event.which:
        return NewsKind.CORRECTED
    if after.step is Step.NOT_YET and before.step is not Step.NOT_YET and not isinstance(event, EntryCorrected):
        return NewsKind.NOT_YET
    stopped = isinstance(event, MeetingHeld) and event.result == "stopped_for_safety"
    if stopped or (after.no_further_contact and not before.no_further_contact):
        return NewsKind.CONTACT_STOPPED
    if is_plan_dropped(before, after) and not isinstance(event, EntryCorrected | MeetingHeld):
        return NewsKind.CONTACT_DROPPED
    if day is None:
        return None
    is_own = isinstance(event, ConsentRecorded) and event.whose is Consenter.VICTIM
    return NewsKind.DAY_CALLED_OFF if is_own else NewsKind.DAY_CANCELLED
