"""`docs/wordings.md` has every text that people read, as it is now."""

import importlib
import pkgutil
from pathlib import Path

import pytest

import domain.wording
from domain.wording.victim import OPENINGS, STEPS
from domain.wording.victim_endings import ENDINGS
from domain.wording_guide import write_guide

GUIDE = write_guide()


def test_the_page_is_up_to_date() -> None:
    page = Path(__file__).parents[2] / "docs/wordings.md"
    assert page.read_text(encoding="utf-8") == GUIDE, "python -m domain.wording_guide --write docs/wordings.md"


def test_the_page_has_every_module_of_texts() -> None:
    for module in pkgutil.iter_modules(domain.wording.__path__):
        docstring = importlib.import_module(f"domain.wording.{module.name}").__doc__ or ""
        assert f"### {docstring.partition(chr(10))[0].rstrip('.')}" in GUIDE


@pytest.mark.parametrize("text", [*STEPS.values(), *ENDINGS.values()])
def test_the_page_has_every_part_of_what_victims_read(text: object) -> None:
    assert all(getattr(text, name) in GUIDE for name in ("heading", "happened", "next", "could_change"))
    assert all(opening.sentences in GUIDE for opening in OPENINGS.values())
