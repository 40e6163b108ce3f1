"""A real Temporal server with a virtual clock: one fixture, since its interface is marked experimental."""

import asyncio
import itertools
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowHandle
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker, WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from adapters.temporal.client import SHARED
from devstack.embedded import POLLS_END_WITH_THEIR_WORKER, temporal_program
from tests.case_workers import create_case_worker
from tests.fakes import REQUEST, Outside
from workflows.clock import REAL_TIME, CaseClock
from workflows.names import CASE_WORKFLOW, RECORD, RECORD_EVENT, SEARCH_ATTRIBUTES
from workflows.starting import CaseStart

CASEWORKER = {"role": "caseworker", "id": "c.okafor"}
SUPERVISOR = {"role": "supervisor", "id": "s.lindqvist"}


@dataclass
class RunningCase:
    """A case on the server, as a test moves it along."""

    environment: WorkflowEnvironment
    handle: WorkflowHandle[Any, Any]
    outside: Outside
    ids: itertools.count = field(default_factory=lambda: itertools.count(1))  # type: ignore[type-arg]

    @property
    def ref(self) -> str:
        return self.handle.id

    def record(self, event: str, by: Mapping[str, Any] = CASEWORKER, **data: Any) -> dict[str, Any]:
        """The JSON of a record with an id of its own."""
        return {"id": f"{self.ref}-{next(self.ids)}", "event": event, "data": data, "by": dict(by)}

    async def record_event(self, event: str, by: Mapping[str, Any] = CASEWORKER, **data: Any) -> dict[str, Any]:
        """Record by update; the answer."""
        record = self.record(event, by, **data)
        answer: dict[str, Any] = await self.handle.execute_update(RECORD_EVENT, record, id=record["id"])
        return answer

    async def signal(self, event: str, by: Mapping[str, Any] = CASEWORKER, **data: Any) -> None:
        """Record by signal."""
        await self.handle.signal(RECORD, self.record(event, by, **data))

    async def status(self) -> dict[str, Any]:
        """The status of the case; a run that has only just been continued is asked again."""
        for _ in range(50):
            with suppress(RPCError):
                status: dict[str, Any] = await self.handle.query("status")
                return status
            await asyncio.sleep(0.1)
        raise TimeoutError("the case does not answer")

    async def wait_until_written(self) -> dict[str, Any]:
        """The status of the case, once all of it is in the case file."""
        return await self.until(lambda status: not status["unwritten"])

    async def until(self, comes: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The status of the case, once this is true of it."""
        async with asyncio.timeout(120):
            while not comes(status := await self.status()):  # noqa: ASYNC110 - a case tells nobody
                await asyncio.sleep(0.02)
        return status

    async def pass_days(self, days: float) -> None:
        """Let the case's own clock run on."""
        await self.environment.fast_forward(self.handle, timedelta(days=days))

    def agency(self, kind: str) -> dict[str, Any]:
        """The agency of a kind, as it records."""
        return {"role": "agency", "id": f"avonside-{kind}", "kind": kind, "area": "avonside"}


@dataclass
class Cases:
    """Starts cases on one worker."""

    environment: WorkflowEnvironment
    task_queue: str
    outside: Outside

    async def start(self, **request: Any) -> RunningCase:
        """A case begun now by a plain request, with these fields changed."""
        data = {**REQUEST, **request}
        record = {"id": "opening", "event": "request_received", "data": data, "by": {"role": "victim"}}
        return await self.start_with(record, REAL_TIME)

    async def start_with(self, record: dict[str, Any], clock: CaseClock) -> RunningCase:
        """A case begun by `record`, on a clock of its own."""
        ref = f"RJ-{uuid.uuid4().hex[:8].upper()}"
        # A case that is started with time skipping runs through all its timers before the test can say a word.
        with self.environment.with_time_skipping_disabled():
            handle = await self.environment.client.start_workflow(
                CASE_WORKFLOW, CaseStart(ref, record, clock), id=ref, task_queue=self.task_queue
            )
        return RunningCase(self.environment, handle, self.outside)


@pytest.fixture(scope="session")
async def virtual() -> AsyncIterator[WorkflowEnvironment]:
    """The server whose workflows have clocks of their own that tests move on."""
    environment = await WorkflowEnvironment.start_time_skipping_v2(
        dev_server_existing_path=str(temporal_program()),
        dev_server_extra_args=[
            "--dynamic-config-value",
            "frontend.WorkflowTimeSkippingEnabled=true",
            "--dynamic-config-value",
            POLLS_END_WITH_THEIR_WORKER,
        ],
        search_attributes=list(SEARCH_ATTRIBUTES),
        plugins=[SHARED],
    )
    async with environment:
        yield environment


def worker_for(cases: Cases, runner: WorkflowRunner | None = None) -> Worker:
    """A worker with substitutes for the outside; it runs in the SDK's sandbox unless another runner is given."""
    outside = cases.outside
    return create_case_worker(
        cases.environment.client,
        cases.task_queue,
        outside.casefile,
        outside.asks,
        outside.channel,
        outside.directory,
        workflow_runner=runner or SandboxedWorkflowRunner(),
    )


@pytest.fixture
def idle_cases(virtual: WorkflowEnvironment) -> Cases:
    """Cases that no worker runs yet."""
    return Cases(virtual, f"cases-{uuid.uuid4().hex}", Outside())


@pytest.fixture
async def cases(idle_cases: Cases) -> AsyncIterator[Cases]:
    """Cases that a worker runs."""
    async with worker_for(idle_cases):
        yield idle_cases
