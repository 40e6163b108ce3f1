"""What supervisors and caseworkers ask of a whole country's case file, each beside a bare look-up of as many rows."""

import itertools
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from adapters.postgres.board import PostgresBoard
from benchmarks.scale.database import ATLAS
from benchmarks.scale.loading import Size
from benchmarks.scale.timing import Ask, beside, measured, ratio
from queries.board import BoardQueries
from queries.case_history import CaseHistory
from queries.cases import CaseFilters, CaseQueries, Sort, SortKey
from queries.periods import Period
from queries.reports import ReportQueries
from queries.stuck import StuckQueries
from queries.stuck_kinds import KINDS, StuckKind
from queries.stuck_ranking import StuckCursor, StuckFilter

AREA, PAGE, TIMES = "area-07", 50, 300
WHOSE: dict[str, Sequence[str] | None] = {"area": (AREA,), "all": None}
STRIDE = 5000
"""As many rows at once are read to find out where deep pages begin."""

_LOOKED_UP = "select * from cases where ref = any($1)"


async def stuck_query(size: Size | None = None, times: int = TIMES) -> dict[str, Any]:
    """The first page of what is stuck, of one area and of all; pages far down; and the first page of each kind."""
    country = await ATLAS.country(size)
    pool, today = country.pool, datetime.now(UTC).date()
    asked: dict[str, Ask] = {}
    first_of: dict[str, str] = {}
    for name, areas in WHOSE.items():
        first = (await StuckQueries(pool).list_stuck_cases(today, StuckFilter(areas), PAGE)).cases
        asked[name] = _stuck(pool, areas)
        asked[f"{name}_floor"] = _looked_up(pool, [case.ref for case in first])
        walked = await _walk(pool, areas)
        for where, place in _deep_in(walked).items():
            asked[f"{name}_{where}"] = _stuck(pool, areas, place)
            first_of[f"{name}_{where}"] = f"{name}_only_{place.kind}" if place.kind is not walked[0].kind else name
        for where, place in _borders(walked).items():
            asked[f"{name}_{where}"] = _stuck(pool, areas, place)
        for kind in StuckKind:
            asked[f"{name}_only_{kind}"] = _stuck(pool, areas, kind=kind)
    took = await measured(asked, times)
    return beside(
        "stuck_query",
        [(took[name], took[f"{name}_floor"]) for name in WHOSE],
        20,
        3,
        {name: ratio(took[name], took[first]) for name, first in first_of.items()},
        details={name: each.figures for name, each in took.items()},
        scale=country.facts,
    )


def _stuck(
    pool: asyncpg.Pool, areas: Sequence[str] | None, after: StuckCursor | None = None, kind: StuckKind | None = None
) -> Ask:
    today, kinds = datetime.now(UTC).date(), KINDS if kind is None else (kind,)

    async def ask() -> int:
        return len((await StuckQueries(pool).list_stuck_cases(today, StuckFilter(areas, kinds), PAGE, after)).cases)

    return ask


async def _walk(pool: asyncpg.Pool, areas: Sequence[str] | None) -> list[StuckCursor]:
    """The whole list, in order."""
    walked: list[StuckCursor] = []
    while found := await StuckQueries(pool).rank_stuck_cases(
        StuckFilter(areas), STRIDE, walked[-1] if walked else None
    ):
        walked += found
    return walked


