"""Replays a history of a case and tells where it left the case: a replay alone does not compare what was decided."""

from collections.abc import Sequence
from typing import Any

from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.worker import (
    ExecuteWorkflowInput,
    Interceptor,
    Replayer,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
)

from adapters.temporal.client import SHARED
from domain.json_values import Json, to_json
from workflows.case import RestorativeJusticeCase


class _CaseCollector(Interceptor):
    """Keeps the workflow that was replayed, to read its state."""

    def __init__(self) -> None:
        self.cases: list[RestorativeJusticeCase] = []

    def workflow_interceptor_class(self, input: WorkflowInterceptorClassInput) -> type[WorkflowInboundInterceptor]:
        cases = self.cases

        class Inbound(WorkflowInboundInterceptor):
            async def execute_workflow(self, input: ExecuteWorkflowInput) -> Any:
                cases.append(workflow.instance())
                return await super().execute_workflow(input)

        input.unsafe_extern_functions["cases"] = lambda: cases
        return Inbound


async def state_after(history: WorkflowHistory) -> Json:
    """The state that a replay of `history` ends with. Raises where the replay diverges."""
    seen = _CaseCollector()
    replayer = Replayer(workflows=[RestorativeJusticeCase], plugins=[SHARED], interceptors=[seen])
    await replayer.replay_workflow(history)
    return to_json(seen.cases[-1]._log.to_carry_over())


def run_ids(events: Sequence[Any]) -> str:
    """The run that continued the one with these events; empty where none did."""
    last = events[-1].workflow_execution_continued_as_new_event_attributes
    return str(last.new_execution_run_id)
