"""Which cases a reconciliation checks, and what it stores: real PostgreSQL, and workflows that answer as given."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import asyncpg
import pytest

from adapters.postgres.case_file import PostgresCaseFile
from adapters.postgres.findings import PostgresFindings, PostgresReconciliationCursors
from adapters.postgres.pool import open_pool
from application.comparison import StabilityCheck
from application.reconciler import Reconciler
from domain.findings import FindingCode
from domain.vocabulary import CaseRef
from ports.reconciliation import CaseSummary, FindingDetails, PassResult
from ports.workflow_queries import QueryTimeout, WorkflowProblem, WorkflowState
from queries.cases import CaseQueries
from tests.adapters.batches import case, create_batch

pytestmark = pytest.mark.postgres

REFS = [CaseRef(f"RJ-{letter * 4}-2222") for letter in "ABCDEFG"]


@dataclass
class GivenWorkflows:
    """Workflows that answer and are listed as given; `asked` are those that were asked, in order."""

    states: dict[CaseRef, WorkflowState] = field(default_factory=dict)
    lists: dict[CaseRef, CaseSummary] = field(default_factory=dict)
    problems: dict[CaseRef, WorkflowProblem] = field(default_factory=dict)
    silent: set[CaseRef] = field(default_factory=set)
    asked: list[CaseRef] = field(default_factory=list)

    async def get_state(self, ref: CaseRef) -> WorkflowState | None:
        if ref not in self.asked:
            self.asked.append(ref)
        if ref in self.silent:
            raise QueryTimeout(ref)
        return self.states.get(ref)

    async def list_running(self, after: str = "", up_to: str = "") -> AsyncIterator[CaseSummary]:
        for ref, summary in reversed(self.lists.items()):
            if ref > after and (not up_to or ref <= up_to):
                yield summary

    async def list_failing(self) -> AsyncIterator[CaseRef]:
        for ref in self.problems:
            yield ref

    async def get_problem(self, ref: CaseRef) -> WorkflowProblem | None:
        return self.problems.get(ref)


@dataclass
class MemoryFindings:
    """Findings in memory."""

    details: dict[CaseRef, FindingDetails] = field(default_factory=dict)

    async def save(self, ref: CaseRef, area: str, details: FindingDetails) -> None:
        self.details.pop(ref, None)
        if details:
            self.details[ref] = details

    async def mark_checked(self, ref: CaseRef) -> None:
        return

    async def list_refs(self) -> Sequence[CaseRef]:
        return list(self.details)


@dataclass
class MemoryCheckpoints:
    """Checkpoints in memory."""

    positions: dict[str, str] = field(default_factory=dict)

    async def get_position(self, name: str) -> str:
        return self.positions.get(name, "")

    async def save_position(self, name: str, position: str) -> None:
        self.positions[name] = position


@dataclass
class Service:
    """A case file and workflows that agree on seven cases."""

    pool: asyncpg.Pool
    workflows: GivenWorkflows
    reconciler: Reconciler

    findings: MemoryFindings

    def in_postgres(self) -> "Service":
        """The same, whose findings are stored in PostgreSQL."""
        return replace(self, reconciler=replace(self.reconciler, findings=PostgresFindings(self.pool)))

    def list_in_memory(self) -> Mapping[str, str]:
        """What was found, in memory."""
        return {ref: detail for ref, details in self.findings.details.items() for detail in details.values()}

    async def list_stored(self) -> Mapping[str, str]:
        """What was found, in PostgreSQL."""
        return {row["ref"]: row["detail"] for row in await self.pool.fetch("select ref, detail from findings")}


@pytest.fixture
async def service(dsn: str) -> AsyncIterator[Service]:
    async with await open_pool(dsn) as pool:
        workflows, cases = GivenWorkflows(), CaseQueries(pool)
        for ref in REFS:
            await PostgresCaseFile(pool).write(create_batch(1, ref=ref))
            workflows.states[ref] = WorkflowState(await cases.get_case(ref))
            workflows.lists[ref] = CaseSummary(ref, "requested", "screening")
        hasty = StabilityCheck(settles=2, catches_up=4, pause=0)
        findings = MemoryFindings()
        yield Service(
            pool,
            workflows,
            Reconciler(cases, workflows, findings, MemoryCheckpoints(), hasty, batch_size=3, concurrency=2),
            findings,
        )


async def compare_all(service: Service, so_far: PassResult = PassResult()) -> PassResult:  # noqa: B008 - a value that never changes
    return [result async for result in service.reconciler.compare_all(so_far)][-1]


async def test_nothing_is_checked_where_the_lists_agree(service: Service) -> None:
    result = await compare_all(service)
    assert (result.compared, result.checked, result.done) == (7, 0, True)
    assert service.workflows.asked == []


async def test_a_list_that_lags_is_checked_and_no_finding(service: Service) -> None:
    service.workflows.lists[REFS[1]] = CaseSummary(REFS[1], "requested", "asking_victim")
    del service.workflows.lists[REFS[6]]
    result = await compare_all(service)
    assert (result.checked, result.findings) == (2, 0)
    assert service.workflows.asked == [REFS[1], REFS[6]]
    assert service.list_in_memory() == {}


async def test_differences_are_stored_as_findings(service: Service) -> None:
    await service.pool.execute("update cases set step = 'tracing' where ref = $1", REFS[2])
    del service.workflows.lists[REFS[3]], service.workflows.states[REFS[3]]
    unknown = CaseRef("RJ-FFFF-3333")
    service.workflows.lists[unknown] = CaseSummary(unknown, "requested", "screening")
    service.workflows.states[unknown] = WorkflowState(case(1, ref=unknown))
    result = await compare_all(service)
    assert (result.checked, result.findings) == (3, 3)
    assert service.list_in_memory() == {REFS[2]: "workflow_differs step", REFS[3]: "no_workflow", unknown: "no_case"}


async def test_an_ended_case_whose_workflow_still_runs_is_compared_too(service: Service) -> None:
    await service.pool.execute("update cases set step = 'closed', ended_on = '2026-04-01' where ref = $1", REFS[4])
    service.workflows.lists[REFS[4]] = CaseSummary(REFS[4], "requested", "closed")
    assert (await compare_all(service)).checked == 0


async def test_a_finding_keeps_its_beginning_and_is_removed_when_it_is_over(service: Service) -> None:
    service = service.in_postgres()
    await service.pool.execute("update cases set step = 'tracing' where ref = $1", REFS[2])
    await compare_all(service)
    await service.pool.execute("update findings set since = since - interval '1 day', seen_at = since")
    await service.pool.execute("update cases set stage = 'offender_traced' where ref = $1", REFS[2])
    [_, again] = [result async for result in service.reconciler.recheck_findings(PassResult())]
    assert (again.checked, again.findings) == (1, 1)
    row = await service.pool.fetchrow("select *, seen_at - since > interval '23 hours' as kept from findings")
    assert row is not None
    assert (row["detail"], row["area"], row["kept"]) == ("workflow_differs stage step", "eastshire", True)
    await service.pool.execute("update cases set stage = 'requested', step = 'screening'")
    assert [result.findings async for result in service.reconciler.recheck_findings(PassResult())] == [0, 0]
    assert await service.list_stored() == {}


async def test_a_case_that_does_not_answer_keeps_its_findings(service: Service) -> None:
    await service.pool.execute("update cases set step = 'tracing' where ref = $1", REFS[2])
    await compare_all(service)
    service.workflows.silent.add(REFS[2])
    result = await compare_all(service)
    assert (result.unanswered, result.findings) == (1, 0)
    assert service.list_in_memory() == {REFS[2]: "workflow_differs step"}


async def test_a_workflow_problem_explains_what_follows_from_it(service: Service) -> None:
    service = service.in_postgres()
    trouble = WorkflowProblem(FindingCode.WRITE_FAILING, ("7", "TimeoutError"))
    service.workflows.problems[REFS[5]] = trouble
    service.workflows.states[REFS[5]] = WorkflowState(case(2, ref=REFS[5]), unwritten=1)
    [_, result] = [result async for result in service.reconciler.recheck_findings(PassResult())]
    assert result.findings == 1
    rows = await service.pool.fetch("select kind, detail from findings")
    assert [tuple(row) for row in rows] == [("workflow_failing", "write_failing 7 TimeoutError")]


async def test_the_case_that_was_checked_longest_ago_comes_first(service: Service) -> None:
    service = service.in_postgres()
    findings = PostgresFindings(service.pool)
    for ref in (REFS[6], REFS[1], REFS[4]):
        await findings.queue_recheck(ref)
    await service.pool.execute("update recheck_queue set queued_at = now() - interval '1 day' where ref = $1", REFS[4])
    await service.pool.execute("update recheck_queue set queued_at = now() - interval '2 days' where ref = $1", REFS[6])
    assert [
        result.checked async for result in replace(service.reconciler, concurrency=1).recheck_findings(PassResult())
    ] == [
        1,
        2,
        3,
        3,
    ]
    assert service.workflows.asked == [REFS[6], REFS[4], REFS[1]]
    assert await findings.list_refs() == []


async def test_a_case_that_does_not_answer_comes_last_next_time(service: Service) -> None:
    service = service.in_postgres()
    findings = PostgresFindings(service.pool)
    for ref in (REFS[1], REFS[2], REFS[3]):
        await findings.queue_recheck(ref)
    await service.pool.execute("update recheck_queue set queued_at = now() - interval '1 day'")
    service.workflows.silent |= {REFS[1], REFS[3]}
    service.workflows.problems[REFS[3]] = WorkflowProblem(FindingCode.TASK_FAILING, ("TimedOut",))
    [*_, result] = [result async for result in service.reconciler.recheck_findings(PassResult())]
    assert (result.unanswered, result.findings) == (1, 1)
    assert await service.list_stored() == {REFS[3]: "task_failing TimedOut"}

    await findings.queue_recheck(REFS[5])
    await service.pool.execute("update recheck_queue set queued_at = now() - interval '1 hour' where ref = $1", REFS[5])
    assert (await findings.list_refs())[0] == REFS[5]


async def test_a_comparison_continues_where_it_was_interrupted(service: Service) -> None:
    for ref in REFS:
        service.workflows.lists[ref] = replace(service.workflows.lists[ref], step="tracing")
    passing = service.reconciler.compare_all(PassResult())
    result = await anext(passing)
    await passing.aclose()
    assert (result.position, result.checked) == (REFS[1], 2)
    assert service.workflows.asked == REFS[:2]
    assert (await compare_all(service, result)).checked == 7
    assert service.workflows.asked == REFS


async def test_a_run_continues_where_the_last_one_ended(service: Service) -> None:
    reconciler = replace(service.reconciler, checkpoints=PostgresReconciliationCursors(service.pool))

    async def check_next(cases: int) -> list[CaseRef]:
        service.workflows.asked.clear()
        [*_, last] = [result async for result in reconciler.check_next(PassResult(), cases)]
        assert last.checked == len(service.workflows.asked)
        return service.workflows.asked.copy()

    assert await check_next(3) == REFS[:3]
    assert await check_next(3) == REFS[3:6]
    assert await check_next(3) == REFS[6:]
    assert await check_next(3) == REFS[:3]
    assert await service.pool.fetchval(
        "select duration > interval '0' from reconciliation_cursors where name = 'check_next'"
    )
