"""What supervisors look at: what is stuck, the board, reports and their digest, as they are printed."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import asyncpg
import pytest

from adapters.clock import StackClock
from adapters.postgres.board import PostgresBoard
from adapters.postgres.case_file import PostgresCaseFile
from adapters.postgres.pool import open_pool
from ports.case_file import WaitSnapshot, WriteBatch
from tests.adapters.batches import OTHER_REF, REF, SCREENING, START, case, create_batch, entry
from tests.cli.casework import add_colleagues, open_case
from tests.cli.conftest import LocalIssuer, RunningService
from tests.cli.shell import Shell, flags

pytestmark = pytest.mark.postgres

EARLIER, LATER = datetime(2026, 3, 2, 9, 30, tzinfo=UTC), datetime(2026, 3, 20, 9, 30, tzinfo=UTC)
PERIOD = ("--from", "2026-03-01", "--to", "2026-03-31")


async def write_a_case(alone: RunningService, area: str = "eastshire") -> None:
    """A case at its second step, as the board and the reports count it."""
    async with await open_pool(alone.operator.environment["RJ_DATABASE_URL"]) as pool:
        await PostgresCaseFile(pool).write(create_batch(1, assigned_to="cw-1", area=area))
        traced = case(2, step="tracing", waits=(), assigned_to="cw-1", area=area)
        await PostgresCaseFile(pool).write(WriteBatch(REF, (entry(2, step="tracing"),), case=traced))
        await PostgresBoard(pool).refresh(date(2026, 3, 10), older_than=0)


async def write_two_cases(alone: RunningService) -> None:
    """Two cases, received one after the other."""
    async with await open_pool(alone.operator.environment["RJ_DATABASE_URL"]) as pool:
        await PostgresCaseFile(pool).write(create_batch(1, received_at=EARLIER))
        later = create_batch(1, ref=OTHER_REF, received_at=LATER, victim_updated_on=date(2026, 3, 1))
        await PostgresCaseFile(pool).write(later)


async def list_refs(alone: RunningService, *options: str) -> list[str]:
    return [listed["ref"] for listed in await alone.caseworker.values("list", *options)]


async def test_cases_are_listed_by_their_dates_and_by_part_of_a_reference(alone: RunningService) -> None:
    await write_two_cases(alone)
    assert await list_refs(alone, "--received-to", "2026-03-02") == [REF]
    assert await list_refs(alone, "--received-from", "2026-03-03") == [OTHER_REF]
    assert await list_refs(alone, "--due-to", "2026-03-08") == []
    assert await list_refs(alone, "--due-from", "2026-03-09") == [REF, OTHER_REF]
    assert await list_refs(alone, "--text", "4h8t") == [OTHER_REF]


async def test_a_list_has_the_order_that_is_asked_for(alone: RunningService) -> None:
    await write_two_cases(alone)
    assert await list_refs(alone) == [REF, OTHER_REF]
    assert await list_refs(alone, "--descending", "--limit", "1") == [OTHER_REF]
    assert await list_refs(alone, "--sort", "victim_updated") == [OTHER_REF, REF]
    assert await list_refs(alone, "--sort", "overdue") == []


async def test_a_list_that_is_cut_short_says_so(alone: RunningService) -> None:
    more = "Showing 1; use --limit for more."
    await write_two_cases(alone)
    for command in ("list", "stuck"):
        assert (await alone.caseworker.rj(command, "--limit", "1")).out.splitlines()[-1] == more
        assert more not in (await alone.caseworker.rj(command, "--limit", "1", "--json")).out
        assert "Showing" not in (await alone.caseworker.rj(command, "--limit", "3")).out

    async with await open_pool(alone.operator.environment["RJ_DATABASE_URL"]) as pool:
        await pool.execute(
            "insert into findings (ref, kind, area, detail) select ref, 'state_mismatch', '', 'no_case'"
            " from unnest(array['RJ-3XAB-9PQW', 'RJ-3XAC-9PQW']) as found (ref)"
        )
    printed = (await alone.caseworker.rj("stuck", "--limit", "1", "--kind", "state_mismatch")).out.splitlines()
    assert (printed[0].startswith("RJ-3XAB-9PQW"), printed[-1]) == (True, more)


async def test_json_can_be_asked_for_before_the_command_too(alone: RunningService) -> None:
    shell = alone.caseworker
    before, after, words = await asyncio.gather(
        shell.rj("--json", "list"), shell.rj("list", "--json"), shell.rj("list")
    )
    assert (before.out, after.out, words.out) == ("", "", "No matching cases\n")


async def test_a_board_shows_how_many_cases_are_where_and_who_has_them(alone: RunningService) -> None:
    shell = alone.supervisor
    async with asyncio.timeout(120):
        # The server counts when it starts, and then once a minute.
        while "Nothing has been counted yet" in (await shell.rj("board")).out:  # noqa: ASYNC110 - nobody tells when
            await asyncio.sleep(0.1)
    await write_a_case(alone)
    printed = (await shell.rj("board")).out
    assert "(London time)" in printed
    assert "90% within (days)" in printed
    lines = [line.split() for line in printed.splitlines()]
    assert ["requested", "1", "0", "0", "6", "6"] in lines
    assert ["tracing", "offender", "1", "0", "0", "6", "6"] in lines
    assert ["cw-1", "1", "0", "0"] in lines
    assert (await shell.value("board"))["all_stages"]["open"] == 1


async def test_a_report_is_printed_as_a_table_as_csv_and_as_json(alone: RunningService) -> None:
    shell = alone.supervisor
    await write_a_case(alone)

    printed = await shell.rj("report", "durations", *PERIOD)
    lines = [" ".join(line.split()) for line in printed.out.splitlines()]
    assert "Durations from 2026-03-01 to 2026-03-31" in lines
    assert "eastshire requested screening 1 1 1" in lines
    assert "All areas requested screening 1 1 1" in lines
    in_csv = (await shell.rj("report", "durations", *PERIOD, "--csv")).out.splitlines()
    assert in_csv[0].startswith("First day of the period,Last day of the period,")
    assert "2026-03-01,2026-03-31,eastshire,requested,screening,1,1,1" in in_csv
    assert "2026-03-01,2026-03-31,All areas,requested,screening,1,1,1" in in_csv
    every, one = [line for line in await shell.values("report", "durations", *PERIOD) if line["step"]]
    assert (every["area"], one["area"], one["cases"]) == ("", "eastshire", 1)
    for report in ("outcomes", "agencies"):
        assert "Nothing to report" in (await shell.rj("report", report, *PERIOD)).out


async def test_a_report_is_about_the_last_ninety_days_and_no_cell_of_it_is_a_formula(alone: RunningService) -> None:
    shell = alone.supervisor
    await write_a_case(alone, area="=1+1")
    earliest = StackClock().today()
    words = (await shell.rj("report", "outcomes")).out.splitlines()[0].split()
    first, last = date.fromisoformat(words[2]), date.fromisoformat(words[4])
    assert words == ["Outcomes", "from", str(first), "to", str(last)]
    assert (earliest <= last <= StackClock().today(), last - first) == (True, timedelta(days=89))
    in_csv = await shell.rj("report", "durations", *PERIOD, "--csv")
    assert "2026-03-01,2026-03-31,'=1+1,requested,screening,1,1,1" in in_csv.out.splitlines()


async def test_a_report_that_does_not_exist_and_a_period_that_is_none_are_errors(alone: RunningService) -> None:
    shell = alone.supervisor
    unknown, no_day = await asyncio.gather(
        shell.get_error("report", "moods"), shell.get_error("report", "durations", "--from", "yesterday")
    )
    assert unknown.startswith("rj: Unknown report 'moods': it is one of durations, outcomes, agencies, return")
    assert "Use YYYY-MM-DD, for example 2026-12-31" in no_day
    for first, last in (("2026-12-31", "2026-01-01"), ("2020-01-01", "2026-01-01")):
        assert "at most 400 days" in await shell.get_error("report", "outcomes", "--from", first, "--to", last)
    ended = await shell.rj("report", "durations", "--from", "9999-01-01", "--to", "9999-12-31")
    assert (ended.code, "Nothing to report" in ended.out) == (0, True)


async def test_a_supervisor_s_next_digest_is_shown_to_them(alone: RunningService, issuer: LocalIssuer) -> None:
    await write_a_case(alone)
    token = await issuer.token("s.lindqvist", "supervisor", "eastshire")
    ended = await alone.supervisor.with_settings(RJ_TOKEN=token).rj("digest")
    assert ended.code == 0, ended
    printed = ended.out
    assert "Open: 1. Overdue: 0. Unassigned: 0." in printed
    assert REF in printed
    assert "Your open cases: " in (await alone.caseworker.rj("digest")).out
    auditor = await issuer.token("b.novak", "auditor", "eastshire")
    assert (await alone.supervisor.with_settings(RJ_TOKEN=auditor).get_error("digest")).endswith("[wrong_role]")


async def test_stuck_cases_are_listed_for_a_reason_and_of_somebody(
    service: RunningService, supervisor: Shell, pool: asyncpg.Pool
) -> None:
    mine, others = [await open_case(pool) for _ in range(2)]
    await add_colleagues(pool, "stuck.one", "stuck.two")
    for ref, to in ((mine, "stuck.one"), (others, "stuck.two")):
        await supervisor.rj("reassign", ref, "--to", to)

    async def list_stuck(*options: str) -> list[tuple[str, str]]:
        return [(found["ref"], found["kind"]) for found in await service.caseworker.values("stuck", *options)]

    for table in ("cases", "waits"):
        await pool.execute(f"update {table} set overdue_since = '2026-01-05' where ref = $1", mine)  # noqa: S608
    assert await list_stuck("--assigned-to", "stuck.one") == [(mine, "overdue")]
    assert await list_stuck("--assigned-to", "stuck.one", "--kind", "overdue") == [(mine, "overdue")]
    assert await list_stuck("--assigned-to", "stuck.two", "--kind", "overdue", "--kind", "undelivered") == []
    assert (
        "it is one of concern, untold_cancellation, refused_objection, untold_news, overdue"
        in await supervisor.get_error("stuck", "--kind", "weather")
    )


async def test_stuck_cases_name_who_to_contact_and_on_which_days(alone: RunningService) -> None:
    probation = flags(kind="probation", name="Eastshire Probation", area="eastshire", works="tue,wed")
    await alone.admin.value("agency", "add", "eastshire-probation", *probation, "--contact", "Duty desk, 01632 960001")
    due = date(2026, 3, 16)
    kinds = ("vlo", "probation")
    waits = (WaitSnapshot(f"agency_check:{kind}", kind, START, due, overdue_since=due) for kind in kinds)
    async with await open_pool(alone.operator.environment["RJ_DATABASE_URL"]) as pool:
        await PostgresCaseFile(pool).write(create_batch(1, waits=(SCREENING, *waits)))
    line = "Eastshire Probation (eastshire-probation), working tue,wed. Contact: Duty desk, 01632 960001."
    printed, [value] = await asyncio.gather(alone.caseworker.rj("stuck"), alone.caseworker.values("stuck"))
    assert printed.out.splitlines()[-1] == f"  {line}"
    assert [(found["waiting_on"], found["agency"], found["works_on"]) for found in value["agencies"]] == [
        ("probation", "eastshire-probation", "tue,wed")
    ]
