"""What is personal in a case: the notes of its entries, and the details of both people. Every look is logged."""

from typing import Annotated, Any

import typer

from cli.errors import fail
from cli.london import LABEL, london_time
from cli.output import JsonOption, Output, output, printable
from cli.staff.client import connect
from cli.staff.labels import actor_label, label
from cli.staff.options import FromOption, RefArgument, case_ref
from cli.staff.people import OFFENDER, VICTIM, PersonalQuestion, ask_for_corrections
from cli.staff.texts import read_object

commands = typer.Typer()

EditOption = Annotated[bool, typer.Option("--edit", help="Correct or add them: you are asked for each.")]


@commands.command()
def notes(
    context: typer.Context,
    ref: RefArgument,
    entry: Annotated[int | None, typer.Option("--entry", min=1, help="Only the note of this entry.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Read the notes of a case.

    What agencies and staff wrote with their entries. That you read them is logged.
    """
    ref = case_ref(ref)
    with connect() as api:
        found = api.get(f"/cases/{ref}/notes", {"entry": entry})["notes"]
    if entry is not None and not found:
        fail(f"{ref}: there is no note with entry {entry}")
    lines: list[str] = []
    for note in found:
        at, text = f"{london_time(note['at'])} {LABEL}", note["text"] or "The text has been erased."
        lines.append(f"{note['version']}  {at}  {note['event']} by {actor_label(note['by'])}")
        lines += [f"   {printable(line)}" for line in text.splitlines()]
    output(context, as_json).answer({"ref": ref, "notes": found}, *(lines or ["There are no notes."]))


@commands.command("victim-details")
def victim_details(
    context: typer.Context,
    ref: RefArgument,
    edit: EditOption = False,
    source: FromOption = "",
    as_json: JsonOption = False,
) -> None:
    """Show or correct how the victim is reached.

    That you looked is logged. A file for --from has what is to be corrected, such as {"email": "…"}; an empty text is
    no longer known. How they prefer to be contacted is an event: rj record REF contact_preference_changed.
    """
    _show_or_correct(case_ref(ref), "victim", VICTIM if edit else (), source, output(context, as_json))


@commands.command("victim-link")
def victim_link(
    context: typer.Context,
    ref: RefArgument,
    stop: Annotated[bool, typer.Option("--stop", help="Stop the link, which somebody else may have.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Make a link with which the victim sees their case and acts in it.

    Link and code are shown once. Give them to the victim by different ways, such as the link by email and the code by
    telephone. An earlier link stops working.
    """
    ref = case_ref(ref)
    path = f"/cases/{ref}/victim-link"
    to = output(context, as_json)
    with connect() as api:
        if stop:
            api.delete(path)
            to.answer({"ref": ref}, f"{ref}: the victim's link no longer works.")
            return
        link = api.post(path, {})
    lines = (f"Link: {link['address']}", f"Code: {link['code']}", f"Both work until {link['last_day']}.")
    to.answer({"ref": ref, **link}, *lines)


@commands.command("offender-details")
def offender_details(
    context: typer.Context,
    ref: RefArgument,
    edit: EditOption = False,
    source: FromOption = "",
    as_json: JsonOption = False,
) -> None:
    """Show or correct what is known of the offender.

    That you looked is logged. A file for --from has what is to be corrected or added, such as {"name": "…",
    "date_of_birth": "31/12/1990"}; an empty text is no longer known. The next search of the register uses it.
    """
    _show_or_correct(case_ref(ref), "offender", OFFENDER if edit else (), source, output(context, as_json))


def _show_or_correct(ref: str, side: str, asked: tuple[PersonalQuestion, ...], source: str, to: Output) -> None:
    """Show the details, or correct those of a file, or what the user types when `asked`."""
    path = f"/cases/{ref}/{side}"
    with connect() as api:
        details = {} if source else api.get(path)
        changes: dict[str, Any] = read_object(source) if source else {}
        if asked and not source:
            changes = ask_for_corrections(asked, details)
        if changes:
            details = api.patch(path, changes)
    if changes:
        to.answer({"ref": ref, **details}, f"{ref}: corrected {', '.join(changes)}.")
    else:
        to.answer(
            {"ref": ref, **details}, *(f"{label(name)}: {_format_value(value)}" for name, value in details.items())
        )


def _format_value(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case list():
            return printable("; ".join(value))
        case dict():
            return printable(", ".join(str(part) for part in value.values() if part))
        case _:
            return printable(str(value))
