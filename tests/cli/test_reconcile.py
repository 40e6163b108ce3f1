"""What somebody changed in the case file by hand is found, and rebuilt from the workflow."""

import getpass
from dataclasses import replace

import asyncpg

from adapters.postgres.case_file import PostgresCaseFile
from adapters.postgres.inbox import PostgresInbox
from ports.case_file import WriteBatch
from ports.inbox import InboxMessage
from queries.case_history import CaseHistory
from queries.cases import CaseQueries
from tests.cli.casework import open_case
from tests.cli.conftest import RunningService


async def test_a_row_that_was_changed_is_found_and_rebuilt(service: RunningService, pool: asyncpg.Pool) -> None:
    ref, operator = await open_case(pool), service.operator
    await service.caseworker.value("record", ref, "request_screened", "--answer", "proceed")
    row = "select version, stage, step, assigned_to, due_on, waiting_on, state from cases where ref = $1"
    waits = "select key, waiting_on, due_on, chases from waits where ref = $1 order by key"
    before = (await pool.fetchrow(row, ref), await pool.fetch(waits, ref))
    await pool.execute("update cases set step = 'approaching', assigned_to = 'x', due_on = null where ref = $1", ref)
    await pool.execute("delete from waits where ref = $1", ref)

    found = await operator.rj("reconcile", ref)
    assert (found.code, "step is approaching in the case file and tracing in the workflow" in found.out) == (1, True)
    fixed = await operator.rj("reconcile", ref, "--fix")
    assert (fixed.code, "fixed" in fixed.out) == (0, True)

    assert (await pool.fetchrow(row, ref), await pool.fetch(waits, ref)) == before
    rebuild = await pool.fetchrow("select by, finding, version from rebuilds where ref = $1", ref)
    assert rebuild is not None
    assert tuple(rebuild) == (f"operator:{getpass.getuser()}", "workflow_differs", 2)
    assert (await operator.rj("verify", ref)).code == 0
    assert (await operator.rj("reconcile", ref)).code == 0


async def test_a_case_whose_entries_are_lost_is_not_rebuilt(service: RunningService, pool: asyncpg.Pool) -> None:
    ref, operator = await open_case(pool), service.operator
    await service.caseworker.value("record", ref, "request_screened", "--answer", "proceed")
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("alter table entries disable trigger user")
        await connection.execute(f"create table lost as select * from entries where ref = '{ref}' and version = 2")  # noqa: S608
        await connection.execute("delete from entries where ref = $1 and version = 2", ref)
        await connection.execute("alter table entries enable trigger user")
        await connection.execute("update cases set version = 1 where ref = $1", ref)
    left = await operator.rj("reconcile", ref, "--fix")
    assert (left.code, "cannot be fixed" in left.out) == (1, True)
    assert await pool.fetchval("select version from cases where ref = $1", ref) == 1
    # Other tests have all cases of this database verified.
    await pool.execute("insert into entries select * from lost; drop table lost")
    assert (await operator.rj("reconcile", ref, "--fix")).code == 0


async def test_a_case_with_a_sequence_conflict_is_restarted(service: RunningService, pool: asyncpg.Pool) -> None:
    ref, operator = await open_case(pool), service.operator
    await service.caseworker.value("record", ref, "request_screened", "--answer", "proceed")
    (_, screened), case = await CaseHistory(pool).list_entries(ref), await CaseQueries(pool).get_case(ref)
    assert case is not None
    others = replace(screened, id="another", version=3, event="progress_recorded", data={})
    await PostgresCaseFile(pool).write(WriteBatch(case.ref, (others,), case=replace(case, version=3)))
    reassigned = {"event": "reassigned", "data": {"to": "d.webb"}, "by": {"role": "supervisor", "id": "s.lindqvist"}}
    await PostgresInbox(pool).accept(InboxMessage("staff:s.lindqvist", ref, case.ref, reassigned, bytes(32)))
    found = await operator.rj("reconcile", ref)
    assert (found.code, "the workflow has stopped writing" in found.out) == (1, True)
    assert (await operator.rj("reconcile", ref, "--fix")).code == 0
    events = [entry.event for entry in await CaseHistory(pool).list_entries(ref)]
    assert events == ["request_received", "request_screened", "progress_recorded", "reassigned"]


async def test_a_case_that_does_not_exist_is_said_not_to(service: RunningService) -> None:
    assert await service.operator.get_error("verify", "RJ-2222-2222") == "rj: There is no case RJ-2222-2222"
    assert "is not a case's reference" in await service.operator.get_error("reconcile", "RJ-1")
