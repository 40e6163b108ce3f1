"""The reconciliation in service: real cases, a real worker, and a schedule that starts it."""

import asyncio
import random
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from pydantic import SecretStr
from temporalio import workflow
from temporalio.client import Client, ScheduleActionExecutionStartWorkflow, WorkflowHandle
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.agencies import AgencyActivities
from activities.case_file import CaseFileActivities
from adapters.postgres.asks import PostgresAsks
from adapters.postgres.case_file import PostgresCaseFile
from adapters.postgres.findings import PostgresFindings, PostgresReconciliationCursors
from adapters.postgres.pool import open_pool
from adapters.temporal.client import SHARED
from adapters.temporal.ending_worker import EndingWorker
from adapters.temporal.failures import FailureRedactor
from adapters.temporal.retries import RetryWatcher
from adapters.temporal.schedules import update_schedules
from adapters.temporal.workflow_queries import TemporalWorkflowQueries
from application.comparison import StabilityCheck
from application.reconciler import Reconciler
from devstack.embedded import TemporalServer
from domain.effects import ToAgency
from domain.references import new_ref
from domain.vocabulary import CaseRef
from domain.wording.findings import describe_finding
from ports.agencies import Agency
from ports.case_file import WriteBatch
from ports.reconciliation import PassResult
from queries.cases import CaseQueries
from settings import Settings
from tests.fakes import REQUEST, EveryAgency, MemoryChannel
from tests.token_keys import TOKEN_KEY_SETTING
from tests.waiting import eventually
from worker import build_worker
from workflows.case import RestorativeJusticeCase
from workflows.names import CASE_WORKFLOW, RECONCILIATION, RECORD
from workflows.reconciliation import ReconciliationPlan, ReconciliationResult
from workflows.starting import CaseStart

pytestmark = [pytest.mark.postgres, pytest.mark.temporal]

HASTY = StabilityCheck(settles=2, catches_up=3, pause=0.05)


@dataclass
class Service:
    """Real servers, and a task queue of its own."""

    pool: asyncpg.Pool
    client: Client
    settings: Settings
    cases: list[WorkflowHandle[Any, Any]]

    @property
    def rounds(self) -> Reconciler:
        """A reconciliation that is soon out of patience."""
        engine = TemporalWorkflowQueries(self.client, self.settings.task_queue)
        return Reconciler(
            CaseQueries(self.pool), engine, PostgresFindings(self.pool), PostgresReconciliationCursors(self.pool), HASTY
        )

    def worker(self) -> Worker:
        """The worker as it is in service."""
        return build_worker(self.client, self.pool, MemoryChannel(), self.settings.task_queue)

    async def start_case(self) -> CaseRef:
        ref = new_ref(random.SystemRandom())
        request = {"id": "request", "event": "request_received", "data": REQUEST, "by": {"role": "victim"}}
        start, queue = CaseStart(ref, request), self.settings.task_queue
        self.cases.append(await self.client.start_workflow(CASE_WORKFLOW, start, id=ref, task_queue=queue))
        return ref

    async def wait_until_written(self, ref: CaseRef) -> None:
        await eventually(lambda: CaseQueries(self.pool).get_case(ref))

    async def findings(self) -> dict[str, str]:
        rows = await self.pool.fetch("select ref, kind, detail from findings")
        return {row["ref"]: f"{row['kind']}: {row['detail']}" for row in rows}

    async def wait_until_listed(self, count: int) -> None:
        """Wait until Temporal's lists have so many running cases, with what they say of themselves."""
        engine = self.rounds.workflows

        async def all_there() -> bool:
            return [bool(case.stage) async for case in engine.list_running()].count(True) == count

        await eventually(all_there)


@pytest.fixture
async def service(dsn: str, temporal: TemporalServer) -> AsyncIterator[Service]:
    client = await Client.connect(temporal.address, plugins=[SHARED])
    settings = Settings(
        token_key=TOKEN_KEY_SETTING, database_url=SecretStr(dsn), task_queue=f"reconciled-{uuid.uuid4().hex}"
    )
    async with await open_pool(dsn) as pool:
        service = Service(pool, client, settings, [])
        yield service
        for case in service.cases:
            await case.terminate()


