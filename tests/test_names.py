"""The parts of the naming rules in CONTRIBUTING.md that a program can check."""

import ast
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from domain.events import EVENTS
from tests.documents import read_current

ROOT = Path(__file__).parents[1]
NOT_PRODUCT = ("tests/", "benchmarks/", "docs/")
PARTICIPLES = frozenset(
    [
        "asked",
        "begun",
        "found",
        "given",
        "gone",
        "held",
        "heard",
        "kept",
        "known",
        "led",
        "lost",
        "made",
        "meant",
        "met",
        "paid",
        "said",
        "seen",
        "sent",
        "shown",
        "stood",
        "taken",
        "thought",
        "told",
        "understood",
        "written",
    ]
)
VERBS_IN_ED = frozenset({"embed", "exceed", "feed", "need", "proceed", "seed", "speed"})
NOUNS = frozenset({"Finding"})
"""Nouns that end in *ing*. Events are left out below: each is named for what happened."""
RECORDED_LIVES = "tests/workflows/recorded_lives.py"
"""Its functions are named as the histories in tests/histories are."""
QUOTING = frozenset({"test_import.py"})
"""Names a file of the shared cases."""
PREPOSITIONS = frozenset(
    [
        "again",
        "as",
        "at",
        "before",
        "by",
        "first",
        "for",
        "from",
        "in",
        "now",
        "of",
        "on",
        "out",
        "to",
        "together",
        "with",
        "yet",
    ]
)
ABANDONED_WORDS = re.compile(
    r"\b(anew|asides?|the door|beside|call-backs?|called back|doorkeeper|mend(?:s|ed|ing)?|stands?|whoever|whom)\b",
    re.IGNORECASE,
)


def list_files(*patterns: str) -> list[Path]:
    names = subprocess.check_output(["git", "ls-files", *patterns], cwd=ROOT, text=True).splitlines()
    return [ROOT / name for name in names if (ROOT / name).is_file()]


class Place(NamedTuple):
    """Where something is named: a function, a type, or a loop variable."""

    file: str
    line: int
    name: str
    kind: type[ast.AST]
    in_module: bool = False

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.name}"


@cache
def list_names() -> tuple[Place, ...]:
    """Every function, type and loop variable; the syntax trees themselves are not kept."""
    return tuple(
        place
        for path in list_files("*.py")
        for place in names_in(path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8")))
    )


def names_in(file: str, tree: ast.Module) -> Iterator[Place]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            kind = ast.ClassDef if isinstance(node, ast.ClassDef) else ast.FunctionDef
            yield Place(file, node.lineno, node.name, kind, node in tree.body)
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Subscript):
            # A type that is written as `Name = Annotated[...]`.
            aliases = (name.id for name in node.targets if isinstance(name, ast.Name))
            camel_case = (name for name in aliases if re.fullmatch(r"_?([A-Z][a-z]+){2,}", name))
            yield from (Place(file, node.lineno, name, ast.Subscript, node in tree.body) for name in camel_case)
        elif isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
            targets = (name for name in ast.walk(node.target) if isinstance(name, ast.Name))
            yield from (Place(file, name.lineno, name.id, ast.Name) for name in targets)


def in_product(kind: type[ast.AST]) -> list[Place]:
    """The functions of the product, or its types."""
    return [place for place in list_names() if place.kind is kind and not place.file.startswith(NOT_PRODUCT)]


def is_bare_participle(name: str) -> bool:
    first, *rest = name.strip("_").lower().split("_")
    if rest and rest[0] not in PREPOSITIONS:
        return False
    return first in PARTICIPLES or (first.endswith("ed") and first not in VERBS_IN_ED)


def test_a_participle_is_recognised() -> None:
    assert all(map(is_bare_participle, ("told", "_answered", "signed_in", "written")))
    assert not any(map(is_bare_participle, ("feed", "send", "signed_headers", "is_held", "read")))


def test_no_function_is_named_by_a_bare_participle() -> None:
    functions = (place for place in list_names() if place.kind is ast.FunctionDef and place.file != RECORDED_LIVES)
    assert [str(place) for place in functions if is_bare_participle(place.name)] == []


def test_no_type_is_named_by_a_bare_participle_or_a_gerund() -> None:
    events = {kind.__name__ for kind in EVENTS.values()}
    one_word = re.compile(r"_?[A-Z][a-z]+(ed|ing)$")
    types = [place for place in in_product(ast.ClassDef) if place.name not in NOUNS | events]
    assert [str(place) for place in types if one_word.fullmatch(place.name)] == []


def test_the_name_of_a_type_is_unique() -> None:
    files = defaultdict(set)
    for place in (*in_product(ast.ClassDef), *in_product(ast.Subscript)):
        if place.in_module:
            files[place.name.strip("_")].add(place.file)
    assert {name: sorted(places) for name, places in files.items() if len(places) > 1} == {}


def test_no_abandoned_word_is_used() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number} {word[0]}"
        for path in list_files(
            "*.py", "*.md", "*.sql", "*.html", "*.txt", "*.css", "*.toml", "*.yml", "Makefile", "Dockerfile"
        )
        if path != Path(__file__) and path.name not in QUOTING
        for number, line in enumerate(read_current(path).splitlines(), 1)
        for word in ABANDONED_WORDS.finditer(line)
    ]
    assert found == []


def test_a_loop_variable_has_the_name_of_the_thing() -> None:
    assert [str(place) for place in list_names() if place.kind is ast.Name and place.name == "each"] == []


def test_no_name_is_a_metaphor_of_a_building() -> None:
    metaphor = re.compile(r"(?<![a-z])(?:desk|door|doorkeeper|office)s?(?![a-z])|Desk|Door|Office(?!r)")
    definitions = [place for place in list_names() if place.kind is not ast.Name]
    assert [str(place) for place in definitions if metaphor.search(place.name)] == []
