"""From both sides prepared to a contact held and followed up, and to another contact."""

from domain.authority import choose_wait, require_asked
from domain.case import Arrangement, Case, HeldContact, waits_of, with_progress, without_waits
from domain.events import (
    AnotherContactPlanned,
    ContactPlanDropped,
    FollowUpAdded,
    FollowUpEnded,
    FollowUpRecorded,
    MeetingArranged,
    MeetingHeld,
    MeetingPostponed,
)
from domain.guard import blocks_meeting, refuse_blocked, require_not_stopped
from domain.reasons import POSTPONEMENTS
from domain.refusals import refuse_if
from domain.steps import (
    ADDED,
    TransitionContext,
    add_follow_up,
    end,
    end_contact,
    enter,
    is_readiness_valid,
    start_follow_up,
)
from domain.values import replace
from domain.vocabulary import Refusal, Step, WaitKind
from domain.waits import Wait


def arrange_meeting(case: Case, event: MeetingArranged, context: TransitionContext) -> Case:
    """A day is set, once nothing blocks the meeting."""
    refuse_if(event.day <= context.today, Refusal.DAY_IN_PAST, "day")
    refuse_blocked(blocks_meeting(case, event.form, event.day, event.conditions))
    arrangement = Arrangement(event.form, event.day, event.joint_with, event.conditions)
    arranged = replace(with_progress(case, arrangement=arrangement), form=event.form)
    return enter(arranged, Step.SCHEDULED, context.now)


def postpone_meeting(case: Case, event: MeetingPostponed, context: TransitionContext) -> Case:
    """The day is cancelled; the case prepares again."""
    require_asked(case, context.record.by)
    refuse_if(event.reason not in POSTPONEMENTS, Refusal.REASON_DOES_NOT_FIT, event.reason)
    return enter(with_progress(case, arrangement=None), Step.PREPARING, context.now)


def record_meeting(case: Case, event: MeetingHeld, context: TransitionContext) -> Case:
    """The meeting happened: a fact that is recorded whatever was still missing."""
    held_on = event.on or context.event_day
    refuse_if(held_on > context.today, Refusal.DAY_IN_FUTURE, "on")
    refuse_if(held_on < case.day_of_request, Refusal.DAY_BEFORE_REQUEST, "on")
    contacts = (*case.progress.contacts, HeldContact(event.form, held_on, event.result, event.agreement))
    case = start_follow_up(with_progress(case, contacts=contacts, arrangement=None), len(contacts), context.now)
    return enter(case, Step.FOLLOWING_UP, context.now)


def record_follow_up(case: Case, event: FollowUpRecorded, context: TransitionContext) -> Case:
    """The next follow-up is due; after the last one the case closes, unless another contact is being prepared."""
    wait = choose_wait(waits_of(case, WaitKind.FOLLOW_UP), event.wait)
    case, contact = without_waits(case, wait.key), _contact_of(wait)
    if contact is not None:
        done = case.progress.contacts[contact - 1].follow_ups + 1
        case = start_follow_up(_with_follow_ups(case, contact, done), contact, context.now)
    return _close_after_follow_up(case, context)


def add_another_follow_up(case: Case, event: FollowUpAdded, context: TransitionContext) -> Case:
    """A further follow-up is due on a day that staff choose."""
    refuse_if(event.on <= context.today, Refusal.DAY_IN_PAST, "on")
    return add_follow_up(case, event.on, context.now)


def end_follow_up(case: Case, event: FollowUpEnded, context: TransitionContext) -> Case:
    """No more follow-ups of one contact, or of any; without one left the case closes."""
    waits = waits_of(case, WaitKind.FOLLOW_UP)
    for wait in waits if event.wait is None else (choose_wait(waits, event.wait),):
        case, contact = without_waits(case, wait.key), _contact_of(wait)
        if contact is not None:
            case = _with_follow_ups(case, contact, len(case.policy.follow_ups))
    return _close_after_follow_up(case, context)


def _close_after_follow_up(case: Case, context: TransitionContext) -> Case:
    is_over = case.step is Step.FOLLOWING_UP and not waits_of(case, WaitKind.FOLLOW_UP)
    return end(case, context, None) if is_over else case


def _contact_of(wait: Wait) -> int | None:
    """The number of the contact whose regular follow-up `wait` is; None for one that was added."""
    contact = wait.key.partition(":")[2].partition("-")[0]
    return None if contact == ADDED else int(contact)


def _with_follow_ups(case: Case, contact: int, done: int) -> Case:
    contacts = list(case.progress.contacts)
    contacts[contact - 1] = replace(contacts[contact - 1], follow_ups=done)
    return with_progress(case, contacts=tuple(contacts))


def plan_another_contact(case: Case, event: AnotherContactPlanned, context: TransitionContext) -> Case:
    """Another contact is prepared; who was assessed within the last weeks is still ready, but not after a stop."""
    require_not_stopped(case)
    refuse_if(event.form in case.progress.ruled_out, Refusal.FORM_RULED_OUT, event.form)
    is_stopped = case.progress.contacts[-1].result == "stopped_for_safety"
    if is_stopped or not is_readiness_valid(case, context.today):
        case = with_progress(case, ready=frozenset())
    return enter(replace(case, form=event.form), Step.PREPARING, context.now)


def drop_contact_plan(case: Case, event: ContactPlanDropped, context: TransitionContext) -> Case:
    """The other contact is not prepared any more; the follow-up of the earlier ones continues."""
    refuse_if(not case.progress.contacts, Refusal.NOT_ALLOWED_NOW, event.name)
    return end_contact(case, context, None)
