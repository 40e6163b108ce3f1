"""Starts the workflow of a case again, and reads from Temporal what its runs were sent."""

from collections.abc import Sequence
from typing import Any

from temporalio.api.common.v1 import Payload
from temporalio.client import Client, WorkflowHistory
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.service import RPCError, RPCStatusCode

from domain.vocabulary import CaseRef
from workflows.names import CASE_WORKFLOW, RECORD, RECORD_EVENT
from workflows.starting import CaseStart


class TemporalRestarts:
    """Restarts cases of one task queue."""

    def __init__(self, client: Client, task_queue: str) -> None:
        self._client = client
        self._task_queue = task_queue

    async def list_sent(self, ref: CaseRef) -> list[Any]:
        """The JSON of every record that was sent to a case, the oldest first, as far as Temporal still has its runs."""
        histories: list[WorkflowHistory] = []
        run_id: str | None = None
        while run_id != "":
            try:
                history = await self._client.get_workflow_handle(ref, run_id=run_id).fetch_history()
            except RPCError as error:
                if error.status is not RPCStatusCode.NOT_FOUND:
                    raise
                break
            histories.insert(0, history)
            run_id = history.events[0].workflow_execution_started_event_attributes.continued_execution_run_id
        return [record for history in histories for record in await self._list_records(history)]

    async def _list_records(self, history: WorkflowHistory) -> list[Any]:
        records: list[Any] = []
        for event in history.events:
            started = event.workflow_execution_started_event_attributes
            signal = event.workflow_execution_signaled_event_attributes
            update = event.workflow_execution_update_accepted_event_attributes.accepted_request.input
            if started.HasField("input"):
                start: CaseStart
                (start,) = await self._client.data_converter.decode(started.input.payloads, [CaseStart])
                records += [start.request] if start.carried is None else start.carried.pending
            elif signal.signal_name == RECORD:
                records += await self._decode(signal.input.payloads)
            elif update.name == RECORD_EVENT:
                records += await self._decode(update.args.payloads)
        return records

    async def _decode(self, payloads: Sequence[Payload]) -> list[Any]:
        """The one value in `payloads`; none where the case could not read it either."""
        try:
            values = await self._client.data_converter.decode(payloads)
        except Exception:  # noqa: BLE001 - whatever a client sent, the other records count
            return []
        return values if len(values) == 1 else []

    async def start_again(self, start: CaseStart) -> None:
        """Start a case from what is carried over, in the place of a run that there may be."""
        await self._client.start_workflow(
            CASE_WORKFLOW,
            start,
            id=start.ref,
            task_queue=self._task_queue,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.TERMINATE_EXISTING,
            static_summary=f"Request {start.ref}",
        )
