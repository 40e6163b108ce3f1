"""Which cases a reconciliation looks at, and what it keeps: real PostgreSQL, and an engine that is told what to say."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import asyncpg
import pytest

from adapters.postgres.casefile import PostgresCaseFile
from adapters.postgres.findings import PostgresFindings, PostgresReconciliationCursors
from adapters.postgres.pool import open_pool
from application.comparison import QueryTimeout, StabilityCheck, WorkflowProblem, WorkflowStatus
from application.reconciler import Reconciler
from domain.findings import FindingCode
from domain.json_values import to_json
from domain.vocabulary import CaseRef
from ports.reconciliation import CaseSummary, PassResult
from queries.cases import CaseQueries
from tests.adapters.pages import page

pytestmark = pytest.mark.postgres

REFS = [CaseRef(f"RJ-{letter * 4}-2222") for letter in "ABCDEFG"]


@dataclass
class ToldEngine:
    """An engine whose cases stand as they were told; `asked` are those that were looked at."""

    statuses: dict[CaseRef, dict[str, Any]] = field(default_factory=dict)
    lists: dict[CaseRef, CaseSummary] = field(default_factory=dict)
    troubles: dict[CaseRef, WorkflowProblem] = field(default_factory=dict)
    silent: set[CaseRef] = field(default_factory=set)
    asked: list[CaseRef] = field(default_factory=list)

    async def status(self, ref: CaseRef) -> WorkflowStatus | None:
        if ref not in self.asked:
            self.asked.append(ref)
        if ref in self.silent:
            raise QueryTimeout(ref)
        return self.statuses.get(ref)

    async def running(self, after: str = "", up_to: str = "") -> AsyncIterator[CaseSummary]:
        for ref, each in reversed(self.lists.items()):
            if ref > after and (not up_to or ref <= up_to):
                yield each

    async def troubled(self) -> AsyncIterator[CaseRef]:
        for ref in self.troubles:
            yield ref

    async def trouble(self, ref: CaseRef) -> WorkflowProblem | None:
        return self.troubles.get(ref)


@dataclass
class Office:
    """A case file and an engine that agree on seven cases."""

    pool: asyncpg.Pool
    engine: ToldEngine
    rounds: Reconciler

    async def findings(self) -> Mapping[str, str]:
        return {row["ref"]: row["detail"] for row in await self.pool.fetch("select ref, detail from findings")}


@pytest.fixture
async def office(dsn: str) -> AsyncIterator[Office]:
    async with await open_pool(dsn) as pool:
        engine = ToldEngine()
        for ref in REFS:
            await PostgresCaseFile(pool).write(page(1, ref=ref))
            kept = to_json(await CaseQueries(pool).get_case(ref))
            assert isinstance(kept, dict)
            engine.statuses[ref] = {**kept, "unwritten": 0, "sequence_conflict": ""}
            engine.lists[ref] = CaseSummary(ref, "requested", "screening")
        hasty = StabilityCheck(settles=2, catches_up=4, between_looks=0)
        yield Office(
            pool,
            engine,
            Reconciler(pool, engine, PostgresFindings(pool), PostgresReconciliationCursors(pool), hasty, 3, 2),
        )


async def all_compared(office: Office, so_far: PassResult = PassResult()) -> PassResult:  # noqa: B008 - a value that never changes
    return [tally async for tally in office.rounds.compare_all(so_far)][-1]


async def test_where_all_agree_nothing_is_looked_at(office: Office) -> None:
    tally = await all_compared(office)
    assert (tally.compared, tally.checked, tally.done) == (7, 0, True)
    assert office.engine.asked == []


async def test_a_list_that_lags_is_reason_to_look_and_no_finding(office: Office) -> None:
    office.engine.lists[REFS[1]] = CaseSummary(REFS[1], "requested", "asking_victim")
    del office.engine.lists[REFS[6]]
    tally = await all_compared(office)
    assert (tally.checked, tally.findings) == (2, 0)
    assert office.engine.asked == [REFS[1], REFS[6]]
    assert await office.findings() == {}


async def test_what_differs_is_kept_as_found(office: Office) -> None:
    await office.pool.execute("update cases set step = 'tracing' where ref = $1", REFS[2])
    del office.engine.lists[REFS[3]], office.engine.statuses[REFS[3]]
    unknown = CaseRef("RJ-FFFF-3333")
    office.engine.lists[unknown] = CaseSummary(unknown, "requested", "screening")
    office.engine.statuses[unknown] = {**office.engine.statuses[REFS[0]], "ref": unknown}
    tally = await all_compared(office)
    assert (tally.checked, tally.findings) == (3, 3)
    assert await office.findings() == {REFS[2]: "workflow_differs step", REFS[3]: "no_workflow", unknown: "no_case"}


async def test_an_ended_case_whose_workflow_still_runs_is_compared_too(office: Office) -> None:
    await office.pool.execute("update cases set step = 'closed', ended_on = '2026-04-01' where ref = $1", REFS[4])
    office.engine.lists[REFS[4]] = CaseSummary(REFS[4], "requested", "closed")
    assert (await all_compared(office)).checked == 0


async def test_what_is_found_keeps_its_beginning_and_goes_when_it_is_no_longer_so(office: Office) -> None:
    await office.pool.execute("update cases set step = 'tracing' where ref = $1", REFS[2])
    await all_compared(office)
    await office.pool.execute("update findings set since = since - interval '1 day', seen_at = since")
    await office.pool.execute("update cases set stage = 'offender_traced' where ref = $1", REFS[2])
    [_, again] = [tally async for tally in office.rounds.recheck_findings(PassResult())]
    assert (again.checked, again.findings) == (1, 1)
    row = await office.pool.fetchrow("select *, seen_at - since > interval '23 hours' as kept from findings")
    assert row is not None
    assert (row["detail"], row["area"], row["kept"]) == ("workflow_differs stage step", "eastshire", True)
    await office.pool.execute("update cases set stage = 'requested', step = 'screening'")
    assert [tally.findings async for tally in office.rounds.recheck_findings(PassResult())] == [0, 0]
    assert await office.findings() == {}


async def test_a_case_that_is_silent_keeps_what_was_found_of_it(office: Office) -> None:
    await office.pool.execute("update cases set step = 'tracing' where ref = $1", REFS[2])
    await all_compared(office)
    office.engine.silent.add(REFS[2])
    tally = await all_compared(office)
    assert (tally.unanswered, tally.findings) == (1, 0)
    assert await office.findings() == {REFS[2]: "workflow_differs step"}


async def test_trouble_with_the_engine_is_found_and_explains_what_it_leads_to(office: Office) -> None:
    trouble = WorkflowProblem(FindingCode.WRITE_FAILING, ("7", "TimeoutError"))
    office.engine.troubles[REFS[5]] = trouble
    office.engine.statuses[REFS[5]] |= {"version": 2, "unwritten": 1}
    [_, tally] = [tally async for tally in office.rounds.recheck_findings(PassResult())]
    assert tally.findings == 1
    rows = await office.pool.fetch("select kind, detail from findings")
    assert [tuple(row) for row in rows] == [("workflow_failing", "write_failing 7 TimeoutError")]


async def test_what_was_looked_at_longest_ago_comes_first_suspects_among_it(office: Office) -> None:
    findings = PostgresFindings(office.pool)
    for ref in (REFS[6], REFS[1], REFS[4]):
        await findings.queue_recheck(ref)
    await office.pool.execute("update recheck_queue set queued_at = now() - interval '1 day' where ref = $1", REFS[4])
    await office.pool.execute("update recheck_queue set queued_at = now() - interval '2 days' where ref = $1", REFS[6])
    assert [tally.checked async for tally in replace(office.rounds, at_once=1).recheck_findings(PassResult())] == [
        1,
        2,
        3,
        3,
    ]
    assert office.engine.asked == [REFS[6], REFS[4], REFS[1]]
    assert await findings.refs() == []


async def test_a_silent_case_lets_the_others_come_first_next_time_and_keeps_its_trouble(office: Office) -> None:
    findings = PostgresFindings(office.pool)
    for ref in (REFS[1], REFS[2], REFS[3]):
        await findings.queue_recheck(ref)
    await office.pool.execute("update recheck_queue set queued_at = now() - interval '1 day'")
    office.engine.silent |= {REFS[1], REFS[3]}
    office.engine.troubles[REFS[3]] = WorkflowProblem(FindingCode.TASK_FAILING, ("TimedOut",))
    [*_, tally] = [tally async for tally in office.rounds.recheck_findings(PassResult())]
    assert (tally.unanswered, tally.findings) == (1, 1)
    assert await office.findings() == {REFS[3]: "task_failing TimedOut"}

    await findings.queue_recheck(REFS[5])
    await office.pool.execute("update recheck_queue set queued_at = now() - interval '1 hour' where ref = $1", REFS[5])
    assert (await findings.refs())[0] == REFS[5]


async def test_the_comparison_goes_on_where_it_was_cut_off(office: Office) -> None:
    for ref in REFS:
        office.engine.lists[ref] = replace(office.engine.lists[ref], step="tracing")
    passing = office.rounds.compare_all(PassResult())
    tally = await anext(passing)
    await passing.aclose()
    assert (tally.position, tally.checked) == (REFS[1], 2)
    assert office.engine.asked == REFS[:2]
    assert (await all_compared(office, tally)).checked == 7
    assert office.engine.asked == REFS


async def test_a_run_goes_on_where_the_one_before_came_to(office: Office) -> None:
    async def looked(cases: int) -> list[CaseRef]:
        office.engine.asked.clear()
        [*_, last] = [tally async for tally in office.rounds.check_next(PassResult(), cases)]
        assert last.checked == len(office.engine.asked)
        return office.engine.asked.copy()

    assert await looked(3) == REFS[:3]
    assert await looked(3) == REFS[3:6]
    assert await looked(3) == REFS[6:]
    assert await looked(3) == REFS[:3]
    assert await office.pool.fetchval(
        "select duration > interval '0' from reconciliation_cursors where name = 'check_next'"
    )
