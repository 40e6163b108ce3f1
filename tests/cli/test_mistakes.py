"""Every mistake that shows before the service is asked: one line, exit code 2, nothing on standard output."""

import json
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from cli.app import app
from cli.errors import UsageError, run_to_exit_code
from cli.operator.connections import RUN_SETTINGS, settings
from devstack import discovery
from domain.events import EVENTS, field_names

# Nothing listens there: a command that gets as far as asking for it fails, though not as these tests expect.
NOWHERE = {"RJ_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "RJ_TEMPORAL_ADDRESS": "127.0.0.1:1"}
REF = "RJ-7Q2K-9F3M"
REQUEST = ("request", "--area", "avonside", "--victim-name", "Marta Quill", "--offender-age-group", "adult")

MISTAKES = {
    "unknown command": (("mvoe", REF), "No such command 'mvoe'"),
    "unknown option": (("list", "--colour"), "No such option: --colour"),
    "unknown option before the command": (("--colour", "list"), "No such option: --colour"),
    "missing argument": (("show",), "Missing argument 'REF'"),
    "too many arguments": (("show", REF, "more"), "unexpected extra argument"),
    "not a number": (("list", "--limit", "few"), "--limit"),
    "not a reference": (("show", "7Q2K"), "'7Q2K' is not a case's reference"),
    "a reference with a letter that none has": (("explain", "RJ-7Q2O-9F3M"), "is not a case's reference"),
    "unknown event, near another": (("move", REF, "trace_answerd"), "did you mean trace_answered or"),
    "unknown event, near none": (("move", REF, "qqqq"), "there is no event 'qqqq'"),
    "unknown field, near another": (
        ("move", REF, "request_screened", "--anser", "proceed"),
        "has no field 'anser': did you mean answer?: its fields are answer, reason",
    ),
    "a field that nobody named": (("move", REF, "resumed", "proceed"), "--field value or field=value"),
    "a field of an event that has none": (("move", REF, "resumed", "on=2030-01-05"), "'on': it has none"),
    "a word that the field does not know": (("move", REF, "request_screened", "answer=maybe"), "[unreadable]"),
    "a field that is missing": (("move", REF, "request_screened"), "answer: Field required [unreadable]"),
    "an unparsable date": (("move", REF, "put_on_hold", "reason=illness", "until=5 June"), "written as 2026-12-31"),
    "a day that no month has": (
        ("move", REF, "put_on_hold", "reason=illness", "until=2027-02-30"),
        "until '2027-02-30'",
    ),
    "a date as a number": (("move", REF, "put_on_hold", "--data", '{"reason":"illness","until":0}'), "until 0: a day"),
    "an unparsable date of a short form": (("hold", REF, "--reason", "illness", "--until", "soon"), "until 'soon'"),
    "a reason that is none": (("hold", REF, "--reason", "tired"), "reason: Input should be"),
    "no reason": (("hold", REF), "Missing option '--reason'"),
    "a side that is none": (("withdraw", REF, "--whose", "court"), "whose: Input should be 'victim' or 'offender'"),
    "data that is not JSON": (("move", REF, "resumed", "--data", "{"), "--data is not JSON"),
    "data that is no object": (("move", REF, "resumed", "--data", "[]"), "--data must be a JSON object"),
    "a version that is none": (("move", REF, "resumed", "--expect", "0"), "--expect"),
    "a role that nobody has": (("move", REF, "resumed", "--as", "janitor:j.day"), "--as 'janitor:j.day'"),
    "a role for others": (("move", REF, "resumed", "--as", "agency:probation"), "--on-behalf-of"),
    "an actor without an id": (("resume", REF, "--as", "supervisor"), "after the role comes an id"),
    "an actor before the command": (("--as", "janitor:j.day", "resume", REF), "--as 'janitor:j.day'"),
    "a stage that is none": (("list", "--stage", "middle"), "--stage 'middle': it is one of requested, "),
    "a step that is none": (("list", "--step", "middle"), "--step 'middle'"),
    "an order that is none": (("list", "--sort", "anger"), "--sort 'anger': it is one of received, due"),
    "a day that is none": (("list", "--due-to", "monday"), "--due-to 'monday': a day is written as"),
    "no file": (("import", "no/such/file.csv"), "there is no file no/such/file.csv"),
    "a folder": (("import", str(Path(__file__).parent)), "is not a file"),
    "a request without what it needs": (REQUEST[:3], "Missing option '--victim-name'"),
    "a victim who cannot be reached": (REQUEST, "--victim-email is missing: request.contact is email"),
    "an age group that is none": ((*REQUEST[:-1], "old", "--contact", "none"), "--offender-age-group must be one of"),
    "an area that is none": ((*REQUEST, "--area", "A B", "--contact", "none"), "--area must be an area's code"),
    "a date of birth": (
        (*REQUEST, "--contact", "none", "--offender-name", "Joss", "--offender-date-of-birth", "1990"),
        "--offender-date-of-birth must be a date",
    ),
    "a day as a bare number": (("demo", "--day", "0.2"), "--day '0.2': a duration is a number with its unit"),
    "a day of nothing": (("demo", "--day", "0s"), "a day lasts from 1ms to 24h"),
    "a day of words": (("demo", "--day", "soon"), "200ms, 0.2s, 1m or 24h"),
}


@pytest.mark.parametrize(("args", "expected"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_one_line_and_exit_code_2(args: tuple[str, ...], expected: str) -> None:
    ended = CliRunner(env=NOWHERE).invoke(app, args)
    assert expected in ended.stderr
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert ended.stderr.startswith("rj: ")
    assert ended.stderr.count("\n") == 1


def test_no_event_has_a_field_that_move_keeps_for_itself() -> None:
    command = typer.main.get_command(app).get_command(None, "move")  # type: ignore[attr-defined]
    own = {option.removeprefix("--").replace("-", "_") for each in command.params for option in each.opts}
    fields = {name for kind in EVENTS.values() for name in field_names(kind)}
    assert own & fields == set()


def test_each_command_explains_itself() -> None:
    listed = CliRunner().invoke(app, ["--help"])
    commands = list(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    assert listed.exit_code == 0
    assert "..." not in listed.stdout.partition("Commands:")[2]
    for command in commands:
        assert command in listed.stdout
        assert CliRunner().invoke(app, [command, "--help"]).exit_code == 0


def test_nothing_says_where_the_database_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RJ_DATABASE_URL", raising=False)
    with pytest.raises(UsageError, match="set RJ_DATABASE_URL, or start the embedded stack with `rj up`"):
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
    def broken() -> None:
        raise KeyError("Marta Quill")

    assert run_to_exit_code(broken) == 70
    told = capsys.readouterr()
    assert told.err == "rj: this should not have happened: KeyError; RJ_LOG_LEVEL=debug shows where\n"
    assert told.out == ""


def test_an_interrupted_command_is_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    assert run_to_exit_code(interrupted) == 130
    assert capsys.readouterr() == ("", "")


def test_a_reader_that_has_gone_is_no_fault(capsys: pytest.CaptureFixture[str]) -> None:
    def piped() -> None:
        raise BrokenPipeError

    assert run_to_exit_code(piped) == 141
    assert capsys.readouterr() == ("", "")


def test_starting_loads_neither_temporal_nor_a_database_driver() -> None:
    import subprocess  # noqa: PLC0415

    script = (
        "import sys, cli.app; print([m for m in ('temporalio', 'asyncpg', 'pydantic', 'rich') if m in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"
