"""The whole process as one table, in parts: which role can record what, at which step, and where it leads.

`advance` is the only way to change a case: it returns the case after a record, or raises RecordRefused.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from domain import events as e
from domain.authority import STAFF, require_known_agencies
from domain.case import Case, UndoPoint, with_progress
from domain.events import Event, Record, dates_of, is_within_reach
from domain.refusals import RecordRefused, refuse_if
from domain.steps import CONTACT_STEPS, TransitionContext
from domain.transitions import (
    agency_checks,
    coming_of_age,
    concerns,
    corrections,
    endings,
    entry_corrections,
    first_contact,
    information,
    meetings,
    readiness,
    risk,
    substitution,
    telling,
    tracing,
    transfers,
    undeliverable,
    upkeep,
    victim_acts,
)
from domain.values import replace
from domain.victim_notifications import MessageKind, is_known_to_victim, is_wait_agreed, message_due, message_key
from domain.vocabulary import Refusal, Role, Step

ANY = frozenset(Step)
OPEN = ANY - {Step.CLOSED}
BEFORE_MEETING = OPEN - {Step.FOLLOWING_UP}
ASSESSABLE = frozenset({Step.ASSESSING, Step.PREPARING, Step.SCHEDULED})
FROM_ASSESSING = frozenset({Step.ASSESSING, Step.NOT_YET, Step.PREPARING, Step.SCHEDULED, Step.FOLLOWING_UP})
CHECKED = frozenset({Step.AGENCY_CHECK, Step.REFLECTING, Step.ASSESSING, Step.NOT_YET, Step.PREPARING})
PLANNING_ANOTHER = frozenset({Step.ASSESSING, Step.NOT_YET, Step.PREPARING, Step.SCHEDULED})
AFTER_CONTACT = PLANNING_ANOTHER | {Step.FOLLOWING_UP}
ASKING = CHECKED | {Step.TRACING, Step.APPROACHING}
SINCE_ASKED = OPEN - {Step.ASKING_VICTIM, Step.SCREENING}
EVER_ASKED = SINCE_ASKED | {Step.CLOSED}
CHECKING = frozenset({Step.AGENCY_CHECK, Step.APPROACHING})
SINCE_APPROACHED = frozenset({Step.REFLECTING, Step.ASSESSING, Step.NOT_YET, Step.PREPARING, Step.SCHEDULED})

CASEWORKER = STAFF
SUPERVISOR = frozenset({Role.SUPERVISOR})
AGENCY = STAFF | {Role.AGENCY}
AGENCY_OR_VICTIM = AGENCY | {Role.VICTIM}
STAFF_OR_VICTIM = STAFF | {Role.VICTIM}
TIMER = frozenset({Role.TIMER})
SERVICE = frozenset({Role.SUPERVISOR, Role.SERVICE})
ITSELF = frozenset({Role.SERVICE})

SAME = None
"""The event leads to the same step."""

WHERE_BLOCKED: dict[Step, Step] = {Step.SCHEDULED: Step.PREPARING, Step.APPROACHING: Step.AGENCY_CHECK}
"""Where any event leads that makes the guard block a meeting day, or shows that a clearance is missing."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table; a row of an agency always includes staff who record on its behalf."""

    event: type[Event]
    by: frozenset[Role]
    at: frozenset[Step]
    leads_to: tuple[Step | None, ...]
    then: Callable[[Case, Any, TransitionContext], Case]


def _at(*steps: Step) -> frozenset[Step]:
    return frozenset(steps)


_S = Step
FROM_REQUEST_TO_CHECKS: tuple[Rule, ...] = (
    Rule(
        e.VictimAnswered,
        CASEWORKER,
        _at(_S.ASKING_VICTIM),
        (_S.SCREENING, SAME, _S.CLOSED),
        tracing.record_victim_answer,
    ),
    Rule(e.ContactMade, CASEWORKER, OPEN, (SAME,), first_contact.record_contact),
    Rule(e.RequestScreened, CASEWORKER, _at(_S.SCREENING), (_S.TRACING, _S.CLOSED), tracing.screen_request),
    Rule(e.TraceAnswered, AGENCY, _at(_S.TRACING), (_S.AGENCY_CHECK, SAME), tracing.record_trace),
    Rule(e.CandidateChosen, CASEWORKER, _at(_S.TRACING), (_S.AGENCY_CHECK,), tracing.choose_candidate),
    Rule(e.NoResponseRecorded, SUPERVISOR, ASKING, (SAME,), substitution.record_no_response),
    Rule(e.AskReturned, AGENCY, ASKING, (SAME,), substitution.return_ask),
    Rule(e.InformationRequested, AGENCY, ASKING, (SAME,), information.request_information),
    Rule(e.InformationGiven, CASEWORKER, ASKING, (SAME,), information.give_information),
    Rule(e.AskFailed, ITSELF, ASKING, (SAME,), undeliverable.fail_ask),
    Rule(e.AskRetried, CASEWORKER, ASKING, (SAME,), undeliverable.retry_ask),
    Rule(e.RouteExtended, SUPERVISOR, ASKING, (SAME,), substitution.extend_route),
    Rule(e.AgencyCheckAnswered, AGENCY, EVER_ASKED, (_S.APPROACHING, SAME), agency_checks.record_check),
    Rule(e.ObjectionChallenged, CASEWORKER, frozenset({_S.AGENCY_CHECK}), (SAME,), agency_checks.challenge_objection),
)

