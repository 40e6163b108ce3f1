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
DEFAULT_SOURCE = "files"
"""Not the file's name: a list that grows has another one each week, and its rows are still the same."""
CSV, JSON_LINES = "text/csv", "application/x-ndjson"


@commands.command("import")
def import_file(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV where the name ends in .csv, else JSON Lines.")],
    source: Annotated[
        str, typer.Option("--source", help="The system that the rows come from: a source_id is unique within it.")
    ] = DEFAULT_SOURCE,
    as_json: JsonOption = False,
) -> None:
    """Import the requests in a file.

    A row whose source_id was imported from the source before changes nothing, so a file can be imported again, also
    under another name; fields in which it differs are listed. Good rows are stored even where others are bad. The exit
    code is 2 where a row is bad or differs. A refused request is stored with its reason, and listed.
    """
    if not file.is_file():
        fail(f"there is no file {file}" if not file.exists() else f"{file} is not a file")
    if not SOURCE.fullmatch(source):
        fail(f"{source!r} cannot name a source: give --source 1 to 60 letters, digits and . _ -")
    to, media_type = output(context, as_json), CSV if file.suffix.lower() == ".csv" else JSON_LINES
    with connect() as api:
        lines = api.upload("/imports", file.read_bytes(), media_type, {"source": source})
        summary = _print_rows(lines, to)
    if not summary:
        fail("The import was interrupted: import the file again")
    more = "".join(f", {summary[name]} {name}" for name in ("different", "refused") if summary[name])
    cells = f"with {summary['separator']} between the cells" if summary["separator"] else "JSON Lines"
    to.answer(
        {**summary, "source": source},
        f"{summary['stored']} stored, {summary['known']} known already, {summary['bad']} bad{more}",
        f"Read as {summary['encoding']}, {cells}. Source: {source}.",
    )
    if summary["problem"]:
        fail(f"The import was interrupted: import the file again [{summary['problem']}]")
    if summary["bad"] or summary["different"]:
        raise typer.Exit(EXIT_USAGE)


def _print_rows(lines: Iterable[Mapping[str, Any]], to: Output) -> Mapping[str, Any]:
    """Print what became of each row, name those to look at, and return the summary in the last line."""
    for number, line in enumerate(lines, 1):
        if "line" not in line:
            return line
        errors = "; ".join(f"{error['field']} {error['problem']}".strip() for error in line["errors"])
        if errors:
            warn(printable(f"line {line['line']}: {errors}"))
        if line["differs"]:
            verb = "differs" if len(line["differs"]) == 1 else "differ"
            warn(printable(f"{line['source_id']}: {', '.join(line['differs'])} {verb}"))
        if to.as_json:
            to.answer(line)
        elif line["refused"]:
            typer.echo(f"{line['source_id']}: refused, {line['refused']}: {line['sentence']}")
        elif sys.stderr.isatty():
            sys.stderr.write(f"\r{number} rows\r")
    return {}