async def test_the_schedule_has_the_cases_compared_and_findings_are_kept_until_they_are_fixed(
    service: Service,
) -> None:
    async with service.worker():
        well, changed, lost = [await service.start_case() for _ in range(3)]
        for ref in (well, changed, lost):
            await service.wait_until_written(ref)
        await service.wait_until_listed(3)
        await asyncio.gather(*(update_schedules(service.client, service.settings) for _ in range(4)))
        assert await reconcile(service) == {}

        await service.pool.execute("update cases set step = 'tracing' where ref = $1", changed)
        await service.client.get_workflow_handle(lost).terminate()
        assert await reconcile(service) == {
            changed: "state_mismatch: workflow_differs step",
            lost: "state_mismatch: no_workflow",
        }
        await service.pool.execute("update cases set step = 'screening' where ref = $1", changed)
        await service.pool.execute("update cases set step = 'closed', ended_on = '2026-04-01' where ref = $1", lost)
        service.cases.pop()
        assert await reconcile(service) == {}
        assert (
            await service.pool.fetchval("select count(*) from reconciliation_cursors where completed_at is not null")
            == 2
        )
    await update_schedules(service.client, service.settings.model_copy(update={"reconcile_minutes": 0}))
    assert await schedules_of(service) == []


async def reconcile(service: Service) -> dict[str, str]:
    """What is found when the one schedule of this service is triggered."""
    (id,) = await schedules_of(service)
    schedule = service.client.get_schedule_handle(id)
    before = (await schedule.describe()).info.num_actions
    await schedule.trigger()
    await eventually(lambda: _has_run(service, id, before))
    return await service.findings()


async def _has_run(service: Service, id: str, before: int) -> bool:
    info = (await service.client.get_schedule_handle(id).describe()).info
    if info.num_actions == before or info.running_actions:
        return False
    run = info.recent_actions[-1].action
    assert isinstance(run, ScheduleActionExecutionStartWorkflow)
    handle = service.client.get_workflow_handle(run.workflow_id, run_id=run.first_execution_run_id)
    return (await handle.result()) is not None


async def schedules_of(service: Service) -> list[str]:
    return [
        schedule.id
        async for schedule in await service.client.list_schedules()
        if schedule.id == f"{service.settings.task_queue}-reconciliation"
    ]


async def test_a_schedule_that_is_made_again_keeps_its_pause_and_takes_the_new_interval(service: Service) -> None:
    await update_schedules(service.client, service.settings)
    (id,) = [f"{service.settings.task_queue}-reconciliation"]
    schedule = service.client.get_schedule_handle(id)
    await schedule.pause(note="the database moves tonight")
    await update_schedules(service.client, service.settings.model_copy(update={"reconcile_minutes": 30}))
    kept = (await schedule.describe()).schedule
    assert (kept.state.paused, kept.state.note) == (True, "the database moves tonight")
    assert kept.spec.intervals[0].every == timedelta(minutes=30)
    await schedule.delete()


