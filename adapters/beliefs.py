"""What the workflows of cases believe, asked of Temporal by query."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

from temporalio.client import Client, WorkflowQueryFailedError, WorkflowQueryRejectedError
from temporalio.common import QueryRejectCondition
from temporalio.service import RPCError, RPCStatusCode

from casework.reconciling import CannotAnswer, Silent, Status
from domain.vocabulary import CaseRef
from workflows.names import WORKFLOW

SECONDS_TO_ANSWER = 25
"""A workflow task that a killed worker had goes to another one after 10 s, and the query waits for it; what was kept
for that worker alone is given up 5 s later (`worker.FORGET_AFTER`)."""
TRIES, SECONDS_BETWEEN_TRIES = 5, 0.4
"""A workflow that has only just gone on in a new run takes no query for a moment."""

_NO_ANSWER = (RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED)


class TemporalBeliefs:
    """Implements `casework.reconciling.Beliefs`."""

    def __init__(self, client: Client, task_queue: str) -> None:
        self._client = client
        self._running = f"WorkflowType = '{WORKFLOW}' and ExecutionStatus = 'Running' and TaskQueue = '{task_queue}'"

    async def status(self, ref: CaseRef) -> Status | None:
        """What the running workflow of `ref` believes; see the port."""
        try:
            return await self._asked(ref)
        except WorkflowQueryRejectedError:
            # It is over: a workflow that has ended would still answer what it believed last.
            return None
        except WorkflowQueryFailedError:
            raise CannotAnswer from None
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            if error.status is RPCStatusCode.FAILED_PRECONDITION:
                # No longer because of a new run: its workflow task fails, or no worker was seen for a while.
                raise CannotAnswer if await self._fails(ref) else Silent(ref) from None
            if error.status in _NO_ANSWER:
                raise Silent(ref) from None
            raise

    async def _asked(self, ref: CaseRef) -> dict[str, Any]:
        handle = self._client.get_workflow_handle(ref)
        for attempt in range(TRIES):
            try:
                status: dict[str, Any] = await handle.query(
                    "status",
                    reject_condition=QueryRejectCondition.NOT_OPEN,
                    rpc_timeout=timedelta(seconds=SECONDS_TO_ANSWER),
                )
            except RPCError as error:
                if error.status is not RPCStatusCode.FAILED_PRECONDITION or attempt == TRIES - 1:
                    raise
                await asyncio.sleep(SECONDS_BETWEEN_TRIES)
            else:
                return status
        raise AssertionError("the last try answers or raises")

    async def _fails(self, ref: CaseRef) -> bool:
        described = await self._client.get_workflow_handle(ref).describe()
        return described.raw_description.pending_workflow_task.attempt > 1

    async def running(self) -> AsyncIterator[CaseRef]:
        """The cases whose workflows run, as Temporal's lists know them: they follow by a moment."""
        async for execution in self._client.list_workflows(self._running):
            yield CaseRef(execution.id)
