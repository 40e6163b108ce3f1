"""The floor: a bare workflow that takes the same messages, with one regular no-op activity for each and for each ask.

Also its worker: `python -m benchmarks.floor TEMPORAL_ADDRESS PORT`, with the port on which asks are heard of.
"""

import asyncio
import signal
import sys
from collections import deque
from dataclasses import dataclass
from typing import Any

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import Worker
from temporalio.workflow import ActivityConfig

with workflow.unsafe.imports_passed_through():
    from datetime import timedelta

    from devstack.processes import HOST
    from shutdown import hard_exit
    from worker import WITHOUT_SANDBOX

WORKFLOW = "Floor"
TASK_QUEUE = "floor"
_POLICY = ActivityConfig(start_to_close_timeout=timedelta(seconds=10))


@workflow.defn(name=WORKFLOW)
class Floor:
    """Takes messages and runs activities: nothing that a case needs besides."""

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
        """Take what an agency says."""
        self._messages.append(message)

    @workflow.update
    def move(self, message: dict[str, Any]) -> dict[str, Any]:
        """Take what staff say, and answer."""
        self._messages.append(message)
        return {"id": message["id"]}


@dataclass(frozen=True)
class FloorActivities:
    """Two that do nothing; who plays the agencies hears of an ask, since it must not answer before."""

    heard: asyncio.StreamWriter

    @activity.defn(name="write")
    async def write(self, message: dict[str, Any]) -> None:
        """Write nothing."""

    @activity.defn(name="ask")
    async def ask(self, ask: dict[str, Any]) -> None:
        """Ask nobody."""
        self.heard.write(f"{ask['ref']} {ask['key']}\n".encode())


async def work(address: str, port: int) -> None:
    """Run until SIGTERM."""
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    client = await Client.connect(address)
    _reader, heard = await asyncio.open_connection(HOST, port)
    activities = FloorActivities(heard)
    async with Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[Floor],
        activities=[activities.write, activities.ask],
        workflow_runner=WITHOUT_SANDBOX,
    ):
        await stopped.wait()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], int(sys.argv[2])))
    hard_exit(0)
