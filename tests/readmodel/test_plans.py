"""That no list reads a whole table: PostgreSQL's own plans, on enough rows for it to choose."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime
from typing import Any

import asyncpg
import pytest

from adapters.postgres import board as counting
from adapters.postgres.pool import open_pool
from readmodel import asks, board, cases, changes, duplicates, stuck_reasons, timeline
from readmodel.cases import Filters, Sort, listing
from readmodel.stuck_kinds import StuckKind
from readmodel.stuck_places import Place, Wanted, candidates
from tests.conftest import TEMPLATE, _fresh_database

pytestmark = pytest.mark.postgres

LARGE = {"cases", "entries", "waits", "asks", "ask_attempts", "inbox", "refusals", "changes", "victims", "offenders"}
DAY = date(2026, 3, 1)
MOMENT = datetime(2026, 3, 1, tzinfo=UTC)
REF = "RJ-2000-2345"
EVERY, ONE, SOME = None, ["area-3"], ["area-1", "area-2", "area-3"]

# Of 6,000 cases in ten areas two of three are open; one open case of ten is overdue.
_FILL = """
insert into cases (
    ref, version, area, stage, step, received_at, on_hold, assigned_to, rules, policy, initiated_by, incident, ended_on,
    state, due_on, overdue_since, waiting_on, step_since, stage_since, assigned_since
)
select 'RJ-' || (1000 + n) || '-' || (1000 + n * 7 % 9000), 2, 'area-' || n % 10, 'requested',
    case when n % 3 = 0 then 'closed' else 'screening' end, '2026-01-01'::timestamptz + n * interval '1 hour',
    n % 50 = 1,
    case when n % 20 = 1 then '' else 'cw-' || n % 97 end, 1, 'adult', 'victim', '',
    case when n % 3 = 0 then '2026-02-01'::date + n % 90 end, jsonb_build_object('filler', repeat(md5(n::text), 20)),
    case when n % 3 <> 0 then '2026-02-01'::date + n % 90 end,
    case when n % 30 = 1 then '2026-02-01'::date + n % 90 end, array['vlo'],
    '2026-01-02', '2026-01-02', '2026-01-01'::timestamptz + n * interval '1 hour'
from generate_series(1, 6000) as n;

insert into entries (ref, seq, id, event, data, by, at, stage, step, note, digest)
select ref, seq, seq::text, 'x', '{}', '{}', received_at, stage, step, '', sha256('')
from cases, generate_series(1, 2) as seq;

insert into waits (ref, key, waiting_on, area, since, due_on, chases, overdue_since)
select ref, 'trace:vlo', case when right(ref, 2) = '99' then 'prison:eastmoor' else 'vlo' end, area, received_at,
    due_on, 0, overdue_since
from cases where ended_on is null;

insert into asks (key, ref, kind, area, agency, question, due_on, reminder, outcome, error, attempts, failing_since)
select ref || '.1.trace:vlo', ref, 'ask', area, 'vlo', 'trace', due_on, 0,
    case when right(ref, 2) = '17' then 'failed' else 'delivered' end, '', 1,
    case when right(ref, 2) = '17' then now() end
from cases where ended_on is null;

insert into ask_attempts select key, 1, outcome, '', '', '', '' from asks;

insert into inbox (source, message_id, ref, kind, body, digest, parked_reason, outcome, settled_at)
select 'agency:x', ref, ref, 'event', '{}', sha256(''), case when right(ref, 3) = '017' then 'invalid_argument' end,
    case when right(ref, 3) <> '017' then 'applied' end, case when right(ref, 3) <> '017' then now() end
from cases;

insert into refusals (ref, id, event, by, at, code, detail) select ref, 'x', 'x', '{}', now(), 'x', '' from cases;

insert into findings (ref, kind, area, detail)
select ref, 'engine_trouble', area, 'forked' from cases where ref like '%55';

insert into staff (id, roles) select 'cw-' || n, '{caseworker}' from generate_series(1, 96) as n;

insert into changes (position, ref, version, area, event, stage, step, at)
select row_number() over (), ref, 2, area, 'x', stage, step, now() from cases;

insert into vault.victims (ref, details, written_by)
select ref, jsonb_build_object('name', 'Kim ' || right(ref, 4), 'phone', '0' || right(ref, 4)), 'x' from cases;

