"""What must be done because of an entry: ask an agency, remind it, cancel an ask, notify the victim or a supervisor.

An effect's key never changes and never recurs, so that carrying it out twice does nothing twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from domain.agency_updates import CaseUpdate, updates
from domain.authority import may_speak_for
from domain.bad_news import cancelled_day
from domain.case import Case, find_wait, open_concerns, waits_of
from domain.events import (
    AgencyCheckAnswered,
    AskFailed,
    AskRetried,
    AskReturned,
    BecameOverdue,
    Chased,
    ConcernDecided,
    ConcernRaised,
    ContactReported,
    DeadlineNear,
    DeathReported,
    EntryCorrected,
    Event,
    FacilitatorChanged,
    HoldEnded,
    InformationRequested,
    MeetingHeld,
    OffenderAnswered,
    OffenderApproached,
    ReadinessAssessed,
    Record,
    ReviewRequested,
    RiskExpired,
    SecondNotice,
    TraceAnswered,
    TransferAccepted,
    TransferDeclined,
)
from domain.guard import Block, blocks_meeting
from domain.reasons import Reason
from domain.victim_facts import Variant, told_day, told_reason, told_step, variant_of
from domain.victim_notifications import MessageKind, message_due, message_key, next_update_on, wants_messages
from domain.vocabulary import AgencyRef, CaseRef, Condition, Refusal, Role, Stage, Step, WaitKey, WaitKind, is_agency
from domain.waits import Wait

NOTIFIES_SUPERVISOR = (
    BecameOverdue,
    SecondNotice,
    HoldEnded,
    DeadlineNear,
    ReviewRequested,
    AskFailed,
    ContactReported,
    DeathReported,
    FacilitatorChanged,
    RiskExpired,
    TransferAccepted,
    TransferDeclined,
)
"""The events that a supervisor is alerted to."""

FACTS = (OffenderApproached, OffenderAnswered, MeetingHeld)
"""What is recorded even where the guard blocks it; a supervisor has to know that it happened all the same."""

ANSWERS: dict[WaitKind, type[Event]] = {
    WaitKind.TRACE: TraceAnswered,
    WaitKind.AGENCY_CHECK: AgencyCheckAnswered,
    WaitKind.APPROACH: OffenderApproached,
    WaitKind.OFFENDER_ANSWER: OffenderAnswered,
    WaitKind.ASSESSMENT: ReadinessAssessed,
}
"""The event that answers what an agency is asked."""


def answers_to(question: WaitKind) -> tuple[type[Event], ...]:
    """The events that answer `question`: an offender who has answered was approached."""
    return (ANSWERS[question], OffenderAnswered) if question is WaitKind.APPROACH else (ANSWERS[question],)


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask `agency` the `question`, or remind it where `reminder` is not 0; if `agency` is a kind, the one of `area`."""

    key: str
    ref: CaseRef
    area: str
    agency: AgencyRef
    question: WaitKind
    due_on: date
    reminder: int = 0

    @property
    def wait(self) -> WaitKey:
        """The wait that the answer ends."""
        return WaitKey(self.key.removesuffix(f".reminder-{self.reminder}").split(".", 2)[2])


@dataclass(frozen=True, slots=True)
class CancelAsk:
    """Tell `agency` that the ask with the key `ask` no longer needs an answer."""

    key: str
    ref: CaseRef
    area: str
    agency: AgencyRef
    ask: str


@dataclass(frozen=True, slots=True)
class NotifyVictim:
    """Send the victim `message`; its wording may depend on nothing but these values.

    `day` is the meeting day that is set, or the one that was cancelled. `corrects` is the message that it corrects, if
    there was one. An `urgent` message is sent at night too.
    """

    key: str
    ref: CaseRef
    message: MessageKind
    stage: Stage
    step: Step
    reason: Reason | None = None
    next_update_on: date | None = None
    variant: Variant = Variant.USUAL
    day: date | None = None
    corrects: str = ""
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class NotifySupervisor:
    """Alert a supervisor to an event; `about` is the wait or the deadline that it concerns.

    An `urgent` alert is about people's safety and is sent at once, at any hour. With an `account`, the alert is for
    that member of staff alone.
    """

    key: str
    ref: CaseRef
    event: str
    about: str = ""
    urgent: bool = False
    account: str = ""


