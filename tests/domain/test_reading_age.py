"""What victims read can be read at the age of 9 to 11, by the Flesch-Kincaid grade: a school year, age less five.

The formula (Kincaid and others, 1975) weighs words in a sentence and syllables in a word. Syllables are counted as
groups of vowels, without a silent e.
"""

import re
from dataclasses import astuple

import pytest

from domain.wording import my_case, victim, victim_endings
from domain.wording.my_case import ActText
from domain.wording.victim import VictimText

AGE_9, AGE_11 = 4.0, 6.0
"""Grades."""
LONGEST_SENTENCE = 20
"""Words."""

TEXTS: dict[str, VictimText] = {
    f"{module.__name__}.{name} {key}": text
    for module in (victim, victim_endings)
    for name, value in vars(module).items()
    for key, text in (value.items() if isinstance(value, dict) else [("", value)])
    if isinstance(text, VictimText)
}


ON_PAGES: dict[str, str] = {
    f"{name} {key}": text
    for name, value in vars(my_case).items()
    if name.isupper()
    for key, text in (
        value.items()
        if isinstance(value, dict)
        else [("", " ".join(f"{part}." for part in astuple(value)))]
        if isinstance(value, ActText)
        else [("", value)]
    )
}


def sentences(text: str) -> list[str]:
    return [part for part in re.split(r"(?<=[.?!:])\s+", text) if part]


def syllables(word: str) -> int:
    heard = re.sub(r"(?<=[^aeiouyl])e$|(?<=[^aeiouytd])ed$", "", word.lower())
    return max(1, len(re.findall(r"[aeiouy]+", heard)))


def grade(text: str) -> float:
    words = re.findall(r"[A-Za-z']+", text)
    return 0.39 * len(words) / len(sentences(text)) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


def read_aloud(text: VictimText) -> str:
    heading, *parts = astuple(text)
    return " ".join((f"{heading}.", *parts))


@pytest.mark.parametrize(
    ("word", "count"), [("time", 1), ("asked", 1), ("ended", 2), ("responsible", 4), ("request", 2)]
)
def test_syllables_are_counted_as_they_are_heard(word: str, count: int) -> None:
    assert syllables(word) == count


def test_the_formula_tells_plain_words_from_hard_ones() -> None:
    assert grade("We will ring you. You can say no.") < AGE_9
    assert grade("Notwithstanding the aforementioned determination, restorative intervention is inadvisable.") > 15


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_each_text_can_be_read_at_eleven(name: str) -> None:
    text = read_aloud(TEXTS[name])
    assert grade(text) <= AGE_11
    assert max(len(sentence.split()) for sentence in sentences(text)) <= LONGEST_SENTENCE


def test_all_texts_together_can_be_read_at_nine() -> None:
    assert grade(" ".join(read_aloud(text) for text in TEXTS.values())) <= AGE_9


@pytest.mark.parametrize("name", sorted(ON_PAGES))
def test_no_sentence_on_a_page_is_long(name: str) -> None:
    assert max(len(sentence.split()) for sentence in sentences(ON_PAGES[name])) <= LONGEST_SENTENCE


def test_the_pages_can_be_read_at_nine_and_each_act_at_eleven() -> None:
    assert grade(" ".join(f"{text}." for text in ON_PAGES.values())) <= AGE_9
    acts = [text for text in vars(my_case).values() if isinstance(text, ActText)]
    assert max(grade(" ".join(f"{part}." for part in astuple(text))) for text in acts) <= AGE_11
