"""Queues a case for reconciliation when a worker notices that its activities fail again and again."""

import asyncio
from collections.abc import Awaitable
from typing import Any

from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from domain.vocabulary import CaseRef
from ports.agencies import AttemptOutcome
from ports.reconciliation import RecheckQueue
from workflows.names import ASK_AGENCY, CANCEL_ASK, FIND_RESULTS, UPDATE_AGENCY, WRITE_CASE_FILE

MANY_ATTEMPTS = 5
"""From this many attempts on it is a problem: a restart or a moment without a database needs fewer."""
QUEUE_TIMEOUT = 2.0
AGENCY_ACTIVITIES = frozenset({ASK_AGENCY, CANCEL_ASK, UPDATE_AGENCY})
CASE_ACTIVITIES = AGENCY_ACTIVITIES | {WRITE_CASE_FILE, FIND_RESULTS}
EXPECTED_ERRORS = frozenset(outcome.value for outcome in AttemptOutcome)
"""Error types of an ask whose retries are expected: the record of asks shows them."""


class RetryWatcher(Interceptor):
    """Queues a case when one of its activities is attempted for the fifth time, unless its error is expected."""

    def __init__(self, queue: RecheckQueue) -> None:
        self._queue = queue

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """Wrap the activities of a worker."""
        return _WatchedActivity(next, self._queue)


class _WatchedActivity(ActivityInboundInterceptor):
    def __init__(self, next: ActivityInboundInterceptor, queue: RecheckQueue) -> None:
        super().__init__(next)
        self._queue = queue

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        info = activity.info()
        ref = CaseRef(info.workflow_id or "")
        if info.attempt < MANY_ATTEMPTS or info.activity_type not in CASE_ACTIVITIES:
            return await super().execute_activity(input)
        if info.activity_type in AGENCY_ACTIVITIES:
            try:
                return await super().execute_activity(input)
            except ApplicationError as error:
                if error.type not in EXPECTED_ERRORS:
                    await self._try(self._queue.queue_recheck(ref))
                raise
        # Queued before the attempt, so that an activity which kills its process each time is noticed as well.
        await self._try(self._queue.queue_recheck(ref))
        result = await super().execute_activity(input)
        await self._try(self._queue.dequeue(ref))
        return result

    async def _try(self, change: Awaitable[None]) -> None:
        """Change the queue, or leave that to the next attempt of the activity, such as without a database."""
        try:
            async with asyncio.timeout(QUEUE_TIMEOUT):
                await change
        except Exception as error:  # noqa: BLE001 - the activity itself must go on
            activity.logger.warning("A recheck was not queued: %s", type(error).__name__)
