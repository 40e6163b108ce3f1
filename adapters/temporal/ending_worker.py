"""A worker as the service runs it, which always ends when it is stopped."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from types import TracebackType
from typing import Any

import structlog
from temporalio.client import Client
from temporalio.worker import Interceptor, UnsandboxedWorkflowRunner, Worker

log = structlog.get_logger("adapters.temporal.ending_worker")

WITHOUT_SANDBOX = UnsandboxedWorkflowRunner()
"""The sandbox rejects what is not deterministic. Tests and replays run the workflow in it, and find such mistakes; in
service it would take a quarter of the worker's processor time (measured: see benchmarks/README.md).
"""

GRACE = timedelta(seconds=10)
"""How long activities may take to finish when the worker is stopped; those that do not are repeated elsewhere."""

STICKY_TIMEOUT = timedelta(seconds=5)
"""How long Temporal waits for the worker that has a case in its memory, before it gives the case to another one."""

MAX_ACTIVITIES = 1000
"""How many activities a worker runs at once. The usual hundred would soon all wait for one agency that does not answer,
and block the writes to the case file.
"""

SHUTDOWN_TIMEOUT = timedelta(seconds=30)
"""Longer than activities may take to finish."""


class EndingWorker(Worker):
    """A worker that is not waited for without end.

    In rare cases the SDK waits for ever for a poll of its own (temporalio/sdk-rust, issue 1297). By then the worker
    takes no more tasks, and what it was doing is repeated elsewhere.
    """

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None = None, trace: TracebackType | None = None
    ) -> None:
        """Stop the worker, and leave it after `SHUTDOWN_TIMEOUT`."""
        limit = asyncio.timeout(SHUTDOWN_TIMEOUT.total_seconds())
        try:
            async with limit:
                await super().__aexit__(exc_type, exc, trace)
        except TimeoutError:
            if not limit.expired():
                raise
            log.warning("worker.shutdown_abandoned")


def create_worker(
    client: Client,
    task_queue: str,
    workflows: Sequence[type],
    activities: Sequence[Callable[..., Any]],
    interceptors: Sequence[Interceptor],
) -> EndingWorker:
    """Create a worker for these workflows and activities."""
    return EndingWorker(
        client,
        task_queue=task_queue,
        workflows=workflows,
        activities=activities,
        workflow_runner=WITHOUT_SANDBOX,
        interceptors=interceptors,
        max_concurrent_activities=MAX_ACTIVITIES,
        sticky_queue_schedule_to_start_timeout=STICKY_TIMEOUT,
        graceful_shutdown_timeout=GRACE,
    )
