"""What an entry changes in a case and who is told of it, in sentences for staff."""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.agency_updates import CaseUpdate
from domain.case import Case, all_waits
from domain.days import format_day
from domain.effects import Ask, CancelAsk, Effect, NotifySupervisor, NotifyVictim, effects
from domain.events import Event, MeetingHeld, Record
from domain.staff_explanation import compose_alert, describe_awaited, name_of
from domain.victim_explanation import compose
from domain.vocabulary import PERSON
from domain.wording.agencies import QUESTIONS
from domain.wording.staff import PREFERENCES, REASON_LABELS, STAGE_LABELS, STEP_LABELS
from domain.wording.updates import describe_changes


@dataclass(frozen=True, slots=True)
class ChangePreview:
    """What changes, and who is told."""

    changes: tuple[str, ...] = ()
    notifies: tuple[str, ...] = ()


def preview_change(before: Case, after: Case, record: Record) -> ChangePreview:
    """Describe the entry of `record`, which leads from `before` to `after`."""
    changes = [*_meeting_day(before, after, record.event), *_progress(before, after)]
    old, new = ({wait.key: wait for wait in all_waits(case)} for case in (before, after))
    for key, wait in new.items():
        awaited, due = describe_awaited(key), format_day(wait.due_on)
        if key not in old:
            changes.append(f"Waiting for {awaited}, due on {due}.")
        elif wait.due_on != old[key].due_on:
            changes.append(f"Due date for {awaited}: {format_day(old[key].due_on)} becomes {due}.")
        elif wait.chases != old[key].chases:
            changes.append(f"Reminder {wait.chases} for {awaited}.")
    changes += [f"No longer waiting for {describe_awaited(key)}." for key in old.keys() - new.keys()]
    notifies = tuple(_notification(effect, after) for effect in effects(before, after, record))
    return ChangePreview(tuple(changes) or ("The entry is added to the timeline. Nothing else changes.",), notifies)


def _meeting_day(before: Case, after: Case, event: Event) -> Iterator[str]:
    old, new = before.progress.arrangement, after.progress.arrangement
    if new is not None and new != old:
        yield f"The meeting is on {format_day(new.day)}."
    elif old is not None and new is None and not isinstance(event, MeetingHeld):
        yield f"The meeting day, {format_day(old.day)}, is cancelled."


def _progress(before: Case, after: Case) -> Iterator[str]:
    if after.step is not before.step:
        yield f"Step: {STEP_LABELS[before.step]} becomes {STEP_LABELS[after.step]}."
    if after.stage is not before.stage:
        yield f"Stage reached: {STAGE_LABELS[before.stage]} becomes {STAGE_LABELS[after.stage]}."
    if after.is_closed and not before.is_closed and after.progress.reason:
        yield f"Reason: {REASON_LABELS[after.progress.reason]}."
    if after.is_on_hold and not before.is_on_hold and after.hold:
        yield f"Put on hold until {format_day(after.hold.wait.due_on)}."
    if before.is_on_hold and not after.is_on_hold and not after.is_closed:
        yield "Taken off hold."
    if after.assigned_to != before.assigned_to:
        yield f"Assigned to {after.assigned_to or 'nobody'} instead of {before.assigned_to or 'nobody'}."
    if after.contact is not before.contact:
        yield f"The victim prefers {PREFERENCES[after.contact]} instead of {PREFERENCES[before.contact]}."


def _notification(effect: Effect, after: Case) -> str:
    match effect:
        case Ask():
            kind = "Reminder" if effect.reminder else "Request"
            topic, due = QUESTIONS[effect.question].topic, format_day(effect.due_on)
            return f"{kind} to {name_of(effect.agency)}: {topic}, due on {due}."
        case CancelAsk():
            return f"Cancellation to {name_of(effect.agency)}."
        case CaseUpdate():
            name = "the person who referred the case" if effect.agency == PERSON else name_of(effect.agency)
            return f"Update for {name}: {' '.join(describe_changes(effect))}"
        case NotifyVictim():
            return f"Message to the victim, who prefers {PREFERENCES[after.contact]}: “{compose(effect)[0]}”."
        case NotifySupervisor():
            return f"Alert to {effect.account or 'supervisors'}: {compose_alert(effect)}"
