"""`tasks`: what caseworkers do by hand now, and how each of it is recorded."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import typer

from cli.operator.connections import database, run, settings
from cli.output import Json, Output, output
from cli.reading import Area, AssignedTo, Limit
from domain.json_values import to_json_object

if TYPE_CHECKING:
    from queries.tasks import AskTask, MessageTask

# ruff: noqa: PLC0415 - a command loads what it uses


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(tasks)


def tasks(
    context: typer.Context,
    area: Area = None,
    assigned_to: AssignedTo = None,
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    """List what caseworkers have to do by hand.

    Agencies that only a person can ask, with how the answer is recorded; notices that the victim has to be told, with
    what to say. A task leaves the list by being recorded.
    """
    run(_tasks(area, assigned_to, limit, output(context, as_json)))


async def _tasks(area: str | None, assigned_to: str | None, limit: int, to: Output) -> None:
    from queries.tasks import TaskQueries

    areas = None if area is None else [area]
    async with database(settings()) as pool:
        asks = await TaskQueries(pool).list_ask_tasks(areas=areas, assigned_to=assigned_to, limit=limit)
        notices = await TaskQueries(pool).list_message_tasks(areas=areas, assigned_to=assigned_to, limit=limit)
    if not (asks or notices):
        to.echo("Nothing is to be done by hand.")
    for ask in asks:
        to.answer(_object("ask", ask), *_ask_lines(ask))
    for notice in notices:
        to.answer(_object("notice", notice), *_notice_lines(notice))
    if limit in (len(asks), len(notices)):
        to.echo(f"Only the first {limit} of a kind are listed: --limit shows more.")


def _object(kind: str, task: "AskTask | MessageTask") -> dict[str, Any]:
    return {"kind": kind, **to_json_object(task), "what": task.what, "record": list(_record(task))}


def _record(task: "AskTask | MessageTask") -> Iterator[str]:
    """The commands by which the task leaves the list."""
    from queries.tasks import AskTask

    if isinstance(task, AskTask):
        yield f"rj move {task.ref} {task.event}{_answer(task.event)} --on-behalf-of {task.agency}"
        return
    yield f"rj notices resolve {task.key}"
    if task.state != "waiting":
        yield f"rj notices resend {task.key}"


def _answer(event: str) -> str:
    from domain.events import EVENTS, field_names

    return " --answer ..." if "answer" in field_names(EVENTS[event]) else ""


def _ask_lines(task: "AskTask") -> Iterator[str]:
    yield f"{task.ref}  {task.what}"
    yield from (f"    Record the answer: {command}" for command in _record(task))


def _notice_lines(task: "MessageTask") -> Iterator[str]:
    yield f"{task.ref}  {task.what}"
    yield from (f"    | {line}" for line in task.wording if line)
    told, *again = _record(task)
    yield f"    Once they are told: {told}"
    yield from (f"    Once they can be reached: rj victim-details {task.ref}, then {command}" for command in again)
