"""The same questions asked of Temporal's lists of workflows and of the case file, with the same open cases in both."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import asyncpg
from temporalio.client import Client
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

from adapters.clock import StackClock
from adapters.temporal.client import SHARED
from benchmarks.case_checks import LostError
from benchmarks.harness import compare, run_concurrently, say
from benchmarks.scale.database import NATIONAL_DATABASE
from benchmarks.scale.loading import Size
from benchmarks.scale.timing import Query, speed, time_queries
from devstack.embedded import attribute_types, temporal_server
from domain.calendar import ENGLAND_AND_WALES_2028
from domain.vocabulary import Step
from queries.board import BoardQueries
from queries.cases import CaseFilters, CaseQueries, Sort
from workflows import names
from workflows.names import CASE_WORKFLOW, SEARCH_ATTRIBUTES

AREA, STEP, AGENCY, PAGE, TIMES = "area-07", "agency_check", "prison", 50, 100
WITHIN_A_WEEK = timedelta(days=7)
AT_ONCE = 50
OF_TEN_THOUSAND = Size(10_000, 500)
TASK_QUEUE = "bench-visibility"
"""Without a worker: a workflow that has only started is in the lists as any other is."""

_ATTRIBUTES: Mapping[SearchAttributeKey[Any], Callable[[asyncpg.Record], Any]] = {
    names.CASE_AREA: lambda row: row["area"],
    names.CASE_STAGE: lambda row: row["stage"],
    names.CASE_STEP: lambda row: row["step"],
    names.CASE_WAITING_ON: lambda row: sorted(set(row["waiting_on"])),
    names.CASE_DUE_AT: lambda row: ENGLAND_AND_WALES_2028.end_of(row["due_on"]),
    names.CASE_OVERDUE: lambda row: row["overdue_since"] is not None,
    names.CASE_ON_HOLD: lambda row: row["on_hold"],
}
_RUNNING = f"WorkflowType = '{CASE_WORKFLOW}' and ExecutionStatus = 'Running'"


@dataclass(frozen=True, slots=True)
class Question:
    """Which cases are wanted: as the case file's filters, and as Temporal's query; both give the first page."""

    filters: CaseFilters
    query: str
    sort: Sort = Sort.RECEIVED

    def to_case_file(self, pool: asyncpg.Pool) -> Query:
        async def query() -> int:
            return len(await CaseQueries(pool).list_cases(self.filters, PAGE, sort=self.sort))

        return query

    def to_temporal(self, client: Client) -> Query:
        async def query() -> int:
            found = client.list_workflows(f"{_RUNNING} and {self.query}", page_size=PAGE, limit=PAGE)
            return len([execution async for execution in found])

        return query


async def visibility_query(size: Size | None = None, times: int = TIMES) -> dict[str, Any]:
    """Lists and counts, asked of both in turn, for the record; Temporal's lists are the floor."""
    pool = (await NATIONAL_DATABASE.load(size or OF_TEN_THOUSAND)).pool
    attributes = attribute_types(SEARCH_ATTRIBUTES)
    async with temporal_server(None, ui=False, search_attributes=attributes) as server:
        client = await Client.connect(server.address, plugins=[SHARED])
        cases = await pool.fetch("select * from cases where ended_on is null")
        await _start_workflows(client, cases)
        asked: dict[str, Query] = {}
        for name, question in _questions().items():
            asked[name], asked[f"{name}_temporal"] = question.to_case_file(pool), question.to_temporal(client)
        asked["board_of_area"], asked["board_of_area_temporal"] = _board(pool), _counts(client)
        rows = {name: await query() for name, query in asked.items()}
        for name in (name for name in rows if f"{name}_temporal" in rows):
            if rows[name] != rows[f"{name}_temporal"]:
                raise LostError(f"{name}: {rows[name]} cases in the file, {rows[f'{name}_temporal']} workflows")
        sides = await time_queries(asked, times, warm_up=5)
    first = next(iter(sides))
    return {
        "name": "visibility_query",
        **compare(sides[first], sides[f"{first}_temporal"]),
        "open_cases": len(cases),
        "ratio_by_question": {
            name: speed(side, sides[f"{name}_temporal"]) for name, side in sides.items() if f"{name}_temporal" in sides
        },
        "details": {name: {**side.figures(), "rows": rows[name]} for name, side in sides.items()},
    }


def _questions() -> dict[str, Question]:
    soon, of_area = StackClock().today() + WITHIN_A_WEEK, f"CaseArea = '{AREA}' and"
    until = ENGLAND_AND_WALES_2028.end_of(soon + timedelta(days=1)).isoformat()
    return {
        "overdue_of_area": Question(CaseFilters(area=AREA, overdue=True), f"{of_area} CaseOverdue = true"),
        "overdue": Question(CaseFilters(overdue=True), "CaseOverdue = true", Sort.OVERDUE),
        "step_of_area": Question(CaseFilters(area=AREA, step=STEP), f"{of_area} CaseStep = '{STEP}'"),
        "agency_of_area": Question(CaseFilters(area=AREA, waiting_on=AGENCY), f"{of_area} CaseWaitingOn = '{AGENCY}'"),
        "due_of_area": Question(CaseFilters(area=AREA, due_to=soon), f"{of_area} CaseDueAt < '{until}'", Sort.DUE),
    }


async def _start_workflows(client: Client, cases: list[asyncpg.Record]) -> None:
    """Start a workflow for each case, and wait until the lists have them all: they follow by a moment."""

    def start(row: asyncpg.Record) -> Callable[[], Any]:
        attributes = TypedSearchAttributes([SearchAttributePair(key, value(row)) for key, value in _ATTRIBUTES.items()])
        return lambda: client.start_workflow(
            CASE_WORKFLOW, id=row["ref"], task_queue=TASK_QUEUE, search_attributes=attributes
        )

    began = time.perf_counter()
    await run_concurrently((start(row) for row in cases), AT_ONCE)
    while (await client.count_workflows(_RUNNING)).count < len(cases):  # noqa: ASYNC110 - nobody tells when
        await asyncio.sleep(0.1)
    say(f"  visibility: {len(cases)} workflows started in {time.perf_counter() - began:.0f} s")


def _board(pool: asyncpg.Pool) -> Query:
    async def query() -> int:
        shown = await BoardQueries(pool).get_board((AREA,))
        return shown.counts.open if shown else 0

    return query


def _counts(client: Client) -> Query:
    """By step and how many are overdue, which is all that lists of workflows can count: one question for each."""
    of_area = f"{_RUNNING} and CaseArea = '{AREA}'"

    async def query() -> int:
        for step in Step:
            await client.count_workflows(f"{of_area} and CaseStep = '{step}'")
            await client.count_workflows(f"{of_area} and CaseStep = '{step}' and CaseOverdue = true")
        return (await client.count_workflows(of_area)).count

    return query
