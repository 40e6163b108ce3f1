"""A caseworker's and a supervisor's day on the command line, against a running service."""

from datetime import UTC, datetime, timedelta

import asyncpg

from adapters.postgres.case_file import PostgresCaseFile
from tests.adapters.pages import OTHER_REF, page
from tests.cli.shell import Shell
from tests.cli.test_service import SUPERVISOR, in_a_month, opened, removed, tried, written


async def assigned(pool: asyncpg.Pool, ref: str) -> str:
    name: str = await pool.fetchval("select assigned_to from cases where ref = $1", ref)
    return name


async def test_what_is_due_is_listed_up_to_a_day(service: Shell, pool: asyncpg.Pool) -> None:
    ref = await opened(pool, "avonside")
    soon = await service.rj("due", "--until", in_a_month(), "--limit", "1000", "--json")
    assert ref in {case["ref"] for case in soon.values}
    assert ref not in {case["ref"] for case in (await service.rj("due", "--json")).values}
    assert "a day is written as" in await service.refused("due", "--until", "monday")


async def test_what_is_due_today_and_this_week_is_listed_with_what_is_over_it(
    service: Shell, pool: asyncpg.Pool
) -> None:
    today = datetime.now(UTC).date()
    refs = [await opened(pool) for _ in range(4)]
    await service.rj("reassign", *refs, "--to", "due.keeper", *SUPERVISOR)
    for ref, days in zip(refs, (-3, 0, 6, 7), strict=True):
        await pool.execute("update cases set due_on = $2 where ref = $1", ref, today + timedelta(days=days))
    await pool.execute("update cases set overdue_since = due_on where ref = $1", refs[0])

    async def listed(*options: str) -> list[tuple[str, bool]]:
        ended = await service.rj("due", "--assigned-to", "due.keeper", "--area", "avonside", *options, "--json")
        return [(case["ref"], case["overdue_since"] is not None) for case in ended.values]

    assert await listed() == [(refs[0], True), (refs[1], False)]
    assert await listed("--week") == [(refs[0], True), (refs[1], False), (refs[2], False)]
    shown = (await service.rj("due", "--assigned-to", "due.keeper")).out.splitlines()
    assert [line.split()[:3] for line in shown[1:]] == [
        [refs[0], str(today - timedelta(days=3)), "overdue"],
        [refs[1], str(today), "screening"],
    ]


async def test_what_can_be_recorded_is_said_with_the_fields_to_type(service: Shell, pool: asyncpg.Pool) -> None:
    ref = await opened(pool)
    said = (await service.rj("allowed-events", ref)).out
    assert "request_screened: The request is taken up or refused." in said
    assert "  --answer proceed" in said
    assert "  --answer refuse --reason duplicate|" in said
    assert "reassigned" not in said
    assert "reassigned" in (await service.rj("allowed-events", ref, *SUPERVISOR)).out


async def test_what_the_victim_was_told_is_shown_in_its_words(service: Shell, pool: asyncpg.Pool) -> None:
    ref = await opened(pool)
    [message] = (await service.rj("told", ref, "--json")).values
    assert message["wording"]
    assert message["wording"][0] in (await service.rj("told", ref)).out


async def test_many_cases_are_reassigned_and_extended_with_a_result_for_each(
    service: Shell, pool: asyncpg.Pool
) -> None:
    refs = [await opened(pool) for _ in range(2)]
    given = await service.rj("reassign", *refs, "RJ-2222-2222", "--to", "d.ferreira", *SUPERVISOR)
    assert (given.code, given.out.count("done, version"), "no such case" in given.out) == (1, 2, True)
    assert {await assigned(pool, ref) for ref in refs} == {"d.ferreira"}
    extended = await service.rj("extend", *refs, "--until", in_a_month(), *SUPERVISOR)
    assert (extended.code, extended.out.count("done, version")) == (0, 2)
    assert "a supervisor does this" in await service.refused("reassign", refs[0], "--to", "d.ferreira")
    assert "a day is written as" in await service.refused("extend", refs[0], "--until", "soon", *SUPERVISOR)


async def test_what_may_yet_be_done_to_many_cases_is_said_with_the_id_to_send_it_again_under(
    service: Shell, pool: asyncpg.Pool
) -> None:
    lost = OTHER_REF
    await PostgresCaseFile(pool).write(page(1, ref=lost, assigned_to="absent.three"))
    try:
        for command in (
            ("reassign", lost, "--to", "d.ferreira"),
            ("extend", lost, "--until", in_a_month()),
            ("cover", "begin", "absent.three", "covering.three"),
        ):
            ended = await service.rj(*command, "--id", f"{command[0]}-again", *SUPERVISOR)
            assert (ended.code, "runs no such case" in ended.out) == (1, True)
            assert (
                ended.err == f"rj: with --id {command[0]}-again the same again does what was left, and nothing twice\n"
            )
        chosen = await service.rj("reassign", lost, "--to", "d.ferreira", *SUPERVISOR)
        assert "with --id rj:" in chosen.err
        assert (await service.rj("reassign", "RJ-2222-2222", "--to", "d.ferreira", *SUPERVISOR)).err == ""
    finally:
        await pool.execute("delete from cover_cases where ref = $1", lost)
        await pool.execute("delete from bulk_selections where ref = $1", lost)
        await removed(pool, lost)


