"""Messages to agencies over HTTP. The API's documentation is generated from these classes."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from domain.agency_updates import EndOutcome, UpdateKind
from domain.case import ConcernResult
from domain.effects import Ask
from domain.vocabulary import CaseRef, Form, WaitKey, WaitKind, wait_kind

Question = Literal["trace", "agency_check", "approach", "offender_answer", "assessment"]


@dataclass(frozen=True, slots=True)
class OffenderDetails:
    """The offender, as far as the agency must know: only in asks for a trace, a check or an approach."""

    name: str | None = None
    date_of_birth: str | None = None
    year_of_birth: int | None = None
    pnc_number: str | None = None
    nomis_number: str | None = None
    crn: str | None = None


@dataclass(frozen=True, slots=True)
class AskMessage:
    """An ask or a reminder. `ask` is its key, which is the same in every reminder and in a cancellation.

    `answer_to` is where the agency posts its answer, signed. `reminder` counts from 1; 0 is the ask itself.
    """

    type: Literal["ask", "reminder"]
    ask: str
    case: CaseRef
    question: Question
    due_on: date
    answer_to: str
    reminder: int = 0
    offender: OffenderDetails | None = None


@dataclass(frozen=True, slots=True)
class AskCancelledMessage:
    """The ask needs no answer any more."""

    ask: str
    case: CaseRef
    type: Literal["ask_cancelled"] = "ask_cancelled"


@dataclass(frozen=True, slots=True)
class CaseUpdateMessage:
    """What changed in a case in which the agency was asked, or which it referred. It needs no answer.

    `version` counts the entries of the case: an update with a lower one came late. `day` is that of the meeting which
    is set, moved or cancelled, `form` its type of contact; `outcome` is how the case ended, `result` that of a concern.
    """

    case: CaseRef
    version: int
    changed: tuple[UpdateKind, ...]
    day: date | None = None
    form: Form | None = None
    outcome: EndOutcome | None = None
    result: ConcernResult | None = None
    type: Literal["case_update"] = "case_update"


@dataclass(frozen=True, slots=True)
class PingMessage:
    """Asks nothing: an operator checks whether the agency can be reached. Any 2xx says so."""

    type: Literal["ping"] = "ping"


OutgoingMessage = AskMessage | AskCancelledMessage | CaseUpdateMessage | PingMessage


def question_of_ask(key: str) -> WaitKind:
    """Return the question of the ask with the key `key`."""
    return wait_kind(wait_of_ask(key))


def wait_of_ask(key: str) -> WaitKey:
    """Return the wait of the ask with the key `key`."""
    return WaitKey(key.split(".", 2)[2])


def ask_key(ask: Ask) -> str:
    """Return the key of the ask itself, where `ask` may be a reminder of it."""
    return ask.key.removesuffix(f".reminder-{ask.reminder}")