ToAgency = Ask | CancelAsk | CaseUpdate
"""What is sent to agencies."""

Effect = ToAgency | NotifyVictim | NotifySupervisor


def asks(case: Case) -> tuple[Ask, ...]:
    """The asks that are wanted now: none on hold, and none that cannot be delivered."""
    return tuple(_ask(case, wait) for wait in _asking(case) if not wait.undelivered)


def _asking(case: Case) -> tuple[Wait, ...]:
    """The waits for which agencies are asked, also those whose asks cannot be delivered; none on hold."""
    waits = () if case.is_on_hold else case.progress.waits
    return tuple(wait for wait in waits if wait.asked and wait.paused_since is None and is_agency(wait.waiting_on))


def _ask(case: Case, wait: Wait, reminder: int = 0) -> Ask:
    key = f"{case.ref}.{wait.asked}.{wait.key}" + (f".reminder-{reminder}" if reminder else "")
    agency = AgencyRef(wait.waiting_on)
    return Ask(key, case.ref, case.area, agency, wait.kind, wait.due_on, reminder)


def effects(before: Case | None, after: Case, record: Record) -> tuple[Effect, ...]:
    """The effects of the entry of `record`, which led from `before` to `after`."""
    known = {ask.key for ask in asks(before)} if before else set()
    wait = find_wait(after, record.event.wait) if isinstance(record.event, Chased) else None
    cancellations = tuple(_cancellations(before, after, record))
    cancelled = frozenset(cancellation.agency for cancellation in cancellations)
    return (
        *cancellations,
        *(updates(before, after, record, cancelled) if before else ()),
        *(ask for ask in asks(after) if ask.key not in known),
        *((_ask(after, wait, wait.chases),) if wait and is_agency(wait.waiting_on) and wait.asked else ()),
        *_notifications(before, after, record),
    )


def _cancellations(before: Case | None, after: Case, record: Record) -> Iterator[CancelAsk]:
    """Cancel what was asked and is no longer wanted, even if it may not have arrived; a retry cancels nothing."""
    if before is None or isinstance(record.event, AskRetried):
        return
    wanted = {_ask(after, wait).key for wait in _asking(after)}
    for ask in (_ask(before, wait) for wait in _asking(before)):
        if ask.key in wanted:
            continue
        # The asked agency itself may have answered, or staff on its behalf.
        is_answer = isinstance(record.event, (*answers_to(ask.question), AskReturned, InformationRequested))
        if not (is_answer and record.by.is_for_agency and may_speak_for(before, record.by, ask.agency)):
            yield CancelAsk(f"{ask.key}.cancel", ask.ref, ask.area, ask.agency, ask.key)


def _notifications(before: Case | None, after: Case, record: Record) -> Iterator[NotifyVictim | NotifySupervisor]:
    message = message_due(before, after, record.event)
    if message is not None:
        assert after.victim_updated_on is not None, "a message sets the day of the last update"
        corrects = message is MessageKind.CORRECTED and isinstance(record.event, EntryCorrected)
        undone = before.undo_point if before is not None and corrects else None
        yield NotifyVictim(
            message_key(after),
            after.ref,
            message,
            after.stage,
            told_step(after),
            told_reason(after),
            next_update_on(after),
            variant_of(after),
            told_day(after, after.victim_updated_on),
            undone.notified if undone else "",
        )
    yield from _of_an_untold_review(before, after)
    yield from _of_a_cancelled_day(before, after, record)
    key = f"{after.ref}.{after.version}.{Role.SUPERVISOR}"
    if message is MessageKind.LONG_WAIT:
        yield NotifySupervisor(key, after.ref, record.event.name)
    if before is not None and isinstance(record.event, ConcernDecided):
        yield from _tell_who_raised(before, after, record, key)
    known = {concern.wait.key for concern in before.concerns} if before else set()
    fresh = [concern.wait.key for concern in after.concerns if concern.wait.key not in known]
    if fresh:
        yield NotifySupervisor(key, after.ref, ConcernRaised.name, fresh[0], urgent=True)
    elif isinstance(record.event, NOTIFIES_SUPERVISOR):
        urgent = isinstance(record.event, DeathReported)
        yield NotifySupervisor(key, after.ref, record.event.name, _about(record.event), urgent)
    elif isinstance(record.event, MeetingHeld) and record.event.result == "stopped_for_safety":
        yield NotifySupervisor(key, after.ref, record.event.name, Reason.STOPPED_FOR_SAFETY, urgent=True)
    elif before is not None and isinstance(record.event, FACTS):
        despite = _block_ignored(before, after, record.event)
        if despite:
            yield NotifySupervisor(key, after.ref, record.event.name, despite)