async def test_what_is_extended_again_under_its_id_is_not_extended_further(service: Shell, pool: asyncpg.Pool) -> None:
    ref = await opened(pool)
    await service.value("move", ref, "request_screened", "--answer", "proceed")
    found = ("--answer", "found", "--whereabouts", "custody", "--responsible-agency", "prison")
    await service.value("move", ref, "trace_answered", *found, "--on-behalf-of", "vlo")
    await written(pool, ref, 3)
    late = (
        "update waits set overdue_since = due_on where ref = $1 and key = (select min(key) from waits where ref = $1)"
    )
    await pool.execute(late, ref)
    extend = ("extend", ref, "--until", in_a_month(), "--id", f"extend-{ref}", *SUPERVISOR)
    first, again = await service.rj(*extend), await service.rj(*extend)
    assert (first.code, again.code, again.out) == (0, 0, first.out)
    query = "select count(*) from entries where ref = $1 and event = 'wait_extended'"
    assert (await pool.fetchval("select count(*) from waits where ref = $1", ref)) > 1
    assert await pool.fetchval(query, ref) == 1


async def test_an_agency_is_reminded_now_and_the_same_again_counts_once(service: Shell, pool: asyncpg.Pool) -> None:
    ref = await opened(pool)
    await service.value("move", ref, "request_screened", "--answer", "proceed")
    await tried(pool, ref)
    for _ in range(2):
        assert (await service.rj("chase", ref, "--id", f"chase-{ref}")).code == 0
    assert await pool.fetchval("select chases from waits where ref = $1", ref) == 1


async def test_a_wrong_step_is_taken_back_once_it_is_known_what_that_means(service: Shell, pool: asyncpg.Pool) -> None:
    ref = await opened(pool)
    assert "There is nothing to correct" in await service.refused("correct", ref, *SUPERVISOR)
    await service.value("move", ref, "request_screened", "--answer", "proceed")
    await written(pool, ref, 2)
    shown = await service.value("correct", ref, "--dry-run", *SUPERVISOR)
    assert (shown["event"], shown["back_to"]) == ("request_screened", "screening")
    done = await service.value("correct", ref, *SUPERVISOR)
    assert (done["taken_back"], done["step"]) == (2, "screening")


async def test_cover_is_given_listed_and_ended(service: Shell, pool: asyncpg.Pool) -> None:
    ref = await opened(pool)
    await service.rj("reassign", ref, "--to", "absent.two", *SUPERVISOR)
    begun = await service.rj("cover", "begin", "absent.two", "covering.two", "--id", f"cover-{ref}", *SUPERVISOR)
    assert (begun.code, await assigned(pool, ref)) == (0, "covering.two")
    listed = (await service.rj("cover", "list", "--json")).values
    assert ("absent.two", "covering.two", 1) in {(each["absent"], each["covering"], each["cases"]) for each in listed}
    ended = await service.rj("cover", "end", f"cover-{ref}", *SUPERVISOR)
    assert (ended.code, await assigned(pool, ref)) == (0, "absent.two")
    assert f"Cover cover-{ref} is over.\n" in ended.out
    assert "there is no cover" in await service.refused("cover", "end", "nonsense", *SUPERVISOR)
    assert "[free_text]" in await service.refused("cover", "begin", "Mary Smith", "covering.two", *SUPERVISOR)


async def test_a_cover_that_goes_on_is_said_to(service: Shell, pool: asyncpg.Pool) -> None:
    ref = await opened(pool)
    await service.rj("reassign", ref, "--to", "absent.three", *SUPERVISOR)
    for absent, covering in (("absent.three", "absent.four"), ("absent.four", "covering.four")):
        await service.rj("cover", "begin", absent, covering, "--id", f"{absent}-{ref}", *SUPERVISOR)
    first, later = (f"absent.{number}-{ref}" for number in ("three", "four"))
    early = await service.rj("cover", "end", first, *SUPERVISOR)
    assert (early.code, early.out.startswith(f"Cover {first} goes on: ")) == (0, True)
    assert await assigned(pool, ref) == "covering.four"
    for cover, whose in ((later, "absent.four"), (first, "absent.three")):
        [over, case] = (await service.rj("cover", "end", cover, *SUPERVISOR, "--json")).values
        assert (over, case["ref"]) == ({"cover": cover, "goes_on": False}, ref)
        assert await assigned(pool, ref) == whose


async def test_what_may_be_the_same_request_is_shown_while_it_is_screened(service: Shell, pool: asyncpg.Pool) -> None:
    first, second = await opened(pool), await opened(pool)
    alike = {each["ref"]: each["same"] for each in (await service.value("duplicates", first))["cases"]}
    assert (alike[second], first in alike) == (["victim"], False)
    shown = await service.rj("show", first)
    assert ("Possible duplicates:" in shown.out, f"{second}  same victim: avonside" in shown.out) == (True, True)
    assert "marta@example.org" not in shown.out
    await service.value("move", first, "request_screened", "--answer", "proceed")
    await written(pool, first, 2)
    assert (await service.value("show", first))["duplicates"] is None


async def test_what_is_stuck_is_listed_for_a_reason_and_of_somebody(service: Shell, pool: asyncpg.Pool) -> None:
    mine, others = [await opened(pool) for _ in range(2)]
    for ref, to in ((mine, "stuck.one"), (others, "stuck.two")):
        await service.rj("reassign", ref, "--to", to, *SUPERVISOR)

    async def listed(*options: str) -> list[tuple[str, str]]:
        return [(each["ref"], each["kind"]) for each in (await service.rj("stuck", *options, "--json")).values]

    for table in ("cases", "waits"):
        await pool.execute(f"update {table} set overdue_since = '2026-01-05' where ref = $1", mine)  # noqa: S608
    assert await listed("--assigned-to", "stuck.one") == [(mine, "overdue")]
    assert await listed("--assigned-to", "stuck.one", "--kind", "overdue") == [(mine, "overdue")]
    assert await listed("--assigned-to", "stuck.two", "--kind", "overdue", "--kind", "undelivered") == []
    assert "overdue, agency_unreachable" in await service.refused("stuck", "--kind", "weather")
