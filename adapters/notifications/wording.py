"""A notice as each form carries it: the words that were stored, with a greeting and with how to change or stop them.

A subject says nothing of the case: it shows on locked screens, and in lists that others see.
"""

from domain.vocabulary import CaseRef

SUBJECT = "About your request {ref}"
GREETING = "Dear {name},"
NO_NAME = "Hello,"
YOUR_REFERENCE = "Your reference is {ref}."
CHANGE = (
    "You can change how you hear from us, or ask us to stop, at any time. You do not have to say why. "
    "To do that, or to ask us anything, {how}."
)
TELL_CASEWORKER = "speak to your caseworker"
CHANGE_BRIEFLY = "To change or stop these: {contact}"

MOST_LINES = 7
"""Of an address, as GOV.UK Notify takes it; the last one is the postcode or the country."""


def subject(ref: CaseRef) -> str:
    """The subject of an e-mail."""
    return SUBJECT.format(ref=ref)


def email_text(name: str, ref: CaseRef, wording: tuple[str, ...], contact: str) -> str:
    """The whole text of an e-mail; `contact` is how the service is reached, empty: through the caseworker."""
    how = (
        f"reply to this message, or contact us: {contact}"
        if contact
        else f"reply to this message, or {TELL_CASEWORKER}"
    )
    return _paragraphs(_greeting(name), *wording, YOUR_REFERENCE.format(ref=ref), CHANGE.format(how=how))


def letter_text(name: str, ref: CaseRef, wording: tuple[str, ...], contact: str) -> str:
    """The text of a letter under its heading, which is the first line of `wording`."""
    how = f"contact us: {contact}" if contact else TELL_CASEWORKER
    return _paragraphs(_greeting(name), *wording[1:], YOUR_REFERENCE.format(ref=ref), CHANGE.format(how=how))


def text_message(wording: tuple[str, ...], contact: str) -> str:
    """A text message: no name, since others may see it come in, and no longer than must be."""
    brief = CHANGE_BRIEFLY.format(contact=contact) if contact else ""
    return _paragraphs(*wording, brief)


def address_lines(name: str, address: str) -> tuple[str, ...]:
    """The lines of a letter's address: the name, then each part of the address; too many are joined, none is lost."""
    parts = [part.strip() for part in address.replace("\n", ",").split(",")]
    lines = [name, *(part for part in parts if part)]
    while len(lines) > MOST_LINES:
        # The last line has to stay by itself, so what is joined is what stands before it.
        lines[-3:-1] = [f"{lines[-3]}, {lines[-2]}"]
    return tuple(lines)


def _greeting(name: str) -> str:
    return GREETING.format(name=name) if name else NO_NAME


def _paragraphs(*lines: str) -> str:
    return "\n\n".join(line for line in lines if line)
