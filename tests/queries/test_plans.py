"""That no list reads a whole table: PostgreSQL's own plans, on enough rows for it to choose."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import asyncpg
import pytest

import queries
from adapters.postgres import board as counting
from adapters.postgres import bulk_selections, covers, facilitators
from adapters.postgres.pool import open_pool
from domain.people import Person
from ports.covers import CoverCursor
from queries import (
    agencies,
    board,
    case_history,
    cases,
    changes,
    commissioner_return,
    demonstration,
    digests,
    duplicates,
    findings,
    inbox,
    names,
    news,
    offers,
    refused_messages,
    reports,
    staff,
    stuck,
    stuck_reasons,
    tasks,
)
from queries.cases import CaseFilters, Sort, list_statement
from queries.periods import Period
from queries.stuck_kinds import StuckKind
from queries.stuck_ranking import StuckCursor, StuckFilter, candidates_statement
from tests.conftest import TEMPLATE, fresh_database

pytestmark = pytest.mark.postgres

LARGE = {
    *("cases", "entries", "waits", "wait_history", "stage_history", "changes", "refusals", "findings", "notifications"),
    *("asks", "ask_attempts", "inbox", "victims", "offenders"),
    *("board", "caseloads", "staff", "agencies", "covers", "cover_cases"),
}
PAGE = 10
"""As little compared with these tables as a page is compared with those of a country."""
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
    case when n % 3 = 0 then '2026-02-01'::date + n % 90 end,
    jsonb_build_object(
        'filler', repeat(md5(n::text), 20),
        'facilitator', case when n % 4 > 0 then jsonb_build_object(
            'id', 'cw-' || n % 97, 'active', n % 200 > 0, 'specialist_in', '[]'::jsonb, 'accredited_until', '2027-01-01'
        ) end
    ),
    case when n % 3 <> 0 then '2026-02-01'::date + n % 90 end,
    case when n % 30 = 1 then '2026-02-01'::date + n % 90 end, array['vlo'],
    '2026-01-02', '2026-01-02', '2026-01-01'::timestamptz + n * interval '1 hour'
from generate_series(1, 6000) as n;

insert into entries (ref, version, id, event, data, by, at, stage, step, note, digest)
select ref, number, number::text, 'x', '{}', '{}', received_at, stage, step, '', sha256('')
from cases, generate_series(1, 2) as number;

insert into waits (ref, key, waiting_on, area, since, due_on, chases, overdue_since)
select ref, 'trace:vlo', case when right(ref, 2) = '99' then 'prison:eastmoor' else 'vlo' end, area, received_at,
    due_on, 0, overdue_since
from cases where ended_on is null;

-- Other waits: a concern, news that is untold, a transfer and a risk assessment that is about to expire.
insert into waits (ref, key, waiting_on, area, since, due_on, chases, is_cancellation)
select ref, case n % 5 when 0 then 'concern:1' when 3 then 'transfer:area-2' when 4 then 'risk' else 'tell:1' end,
    'supervisor', area, received_at, due_on, 1, n % 5 = 1
from (select *, row_number() over (order by ref) as n from cases where ended_on is null) as numbered where n % 20 < 5;

insert into asks (key, ref, kind, area, agency, question, due_on, reminder, outcome, error, attempts, failing_since)
select ref || '.1.trace:vlo', ref, 'ask', area, 'vlo', 'trace', due_on, 0,
    case when right(ref, 2) = '17' then 'failed' else 'delivered' end, '', 1,
    case when right(ref, 2) = '17' then now() end
from cases where ended_on is null;

insert into ask_attempts select key, 1, outcome, '', '', '', '' from asks;

insert into inbox (source, message_id, ref, kind, record, digest, dead_letter_reason, outcome, resolved_at)
select 'agency:x', ref, ref, 'event', '{}', sha256(''), case when right(ref, 3) = '017' then 'invalid_argument' end,
    case when right(ref, 3) <> '017' then 'applied' end, case when right(ref, 3) <> '017' then now() end
from cases;

insert into refusals (ref, id, event, by, at, code, detail) select ref, 'x', 'x', '{}', now(), 'x', '' from cases;

insert into findings (ref, kind, area, detail)
select ref, 'workflow_failing', area, 'sequence_conflict' from cases where ref like '%55';

-- More than there ever are, so that it shows where they are all read.
insert into findings (ref, kind, area, detail)
select 'RJ-' || n || '-0000', 'state_mismatch', 'area-' || n % 10, 'sequence_conflict'
from generate_series(1000, 29999) as n;

insert into staff (id, roles, areas)
select 'cw-' || n, '{caseworker}', array['area-' || n % 10] from generate_series(1, 3000) as n where n <> 97;

insert into agencies (id, kind, area, name, channel, address)
select 'a-' || n, 'probation', 'area-' || n % 1000, 'x', 'http', 'https://a.example' from generate_series(1, 3000) as n;

insert into wait_history (ref, version, key, waiting_on, area, since, due_on, chases, ended_at, ended_by)
select ref, number, 'trace:vlo', 'vlo', area, received_at, '2026-03-01', 0, received_at + interval '3 days', 'x'
from cases, generate_series(1, 2) as number;

insert into stage_history (ref, version, kind, area, stage, step, since, until)
select ref, number, 'step', area, stage, step, received_at, received_at + interval '3 days'
from cases, generate_series(1, 2) as number;

insert into notifications (
    key, ref, recipient, message, stage, step, variant, corrects, about, wording, language, at, task_since, state,
    queued_at
)
select ref || recipient, ref, recipient, 'x', case when recipient = 'victim' then stage end,
    case when recipient = 'victim' then step end, case when recipient = 'victim' then '' end,
    case when recipient = 'victim' then '' end, '', '{x}', case when recipient = 'victim' then 'en' end, received_at,
    case when recipient = 'victim' and right(ref, 2) = '33' then now() end,
    case when recipient = 'victim' and right(ref, 2) = '33' then 'by_hand' else 'waiting' end, received_at
from cases, unnest(array['victim', 'supervisor']) as recipient;

insert into covers (id, absent, covering, started_by)
select 'c-' || n, 'a', 'b', 'x' from generate_series(1, 3000) as n;

insert into cover_cases (cover, ref)
select 'c-' || row_number() over (), ref from (select ref from cases limit 3000) as covered;

insert into changes (position, ref, version, area, event, stage, step, at)
select row_number() over (), ref, 2, area, 'x', stage, step, now() from cases;

insert into vault.victims (ref, details, written_by)
select ref, jsonb_build_object('name', 'Kim ' || right(ref, 4), 'phone', '0' || right(ref, 4)), 'x' from cases;

insert into vault.offenders (ref, details, written_by)
select ref, jsonb_build_object('name', 'Sam ' || right(ref, 4), 'date_of_birth', '1990-12-31'), 'x' from cases;
"""