WHAT_BLOCKS_CONTACT: tuple[Rule, ...] = (
    Rule(e.ConcernRaised, AGENCY_OR_VICTIM, ANY, (SAME,), concerns.raise_concern),
    Rule(e.ConcernDecided, SUPERVISOR, ANY, (_S.CLOSED, _S.FOLLOWING_UP, SAME), concerns.decide_concern),
    Rule(e.FlagsChanged, CASEWORKER, OPEN, (SAME,), concerns.change_flags),
    Rule(e.ContactReported, AGENCY, EVER_ASKED, (SAME,), concerns.report_contact),
    Rule(e.DeathReported, AGENCY, ANY, (SAME,), concerns.report_death),
    Rule(e.DeathConfirmed, CASEWORKER, ANY, (_S.CLOSED, SAME), concerns.confirm_death),
    Rule(e.DeathNotConfirmed, CASEWORKER, ANY, (SAME,), concerns.refute_death),
    Rule(e.RiskAssessed, CASEWORKER, OPEN, (SAME,), risk.assess_risk),
    Rule(e.RiskExpired, TIMER, CONTACT_STEPS, (SAME,), risk.expire_risk),
    Rule(e.FacilitatorAssigned, SUPERVISOR, OPEN, (SAME,), risk.assign_facilitator),
    Rule(e.FacilitatorChanged, ITSELF, OPEN, (SAME,), risk.change_facilitator),
)

FROM_APPROACH_TO_FOLLOW_UP: tuple[Rule, ...] = (
    Rule(e.OffenderApproached, AGENCY, CHECKING, (_S.REFLECTING,), agency_checks.record_approach),
    Rule(
        e.OffenderAnswered,
        AGENCY,
        CHECKING | {_S.REFLECTING},
        (_S.ASSESSING, _S.REFLECTING, SAME, _S.CLOSED),
        agency_checks.record_offender_answer,
    ),
    Rule(
        e.ReadinessAssessed,
        AGENCY,
        ASSESSABLE,
        (_S.PREPARING, _S.NOT_YET, _S.CLOSED, _S.FOLLOWING_UP, SAME),
        readiness.assess_readiness,
    ),
    Rule(e.ConsentRecorded, AGENCY, OPEN, (SAME, _S.PREPARING), readiness.record_consent),
    Rule(e.MessagePassed, CASEWORKER, FROM_ASSESSING, (SAME,), readiness.pass_message),
    Rule(e.ProgressRecorded, AGENCY, OPEN, (SAME,), readiness.record_progress),
    Rule(e.NoteAdded, AGENCY, ANY, (SAME,), upkeep.add_note),
    Rule(e.FactsCorrected, CASEWORKER, ANY, (SAME,), corrections.correct_facts),
    Rule(e.FormChanged, CASEWORKER, OPEN, (SAME,), readiness.change_form),
    Rule(e.MeetingArranged, CASEWORKER, _at(_S.PREPARING), (_S.SCHEDULED,), meetings.arrange_meeting),
    Rule(e.MeetingPostponed, AGENCY, _at(_S.SCHEDULED), (_S.PREPARING,), meetings.postpone_meeting),
    Rule(e.MeetingHeld, CASEWORKER, SINCE_APPROACHED, (_S.FOLLOWING_UP,), meetings.record_meeting),
    Rule(e.FollowUpRecorded, CASEWORKER, AFTER_CONTACT, (SAME, _S.CLOSED), meetings.record_follow_up),
    Rule(e.FeedbackRecorded, CASEWORKER, ANY, (SAME,), upkeep.record_feedback),
    Rule(e.FollowUpAdded, CASEWORKER, _at(_S.FOLLOWING_UP), (SAME,), meetings.add_another_follow_up),
    Rule(e.FollowUpEnded, CASEWORKER, _at(_S.FOLLOWING_UP), (SAME, _S.CLOSED), meetings.end_follow_up),
    Rule(e.AnotherContactPlanned, CASEWORKER, _at(_S.FOLLOWING_UP), (_S.PREPARING,), meetings.plan_another_contact),
    Rule(e.ContactPlanDropped, CASEWORKER, PLANNING_ANOTHER, (_S.FOLLOWING_UP,), meetings.drop_contact_plan),
)

