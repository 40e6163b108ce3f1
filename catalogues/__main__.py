"""Update the catalogues from the texts, and compile them: `python -m catalogues`.

`catalogues/messages.pot` has every sentence that victims read. `catalogues/cy.po` has the Welsh of each: a draft, until
somebody who speaks Welsh has checked it and removed its comment. `domain/welsh.py` is made of it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from domain.translations import split_sentences
from domain.wording import my_case, victim, victim_endings

HERE = Path(__file__).parent
TEMPLATE, WELSH = HERE / "messages.pot", HERE / "cy.po"
COMPILED = HERE.parent / "domain" / "welsh.py"
NO_DATE = datetime(2026, 11, 30, 12, tzinfo=UTC)
"""So that nothing but the sentences changes the files."""
HEADER = "# {title}\n# DRAFT: nobody who speaks the language has checked it yet.\n#"


def list_sentences() -> list[str]:
    """Every sentence that victims read, in the order of the texts."""
    texts = (
        text
        for module in (victim, victim_endings, my_case)
        for name, value in vars(module).items()
        if name.isupper() and not name.startswith("_")
        for text in _texts_in(value)
    )
    sentences = (sentence for text in texts for sentence in split_sentences(text))
    # One that is made of braces alone has nothing to translate.
    return list(dict.fromkeys(s for s in sentences if any(map(str.isalpha, re.sub(r"\{[^}]*\}", "", s)))))


def read_catalogue(path: Path = WELSH) -> Catalog:
    """The catalogue in a file."""
    with path.open("rb") as file:
        return read_po(file, locale="cy")


def write_catalogues() -> None:
    """Bring the template and the catalogue up to date with the texts; a translation that is no longer used goes."""
    template = Catalog(header_comment=HEADER.format(title="What victims read."), creation_date=NO_DATE)
    for sentence in list_sentences():
        template.add(sentence)
    catalogue = read_catalogue()
    catalogue.update(template, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    for path, content in ((TEMPLATE, template), (WELSH, catalogue)):
        with path.open("wb") as file:
            write_po(file, content, width=120, omit_header=False, ignore_obsolete=True)


def compile_catalogue(translations: Mapping[str, str]) -> str:
    """The module of these translations."""
    lines = [f"    {_quote(sentence)}: {_quote(text)}," for sentence, text in translations.items()]
    parts = (
        '"""Welsh, as `python -m catalogues` compiles it from `catalogues/cy.po`: change it there. It is a draft."""\n',
        "# ruff: noqa: E501",
        "# fmt: off\n",
        "SENTENCES: dict[str, str] = {",
        *lines,
        "}\n",
    )
    return "\n".join(parts)


def translations_of(catalogue: Catalog) -> dict[str, str]:
    """Each sentence that the catalogue translates."""
    return {str(message.id): str(message.string) for message in catalogue if message.id and message.string}


def _texts_in(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts_in(inner)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from _texts_in(getattr(value, field.name))


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def main() -> None:
    """Update and compile."""
    write_catalogues()
    translations = translations_of(read_catalogue())
    COMPILED.write_text(compile_catalogue(translations), encoding="utf-8")
    for sentence in list_sentences():
        if sentence not in translations:
            print(f"not translated: {sentence}")  # noqa: T201 - for the translator


if __name__ == "__main__":
    main()