insert into vault.offenders (ref, details, written_by)
select ref, jsonb_build_object('name', 'Sam ' || right(ref, 4), 'date_of_birth', '1990-12-31'), 'x' from cases;
"""


@pytest.fixture(scope="module")
async def filled(postgres_dsn: str, _template_dsn: str) -> AsyncIterator[asyncpg.Pool]:
    """A database with some thousand cases."""
    async with _fresh_database(postgres_dsn, TEMPLATE) as dsn, await open_pool(dsn) as pool:
        await pool.execute(_FILL)
        await counting.PostgresBoard(pool).refresh(DAY, older_than=0)
        await _make_visible(pool)
        yield pool


async def _make_visible(pool: asyncpg.Pool) -> None:
    """Have PostgreSQL know that all rows are visible, without which it reads no index alone.

    While it looks at the table by itself it cannot tell, so once may not do.
    """
    async with asyncio.timeout(30):
        while True:
            await pool.execute("vacuum analyze")
            if await pool.fetchval("select relallvisible >= relpages from pg_class where oid = 'cases'::regclass"):
                return


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


async def _read_whole(pool: asyncpg.Pool, statement: str, *values: object) -> set[str]:
    """The large tables that `statement` reads from end to end, as it is planned whatever the values."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("set local plan_cache_mode = force_generic_plan")
        explained = await connection.fetchval(f"explain (format json) {statement}", *values)
    plan = json.loads(explained)[0]["Plan"]
    return {node["Relation Name"] for node in _nodes(plan) if node["Node Type"] == "Seq Scan"} & LARGE


async def test_a_statement_that_reads_a_whole_table_would_be_noticed(filled: asyncpg.Pool) -> None:
    assert await _read_whole(filled, "select count(*) from waits where chases = $1", 0) == {"waits"}


@pytest.mark.parametrize("areas", [EVERY, ONE, SOME])
@pytest.mark.parametrize("kind", StuckKind)
async def test_no_page_of_what_is_stuck_reads_a_whole_table(
    filled: asyncpg.Pool, kind: StuckKind, areas: list[str] | None
) -> None:
    for wanted in (Wanted(areas), Wanted(areas, [kind]), Wanted(areas, assigned_to="cw-3")):
        for after in (None, Place(kind, MOMENT, REF)):
            statement, values = candidates(kind, wanted, 50, after)
            assert await _read_whole(filled, statement, *values) == set()


async def test_reading_why_cases_are_stuck_reads_no_whole_table(filled: asyncpg.Pool) -> None:
    refs = [row["ref"] for row in await filled.fetch("select ref from cases limit 50")]
    assert await _read_whole(filled, stuck_reasons._REASONS, refs) == set()


@pytest.mark.parametrize("areas", [EVERY, ONE, SOME])
@pytest.mark.parametrize("sort", Sort)
async def test_no_page_of_a_list_reads_a_whole_table(filled: asyncpg.Pool, sort: Sort, areas: list[str] | None) -> None:
    after = (MOMENT if sort is Sort.RECEIVED else DAY, REF)
    for filters in (
        Filters(),
        Filters(is_open=True),
        Filters(step="screening", overdue=True),
        Filters(assigned_to="cw-3"),
        Filters(assigned_to="cw-3", is_open=True),
        Filters(waiting_on="prison:eastmoor"),
        Filters(text="RJ-2345"),
        Filters(due_to=DAY, is_open=True),
    ):
        for descending in (False, True):
            for place in (None, after):
                for few in (False, True) if filters.waiting_on else (False,):
                    statement, values = listing(
                        filters, 50, areas=areas, sort=sort, descending=descending, after=place, awaits_few=few
                    )
                    assert await _read_whole(filled, statement, *values) == set(), filters


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        (cases._CASE, [REF, ["area-1"]]),
        (f"{timeline._ENTRIES} order by seq desc limit $2", [REF, 50, 9]),
        (timeline._REFUSED, [REF]),
        (asks._ASKS, [REF]),
        (board._BOARD, [["area-1"]]),
        (board._CASELOADS, [["area-1"]]),
        (counting._BOARD, []),
        (counting._CASELOADS, []),
        (changes._AFTER, [5990, ["area-1"], 50]),
        (duplicates._DUPLICATES, [REF, ["area-1"], duplicates.REFUSED_FOR, 20, 1000]),
    ],
)
async def test_a_case_the_board_and_the_changes_read_no_whole_table(
    filled: asyncpg.Pool, statement: str, values: list[object]
) -> None:
    assert await _read_whole(filled, statement, *values) == set()
