"""What those who bring notices to victims have in common: the notice on its way, and how a way may fail."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from domain.vocabulary import CaseRef, Contact

ADDRESS_OF: dict[Contact, str] = {Contact.EMAIL: "email", Contact.TEXT: "phone", Contact.LETTER: "address"}
"""Under which of the victim's details a form finds its address; a caseworker speaks by telephone."""


@dataclass(frozen=True, slots=True)
class OutgoingNotification:
    """A notice to be sent, nobody else's for a while.

    `reference` is the same for each try of one sending; `attempts` counts its tries, this one too: above 1 an earlier
    one may have arrived without our knowing.
    """

    key: str
    ref: CaseRef
    reference: str
    wording: tuple[str, ...] = field(repr=False)
    attempts: int


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a notice goes to, and where: an e-mail address, a telephone number, or a postal address on one line."""

    name: str = field(repr=False)
    address: str = field(repr=False)


class NotificationRejected(Exception):
    """A notice was not taken: `code` says how, such as `status 503`, and names nobody.

    `permanent`: this address will never take it.
    """

    def __init__(self, code: str, *, permanent: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.permanent = permanent


class NotificationChannel(Protocol):
    """How notices reach victims."""

    @property
    def forms(self) -> frozenset[Contact]:
        """What it can send."""

    async def send(self, form: Contact, to: Recipient, notice: OutgoingNotification) -> str:
        """Send `notice`, at most once for its reference as far as that can be known; the provider's id of it.

        Raises NotificationRejected.
        """


class MessageAction(StrEnum):
    """What staff do about a message to a victim that needs a person."""

    RESOLVE = "resolved"
    """A person has told the victim."""
    RESEND = "resent"
    """It is sent again, to where the victim is reached now."""
    RETURN = "returned"
    """What was sent has come back: telling the victim is a task now."""


TakeMessageAction = Callable[[MessageAction, str, str, str], Awaitable[bool]]
"""Take an action on the message of a key, by an account, once under an id. Whether the message's state allowed it."""
