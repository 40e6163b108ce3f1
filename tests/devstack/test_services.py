"""A server of the stack runs as long as the stack does, whatever happens to its processes."""

import os
import signal
from pathlib import Path

import pytest
from pydantic import SecretStr

from devstack.processes import HOST, free_port, keep_running, listens
from devstack.services import python_server
from devstack.stack import StackSettings
from tests.waiting import until

SCRIPT = """
import os, pathlib, socket, sys, time
starts = pathlib.Path(sys.argv[2])
starts.write_text(starts.read_text() + f"{os.getpid()} ")
if len(starts.read_text().split()) in (2, 3):
    sys.exit("not this time")
with socket.create_server((sys.argv[3], int(sys.argv[1]))):
    time.sleep(900)
"""


def test_a_server_has_the_settings_of_its_stack_and_none_that_the_user_has_set_for_another_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("RJ_SMTP_HOST", "RJ_CLOCK_FILE", "RJ_LOG_LEVEL", "OTHER"):
        monkeypatch.setenv(name, "the user's")
    environment = python_server("part", (), tmp_path, {"RJ_CLOCK_FILE": "the stack's"}).environment
    assert environment is not None
    known = {name: value for name, value in environment.items() if name.startswith("RJ_") or name == "OTHER"}
    assert known == {"RJ_CLOCK_FILE": "the stack's", "RJ_LOG_LEVEL": "the user's", "OTHER": "the user's"}


def test_the_demonstration_ignores_what_the_user_has_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RJ_TASK_QUEUE", "another")
    monkeypatch.setenv("RJ_NOTIFICATIONS_DELAY_MINUTES", "soon")
    settings = StackSettings(database_url=SecretStr("postgresql://127.0.0.1/stack"))
    assert (settings.task_queue, settings.notifications_delay_minutes) == ("restorative-justice", 30)


async def test_a_server_that_dies_is_restarted_until_it_runs_again_and_the_user_is_told(tmp_path: Path) -> None:
    port, starts, script = free_port(), tmp_path / "starts", tmp_path / "part.py"
    starts.write_text("")
    script.write_text(SCRIPT)
    server = python_server("part", (str(script), str(port), str(starts), HOST), tmp_path, {}, port=port)
    reported: list[str] = []
    async with keep_running(server, reported.append):
        (first,) = starts.read_text().split()
        os.kill(int(first), signal.SIGKILL)
        await until(lambda: len(starts.read_text().split()) == 4 and listens(port) and len(reported) == 2)
    assert "The part ended unexpectedly" in reported[0]
    assert reported[-1] == "The part runs again."