def _tell_who_raised(before: Case, after: Case, record: Record, key: str) -> Iterator[NotifySupervisor]:
    """Inform the member of staff who raised the concern that is decided, unless they decided it themselves.

    A victim is rung by a caseworker, and an agency is told by an update.
    """
    undecided = {concern.wait.key for concern in open_concerns(before)}
    for concern in after.concerns:
        by = concern.raised_by
        is_others = by not in ("", record.by.id) and not is_agency(by) and not concern.by_victim
        if concern.result is not None and concern.wait.key in undecided and is_others:
            yield NotifySupervisor(f"{key}.raised", after.ref, ConcernDecided.name, concern.result, account=by)


def _of_an_untold_review(before: Case | None, after: Case) -> Iterator[NotifyVictim]:
    """The result of a review that was decided while the victim had bad news to be told."""
    was_untold = before is not None and before.review is not None and before.review.untold
    if not was_untold or after.review is None or after.review.untold or not wants_messages(after):
        return
    yield NotifyVictim(
        f"{after.ref}.{after.version}.{WaitKind.REVIEW}.{Role.VICTIM}",
        after.ref,
        MessageKind.REVIEW_UPHELD if after.review.result == "upheld" else MessageKind.REVIEW_NOT_UPHELD,
        after.stage,
        told_step(after),
        told_reason(after),
        next_update_on(after),
        variant_of(after),
    )


def _of_a_cancelled_day(before: Case | None, after: Case, record: Record) -> Iterator[NotifyVictim | NotifySupervisor]:
    """Nobody may travel to a meeting that does not take place: a neutral message, unless somebody tells them first."""
    day, known = after.news and after.news.day, before and before.news and before.news.day
    key = f"{after.ref}.{after.version}.{MessageKind.DAY_CANCELLED}"
    if not day or day == known:
        if before is not None and record.by.role is Role.VICTIM and cancelled_day(before, after, record.event):
            yield from _alert_to_cancelled_day(after, key, Role.VICTIM)
        return
    is_eve = after.news is not None and (day - after.calendar.day_of(after.news.wait.since)).days <= 1
    yield NotifyVictim(
        f"{key}.{Role.VICTIM}",
        after.ref,
        MessageKind.DAY_CANCELLED,
        after.stage,
        told_step(after),
        day=day,
        urgent=is_eve,
    )
    yield from _alert_to_cancelled_day(after, key)


def _alert_to_cancelled_day(case: Case, key: str, by: str = "") -> Iterator[NotifySupervisor]:
    """Alert supervisors and the caseworker that the meeting day is cancelled, `by` the victim where they did it."""
    event = MessageKind.DAY_CANCELLED
    yield NotifySupervisor(f"{key}.{Role.SUPERVISOR}", case.ref, event, by, urgent=True)
    if case.assigned_to:
        yield NotifySupervisor(f"{key}.{Role.CASEWORKER}", case.ref, event, by, urgent=True, account=case.assigned_to)


def _block_ignored(before: Case, after: Case, event: Event) -> str:
    """Why contact was blocked when what `event` reports happened; empty where it was not."""
    match event:
        case MeetingHeld(form=form):
            blocks = blocks_meeting(before, form, after.progress.contacts[-1].held_on, frozenset(Condition))
        case _:
            kinds = (kind for kind in ANSWERS if isinstance(event, answers_to(kind)))
            asked = [wait for wait in waits_of(before, *kinds) if wait.paused_since is None]
            blocks = () if asked else (Block(Refusal.NOT_ASKED),)
    return blocks[0].code if blocks else ""


def _about(event: Event) -> str:
    match event:
        case BecameOverdue(wait=wait) | SecondNotice(wait=wait):
            return wait
        case AskFailed(wait=wait, problem=problem):
            return f"{problem}:{wait}"
        case DeadlineNear(kind=kind):
            return kind
        case DeathReported(whose=whose):
            return whose
        case _:
            return ""
