"""Why a case is where it is, for staff: what it waits for, since when, and who can do what about it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache

from domain.case import Case, active_waits
from domain.days import format_day
from domain.due_events import aftercare_ends_on
from domain.effects import NotifySupervisor
from domain.events import AskFailed, BecameOverdue, SecondNotice
from domain.policy import Unit
from domain.reasons import REOPENS_AT_ONCE, Reason
from domain.steps import ADDED, CASEWORKER, SUPERVISOR
from domain.victim_notifications import wants_messages
from domain.vocabulary import (
    AgencyRef,
    AskProblem,
    Contact,
    Side,
    WaitKey,
    WaitKind,
    agency_kind,
    is_agency,
    subject_of,
    wait_kind,
)
from domain.waits import Wait
from domain.wording.alerts import ALERTS
from domain.wording.staff import (
    AGENCY_NAMES,
    AGENCY_TASKS,
    DEADLINES,
    LIMITED_ACCESS,
    PROBLEMS,
    REASON_LABELS,
    STAGE_LABELS,
    STEP_LABELS,
    WAITS,
    count,
    describe_reminders,
)

MAX_CACHED = 4096
"""The sentences of a key never change, and lists have thousands of them."""


def compose_alert(effect: NotifySupervisor) -> str:
    """Return the line that a supervisor is sent. Raises KeyError for an event that no supervisor is alerted to."""
    about, problem = effect.about.replace("_", " "), ""
    if effect.event in (BecameOverdue.name, SecondNotice.name):
        about = describe_awaited(WaitKey(effect.about))
    elif effect.event == AskFailed.name:
        code, _, key = effect.about.partition(":")
        about, problem = describe_awaited(WaitKey(key)), PROBLEMS[AskProblem(code)]
    line = ALERTS.get(f"{effect.event}:{effect.about}") or ALERTS[effect.event]
    return line.format(ref=effect.ref, about=about, problem=problem)


def explain_to_staff(case: Case, now: datetime) -> tuple[str, ...]:
    """Lines that say why `case` is where it is at the case's time `now`; they name nobody."""
    lines = [f"Step: {STEP_LABELS[case.step]}. Stage reached: {STAGE_LABELS[case.stage]}.", *_ending(case)]
    if case.hold is not None and case.is_on_hold:
        lines.append(f"On hold since {format_day(case.hold.since)}: {_reason(case.hold.reason)}.")
        lines += [f"Paused: waiting for {describe_awaited(wait.key)}." for wait in case.progress.waits]
    for wait in active_waits(case):
        lines += _wait(case, wait, now)
    if not case.is_closed and not wants_messages(case):
        asked = case.contact is Contact.NONE
        lines.append("The victim has asked for no messages." if asked else "The victim is sent no messages for now.")
    if case.progress.limited_access:
        lines.append(LIMITED_ACCESS)
    if not case.is_closed:
        for deadline in case.deadlines:
            warned = "a supervisor has been warned" if deadline.warned else "a supervisor will be warned beforehand"
            lines.append(f"{DEADLINES[deadline.kind]} on {format_day(deadline.on)}: {warned}.")
    return tuple(lines)


@lru_cache(MAX_CACHED)
def describe_awaited(key: WaitKey) -> str:
    """What the wait of `key` is for, after `waiting for`: `the prison (eastmoor) to trace the offender`."""
    return WAITS[wait_kind(key)].awaited.format(about=_about(key))


@lru_cache(MAX_CACHED)
def describe_options(key: WaitKey) -> str:
    """Who can do what about the wait of `key`, in a sentence."""
    sentence = WAITS[wait_kind(key)].can_do.format(about=_about(key))
    return sentence[:1].upper() + sentence[1:]


@lru_cache(MAX_CACHED)
def name_of(waiting_on: str) -> str:
    """An agency or a staff role within a sentence, such as `the prison (eastmoor)`."""
    if not is_agency(waiting_on):
        return {CASEWORKER: "the caseworker", SUPERVISOR: "a supervisor"}.get(waiting_on, waiting_on)
    name, agency_id = AGENCY_NAMES[agency_kind(AgencyRef(waiting_on))], waiting_on.partition(":")[2]
    return f"{name} ({agency_id})" if agency_id else name


def _about(key: WaitKey) -> str:
    kind, detail = wait_kind(key), key.partition(":")[2]
    if kind is WaitKind.SUBSTITUTE:
        asked, _, agency = detail.partition(":")
        return f"{AGENCY_TASKS[WaitKind(asked)].format(about=Side.OFFENDER)} instead of {name_of(agency)}"
    if kind in (WaitKind.TECHNICAL_PROBLEM, WaitKind.INFORMATION):
        return describe_awaited(subject_of(key))
    if kind is WaitKind.FOLLOW_UP:
        contact, _, number = detail.partition("-")
        return "" if contact == ADDED else f" {number} of contact {contact}"
    return name_of(detail)


def _ending(case: Case) -> Iterator[str]:
    ended_on, last_day = case.progress.ended_on, aftercare_ends_on(case)
    if ended_on is None or last_day is None:
        return
    why = _reason(case.progress.reason) if case.progress.reason else "the follow-ups are complete"
    given = case.progress.reason_given
    yield f"Ended on {format_day(ended_on)}: {why}{f'; reason given: {_reason(given)}' if given else ''}."
    if case.progress.victim_died:
        yield "The victim has died: no messages are sent."
        return
    yield f"A review can be requested (review_requested) until {format_day(last_day)}."
    upheld = case.review is not None and case.review.result == "upheld"
    reopens_on = ended_on + timedelta(weeks=case.policy.re_approach_after)
    at_once = upheld or case.progress.reason in REOPENS_AT_ONCE
    when = "at once" if at_once else f"from {format_day(reopens_on)}"
    yield f"The victim can ask for the case to be reopened {when}."


def _reason(reason: Reason) -> str:
    return f"{REASON_LABELS[reason]} ({reason})"


def _wait(case: Case, wait: Wait, now: datetime) -> Iterator[str]:
    due = format_day(wait.due_on)
    if wait.unit is not Unit.WEEKS and case.calendar.is_provisional(wait.due_on):
        # Counted past the bank holidays that are known, so it may still change.
        due += " (provisional)"
    if case.calendar.has_passed(wait.due_on, now):
        days = case.calendar.working_days_between(wait.due_on, case.calendar.day_of(now))
        due = f"Overdue since {due}, by {count(days, 'working day')}."
    else:
        due = f"Due on {due}."
    if wait.undelivered:
        reminders = "No reminder is sent while the request cannot be delivered."
    elif not wait.chases and wait.chase_on is not None and not wait.is_overdue:
        reminders = f"A reminder will be sent on {format_day(wait.chase_on)}."
    else:
        reminders = describe_reminders(wait.chases)
    awaited = describe_awaited(wait.key)
    by = f" by {name_of(wait.waiting_on)}" if wait.kind in _DONE_BY_OWNER else ""
    yield f"Waiting for {awaited}{by}, since {format_day(case.calendar.day_of(wait.since))}. {due} {reminders}"
    if wait.problem is not None:
        yield PROBLEMS[wait.problem]
    yield describe_options(wait.key)


_DONE_BY_OWNER = (WaitKind.ASSESSMENT, WaitKind.OBJECTION, WaitKind.REVIEW)
"""Waits whose words leave open who has to act."""
