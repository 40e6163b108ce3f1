"""A worker that always ends when it is stopped."""

import asyncio
from datetime import timedelta
from types import TracebackType

import structlog
from temporalio.worker import Worker

log = structlog.get_logger("adapters.temporal.ending_worker")

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
