"""What a case costs: its history's events by kind, and the processor time of each process."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
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


async def histories(client: Client, refs: Sequence[CaseRef]) -> dict[str, float]:
    """Events of each kind for each case, on average over `refs`."""
    counted = Counter(dict.fromkeys(("history_events", *_KINDS.values()), 0))
    for history in await asyncio.gather(*(client.get_workflow_handle(ref).fetch_history() for ref in refs)):
        counted["history_events"] += len(history.events)
        counted.update(_KINDS[event.event_type] for event in history.events if event.event_type in _KINDS)
    return {kind: round(count / len(refs), 1) for kind, count in counted.items()}


@dataclass
class Processor:
    """Processor time by name of process, added up over the stretches between `begin` and `end`."""

    seconds: dict[str, float] = field(default_factory=dict)
    _began: Mapping[str, float] = field(default_factory=dict)

    def begin(self) -> None:
        """A stretch begins."""
        self._began = _used()

    def end(self) -> None:
        """It is over."""
        for name, seconds in _used().items():
            self.seconds[name] = self.seconds.get(name, 0) + seconds - self._began.get(name, 0)

    def per_case(self, cases: int) -> dict[str, float]:
        """Milliseconds for each case."""
        return {name: round(1000 * seconds / cases, 1) for name, seconds in sorted(self.seconds.items())}


def _used() -> dict[str, float]:
    """Seconds used so far by this process and its descendants: Temporal, PostgreSQL, workers, and who sends."""
    used: dict[str, float] = {}
    this = psutil.Process()
    for process in (this, *this.children(recursive=True)):
        try:
            times, name = process.cpu_times(), _name(process, this)
        except psutil.Error:
            continue
        used[name] = used.get(name, 0) + times.user + times.system
    return used


def _name(process: psutil.Process, this: psutil.Process) -> str:
    if process.pid == this.pid:
        return "load"
    command = process.cmdline()
    known = {
        "worker.py": "worker",
        "benchmarks.floor": "worker",
        "server.py": "server",
        "benchmarks.bare_door": "server",
        "benchmarks.sending": "sender",
        "process_guard.py": "guard",
    }
    return next((name for part, name in known.items() if any(part in word for word in command[:5])), process.name())
