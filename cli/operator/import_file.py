"""`import`: requests from a file, each stored once however often the file is read."""

import random
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.errors import EXIT_USAGE, fail, warn
from cli.operator.connections import database, run, settings
from cli.output import Json, Output, output

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from adapters.postgres.inbox import PostgresInbox
    from adapters.requests.rows import InvalidRow, RequestRow

# ruff: noqa: PLC0415 - a command loads what it uses

commands = typer.Typer()

SOURCE = re.compile(r"[A-Za-z0-9._-]{1,60}", re.ASCII)
"""What may name a source: it becomes a part of ids."""


@dataclass
class Tally:
    """How many rows were stored, were there before, and cannot be taken."""

    stored: int = 0
    known: int = 0
    bad: int = 0


@commands.command("import")
def import_file(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV where the name ends in .csv, else JSON Lines.")],
    source: Annotated[
        str, typer.Option("--source", help="The system that the rows come from.", show_default="the file's name")
    ] = "",
    as_json: Json = False,
) -> None:
    """Import the requests in a file.

    A row whose source_id was imported from the source before changes nothing, so a file can be imported again. Good
    rows are stored even where others are bad; then the exit code is 2.
    """
    if not file.is_file():
        fail(f"there is no file {file}" if not file.exists() else f"{file} is not a file")
    named = source or file.name
    if not SOURCE.fullmatch(named):
        fail(f"{named!r} cannot name a source: give --source 1 to 60 letters, digits and . _ -")
    tally = run(_import(file, f"import:{named}", output(context, as_json)))
    if tally.bad:
        raise typer.Exit(EXIT_USAGE)


async def _import(file: Path, source: str, to: Output) -> Tally:
    from adapters.postgres.inbox import PostgresInbox
    from adapters.requests.files import read_requests
    from adapters.requests.rows import InvalidRow

    tally = Tally()
    async with database(settings()) as pool:
        inbox = PostgresInbox(pool)
        for row in _with_progress(file, read_requests(file)):
            if isinstance(row, InvalidRow):
                _report(row, tally, to)
            else:
                await _store(inbox, source, row, tally, to)
    summary = {"stored": tally.stored, "known": tally.known, "bad": tally.bad}
    to.answer(summary, f"{tally.stored} stored, {tally.known} known already, {tally.bad} bad")
    return tally


async def _store(inbox: "PostgresInbox", source: str, row: "RequestRow", tally: Tally, to: Output) -> None:
    from adapters.requests.intake import store_request

    accepted = await store_request(inbox, source, row, random.SystemRandom())
    tally.stored += accepted.first
    tally.known += not accepted.first
    if to.as_json:
        to.answer({"line": row.line, "source_id": row.source_id, "ref": accepted.ref, "first": accepted.first})


def _report(row: "InvalidRow", tally: Tally, to: Output) -> None:
    tally.bad += 1
    warn(str(row))
    if to.as_json:
        faults = [{"field": fault.field, "problem": fault.problem} for fault in row.errors]
        to.answer({"line": row.line, "source_id": row.source_id, "faults": faults})


def _with_progress(file: Path, rows: "Iterable[RequestRow | InvalidRow]") -> "Iterator[RequestRow | InvalidRow]":
    """The rows, with a bar on standard error where somebody looks at it."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("line"), MofNCompleteColumn(), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        lines = progress.add_task("", total=_lines_in(file))
        for row in rows:
            yield row
            progress.update(lines, completed=row.line)


def _lines_in(file: Path) -> int:
    with file.open("rb") as content:
        return sum(1 for _ in content)
