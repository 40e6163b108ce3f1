"""The same questions asked of Temporal's lists of workflows and of the case file, with the same open cases in both."""

import asyncio
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
from temporalio.client import Client
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

from adapters.temporal.client import SHARED
from benchmarks.case_checks import LostError
from benchmarks.scale.database import NATIONAL_DATABASE
from benchmarks.scale.loading import Size
from benchmarks.scale.timing import Ask, measured, ratio
from devstack.embedded import attribute_types, temporal_server
from domain.calendar import end_of
from domain.vocabulary import Step
from queries.board import BoardQueries
from queries.cases import CaseFilters, CaseQueries, Sort
from workflows.names import (
    CASE_AREA,
    CASE_DUE_AT,
    CASE_ON_HOLD,
    CASE_OVERDUE,
    CASE_STAGE,
    CASE_STEP,
    CASE_WAITING_ON,
    CASE_WORKFLOW,
    SEARCH_ATTRIBUTES,
)

AREA, STEP, AGENCY, PAGE, TIMES = "area-07", "agency_check", "prison", 50, 100
SOON = timedelta(days=7)
AT_ONCE = 50
OF_TEN_THOUSAND = Size(10_000, 500)
NOBODY_WORKS = "bench-visibility"
"""A task queue without a worker: a workflow that has only begun is in the lists as any other is."""

_SHOWN: Mapping[SearchAttributeKey[Any], Callable[[asyncpg.Record], Any]] = {
    CASE_AREA: lambda row: row["area"],
    CASE_STAGE: lambda row: row["stage"],
    CASE_STEP: lambda row: row["step"],
    CASE_WAITING_ON: lambda row: sorted(set(row["waiting_on"])),
    CASE_DUE_AT: lambda row: end_of(row["due_on"]),
    CASE_OVERDUE: lambda row: row["overdue_since"] is not None,
    CASE_ON_HOLD: lambda row: row["on_hold"],
}
_RUNNING = f"WorkflowType = '{CASE_WORKFLOW}' and ExecutionStatus = 'Running'"


@dataclass(frozen=True, slots=True)
class Question:
    """Which cases are wanted, in the words of each; both give the first page."""

    filters: CaseFilters
    query: str
    sort: Sort = Sort.RECEIVED


async def visibility_query(size: Size | None = None, times: int = TIMES) -> dict[str, Any]:
    """Lists and counts, asked of both in turn, for the record: of each the median, and how many times ours it is."""
    country = await NATIONAL_DATABASE.load(size or OF_TEN_THOUSAND)
    attributes = attribute_types(SEARCH_ATTRIBUTES)
    async with temporal_server(None, ui=False, search_attributes=attributes) as server:
        client = await Client.connect(server.address, plugins=[SHARED])
        cases = await country.pool.fetch("select * from cases where ended_on is null")
        await _start(client, cases)
        asked: dict[str, Ask] = {}
        for name, question in _questions().items():
            asked[name], asked[f"{name}_temporal"] = _file(country.pool, question), _lists(client, question)
            await _agree(name, asked)
        asked["board_of_area"], asked["board_of_area_temporal"] = _board(country.pool), _counts(client)
        took = await measured(asked, times, warm_up=5)
    pairs = {name: ratio(took[f"{name}_temporal"], took[name]) for name in took if f"{name}_temporal" in took}
    first = next(iter(pairs))
    return {
        "name": "visibility_query",
        "value": took[first].figures["p50_ms"],
        "unit": f"ms, p50, {first}",
        "floor": took[f"{first}_temporal"].figures["p50_ms"],
        "ratio": round(1 / pairs[first], 2),
        "open_cases": len(cases),
        "temporal_to_ours": pairs,
        "details": {name: each.figures for name, each in took.items()},
    }


def _questions() -> dict[str, Question]:
    soon = datetime.now(UTC).date() + SOON
    until = end_of(soon + timedelta(days=1)).isoformat()
    return {
        "overdue_of_area": Question(
            CaseFilters(area=AREA, overdue=True), f"CaseArea = '{AREA}' and CaseOverdue = true"
        ),
        "overdue": Question(CaseFilters(overdue=True), "CaseOverdue = true", Sort.OVERDUE),
        "step_of_area": Question(CaseFilters(area=AREA, step=STEP), f"CaseArea = '{AREA}' and CaseStep = '{STEP}'"),
        "agency_of_area": Question(
            CaseFilters(area=AREA, waiting_on=AGENCY), f"CaseArea = '{AREA}' and CaseWaitingOn = '{AGENCY}'"
        ),
        "due_of_area": Question(
            CaseFilters(area=AREA, due_to=soon), f"CaseArea = '{AREA}' and CaseDueAt < '{until}'", Sort.DUE
        ),
    }


async def _start(client: Client, cases: list[asyncpg.Record]) -> None:
    """Start a workflow for each case, and wait until the lists have them all: they follow by a moment."""
    places = asyncio.Semaphore(AT_ONCE)

    async def start(row: asyncpg.Record) -> None:
        shown = TypedSearchAttributes([SearchAttributePair(key, value(row)) for key, value in _SHOWN.items()])
        async with places:
            await client.start_workflow(CASE_WORKFLOW, id=row["ref"], task_queue=NOBODY_WORKS, search_attributes=shown)

    began = asyncio.get_running_loop().time()
    await asyncio.gather(*(start(row) for row in cases))
    while (await client.count_workflows(_RUNNING)).count < len(cases):  # noqa: ASYNC110 - nobody tells when
        await asyncio.sleep(0.1)
    seconds = asyncio.get_running_loop().time() - began
    print(f"  visibility: {len(cases)} workflows begun in {seconds:.0f} s", file=sys.stderr, flush=True)


def _file(pool: asyncpg.Pool, question: Question) -> Ask:
    async def ask() -> int:
        return len(await CaseQueries(pool).list_cases(question.filters, PAGE, sort=question.sort))

    return ask


def _lists(client: Client, question: Question) -> Ask:
    async def ask() -> int:
        found = client.list_workflows(f"{_RUNNING} and {question.query}", page_size=PAGE, limit=PAGE)
        return len([execution async for execution in found])

    return ask


async def _agree(name: str, asked: Mapping[str, Ask]) -> None:
    """Raises LostError where the two do not know equally many cases."""
    ours, theirs = await asked[name](), await asked[f"{name}_temporal"]()
    if ours != theirs:
        raise LostError(f"{name}: {ours} cases in the file, {theirs} workflows")


def _board(pool: asyncpg.Pool) -> Ask:
    async def ask() -> int:
        shown = await BoardQueries(pool).get_board((AREA,))
        return shown.counts.open if shown else 0

    return ask


def _counts(client: Client) -> Ask:
    """By step and how many are overdue, which is all that lists of workflows can count: one question for each."""
    of_area = f"{_RUNNING} and CaseArea = '{AREA}'"

    async def ask() -> int:
        for step in Step:
            await client.count_workflows(f"{of_area} and CaseStep = '{step}'")
            await client.count_workflows(f"{of_area} and CaseStep = '{step}' and CaseOverdue = true")
        return (await client.count_workflows(of_area)).count

    return ask
