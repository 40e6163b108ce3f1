"""What workflows of cases answer to queries, and what Temporal lists and describes of them."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import timedelta

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

from adapters.temporal.retries import CASE_ACTIVITIES, EXPECTED_ERRORS, MANY_ATTEMPTS
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

QUERY_TIMEOUT = timedelta(seconds=25)
"""A workflow task of a killed worker goes to another worker after 10 s, and the query waits for it; what was kept for
that worker alone follows 5 s later (`ending_worker.STICKY_TIMEOUT`)."""
ATTEMPTS, PAUSE_SECONDS = 5, 0.4
"""A workflow that has just continued as a new run takes no query for a moment."""
PAGE_SIZE = 1000
PROBLEMS: SearchAttributeKey[Sequence[str]] = SearchAttributeKey.for_keyword_list("TemporalReportedProblems")
"""Set by the server, such as `category=WorkflowTaskFailed` and `cause=WorkflowTaskFailedCauseNonDeterministicError`."""

_STATE = TypeAdapter(WorkflowState)


class TemporalWorkflowQueries:
    """Implements `ports.workflow_queries.WorkflowQueries`."""

    def __init__(self, client: Client, task_queue: str) -> None:
        self._client = client
        self._running = (
            f"WorkflowType = '{CASE_WORKFLOW}' and ExecutionStatus = 'Running' and TaskQueue = '{task_queue}'"
        )

    async def get_state(self, ref: CaseRef) -> WorkflowState | None:
        """See the port."""
        for _ in range(ATTEMPTS):
            try:
                answer = await self._client.get_workflow_handle(ref).query(
                    GET_STATE, reject_condition=QueryRejectCondition.NOT_OPEN, rpc_timeout=QUERY_TIMEOUT
                )
                return _STATE.validate_python(answer)
            except WorkflowQueryRejectedError:
                # An ended workflow would otherwise answer with its last state.
                return None
            except WorkflowQueryFailedError:
                raise QueryFailed from None
            except RPCError as error:
                match error.status:
                    case RPCStatusCode.NOT_FOUND:
                        return None
                    case RPCStatusCode.DEADLINE_EXCEEDED | RPCStatusCode.CANCELLED:
                        raise QueryTimeout(ref) from None
                    case RPCStatusCode.FAILED_PRECONDITION:
                        await asyncio.sleep(PAUSE_SECONDS)
                    case _:
                        raise
        # No longer because of a new run: its workflow task fails, or no worker was seen for a while.
        problem = await self.get_problem(ref)
        if problem is not None and problem.code is FindingCode.TASK_FAILING:
            raise QueryFailed
        raise QueryTimeout(ref)

    async def list_running(self, after: str = "", up_to: str = "") -> AsyncIterator[CaseSummary]:
        """See the port. Temporal's lists follow the workflows by a moment."""
        bounds = [f"WorkflowId {sign} '{bound}'" for sign, bound in ((">", after), ("<=", up_to)) if bound]
        query = " and ".join((self._running, *bounds))
        async for execution in self._client.list_workflows(query, page_size=PAGE_SIZE):
            attributes = execution.typed_search_attributes
            yield CaseSummary(CaseRef(execution.id), attributes.get(CASE_STAGE, ""), attributes.get(CASE_STEP, ""))

    async def list_failing(self) -> AsyncIterator[CaseRef]:
        """Yield workflows whose task fails or times out repeatedly, five times unless the server is set otherwise."""
        async for execution in self._client.list_workflows(f"{self._running} and {PROBLEMS.name} is not null"):
            yield CaseRef(execution.id)

    async def get_problem(self, ref: CaseRef) -> WorkflowProblem | None:
        """See the port."""
        try:
            description = await self._client.get_workflow_handle(ref).describe()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            raise
        if description.status is not WorkflowExecutionStatus.RUNNING:
            return None
        pending = description.raw_description.pending_activities
        return _find_failing_task(description) or _find_failing_activity(pending)


def _find_failing_task(description: WorkflowExecutionDescription) -> WorkflowProblem | None:
    """Return the problems that the server reports, or a problem without facts after many attempts."""
    problems = description.typed_search_attributes.get(PROBLEMS, ())
    attempts = description.raw_description.pending_workflow_task.attempt
    if not problems and attempts < MANY_ATTEMPTS:
        return None
    facts = (problem.partition("=")[2].removeprefix("WorkflowTaskFailedCause") for problem in problems)
    return WorkflowProblem(FindingCode.TASK_FAILING, tuple(facts))


def _find_failing_activity(pending: Iterable[PendingActivityInfo]) -> WorkflowProblem | None:
    """Return the write to the case file that fails, or else an ask that fails with an unexpected error.

    A last failure without a type is a worker that was killed, which says nothing of the earlier ones.
    """
    failing = [
        activity
        for activity in pending
        if activity.attempt >= MANY_ATTEMPTS and activity.activity_type.name in CASE_ACTIVITIES
    ]
    for activity in sorted(failing, key=lambda activity: activity.activity_type.name != WRITE_CASE_FILE):
        kind, attempts = activity.last_failure.application_failure_info.type, str(activity.attempt - 1)
        if activity.activity_type.name == WRITE_CASE_FILE:
            failure = activity.last_failure.WhichOneof("failure_info") or "unknown"
            return WorkflowProblem(FindingCode.WRITE_FAILING, (attempts, kind or failure))
        if kind and kind not in EXPECTED_ERRORS:
            return WorkflowProblem(FindingCode.ASK_BREAKING_OFF, (attempts, kind))
    return None
