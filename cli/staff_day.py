"""A caseworker's day: what is due, what may be recorded now, and what the victim was told."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from cli.acting import Ref, case_ref
from cli.actors import As, actor
from cli.days import day_in
from cli.operator.connections import database, run, settings
from cli.output import Json, Output, output
from cli.reading import Area, AssignedTo, Limit, case_time
from domain.json_values import to_json_object

if TYPE_CHECKING:
    from datetime import date

    from domain.allowed_events import AllowedEvent, EventField
    from domain.events import Actor
    from domain.vocabulary import CaseRef
    from queries.case_history import VictimMessage

# ruff: noqa: PLC0415 - a command loads what it uses


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(due)
    app.command("allowed-events")(allowed_events)
    app.command()(told)


def due(
    context: typer.Context,
    this_week: Annotated[bool, typer.Option("--week", help="Within the next seven days; else today.")] = False,
    until: Annotated[str, typer.Option("--until", metavar="DAY", help="Up to a day such as 2026-12-31.")] = "",
    area: Area = None,
    assigned_to: AssignedTo = None,
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    """List what is due.

    Cases in which somebody must answer by today, and those that are over it; the earliest first.
    """
    run(_due(_last_day(this_week, until), area, assigned_to, limit, output(context, as_json)))


def _last_day(this_week: bool, until: str) -> "date":
    day = day_in("--until", until)
    return day or case_time(settings()).date() + timedelta(days=6 if this_week else 0)


async def _due(last: "date", area: str | None, assigned_to: str | None, limit: int, to: Output) -> None:
    from queries.cases import CaseFilters, CaseQueries, Sort

    filters = CaseFilters(area=area, assigned_to=assigned_to, is_open=True, due_to=last)
    async with database(settings()) as pool:
        cases = await CaseQueries(pool).list_cases(filters, limit, sort=Sort.DUE)
    rows = [
        (
            to_json_object(each),
            (
                each.ref,
                str(each.due_on),
                "overdue" if each.is_overdue else "",
                each.step,
                ", ".join(each.waiting_on),
                each.assigned_to,
            ),
        )
        for each in cases
    ]
    to.rows(("case", "due", "", "step", "waits on", "assigned to"), rows, f"Nothing is due by {last}.")
    if len(cases) == limit:
        to.echo(f"Only the first {limit} are listed: --limit shows more.")


def allowed_events(context: typer.Context, ref: Ref, by: As = "", as_json: Json = False) -> None:
    """Say what can be recorded now.

    Each event with its fields, and their choices; `rj move` records one.
    """
    run(_allowed_events(case_ref(ref), actor(context, by), output(context, as_json)))


async def _allowed_events(ref: "CaseRef", who: "Actor", to: Output) -> None:
    from cli.cases import found_case, read_case
    from domain.allowed_events import allowed_events as list_allowed

    chosen = settings()
    async with database(chosen) as pool:
        case = read_case(await found_case(pool, ref))
    for allowed in list_allowed(case, who, case_time(chosen)):
        to.answer(to_json_object(allowed), *_allowed_event_lines(allowed))


def _allowed_event_lines(allowed: "AllowedEvent") -> list[str]:
    whom = f" (--on-behalf-of {', '.join(allowed.on_behalf_of)})" if allowed.on_behalf_of else ""
    lines = [f"{allowed.event}: {allowed.meaning}{whom}"]
    for variant in allowed.variants:
        lead = [f"--{allowed.lead} {variant.value}"] if allowed.lead else []
        fields = " ".join((*lead, *(_field(asked) for asked in variant.fields)))
        if fields:
            lines.append(f"  {fields}")
    return lines


def _field(asked: "EventField") -> str:
    values = "|".join(asked.choices) if 0 < len(asked.choices) <= 12 else asked.kind.upper()
    text = f"--{asked.name.replace('_', '-')} {values}"
    return text if asked.required else f"[{text}]"


def told(context: typer.Context, ref: Ref, as_json: Json = False) -> None:
    """Show what the victim was told.

    Each message with its words, when it came up, by which way it went, and what became of it; the newest first.
    """
    run(_told(case_ref(ref), output(context, as_json)))


async def _told(ref: "CaseRef", to: Output) -> None:
    from cli.cases import found_case
    from queries.case_history import CaseHistory

    async with database(settings()) as pool:
        await found_case(pool, ref)
        messages = await CaseHistory(pool).list_victim_messages(ref)
    if not messages:
        to.echo("The victim has been told nothing.")
    for message in messages:
        to.answer(to_json_object(message), _standing(message), *(f"  {line}" for line in message.wording), "")


def _standing(message: "VictimMessage") -> str:
    way = f" by {message.form}" if message.form else ""
    who = f", told by {message.resolved_by}" if message.resolved_by else ""
    why = f" ({message.error})" if message.error else ""
    return f"{message.at:%Y-%m-%d %H:%M}  {message.state}{way}{why}{who} [{message.key}]"
