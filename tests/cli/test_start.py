"""How `rj` starts: what it loads, and how it explains itself."""

import subprocess
import sys
from importlib.util import find_spec

import pytest
import typer
from typer.testing import CliRunner

from cli.app import MODULES, app
from tests.cli.shell import LOADED, ROOT

HEAVY = ("asyncio", "asyncpg", "domain.events", "fastapi", "pydantic_settings", "rich", "structlog", "temporalio")
"""Modules that a staff command does without, so that its first line appears soon."""


def list_loaded(script: str) -> str:
    """Which of the heavy modules a script loads."""
    script += f"; print([name for name in {HEAVY!r} if name in sys.modules])"
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    return ended.stdout.splitlines()[-1]


def test_a_staff_command_loads_only_what_it_needs() -> None:
    run = "import sys, os; os.environ['RJ_SERVER'] = 'http://127.0.0.1:1'; os.environ['RJ_TOKEN'] = 'x'"
    assert list_loaded(f"{run}; from cli.app import app; app(['list'], standalone_mode=False)") == "[]"


def test_each_command_explains_itself() -> None:
    listed = CliRunner(env={"COLUMNS": "80"}).invoke(app, ["--help"])
    assert listed.exit_code == 0
    assert "…" not in listed.stdout
    for panel, names in MODULES.values():
        assert panel in listed.stdout
        for name in names:
            assert name in listed.stdout
            assert CliRunner().invoke(app, [name, "--help"]).exit_code == 0


def test_every_option_has_an_explanation() -> None:
    def list_unexplained(command: object, name: str) -> list[str]:
        subcommands = getattr(command, "commands", {})
        found = [line for child in subcommands for line in list_unexplained(subcommands[child], f"{name} {child}")]
        options = [option for option in command.params if not getattr(option, "help", "")]  # type: ignore[attr-defined]
        return found + [f"{name} {option.opts[0]}" for option in options]

    assert list_unexplained(typer.main.get_command(app), "rj") == []


def test_choices_are_explained() -> None:
    said = " ".join(CliRunner(env={"COLUMNS": "200"}).invoke(app, ["agency", "add", "--help"]).stdout.split())
    assert "vlo (victim liaison officer)" in said
    assert "manual (a caseworker asks in person)" in said


def test_the_version_is_shown() -> None:
    ended = CliRunner().invoke(app, ["--version"])
    assert (ended.exit_code, ended.stdout[:3]) == (0, "rj ")


@pytest.mark.parametrize("typo", ["lst", "recrd"])
def test_a_command_that_there_is_not_is_an_error_with_near_names(typo: str) -> None:
    ended = CliRunner().invoke(app, [typo])
    assert ended.exit_code == 2
    assert "Did you mean" in ended.stderr


def test_commands_are_completed() -> None:
    environment = {"_RJ_COMPLETE": "complete_bash", "COMP_WORDS": "rj al", "COMP_CWORD": "1"}
    ended = CliRunner(env=environment).invoke(app, [], prog_name="rj")
    assert ended.stdout.split() == ["allowed-events"]


def test_all_that_is_loaded_for_the_commands_of_tests_is_there() -> None:
    # Python passes over what it does not find, and each command would load it again.
    assert [name for name in LOADED if find_spec(name) is None] == []
