"""The floor of `full_case`: a bare workflow that receives the same messages, and does nothing about them.

Each message and each ask is one regular activity without effect.

Also its worker: `python -m benchmarks.bare_lifecycle TEMPORAL_ADDRESS PORT`, with the port to which asks are sent.
"""

import asyncio
import signal
import sys
from collections import deque
from dataclasses import dataclass
from typing import Any

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.workflow import ActivityConfig

from adapters.temporal.ending_worker import WITHOUT_SANDBOX, EndingWorker

with workflow.unsafe.imports_passed_through():
    from datetime import timedelta

    from devstack.processes import HOST
    from shutdown import hard_exit

WORKFLOW = "BareLifecycle"
TASK_QUEUE = "bare-lifecycle"
_POLICY = ActivityConfig(start_to_close_timeout=timedelta(seconds=10))


@workflow.defn(name=WORKFLOW)
class BareLifecycle:
    """Receives messages and runs activities: nothing else that a case needs."""

    @workflow.init
    def __init__(self, start: dict[str, Any]) -> None:
        self._messages = deque([start["request"]])
        self._asks: list[asyncio.Task[None]] = []

    @workflow.run
    async def run(self, start: dict[str, Any]) -> None:
        """Go on for ever; `start` holds the `ref`, the `request`, and `asks`: how many follow from each message."""
        counts: list[int] = start["asks"]
        for count in counts:
            await workflow.wait_condition(lambda: bool(self._messages))
            self._ask(start["ref"], count)
            await workflow.execute_activity("write", self._messages.popleft(), **_POLICY)
        await workflow.wait_condition(lambda: False)

    def _ask(self, ref: str, count: int) -> None:
        for _ in range(count):
            call = workflow.execute_activity("ask", {"ref": ref, "key": f"{ref}.{len(self._asks)}"}, **_POLICY)
            self._asks.append(asyncio.create_task(call))

    @workflow.signal
    def record(self, message: dict[str, Any]) -> None:
        """Receive a message of an agency."""
        self._messages.append(message)

    @workflow.update
    def record_event(self, message: dict[str, Any]) -> dict[str, Any]:
        """Receive a message of staff, and answer."""
        self._messages.append(message)
        return {"id": message["id"]}


@dataclass(frozen=True)
class BareLifecycleActivities:
    """Two that do nothing; the load generator hears of each ask, since it must not answer before."""

    asked: asyncio.StreamWriter

    @activity.defn(name="write")
    async def write(self, message: dict[str, Any]) -> None:
        """Write nothing."""

    @activity.defn(name="ask")
    async def ask(self, ask: dict[str, Any]) -> None:
        """Ask nobody."""
        self.asked.write(f"{ask['ref']} {ask['key']}\n".encode())


async def work(address: str, port: int) -> None:
    """Run until SIGTERM."""
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    client = await Client.connect(address)
    _reader, asked = await asyncio.open_connection(HOST, port)
    activities = BareLifecycleActivities(asked)
    async with EndingWorker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[BareLifecycle],
        activities=[activities.write, activities.ask],
        workflow_runner=WITHOUT_SANDBOX,
    ):
        await stopped.wait()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], int(sys.argv[2])))
    hard_exit(0)
