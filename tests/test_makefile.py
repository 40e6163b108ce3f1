import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent
TARGETS = [
    "help",
    "install",
    "demo",
    "up",
    "test",
    "test-long",
    "test-busy",
    "check",
    "format",
    "bench",
    "lock",
    "clean",
]


def test_help_is_the_default_and_tells_every_target() -> None:
    printed = subprocess.check_output(["make", "--no-print-directory"], cwd=ROOT, text=True)

    assert re.findall(r"^  make (\S+) +\S", printed, flags=re.MULTILINE) == TARGETS


def test_locks_name_no_address_and_no_path() -> None:
    for lock in ROOT.glob("requirements*.lock"):
        lines = lock.read_text().splitlines()
        assert not [line for line in lines if "://" in line or " @ " in line or line.startswith("-")]


def test_what_runs_is_a_part_of_what_is_developed_with() -> None:
    runs, develops = (
        set(re.findall(r"^\S+==\S+", (ROOT / name).read_text(), flags=re.MULTILINE))
        for name in ("requirements.lock", "requirements-dev.lock")
    )

    assert runs < develops
