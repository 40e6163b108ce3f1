"""Every text that people read, with when they read it, for a service manager to approve.

`python -m domain.wording_guide --write docs/wordings.md` writes the page from the modules of `domain/wording`: each
table with the sentence under it in the module, and each text that is put together from parts.
"""

import argparse
import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from types import ModuleType
from typing import Any

from domain import wording
from domain.welsh import SENTENCES

SECTIONS: dict[str, tuple[str, ...]] = {
    "Victims": ("victim", "victim_endings", "my_case"),
    "Agencies": ("agencies",),
    "Supervisors, in alerts and in the morning": ("alerts", "digest"),
}
"""Who reads the texts of which modules; staff read the others."""

_INTRODUCTION = """# Wordings

All texts that people read, for the service's manager to approve. Words in braces are replaced by what they name. This
page is written by `python -m domain.wording_guide --write docs/wordings.md`; change the texts in `domain/wording`.

A message to a victim has these parts: a greeting, the victim's own words for the case, a heading, what happened (after
the opening for the occasion), what happens next, what could change, when they hear again, and who it is from. No text
to a victim depends on anything that they may not know, so texts are chosen by stage, step, reason and occasion alone.
"""


def write_guide() -> str:
    """Return the whole page."""
    parts = [_INTRODUCTION]
    listed = {name for names in SECTIONS.values() for name in names}
    others = (module.name for module in pkgutil.iter_modules(wording.__path__) if module.name not in listed)
    for reader, names in {**SECTIONS, "Staff": tuple(others)}.items():
        parts.append(f"## {reader}\n")
        for name in names:
            module = importlib.import_module(f"domain.wording.{name}")
            parts.append("\n".join(_module_lines(module)))
    parts.append(
        "## Victims, in Welsh\n\nA draft: nobody who speaks Welsh has checked it yet. It is sent only in areas that "
        "have switched it on. Days are written as `4 Mehefin 2026`. Translators work on `catalogues/cy.po`.\n"
    )
    parts += ["| English | Welsh |", "| --- | --- |"]
    parts += [f"| {_cell(sentence)} | {_cell(welsh)} |" for sentence, welsh in SENTENCES.items()]
    return "\n".join(parts).rstrip() + "\n"


def _module_lines(module: ModuleType) -> Iterator[str]:
    source = ast.parse(inspect.getsource(module))
    title, _, rest = (ast.get_docstring(source) or "").partition("\n")
    yield f"### {_cell(title.rstrip('.'))}\n"
    if rest.strip():
        yield f"{_cell(rest)}\n"
    statements = source.body
    for statement, following in zip(statements, [*statements[1:], None], strict=True):
        match following:
            case ast.Expr(value=ast.Constant(value=str(when))):
                pass
            case _:
                when = ""
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name), *_]):
                yield from _table_lines(name, getattr(module, name), when)
    composed = [line for statement in statements for line in _find_composed(statement)]
    if composed:
        yield "Put together from parts:\n"
        yield from composed
        yield ""


def _table_lines(name: str, value: object, when: str) -> Iterator[str]:
    rows = list(_rows(value))
    if not rows:
        return
    yield f"**{name.strip('_').replace('_', ' ').capitalize()}**{f': {_cell(when)}' if when else ''}\n"
    if rows == [("", value)]:
        yield f"> {_cell(str(value))}\n"
        return
    yield from ("| for | text |", "| --- | --- |", *(f"| {_cell(key)} | {_cell(text)} |" for key, text in rows), "")


def _rows(value: object, key: str = "") -> Iterator[tuple[str, str]]:
    """Each text in a value, with the codes that lead to it."""
    if isinstance(value, str) and not isinstance(value, Enum):
        if " " in value or value.endswith((".", ",")):
            yield key, value
    elif isinstance(value, Mapping):
        for inner, text in value.items():
            yield from _rows(text, f"{key} {_key(inner)}".strip())
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from _rows(getattr(value, field.name), f"{key} *{field.name.replace('_', ' ')}*".strip())
    elif isinstance(value, tuple):
        for text in value:
            yield from _rows(text, key)


def _key(key: Any) -> str:
    if isinstance(key, tuple):
        return " ".join(map(_key, key))
    return f"`{getattr(key, 'name', key) if isinstance(key, type) else key}`"


def _find_composed(statement: ast.stmt) -> Iterator[str]:
    """The texts that a function or a class puts together, without its docstrings."""
    if not isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        return
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(statement)
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and isinstance(node.body[0], ast.Expr)
    }
    inner = {id(part) for node in ast.walk(statement) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    for node in ast.walk(statement):
        text = ""
        if isinstance(node, ast.JoinedStr):
            text = ast.unparse(node)[2:-1]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inner | docstrings:
            text = node.value
        if " " in text.strip():
            yield f"- {_cell(text)}"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def main() -> None:
    """Write the page into the named file."""
    parser = argparse.ArgumentParser(prog="python -m domain.wording_guide", description=__doc__)
    parser.add_argument("--write", type=Path, required=True, metavar="FILE")
    parser.parse_args().write.write_text(write_guide(), encoding="utf-8")


if __name__ == "__main__":
    main()
