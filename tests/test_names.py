"""The parts of the naming rules in CONTRIBUTING.md that a program can check."""

import ast
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

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
VERBS_IN_ED = frozenset({"embed", "exceed", "feed", "need", "proceed", "seed"})
NOUNS = frozenset({"Finding"})
"""Nouns that end in *ing*. Events are left out below: each is named for what happened."""
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
    r"\b(anew|asides?|at the door|beside|call-backs?|called back|doorkeeper|mend(?:s|ed|ing)?|stands?|whoever|whom)\b",
    re.IGNORECASE,
)


def tracked(*patterns: str) -> list[Path]:
    names = subprocess.check_output(["git", "ls-files", *patterns], cwd=ROOT, text=True).splitlines()
    return [ROOT / name for name in names if (ROOT / name).is_file()]


@cache
def programs() -> dict[str, ast.Module]:
    """Each file of Python with its syntax tree."""
    paths = {path.relative_to(ROOT).as_posix(): path for path in tracked("*.py")}
    return {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in paths.items()}


def product() -> dict[str, ast.Module]:
    """Each file of the product with its syntax tree."""
    return {name: tree for name, tree in programs().items() if not name.startswith(NOT_PRODUCT)}


def definitions(
    files: dict[str, ast.Module],
) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]]:
    for name, tree in files.items():
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                yield name, node


def is_bare_participle(name: str) -> bool:
    first, *rest = name.strip("_").lower().split("_")
    if rest and rest[0] not in PREPOSITIONS:
        return False
    return first in PARTICIPLES or (first.endswith("ed") and first not in VERBS_IN_ED)


def test_a_participle_is_recognised() -> None:
    assert all(map(is_bare_participle, ("told", "_answered", "signed_in", "written")))
    assert not any(map(is_bare_participle, ("feed", "send", "signed_headers", "is_held", "read")))


def test_no_function_is_named_by_a_bare_participle() -> None:
    named = [
        f"{file}:{node.lineno} {node.name}"
        for file, node in definitions(product())
        if not isinstance(node, ast.ClassDef)
    ]
    assert [place for place in named if is_bare_participle(place.rpartition(" ")[2])] == []


def test_no_type_is_named_by_a_bare_participle_or_a_gerund() -> None:
    events = {kind.__name__ for kind in EVENTS.values()}
    named = [
        f"{file}:{node.lineno} {node.name}"
        for file, node in definitions(product())
        if isinstance(node, ast.ClassDef) and node.name not in NOUNS | events
    ]
    one_word = re.compile(r"_?[A-Z][a-z]+(ed|ing)$")
    assert [place for place in named if one_word.fullmatch(place.rpartition(" ")[2])] == []


def test_the_name_of_a_type_is_unique() -> None:
    files = defaultdict(set)
    for file, tree in product().items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                files[node.name.strip("_")].add(file)
    assert {name: sorted(places) for name, places in files.items() if len(places) > 1} == {}


def test_no_abandoned_word_is_used() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number} {word[0]}"
        for path in tracked("*.py", "*.md", "*.sql", "*.html", "*.txt", "*.css", "Makefile")
        if path != Path(__file__) and path.name not in QUOTING
        for number, line in enumerate(read_current(path).splitlines(), 1)
        for word in ABANDONED_WORDS.finditer(line)
    ]
    assert found == []


def test_a_loop_variable_has_the_name_of_the_thing() -> None:
    loops = [
        f"{file}:{node.lineno}"
        for file, tree in programs().items()
        for loop in ast.walk(tree)
        if isinstance(loop, (ast.For, ast.AsyncFor, ast.comprehension))
        for node in ast.walk(loop.target)
        if isinstance(node, ast.Name) and node.id == "each"
    ]
    assert loops == []


def test_no_name_is_a_metaphor_of_a_building() -> None:
    metaphor = re.compile(r"(?<![a-z])(?:desk|door|doorkeeper|office)s?(?![a-z])|Desk|Door|Office(?!r)")
    named = [f"{file}:{node.lineno} {node.name}" for file, node in definitions(programs())]
    assert [place for place in named if metaphor.search(place.rpartition(" ")[2])] == []
