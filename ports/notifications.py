"""Notifications on their way to victims, and the channels that send them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from pydantic import TypeAdapter

from domain.effects import NotifyVictim
from domain.vocabulary import CaseRef, Contact

ADDRESS_OF: dict[Contact, str] = {Contact.EMAIL: "email", Contact.TEXT: "phone", Contact.LETTER: "address"}
"""Which of the victim's details is the address for a form of contact; a caseworker telephones."""


@dataclass(frozen=True, slots=True)
class OutgoingNotification:
    """A notification that is leased to one sender; it has no words before it is sent.

    `reference` is the same for each attempt of one sending; `attempts` counts them, with the present one: above 1 an
    earlier one may have arrived without our knowing. `at` is the case's time at which it came up; `mail_id` is random.
    """

    effect: NotifyVictim
    reference: str
    attempts: int
    at: datetime
    mail_id: str

    @property
    def key(self) -> str:
        """The key of the effect."""
        return self.effect.key

    @property
    def ref(self) -> CaseRef:
        """The case."""
        return self.effect.ref


@dataclass(frozen=True, slots=True)
class MessageWords:
    """The lines of a message, which name nobody, and the code of their language.

    Others may read a `neutral` message: it does not say what the service is, or what it is about.
    """

    lines: tuple[str, ...]
    language: str = "en"
    neutral: bool = False


@dataclass(frozen=True, slots=True)
class NotificationText:
    """A message as it is sent in one form: an email and a letter have a subject, a text message has none."""

    subject: str = field(repr=False)
    body: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Recipient:
    """A victim's name, and their email address, telephone number, or postal address on one line.

    `about` is how they call the case themselves, or the name of the child that they speak for.
    """

    name: str = field(repr=False)
    address: str = field(repr=False)
    about: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ServiceContact:
    """Who a message is from: the service, the caseworker (empty: nobody yet), a telephone number, and who else helps.

    `support` is a line for victims outside the service, `complaints` how to complain.
    """

    service: str
    caseworker: str = field(repr=False)
    phone: str
    support: str
    complaints: str


class NotificationRejected(Exception):
    """A notification was not accepted; `code` says why, such as `status 503`, and names nobody.

    `permanent`: this address will never accept it.
    """

    def __init__(self, code: str, *, permanent: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.permanent = permanent


class NotificationChannel(Protocol):
    """Sends notifications to victims in the given forms."""

    forms: frozenset[Contact]

    async def send(
        self, form: Contact, to: Recipient, notification: OutgoingNotification, text: NotificationText
    ) -> str:
        """Send `text` at most once for its reference, as far as that can be known, and return the provider's id.

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


EFFECT_COLUMNS = ", ".join(f"notifications.{field.name}" for field in fields(NotifyVictim))
"""The columns of a notification to a victim on which its words depend."""

_EFFECT = TypeAdapter(NotifyVictim)


def read_effect(row: Mapping[str, Any]) -> NotifyVictim:
    """The effect that a row with `EFFECT_COLUMNS` holds."""
    return _EFFECT.validate_python({field.name: row[field.name] for field in fields(NotifyVictim)})


TakeMessageAction = Callable[[MessageAction, str, str, str], Awaitable[bool]]
"""Take an action on the message of a key, by an account, once under an id. Whether the message's state allowed it."""
