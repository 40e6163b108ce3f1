"""A message as each form carries it: its words, with a greeting and how to change or stop messages."""

from domain.vocabulary import CaseRef, Contact
from domain.wording.victim import (
    CONTACT_US,
    GREETING,
    GREETING_WITHOUT_NAME,
    HOW_TO_CHANGE,
    HOW_TO_CHANGE_BRIEFLY,
    REFERENCE,
    REPLY_OR,
    SPEAK_TO_CASEWORKER,
    SUBJECT,
)
from ports.notifications import NotificationText

MAX_ADDRESS_LINES = 7
"""As GOV.UK Notify accepts them; the last one is the postcode or the country."""


def write_text(form: Contact, name: str, ref: CaseRef, wording: tuple[str, ...], contact: str) -> NotificationText:
    """Return the text of a message in a form that is sent; `contact` is how the service is reached."""
    match form:
        case Contact.EMAIL:
            return NotificationText(SUBJECT.format(ref=ref), email_text(name, ref, wording, contact))
        case Contact.LETTER:
            return NotificationText(wording[0], letter_text(name, ref, wording, contact))
        case _:
            return NotificationText("", text_message(wording, contact))


def email_text(name: str, ref: CaseRef, wording: tuple[str, ...], contact: str) -> str:
    """Return the text of an e-mail; `contact` is how the service is reached, empty: through the caseworker."""
    return _compose(name, ref, wording, REPLY_OR.format(how=_how(contact)))


def letter_text(name: str, ref: CaseRef, wording: tuple[str, ...], contact: str) -> str:
    """Return the text of a letter under its heading, which is the first line of `wording`."""
    return _compose(name, ref, wording[1:], _how(contact))


def text_message(wording: tuple[str, ...], contact: str) -> str:
    """Return a text message, which names nobody, since others may see it, and is as short as possible."""
    return "\n\n".join((*wording, HOW_TO_CHANGE_BRIEFLY.format(contact=contact)) if contact else wording)


def address_lines(name: str, address: str) -> tuple[str, ...]:
    """Return the name and the parts of the address, a line each; too many are joined, so that none is lost."""
    parts = [part.strip() for part in address.replace("\n", ",").split(",")]
    lines = [name, *(part for part in parts if part)]
    while len(lines) > MAX_ADDRESS_LINES:
        # The last line must remain separate.
        lines[-3:-1] = [f"{lines[-3]}, {lines[-2]}"]
    return tuple(lines)


def _how(contact: str) -> str:
    return CONTACT_US.format(contact=contact) if contact else SPEAK_TO_CASEWORKER


def _compose(name: str, ref: CaseRef, wording: tuple[str, ...], how: str) -> str:
    greeting = GREETING.format(name=name) if name else GREETING_WITHOUT_NAME
    return "\n\n".join((greeting, *wording, REFERENCE.format(ref=ref), HOW_TO_CHANGE.format(how=how)))
