import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The last commit in a folder of its own, installed there."""
    folder = tmp_path_factory.mktemp("clean") / "clone"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    _make(folder, "install")
    return folder


def _make(folder: Path, target: str) -> None:
    home = folder.parent / "home"
    home.mkdir(exist_ok=True)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    done = subprocess.run(
        ["make", target],
        cwd=folder,
        env=clean | {"HOME": str(home)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]


@pytest.mark.parametrize("target", ["demo", "test"])
def test_the_two_commands_work_for_a_newcomer_with_an_empty_home(clone: Path, target: str) -> None:
    _make(clone, target)


def test_a_second_installation_has_nothing_to_do(clone: Path) -> None:
    installed = (clone / ".venv" / ".installed").stat().st_mtime_ns
    _make(clone, "install")

    assert (clone / ".venv" / ".installed").stat().st_mtime_ns == installed
