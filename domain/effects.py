"""What must be done because of an entry: ask an agency, remind it, call an ask back, tell somebody.

A duty's key never changes and never recurs, so that doing it twice does nothing twice.
"""

from dataclasses import dataclass
from datetime import date

from domain.case import Case, find_wait
from domain.events import (
    AgencyCheckAnswered,
    AskFailed,
    AskRetried,
    AskReturned,
    BecameOverdue,
    Chased,
    DeadlineNear,
    Event,
    HoldEnded,
    OffenderAnswered,
    OffenderApproached,
    ReadinessAssessed,
    Record,
    ReviewRequested,
    SecondNotice,
    TraceAnswered,
)
from domain.reasons import Reason
from domain.senders import speaks_for
from domain.telling import hears_again_on, tells_victim
from domain.vocabulary import AgencyRef, CaseRef, Role, Stage, Step, WaitKey, WaitKind, is_agency
from domain.waits import Wait

TELLS_SUPERVISOR = (BecameOverdue, SecondNotice, HoldEnded, DeadlineNear, ReviewRequested, AskFailed)
"""Of these a supervisor is told."""


ANSWERS: dict[WaitKind, type[Event]] = {
    WaitKind.TRACE: TraceAnswered,
    WaitKind.AGENCY_CHECK: AgencyCheckAnswered,
    WaitKind.APPROACH: OffenderApproached,
    WaitKind.OFFENDER_ANSWER: OffenderAnswered,
    WaitKind.ASSESSMENT: ReadinessAssessed,
}
"""Which event answers what an agency is asked."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask `agency` (of `area`, where it names a kind only) the `question`, or remind it when `reminder` is not 0."""

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
    """Tell `agency` that the ask with the key `ask` needs no answer any more."""

    key: str
    ref: CaseRef
    area: str
    agency: AgencyRef
    ask: str


@dataclass(frozen=True, slots=True)
class Tell:
    """Tell the victim or a supervisor: `message` is the occasion, the rest is all that the wording may depend on."""

    key: str
    ref: CaseRef
    to: Role
    message: str
    stage: Stage
    step: Step
    reason: Reason | None = None
    hears_again_on: date | None = None
    about: str = ""


Effect = Ask | CancelAsk | Tell


def asks(case: Case) -> tuple[Ask, ...]:
    """The asks that are wanted now: none while the case rests, and none that cannot be delivered."""
    return tuple(_ask(case, wait) for wait in _asking(case) if not wait.undelivered)


def _asking(case: Case) -> tuple[Wait, ...]:
    """The waits for which agencies are asked, also in vain; none while the case rests."""
    waits = () if case.is_on_hold else case.progress.waits
    return tuple(wait for wait in waits if wait.asked and is_agency(wait.waiting_on))


def _ask(case: Case, wait: Wait, reminder: int = 0) -> Ask:
    key = f"{case.ref}.{wait.asked}.{wait.key}" + (f".reminder-{reminder}" if reminder else "")
    agency = AgencyRef(wait.waiting_on)
    return Ask(key, case.ref, case.request.area, agency, wait.kind, wait.due_on, reminder)


def effects(before: Case | None, after: Case, record: Record) -> tuple[Effect, ...]:
    """What follows from the entry of `record` that made `after` of `before`."""
    known = {ask.key for ask in asks(before)} if before else set()
    fresh = tuple(ask for ask in asks(after) if ask.key not in known)
    return (
        *_cancellations(before, after, record),
        *fresh,
        *_reminder(after, record),
        *_told(before, after, record),
    )


def _cancellations(before: Case | None, after: Case, record: Record) -> tuple[CancelAsk, ...]:
    """What must be cancelled: whatever was asked, also what perhaps did not arrive; but not to ask it anew."""
    if before is None or isinstance(record.event, AskRetried):
        return ()
    asked = (_ask(before, wait) for wait in _asking(before))
    wanted = {_ask(after, wait).key for wait in _asking(after)}
    over = (ask for ask in asked if ask.key not in wanted and not _answers(before, record, ask))
    return tuple(CancelAsk(f"{ask.key}.cancel", ask.ref, ask.area, ask.agency, ask.key) for ask in over)


def _answers(case: Case, record: Record, ask: Ask) -> bool:
    """Whether `record` answers `ask`: the asked agency's own word on it, or staff's on its behalf."""
    if not isinstance(record.event, (ANSWERS[ask.question], AskReturned)):
        return False
    spoken_for = record.by.role is Role.AGENCY or record.by.on_behalf_of is not None
    return spoken_for and speaks_for(case, record.by, ask.agency)


def _reminder(after: Case, record: Record) -> tuple[Ask, ...]:
    if not isinstance(record.event, Chased):
        return ()
    wait = find_wait(after, record.event.wait)
    return (_ask(after, wait, wait.chases),) if wait and is_agency(wait.waiting_on) and wait.asked else ()


def _told(before: Case | None, after: Case, record: Record) -> tuple[Tell, ...]:
    told = []
    message = tells_victim(before, after, record.event)
    if message is not None:
        told.append(_tell(after, Role.VICTIM, message))
    if isinstance(record.event, TELLS_SUPERVISOR):
        told.append(_tell(after, Role.SUPERVISOR, record.event.name, _about(record)))
    return tuple(told)


def _tell(case: Case, to: Role, message: str, about: str = "") -> Tell:
    key = f"{case.ref}.{case.version}.{to}"
    reason = case.progress.reason
    return Tell(key, case.ref, to, message, case.stage, case.step, reason, hears_again_on(case), about)


def _about(record: Record) -> str:
    match record.event:
        case BecameOverdue(wait=wait) | SecondNotice(wait=wait):
            return wait
        case AskFailed(wait=wait, problem=problem):
            return f"{problem}:{wait}"
        case DeadlineNear(kind=kind):
            return kind
        case _:
            return ""
