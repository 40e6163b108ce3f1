"""How the service of an area names itself to victims."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from cli.errors import fail
from cli.output import JsonOption, output, printable
from cli.staff.client import connect
from cli.staff.options import path_part

commands = typer.Typer()
areas = typer.Typer(no_args_is_help=True)
commands.add_typer(areas, name="areas", help="Set what messages to victims say of the service.")

AreaArgument = Annotated[str, typer.Argument(metavar="AREA", help="The area: eastmoor.")]


@areas.command()
def show(context: typer.Context, area: AreaArgument, as_json: JsonOption = False) -> None:
    """Show what messages to victims in an area say of the service."""
    with connect() as api:
        found = api.get(f"/areas/{path_part(area)}/settings")
    output(context, as_json).answer(found, *_lines(found))


@areas.command("set")
def set_area(
    context: typer.Context,
    area: AreaArgument,
    service: Annotated[str | None, typer.Option("--service", help="The name of the service in a sentence.")] = None,
    phone: Annotated[str | None, typer.Option("--phone", help="Its number; empty: the one for all areas.")] = None,
    support: Annotated[str | None, typer.Option("--support", help="A support line, with its number.")] = None,
    complaints: Annotated[str | None, typer.Option("--complaints", help="How to complain, in a sentence.")] = None,
    welsh: Annotated[
        bool | None, typer.Option("--welsh/--no-welsh", help="Send messages in Welsh to those who want it.")
    ] = None,
    service_in_welsh: Annotated[
        str | None, typer.Option("--service-in-welsh", help="Its name in a Welsh sentence; empty: as in English.")
    ] = None,
    support_in_welsh: Annotated[
        str | None, typer.Option("--support-in-welsh", help="The support line for messages in Welsh.")
    ] = None,
    complaints_in_welsh: Annotated[
        str | None, typer.Option("--complaints-in-welsh", help="How to complain, in a Welsh sentence.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Change what is named, and nothing else.

    Messages that are sent from now on say so. The Welsh words are a draft: have them checked first.
    """
    named = {
        "service": service,
        "phone": phone,
        "support": support,
        "complaints": complaints,
        "welsh": welsh,
        "service_in_welsh": service_in_welsh,
        "support_in_welsh": support_in_welsh,
        "complaints_in_welsh": complaints_in_welsh,
    }
    changes = {name: value for name, value in named.items() if value is not None}
    if not changes:
        fail("nothing to change: name at least one option, such as --phone")
    path = f"/areas/{path_part(area)}/settings"
    with connect() as api:
        before = {name: value for name, value in api.get(path).items() if name != "area"}
        found = api.put(path, {**before, **changes})
    output(context, as_json).answer(found, *_lines(found))


def _lines(found: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        f"{found['area']}: {printable(found['service'])}",
        f"Telephone: {printable(found['phone']) or 'the number for all areas'}",
        f"Support: {printable(found['support'])}",
        f"Complaints: {printable(found['complaints'])}",
        f"Welsh: {'sent' if found['welsh'] else 'told by a person'}",
        *(
            f"{name.capitalize()} in Welsh: {printable(words)}"
            for name in ("service", "support", "complaints")
            if (words := found[f"{name}_in_welsh"])
        ),
    )
