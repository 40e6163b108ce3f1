"""`verify`: whether the case file is as it was written, and whether it says what the workflows believe."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from cli.acting import case_ref
from cli.errors import EXIT_FINDINGS, fail
from cli.operator.connections import database, run, settings, temporal
from cli.output import Json, Output, output

if TYPE_CHECKING:
    import asyncpg

    from adapters.temporal.workflow_queries import WorkflowQueries
    from domain.vocabulary import CaseRef

# ruff: noqa: PLC0415 - a command loads what it uses

AT_ONCE = 10
ALL = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Found:
    """Something that is not as it should be; `kind` is a code."""

    ref: str
    kind: str
    line: str


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(verify)


def verify(
    context: typer.Context,
    ref: Annotated[str, typer.Argument(metavar="[REF]", help="One case; all of them, if none is named.")] = "",
    as_json: Json = False,
) -> None:
    """Check that the case file is true.

    The chain of each case's entries is as it was written, each open case stands where its workflow believes that it
    does, and each workflow has its case. What is not so is printed, and the exit code is 1.
    """
    one = case_ref(ref) if ref else None
    found = run(_verify(one, output(context, as_json)))
    if found:
        raise typer.Exit(EXIT_FINDINGS)


async def _verify(one: "CaseRef | None", to: Output) -> int:
    from adapters.temporal.workflow_queries import WorkflowQueries

    chosen = settings()
    found = 0
    async with database(chosen) as pool, temporal(chosen) as client:
        beliefs = WorkflowQueries(client, chosen.task_queue)
        refs = await _to_compare(pool, one)
        async for each in _all_found(pool, beliefs, one, refs):
            found += 1
            to.answer(asdict(each), each.line)
    result = "nothing found" if not found else f"{found} found"
    to.answer({"compared": len(refs), "found": found}, f"chains checked, {len(refs)} compared with Temporal: {result}")
    return found


async def _to_compare(pool: "asyncpg.Pool", one: "CaseRef | None") -> list["CaseRef"]:
    """The cases that must have a running workflow: those that are open."""
    from cli.cases import found_case
    from queries.cases import CaseFilters, CaseQueries

    if one is None:
        return [each.ref for each in await CaseQueries(pool).list_cases(CaseFilters(is_open=True), ALL)]
    case = await found_case(pool, one)
    return [] if case.ended_on is not None else [one]


async def _all_found(
    pool: "asyncpg.Pool", beliefs: "WorkflowQueries", one: "CaseRef | None", refs: Sequence["CaseRef"]
) -> AsyncIterator[Found]:
    from queries.verify import ChainVerifier

    if one is not None:
        for fault in await ChainVerifier(pool).verify_chain(one):
            yield Found(fault.ref, fault.kind, str(fault))
    else:
        async for fault in ChainVerifier(pool).verify_all_chains():
            yield Found(fault.ref, fault.kind, str(fault))
    async for found in _differences(pool, beliefs, refs):
        yield found
    if one is None:
        known = set(refs)
        others = [each.ref async for each in beliefs.running() if each.ref not in known]
        async for found in _differences(pool, beliefs, others):
            yield found


async def _differences(
    pool: "asyncpg.Pool", beliefs: "WorkflowQueries", refs: Sequence["CaseRef"]
) -> AsyncIterator[Found]:
    import asyncio

    from application.comparison import QueryTimeout, find_confirmed_difference
    from queries.cases import CaseQueries

    for start in range(0, len(refs), AT_ONCE):
        batch = refs[start : start + AT_ONCE]
        looks = (find_confirmed_difference(ref, lambda ref: CaseQueries(pool).get_case(ref), beliefs) for ref in batch)
        try:
            differences = await asyncio.gather(*looks)
        except QueryTimeout as silent:
            fail(f"{silent} did not answer: is a worker running? Nothing is known of what Temporal believes")
        for difference in differences:
            if difference is not None:
                yield Found(difference.ref, difference.code, str(difference))
