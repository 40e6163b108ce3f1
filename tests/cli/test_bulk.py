"""Actions on many cases, cover and corrections, over HTTP against a running service."""

import asyncio

import asyncpg
from temporalio.client import Client

from tests.cli.casework import (
    FOUND,
    add_colleagues,
    get_assignee,
    in_a_month,
    open_case,
    remove_cases,
    wait_for_attempt,
)
from tests.cli.conftest import RunningService
from tests.cli.shell import Shell

UNKNOWN = "RJ-2222-2222"


async def test_many_cases_are_reassigned_and_extended_with_a_result_for_each(
    service: RunningService, supervisor: Shell, pool: asyncpg.Pool
) -> None:
    refs = [await open_case(pool) for _ in range(2)]
    await add_colleagues(pool, "d.ferreira")
    given = await supervisor.rj("reassign", *refs, UNKNOWN, "--to", "d.ferreira")
    assert (given.code, given.out.count("done, version"), "[unknown_case]" in given.out) == (1, 2, True)
    assert [await get_assignee(pool, ref) for ref in refs] == ["d.ferreira"] * 2
    extended = await supervisor.values("extend", *refs, "--until", in_a_month())
    assert [item["done"] for item in extended] == [True, True]
    wrong_role, wrong_day = await asyncio.gather(
        service.caseworker.get_error("reassign", refs[0], "--to", "d.ferreira"),
        supervisor.get_error("extend", refs[0], "--until", "soon"),
    )
    assert wrong_role.endswith("[wrong_role]")
    assert wrong_day == "rj: --until 'soon': Use YYYY-MM-DD, for example 2026-12-31"


async def test_a_dry_run_shows_what_would_change_and_who_would_be_told(supervisor: Shell, pool: asyncpg.Pool) -> None:
    ref = await open_case(pool)
    await add_colleagues(pool, "d.ferreira", "e.onwudiwe")
    await supervisor.value("record", ref, "reassigned", "to=e.onwudiwe")
    dry = (await supervisor.rj("reassign", ref, "--to", "d.ferreira", "--dry-run")).out
    assert dry.startswith(f"{ref}: can be done\n  ")
    assert "d.ferreira" in dry
    assert dry.endswith("Nothing was changed.\n")
    assert await get_assignee(pool, ref) == "e.onwudiwe"
    done = (await supervisor.rj("reassign", ref, "--to", "d.ferreira")).out
    assert done.splitlines()[1:] == dry.splitlines()[1:-1]
    cannot = await supervisor.rj("chase", ref, "--dry-run")
    assert (cannot.code, "[unknown_wait]" in cannot.out) == (1, True)


async def test_what_is_left_to_do_is_named_with_the_key_under_which_it_is_done(
    service: RunningService, supervisor: Shell, pool: asyncpg.Pool
) -> None:
    lost = await open_case(pool)
    await add_colleagues(pool, "d.ferreira", "absent.three", "covering.three")
    await supervisor.value("record", lost, "reassigned", "to=absent.three")
    client = await Client.connect(service.operator.environment["RJ_TEMPORAL_ADDRESS"])
    await client.get_workflow_handle(lost).terminate()
    try:
        for command in (
            ("reassign", lost, "--to", "d.ferreira"),
            ("extend", lost, "--until", in_a_month()),
            ("cover", "start", "absent.three", "covering.three"),
        ):
            ended = await supervisor.rj(*command, "--key", f"{command[0]}-again")
            assert (ended.code, "[not_running]" in ended.out) == (1, True)
            said = f"the same command with --key {command[0]}-again does what is left"
            assert ended.err == f"rj: Some cases could not be reached: {said}\n"
        chosen = await supervisor.rj("reassign", lost, "--to", "d.ferreira")
        assert "with --key rj:" in chosen.err
        assert (await supervisor.rj("reassign", UNKNOWN, "--to", "d.ferreira")).err == ""
    finally:
        await pool.execute("delete from cover_cases where ref = $1", lost)
        await pool.execute("delete from bulk_selections where ref = $1", lost)
        await remove_cases(pool, lost)


