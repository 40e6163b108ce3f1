"""What supervisors and caseworkers ask of a whole country's case file, each beside a bare look-up of as many rows."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from adapters.postgres.board import PostgresBoard
from benchmarks.scale.database import ATLAS
from benchmarks.scale.loading import Size
from benchmarks.scale.measuring import Ask, Took, beside, measured
from readmodel.asks import asks_of
from readmodel.board import board, caseloads
from readmodel.cases import Filters, Sort, get_case, list_cases
from readmodel.reports import Period, agencies, durations, outcomes
from readmodel.stuck import Place, StuckKind, stuck
from readmodel.timeline import entries_of, refused_of

AREA, PAGE, TIMES = "area-07", 50, 300
DEEP = 40
"""So many pages on, by their cursors, is a deep page."""

_LOOKED_UP = "select * from cases where ref = any($1)"


async def stuck_query(size: Size | None = None, times: int = TIMES) -> dict[str, Any]:
    """The first page of what is stuck, of one area and of all, and pages far down."""
    country = await ATLAS.country(size)
    pool, today = country.pool, datetime.now(UTC).date()
    asked: dict[str, Ask] = {}
    for name, areas in (("area", (AREA,)), ("all", None)):
        first = await stuck(pool, today, areas=areas, limit=PAGE)
        asked[name] = _stuck(pool, areas, None)
        asked[f"{name}_floor"] = _looked_up(pool, [case.ref for case in first])
        asked[f"{name}_deep"] = _stuck(pool, areas, await _deep_place(pool, areas))
        for kind in StuckKind:
            asked[f"{name}_{kind}"] = _stuck(pool, areas, None, kind)
    took = await measured(asked, times)
    worst = max(("area", "all"), key=lambda name: took[name].figures["p99_ms"])
    return beside(
        "stuck_query",
        took[worst],
        took[f"{worst}_floor"],
        20,
        goal_ratio=3,
        deep_to_first={name: _ratio(took[f"{name}_deep"], took[name]) for name in ("area", "all")},
        details={name: each.figures for name, each in took.items()},
        scale=country.facts,
    )


def _stuck(pool: asyncpg.Pool, areas: Sequence[str] | None, after: Place | None, kind: StuckKind | None = None) -> Ask:
    today, kinds = datetime.now(UTC).date(), None if kind is None else (kind,)

    async def ask() -> int:
        return len(await stuck(pool, today, areas=areas, limit=PAGE, after=after, kinds=kinds))

    return ask


async def _deep_place(pool: asyncpg.Pool, areas: Sequence[str] | None) -> Place | None:
    place, today = None, datetime.now(UTC).date()
    for _ in range(DEEP):
        found = await stuck(pool, today, areas=areas, limit=PAGE, after=place)
        if not found:
            break
        place = found[-1].place
    return place


def _looked_up(pool: asyncpg.Pool, refs: list[Any]) -> Ask:
    async def ask() -> int:
        return len(await pool.fetch(_LOOKED_UP, refs))

    return ask


def _ratio(one: Took, other: Took) -> float:
    return round(float(one.figures["p50_ms"]) / float(other.figures["p50_ms"]), 2)


async def board_query(size: Size | None = None, times: int = TIMES) -> dict[str, Any]:
    """The board and the caseloads, of one area and of all; and how long a server takes to count them anew."""
    country = await ATLAS.country(size)
    pool = country.pool

    def ask(areas: Sequence[str] | None) -> Ask:
        async def asked() -> int:
            shown, people = await board(pool, areas), await caseloads(pool, areas)
            return len(shown.stages if shown else ()) + len(people.people if people else ())

        return asked

    refs = [row["ref"] for row in await pool.fetch("select ref from cases limit 50")]
    took = await measured({"area": ask((AREA,)), "all": ask(None), "floor": _looked_up(pool, refs)}, times)
    began = time.perf_counter()
    await PostgresBoard(pool).refresh(datetime.now(UTC).date(), 0.0)
    counted = round(time.perf_counter() - began, 2)
    worst = max((took["area"], took["all"]), key=lambda each: each.figures["p99_ms"])
    details = {name: each.figures for name, each in took.items()}
    return beside("board_query", worst, took["floor"], 50, details=details, refresh_seconds=counted)


async def case_query(size: Size | None = None, times: int = TIMES) -> dict[str, Any]:
    """A case's page as it is read, and pages of lists by each sort, first and deep."""
    country = await ATLAS.country(size)
    pool = country.pool
    refs = [row["ref"] for row in await pool.fetch("select ref from cases tablesample system (0.5) limit 1000")]
    refs = refs or [row["ref"] for row in await pool.fetch("select ref from cases limit 1000")]
    turn = iter(range(10**9))

    async def page() -> int:
        ref = refs[next(turn) % len(refs)]
        case = await get_case(pool, ref)
        entries = await entries_of(pool, ref, newest_first=True, limit=PAGE)
        await refused_of(pool, ref)
        await asks_of(pool, ref)
        return len(entries) + bool(case)

    async def one() -> int:
        return len(await pool.fetch(_LOOKED_UP, [refs[next(turn) % len(refs)]]))

    asked: dict[str, Ask] = {"page": page, "floor": one}
    for sort in Sort:
        asked[f"list_{sort}"] = _listed(pool, sort, None)
        asked[f"list_{sort}_deep"] = _listed(pool, sort, await _deep_key(pool, sort))
    took = await measured(asked, times)
    deep = {sort: _ratio(took[f"list_{sort}_deep"], took[f"list_{sort}"]) for sort in Sort}
    details = {name: each.figures for name, each in took.items()}
    return beside("case_query", took["page"], took["floor"], 10, deep_to_first=deep, details=details)


def _listed(pool: asyncpg.Pool, sort: Sort, after: Any) -> Ask:
    async def ask() -> int:
        filters = Filters(is_open=True)
        return len(await list_cases(pool, filters, PAGE, areas=(AREA,), sort=sort, after=after))

    return ask


async def _deep_key(pool: asyncpg.Pool, sort: Sort) -> Any:
    key = None
    for _ in range(DEEP):
        found = await list_cases(pool, Filters(is_open=True), PAGE, areas=(AREA,), sort=sort, after=key)
        if not found:
            break
        key = found[-1].key(sort)
    return key


async def report_query(size: Size | None = None, times: int = 3) -> dict[str, Any]:
    """The reports of a quarter, of one area and of all, for the record: seconds, the median."""
    country = await ATLAS.country(size)
    pool, last = country.pool, datetime.now(UTC).date()
    period = Period(last - timedelta(days=90), last)
    asked: dict[str, Ask] = {}
    for report in (durations, outcomes, agencies):
        for name, areas in (("area", (AREA,)), ("all", None)):
            asked[f"{report.__name__}_{name}"] = _reported(pool, report, period, areas)
    took = await measured(asked, times, warm_up=1)
    seconds = {name: round(each.figures["p50_ms"] / 1000, 3) for name, each in took.items()}
    return {"name": "report_query", "value": max(seconds.values()), "unit": "s", "floor": None, "details": seconds}


def _reported(pool: asyncpg.Pool, report: Any, period: Period, areas: Sequence[str] | None) -> Ask:
    async def ask() -> int:
        return len(await report(pool, period, areas=areas))

    return ask