AT_MANY_STEPS: tuple[Rule, ...] = (
    Rule(e.Withdrawn, AGENCY_OR_VICTIM, BEFORE_MEETING, (_S.CLOSED, _S.FOLLOWING_UP), endings.withdraw),
    Rule(e.CircumstancesChanged, AGENCY, SINCE_ASKED, (SAME, _S.PREPARING), endings.change_circumstances),
    Rule(e.DeadlineNoted, AGENCY, OPEN, (SAME,), upkeep.note_deadline),
    Rule(e.DeclinedByService, CASEWORKER, BEFORE_MEETING, (_S.CLOSED, _S.FOLLOWING_UP), endings.decline),
    Rule(e.PutOnHold, STAFF_OR_VICTIM, OPEN, (SAME,), upkeep.put_on_hold),
    Rule(e.Resumed, STAFF_OR_VICTIM, OPEN, (SAME,), upkeep.resume),
    Rule(e.ContactPreferenceChanged, STAFF_OR_VICTIM, ANY, (SAME,), upkeep.change_contact_preference),
    Rule(e.VictimTold, CASEWORKER, ANY, (SAME,), telling.tell_victim),
    Rule(e.WaitExtended, SUPERVISOR, OPEN, (SAME,), upkeep.extend_wait),
    Rule(e.Reassigned, CASEWORKER, OPEN, (SAME,), upkeep.reassign),
    Rule(e.CameOfAge, STAFF | ITSELF, OPEN, (SAME,), coming_of_age.come_of_age),
    Rule(e.TransferProposed, CASEWORKER, OPEN, (SAME,), transfers.propose_transfer),
    Rule(e.TransferAccepted, SUPERVISOR, OPEN, (SAME,), transfers.accept_transfer),
    Rule(e.TransferDeclined, SUPERVISOR, OPEN, (SAME,), transfers.decline_transfer),
    Rule(e.TransferWithdrawn, CASEWORKER, OPEN, (SAME,), transfers.withdraw_transfer),
    Rule(e.TransferredOut, SUPERVISOR, OPEN, (_S.CLOSED,), transfers.transfer_out),
    Rule(
        e.EntryCorrected,
        SUPERVISOR,
        ANY,
        tuple(s for s in Step if s in OPEN - {_S.SCHEDULED}),
        entry_corrections.correct_entry,
    ),
    Rule(e.ReviewRequested, STAFF_OR_VICTIM, ANY, (SAME,), endings.request_review),
    Rule(e.VictimReplied, STAFF | {Role.SERVICE}, ANY, (SAME,), victim_acts.record_reply),
    Rule(e.WithdrawalChecked, CASEWORKER, ANY, (SAME,), victim_acts.check_withdrawal),
    Rule(e.ReviewDecided, SUPERVISOR, ANY, (SAME,), endings.decide_review),
    Rule(e.RulesAdopted, SERVICE, ANY, (SAME,), upkeep.adopt_rules),
    Rule(e.CalendarUpdated, SERVICE, ANY, (SAME,), upkeep.update_calendar),
)

BY_THE_CLOCK: tuple[Rule, ...] = (
    Rule(e.Chased, TIMER | STAFF, OPEN, (SAME,), upkeep.chase),
    Rule(e.BecameOverdue, TIMER, ANY, (SAME,), upkeep.mark_overdue),
    Rule(e.SecondNotice, TIMER, ANY, (SAME,), upkeep.mark_noticed),
    Rule(e.ReviewDue, TIMER, _at(_S.NOT_YET), (_S.ASSESSING,), upkeep.review_readiness),
    Rule(e.HoldEnded, TIMER, OPEN, (SAME,), upkeep.end_hold),
    Rule(e.DeadlineNear, TIMER, OPEN, (SAME,), upkeep.warn_of_deadline),
    Rule(e.VictimUpdated, TIMER, OPEN, (SAME,), upkeep.update_victim),
)

TABLE = (
    *FROM_REQUEST_TO_CHECKS,
    *WHAT_BLOCKS_CONTACT,
    *FROM_APPROACH_TO_FOLLOW_UP,
    *AT_MANY_STEPS,
    *BY_THE_CLOCK,
)
"""The whole process; each of its parts fits on one screen."""

NEVER_CORRECTED = (
    e.ConcernRaised,
    e.ConcernDecided,
    e.PutOnHold,
    e.DeathReported,
    e.DeathConfirmed,
    e.DeathNotConfirmed,
    e.TransferAccepted,
)
"""What happened to people's safety, or to whose case it is, stays as it was recorded; another entry says what is so."""

