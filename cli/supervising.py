"""What supervisors look at beside the list of what is stuck: how many cases stand where, and reports of a period."""

import sys
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.days import day_in
from cli.errors import fail
from cli.operator.connections import database, run, settings
from cli.output import Json, Output, output
from cli.reading import Area, case_time

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from queries.board import Board, BoardCounts, Caseload, Caseloads
    from queries.periods import Period

# ruff: noqa: PLC0415 - a command loads what it uses

REPORTS = ("durations", "outcomes", "agencies")
STANDING = ("open", "overdue", "on hold", "median days", "90th percentile")


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(board)
    app.command()(report)


def board(context: typer.Context, area: Area = None, as_json: Json = False) -> None:
    """Say how many open cases stand where, and who has how many.

    Counted once a minute by a server. Days are those at the present step.
    """
    run(_board(area, output(context, as_json)))


async def _board(area: str | None, to: Output) -> None:
    from domain.json_values import to_json
    from queries.board import BoardQueries

    areas = None if area is None else [area]
    async with database(settings()) as pool:
        shown, people = await BoardQueries(pool).get_board(areas), await BoardQueries(pool).get_caseloads(areas)
    if shown is None or people is None:
        to.answer(
            {"board": None, "people": [], "other_people": 0},
            "Nothing has been counted yet: a server does it once a minute.",
        )
    elif to.as_json:
        to.answer({"board": to_json(shown), "people": to_json(people.people), "other_people": people.others})
    else:
        _show(shown, people, to)


def _show(shown: "Board", people: "Caseloads", to: Output) -> None:
    to.echo(f"Open cases as of {shown.as_of:%Y-%m-%d %H:%M:%S} UTC:")
    to.rows(("stage", "step", *STANDING), [({}, line) for line in _lines(shown)], "There are none.")
    to.echo("")
    to.rows(("assigned to", *STANDING[:3]), [({}, _load(each)) for each in people.people], "Nobody has an open case.")
    if people.others:
        to.echo(f"{people.others} others have open cases too: --area shows those of one area.")


def _lines(shown: "Board") -> "Iterator[tuple[str, ...]]":
    for stage in shown.stages:
        yield (stage.stage, "", *_cells(stage.standing))
        for step, standing in stage.steps:
            yield ("", step, *_cells(standing))
    yield ("all", "", *_cells(shown.standing))


def _load(caseload: "Caseload") -> tuple[str, ...]:
    counts = (caseload.open, caseload.overdue, caseload.on_hold)
    return (caseload.assigned_to or "(nobody)", *(str(count) for count in counts))


def _cells(standing: "BoardCounts") -> tuple[str, ...]:
    values = (standing.open, standing.overdue, standing.on_hold, standing.median_days, standing.p90_days)
    return tuple("" if value is None else str(value) for value in values)


def report(
    context: typer.Context,
    what: Annotated[str, typer.Argument(metavar="WHAT", help="durations, outcomes or agencies.")],
    area: Area = None,
    first: Annotated[str, typer.Option("--from", help="First day of the period; without one there are 90.")] = "",
    last: Annotated[str, typer.Option("--to", help="Last day of the period; today.")] = "",
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, for spreadsheets.")] = False,
    as_json: Json = False,
) -> None:
    """Report on steps, ends or agencies.

    A line for each area, and lines without an area for all of them together.
    """
    if what not in REPORTS:
        fail(f"{what!r} is no report: it is one of {', '.join(REPORTS)}")
    run(_report(what, area, day_in("--from", first), day_in("--to", last), as_csv, output(context, as_json)))


async def _report(what: str, area: str | None, first: date | None, last: date | None, as_csv: bool, to: Output) -> None:
    from dataclasses import asdict, fields

    from queries.tables import csv_of

    chosen = settings()
    period = _period(first, last, case_time(chosen).date())
    from queries.reports import ReportQueries

    kind, read = _reader(what)
    async with database(chosen) as pool:
        lines = await read(ReportQueries(pool), period, areas=None if area is None else [area])
    columns = [field.name for field in fields(kind)]
    if as_csv:
        sys.stdout.write(csv_of(columns, map(asdict, lines)))
        return
    names = [name.replace("_", " ") for name in columns]
    rows = [(asdict(line), ["" if value is None else str(value) for value in asdict(line).values()]) for line in lines]
    to.echo(f"{what.capitalize()} from {period.first} to {period.last}:")
    to.rows(names, rows, "There is nothing to report.")


def _period(first: date | None, last: date | None, today: date) -> "Period":
    """The days that are asked for. Raises UsageError."""
    from queries.periods import InvalidPeriod, make_period

    try:
        return make_period(first, last, today)
    except InvalidPeriod as unfit:
        fail(f"--from, --to: {unfit}")


def _reader(what: str) -> "tuple[type[Any], Callable[..., Awaitable[Sequence[Any]]]]":
    """What the lines of a report are, and what reads them."""
    from queries import reports

    readers: dict[str, tuple[type[Any], Callable[..., Awaitable[Sequence[Any]]]]] = {
        "durations": (reports.StepDuration, reports.ReportQueries.list_durations),
        "outcomes": (reports.RequestOutcome, reports.ReportQueries.list_outcomes),
        "agencies": (reports.AgencyAnswers, reports.ReportQueries.list_agency_answers),
    }
    return readers[what]
