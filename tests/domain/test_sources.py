"""A rule that comes from outside names its source in a docstring, which people read, and not in a comment."""

import ast
import io
import re
import tokenize
from itertools import pairwise
from pathlib import Path

import pytest

import domain

DOMAIN = Path(str(domain.__file__)).parent
FILES = sorted(DOMAIN.rglob("*.py"))
OUTSIDE = re.compile(r"Victims' Code|Code of Practice|Council|Government|[Gg]uidance|entitlement|\bSources?:")
EDITION = "Code of Practice for Victims of Crime in England and Wales (2020)"


def docstring_of(file: str, name: str) -> str:
    """The docstring of a function of `file`, or the text after an assignment or a field."""
    tree = ast.parse((DOMAIN / file).read_text(encoding="utf-8"))
    for parent in ast.walk(tree):
        body = getattr(parent, "body", None)
        for statement, after in pairwise([*body, None]) if isinstance(body, list) else ():
            match statement:
                case ast.FunctionDef(name=found) if found == name:
                    return ast.get_docstring(statement) or ""
                case ast.Assign(targets=[ast.Name(id=found)]) | ast.AnnAssign(target=ast.Name(id=found)):
                    if found == name and isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
                        return str(after.value.value)
    return ""


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(DOMAIN)))
def test_no_comment_names_the_source_of_a_rule(path: Path) -> None:
    tokens = tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline)
    comments = [token.string for token in tokens if token.type == tokenize.COMMENT]
    assert [comment for comment in comments if OUTSIDE.search(comment)] == []


@pytest.mark.parametrize(
    ("file", "name", "parts"),
    [
        ("policy.py", "ADULT", (EDITION, "3.6", "4.5")),
        ("policy.py", "first_contact_enhanced", (EDITION, "3.6")),
        ("victim_rights.py", "has_enhanced_rights", (EDITION, "Enhanced Rights")),
        ("opening.py", "receive_request", ("Restorative Justice Council", "Scottish Government", "section 6")),
    ],
)
def test_a_rule_from_outside_names_its_source_with_edition_and_section(
    file: str, name: str, parts: tuple[str, ...]
) -> None:
    """4.11."""
    text = " ".join(docstring_of(file, name).split())
    assert [part for part in parts if part not in text] == []
