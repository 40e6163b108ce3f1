"""A stack is found while it runs, and one that was killed does not prevent the next."""

import json
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from devstack.discovery import publish_settings
from devstack.processes import HOST

OURS = {"RJ_DATABASE_URL": f"postgresql://rj:hush@{HOST}:1/ours"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "run" / "settings.json"


@pytest.fixture
def another() -> Iterator[dict[str, str]]:
    """The settings of a stack that runs: its database can be connected to."""
    with socket.create_server((HOST, 0)) as database:
        yield {"RJ_DATABASE_URL": f"postgresql://rj:hush@{HOST}:{database.getsockname()[1]}/another"}


def write_file(file: Path, text: str) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)


def test_a_stack_is_found_by_its_owner_alone_while_it_runs(file: Path) -> None:
    with publish_settings(OURS, replace_other=False, file=file):
        assert json.loads(file.read_text()) == OURS
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not file.exists()


def test_another_one_that_runs_stays_found(file: Path, another: dict[str, str]) -> None:
    write_file(file, json.dumps(another))
    with publish_settings(OURS, replace_other=False, file=file):
        assert json.loads(file.read_text()) == another
    assert json.loads(file.read_text()) == another


@pytest.mark.parametrize(
    "left",
    [
        json.dumps({"RJ_DATABASE_URL": f"postgresql://rj@{HOST}:1/gone"}),
        json.dumps({"RJ_DATABASE_URL": "postgresql://rj@elsewhere:nonsense/gone"}),
        "{}",
        "[]",
        '{"RJ_DATA',
    ],
)
def test_what_a_killed_one_left_does_not_prevent_a_start(file: Path, left: str) -> None:
    write_file(file, left)
    with publish_settings(OURS, replace_other=False, file=file):
        assert json.loads(file.read_text()) == OURS
    assert not file.exists()


def test_one_that_is_taken_over_does_not_remove_what_the_other_wrote(file: Path, another: dict[str, str]) -> None:
    with publish_settings(OURS, replace_other=False, file=file):
        write_file(file, json.dumps(another))
    assert json.loads(file.read_text()) == another


def test_the_lasting_stack_takes_the_place_of_another(file: Path, another: dict[str, str]) -> None:
    write_file(file, json.dumps(another))
    with publish_settings(OURS, replace_other=True, file=file):
        assert json.loads(file.read_text()) == OURS