# As of a country: the board and the caseloads of hundreds of places, whatever the cases above are.
_COUNTS = """
insert into board (area, stage, step, open, overdue, on_hold, since, cases)
select 'place-' || n, 'requested', step, 1, 0, 0, array['2026-01-01'::date], array[1]
from generate_series(1, 500) as n, unnest(array['screening', 'tracing', 'approaching', 'preparing']) as step;

insert into caseloads (assigned_to, area, open, overdue, on_hold)
select 'cw-' || n, 'place-' || n % 500, 1, 0, 0 from generate_series(1, 3000) as n;
"""


@pytest.fixture(scope="module")
async def filled_pool(postgres_dsn: str, _template_dsn: str) -> AsyncIterator[asyncpg.Pool]:
    """A database with some thousand cases."""
    async with fresh_database(postgres_dsn, TEMPLATE) as dsn, await open_pool(dsn) as pool:
        await pool.execute(_FILL)
        await counting.PostgresBoard(pool).refresh(DAY, older_than=0)
        await pool.execute(_COUNTS)
        await _make_visible(pool)
        yield pool


async def _make_visible(pool: asyncpg.Pool) -> None:
    """Have PostgreSQL know that all rows are visible, without which it reads no index alone.

    While it looks at the table by itself it cannot tell, so once may not do.
    """
    async with asyncio.timeout(120):
        while True:
            await pool.execute("vacuum analyze")
            if await pool.fetchval("select relallvisible >= relpages from pg_class where oid = 'cases'::regclass"):
                return


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


