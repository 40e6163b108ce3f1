"""Why a case is where it is, for staff: what it waits for, on whom, since when, who can do what about it."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache

from domain.case import Case, Deadline, active_waits
from domain.days import format_day
from domain.due_events import aftercare_ends_on
from domain.effects import NotifySupervisor
from domain.events import AskFailed, BecameOverdue, SecondNotice
from domain.policy import Unit
from domain.reasons import MEANINGS, VICTIM_ENDED, Reason
from domain.steps import CASEWORKER, SUPERVISOR, has_passed
from domain.victim_notifications import wants_messages
from domain.vocabulary import (
    AgencyRef,
    AskProblem,
    DeadlineKind,
    WaitKey,
    WaitKind,
    agency_kind,
    is_agency,
    subject_of,
    wait_kind,
)
from domain.waits import Wait
from domain.wording.staff import AGENCY_NAMES, ALERTS, LIMITED_ACCESS, PROBLEMS, WAITS

MOST_REMEMBERED = 4096
"""Sentences are the same for the same key, and lists have thousands of them."""


def alert(effect: NotifySupervisor) -> str:
    """Return the line that a supervisor is sent. Raises KeyError for an event that no supervisor is alerted to."""
    about, problem = _plainly(effect.about), ""
    if effect.event in (BecameOverdue.name, SecondNotice.name):
        about = waited_for(WaitKey(effect.about))
    elif effect.event == AskFailed.name:
        code, _, key = effect.about.partition(":")
        about, problem = waited_for(WaitKey(key)), PROBLEMS[AskProblem(code)]
    return ALERTS[effect.event].format(ref=effect.ref, about=about, problem=problem)


def staff_explain(case: Case, now: datetime) -> tuple[str, ...]:
    """Lines that say why `case` stands where it does at the case's time `now`; they name nobody."""
    return (
        f"Step: {_plainly(case.step)}. Stage reached: {_plainly(case.stage)}.",
        *_ended(case),
        *_held(case),
        *(line for wait in active_waits(case) for line in _waiting(case, wait, now)),
        *_beside(case),
    )


@lru_cache(MOST_REMEMBERED)
def waited_for(key: WaitKey) -> str:
    """What the wait of `key` is for, such as `the check by the prison (eastmoor)`."""
    return WAITS[wait_kind(key)].what.format(about=_about(key))


@lru_cache(MOST_REMEMBERED)
def can_do(key: WaitKey) -> str:
    """Who can do what about the wait of `key`, in a sentence."""
    sentence = WAITS[wait_kind(key)].can_do.format(about=_about(key))
    return sentence[:1].upper() + sentence[1:]


@lru_cache(MOST_REMEMBERED)
def named(owner: str) -> str:
    """An agency, or staff, as they stand in a sentence."""
    if not is_agency(owner):
        return {CASEWORKER: "the caseworker", SUPERVISOR: "a supervisor"}.get(owner, owner)
    name, one = AGENCY_NAMES[agency_kind(AgencyRef(owner))], owner.partition(":")[2]
    return f"{name} ({one})" if one else name


def _about(key: WaitKey) -> str:
    kind, detail = wait_kind(key), key.partition(":")[2]
    if kind is WaitKind.SUBSTITUTE:
        asked, _, agency = detail.partition(":")
        return f"{_plainly(asked)} in place of {named(agency)}"
    if kind is WaitKind.TECHNICAL_PROBLEM:
        return waited_for(subject_of(key))
    return named(detail)


def _plainly(code: str) -> str:
    return code.replace("_", " ")


def _ended(case: Case) -> Iterator[str]:
    if not case.is_closed or case.progress.ended_on is None:
        return
    why = _meaning(case.progress.reason) if case.progress.reason else "the follow-ups are done"
    yield f"Ended on {format_day(case.progress.ended_on)}: {why}."
    if case.progress.victim_died:
        yield "The victim has died: nothing is sent to them."
        return
    last_day = aftercare_ends_on(case)
    if last_day is not None:
        yield f"A review can be asked for (review_requested) until {format_day(last_day)}."
    yield f"The victim can ask for it to be taken up again {_taken_up_from(case, case.progress.ended_on)}."


def _meaning(reason: Reason) -> str:
    return f"{MEANINGS[reason].description} ({reason})"


def _taken_up_from(case: Case, ended_on: date) -> str:
    upheld = case.review is not None and case.review.result == "upheld"
    if upheld or case.progress.reason in VICTIM_ENDED:
        return "at once"
    return f"from {format_day(ended_on + timedelta(weeks=case.policy.re_approach_after))}"


def _held(case: Case) -> Iterator[str]:
    if case.hold is None or not case.is_on_hold:
        return
    yield f"On hold since {format_day(case.hold.since)}: {_meaning(case.hold.reason)}."
    for wait in case.progress.waits:
        yield f"Rests meanwhile: {waited_for(wait.key)}."


def _waiting(case: Case, wait: Wait, now: datetime) -> Iterator[str]:
    since, due = format_day(wait.since.date()), _due(case, wait)
    yield (
        f"Waits for {waited_for(wait.key)}, on {named(wait.waiting_on)}, since {since}. "
        f"{_standing(case, wait, now, due)} {_chased(wait)}"
    )
    if wait.problem is not None:
        yield PROBLEMS[wait.problem]
    yield can_do(wait.key)


def _standing(case: Case, wait: Wait, now: datetime, due: str) -> str:
    if not has_passed(wait.due_on, now):
        return f"Due on {due}."
    days = case.calendar.working_days_between(wait.due_on, now.date())
    return f"Overdue since {due}: by {_counted(days, 'working day')}."


def _due(case: Case, wait: Wait) -> str:
    """The day, marked where working days up to it were counted past the bank holidays that are known: it may move."""
    provisional = wait.unit is not Unit.WEEKS and case.calendar.is_provisional(wait.due_on)
    return format_day(wait.due_on) + (" (provisional)" if provisional else "")


def _chased(wait: Wait) -> str:
    if wait.undelivered:
        return "No reminder is sent while the question cannot be delivered."
    if wait.chases:
        return f"Reminded {_counted(wait.chases, 'time')}."
    if wait.chase_on is not None and not wait.is_overdue:
        return f"A reminder follows on {format_day(wait.chase_on)}."
    return "Not reminded."


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _beside(case: Case) -> Iterator[str]:
    if not case.is_closed and not wants_messages(case):
        yield "The victim has asked for no messages."
    if case.progress.limited_access:
        yield LIMITED_ACCESS
    if not case.is_closed:
        yield from (_deadline(deadline) for deadline in case.deadlines)


def _deadline(deadline: Deadline) -> str:
    warned = "a supervisor has been warned" if deadline.warned else "a supervisor will be warned ahead of it"
    return f"{_DEADLINES[deadline.kind]} on {format_day(deadline.on)}: {warned}."


_DEADLINES: dict[DeadlineKind, str] = {
    DeadlineKind.LICENCE_END: "The licence ends",
    DeadlineKind.PAROLE: "Parole is decided",
    DeadlineKind.SENTENCING: "Sentence is passed",
    DeadlineKind.ORDER_END: "The order ends",
}
