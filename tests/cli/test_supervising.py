"""A supervisor's board and reports, as they are printed."""

from datetime import UTC, date, datetime, timedelta

import pytest

from adapters.postgres.board import PostgresBoard
from adapters.postgres.case_file import PostgresCaseFile
from adapters.postgres.pool import open_pool
from ports.case_file import WriteBatch
from tests.adapters.pages import REF, case, entry, page
from tests.cli.shell import Shell

pytestmark = pytest.mark.postgres


async def _with_a_case(alone: Shell) -> None:
    async with await open_pool(alone.environment["RJ_DATABASE_URL"]) as pool:
        await PostgresCaseFile(pool).write(page(1, assigned_to="cw-1"))
        traced = case(2, step="tracing", waits=(), assigned_to="cw-1")
        await PostgresCaseFile(pool).write(WriteBatch(REF, (entry(2, step="tracing"),), case=traced))
        await PostgresBoard(pool).refresh(date(2026, 3, 10), older_than=0)


async def test_a_board_says_how_many_cases_stand_where_and_who_has_them(alone: Shell) -> None:
    assert "Nothing has been counted yet" in (await alone.rj("board")).out
    assert await alone.value("board") == {"board": None, "people": [], "other_people": 0}

    await _with_a_case(alone)
    lines = [line.split() for line in (await alone.rj("board")).out.splitlines()]
    assert ["requested", "1", "0", "0", "6", "6"] in lines
    assert ["tracing", "1", "0", "0", "6", "6"] in lines
    assert ["cw-1", "1", "0", "0"] in lines
    value = await alone.value("board", "--area", "westhaven")
    assert (value["board"]["standing"]["open"], value["people"]) == (0, [])


async def test_a_report_is_printed_as_a_table_as_csv_and_as_json(alone: Shell) -> None:
    await _with_a_case(alone)
    period = ("--from", "2026-03-01", "--to", "2026-03-31")

    table = await alone.rj("report", "durations", *period)
    assert ["eastshire", "requested", "screening", "1", "1", "1"] in [line.split() for line in table.out.splitlines()]
    in_csv = await alone.rj("report", "durations", *period, "--csv")
    assert in_csv.out.splitlines()[0] == "area,stage,step,cases,median_days,p90_days"
    assert "eastshire,requested,screening,1,1,1" in in_csv.out.splitlines()
    every, one = (await alone.rj("report", "durations", *period, "--json")).values
    assert (every["area"], one["area"], one["cases"]) == ("", "eastshire", 1)
    assert "nothing to report" in (await alone.rj("report", "outcomes", *period)).out
    assert "nothing to report" in (await alone.rj("report", "agencies", *period)).out


async def test_a_report_is_of_the_last_ninety_days_and_no_cell_of_it_is_a_formula(alone: Shell) -> None:
    async with await open_pool(alone.environment["RJ_DATABASE_URL"]) as pool:
        await PostgresCaseFile(pool).write(page(1, area="=1+1"))
        traced = case(2, step="tracing", area="=1+1", waits=())
        await PostgresCaseFile(pool).write(WriteBatch(REF, (entry(2, step="tracing"),), case=traced))

    today = datetime.now(UTC).date()
    said = (await alone.rj("report", "outcomes")).out.splitlines()[0]
    assert said == f"Outcomes from {today - timedelta(days=89)} to {today}:"
    in_csv = await alone.rj("report", "durations", "--from", "2026-03-01", "--to", "2026-03-31", "--csv")
    assert "'=1+1,requested,screening,1,1,1" in in_csv.out.splitlines()


async def test_a_report_that_there_is_not_and_a_day_that_is_none_are_said_in_a_line(alone: Shell) -> None:
    for arguments in (("moods",), ("durations", "--from", "yesterday")):
        ended = await alone.rj("report", *arguments)
        assert (ended.code, len(ended.err.splitlines())) == (2, 1)


async def test_a_period_that_there_is_not_is_a_mistake_and_one_to_the_last_day_is_none(alone: Shell) -> None:
    for first, last in (("2026-12-31", "2026-01-01"), ("2020-01-01", "2026-01-01")):
        said = await alone.refused("report", "outcomes", "--from", first, "--to", last)
        assert said == "rj: --from, --to: a period of at most 400 days, its first day first"
    for report in ("durations", "outcomes", "agencies"):
        ended = await alone.rj("report", report, "--from", "9999-01-01", "--to", "9999-12-31")
        assert (ended.code, "nothing to report" in ended.out) == (0, True)


async def test_a_supervisor_s_next_digest_is_shown_and_nobody_else_s(alone: Shell) -> None:
    await _with_a_case(alone)
    added = ("staff", "add", "s.lindqvist", "--role", "supervisor", "--area", "eastshire")
    assert (await alone.rj(*added)).code == 0

    said = (await alone.rj("digest", "s.lindqvist")).out
    assert "Open: 1. Overdue: 0. With nobody: 0." in said
    assert REF in said
    assert (await alone.value("digest", "s.lindqvist"))["member"] == "s.lindqvist"
    assert (await alone.refused("digest", "c.okafor")).startswith("rj: c.okafor: no active supervisor has this id")
