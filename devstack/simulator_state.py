"""What the simulated agencies remember across a restart: which requests they received, and what they will reply."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter

from devstack.behaviours import Reply
from devstack.scenarios import Scenarios
from devstack.secret_files import write_secret


@dataclass(frozen=True, slots=True)
class PendingReply:
    """A reply to be sent at `due_at`, by the clock of the cases; `message_id` is its webhook's.

    With a `link` it is given on the page to which that leads.
    """

    message_id: str
    agency: str
    case: str
    ask: str
    due_at: datetime
    reply: Reply
    link: str = ""


@dataclass
class SimulatorState:
    """`received` are idempotency keys; `ask_counts` and `reachable_at` (the cases' time) are by ask and agency."""

    scenarios: Scenarios = field(default_factory=Scenarios)
    received: set[str] = field(default_factory=set)
    ask_counts: Counter[str] = field(default_factory=Counter)
    reachable_at: dict[str, datetime] = field(default_factory=dict)
    pending: dict[str, PendingReply] = field(default_factory=dict)


_STATE = TypeAdapter(SimulatorState)


def load_state(file: Path | None) -> SimulatorState:
    """What is stored in `file`; an empty state where there is none yet. Raises ValueError where it cannot be read."""
    return _STATE.validate_json(file.read_bytes()) if file is not None and file.exists() else SimulatorState()


def save_state(file: Path | None, state: SimulatorState) -> None:
    """Store it in `file`, whole or not at all."""
    if file is not None:
        write_secret(file, _STATE.dump_json(state))
