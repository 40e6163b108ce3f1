"""Whether reading keeps up at the scale of the country: each question in turn with a bare look-up of as many rows."""

import itertools
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from adapters.clock import StackClock
from adapters.postgres.board import PostgresBoard
from benchmarks.harness import compare
from benchmarks.scale import questions
from benchmarks.scale.database import NATIONAL_DATABASE
from benchmarks.scale.loading import Size
from benchmarks.scale.questions import AREAS, PAGE
from benchmarks.scale.timing import Query, slowest, time_queries
from queries.board import BoardQueries
from queries.cases import Sort
from queries.commissioner_return import ReturnQueries
from queries.periods import Period
from queries.reports import ReportQueries
from queries.stuck import StuckQueries
from queries.stuck_kinds import StuckKind
from queries.stuck_ranking import StuckCursor, StuckFilter

TIMES = 300
STRIDE = 5000
"""How many rows are read at once to find out where deep pages begin."""


async def stuck_query(size: Size | None = None, times: int = TIMES) -> dict[str, Any]:
    """The first page of what is stuck, of one area and of all; pages far down; and the first page of each kind."""
    country = await NATIONAL_DATABASE.load(size)
    pool, today = country.pool, StackClock().today()
    asked: dict[str, Query] = {}
    first_pages: dict[str, str] = {}
    for name, areas in AREAS.items():
        first = (await StuckQueries(pool).list_stuck_cases(today, StuckFilter(areas), PAGE)).cases
        asked[name] = questions.stuck_page(pool, areas)
        asked[f"{name}_floor"] = questions.rows_by_key(pool, [case.ref for case in first])
        cursors: list[StuckCursor] = []
        while found := await StuckQueries(pool).rank_stuck_cases(
            today, StuckFilter(areas), STRIDE, cursors[-1] if cursors else None
        ):
            cursors += found
        for percent in (25, 50, 75, 95) if cursors else ():
            cursor = cursors[len(cursors) * percent // 100]
            asked[f"{name}_after_{percent}_percent"] = questions.stuck_page(pool, areas, cursor)
            is_first_kind = cursor.kind is cursors[0].kind
            first_pages[f"{name}_after_{percent}_percent"] = name if is_first_kind else f"{name}_only_{cursor.kind}"
        for kind, cursor in _ends_of_kinds(cursors).items():
            asked[f"{name}_after_most_{kind}"] = questions.stuck_page(pool, areas, cursor)
        for kind in StuckKind:
            asked[f"{name}_only_{kind}"] = questions.stuck_page(pool, areas, kinds=(kind,))
    return slowest(
        "stuck_query",
        {name: f"{name}_floor" for name in AREAS},
        await time_queries(asked, times),
        goal_ms=20,
        goal_ratio=0.33,
        deep_pages=first_pages,
        scale=country.facts,
    )


def _ends_of_kinds(cursors: Sequence[StuckCursor]) -> dict[StuckKind, StuckCursor]:
    """Half a page before the end of each kind: such a page asks for two kinds or more."""
    by_kind = itertools.groupby(cursors, key=lambda cursor: cursor.kind)
    return {kind: list(of_kind)[-PAGE // 2 :][0] for kind, of_kind in by_kind}


async def board_query(size: Size | None = None, times: int = TIMES) -> dict[str, Any]:
    """The board and the caseloads, of one area and of all; and how long a server takes to count them again."""
    pool = (await NATIONAL_DATABASE.load(size)).pool
    shown = await BoardQueries(pool).get_board(None)
    assert shown is not None, "the board is counted when the database is loaded"
    refs = [row["ref"] for row in await pool.fetch("select ref from cases limit 50")]
    asked = {name: questions.board(pool, areas) for name, areas in AREAS.items()}
    sides = await time_queries({**asked, "floor": questions.rows_by_key(pool, refs)}, times)
    began = time.perf_counter()
    await PostgresBoard(pool).refresh(StackClock().today(), 0.0)
    return slowest(
        "board_query",
        dict.fromkeys(AREAS, "floor"),
        sides,
        goal_ms=50,
        refresh_seconds=round(time.perf_counter() - began, 2),
        open=shown.counts.open,
        overdue=shown.counts.overdue,
    )


async def case_query(size: Size | None = None, times: int = TIMES) -> dict[str, Any]:
    """A case's page, and pages of lists by each sort, first and far down."""
    pool = (await NATIONAL_DATABASE.load(size)).pool
    refs = [row["ref"] for row in await pool.fetch("select ref from cases order by hashtext(ref) limit 5000")]
    asked = {"page": questions.case_page(pool, refs), "floor": questions.one_row(pool, refs)}
    lists = {f"{name}_by_{sort}": (areas, sort) for name, areas in AREAS.items() for sort in Sort}
    for name, (areas, sort) in lists.items():
        asked[name] = questions.case_list(pool, areas, sort)
        asked[f"{name}_deep"] = questions.case_list(pool, areas, sort, await questions.deep_key(pool, areas, sort))
    deep = {f"{name}_deep": name for name in lists}
    sides = await time_queries(asked, times)
    return slowest("case_query", {"page": "floor"}, sides, goal_ms=10, deep_pages=deep)


async def report_query(size: Size | None = None, times: int = 3) -> dict[str, Any]:
    """The reports of a quarter, of one area and of all, for the record: without floor and goal."""
    pool, last = (await NATIONAL_DATABASE.load(size)).pool, StackClock().today()
    period, reports = Period(last - timedelta(days=90), last), ReportQueries(pool)
    methods = {
        "list_durations": reports.list_durations,
        "list_outcomes": reports.list_outcomes,
        "list_agency_answers": reports.list_agency_answers,
        "commissioner_return": ReturnQueries(pool).list_lines,
    }
    asked = {
        f"{report}_{name}": questions.report(method, period, areas)
        for report, method in methods.items()
        for name, areas in AREAS.items()
    }
    sides = await time_queries(asked, times, warm_up=1)
    worst = max(sides.values(), key=lambda side: side.figures()["p50_ms"])
    return {
        "name": "report_query",
        **compare(worst, None, details={name: one.figures() for name, one in sides.items()}),
    }
