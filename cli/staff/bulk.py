"""Actions on many cases with a result for each, cover for an absent colleague, and undoing a wrong step."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from cli.errors import EXIT_FINDINGS, warn
from cli.london import london_date
from cli.output import JsonOption, Output, output, printable
from cli.staff.client import connect, new_key
from cli.staff.labels import label
from cli.staff.options import (
    DryRunOption,
    KeyOption,
    NoteFromOption,
    NoteOption,
    RefArgument,
    RefsArgument,
    case_ref,
    path_part,
    read_day,
)
from cli.staff.record import preview_lines
from cli.staff.texts import read_note

commands = typer.Typer()
cover = typer.Typer(no_args_is_help=True)
commands.add_typer(cover, name="cover", help="Cover for an absent colleague.")

RETRYABLE = frozenset({"not_running", "case_timeout", "temporal_unavailable", "database_unavailable"})
"""The problems of a case after which the same command can do what is left."""


@commands.command()
def extend(
    context: typer.Context,
    refs: RefsArgument,
    until: Annotated[str, typer.Option("--until", metavar="DAY", help="The new due date, such as 2026-12-31.")],
    reason: Annotated[str, typer.Option("--reason", help="The code of the reason.")] = "",
    key: KeyOption = "",
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Extend overdue actions.

    Of each case, those that are overdue; where nothing is, all. Supervisors only.
    """
    body = {"until": read_day("--until", until), **({"reason": reason} if reason else {})}
    _act(context, "extend", refs, body, key, dry_run, as_json)


@commands.command()
def reassign(
    context: typer.Context,
    refs: RefsArgument,
    to: Annotated[str, typer.Option("--to", metavar="ACCOUNT", help="Who they are assigned to.")],
    key: KeyOption = "",
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Assign cases to somebody.

    Supervisors only.
    """
    _act(context, "reassign", refs, {"to": to}, key, dry_run, as_json)


@commands.command()
def chase(
    context: typer.Context,
    refs: RefsArgument,
    key: KeyOption = "",
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Remind agencies now.

    Of each case, the agencies that are overdue; where none is, all that it is waiting for.
    """
    _act(context, "chase", refs, {}, key, dry_run, as_json)


@commands.command()
def correct(
    context: typer.Context,
    ref: RefArgument,
    note: NoteOption = False,
    note_from: NoteFromOption = "",
    key: KeyOption = "",
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Undo the last step.

    For an entry that was recorded by mistake: the case is at the step before it again, and requests to agencies since
    then are cancelled. Both entries stay in the file. Supervisors only.
    """
    ref = case_ref(ref)
    with connect() as api:
        path, body = f"/cases/{ref}/correction", {"note": read_note(note, note_from)}
        undone = api.post(path, body, key=key, dry_run=dry_run)
    entry = f"Entry {undone['undone']} ({label(undone['undone_event'])})"
    is_done = "would be undone" if dry_run else "undone"
    lines = preview_lines(undone["preview"] or {"changes": [], "notifies": []})
    to = output(context, as_json)
    to.answer({"ref": ref, **undone}, f"{ref}: {entry} {is_done}: back to {label(undone['step'])}", *lines)


@cover.command()
def start(
    context: typer.Context,
    absent: Annotated[str, typer.Argument(metavar="ABSENT", help="Who is absent.")],
    covering: Annotated[str, typer.Argument(metavar="COVERING", help="Who has their cases meanwhile.")],
    key: KeyOption = "",
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Assign all open cases of an absent colleague to another.

    The cases are remembered, so that they can be given back.
    """
    key = key or new_key()
    with connect() as api:
        started = api.post("/cover", {"absent": absent, "covering": covering}, key=key, dry_run=dry_run)
    _print_cover(started, f"{covering} for {absent}.", key, output(context, as_json))


@cover.command()
def end(
    context: typer.Context,
    cover_id: Annotated[str, typer.Argument(metavar="COVER", help="Its id, as rj cover list shows it.")],
    key: KeyOption = "",
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Give the covered cases back.

    Where some of them are covered again by somebody else, the cover goes on: end the later one first, and then this
    one again.
    """
    key = key or new_key()
    with connect() as api:
        ended = api.post(f"/cover/{path_part(cover_id)}/end", key=key, dry_run=dry_run)
    goes_on = "goes on: some of its cases were not given back, or are in a later cover. End it again after that one."
    said = "can be ended." if dry_run else goes_on if ended["is_open"] else "has ended."
    _print_cover(ended, said, key, output(context, as_json))


@cover.command("list")
def list_covers(
    context: typer.Context,
    ended: Annotated[bool, typer.Option("--ended", help="Those that have ended, instead.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List who covers for which colleague."""
    with connect() as api:
        covers, _ = api.list_all("/cover", "covers", {"ended": ended}, 1000)
    columns = ("cover", "absent", "covering", "cases", "since")
    cells = [
        (found["id"], found["absent"], found["covering"], str(found["cases"]), london_date(found["started_at"]))
        for found in covers
    ]
    output(context, as_json).rows(columns, zip(covers, cells, strict=True), "Nobody covers for anybody")


def _print_cover(result: Mapping[str, Any], said: str, key: str, to: Output) -> None:
    name = f"Cover {result['cover']['id']}: " if result["cover"] else ""
    to.answer({"cover": result["cover"], "is_open": result["is_open"]}, f"{name}{said}")
    _print_results(result, key, to)


def _act(
    context: typer.Context, action: str, refs: list[str], body: dict[str, Any], key: str, dry_run: bool, as_json: bool
) -> None:
    key = key or new_key()
    with connect() as api:
        cases = {"cases": [case_ref(ref) for ref in refs]}
        result = api.post(f"/bulk/{action}", {**cases, **body}, key=key, dry_run=dry_run)
    _print_results(result, key, output(context, as_json))


def _print_results(result: Mapping[str, Any], key: str, to: Output) -> None:
    """Print the result for each case, with what changes and who is told; exit with 1 where one was not done."""
    for item in result["results"]:
        said = f"{item['sentence']} [{item['reason'] or item['code']}]"
        if item["done"]:
            said = "can be done" if result["dry_run"] else f"done, version {item['version']}"
        to.answer(item, *map(printable, (f"{item['ref']}: {said}", *preview_lines(item))))
    if result["dry_run"]:
        to.echo("Nothing was changed.")
    if any(item["code"] in RETRYABLE for item in result["results"]):
        warn(f"Some cases could not be reached: the same command with --key {key} does what is left")
    if result["failed"]:
        raise typer.Exit(EXIT_FINDINGS)
