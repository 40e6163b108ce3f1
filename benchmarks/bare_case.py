"""The floor of `webhook_to_case`: a bare workflow that receives signals, and writes each by one activity.

Also its worker: `python -m benchmarks.bare_case TEMPORAL_ADDRESS DSN`, until SIGTERM.
"""

import asyncio
import signal
import sys
from collections import deque
from dataclasses import dataclass

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.workflow import ActivityConfig

from adapters.temporal.ending_worker import WITHOUT_SANDBOX, EndingWorker

with workflow.unsafe.imports_passed_through():
    from datetime import timedelta

    import asyncpg

    from adapters.postgres.pool import open_pool
    from shutdown import hard_exit

WORKFLOW = "BareCase"
TASK_QUEUE = "bare-case"
TABLE = "create table bare_entries (message text primary key)"
_POLICY = ActivityConfig(start_to_close_timeout=timedelta(seconds=10))


@workflow.defn(name=WORKFLOW)
class BareCase:
    """Receives messages and has each written: nothing else that a case needs."""

    def __init__(self) -> None:
        self._messages: deque[str] = deque()

    @workflow.run
    async def run(self) -> None:
        """Go on for ever."""
        while True:
            await workflow.wait_condition(lambda: bool(self._messages))
            await workflow.execute_activity("write", self._messages.popleft(), **_POLICY)

    @workflow.signal
    def record(self, message: str) -> None:
        """Receive a message."""
        self._messages.append(message)


@dataclass(frozen=True)
class BareActivities:
    """One insert."""

    pool: asyncpg.Pool

    @activity.defn(name="write")
    async def write(self, message: str) -> None:
        """Write the message."""
        await self.pool.execute("insert into bare_entries (message) values ($1)", message)


async def work(address: str, dsn: str) -> None:
    """Run until SIGTERM."""
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    client = await Client.connect(address)
    activities = BareActivities(await open_pool(dsn))
    async with EndingWorker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[BareCase],
        activities=[activities.write],
        workflow_runner=WITHOUT_SANDBOX,
    ):
        await stopped.wait()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], sys.argv[2]))
    hard_exit(0)
