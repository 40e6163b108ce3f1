"""Messages to agencies over HTTP. The API's documentation is generated from these classes."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from domain.effects import Ask
from domain.vocabulary import CaseRef, WaitKey, WaitKind, wait_kind

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
class PingMessage:
    """Asks nothing: an operator checks whether the agency can be reached. Any 2xx says so."""

    type: Literal["ping"] = "ping"


OutgoingMessage = AskMessage | AskCancelledMessage | PingMessage


def question_of_ask(key: str) -> WaitKind:
    """Return the question of the ask with the key `key`."""
    return wait_kind(WaitKey(key.split(".", 2)[2]))


def ask_key(ask: Ask) -> str:
    """Return the key of the ask itself, where `ask` may be a reminder of it."""
    return ask.key.removesuffix(f".reminder-{ask.reminder}")
