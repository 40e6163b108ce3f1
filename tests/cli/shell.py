"""Runs `rj` as a user does: a process of its own, with its output and its exit code."""

import asyncio
import json
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import starter

ROOT = Path(__file__).parents[2]

LOADED = (
    *("pytest", "starter", "cli.app", "settings", "log", "rich.progress", __name__),
    *(f"cli.staff.{path.stem}" for path in (ROOT / "cli" / "staff").glob("*.py")),
    *(f"cli.operator.{path.stem}" for path in (ROOT / "cli" / "operator").glob("*.py")),
    *("typer._adapters", "typer._click.decorators", "typer.rich_utils", "rich.markdown", "httpcore", "encodings.idna"),
    *("application.comparison", "adapters.postgres.pool", "adapters.requests.intake", "adapters.temporal.client"),
    *("adapters.temporal.workflow_queries", "queries.cases", "queries.verify"),
)
"""Loaded once, in a process that each command is forked from: to start again costs more than any command does.

What a command loads by itself is a test of its own, and so is one that is started from nothing.
"""

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(list(LOADED))


@dataclass(frozen=True)
class CommandResult:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def value(self) -> Any:
        """The one JSON value on standard output."""
        return json.loads(self.out)

    @property
    def values(self) -> list[Any]:
        """The JSON lines on standard output."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True)
class Shell:
    """Runs commands with the settings in `environment`, and no others."""

    environment: Mapping[str, str] = field(default_factory=dict)

    def with_settings(self, **settings: str) -> "Shell":
        """The same with more settings, or others."""
        return Shell({**self.environment, **settings})

    async def start(self, *args: str) -> asyncio.subprocess.Process:
        """A command that is started from nothing, and left running."""
        return await asyncio.create_subprocess_exec(
            sys.executable,
            str(ROOT / "starter.py"),
            *args,
            env=os.environ | dict(self.environment),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def rj(self, *args: str, typed: str = "") -> CommandResult:
        """Run a command to its end; `typed` is its input."""
        with tempfile.TemporaryDirectory(prefix="rj-test-") as folder:
            out, err, given = Path(folder, "out"), Path(folder, "err"), Path(folder, "in")
            given.write_text(typed)
            process = PROCESSES.Process(target=_run, args=(args, os.environ | dict(self.environment), given, out, err))
            process.start()
            await asyncio.to_thread(process.join)
            return CommandResult(process.exitcode or 0, out.read_text(), err.read_text())

    async def value(self, *args: str, typed: str = "") -> Any:
        """The answer of a command that goes well, as JSON."""
        ended = await self.rj(*args, "--json", typed=typed)
        # What is asked for is on standard error.
        assert (ended.code, ended.err if not typed else "") == (0, ""), ended
        return ended.value

    async def values(self, *args: str) -> list[Any]:
        """The list of a command that goes well, as JSON lines."""
        ended = await self.rj(*args, "--json")
        assert (ended.code, ended.err) == (0, ""), ended
        return ended.values

    async def get_error(self, *args: str, typed: str = "") -> str:
        """The one line of a command that is a mistake."""
        ended = await self.rj(*args, typed=typed)
        assert (ended.code, ended.out) == (2, ""), ended
        assert ended.err.count("\n") == 1, ended
        return ended.err.strip()


def flags(**options: object) -> list[str]:
    """Options as they are typed."""
    return [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", str(value))]


def _run(args: Sequence[str], environment: Mapping[str, str], given: Path, out: Path, err: Path) -> None:
    """In the process of a command: become `rj`."""
    sys.stdin = given.open()
    for number, file in ((1, out), (2, err)):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT), number)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["rj", *args]
    starter.main()
