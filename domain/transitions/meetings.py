"""From both sides prepared to a meeting held and followed up."""

from dataclasses import replace

from domain.authority import require_asked
from domain.case import Arrangement, Case, consent_of, with_progress
from domain.events import FollowUpRecorded, MeetingArranged, MeetingHeld, MeetingPostponed
from domain.guard import require_contact_allowed
from domain.reasons import POSTPONEMENTS
from domain.refusals import refuse_if
from domain.steps import TransitionContext, consents_needed, end, enter, follow_up
from domain.transitions.readiness import BOTH
from domain.vocabulary import DIRECT_FORMS, Refusal, Step


def arrange_meeting(case: Case, event: MeetingArranged, context: TransitionContext) -> Case:
    """A day is set, once nothing blocks the meeting and every consent covers it."""
    refuse_if(event.day <= context.today, Refusal.DAY_IN_PAST, "day")
    require_contact_allowed(case, event.form, event.day, event.conditions)
    refuse_if(event.form in DIRECT_FORMS and case.progress.ready != BOTH, Refusal.ASSESSMENT_OUTSTANDING, event.form)
    consents = {whose: consent_of(case, whose) for whose in consents_needed(case)}
    missing = [whose for whose, given in consents.items() if not (given and given.covers(event.form, event.day))]
    refuse_if(bool(missing), Refusal.CONSENT_MISSING, ", ".join(missing))
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
    held_on = event.on or context.today
    refuse_if(held_on > context.today, Refusal.DAY_IN_FUTURE, "on")
    refuse_if(held_on < case.day_of_request, Refusal.DAY_BEFORE_REQUEST, "on")
    return enter(with_progress(case, held_on=held_on, arrangement=None), Step.FOLLOWING_UP, context.now)


def record_follow_up(case: Case, event: FollowUpRecorded, context: TransitionContext) -> Case:
    """The next follow-up is due; after the last one the case closes."""
    case = with_progress(case, follow_ups=case.progress.follow_ups + 1, waits=())
    if case.progress.follow_ups >= len(case.policy.follow_ups):
        return end(case, context, None)
    return follow_up(case, context.now)
