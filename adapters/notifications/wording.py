"""A message as each form carries it: its words, a greeting, who it is from, and how to complain, change or stop it."""

from dataclasses import asdict, replace

from domain.translations import translate
from domain.vocabulary import CaseRef, Contact
from domain.wording.victim import (
    ABOUT,
    BRIEF_ABOUT,
    BRIEF_CASEWORKER,
    BRIEF_COMPLAINTS,
    BRIEF_FROM,
    BRIEF_HOW_TO_CHANGE,
    BRIEF_SUPPORT,
    COMPLAINTS,
    FROM_CASEWORKER,
    FROM_SERVICE,
    GREETING,
    GREETING_WITHOUT_NAME,
    HOW_TO_CHANGE,
    HOW_TO_CHANGE_BY_REPLY,
    MORE_BY_TELEPHONE,
    NEUTRAL_CASEWORKER,
    NEUTRAL_NUMBER,
    REFERENCE,
    SUBJECT,
    SUPPORT,
)
from ports.notifications import MessageWords, NotificationText, Recipient, ServiceContact

MAX_ADDRESS_LINES = 7
"""As GOV.UK Notify accepts them; the last one is the postcode or the country."""
LONGEST_TEXT = 918 - 30
"""Characters of a text message that GOV.UK Notify takes, without what it puts before: the service's name."""
HEADING, HAPPENED, NEXT, COULD_CHANGE = range(4)
"""The lines of a message."""


def write_text(
    form: Contact, to: Recipient, ref: CaseRef, words: MessageWords, service: ServiceContact
) -> NotificationText:
    """Return the text of a message in a form that is sent; a letter has its heading as its subject.

    Raises NotTranslated.
    """
    lines, language = words.lines, words.language
    if words.neutral:
        ring = NEUTRAL_CASEWORKER if service.caseworker else NEUTRAL_NUMBER
        parts = (*lines[form is Contact.LETTER :], translate(ring, language).format(**asdict(service)))
        return NotificationText("" if form is Contact.TEXT else lines[HEADING], "\n\n".join(parts))
    match form:
        case Contact.EMAIL:
            subject = translate(SUBJECT, language).format(ref=ref)
            return NotificationText(subject, _compose(to, ref, words, service, HOW_TO_CHANGE_BY_REPLY))
        case Contact.LETTER:
            body = _compose(to, ref, replace(words, lines=lines[1:]), service, HOW_TO_CHANGE)
            return NotificationText(lines[HEADING], body)
        case _:
            return NotificationText("", "\n\n".join((*lines, _brief_footer(to.about, service, language))))


def fit_into_text_message(words: MessageWords, about: str, service: ServiceContact) -> MessageWords:
    """Return the lines that a text message has room for; where some are left out, it says so. Raises NotTranslated."""
    if words.neutral:
        return words
    room = LONGEST_TEXT - len(_brief_footer(about, service, words.language)) - 2
    more = translate(MORE_BY_TELEPHONE, words.language)
    for left_out in ((), (COULD_CHANGE,), (NEXT, COULD_CHANGE)):
        lines = tuple(line for number, line in enumerate(words.lines) if number not in left_out)
        lines = (*lines, more) if left_out else lines
        if len("\n\n".join(lines)) <= room:
            return replace(words, lines=lines)
    return replace(words, lines=(words.lines[HEADING], more))


def address_lines(name: str, address: str) -> tuple[str, ...]:
    """Return the name and the parts of the address, a line each; too many are joined, so that none is lost."""
    parts = [part.strip() for part in address.replace("\n", ",").split(",")]
    lines = [name, *(part for part in parts if part)]
    while len(lines) > MAX_ADDRESS_LINES:
        # The last line must remain separate.
        lines[-3:-1] = [f"{lines[-3]}, {lines[-2]}"]
    return tuple(lines)


def _compose(to: Recipient, ref: CaseRef, words: MessageWords, service: ServiceContact, how: str) -> str:
    before = (GREETING if to.name else GREETING_WITHOUT_NAME, *((ABOUT,) if to.about else ()))
    after = (FROM_CASEWORKER if service.caseworker else FROM_SERVICE, SUPPORT, COMPLAINTS, REFERENCE, how)
    facts = {**asdict(service), "name": to.name, "about": to.about, "ref": ref}
    opening, footer = ([translate(text, words.language).format(**facts) for text in texts] for texts in (before, after))
    return "\n\n".join((*opening, *words.lines, *footer))


def _brief_footer(about: str, service: ServiceContact, language: str) -> str:
    """The end of a text message, which does not name the victim, since others may see it."""
    caseworker = service.caseworker or translate(BRIEF_CASEWORKER, language)
    facts = {**asdict(service), "caseworker": caseworker, "about": about}
    texts = (BRIEF_FROM, BRIEF_SUPPORT, BRIEF_COMPLAINTS, BRIEF_HOW_TO_CHANGE)
    return " ".join(translate(text, language).format(**facts) for text in ((BRIEF_ABOUT, *texts) if about else texts))
