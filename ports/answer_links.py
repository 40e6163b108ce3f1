"""Answers by a link: what an agency without software of its own is asked, and what it answers on a page."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from domain.vocabulary import CaseRef, WaitKey, WaitKind
from ports.agencies import Agency


class LinkState(StrEnum):
    """Whether a link can be used."""

    LIVE = "live"
    ANSWERED = "answered"
    """Its ask was answered, by this link or another one."""
    CANCELLED = "cancelled"
    """No answer is needed any more."""
    REVOKED = "revoked"
    """It was sent to an address that is no longer the agency's."""
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class AnswerLink:
    """What a link asks, and its state.

    `ask` is the key of the ask, the same for each of its reminders; `agency` the id of the directory's entry that the
    link was sent to; `wait` what the case waits for. `due_on` is case time; `expires_at` and `answered_at` are real.
    `answers` counts the answers that the ask has had by its links, of which `message_id` is the last one's.
    """

    ask: str
    ref: CaseRef
    agency: str
    question: WaitKind
    wait: WaitKey
    due_on: date
    expires_at: datetime
    state: LinkState = LinkState.LIVE
    answers: int = 0
    answered_at: datetime | None = None
    message_id: str = ""

    @property
    def last_day(self) -> date:
        """The last day on which the link works."""
        return last_day(self.expires_at)


@dataclass(frozen=True, slots=True)
class LinkAnswer:
    """What was answered: an event with its data, codes only, and a free text.

    `seen` is how many answers the link had when the page was drawn: another one since then goes before this one.
    An answer that is not `final` (somebody needs more time) leaves the links of its ask usable.
    """

    event: str
    data: Mapping[str, Any]
    note: str = field(default="", repr=False)
    seen: int = 0
    final: bool = True


class AnswerLinks(Protocol):
    """Where links are looked up and answered."""

    async def find_link(self, token: str) -> AnswerLink | None:
        """What the link with `token` asks; None: there is no such link."""

    async def answer(self, token: str, agency: Agency, given: LinkAnswer) -> bool:
        """Store the answer of `agency`, to be delivered to the case, and use the link up, both or neither.

        False where the link takes no answer, or took another one since the page was drawn.
        """

    async def get_offender(self, link: AnswerLink) -> Mapping[str, str]:
        """`name` and `date_of_birth` of whom `link` asks about, as far as its question needs them and they are known.

        That the link's agency read them is kept.
        """


def last_day(expires_at: datetime) -> date:
    """The last day on which a link works that expires at `expires_at`."""
    return (expires_at - timedelta(microseconds=1)).date()
