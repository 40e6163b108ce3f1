"""Lists of cases, by what is asked of them and in the order that is asked for."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.choices import require_one_of
from cli.days import day_in
from cli.operator.connections import database, run, settings
from cli.output import Json, Output, output
from cli.reading import Area, AssignedTo, Limit
from domain.json_values import to_json_object

if TYPE_CHECKING:
    from queries.cases import CaseFilters, CaseListItem, Sort

# ruff: noqa: PLC0415 - a command loads what it uses


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command("list")(list_them)


def list_them(
    context: typer.Context,
    area: Area = None,
    stage: Annotated[str | None, typer.Option("--stage", help="Only cases that reached this stage.")] = None,
    step: Annotated[str | None, typer.Option("--step", help="Only cases at this step.")] = None,
    waiting_on: Annotated[
        str | None, typer.Option("--waiting-on", help="Only cases that wait on caseworker, supervisor or an agency.")
    ] = None,
    overdue: Annotated[bool | None, typer.Option("--overdue/--not-overdue", help="Whether a wait ran out.")] = None,
    on_hold: Annotated[bool | None, typer.Option("--hold/--no-hold", help="Whether they rest.")] = None,
    assigned_to: AssignedTo = None,
    is_open: Annotated[bool | None, typer.Option("--open/--closed", help="Whether they have ended.")] = None,
    received_from: Annotated[str, typer.Option("--received-from", metavar="DAY", help="Received then or later.")] = "",
    received_to: Annotated[str, typer.Option("--received-to", metavar="DAY", help="Received then or before.")] = "",
    due_from: Annotated[str, typer.Option("--due-from", metavar="DAY", help="Due to be answered then or later.")] = "",
    due_to: Annotated[str, typer.Option("--due-to", metavar="DAY", help="Due to be answered then or before.")] = "",
    text: Annotated[str | None, typer.Option("--text", help="The beginning of a half of the reference.")] = None,
    sort: Annotated[str, typer.Option("--sort", help="received, due, overdue or victim_heard.")] = "received",
    descending: Annotated[bool, typer.Option("--descending", help="The latest first.")] = False,
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    """List cases.

    Those to which every option applies, the earliest by what they are sorted by first. A list that is sorted by a day
    holds only cases that have it.
    """
    from domain.vocabulary import Stage, Step
    from queries.cases import CaseFilters, Sort

    require_one_of("--stage", stage, Stage)
    require_one_of("--step", step, Step)
    require_one_of("--sort", sort, Sort)
    received = day_in("--received-from", received_from), day_in("--received-to", received_to)
    due = day_in("--due-from", due_from), day_in("--due-to", due_to)
    filters = CaseFilters(area, stage, step, waiting_on, overdue, on_hold, assigned_to, is_open, *received, *due, text)
    run(_list(filters, Sort(sort), descending, limit, output(context, as_json)))


async def _list(filters: "CaseFilters", sort: "Sort", descending: bool, limit: int, to: Output) -> None:
    from queries.cases import CaseQueries

    async with database(settings()) as pool:
        cases = await CaseQueries(pool).list_cases(filters, limit, sort=sort, descending=descending)
    titles = ("case", "area", "stage", "step", "reason", "received", "waits on", "due", "overdue since")
    to.rows(titles, [(_fields(each), _cells(each)) for each in cases], "No case is like that.")
    if len(cases) == limit:
        to.echo(f"Only the first {limit} are listed: --limit shows more.")


def _fields(each: "CaseListItem") -> dict[str, Any]:
    return {**to_json_object(each), "is_overdue": each.is_overdue}


def _cells(each: "CaseListItem") -> tuple[str, ...]:
    return (
        each.ref,
        each.area,
        each.stage,
        f"{each.step} (on hold)" if each.on_hold else each.step,
        each.reason or "",
        each.received_at.date().isoformat(),
        ", ".join(dict.fromkeys(each.waiting_on)),
        str(each.due_on or ""),
        str(each.overdue_since or ""),
    )
