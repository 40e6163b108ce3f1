"""Importing requests from a file: each is stored once, however often the file is imported."""

import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.errors import EXIT_USAGE, fail, warn
from cli.output import JsonOption, Output, output, printable
from cli.staff.client import connect

commands = typer.Typer()

SOURCE = re.compile(r"[A-Za-z0-9._-]{1,60}", re.ASCII)
CSV, JSON_LINES = "text/csv", "application/x-ndjson"


@commands.command("import")
def import_file(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV where the name ends in .csv, else JSON Lines.")],
    source: Annotated[
        str, typer.Option("--source", help="The system that the rows come from.", show_default="the file's name")
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Import the requests in a file.

    A row whose source_id was imported from the source before changes nothing, so a file can be imported again. Good
    rows are stored even where others are bad; then the exit code is 2.
    """
    if not file.is_file():
        fail(f"there is no file {file}" if not file.exists() else f"{file} is not a file")
    source = source or file.name
    if not SOURCE.fullmatch(source):
        fail(f"{source!r} cannot name a source: give --source 1 to 60 letters, digits and . _ -")
    to, media_type = output(context, as_json), CSV if file.suffix.lower() == ".csv" else JSON_LINES
    with connect() as api:
        lines = api.upload("/imports", file.read_bytes(), media_type, {"source": source})
        summary = _print_rows(lines, to)
    if not summary:
        fail("The import was interrupted: import the file again")
    to.answer(summary, f"{summary['stored']} stored, {summary['known']} known already, {summary['bad']} bad")
    if summary["problem"]:
        fail(f"The import was interrupted: import the file again [{summary['problem']}]")
    if summary["bad"]:
        raise typer.Exit(EXIT_USAGE)


def _print_rows(lines: Iterable[Mapping[str, Any]], to: Output) -> Mapping[str, Any]:
    """Print what became of each row, name the bad ones, and return the summary in the last line."""
    for number, line in enumerate(lines, 1):
        if "line" not in line:
            return line
        errors = "; ".join(f"{error['field']} {error['problem']}".strip() for error in line["errors"])
        if errors:
            warn(printable(f"line {line['line']}: {errors}"))
        if to.as_json:
            to.answer(line)
        elif sys.stderr.isatty():
            sys.stderr.write(f"\r{number} rows\r")
    return {}
