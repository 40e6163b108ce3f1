"""What a case has to try time and again is noticed by the worker that tries it, so that somebody looks at once."""

import asyncio
from collections.abc import Awaitable
from typing import Any, Protocol

from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from domain.vocabulary import CaseRef
from ports.agencies import AttemptOutcome
from workflows.names import ASK_AGENCY, CANCEL_ASK, FIND_RESULTS, WRITE_CASE_FILE

ATTEMPTS = 5
"""So often something has to be tried before it counts as trouble: a restart or a moment without a database is none."""
SECONDS_TO_NOTE = 2.0
AGENCY_ACTIVITIES = frozenset({ASK_AGENCY, CANCEL_ASK})
OF_CASES = AGENCY_ACTIVITIES | {WRITE_CASE_FILE, FIND_RESULTS}
"""The activities of cases."""
PLANNED = frozenset(outcome.value for outcome in AttemptOutcome)
"""As what an ask fails that is tried again as it should be: its own record says so."""


class RecheckQueue(Protocol):
    """Keeps which cases are to be looked at."""

    async def queue_recheck(self, ref: CaseRef) -> None:
        """The case `ref` is to be looked at in the next round."""

    async def dequeue(self, ref: CaseRef) -> None:
        """It need not be: what was tried has gone well."""


class RetryWatcher(Interceptor):
    """Queues a recheck of a case of which an activity is tried for the fifth time or later, but for what fails as planned."""

    def __init__(self, recheck_queue: RecheckQueue) -> None:
        self._recheck_queue = recheck_queue

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """Wrap the activities of a worker."""
        return _Noticing(next, self._recheck_queue)


class _Noticing(ActivityInboundInterceptor):
    def __init__(self, next: ActivityInboundInterceptor, recheck_queue: RecheckQueue) -> None:
        super().__init__(next)
        self._recheck_queue = recheck_queue

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        info = activity.info()
        often = info.attempt >= ATTEMPTS and info.activity_type in OF_CASES
        if not often:
            return await super().execute_activity(input)
        ref = CaseRef(info.workflow_id or "")
        return await (self._ask(ref, input) if info.activity_type in AGENCY_ACTIVITIES else self._case_file(ref, input))

    async def _case_file(self, ref: CaseRef, input: ExecuteActivityInput) -> Any:
        """Noted before it is tried: what ends its process each time is noticed as well."""
        await self._keep(self._recheck_queue.queue_recheck(ref))
        written = await super().execute_activity(input)
        await self._keep(self._recheck_queue.dequeue(ref))
        return written

    async def _ask(self, ref: CaseRef, input: ExecuteActivityInput) -> Any:
        try:
            return await super().execute_activity(input)
        except ApplicationError as error:
            if error.type not in PLANNED:
                await self._keep(self._recheck_queue.queue_recheck(ref))
            raise

    async def _keep(self, noting: Awaitable[None]) -> None:
        """Where that fails too, such as without a database, the next try notes it."""
        try:
            async with asyncio.timeout(SECONDS_TO_NOTE):
                await noting
        except Exception as error:  # noqa: BLE001 - it must not keep the activity from what it is there for
            activity.logger.warning("A recheck was not queued: %s", type(error).__name__)
