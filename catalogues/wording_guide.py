"""Every text that people read, with when they read it, for a service manager to approve.

`python -m catalogues.wording_guide --write docs/wordings.md` writes the page from the modules of `domain/wording`: each
table with the sentence under it in the module, which is for those above it too that have none, and each text that is
put together from parts. What people read elsewhere, such as emails to agencies, comes from the files in `ELSEWHERE`.
"""

import argparse
import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from pathlib import Path
from types import ModuleType
from typing import Any

from catalogues.source_texts import list_command_help, list_option_help, list_template_texts, list_texts
from domain import wording
from domain.welsh import SENTENCES

SECTIONS: dict[str, tuple[str, ...]] = {
    "Victims": ("victim", "victim_endings", "my_case"),
    "Agencies": ("agencies",),
    "Supervisors, in alerts and in the morning": ("alerts", "digest"),
}
"""Who reads the texts of which modules; staff read the others."""

ROOT = Path(__file__).parents[1]
ELSEWHERE: dict[str, tuple[tuple[str, str], ...]] = {
    "Agencies": (
        ("adapters/templates/ask.txt", "In the email with a request, and in each reminder of it"),
        ("adapters/templates/cancellation.txt", "In the email that cancels a request"),
        ("adapters/templates/update.txt", "In the email with an update"),
        ("adapters/templates/ping.txt", "In the email that tests an address (`rj agency ping`)"),
        ("api/answer_page/questions.py", "On the answer page: what can be answered, and what is then asked"),
        ("api/answer_page/routes.py", "On the answer page, around the question"),
        ("api/templates/question.html", "On the answer page, under the question"),
        ("api/answer_page/forms.py", "On the answer page, where something has to be corrected"),
        ("api/templates/received.html", "After an answer"),
        ("api/answer_page/messages.py", "Instead of the question, where a link asks nothing, or something is wrong"),
    ),
    "Supervisors, in alerts and in the morning": (("adapters/templates/digest.txt", "In the email with the digest"),),
    "Staff": (("api/problems.py", "By `rj` and HTTP, where something cannot be done"),),
}
"""What people read outside the modules of `domain/wording`, and when."""

_INTRODUCTION = """# Wordings

All texts that people read, for the service's manager to approve. Words in braces are replaced by what they name. This
page is written by `python -m catalogues.wording_guide --write docs/wordings.md`; change the texts in `domain/wording`,
or in the files that are named.

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
        parts += ["\n".join(_file_lines(path, when)) for path, when in ELSEWHERE.get(reader, ())]
    parts.append("\n".join(_help_lines()))
    parts.append(
        "## Victims, in Welsh\n\nA draft: nobody who speaks Welsh has checked it yet. It is sent only in areas that "
        "have switched it on. Days are written as `4 Mehefin 2026`. Translators work on `catalogues/cy.po`.\n"
    )
    parts += ["| English | Welsh |", "| --- | --- |"]
    parts += [f"| {_cell(sentence)} | {_cell(welsh)} |" for sentence, welsh in SENTENCES.items()]
    return "\n".join(parts).rstrip() + "\n"


@dataclass(frozen=True, slots=True)
class TextTable:
    """Texts of a module, by their names there, and when they are read; `when` is empty where nothing says so."""

    texts: dict[str, object]
    when: str


def list_tables(module: ModuleType) -> Iterator[TextTable]:
    """The texts of `module`: what a sentence under the last of them says is so of all above it that have none."""
    texts: dict[str, object] = {}
    for statement in ast.parse(inspect.getsource(module)).body:
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name), *_]):
                if any(_rows(getattr(module, name))):
                    texts[name] = getattr(module, name)
                continue
            case ast.Expr(value=ast.Constant(value=str(when))):
                pass
            case _:
                when = ""
        if texts:
            yield TextTable(texts, when)
        texts = {}
    if texts:
        yield TextTable(texts, "")


def _module_lines(module: ModuleType) -> Iterator[str]:
    source = ast.parse(inspect.getsource(module))
    title, _, rest = (ast.get_docstring(source) or "").partition("\n")
    yield f"### {_cell(title.rstrip('.'))}\n"
    if rest.strip():
        yield f"{_cell(rest)}\n"
    for table in list_tables(module):
        yield from _table_lines(table)
    for statement in source.body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            written = [f"- {_cell(text)}" for text in list_texts(statement)]
            if written:
                yield f"**{_cell((ast.get_docstring(statement) or statement.name).partition(chr(10))[0])}**\n"
                yield from (*written, "")


def _table_lines(table: TextTable) -> Iterator[str]:
    names = [name.strip("_").replace("_", " ").capitalize() for name in table.texts]
    yield f"**{', '.join(names)}**{f': {_cell(table.when)}' if table.when else ''}\n"
    rows = [
        (f"*{name.lower()}* {key}".strip() if len(names) > 1 else key, text)
        for name, value in zip(names, table.texts.values(), strict=True)
        for key, text in _rows(value)
    ]
    if len(rows) == 1:
        yield f"> {_cell(rows[0][1])}\n"
        return
    yield from ("| for | text |", "| --- | --- |", *(f"| {_cell(key)} | {_cell(text)} |" for key, text in rows), "")


def _file_lines(path: str, when: str) -> Iterator[str]:
    """The texts of a file outside `domain/wording`."""
    content = (ROOT / path).read_text(encoding="utf-8")
    texts = list_texts(ast.parse(content)) if path.endswith(".py") else list_template_texts(content)
    yield f"**{when}** (`{path}`):\n"
    yield from (f"- {_cell(text)}" for text in dict.fromkeys(texts))
    yield ""


def _help_lines() -> Iterator[str]:
    """The help of every command of `rj`, and of the options that several of them have."""
    sources = [ast.parse(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "cli").rglob("*.py"))]
    commands = sorted(row for source in sources for row in list_command_help(source))
    yield from ("### The help of rj\n", "| command | help |", "| --- | --- |")
    yield from (f"| `{name}` | {_cell(text)} |" for name, text in commands)
    yield "\nOptions and arguments that several commands have:\n"
    yield from (f"- {_cell(text)}" for source in sources for text in list_option_help(source))
    yield ""


_CODE = re.compile(r"[a-z]+(_[a-z]+)+")


def _rows(value: object, key: str = "") -> Iterator[tuple[str, str]]:
    """Each text in a value, with the codes that lead to it."""
    if isinstance(value, str) and not isinstance(value, Enum):
        if not _CODE.fullmatch(value):
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
    name = getattr(key, "name", key) if isinstance(key, type) else key
    return f"`{name}`" if name else "any other"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def main() -> None:
    """Write the page into the named file."""
    parser = argparse.ArgumentParser(prog="python -m catalogues.wording_guide", description=__doc__)
    parser.add_argument("--write", type=Path, required=True, metavar="FILE")
    parser.parse_args().write.write_text(write_guide(), encoding="utf-8")


if __name__ == "__main__":
    main()
