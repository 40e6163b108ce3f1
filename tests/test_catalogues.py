"""2.10b, 2.10d: the catalogues have every sentence that victims read, and the service has what they compile to."""

import re
from datetime import date
from itertools import product

import pytest

from catalogues.__main__ import COMPILED, TEMPLATE, compile_catalogue, list_sentences, read_catalogue, translations_of
from domain.effects import NotifyVictim
from domain.reasons import Reason
from domain.translations import ENGLISH, WELSH, WELSH_MONTHS, NotTranslated, translate
from domain.victim_explanation import compose
from domain.victim_notifications import MessageKind
from domain.vocabulary import Stage, Step
from tests.adapters.batches import REF

SENTENCES = list_sentences()
CATALOGUE = read_catalogue()
WRITE = "python -m catalogues"


def test_the_service_has_the_catalogue_as_it_is_compiled() -> None:
    assert COMPILED.read_text(encoding="utf-8") == compile_catalogue(translations_of(CATALOGUE)), WRITE


def test_no_sentence_is_missing_and_none_is_left_over() -> None:
    assert list(translations_of(CATALOGUE)) == SENTENCES, WRITE
    assert [message.id for message in read_catalogue(TEMPLATE) if message.id] == SENTENCES, WRITE


def test_the_welsh_is_marked_as_a_draft() -> None:
    assert "DRAFT" in CATALOGUE.header_comment


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_translation_has_the_same_parts_to_fill_in_and_differs(sentence: str) -> None:
    welsh = translations_of(CATALOGUE)[sentence]
    assert sorted(re.findall(r"\{\w+\}", welsh)) == sorted(re.findall(r"\{\w+\}", sentence))
    assert welsh != sentence
    assert welsh.endswith(".") == sentence.endswith(".")


def test_every_message_is_in_welsh_throughout() -> None:
    views = product(Stage, Step, (None, *Reason), MessageKind, (None, date(2026, 9, 23)))
    lines = {
        line
        for stage, step, reason, message, day in views
        for line in compose(NotifyVictim("", REF, message, stage, step, reason, day))
    }
    for line in lines:
        welsh = translate(line, WELSH)
        assert welsh != line
        assert "September" not in welsh
        assert translate(line, ENGLISH) == line


def test_a_day_is_written_as_in_welsh() -> None:
    assert "4 Mehefin 2026" in translate(
        "You will hear from us again by 4 June 2026, even if nothing has changed by then.", WELSH
    )
    assert len(set(WELSH_MONTHS)) == 12


def test_a_sentence_without_a_translation_is_never_sent_half_in_english() -> None:
    with pytest.raises(NotTranslated):
        translate("It is your choice. Whatever this says.", WELSH)
