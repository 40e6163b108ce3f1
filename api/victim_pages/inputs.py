"""What a victim enters on their pages, and what is to be corrected in it; every text is in the language of the page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from api.answer_page.forms import ChoiceField, FormError, FormFields, Option
from domain.vocabulary import Contact
from domain.wording import my_case as words
from ports.notifications import ADDRESS_OF
from ports.requests import InvalidInput, ReadDetails

Translate = Callable[[str], str]

WORDS, WEEKS, CONTACT = "words", "weeks", "contact"
MAX_WORDS = 2000

MISSING = {"email": words.EMAIL_MISSING, "phone": words.PHONE_MISSING, "address": words.ADDRESS_MISSING}
WRONG = {"email": words.EMAIL_WRONG, "phone": words.PHONE_WRONG, "address": words.ADDRESS_WRONG}


@dataclass(frozen=True, slots=True)
class TextInput:
    """A line to enter, or a text of some `rows`."""

    name: str
    label: str
    hint: str = ""
    kind: str = "text"
    rows: int = 0
    autocomplete: str = "off"


@dataclass(frozen=True, slots=True)
class ContactInput:
    """How the victim wants to be reached, as they entered it; `details` are those that differ from the present ones."""

    contact: Contact
    details: Mapping[str, str]


def words_input(t: Translate) -> TextInput:
    """Their own words, which they may leave out."""
    return TextInput(WORDS, t(words.WORDS_LABEL), t(words.WORDS_HINT), rows=4)


def break_input(t: Translate) -> ChoiceField:
    """How long a break is."""
    options = tuple(Option(str(weeks), t(label)) for weeks, label in words.BREAK_WEEKS.items())
    return ChoiceField(WEEKS, t(words.BREAK_LEGEND), options, t(words.BREAK_MISSING))


def contact_inputs(t: Translate) -> tuple[ChoiceField | TextInput, ...]:
    """How the victim is reached, and where."""
    options = tuple(Option(contact, t(label)) for contact, label in words.CONTACT_CHOICES.items())
    return (
        ChoiceField(CONTACT, t(words.CONTACT_LEGEND), options, t(words.CONTACT_MISSING), t(words.CONTACT_HINT)),
        TextInput("email", t(words.EMAIL), kind="email", autocomplete="email"),
        TextInput("phone", t(words.PHONE), kind="tel", autocomplete="tel"),
        TextInput("address", t(words.ADDRESS), rows=3, autocomplete="street-address"),
    )


def read_text(fields: FormFields, name: str) -> str:
    """What was entered, without blanks around it."""
    return next(iter(fields.get(name, ())), "").replace("\r\n", "\n").replace("\0", "").strip()


def find_words_error(fields: FormFields, t: Translate) -> tuple[FormError, ...]:
    """What is to be corrected in the victim's own words."""
    is_too_long = len(read_text(fields, WORDS)) > MAX_WORDS
    return (FormError(WORDS, WORDS, t(words.WORDS_TOO_LONG)),) if is_too_long else ()


def read_weeks(fields: FormFields, t: Translate) -> int | FormError:
    """How many weeks a break is."""
    weeks = read_text(fields, WEEKS)
    if weeks not in {str(known) for known in words.BREAK_WEEKS}:
        return FormError(WEEKS, WEEKS, t(words.BREAK_MISSING))
    return int(weeks)


def read_contact(
    fields: FormFields, now: Mapping[str, str], read: ReadDetails, t: Translate
) -> ContactInput | tuple[FormError, ...]:
    """How the victim wants to be reached; `now` are the present details, and `read` the rules for new ones."""
    chosen = read_text(fields, CONTACT)
    if chosen not in set(Contact):
        return (FormError(CONTACT, CONTACT, t(words.CONTACT_MISSING)),)
    contact, entered = Contact(chosen), {name: read_text(fields, name) for name in MISSING}
    errors = {}
    needed = "phone" if contact is Contact.PHONE else ADDRESS_OF.get(contact)
    if needed is not None and not entered[needed]:
        errors[needed] = MISSING[needed]
    for name, value in entered.items():
        if value and value != now.get(name, ""):
            try:
                read({"name": "-", name: value})
            except InvalidInput:
                errors[name] = WRONG[name]
    if errors:
        return tuple(FormError(name, name, t(text)) for name, text in errors.items())
    return ContactInput(contact, {name: value for name, value in entered.items() if value != now.get(name, "")})
