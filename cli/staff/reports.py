"""The board, and reports of a period."""

import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from cli.london import LABEL, london_time
from cli.output import JsonOption, output
from cli.staff.client import REPORT_TIMEOUT, connect
from cli.staff.labels import label
from cli.staff.options import AreaOption, read_day, require_choice

commands = typer.Typer()

REPORTS = {
    "durations": "how long cases were at each step",
    "outcomes": "how requests ended",
    "agencies": "how agencies answer",
    "return": "the return to the commissioner",
}
COUNTS = ("open", "overdue", "on_hold", "median_days", "p90_days")
HEADINGS = {
    "indicator_label": "what is counted",
    "item_label": "which",
    "form": "type of contact",
    "median_days": "median days",
    "p90_days": "90% within (days)",
}
MEANINGS = ", ".join(f"{name} ({meaning})" for name, meaning in REPORTS.items())


@commands.command()
def board(context: typer.Context, area: AreaOption = None, as_json: JsonOption = False) -> None:
    """Show how many cases are at each step.

    And how many each colleague has. Counted once a minute; days are those at the present step.
    """
    with connect() as api:
        found = api.get("/board", {"area": area})
    to = output(context, as_json)
    if as_json or to.as_json or found["as_of"] is None:
        to.answer(found, "Nothing has been counted yet: a server counts once a minute.")
        return
    rows: list[tuple[Mapping[str, Any], tuple[str, ...]]] = []
    for stage in found["stages"]:
        rows.append(({}, (label(stage["stage"]), "", *_counts(stage, COUNTS))))
        rows += [({}, ("", label(step["step"]), *_counts(step, COUNTS))) for step in stage["steps"]]
    rows.append(({}, ("all", "", *_counts(found["all_stages"], COUNTS))))
    to.echo(f"Open cases at {london_time(found['as_of'])} ({LABEL})")
    to.rows(("stage", "step", *map(_heading, COUNTS)), rows, "No open cases")
    to.echo("")
    people: list[tuple[Mapping[str, Any], tuple[str, ...]]] = [
        ({}, (person["assigned_to"] or "unassigned", *_counts(person, COUNTS[:3]))) for person in found["people"]
    ]
    to.rows(("assigned to", *map(_heading, COUNTS[:3])), people, "Nobody has an open case")
    if found["other_people"]:
        to.echo(f"{found['other_people']} more colleagues have open cases: use --area.")


def _counts(line: Mapping[str, Any], names: Sequence[str]) -> tuple[str, ...]:
    return tuple("" if line[name] is None else str(line[name]) for name in names)


def _heading(name: str) -> str:
    return HEADINGS.get(name, label(name))


def _cell(name: str, value: object) -> str:
    if name == "area":
        return str(value or "All areas")
    if name == "number" and value is None:
        return "fewer than 5"
    return "" if value is None else label(str(value))


@commands.command()
def report(
    context: typer.Context,
    what: Annotated[str, typer.Argument(metavar="REPORT", help=f"{MEANINGS}.")],
    area: AreaOption = None,
    first: Annotated[str, typer.Option("--from", metavar="DAY", help="First day; else 90 days before the last.")] = "",
    last: Annotated[str, typer.Option("--to", metavar="DAY", help="Last day; else today.")] = "",
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, for spreadsheets.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Report on steps, outcomes, agencies, or all that a commissioner asks for.

    A line for each area, and lines for all areas together.
    """
    if what not in REPORTS:
        require_choice("Unknown report", what, REPORTS)
    params = {"area": area, "first": read_day("--from", first), "last": read_day("--to", last)}
    with connect() as api:
        if as_csv:
            sys.stdout.write(api.get_text(f"/reports/{what}", params))
            return
        found = api.get(f"/reports/{what}", params, timeout=REPORT_TIMEOUT)
    to, lines = output(context, as_json), found["lines"]
    to.echo(f"{label(what).capitalize()} from {found['first']} to {found['last']}")
    # A code that comes with its label is not shown.
    columns = [name for name in lines[0] if f"{name}_label" not in lines[0]] if lines else []
    cells = [[_cell(name, line[name]) for name in columns] for line in lines]
    to.rows([_heading(name) for name in columns], zip(lines, cells, strict=True), "Nothing to report")
