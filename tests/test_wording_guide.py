"""`docs/wordings.md` has every text that people read, as it is now."""

import ast
import importlib
import pkgutil

import pytest

import domain.wording
from catalogues.source_texts import list_template_texts, list_texts
from catalogues.wording_guide import ELSEWHERE, ROOT, list_tables, write_guide
from domain.wording.staff import STEP_LABELS
from domain.wording.victim import OPENINGS, STEPS
from domain.wording.victim_endings import ENDINGS

GUIDE = write_guide()


def test_the_page_is_up_to_date() -> None:
    page = ROOT / "docs/wordings.md"
    assert page.read_text(encoding="utf-8") == GUIDE, "python -m catalogues.wording_guide --write docs/wordings.md"


def test_the_page_has_every_module_of_texts() -> None:
    for module in pkgutil.iter_modules(domain.wording.__path__):
        docstring = importlib.import_module(f"domain.wording.{module.name}").__doc__ or ""
        assert f"### {docstring.partition(chr(10))[0].rstrip('.')}" in GUIDE


@pytest.mark.parametrize("text", [*STEPS.values(), *ENDINGS.values()])
def test_the_page_has_every_part_of_what_victims_read(text: object) -> None:
    assert all(getattr(text, name) in GUIDE for name in ("heading", "happened", "next", "could_change"))
    assert all(opening.sentences in GUIDE for opening in OPENINGS.values())


MODULES = [module.name for module in pkgutil.iter_modules(domain.wording.__path__)]


@pytest.mark.parametrize("name", MODULES)
def test_every_table_says_when_it_is_read(name: str) -> None:
    for table in list_tables(importlib.import_module(f"domain.wording.{name}")):
        assert table.when, f"a sentence under {', '.join(table.texts)} says when they are read"


def test_texts_of_one_word_are_on_the_page_too() -> None:
    for step, label in STEP_LABELS.items():
        assert f"`{step}` | {label} |" in GUIDE


def test_the_page_has_what_agencies_read_outside_the_modules_of_texts() -> None:
    listed = {path for files in ELSEWHERE.values() for path, _ in files}
    with_texts = {
        *(path for path in (ROOT / "adapters/templates").glob("*.txt")),
        *(path for path in (ROOT / "api/answer_page").glob("*.py") if any(list_texts(ast.parse(path.read_text())))),
    }
    assert {str(path.relative_to(ROOT)) for path in with_texts} <= listed
    for text in ("If somebody is in danger now, ring 999.", "We have cancelled a request to your agency in this case."):
        assert text in GUIDE


@pytest.mark.parametrize("code", ["(count", "format_day(", "is_overdue", "{%", "}}", "{("])
def test_no_code_is_on_the_page(code: str) -> None:
    assert code not in GUIDE


def test_texts_in_code_are_written_as_people_read_them() -> None:
    source = '''
def say(day, is_late):
    """Not a text."""
    if day is None:
        raise ValueError("not a text either")
    return f"{'Was due' if is_late else 'Due'} on {format_day(day)}." + "code_only"
'''
    assert list(list_texts(ast.parse(source))) == ["Was due / Due on {day}."]


def test_texts_in_templates_have_no_tags() -> None:
    template = "{% if reminder %}<h1>{{ title }}</h1>\n<p>Ring us, or write to <a>{{ contact_us }}</a>.</p>{% endif %}"
    assert list(list_template_texts(template)) == ["Ring us, or write to {contact us}."]
