"""Links by which agencies without software of their own answer on a page."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from domain.days import to_london_day
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
    link was sent to; `wait` what the case waits for; `has_ended` says that the case has. `due_on` is case time, and
    `expires_at` and `answered_at` are real. `answers` counts the answers that the ask has had by its links, of which
    `message_id` is the last one's.
    """

    ask: str
    ref: CaseRef
    agency: str
    question: WaitKind
    wait: WaitKey
    due_on: date
    expires_at: datetime
    state: LinkState = LinkState.LIVE
    has_ended: bool = False
    answers: int = 0
    answered_at: datetime | None = None
    message_id: str = ""

    @property
    def takes_concern(self) -> bool:
        """Whether a concern may be raised by the link, also one that takes no answer any more, until the case ends."""
        return self.takes_answer or (self.state is not LinkState.REVOKED and not self.has_ended)

    @property
    def takes_answer(self) -> bool:
        """Whether the link takes an answer."""
        return self.state is LinkState.LIVE

    @property
    def last_day(self) -> date:
        """The last day on which the link works."""
        return last_day(self.expires_at)


@dataclass(frozen=True, slots=True)
class LinkAnswer:
    """An answer: an event with its data, which are codes only, and a free text.

    `seen` is how many answers the link had when the page was rendered, so that a later answer is not overwritten.
    An answer that is not `final`, such as one that asks for more time, leaves the links of its ask usable.
    """

    event: str
    data: Mapping[str, Any]
    note: str = field(default="", repr=False)
    seen: int = 0
    final: bool = True


class AnswerLinks(Protocol):
    """The links by which agencies answer."""

    async def find_link(self, token: str) -> AnswerLink | None:
        """Return what the link with `token` asks; None: there is no such link."""

    async def answer(self, token: str, agency: Agency, answer: LinkAnswer) -> bool:
        """Store the answer of `agency`, to be delivered to the case, and use the link up, both or neither.

        Return False where the link takes no answer, or had another one since the page was rendered.
        """

    async def raise_concern(self, token: str, agency: Agency, concern: LinkAnswer) -> bool:
        """Store a concern of `agency`, to be delivered to the case; the same one on one day counts once.

        It is no answer, so the link stays as it is. Return False where the link takes no concern.
        """

    async def get_offender(self, link: AnswerLink) -> Mapping[str, str]:
        """Return the `name` and `date_of_birth` that the link's question needs, as far as they are known.

        The access log has that the agency read them.
        """


def last_day(expires_at: datetime) -> date:
    """Return the last day on which a link works."""
    return to_london_day(expires_at - timedelta(microseconds=1))
