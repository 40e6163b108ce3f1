"""`reconcile`: where the case file and the workflows differ, and writing the case file anew from them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from cli.acting import case_ref
from cli.actors import As, account, actor
from cli.errors import EXIT_FINDINGS, fail
from cli.operator.connections import database, run, settings, temporal
from cli.output import Json, Output, output

if TYPE_CHECKING:
    import asyncpg

    from adapters.temporal.workflow_queries import WorkflowQueries
    from application.comparison import Difference
    from domain.vocabulary import CaseRef

# ruff: noqa: PLC0415 - a command loads what it uses

AT_ONCE = 10
ALL = 2**31 - 1


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(reconcile)


def reconcile(
    context: typer.Context,
    refs: Annotated[
        list[str] | None, typer.Argument(metavar="[REF]...", help="These cases; else all open ones.")
    ] = None,
    fix: Annotated[bool, typer.Option("--fix", help="Write the case file anew from the workflows.")] = False,
    by: As = "",
    as_json: Json = False,
) -> None:
    """Compare the case file with Temporal.

    Says of each case that differs how it does; the exit code is 1 where one does. With --fix its row and its waits are
    written anew from what its workflow believes, which a supervisor does. Entries are never touched.
    """
    who = actor(context, by)
    if fix and who.role != "supervisor":
        fail("--fix: a supervisor does this: --as supervisor:ID")
    wanted = [case_ref(ref) for ref in refs or ()]
    left = run(_reconcile(wanted, account(who) if fix else "", output(context, as_json)))
    if left:
        raise typer.Exit(EXIT_FINDINGS)


async def _reconcile(refs: Sequence["CaseRef"], fixing: str, to: Output) -> int:
    """Compare, and mend where `fixing` says who does; how many cases still differ."""
    from adapters.temporal.workflow_queries import WorkflowQueries

    chosen = settings()
    compared = found = left = 0
    async with database(chosen) as pool, temporal(chosen) as client:
        beliefs = WorkflowQueries(client, chosen.task_queue)
        wanted = refs or await _all_open(pool, beliefs)
        for start in range(0, len(wanted), AT_ONCE):
            for difference in await _differences(pool, beliefs, wanted[start : start + AT_ONCE]):
                found += 1
                fixed = await _fixed(pool, beliefs, difference, fixing) if fixing else None
                left += fixed is not True
                value = {"ref": difference.ref, "kind": difference.code, "line": difference.line, "fixed": fixed}
                to.answer(value, str(difference), *_told(fixed))
        compared = len(wanted)
    to.answer(
        {"compared": compared, "found": found, "left": left},
        f"{compared} compared with Temporal: {found} found, {left} left",
    )
    return left


async def _all_open(pool: "asyncpg.Pool", beliefs: "WorkflowQueries") -> list["CaseRef"]:
    from queries.reconciliation import ReconciliationQueries

    known = [case.ref for case in await ReconciliationQueries(pool).list_open_cases("", ALL)]
    return sorted({*known, *[each.ref async for each in beliefs.running()]})


async def _differences(
    pool: "asyncpg.Pool", beliefs: "WorkflowQueries", refs: Sequence["CaseRef"]
) -> list["Difference"]:
    import asyncio

    from application.comparison import QueryTimeout, find_confirmed_difference
    from queries.cases import CaseQueries

    try:
        looks = await asyncio.gather(
            *(find_confirmed_difference(ref, lambda ref: CaseQueries(pool).get_case(ref), beliefs) for ref in refs)
        )
    except QueryTimeout as silent:
        fail(f"{silent} did not answer: is a worker running? Nothing is known of what Temporal believes")
    return [each for each in looks if each is not None]


async def _fixed(pool: "asyncpg.Pool", beliefs: "WorkflowQueries", difference: "Difference", by: str) -> bool:
    """Whether the case's row says now what its workflow believes; it is kept who had it written anew."""
    from adapters.postgres.casefile import PostgresCaseFile
    from application.comparison import QueryFailed, QueryTimeout, find_confirmed_difference, rebuild_read_model
    from queries.cases import CaseQueries

    ref, file = difference.ref, PostgresCaseFile(pool)
    try:
        if not await rebuild_read_model(ref, beliefs, file, by=by, finding=difference.code):
            return False
        return await find_confirmed_difference(ref, lambda ref: CaseQueries(pool).get_case(ref), beliefs) is None
    except (QueryFailed, QueryTimeout):
        return False


def _told(fixed: bool | None) -> list[str]:
    if fixed is None:
        return []
    if fixed:
        return ["  written anew from the workflow"]
    return ["  cannot be written anew: nothing runs it, it does not answer, or the file lacks entries of it"]
