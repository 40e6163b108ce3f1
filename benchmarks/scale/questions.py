"""The questions that supervisors and caseworkers ask of a whole country's case file, as they are asked over HTTP."""

import itertools
from collections.abc import Sequence
from typing import Any

import asyncpg

from adapters.clock import StackClock
from benchmarks.scale.timing import Query
from queries.board import BoardQueries
from queries.case_history import CaseHistory
from queries.cases import CaseFilters, CaseQueries, Sort, SortKey
from queries.periods import Period
from queries.stuck import StuckQueries
from queries.stuck_kinds import KINDS, StuckKind
from queries.stuck_ranking import StuckCursor, StuckFilter

AREA, PAGE = "area-07", 50
AREAS: dict[str, Sequence[str] | None] = {"area": (AREA,), "all": None}
_CASES = "select * from cases where ref = any($1)"


def stuck_page(
    pool: asyncpg.Pool,
    areas: Sequence[str] | None,
    cursor: StuckCursor | None = None,
    kinds: Sequence[StuckKind] = tuple(KINDS),
) -> Query:
    """A page of the stuck list."""
    today = StackClock().today()

    async def query() -> int:
        stuck = await StuckQueries(pool).list_stuck_cases(today, StuckFilter(areas, kinds), PAGE, cursor)
        return len(stuck.cases)

    return query


def rows_by_key(pool: asyncpg.Pool, refs: Sequence[str]) -> Query:
    """The floor of a page: as many rows by their primary key."""

    async def query() -> int:
        return len(await pool.fetch(_CASES, list(refs)))

    return query


def board(pool: asyncpg.Pool, areas: Sequence[str] | None) -> Query:
    """The board with the caseloads."""

    async def query() -> int:
        shown, people = await BoardQueries(pool).get_board(areas), await BoardQueries(pool).get_caseloads(areas)
        steps = sum(len(stage.steps) for stage in shown.stages) if shown else 0
        return steps + (len(people.people) if people else 0)

    return query


def case_page(pool: asyncpg.Pool, refs: Sequence[str]) -> Query:
    """A case's page, of another case each time."""
    next_ref = itertools.cycle(refs).__next__

    async def query() -> int:
        ref = next_ref()
        case = await CaseQueries(pool).get_case(ref)
        entries = await CaseHistory(pool).list_entries(ref, newest_first=True, limit=PAGE)
        refused, asks = await CaseHistory(pool).list_refused(ref), await CaseHistory(pool).list_asks(ref)
        return bool(case) + len(entries) + len(refused) + len(asks)

    return query


def one_row(pool: asyncpg.Pool, refs: Sequence[str]) -> Query:
    """The floor of a case's page. Other cases than that reads: what was just read would come from memory."""
    next_ref = itertools.cycle(reversed(refs)).__next__

    async def query() -> int:
        return len(await pool.fetch(_CASES, [next_ref()]))

    return query


def case_list(pool: asyncpg.Pool, areas: Sequence[str] | None, sort: Sort, after: SortKey | None = None) -> Query:
    """A page of the list of open cases."""

    async def query() -> int:
        filters = CaseFilters(is_open=True)
        return len(await CaseQueries(pool).list_cases(filters, PAGE, areas=areas, sort=sort, after=after))

    return query


_SORTED_BY = {
    Sort.RECEIVED: "received_at",
    Sort.DUE: "due_on",
    Sort.OVERDUE: "overdue_since",
    Sort.VICTIM_UPDATED: "silent_since",
}


async def deep_key(pool: asyncpg.Pool, areas: Sequence[str] | None, sort: Sort) -> SortKey | None:
    """The position at nine tenths of the list of open cases."""
    column = _SORTED_BY[sort]
    day = await pool.fetchval(
        f"""
        select percentile_disc(0.9) within group (order by {column}) from cases
        where ended_on is null and ($1::text[] is null or area = any($1))
        """,  # noqa: S608 - the columns above
        areas,
    )
    return (day, "") if day else None


def report(method: Any, period: Period, areas: Sequence[str] | None) -> Query:
    """A report, by a method of queries."""

    async def query() -> int:
        return len(await method(period, areas=areas))

    return query
