"""`verify`: whether the case file is as it was written, and whether it says what the workflows believe."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.acting import case_ref
from cli.connections import database, run, settings, temporal
from cli.errors import FOUND, fail
from cli.output import Json, Output, output

if TYPE_CHECKING:
    import asyncpg
    from temporalio.client import Client

    from activities.ports import CaseNow
    from domain.vocabulary import CaseRef

# ruff: noqa: PLC0415 - a command loads what it uses

AT_ONCE = 10
ALL = 2**31 - 1
TRIES, SECONDS_BETWEEN_TRIES = 5, 0.4
"""The case file follows the workflow by a moment: only what still differs then is a difference."""
SECONDS_TO_ANSWER = 10
COMPARED = ("version", "stage", "step", "reason", "on_hold", "assigned_to", "ended_on", "waits")


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
        raise typer.Exit(FOUND)


async def _verify(one: "CaseRef | None", to: Output) -> int:
    chosen = settings()
    found = 0
    async with database(chosen) as pool, temporal(chosen) as client:
        refs = await _to_compare(pool, one)
        async for each in _all_found(pool, client, one, refs):
            found += 1
            to.answer(asdict(each), each.line)
        if one is None:
            async for each in _without_case(pool, client, chosen.task_queue, set(refs)):
                found += 1
                to.answer(asdict(each), each.line)
    result = "nothing found" if not found else f"{found} found"
    to.answer({"compared": len(refs), "found": found}, f"chains checked, {len(refs)} compared with Temporal: {result}")
    return found


async def _to_compare(pool: "asyncpg.Pool", one: "CaseRef | None") -> list["CaseRef"]:
    """The cases that must have a running workflow: those that are open."""
    from cli.cases import found_case
    from readmodel.cases import Filters, list_cases

    if one is None:
        return [each.ref for each in await list_cases(pool, Filters(is_open=True), ALL)]
    case = await found_case(pool, one)
    return [] if case.ended_on is not None else [one]


async def _all_found(
    pool: "asyncpg.Pool", client: "Client", one: "CaseRef | None", refs: Sequence["CaseRef"]
) -> AsyncIterator[Found]:
    import asyncio

    from readmodel.verify import verify_all_chains, verify_chain

    if one is not None:
        for fault in await verify_chain(pool, one):
            yield Found(fault.ref, fault.kind, str(fault))
    else:
        async for fault in verify_all_chains(pool):
            yield Found(fault.ref, fault.kind, str(fault))
    for start in range(0, len(refs), AT_ONCE):
        batch = refs[start : start + AT_ONCE]
        for difference in await asyncio.gather(*(_difference(pool, client, ref) for ref in batch)):
            if difference is not None:
                yield difference


async def _without_case(
    pool: "asyncpg.Pool", client: "Client", task_queue: str, known: set["CaseRef"]
) -> AsyncIterator[Found]:
    """The workflows that run, and of which the case file knows nothing."""
    from domain.vocabulary import CaseRef
    from workflows.names import WORKFLOW

    running = f"WorkflowType = '{WORKFLOW}' and ExecutionStatus = 'Running' and TaskQueue = '{task_queue}'"
    async for execution in client.list_workflows(running):
        ref = CaseRef(execution.id)
        if ref not in known and not await _comes(pool, ref):
            yield Found(ref, "no_case", f"{ref}: runs in Temporal, and the case file has no such case")


async def _comes(pool: "asyncpg.Pool", ref: "CaseRef") -> bool:
    """Whether the case is in the case file, or gets there when it is given a moment."""
    import asyncio

    from readmodel.cases import get_case

    for _ in range(TRIES):
        if await get_case(pool, ref) is not None:
            return True
        await asyncio.sleep(SECONDS_BETWEEN_TRIES)
    return False


async def _difference(pool: "asyncpg.Pool", client: "Client", ref: "CaseRef") -> Found | None:
    """How the case file and the workflow of a case differ, once both have had time to settle."""
    import asyncio

    from readmodel.cases import get_case

    found = None
    for attempt in range(TRIES):
        if attempt:
            await asyncio.sleep(SECONDS_BETWEEN_TRIES)
        case = await get_case(pool, ref)
        assert case is not None, "nothing deletes a case"
        if case.ended_on is not None:
            return None
        found = _compared(case, await _status(client, ref))
        if found is None:
            return None
    return found


async def _status(client: "Client", ref: "CaseRef") -> dict[str, Any] | None:
    """What the workflow believes; None: there is none."""
    from temporalio.client import WorkflowQueryFailedError
    from temporalio.service import RPCError, RPCStatusCode

    try:
        return await _asked(client, ref)
    except WorkflowQueryFailedError:
        return {"forked": "the workflow cannot answer"}
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        if error.status in (
            RPCStatusCode.DEADLINE_EXCEEDED,
            RPCStatusCode.CANCELLED,
            RPCStatusCode.FAILED_PRECONDITION,
        ):
            fail(f"{ref} did not answer: is a worker running? Nothing is known of what Temporal believes")
        raise


async def _asked(client: "Client", ref: "CaseRef") -> dict[str, Any]:
    """What the workflow answers; one that has only just gone on in a new run is given a moment."""
    import asyncio

    from temporalio.service import RPCError, RPCStatusCode

    handle = client.get_workflow_handle(ref)
    for attempt in range(TRIES):
        try:
            status: dict[str, Any] = await handle.query("status", rpc_timeout=timedelta(seconds=SECONDS_TO_ANSWER))
        except RPCError as error:
            if error.status is not RPCStatusCode.FAILED_PRECONDITION or attempt == TRIES - 1:
                raise
            await asyncio.sleep(SECONDS_BETWEEN_TRIES)
        else:
            return status
    raise AssertionError("the last try answers or raises")


def _in_order(value: Any) -> Any:
    """The waits in the order of their keys: the case file keeps them in none."""
    return sorted(value, key=lambda wait: str(wait["key"])) if isinstance(value, list) else value


def _compared(case: "CaseNow", status: dict[str, Any] | None) -> Found | None:
    if status is None:
        return Found(case.ref, "no_workflow", f"{case.ref}: open in the case file, and Temporal has no such workflow")
    if status.get("forked"):
        return Found(case.ref, "forked", f"{case.ref}: the workflow has stopped writing: {status['forked']}")
    from domain.plain import plain

    kept = {name: _in_order(plain(getattr(case, name))) for name in COMPARED}
    differing = [
        f"{name} is {kept[name]} in the case file and {status.get(name)} in the workflow"
        for name in COMPARED
        if kept[name] != _in_order(status.get(name))
    ]
    if not differing:
        return None
    return Found(case.ref, "workflow_differs", f"{case.ref}: {'; '.join(differing)}")
