"""What an operation costs: the processor time of each process, and for a case its history's events by kind."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client

from domain.vocabulary import CaseRef

_KINDS: Mapping[int, str] = {
    EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED: "workflow_tasks",
    EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED: "activity_tasks",
    EventType.EVENT_TYPE_MARKER_RECORDED: "local_activities",
    EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES: "search_attribute_upserts",
    EventType.EVENT_TYPE_TIMER_STARTED: "timers",
}


async def history_events(client: Client, refs: Sequence[CaseRef]) -> dict[str, float]:
    """Events of each kind for one case, on average over `refs`."""
    counted = Counter(dict.fromkeys(("history_events", *_KINDS.values()), 0))
    for history in await asyncio.gather(*(client.get_workflow_handle(ref).fetch_history() for ref in refs)):
        counted["history_events"] += len(history.events)
        counted.update(_KINDS[event.event_type] for event in history.events if event.event_type in _KINDS)
    return {kind: round(count / len(refs), 1) for kind, count in counted.items()}


@dataclass
class Processor:
    """Processor time in seconds by name of process, added up over what was `measure`d."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def measure(self) -> Iterator[None]:
        """Add what is used meanwhile."""
        before = _read_usage()
        yield
        for name, seconds in _read_usage().items():
            self.seconds[name] = self.seconds.get(name, 0) + seconds - before.get(name, 0)

    def each(self, operations: int) -> dict[str, float]:
        """Milliseconds for each operation."""
        times = {name: round(1000 * seconds / operations, 3) for name, seconds in sorted(self.seconds.items())}
        return {name: milliseconds for name, milliseconds in times.items() if milliseconds}


_NAMES = {
    "worker.py": "worker",
    "benchmarks.bare_lifecycle": "worker",
    "benchmarks.bare_case": "worker",
    "server.py": "server",
    "benchmarks.bare_endpoint": "server",
    "benchmarks.webhook_sender": "sender",
    "process_guard.py": "guard",
}


def _read_usage() -> dict[str, float]:
    """Seconds used so far by this process and its descendants: Temporal, PostgreSQL, workers, servers, the sender."""
    used: dict[str, float] = {}
    this = psutil.Process()
    for process in (this, *this.children(recursive=True)):
        try:
            times, command, name = process.cpu_times(), process.cmdline()[:5], process.name()
        except psutil.Error:
            continue
        known = (own for part, own in _NAMES.items() if any(part in word for word in command))
        name = "load" if process.pid == this.pid else next(known, name)
        used[name] = used.get(name, 0) + times.user + times.system
    return used
