"""Personal texts: from an editor or a file, and never from arguments."""

from pathlib import Path

import pytest
import typer

from cli.app import app
from cli.errors import UsageError
from cli.staff.texts import edit_text, read_note, read_object
from tests.cli.shell import ROOT
from tests.documents import CLIENT_SETTINGS

PERSONAL = ("name", "email", "phone", "address", "date-of-birth", "note", "needs")


def test_a_note_is_written_in_an_editor_and_its_file_is_gone_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", "sh -c 'stat -c %a $0 > mode; echo Rang her. > $0'")
    monkeypatch.chdir(tmp_path)
    assert edit_text() == "Rang her."
    assert (tmp_path / "mode").read_text() == "600\n"
    assert list(tmp_path.glob("*.txt")) == []


def test_an_empty_note_and_an_editor_that_does_not_work_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    for editor, said in (("true", "the note is empty"), ("false", "did not work"), ("no-such-editor", "did not work")):
        monkeypatch.setenv("EDITOR", editor)
        with pytest.raises(UsageError, match=said):
            edit_text()


def test_a_file_that_cannot_be_read_is_named_and_not_its_content(tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b"\xe9")
    with pytest.raises(UsageError, match="not UTF-8"):
        read_note(False, str(tmp_path / "latin"))
    (tmp_path / "list").write_text("[1]")
    with pytest.raises(UsageError, match="not a JSON object"):
        read_object(str(tmp_path / "list"))


def test_no_staff_command_takes_personal_data_as_an_argument() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    for command in ("request", "record", "hold", "resume", "withdraw", "correct", "victim-details", "offender-details"):
        for option in commands[command].params:
            named = option.opts[0].removeprefix("--")
            assert not named.endswith(PERSONAL) or option.is_flag, f"{command} {named}"
    for command in ("add", "edit"):
        [email] = [option for option in commands["staff"].commands[command].params if "--email" in option.opts]
        assert email.is_flag


def test_the_guide_describes_every_setting_of_staff_commands() -> None:
    guide = (ROOT / "docs" / "casework.md").read_text(encoding="utf-8")
    assert [name for name in CLIENT_SETTINGS if f"| `{name}` |" not in guide] == []
