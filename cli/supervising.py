"""What supervisors look at beside the list of what is stuck: how many cases stand where, and who has how many."""

from typing import TYPE_CHECKING

import typer

from cli.connections import database, run, settings
from cli.output import Json, Output, output
from cli.reading import Area

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readmodel.board import Board, Caseload, Caseloads, Standing

# ruff: noqa: PLC0415 - a command loads what it uses

STANDING = ("open", "overdue", "on hold", "median days", "90th percentile")


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(board)


def board(context: typer.Context, area: Area = None, as_json: Json = False) -> None:
    """Say how many open cases stand where, and who has how many.

    Counted once a minute by a server. Days are those at the present step.
    """
    run(_board(area, output(context, as_json)))


async def _board(area: str | None, to: Output) -> None:
    from domain.plain import plain
    from readmodel.board import board as read_board
    from readmodel.board import caseloads as read_caseloads

    areas = None if area is None else [area]
    async with database(settings()) as pool:
        shown, people = await read_board(pool, areas), await read_caseloads(pool, areas)
    if shown is None or people is None:
        to.answer({"as_of": None}, "Nothing has been counted yet: a server does it once a minute.")
    elif to.as_json:
        to.answer({"board": plain(shown), "people": plain(people.people)})
    else:
        _show(shown, people, to)


def _show(shown: "Board", people: "Caseloads", to: Output) -> None:
    to.say(f"Open cases as of {shown.as_of:%Y-%m-%d %H:%M:%S} UTC:")
    to.rows(("stage", "step", *STANDING), [({}, line) for line in _lines(shown)], "There are none.")
    to.say("")
    to.rows(("assigned to", *STANDING[:3]), [({}, _load(each)) for each in people.people], "Nobody has an open case.")


def _lines(shown: "Board") -> "Iterator[tuple[str, ...]]":
    for stage in shown.stages:
        yield (stage.stage, "", *_cells(stage.standing))
        for step, standing in stage.steps:
            yield ("", step, *_cells(standing))
    yield ("all", "", *_cells(shown.standing))


def _load(caseload: "Caseload") -> tuple[str, ...]:
    counts = (caseload.open, caseload.overdue, caseload.on_hold)
    return (caseload.assigned_to or "(nobody)", *(str(count) for count in counts))


def _cells(standing: "Standing") -> tuple[str, ...]:
    values = (standing.open, standing.overdue, standing.on_hold, standing.median_days, standing.p90_days)
    return tuple("" if value is None else str(value) for value in values)