class RefusingCaseFile(PostgresCaseFile):
    """A case file that takes the batches of no case but the `well` ones."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        super().__init__(pool)
        self.well: set[CaseRef] = set()

    async def write(self, batch: WriteBatch) -> None:
        if batch.ref not in self.well:
            raise ConnectionRefusedError(f"a driver may quote {batch.ref}")
        await super().write(batch)


class ForgettingAsks(PostgresAsks):
    """Breaks off where it is to be kept that something leaves."""

    async def start_attempt(self, effect: ToAgency, agency: Agency) -> int | None:
        raise KeyError(effect.key)


async def test_what_a_worker_has_to_try_time_and_again_is_looked_at_in_the_next_round(service: Service) -> None:
    file, findings = RefusingCaseFile(service.pool), PostgresFindings(service.pool)
    case_file = CaseFileActivities(file)
    asks = AgencyActivities(EveryAgency(), ForgettingAsks(service.pool), MemoryChannel())
    worker = EndingWorker(
        service.client,
        task_queue=service.settings.task_queue,
        workflows=[RestorativeJusticeCase],
        activities=[case_file.write_case_file, case_file.find_results, asks.ask_agency],
        interceptors=[RetryWatcher(findings), FailureRedactor()],
    )
    async with worker:
        stops, breaks = await service.start_case(), await service.start_case()
        file.well |= {stops, breaks}
        for ref in (stops, breaks):
            await service.wait_until_written(ref)
        file.well.remove(stops)
        await service.client.get_workflow_handle(stops).signal(RECORD, _screen(stops))
        await service.client.get_workflow_handle(breaks).signal(RECORD, _screen(breaks))
        new = await service.start_case()
        await eventually(lambda: _are_all_in(findings, {stops, breaks, new}))
        [*_, tally] = [tally async for tally in service.rounds.recheck_findings(PassResult())]
        assert (tally.checked, tally.findings) == (3, 3)
    found = {ref: detail.split() for ref, detail in (await service.findings()).items()}
    assert {ref: (*words[:2], words[-1]) for ref, words in found.items()} == {
        stops: ("workflow_failing:", "write_failing", "ConnectionRefusedError"),
        new: ("workflow_failing:", "write_failing", "ConnectionRefusedError"),
        breaks: ("workflow_failing:", "ask_breaking_off", "KeyError"),
    }
    assert await service.pool.fetchval("select count(*) from recheck_queue") == 0


def _screen(ref: CaseRef) -> dict[str, Any]:
    by = {"role": "caseworker", "id": "c.okafor"}
    return {"id": f"{ref}-screened", "event": "request_screened", "data": {"answer": "proceed"}, "by": by}


async def _are_all_in(findings: PostgresFindings, refs: set[CaseRef]) -> bool:
    return refs <= {*await findings.list_refs()}


@workflow.defn(name=CASE_WORKFLOW, sandboxed=False)
class AnotherVersion(RestorativeJusticeCase):
    """The case's workflow as it must not be changed: what it did first was something else."""

    @workflow.run
    async def run(self, start: CaseStart) -> Any:
        await workflow.sleep(1)
        return await super().run(start)


@pytest.mark.long
async def test_a_case_that_the_code_no_longer_fits_is_found_and_is_well_again_under_the_old_code(
    service: Service,
) -> None:
    async with service.worker():
        ref = await service.start_case()
        await service.wait_until_written(ref)
    screened = {"id": "s", "event": "request_screened", "data": {"answer": "proceed"}, "by": {"role": "caseworker"}}
    await service.cases[0].signal(RECORD, {**screened, "by": {"role": "caseworker", "id": "c.okafor"}})
    queue = service.settings.task_queue
    wrong = EndingWorker(
        service.client, task_queue=queue, workflows=[AnotherVersion], workflow_runner=UnsandboxedWorkflowRunner()
    )
    async with wrong:
        engine = service.rounds.workflows

        async def is_reported() -> bool:
            return [ref async for ref in engine.list_failing()] == [ref]

        await eventually(is_reported)
        [*_, tally] = [tally async for tally in service.rounds.recheck_findings(PassResult())]
        assert tally.findings == 1
        (found,) = (await service.findings()).values()
        assert found == "workflow_failing: task_failing WorkflowTaskFailed NonDeterministicError"
        assert "code fails on this case" in describe_finding(found.partition(": ")[2]).why
    async with service.worker():

        async def is_fixed() -> bool:
            [*_, tally] = [tally async for tally in service.rounds.recheck_findings(PassResult())]
            return tally.findings == 0

        await eventually(is_fixed)
    assert await service.findings() == {}


async def test_the_run_is_over_in_the_time_that_it_is_given(service: Service) -> None:
    async with service.worker():
        refs = [await service.start_case() for _ in range(3)]
        for ref in refs:
            await service.wait_until_written(ref)
        plan = ReconciliationPlan(seconds_to_compare=60, seconds_to_look=0, cases=10)
        done: ReconciliationResult = await service.client.execute_workflow(
            RECONCILIATION,
            plan,
            id=f"{uuid.uuid4()}",
            task_queue=service.settings.task_queue,
            result_type=ReconciliationResult,
        )
    assert (done.next.checked, done.next.done) == (3, False)
