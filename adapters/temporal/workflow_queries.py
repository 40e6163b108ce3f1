"""What the workflows of cases answer to queries; and what Temporal lists and describes of them."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import timedelta
from typing import Any

from pydantic import TypeAdapter
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.client import (
    Client,
    WorkflowExecutionDescription,
    WorkflowExecutionStatus,
    WorkflowQueryFailedError,
    WorkflowQueryRejectedError,
)
from temporalio.common import QueryRejectCondition, SearchAttributeKey
from temporalio.service import RPCError, RPCStatusCode

from adapters.temporal.retries import ATTEMPTS, OF_CASES, PLANNED
from domain.findings import FindingCode
from domain.vocabulary import CaseRef
from ports.reconciliation import CaseSummary
from ports.workflow_queries import QueryFailed, QueryTimeout, WorkflowProblem, WorkflowState
from workflows.names import (
    CASE_STAGE,
    CASE_STEP,
    CASE_WORKFLOW,
    GET_STATE,
    WRITE_CASE_FILE,
)

SECONDS_TO_ANSWER = 25
"""A workflow task that a killed worker had goes to another one after 10 s, and the query waits for it; what was kept
for that worker alone is given up 5 s later (`worker.FORGET_AFTER`)."""
TRIES, SECONDS_BETWEEN_TRIES = 5, 0.4
"""A workflow that has only just gone on in a new run takes no query for a moment."""
PAGE = 1000
PROBLEMS: SearchAttributeKey[Sequence[str]] = SearchAttributeKey.for_keyword_list("TemporalReportedProblems")
"""Set by the server, such as `category=WorkflowTaskFailed` and `cause=WorkflowTaskFailedCauseNonDeterministicError`."""

_STATE = TypeAdapter(WorkflowState)
_NO_ANSWER = (RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED)


class TemporalWorkflowQueries:
    """Implements `ports.workflow_queries.WorkflowQueries`."""

    def __init__(self, client: Client, task_queue: str) -> None:
        self._client = client
        self._running = (
            f"WorkflowType = '{CASE_WORKFLOW}' and ExecutionStatus = 'Running' and TaskQueue = '{task_queue}'"
        )

    async def get_state(self, ref: CaseRef) -> WorkflowState | None:
        """The state of the running workflow of `ref`; see the port."""
        answer = await self._answered(ref, GET_STATE)
        return None if answer is None else _STATE.validate_python(answer)

    async def _answered(self, ref: CaseRef, query: str) -> dict[str, Any] | None:
        try:
            return await self._asked(ref, query)
        except WorkflowQueryRejectedError:
            # It is over: a workflow that has ended would still answer what it believed last.
            return None
        except WorkflowQueryFailedError:
            raise QueryFailed from None
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            if error.status is RPCStatusCode.FAILED_PRECONDITION:
                # No longer because of a new run: its workflow task fails, or no worker was seen for a while.
                raise QueryFailed if await self._fails(ref) else QueryTimeout(ref) from None
            if error.status in _NO_ANSWER:
                raise QueryTimeout(ref) from None
            raise

    async def _asked(self, ref: CaseRef, query: str) -> dict[str, Any]:
        handle = self._client.get_workflow_handle(ref)
        for attempt in range(TRIES):
            try:
                status: dict[str, Any] = await handle.query(
                    query,
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
        problem = await self.get_problem(ref)
        return problem is not None and problem.code is FindingCode.TASK_FAILING

    async def list_running(self, after: str = "", up_to: str = "") -> AsyncIterator[CaseSummary]:
        """The workflows that run, as Temporal's lists know them: they follow by a moment."""
        bounds = [f"WorkflowId {sign} '{bound}'" for sign, bound in ((">", after), ("<=", up_to)) if bound]
        async for execution in self._client.list_workflows(" and ".join((self._running, *bounds)), page_size=PAGE):
            said = execution.typed_search_attributes
            yield CaseSummary(CaseRef(execution.id), said.get(CASE_STAGE, ""), said.get(CASE_STEP, ""))

    async def list_failing(self) -> AsyncIterator[CaseRef]:
        """The workflows whose task fails or times out time and again (five times in a row, unless the server is told
        another number), until one goes well.
        """
        async for execution in self._client.list_workflows(f"{self._running} and {PROBLEMS.name} is not null"):
            yield CaseRef(execution.id)

    async def get_problem(self, ref: CaseRef) -> WorkflowProblem | None:
        """What keeps the workflow of `ref` from continuing; see the port."""
        try:
            described = await self._client.get_workflow_handle(ref).describe()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            raise
        if described.status is not WorkflowExecutionStatus.RUNNING:
            return None
        return _task_failing(described) or _activity_failing(described.raw_description.pending_activities)


def _task_failing(described: WorkflowExecutionDescription) -> WorkflowProblem | None:
    """Where the server does not report problems, or not yet, the number of attempts says it."""
    problems = described.typed_search_attributes.get(PROBLEMS, ())
    attempts = described.raw_description.pending_workflow_task.attempt
    if not problems and attempts < ATTEMPTS:
        return None
    facts = (each.partition("=")[2].removeprefix("WorkflowTaskFailedCause") for each in problems)
    return WorkflowProblem(FindingCode.TASK_FAILING, tuple(facts))


def _activity_failing(pending: Iterable[PendingActivityInfo]) -> WorkflowProblem | None:
    """Its pages first; an ask only where it breaks off: one that does not arrive is shown by its own record.

    A last failure without a kind is a worker that was killed, which says nothing of the ones before.
    """
    often = [each for each in pending if each.attempt >= ATTEMPTS and each.activity_type.name in OF_CASES]
    for each in sorted(often, key=lambda each: each.activity_type.name != WRITE_CASE_FILE):
        kind, attempts = each.last_failure.application_failure_info.type, str(each.attempt - 1)
        if each.activity_type.name == WRITE_CASE_FILE:
            otherwise = each.last_failure.WhichOneof("failure_info") or "unknown"
            return WorkflowProblem(FindingCode.WRITE_FAILING, (attempts, kind or otherwise))
        if kind and kind not in PLANNED:
            return WorkflowProblem(FindingCode.ASK_BREAKING_OFF, (attempts, kind))
    return None
