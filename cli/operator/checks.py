"""Checking the case file: its own integrity, and whether it agrees with the workflows."""

import getpass
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from cli.errors import EXIT_FINDINGS, fail
from cli.operator.connections import database, run, settings, temporal
from cli.output import JsonOption, Output, output

if TYPE_CHECKING:
    import asyncpg
    from temporalio.client import Client

    from adapters.temporal.workflow_queries import TemporalWorkflowQueries
    from application.comparison import Difference
    from domain.vocabulary import CaseRef

# ruff: noqa: PLC0415 - a command loads what it uses

commands = typer.Typer()

BATCH = 10
ALL = 2**31 - 1
FIXED = {
    None: (),
    True: ("  fixed",),
    False: ("  cannot be fixed: the workflow does not answer, or the file lacks entries of it",),
}
CheckRefsArgument = Annotated[
    list[str] | None, typer.Argument(metavar="[REF]...", help="These cases; else all open ones.")
]


@commands.command()
def verify(
    context: typer.Context,
    ref: Annotated[str, typer.Argument(metavar="[REF]", help="One case; else all of them.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Check the case file's integrity.

    Each case's entries are as they were written, and each open case agrees with its workflow. What is not so is
    printed, and the exit code is 1.
    """
    if run(_verify([_case_ref(ref)] if ref else [], output(context, as_json))):
        raise typer.Exit(EXIT_FINDINGS)


async def _verify(refs: Sequence["CaseRef"], to: Output) -> int:
    """Print what is wrong with these cases, or with all; how much that is."""
    from adapters.temporal.workflow_queries import TemporalWorkflowQueries
    from queries.cases import CaseQueries
    from queries.verify import ChainVerifier

    chosen = settings()
    found = 0
    async with database(chosen) as pool, temporal(chosen) as client:
        workflows, verifier = TemporalWorkflowQueries(client, chosen.task_queue), ChainVerifier(pool)
        for ref in refs:
            if await CaseQueries(pool).get_case(ref) is None:
                fail(f"There is no case {ref}")
            for fault in await verifier.verify_chain(ref):
                found += 1
                to.answer({"ref": fault.ref, "kind": fault.kind, "line": str(fault)}, str(fault))
        if not refs:
            async for fault in verifier.verify_chains():
                found += 1
                to.answer({"ref": fault.ref, "kind": fault.kind, "line": str(fault)}, str(fault))
        compared = await _find_refs(pool, workflows, refs)
        async for difference in _find_differences(pool, workflows, compared):
            found += 1
            to.answer({"ref": difference.ref, "kind": difference.code, "line": str(difference)}, str(difference))
    result = f"{found} found" if found else "nothing found"
    summary = f"chains checked, {len(compared)} compared with Temporal: {result}"
    to.answer({"compared": len(compared), "found": found}, summary)
    return found


@commands.command()
def reconcile(
    context: typer.Context,
    refs: CheckRefsArgument = None,
    fix: Annotated[bool, typer.Option("--fix", help="Rebuild or restart cases that differ.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Compare the case file with Temporal.

    Shows for each case that differs in what it does; the exit code is 1 where one does. With --fix its row and its
    waits are rebuilt from its workflow; a workflow that is lost, or whose entries conflict with the case file, is
    restarted from the case file. Entries are never changed.
    """
    if run(_reconcile([_case_ref(ref) for ref in refs or ()], fix, output(context, as_json))):
        raise typer.Exit(EXIT_FINDINGS)


async def _reconcile(refs: Sequence["CaseRef"], fix: bool, to: Output) -> int:
    """Compare, and rebuild where `fix`; how many cases still differ."""
    from adapters.temporal.workflow_queries import TemporalWorkflowQueries

    chosen = settings()
    found = left = 0
    async with database(chosen) as pool, temporal(chosen) as client:
        workflows = TemporalWorkflowQueries(client, chosen.task_queue)
        compared = await _find_refs(pool, workflows, refs)
        async for difference in _find_differences(pool, workflows, compared):
            fixed = await _fix(pool, client, workflows, difference) if fix else None
            found, left = found + 1, left + (fixed is not True)
            value = {"ref": difference.ref, "kind": difference.code, "line": difference.line, "fixed": fixed}
            to.answer(value, str(difference), *FIXED[fixed])
    summary = f"{len(compared)} compared with Temporal: {found} found, {left} left"
    to.answer({"compared": len(compared), "found": found, "left": left}, summary)
    return left


async def _find_refs(
    pool: "asyncpg.Pool", workflows: "TemporalWorkflowQueries", refs: Sequence["CaseRef"]
) -> Sequence["CaseRef"]:
    """Those of `refs` that must have a workflow; without any, all open cases and all cases with a workflow."""
    from queries.cases import CaseQueries

    if not refs:
        known = [case.ref for case in await CaseQueries(pool).list_open_summaries("", ALL)]
        return sorted({*known, *[summary.ref async for summary in workflows.list_running()]})
    cases = [(ref, await CaseQueries(pool).get_case(ref)) for ref in refs]
    return [ref for ref, case in cases if case is None or case.ended_on is None]


async def _find_differences(
    pool: "asyncpg.Pool", workflows: "TemporalWorkflowQueries", refs: Sequence["CaseRef"]
) -> AsyncIterator["Difference"]:
    import asyncio

    from application.comparison import find_confirmed_difference
    from ports.workflow_queries import QueryTimeout
    from queries.cases import CaseQueries

    for start in range(0, len(refs), BATCH):
        batch = refs[start : start + BATCH]
        try:
            differences = await asyncio.gather(
                *(find_confirmed_difference(ref, CaseQueries(pool).get_case, workflows.get_state) for ref in batch)
            )
        except QueryTimeout as timeout:
            fail(f"{timeout} did not answer: is a worker running? Nothing is known about its workflow")
        for difference in differences:
            if difference is not None:
                yield difference


async def _fix(
    pool: "asyncpg.Pool", client: "Client", workflows: "TemporalWorkflowQueries", difference: "Difference"
) -> bool:
    """Whether the case could be rebuilt from its workflow, or restarted from its file, and both now agree."""
    from adapters.clock import StackClock
    from adapters.postgres.case_file import PostgresCaseFile
    from adapters.postgres.inbox import PostgresInbox
    from adapters.temporal.restart import TemporalRestarts
    from application.comparison import find_confirmed_difference
    from application.restart import CannotRestart, restart_from_case_file
    from domain.findings import FindingCode
    from ports.workflow_queries import QueryFailed, QueryTimeout
    from queries.case_history import CaseHistory
    from queries.cases import CaseQueries

    ref, file, by = difference.ref, PostgresCaseFile(pool), f"operator:{getpass.getuser()}"
    try:
        if difference.code in (FindingCode.SEQUENCE_CONFLICT, FindingCode.NO_WORKFLOW):
            chosen = settings()
            restarts, clock = TemporalRestarts(client, chosen.task_queue), StackClock(chosen.clock_file).read()
            requeue, history = PostgresInbox(pool).requeue, CaseHistory(pool)
            await restart_from_case_file(ref, history, restarts.list_sent, restarts.start_again, requeue, clock)
        else:
            state = await workflows.get_state(ref)
            case = None if state is None else state.case
            if case is None or not await file.rebuild_read_model(case, by, difference.code):
                return False
        return await find_confirmed_difference(ref, CaseQueries(pool).get_case, workflows.get_state) is None
    except (QueryFailed, QueryTimeout, CannotRestart):
        return False


def _case_ref(text: str) -> "CaseRef":
    from domain.references import is_ref
    from domain.vocabulary import CaseRef

    if not is_ref(text.upper()):
        fail(f"{text!r} is not a case's reference: they look like RJ-7Q2K-9F3M")
    return CaseRef(text.upper())