async def test_what_is_extended_again_under_its_key_is_not_extended_further(
    supervisor: Shell, pool: asyncpg.Pool
) -> None:
    ref = await open_case(pool)
    await supervisor.value("record", ref, "request_screened", "--answer", "proceed")
    await supervisor.value("record", ref, "trace_answered", *FOUND)
    late = (
        "update waits set overdue_since = due_on where ref = $1 and key = (select min(key) from waits where ref = $1)"
    )
    await pool.execute(late, ref)
    extend = ("extend", ref, "--until", in_a_month(), "--key", f"extend-{ref}")
    first, again = await supervisor.rj(*extend), await supervisor.rj(*extend)
    assert (first.code, again.code, again.out) == (0, 0, first.out)
    query = "select count(*) from entries where ref = $1 and event = 'wait_extended'"
    assert (await pool.fetchval("select count(*) from waits where ref = $1", ref)) > 1
    assert await pool.fetchval(query, ref) == 1


async def test_an_agency_is_reminded_once_for_each_key(caseworker: Shell, pool: asyncpg.Pool) -> None:
    ref = await open_case(pool)
    await caseworker.value("record", ref, "request_screened", "--answer", "proceed")
    await wait_for_attempt(pool, ref)
    for _ in range(2):
        assert (await caseworker.rj("chase", ref, "--key", f"chase-{ref}")).code == 0
    assert await pool.fetchval("select sum(chases) from waits where ref = $1", ref) == 1


async def test_a_wrong_step_is_undone_once_it_is_known_what_that_means(supervisor: Shell, pool: asyncpg.Pool) -> None:
    ref = await open_case(pool)
    assert (await supervisor.get_error("correct", ref)).endswith("[nothing_to_correct]")
    await supervisor.value("record", ref, "request_screened", "--answer", "proceed")
    shown = await supervisor.value("correct", ref, "--dry-run")
    assert (shown["undone_event"], shown["step"], shown["dry_run"]) == ("request_screened", "screening", True)
    said = (await supervisor.rj("correct", ref, "--dry-run")).out
    assert said.startswith(f"{ref}: Entry 2 (request screened) would be undone: back to screening\n")
    done = await supervisor.rj("correct", ref)
    assert done.out.startswith(f"{ref}: Entry 2 (request screened) undone: back to screening\n")
    assert done.out.splitlines()[1:] == said.splitlines()[1:]


async def test_cover_is_started_listed_and_ended(supervisor: Shell, pool: asyncpg.Pool) -> None:
    ref = await open_case(pool)
    await add_colleagues(pool, "absent.two", "covering.two")
    await supervisor.rj("reassign", ref, "--to", "absent.two")
    dry = await supervisor.rj("cover", "start", "absent.two", "covering.two", "--dry-run")
    assert (dry.code, f"{ref}: can be done" in dry.out, await get_assignee(pool, ref)) == (0, True, "absent.two")
    started = await supervisor.rj("cover", "start", "absent.two", "covering.two", "--key", f"cover-{ref}")
    assert (started.code, await get_assignee(pool, ref)) == (0, "covering.two")
    listed = await supervisor.values("cover", "list")
    [cover] = [found for found in listed if found["absent"] == "absent.two"]
    assert (cover["covering"], cover["cases"]) == ("covering.two", 1)
    ended = await supervisor.rj("cover", "end", cover["id"])
    assert (ended.code, await get_assignee(pool, ref)) == (0, "absent.two")
    assert f"Cover {cover['id']}: has ended.\n" in ended.out
    unknown, misspelt = await asyncio.gather(
        supervisor.get_error("cover", "end", "nonsense"),
        supervisor.get_error("cover", "start", "absent.to", "covering.two"),
    )
    assert unknown.endswith("[unknown_cover]")
    assert "did you mean absent.two" in misspelt


async def test_a_cover_that_goes_on_is_said_to(supervisor: Shell, pool: asyncpg.Pool) -> None:
    ref = await open_case(pool)
    await add_colleagues(pool, "absent.five", "absent.four", "covering.four")
    await supervisor.rj("reassign", ref, "--to", "absent.five")
    covers = []
    for absent, covering in (("absent.five", "absent.four"), ("absent.four", "covering.four")):
        [started, _] = await supervisor.values("cover", "start", absent, covering)
        covers.append(started["cover"]["id"])
    first, later = covers
    early = await supervisor.rj("cover", "end", first)
    assert (early.code, early.out.startswith(f"Cover {first}: goes on: ")) == (0, True)
    assert await get_assignee(pool, ref) == "covering.four"
    for cover, whose in ((later, "absent.four"), (first, "absent.five")):
        [over, case] = await supervisor.values("cover", "end", cover)
        assert (over["cover"]["id"], over["is_open"], case["ref"]) == (cover, False, ref)
        assert await get_assignee(pool, ref) == whose