def _deep_in(walked: Sequence[StuckCursor]) -> dict[str, StuckCursor]:
    """From where deep pages are read: parts of the whole list on. Each is compared with the first page of its kind."""
    deep = (25, 50, 75, 95) if walked else ()
    return {f"after_{percent}_percent": walked[len(walked) * percent // 100] for percent in deep}


def _borders(walked: Sequence[StuckCursor]) -> dict[str, StuckCursor]:
    """Half a page before the end of each kind: such a page asks for two kinds or more."""
    of_kinds = itertools.groupby(walked, key=lambda place: place.kind)
    return {f"after_most_{kind}": list(of_kind)[-PAGE // 2 :][0] for kind, of_kind in of_kinds}


def _looked_up(pool: asyncpg.Pool, refs: list[Any]) -> Ask:
    async def ask() -> int:
        return len(await pool.fetch(_LOOKED_UP, refs))

    return ask


async def board_query(size: Size | None = None, times: int = TIMES) -> dict[str, Any]:
    """The board and the caseloads, of one area and of all; and how long a server takes to count them anew."""
    country = await ATLAS.country(size)
    pool = country.pool
    shown = await BoardQueries(pool).get_board(None)
    assert shown is not None, "the board is counted when the database is loaded"
    refs = [row["ref"] for row in await pool.fetch("select ref from cases limit 50")]
    asked = {name: _board(pool, areas) for name, areas in WHOSE.items()}
    took = await measured({**asked, "floor": _looked_up(pool, refs)}, times)
    began = time.perf_counter()
    await PostgresBoard(pool).refresh(datetime.now(UTC).date(), 0.0)
    counted = round(time.perf_counter() - began, 2)
    return beside(
        "board_query",
        [(took[name], took["floor"]) for name in WHOSE],
        50,
        None,
        refresh_seconds=counted,
        open=shown.counts.open,
        overdue=shown.counts.overdue,
        details={name: each.figures for name, each in took.items()},
    )


def _board(pool: asyncpg.Pool, areas: Sequence[str] | None) -> Ask:
    """As it is answered over HTTP: the counts, and who has how many cases."""

    async def ask() -> int:
        shown, people = await BoardQueries(pool).get_board(areas), await BoardQueries(pool).get_caseloads(areas)
        steps = sum(len(stage.steps) for stage in shown.stages) if shown else 0
        return steps + (len(people.people) if people else 0)

    return ask


async def case_query(size: Size | None = None, times: int = TIMES) -> dict[str, Any]:
    """A case's page as it is read, and pages of lists by each sort, first and far down."""
    country = await ATLAS.country(size)
    pool = country.pool
    refs = [row["ref"] for row in await pool.fetch("select ref from cases order by hashtext(ref) limit 5000")]
    asked: dict[str, Ask] = {"page": _page(pool, refs), "floor": _one(pool, refs)}
    for name, areas in WHOSE.items():
        for sort in Sort:
            asked[f"{name}_by_{sort}"] = _listed(pool, areas, sort)
            asked[f"{name}_by_{sort}_deep"] = _listed(pool, areas, sort, await _deep(pool, areas, sort))
    took = await measured(asked, times)
    deep = {name: ratio(took[f"{name}_deep"], took[name]) for name in took if f"{name}_deep" in took}
    details = {name: each.figures for name, each in took.items()}
    return beside("case_query", [(took["page"], took["floor"])], 10, None, deep, details=details)


def _page(pool: asyncpg.Pool, refs: Sequence[str]) -> Ask:
    """Another case each time, read as its page over HTTP is."""
    turn = itertools.cycle(refs)

    async def ask() -> int:
        ref = next(turn)
        case = await CaseQueries(pool).get_case(ref)
        entries = await CaseHistory(pool).list_entries(ref, newest_first=True, limit=PAGE)
        refused, asks = await CaseHistory(pool).list_refused(ref), await CaseHistory(pool).list_asks(ref)
        return bool(case) + len(entries) + len(refused) + len(asks)

    return ask


def _one(pool: asyncpg.Pool, refs: Sequence[str]) -> Ask:
    """As many others: what was just read would be read from memory."""
    turn = itertools.cycle(reversed(refs))

    async def ask() -> int:
        return len(await pool.fetch(_LOOKED_UP, [next(turn)]))

    return ask


def _listed(pool: asyncpg.Pool, areas: Sequence[str] | None, sort: Sort, after: SortKey | None = None) -> Ask:
    async def ask() -> int:
        return len(
            await CaseQueries(pool).list_cases(CaseFilters(is_open=True), PAGE, areas=areas, sort=sort, after=after)
        )

    return ask


_SORTED_BY = {
    Sort.RECEIVED: "received_at",
    Sort.DUE: "due_on",
    Sort.OVERDUE: "overdue_since",
    Sort.VICTIM_UPDATED: "silent_since",
}


async def _deep(pool: asyncpg.Pool, areas: Sequence[str] | None, sort: Sort) -> SortKey | None:
    """Where the list is nine tenths of its way."""
    column = _SORTED_BY[sort]
    day = await pool.fetchval(
        f"""
        select percentile_disc(0.9) within group (order by {column}) from cases
        where ended_on is null and ($1::text[] is null or area = any($1))
        """,  # noqa: S608 - the columns above
        areas,
    )
    return (day, "") if day else None


async def report_query(size: Size | None = None, times: int = 3) -> dict[str, Any]:
    """The reports of a quarter, of one area and of all, for the record: seconds, the median."""
    country = await ATLAS.country(size)
    pool, last = country.pool, datetime.now(UTC).date()
    period = Period(last - timedelta(days=90), last)
    asked: dict[str, Ask] = {}
    for report in (ReportQueries.list_durations, ReportQueries.list_outcomes, ReportQueries.list_agency_answers):
        for name, areas in WHOSE.items():
            asked[f"{report.__name__}_{name}"] = _reported(pool, report, period, areas)
    took = await measured(asked, times, warm_up=1)
    seconds = {name: round(each.figures["p50_ms"] / 1000, 5) for name, each in took.items()}
    return {"name": "report_query", "value": max(seconds.values()), "unit": "s", "floor": None, "details": seconds}


def _reported(pool: asyncpg.Pool, report: Any, period: Period, areas: Sequence[str] | None) -> Ask:
    async def ask() -> int:
        return len(await report(ReportQueries(pool), period, areas=areas))

    return ask
