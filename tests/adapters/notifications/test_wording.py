"""What each form carries: the words, a greeting, who it is from, and how to complain, change or stop the messages."""

from dataclasses import replace
from datetime import date
from itertools import product

import pytest

from adapters.notifications.wording import (
    HAPPENED,
    HEADING,
    LONGEST_TEXT,
    address_lines,
    fit_into_text_message,
    write_text,
)
from domain.effects import NotifyVictim
from domain.reasons import Reason
from domain.victim_explanation import compose
from domain.victim_notifications import MessageKind
from domain.vocabulary import Contact, Stage, Step
from domain.wording.victim import MORE_BY_TELEPHONE
from ports.notifications import MessageWords, Recipient, ServiceContact
from tests.adapters.batches import REF
from tests.adapters.notifications.victims import WORDING

SERVICE = ServiceContact(
    "the Eastmoor restorative justice service",
    "Chidi Okafor",
    "0113 496 0000",
    "Victim Support on 08 08 16 89 111",
    "Ring us and ask for a manager.",
)
LONGEST = ServiceContact("s" * 60, "c" * 60, "0113 496 0000 (weekdays from 9am to 5pm)", "l" * 60, "m" * 100)
GWEN = Recipient("Gwen Ashworth", "3 Mill Lane", "the break-in")
SENT_FORMS = (Contact.EMAIL, Contact.LETTER, Contact.TEXT)


def text_of(form: Contact, to: Recipient = GWEN, service: ServiceContact = SERVICE) -> str:
    return write_text(form, to, REF, MessageWords(WORDING), service).body


@pytest.mark.parametrize("form", SENT_FORMS)
def test_each_message_names_service_caseworker_number_support_line_and_how_to_complain(form: Contact) -> None:
    """2.11."""
    text = text_of(form)

    assert SERVICE.service in text
    assert SERVICE.caseworker in text
    assert SERVICE.phone in text
    assert SERVICE.support in text
    assert "complain" in text
    assert SERVICE.complaints in text


@pytest.mark.parametrize("form", SENT_FORMS)
def test_where_nobody_has_the_case_a_message_says_how_to_reach_one(form: Contact) -> None:
    """2.11."""
    text = text_of(form, service=replace(SERVICE, caseworker=""))

    assert "caseworker" in text
    assert SERVICE.phone in text


@pytest.mark.parametrize("form", SENT_FORMS)
@pytest.mark.parametrize("service", [SERVICE, replace(SERVICE, caseworker="")])
def test_a_neutral_message_names_a_number_and_not_what_the_service_is(form: Contact, service: ServiceContact) -> None:
    """2.2: others may read it."""
    cancelled = compose(NotifyVictim("", REF, MessageKind.DAY_CANCELLED, Stage.READINESS_ASSESSED, Step.PREPARING))
    text = write_text(form, GWEN, REF, MessageWords(cancelled, neutral=True), service)
    said = f"{text.subject} {text.body}"

    assert service.phone in said
    assert "appointment" in said
    telling = (SERVICE.service, SERVICE.support, "restorative", "request", "break-in", "Gwen", REF, "complain")
    assert [word for word in telling if word in said] == []


@pytest.mark.parametrize("form", SENT_FORMS)
def test_each_message_contains_the_victims_own_label_for_the_case(form: Contact) -> None:
    """2.9."""
    assert "the break-in" in text_of(form)
    assert "about: ." not in text_of(form, replace(GWEN, about=""))


def test_the_words_of_every_message_fit_into_a_text_message_or_it_says_that_there_is_more() -> None:
    views = product(Stage, Step, (None, *Reason), MessageKind, (None, date(2026, 9, 23)))
    wordings = {
        compose(NotifyVictim("", REF, message, stage, step, reason, day))
        for stage, step, reason, message, day in views
        if message is not MessageKind.LONG_WAIT or (reason is None and step is not Step.CLOSED)
    }
    assert len(wordings) > 100
    for wording, service in product(wordings, (SERVICE, LONGEST)):
        words = fit_into_text_message(MessageWords(wording), "a" * 60, service)
        text, lines = write_text(Contact.TEXT, Recipient("", "", "a" * 60), REF, words, service).body, words.lines
        assert len(text) <= LONGEST_TEXT
        assert text.isascii(), "in letters that every telephone has"
        assert lines == wording or lines[-1] == MORE_BY_TELEPHONE
        if service is SERVICE:
            assert {wording[HEADING], wording[HAPPENED], wording[-1]} <= set(lines)


def test_a_victim_without_a_name_is_greeted_too() -> None:
    assert text_of(Contact.EMAIL, replace(GWEN, name="")).startswith("Hello,\n\n")
    assert text_of(Contact.EMAIL).startswith("Dear Gwen Ashworth,\n\n")


def test_a_text_message_does_not_name_the_victim_and_has_every_word() -> None:
    text = text_of(Contact.TEXT)

    assert "Gwen" not in text
    assert all(line in text for line in WORDING)
    assert text.endswith("To change or stop these messages, ring us.")


def test_a_letter_does_not_repeat_its_heading() -> None:
    letter = write_text(Contact.LETTER, GWEN, REF, MessageWords(WORDING), SERVICE)

    assert letter.subject == WORDING[HEADING]
    assert letter.subject not in letter.body.split("\n\n")


@pytest.mark.parametrize(
    ("address", "lines"),
    [
        ("3 Mill Lane, Eastmoor, EM1 2AB", ("Gwen", "3 Mill Lane", "Eastmoor", "EM1 2AB")),
        ("3 Mill Lane\nEastmoor\nEM1 2AB", ("Gwen", "3 Mill Lane", "Eastmoor", "EM1 2AB")),
        (" 3 Mill Lane ,, Eastmoor", ("Gwen", "3 Mill Lane", "Eastmoor")),
        ("a, b, c, d, e, f, g, EM1 2AB", ("Gwen", "a", "b", "c", "d", "e, f, g", "EM1 2AB")),
    ],
)
def test_an_address_is_put_on_lines_of_which_none_is_lost(address: str, lines: tuple[str, ...]) -> None:
    assert address_lines("Gwen", address) == lines
