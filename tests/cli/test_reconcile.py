"""What somebody changed in the case file by hand is found, and written anew from the workflow."""

import asyncpg

from tests.cli.shell import Shell
from tests.cli.test_service import SUPERVISOR, opened, written


async def test_a_row_that_was_changed_is_found_and_written_anew(service: Shell, pool: asyncpg.Pool) -> None:
    ref = await opened(pool)
    await service.value("move", ref, "request_screened", "--answer", "proceed")
    await written(pool, ref, 2)
    row = "select version, stage, step, assigned_to, due_on, waiting_on, state from cases where ref = $1"
    waits = "select key, waiting_on, due_on, chases from waits where ref = $1 order by key"
    before = (await pool.fetchrow(row, ref), await pool.fetch(waits, ref))
    await pool.execute("update cases set step = 'approaching', assigned_to = 'x', due_on = null where ref = $1", ref)
    await pool.execute("delete from waits where ref = $1", ref)

    found = await service.rj("reconcile", ref)
    assert (found.code, "step is approaching in the case file and tracing in the workflow" in found.out) == (1, True)
    assert "a supervisor does this" in await service.refused("reconcile", ref, "--fix")
    fixed = await service.rj("reconcile", ref, "--fix", *SUPERVISOR)
    assert (fixed.code, "written anew from the workflow" in fixed.out) == (0, True)

    assert (await pool.fetchrow(row, ref), await pool.fetch(waits, ref)) == before
    kept = await pool.fetchrow("select by, finding, version from rebuilds where ref = $1", ref)
    assert kept is not None
    assert tuple(kept) == ("staff:s.lindqvist", "workflow_differs", 2)
    assert (await service.rj("verify", ref)).code == 0
    assert (await service.rj("reconcile", ref)).code == 0


async def test_a_case_whose_entries_are_lost_is_not_written_anew(service: Shell, pool: asyncpg.Pool) -> None:
    ref = await opened(pool)
    await service.value("move", ref, "request_screened", "--answer", "proceed")
    await written(pool, ref, 2)
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("alter table entries disable trigger user")
        await connection.execute(f"create table lost as select * from entries where ref = '{ref}' and version = 2")  # noqa: S608
        await connection.execute("delete from entries where ref = $1 and version = 2", ref)
        await connection.execute("alter table entries enable trigger user")
        await connection.execute("update cases set version = 1 where ref = $1", ref)
    left = await service.rj("reconcile", ref, "--fix", *SUPERVISOR)
    assert (left.code, "cannot be written anew" in left.out) == (1, True)
    assert await pool.fetchval("select version from cases where ref = $1", ref) == 1
    # Other tests have all cases of this database verified.
    await pool.execute("insert into entries select * from lost; drop table lost")
    assert (await service.rj("reconcile", ref, "--fix", *SUPERVISOR)).code == 0