async def _read_whole(pool: asyncpg.Pool, statement: str, *values: object) -> set[str]:
    """The large tables that `statement` reads from end to end, as it is planned at first or after a while.

    PostgreSQL plans a prepared statement five times for its values, and may then keep to a plan for any.
    """
    given = f"({', '.join(map(_literal, values))})" if values else ""
    async with pool.acquire() as connection:
        explain = f"explain (format json) execute asked {given}"
        await connection.execute(f"prepare asked as {statement}")
        try:
            first = json.loads(await connection.fetchval(explain))
            await connection.execute(f"{explain};" * 4)
            later = json.loads(await connection.fetchval(explain))
        finally:
            await connection.execute("deallocate asked")
    nodes = (node for plan in (first, later) for node in _nodes(plan[0]["Plan"]))
    return {node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"} & LARGE


def _literal(value: object) -> str:
    """A value as it is written in a statement; PostgreSQL knows of what type it is to be."""
    if value is None:
        return "null"
    text = f"{{{','.join(map(str, value))}}}" if isinstance(value, list | tuple) else str(value)
    return f"'{text}'"


async def test_a_statement_that_reads_a_whole_table_would_be_noticed(filled_pool: asyncpg.Pool) -> None:
    assert await _read_whole(filled_pool, "select count(*) from waits where chases = $1", 0) == {"waits"}


@pytest.mark.parametrize("areas", [EVERY, ONE, SOME])
@pytest.mark.parametrize("kind", StuckKind)
async def test_no_list_of_stuck_cases_reads_a_whole_table(
    filled_pool: asyncpg.Pool, kind: StuckKind, areas: list[str] | None
) -> None:
    for wanted in (StuckFilter(areas), StuckFilter(areas, [kind]), StuckFilter(areas, assigned_to="cw-3")):
        for after in (None, StuckCursor(kind, MOMENT, REF)):
            statement, values = candidates_statement(kind, wanted, PAGE, MOMENT, after)
            everybody_is_asked_of = kind is StuckKind.UNASSIGNED and areas is EVERY
            assert await _read_whole(filled_pool, statement, *values) <= (
                {"caseloads"} if everybody_is_asked_of else set()
            )


@pytest.mark.parametrize("areas", [EVERY, ONE, SOME])
@pytest.mark.parametrize("sort", Sort)
async def test_no_list_of_cases_reads_a_whole_table(
    filled_pool: asyncpg.Pool, sort: Sort, areas: list[str] | None
) -> None:
    after = (MOMENT if sort is Sort.RECEIVED else DAY, REF)
    for filters in (
        CaseFilters(),
        CaseFilters(is_open=True),
        CaseFilters(step="screening", overdue=True),
        CaseFilters(assigned_to="cw-3"),
        CaseFilters(assigned_to="cw-3", is_open=True),
        CaseFilters(waiting_on="prison:eastmoor"),
        CaseFilters(text="RJ-2345"),
        CaseFilters(due_to=DAY, is_open=True),
        CaseFilters(due_from=DAY),
        CaseFilters(due_from=DAY, due_to=DAY, overdue=False),
        CaseFilters(stage="requested"),
        CaseFilters(stage="requested", is_open=False),
        CaseFilters(on_hold=True),
        CaseFilters(on_hold=False, is_open=True),
        CaseFilters(area="area-3"),
        CaseFilters(area="area-3", overdue=False, assigned_to=""),
        CaseFilters(received_from=DAY, received_to=DAY),
        CaseFilters(overdue=False),
    ):
        for descending in (False, True):
            for place in (None, after):
                for few in (False, True) if filters.waiting_on else (False,):
                    statement, values = list_statement(
                        filters, PAGE, areas=areas, sort=sort, descending=descending, after=place, few_wait=few
                    )
                    assert await _read_whole(filled_pool, statement, *values) == set(), filters


AREAS, PERIOD = ["area-1"], (DAY, DAY + timedelta(days=30))
MOMENTS = Period(*PERIOD).moments
KINDS = ["trace"]

FIXED: dict[str, tuple[str, list[object]]] = {
    "cases._CASE": (cases._CASE, [REF, AREAS]),
    "cases._COUNT_WAITLIST": (cases._COUNT_WAITLIST, ["vlo", PAGE]),
    "case_history._ENTRIES": (f"{case_history._ENTRIES} order by version desc limit $2", [REF, PAGE, 9]),
    "case_history._REFUSALS": (case_history._REFUSALS, [REF]),
    "case_history._ASKS": (case_history._ASKS, [REF]),
    "case_history._VICTIM_MESSAGES": (f"{case_history._VICTIM_MESSAGES} and ref = $1", [REF]),
    "case_history._VICTIM_MESSAGES by key": (f"{case_history._VICTIM_MESSAGES} and key = $1", [REF]),
    "duplicates._DUPLICATES": (
        duplicates._DUPLICATES,
        [REF, AREAS, duplicates.REFUSAL_REASONS, PAGE, duplicates.MAX_CANDIDATES],
    ),
    "stuck_reasons.STUCK_FACTS": (stuck_reasons.STUCK_FACTS, [[REF], MOMENT]),
    "agencies._PAUSES": (agencies._PAUSES, [["a-1"], AREAS]),
    "agencies._KEYS": (agencies._KEYS, [["a-1"]]),
    "stuck._UNMATCHED_MESSAGES": (stuck._UNMATCHED_MESSAGES, [PAGE]),
    "stuck._UNMATCHED_FINDINGS": (stuck._UNMATCHED_FINDINGS, [PAGE, ["state_mismatch"]]),
    "board._BOARD": (board._BOARD, [AREAS]),
    "board._CASELOADS": (board._CASELOADS, [AREAS, 200, "cw-3"]),
    "changes._BOUNDS": (changes._BOUNDS, []),
    "changes._AFTER": (changes._AFTER, [5990, AREAS, PAGE]),
    "digests._ALERTS": (digests._ALERTS, [100, 5000, AREAS, PAGE]),
    "digests._LAST_ALERT": (digests._LAST_ALERT, []),
    "digests._WITH_SUPERVISORS": (digests._WITH_SUPERVISORS, [AREAS]),
    "tasks._JOINT_MEETINGS": (tasks._JOINT_MEETINGS, [AREAS, None, PAGE]),
    "news._NEWS": (news._NEWS, ["staff:x", REF, "x", PAGE]),
    "news._CASES": (news._CASES, ["staff:x", "cw-3", AREAS, PAGE, DAY, news.MAX_COUNTED]),
    "cases._CONCERNS": (cases._CONCERNS, [REF]),
    "tasks._NEWS": (tasks._NEWS, [AREAS, None, PAGE]),
    "tasks._UPDATES": (tasks._UPDATES, [AREAS, None, PAGE]),
    "tasks._MESSAGES": (tasks._MESSAGES, [["area-1"], None, PAGE]),
    "refused_messages._OPEN": (refused_messages._OPEN, [AREAS, None, PAGE]),
    "refused_messages._MESSAGES": (f"{refused_messages._MESSAGES} where refused_messages.inbox = $1", [1]),
    "findings._FINDINGS": (findings._FINDINGS, [AREAS, PAGE]),
    "inbox._PROBLEMS": (inbox._PROBLEMS, [inbox.REUSED_ID_SHOWN_FOR, inbox.SLOW_AFTER, AREAS, None, None, PAGE]),
    "inbox._ENTRIES": (f"{inbox._ENTRIES} where inbox.id = $1", [1]),
    "names._AREAS": (names._AREAS, []),
    "inbox._DECISIONS": (inbox._DECISIONS, [1]),
    "reports._DURATIONS": (reports._DURATIONS, [*MOMENTS, AREAS]),
    "reports._ENDED": (reports._ENDED, [*PERIOD, AREAS]),
    "reports._REFUSED": (reports._REFUSED, [*MOMENTS, AREAS]),
    "reports._WAITS_OVER": (reports._WAITS_OVER, [*MOMENTS, AREAS, KINDS, KINDS, "x"]),
    "reports._WAITS_OPEN": (reports._WAITS_OPEN, [AREAS, KINDS]),
    "commissioner_return._REQUESTS": (commissioner_return._REQUESTS, [*MOMENTS, AREAS]),
    "commissioner_return._COUNTS": (commissioner_return._COUNTS, [MOMENTS[0], *PERIOD, AREAS]),
    "commissioner_return._DAYS": (commissioner_return._DAYS, [MOMENTS[0], *PERIOD, AREAS]),
    "commissioner_return._OFFERS": (commissioner_return._OFFERS, [*PERIOD, AREAS]),
    "commissioner_return._CHARACTERISTICS": (commissioner_return._CHARACTERISTICS, [*PERIOD, AREAS]),
    "demonstration._CHANGED_CASES": (demonstration._CHANGED_CASES, [[REF], [1]]),
    "demonstration._REFUSED_REQUESTS": (demonstration._REFUSED_REQUESTS, [[REF]]),
    "demonstration._UPDATES": (demonstration._UPDATES, [REF]),
    "offers._OFFERS": (offers._OFFERS, [AREAS, PAGE]),
    "cases._TRANSFERS": (cases._TRANSFERS, [AREAS, PAGE]),
    "cases._TRANSFER_AREA": (cases._TRANSFER_AREA, [REF]),
    "cases._OPEN_SUMMARIES": (cases._OPEN_SUMMARIES, [REF, PAGE]),
    "cases._SUMMARIES": (cases._SUMMARIES, [[REF]]),
    "cases._AREA": (cases._AREA, [REF]),
    "cases._HAS_ENTRY": (cases._HAS_ENTRY, [REF, "record-1"]),
    "bulk_selections._SELECT": (bulk_selections._SELECT, ["x", REF, KINDS, True]),
    "covers._TRANSFER": (covers._TRANSFER, ["c-1", AREAS]),
    "covers._COVERS": (f"{covers._COVERS} and id = $3", [AREAS, "x", "c-1"]),
    "staff._MEMBERS": (staff._MEMBERS, ["caseworker", None, True, None, None, None, None, None, "cw-3", PAGE]),
    "staff._MEMBERS of some areas": (staff._MEMBERS, [None, None, True, None, AREAS, None, None, None, "", PAGE]),
    "agencies._AGENCIES": (agencies._AGENCIES, [None, None, None, None, None, True, "area-3", "prison", "a", PAGE]),
    "covers._CASES": (covers._CASES, ["c-1", AREAS]),
    "adapters facilitators._OUTDATED": (facilitators._OUTDATED, []),
    "adapters board._BOARD": (counting._BOARD, []),
    "adapters board._CASELOADS": (counting._CASELOADS, []),
}
"""Every statement that is the same whatever is asked for, by its place."""


READ_ALL = {"stuck._UNMATCHED_FINDINGS": {"findings"}, "adapters facilitators._OUTDATED": {"staff"}}
"""Which of them read all there is: every finding, since there are few, and everybody in the register."""


@pytest.mark.parametrize("name", FIXED)
async def test_no_fixed_statement_reads_a_whole_table(filled_pool: asyncpg.Pool, name: str) -> None:
    statement, values = FIXED[name]
    assert await _read_whole(filled_pool, statement, *values) == READ_ALL.get(name, set())


@pytest.mark.parametrize("is_open", [True, False])
@pytest.mark.parametrize("after", [None, (MOMENT, "c-1")])
async def test_no_list_of_covers_reads_a_whole_table(
    filled_pool: asyncpg.Pool, is_open: bool, after: CoverCursor | None
) -> None:
    for areas in (None, frozenset(AREAS)):
        statement, values = covers.list_statement(Person("x", frozenset(), areas), is_open, PAGE, after)
        assert await _read_whole(filled_pool, statement, *values) == set()


@pytest.mark.parametrize("areas", [EVERY, AREAS])
@pytest.mark.parametrize("assigned_to", [None, "cw-3"])
async def test_no_list_of_ask_tasks_reads_a_whole_table(
    filled_pool: asyncpg.Pool, areas: list[str] | None, assigned_to: str | None
) -> None:
    statement, values = tasks.ask_tasks_statement(areas, assigned_to, PAGE)
    assert await _read_whole(filled_pool, statement, *values) == set()


PUT_TOGETHER = {"cases._LIST", "stuck_ranking._CANDIDATES", "tasks._ASKS"}
"""What `list_statement`, `candidates_statement` and `asked_by_hand` make their statements of."""
WHOLE = {"verify._ROWS", "birthdays._NEW_ADULTS"}
"""Every entry of the file, and once a week every open case of a young person: it is what they are for."""
SMALL = {f"demonstration.{name}" for name in ("_REFUSED_WEBHOOKS", "_ASKED", "_ANSWERED", "_NOTIFICATIONS")}
"""What counts all that there is in the demonstration's few cases."""


def test_every_statement_of_the_queries_is_planned_here() -> None:
    there = set()
    for path in Path(queries.__path__[0]).glob("*.py"):
        module, source = import_module(f"queries.{path.stem}"), path.read_text()
        there |= {
            f"{path.stem}.{name}"
            for name, value in vars(module).items()
            if name.isupper() and isinstance(value, str) and value.lstrip().startswith(("select", "with"))
            # Not where it is only imported.
            if f"\n{name} = " in source
        }
    assert there <= {*FIXED, *PUT_TOGETHER, *WHOLE, *SMALL}