RULE_FOR: dict[type[Event], Rule] = {rule.event: rule for rule in TABLE}
"""The row of each event."""


def advance(case: Case, record: Record, now: datetime) -> Case:
    """Return the case after `record` at the case's time `now`. Raises RecordRefused where it is not allowed."""
    process = case.rules.process
    rule = process.table.get(type(record.event))
    if rule is None:
        raise RecordRefused(Refusal.NOT_ALLOWED_NOW, "the request has been received")
    role, step, name = record.by.role, case.step, record.event.name
    if role not in rule.by:
        raise RecordRefused(Refusal.NOT_BY_THIS_SENDER, f"{name} by {role}")
    # Checked before the step, so that staff who acted on an outdated view learn that first.
    if is_outdated(case, record):
        raise RecordRefused(Refusal.VERSION_CONFLICT, f"now version {case.version}")
    if step not in rule.at:
        refuse_if(case.is_closed, Refusal.CASE_CLOSED, name)
        raise RecordRefused(Refusal.NOT_ALLOWED_NOW, f"{name} at {step}")
    require_known_agencies(record)
    context = TransitionContext(record, now, case.calendar)
    require_days_within_reach(context)
    require_possible_day(case, context)
    version = case.version + 1
    last_change = case.last_change if isinstance(record.event, e.NoteAdded) else version
    next_version = replace(case, version=version, last_change=last_change)
    after = process.enforce_guard(rule.then(next_version, record.event, context), context)
    after = information.drop_answered_questions(undeliverable.drop_solved_problems(after))
    after = first_contact.follow_rights(case, after, context)
    return finish(case, process.note_news(case, after, context), context)


def is_outdated(case: Case, record: Record) -> bool:
    """Whether the sender has not seen the last change; notes change nothing, and never come too late."""
    if record.expected_version is None or isinstance(record.event, e.NoteAdded):
        return False
    return not case.last_change <= record.expected_version <= case.version


def require_days_within_reach(context: TransitionContext) -> None:
    """Refuse a record with a day too far away to be right."""
    for field, day in dates_of(context.record.event):
        refuse_if(not is_within_reach(day, context.today), Refusal.DAY_OUT_OF_REACH, field)


BEFORE_REQUEST = timedelta(weeks=26)
"""How long before the request a consent or a risk assessment may be dated."""
DATED_BEFORE = (e.ConsentRecorded, e.RiskAssessed)


def require_possible_day(case: Case, context: TransitionContext) -> None:
    """Refuse a day after today, or before the offence; a consent or risk assessment long before the request."""
    day, request = context.record.occurred_on, case.request
    if day is None:
        return
    refuse_if(day > context.today, Refusal.DAY_IN_FUTURE, "occurred_on")
    # The day of the offence itself is in the vault: the case knows how many whole years it is ago.
    offence = case.day_of_request - timedelta(days=366 * (request.years_since_offence + 1))
    earliest = case.day_of_request - BEFORE_REQUEST if isinstance(context.record.event, DATED_BEFORE) else offence
    refuse_if(day < max(earliest, offence), Refusal.DAY_TOO_EARLY, "occurred_on")


def finish(before: Case | None, after: Case, context: TransitionContext) -> Case:
    """Return `after` with its undo point, and with when and how often the victim was last updated."""
    record = context.record
    message = message_due(before, after, record.event)
    corrects = isinstance(record.event, e.EntryCorrected)
    if before is not None and not corrects and after.progress.reopened and is_known_to_victim(before, after):
        after = with_progress(after, reopened=False)
    if corrects:
        after = replace(after, undo_point=None)
    elif before is not None and after.step is not before.step:
        # An entry that cancelled a meeting day cannot be undone, nor one of a concern, a hold or a death, nor what the
        # clock showed, such as a clearance that has run out.
        cancelled = before.progress.arrangement is not None and after.progress.arrangement is None
        ran_out = record.by.role is Role.TIMER and after.step is WHERE_BLOCKED.get(before.step)
        is_final = (
            isinstance(record.event, NEVER_CORRECTED)
            or ran_out
            or (cancelled and not isinstance(record.event, e.MeetingHeld))
        )
        notified = "" if message is None else message_key(after)
        undo_point = UndoPoint(record.id, before.progress, after.progress, notified)
        after = replace(after, undo_point=None if is_final else undo_point)
    if after.review is not None and after.review.untold and after.news is None:
        after = replace(after, review=replace(after.review, untold=False))
    if message is not None or isinstance(record.event, e.VictimTold):
        is_update = message in (MessageKind.UPDATE, MessageKind.LONG_WAIT) and not is_wait_agreed(after)
        in_a_row = after.updates + 1 if is_update else 0
        after = replace(after, victim_updated_on=context.today, updates=in_a_row)
    return after
