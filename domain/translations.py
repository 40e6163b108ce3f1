"""The languages of messages to victims: English, and Welsh where an area has switched it on.

A text is translated sentence by sentence. `domain/welsh.py` is compiled from `catalogues/cy.po`.
"""

import re

from domain.days import MONTHS
from domain.welsh import SENTENCES

ENGLISH, WELSH = "en", "cy"

WELSH_MONTHS = (
    "Ionawr",
    "Chwefror",
    "Mawrth",
    "Ebrill",
    "Mai",
    "Mehefin",
    "Gorffennaf",
    "Awst",
    "Medi",
    "Hydref",
    "Tachwedd",
    "Rhagfyr",
)
_BETWEEN_SENTENCES = re.compile(r"(?<=[.?!])\s+")
_DAY = re.compile(rf"\b(\d{{1,2}}) ({'|'.join(MONTHS)}) (\d{{4}})\b")


class NotTranslated(Exception):
    """A sentence has no translation; the text is the sentence, which names nobody."""


def split_sentences(text: str) -> list[str]:
    """The sentences of a text, as the catalogues have them."""
    return _BETWEEN_SENTENCES.split(text)


def translate(text: str, language: str) -> str:
    """Return `text` in `language`, with its day written as there. Raises NotTranslated."""
    if language == ENGLISH:
        return text
    return " ".join(_translate_sentence(sentence) for sentence in split_sentences(text))


def _translate_sentence(sentence: str) -> str:
    """The Welsh of a sentence, which may have a day where the catalogue has `{day}`, or braces yet to be filled in."""
    day = _DAY.search(sentence)
    known = _DAY.sub("{day}", sentence)
    translated = SENTENCES.get(known)
    if translated is None:
        if any(map(str.isalpha, re.sub(r"\{\w+\}", "", known))):
            raise NotTranslated(known)
        translated = known
    if day is None:
        return translated
    number, month, year = day.groups()
    return translated.replace("{day}", f"{number} {WELSH_MONTHS[MONTHS.index(month)]} {year}")
