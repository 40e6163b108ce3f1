"""What the simulated agencies remember across a restart: whom they took which ask from, and what they still owe."""

import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter

from devstack.behaviours import Reply
from devstack.scenarios import Scenarios


@dataclass(frozen=True, slots=True)
class Owed:
    """An answer to come at `due_at`, in seconds of Unix time; `message_id` is its webhook's.

    With a `link` it is given on the page to which that leads.
    """

    message_id: str
    agency: str
    case: str
    ask: str
    due_at: float
    reply: Reply
    link: str = ""


@dataclass
class Memory:
    """All of it. `taken` are keys of asks; `times` counts asks, and `reachable_at` is Unix time, by what they name."""

    scenarios: Scenarios = field(default_factory=Scenarios)
    taken: set[str] = field(default_factory=set)
    times: Counter[str] = field(default_factory=Counter)
    reachable_at: dict[str, float] = field(default_factory=dict)
    owed: dict[str, Owed] = field(default_factory=dict)


_MEMORY = TypeAdapter(Memory)


def read_memory(file: Path | None) -> Memory:
    """What is kept in `file`; nothing where there is none yet. Raises ValueError where it cannot be read."""
    return _MEMORY.validate_json(file.read_bytes()) if file is not None and file.exists() else Memory()


def write_memory(file: Path | None, memory: Memory) -> None:
    """Keep it in `file`, whole or not at all."""
    if file is None:
        return
    draft = file.with_suffix(f".{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_bytes(_MEMORY.dump_json(memory))
    draft.replace(file)
