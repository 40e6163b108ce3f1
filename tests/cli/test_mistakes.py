"""Every mistake that shows before the service is asked: one line, exit code 2, nothing on standard output."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from cli.app import app
from cli.errors import UsageError, run_to_exit_code
from cli.operator.connections import settings
from cli.run_file import RUN_SETTINGS
from devstack import discovery
from domain.events import EVENTS, field_names

# Nothing listens there: a command that gets as far as asking for it fails, though not as these tests expect.
NOWHERE = {
    "RJ_SERVER": "http://127.0.0.1:1",
    "RJ_TOKEN": "none",
    "RJ_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
    "RJ_TEMPORAL_ADDRESS": "127.0.0.1:1",
}
REF = "RJ-7Q2K-9F3M"

MISTAKES = {
    "unknown command": (("recrod", REF), "No such command 'recrod'"),
    "unknown option": (("list", "--colour"), "No such option: --colour"),
    "unknown option before the command": (("--colour", "list"), "No such option: --colour"),
    "missing argument": (("show",), "Missing argument 'REF'"),
    "too many arguments": (("show", REF, "more"), "unexpected extra argument"),
    "not a number": (("list", "--limit", "few"), "--limit"),
    "not a reference": (("show", "7Q2K"), "'7Q2K' is not a case's reference"),
    "a reference that is too long": (("explain", "RJ-7Q2K-9F3MM"), "is not a case's reference"),
    "a field that nobody named": (("record", REF, "resumed", "proceed"), "--field value or field=value"),
    "a date that is none, of a short form": (("hold", REF, "--reason", "illness", "--until", "soon"), "--until 'soon'"),
    "a day that no month has": (("hold", REF, "--reason", "illness", "--until", "2027-02-30"), "Use YYYY-MM-DD"),
    "no reason": (("hold", REF), "Missing option '--reason'"),
    "data that is not JSON": (("record", REF, "resumed", "--data", "{"), "--data is not JSON"),
    "data that is no object": (("record", REF, "resumed", "--data", "[]"), "--data must be a JSON object"),
    "a version that is none": (("record", REF, "resumed", "--expect", "0"), "--expect"),
    "another identity": (("resume", REF, "--as", "supervisor:s.lindqvist"), "No such option: --as"),
    "a note without a terminal": (("resume", REF, "--note"), "--note opens an editor"),
    "a stage that is none": (("list", "--stage", "middle"), "--stage 'middle': it is one of requested, "),
    "a stage near another": (("list", "--stage", "offender_trace"), "did you mean offender_traced"),
    "a step that is none": (("list", "--step", "middle"), "--step 'middle'"),
    "an order that is none": (("list", "--sort", "anger"), "--sort 'anger': it is one of received, due"),
    "a day that is none": (("list", "--due-to", "monday"), "--due-to 'monday': Use YYYY-MM-DD"),
    "no file": (("import", "no/such/file.csv"), "there is no file no/such/file.csv"),
    "a folder": (("import", str(Path(__file__).parent)), "is not a file"),
    "a request without what it needs": (("request", "--area", "avonside"), "Missing option '--offender-age-group'"),
    "nobody to ask": (
        ("request", "--area", "avonside", "--offender-age-group", "adult"),
        "the input ended: use --from FILE",
    ),
    "no file with people": (
        ("request", "--area", "avonside", "--offender-age-group", "adult", "--from", "no/such/file"),
        "No such file or directory: no/such/file",
    ),
    "a day as a bare number": (("demo", "--day", "0.2"), "--day '0.2': a duration is a number with its unit"),
    "a day of nothing": (("demo", "--day", "0s"), "a day lasts from 1ms to 24h"),
    "a day of words": (("demo", "--day", "soon"), "200ms, 0.2s, 1m or 24h"),
}


@pytest.mark.parametrize(("args", "expected"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_one_line_and_exit_code_2(args: tuple[str, ...], expected: str) -> None:
    ended = CliRunner(env=NOWHERE).invoke(app, args)
    *_, line = ended.stderr.splitlines()
    assert expected in line
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert ended.stderr.count("\n") == 1
    assert "rj: " in line


def test_no_event_has_a_field_that_record_has_an_option_for() -> None:
    command = typer.main.get_command(app).get_command(None, "record")  # type: ignore[attr-defined]
    own = {option.removeprefix("--").replace("-", "_") for param in command.params for option in param.opts}
    fields = {name for kind in EVENTS.values() for name in field_names(kind)}
    assert own & fields == set()


def test_no_database_is_configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RJ_DATABASE_URL", raising=False)
    with pytest.raises(UsageError, match="No database configured: set RJ_DATABASE_URL, or start"):
        settings(tmp_path / "settings.json")


def test_the_running_stack_says_where_the_database_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RJ_DATABASE_URL", "RJ_TASK_QUEUE"):
        monkeypatch.setenv(name, "kept-to-be-restored")
        monkeypatch.delenv(name)
    run_file = tmp_path / "settings.json"
    run_file.write_text(json.dumps({"RJ_DATABASE_URL": "postgresql://rj@127.0.0.1:5/rj", "RJ_TASK_QUEUE": "here"}))
    found = settings(run_file)
    assert (found.database_url.get_secret_value(), found.task_queue) == ("postgresql://rj@127.0.0.1:5/rj", "here")


def test_settings_that_cannot_be_read_are_a_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RJ_DATABASE_URL", raising=False)
    run_file = tmp_path / "settings.json"
    for text in ("{", "[]"):
        run_file.write_text(text)
        with pytest.raises(UsageError, match="the settings of the embedded stack"):
            settings(run_file)


def test_a_setting_that_cannot_be_used_is_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RJ_DATABASE_URL", "mysql://elsewhere")
    with pytest.raises(UsageError, match="RJ_DATABASE_URL: must be a postgresql:// address"):
        settings()


def test_both_sides_of_the_run_file_mean_the_same() -> None:
    assert RUN_SETTINGS == discovery.RUN_SETTINGS


def test_what_should_not_happen_is_one_line_without_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise KeyError("Marta Quill")

    assert run_to_exit_code(fail) == 70
    printed = capsys.readouterr()
    assert printed.err == "rj: this should not have happened: KeyError; RJ_LOG_LEVEL=debug shows where\n"
    assert printed.out == ""


def test_an_interrupted_command_is_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    assert run_to_exit_code(interrupt) == 130
    assert capsys.readouterr() == ("", "")


def test_a_reader_that_has_gone_is_no_fault(capsys: pytest.CaptureFixture[str]) -> None:
    def break_pipe() -> None:
        raise BrokenPipeError

    assert run_to_exit_code(break_pipe) == 141
    assert capsys.readouterr() == ("", "")
