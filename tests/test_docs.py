"""The files, settings, commands and names that the documents mention exist."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
import typer.main

from cli.app import app
from devstack.stack import Ports
from domain.events import EVENTS
from domain.wording.events import MEANINGS
from settings import PREFIX, Settings
from tests.documents import CLIENT_SETTINGS, read_current
from workflows.names import SEARCH_ATTRIBUTES

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/*.md")])
DECISIONS = sorted(ROOT.glob("docs/decisions/[0-9]*.md"))
OPERATING = (ROOT / "docs/operating.md").read_text(encoding="utf-8")
each_document = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))

CODE = re.compile(r"```.*?```", re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HOMES = re.compile(r"(?<![\w./-])/(?:home|Users|root|work|workspace|mnt|opt|srv|tmp)\b")
"""Where somebody's checkout may be. `/var/tmp` is where the embedded stack puts a cluster."""
OTHER_SETTINGS = {
    "RJ_POSTGRES_PASSWORD",  # of docker-compose.yml
    *CLIENT_SETTINGS,
    *(f"RJ_UP_{field.name.upper()}_PORT" for field in fields(Ports)),
}
"""Variables that `settings.py` does not read."""


def anchors(text: str) -> set[str]:
    """The names by which headings are linked to."""
    titles = re.findall(r"^#+ (.+)$", CODE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@each_document
def test_every_relative_link_has_a_target(path: Path) -> None:
    for target in LINK.findall(CODE.sub("", path.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (path.parent / name).resolve() if name else path
        assert file.exists(), f"{target} does not exist"
        assert not anchor or anchor in anchors(file.read_text(encoding="utf-8")), f"{target} names no heading"


@each_document
def test_no_document_names_a_path_of_one_machine(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert str(ROOT) not in text
    assert HOMES.findall(text) == []


@each_document
def test_every_rj_command_in_a_document_exists(path: Path) -> None:
    commands = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    assert set(re.findall(r"\brj ([a-z][a-z-]*)\b", code_in(read_current(path)))) <= commands


def test_the_guide_shows_what_rj_prints_of_an_event() -> None:
    shown = re.findall(r"^([a-z_]+): (.+)$", code_in(read_current(ROOT / "docs/casework.md")), re.MULTILINE)
    meanings = {EVENTS[name].name: MEANINGS[EVENTS[name]] for name, _ in shown if name in EVENTS}
    assert dict(shown).items() >= meanings.items()
    assert meanings


def test_every_rj_command_is_documented() -> None:
    commands = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    written = " ".join(code_in(read_current(path)) for path in DOCUMENTS)
    assert commands <= set(re.findall(r"\brj ([a-z][a-z-]*)\b", written))


@each_document
def test_every_make_target_in_a_document_exists(path: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z][a-z-]*)\b", code_in(read_current(path)))) <= targets


def code_in(text: str) -> str:
    """The code blocks of a document and its text between backticks, which may span two lines."""
    spans = re.findall(r"`([^`]+)`", CODE.sub("", text))
    return "\n".join([*CODE.findall(text), *(" ".join(span.split()) for span in spans)])


def table(heading: str) -> list[list[str]]:
    """The cells of the rows of the table of the operating guide whose first column has this heading."""
    _, _, after = OPERATING.partition(f"| {heading} |")
    rows = after.partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows]


def test_the_operating_guide_lists_every_setting_and_no_other() -> None:
    listed = [cells[0].strip("`") for cells in table("setting")]
    assert listed == [PREFIX + field.upper() for field in Settings.model_fields]


def test_the_operating_guide_gives_the_present_defaults() -> None:
    for name, default, *_ in table("setting"):
        field = Settings.model_fields[name.strip("`").removeprefix(PREFIX).lower()]
        if field.is_required():
            assert "must be set" in default, name
        elif field.default_factory is None and field.default in (None, "", ()):
            assert default.startswith("none"), name
        elif field.default_factory is None:
            shown = str(field.default).lower() if isinstance(field.default, bool) else str(field.default)
            shown = ",".join(field.default) if isinstance(field.default, tuple) else shown
            assert default == f"`{shown}`", name


def test_every_setting_in_a_document_exists() -> None:
    known = {PREFIX + field.upper() for field in Settings.model_fields} | OTHER_SETTINGS
    for path in DOCUMENTS:
        # A name that ends in `_` is of several settings.
        named = set(re.findall(r"\bRJ_[A-Z_]+(?<!_)\b", read_current(path)))
        assert named <= known, path


def test_the_operating_guide_lists_every_search_attribute_with_its_type() -> None:
    listed = {cells[0].strip("`"): cells[1] for cells in table("search attribute")}
    types = {key.name: key.indexed_value_type.name.title().replace("_", "") for key in SEARCH_ATTRIBUTES}
    assert listed == types


def test_decisions_are_numbered_without_gaps_and_listed() -> None:
    numbers = [int(path.name[:4]) for path in DECISIONS]
    assert numbers == list(range(1, len(DECISIONS) + 1))
    listed = LINK.findall((ROOT / "docs/decisions/README.md").read_text(encoding="utf-8"))
    assert listed == [path.name for path in DECISIONS]


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.name)
def test_a_decision_has_context_decision_and_consequences(path: Path) -> None:
    headings = re.findall(r"^## (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert headings == ["Context", "Decision", "Consequences"]


def test_the_readme_has_the_diagram_of_the_process() -> None:
    assert "stateDiagram-v2" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_package_includes_the_readme() -> None:
    assert 'readme = "README.md"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_every_package_is_in_the_readme() -> None:
    folders = {path.parent.name for path in ROOT.glob("[a-z]*/__init__.py")} | {"migrations", "tests"}
    assert {"cli", "domain", "workflows"} <= folders
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [folder for folder in sorted(folders) if f"`{folder}/`" not in readme] == []
