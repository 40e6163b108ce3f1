"""Runs `rj` as a user does: a process of its own, with its output and its exit code."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ended:
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
    """Runs commands with the settings in `environment`, and none beside them."""

    environment: Mapping[str, str] = field(default_factory=dict)

    async def start(self, *args: str) -> asyncio.subprocess.Process:
        """A command that is left running."""
        # Users do not compile everything anew for each command.
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("RJ_", "PYTHONDONT"))}
        return await asyncio.create_subprocess_exec(
            sys.executable,
            str(ROOT / "starter.py"),
            *args,
            env={**kept, **self.environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def rj(self, *args: str) -> Ended:
        """Run a command to its end."""
        process = await self.start(*args)
        out, err = await process.communicate()
        return Ended(process.returncode or 0, out.decode(), err.decode())

    async def value(self, *args: str) -> Any:
        """The answer of a command that goes well, as JSON."""
        ended = await self.rj(*args, "--json")
        assert (ended.code, ended.err) == (0, ""), ended
        return ended.value

    async def refused(self, *args: str) -> str:
        """The one line of a command that is a mistake."""
        ended = await self.rj(*args)
        assert (ended.code, ended.out) == (2, ""), ended
        assert ended.err.count("\n") == 1, ended
        return ended.err.strip()


def flags(**options: object) -> list[str]:
    """Options as they are typed."""
    return [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", str(value))]
