"""What is sent to agencies, as a whole: an operator lets it rest, and resumes it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.actors import As, account, actor
from cli.directory import as_told
from cli.operator.connections import database, run, settings
from cli.output import Json, Output, output

if TYPE_CHECKING:
    from ports.agency_views import AgencyPause

# ruff: noqa: PLC0415 - a command loads what it uses

OfAgency = Annotated[str, typer.Option("--agency", metavar="ID", help="Only those to this agency; all, if none.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    asks = typer.Typer(
        name="asks",
        invoke_without_command=True,
        rich_markup_mode=None,
    )
    asks.callback()(_help)
    asks.command()(pause)
    asks.command()(resume)
    app.add_typer(asks)


def _help(context: typer.Context) -> None:
    """Let all asks to agencies rest, and resume them.

    What was sent in a case is shown by rj show.
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def pause(context: typer.Context, agency: OfAgency = "", by: As = "", as_json: Json = False) -> None:
    """Let asks rest: all of them, or one agency's.

    They wait and are sent when they are resumed. What agencies answer is taken all the same.
    """
    run(pause_asks(agency, account(actor(context, by)), output(context, as_json)))


def resume(context: typer.Context, agency: OfAgency = "", by: As = "", as_json: Json = False) -> None:
    """Send asks again.

    Those of an agency that rests by itself go on resting.
    """
    run(resume_asks(agency, account(actor(context, by)), output(context, as_json)))


async def pause_asks(agency: str, by: str, to: Output) -> None:
    """Pause the asks of `agency`, or all if it is empty, and say so. Raises UsageError."""
    from adapters.postgres.agency_pauses import PostgresAgencyPauses

    async with database(settings()) as pool:
        with as_told(agency):
            await PostgresAgencyPauses(pool).pause(agency, by)
        resting = await PostgresAgencyPauses(pool).list_pauses(agency)
    to.answer(_json(agency, resting), *(pause.why for pause in resting))


async def resume_asks(agency: str, by: str, to: Output) -> None:
    """Resume the asks of `agency`, or all if it is empty, and say what rests still. Raises UsageError."""
    from adapters.postgres.agency_pauses import PostgresAgencyPauses

    async with database(settings()) as pool:
        with as_told(agency):
            ended = await PostgresAgencyPauses(pool).resume(agency, by)
        resting = await PostgresAgencyPauses(pool).list_pauses(agency or None)
    whose = f"Asks to {agency}" if agency else "Asks"
    said = f"{whose} are sent again." if ended else f"{whose} did not rest by themselves."
    still = (f"Still: {pause.why}" for pause in resting)
    to.answer(_json(agency, resting), said, *still)


def _json(agency: str, resting: Sequence["AgencyPause"]) -> dict[str, Any]:
    from domain.json_values import to_json

    return {"agency": agency, "pauses": [to_json(pause) for pause in resting]}
