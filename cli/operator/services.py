"""Starts what runs for long: a worker, the server, the embedded stack, the demonstration."""

import re
from typing import Annotated

import typer

from cli.errors import fail
from cli.operator.connections import run, settings
from cli.output import JsonOption, output

# ruff: noqa: PLC0415 - a command loads what it uses

_DURATION = re.compile(r"(\d+(?:\.\d+)?|\.\d+)(ms|s|m|h)", re.ASCII)
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
SHORTEST_DAY, LONGEST_DAY = 0.001, 86_400.0

commands = typer.Typer()


@commands.command()
def worker() -> None:
    """Run a worker.

    It runs the cases' workflows. Start as many as the load needs.
    """
    settings()
    import worker as entry

    raise typer.Exit(entry.main())


@commands.command()
def serve() -> None:
    """Run the HTTP server.

    It has the API and the agencies' webhooks, and delivers messages to the cases. Start as many as the load needs.
    """
    settings()
    import server

    raise typer.Exit(server.main())


@commands.command()
def up(context: typer.Context, as_json: JsonOption = False) -> None:
    """Run the embedded stack.

    Its data stays in .local/, and rj in another terminal finds it.
    """
    from devstack.up import run_up

    raise typer.Exit(run(run_up(as_json=output(context, as_json).as_json)))


@commands.command()
def demo(
    context: typer.Context,
    day: Annotated[
        str,
        typer.Option(
            "--day", metavar="DURATION", help="How long a day of a case lasts at least: 200ms, 0.2s, 1m, 24h."
        ),
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Run sample requests to their outcomes.

    On an embedded stack of their own, which ends with them.
    """
    chosen = duration(day) if day else 0.0
    from devstack.demo import Options, run_demo

    raise typer.Exit(run(run_demo(Options(chosen, output(context, as_json).as_json))))


def duration(text: str) -> float:
    """Seconds in a duration such as 0.2s, 200ms, 1m or 24h. Raises UsageError."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        fail(f"--day {text!r}: a duration is a number with its unit: 200ms, 0.2s, 1m or 24h")
    seconds = float(match[1]) * _SECONDS[match[2]]
    if not SHORTEST_DAY <= seconds <= LONGEST_DAY:
        fail(f"--day {text!r}: a day lasts from 1ms to 24h")
    return seconds
