"""What each form carries: the stored words whole, a greeting, and how to change or stop them."""

from datetime import date
from itertools import product

import pytest

from adapters.notifications.wording import address_lines, email_text, letter_text, text_message
from domain.effects import NotifyVictim
from domain.reasons import Reason
from domain.victim_explanation import compose
from domain.victim_notifications import MessageKind
from domain.vocabulary import Stage, Step
from tests.adapters.batches import REF
from tests.adapters.notifications.victims import WORDING

LONGEST_TEXT = 918
"""Characters of a text message that GOV.UK Notify takes, with what it puts before: the service's name."""
LONGEST_CONTACT = "0113 496 0000 (weekdays from 9am to 5pm)"
LONGEST_SERVICE_NAME = 30


def test_every_wording_fits_into_a_text_message_whole_in_letters_that_every_telephone_has() -> None:
    views = product(Stage, Step, (None, *Reason), MessageKind, (None, date(2026, 9, 23)))
    texts = {
        text_message(compose(NotifyVictim("", REF, message, stage, step, reason, day)), LONGEST_CONTACT)
        for stage, step, reason, message, day in views
    }

    assert len(texts) > 100
    assert max(map(len, texts)) <= LONGEST_TEXT - LONGEST_SERVICE_NAME
    assert all(text.isascii() for text in texts)


def test_an_e_mail_says_how_to_change_it_and_whom_to_ask() -> None:
    text = email_text("Gwen Ashworth", REF, WORDING, "0113 496 0000")

    assert text.startswith("Dear Gwen Ashworth,\n\n")
    assert text.endswith("To do that, or to ask us anything, reply to this message, or contact us: 0113 496 0000.")
    assert f"Your reference is {REF}." in text


def test_without_a_contact_the_caseworker_is_whom_to_ask() -> None:
    assert email_text("Gwen", REF, WORDING, "").endswith("reply to this message, or speak to your caseworker.")
    assert letter_text("Gwen", REF, WORDING, "").endswith(
        "To do that, or to ask us anything, speak to your caseworker."
    )
    assert text_message(WORDING, "").endswith(WORDING[-1])


def test_a_victim_without_a_name_is_greeted_too() -> None:
    assert email_text("", REF, WORDING, "").startswith("Hello,\n\n")


def test_nobody_s_name_is_in_a_text_message_and_every_word_is() -> None:
    text = text_message(WORDING, "0113 496 0000")

    assert not text.startswith("Dear")
    assert all(line in text for line in WORDING)
    assert text.endswith("To change or stop these: 0113 496 0000")


def test_a_letter_does_not_repeat_its_heading() -> None:
    assert WORDING[0] not in letter_text("Gwen", REF, WORDING, "").split("\n\n")


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
