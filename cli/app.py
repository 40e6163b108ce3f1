"""The commands of `rj`, put together."""

import typer

from cli import (
    acting,
    agencies,
    asks,
    digesting,
    duplicates,
    importing,
    inbox,
    listing,
    many,
    notes,
    notices,
    reading,
    reconciling,
    requesting,
    running,
    staff,
    staff_day,
    supervising,
    tasks,
    tokens,
    verifying,
    victim_details,
)
from cli.actors import As
from cli.errors import OneLine
from cli.output import Json

app = typer.Typer(
    name="rj",
    cls=OneLine,
    help="Carries restorative justice requests from the victim's first word to a meeting held or declined.",
    no_args_is_help=False,
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def common(
    context: typer.Context,
    by: As = "",
    as_json: Json = False,
) -> None:
    """Take what may stand before a command's name as well as after it."""
    context.obj = {"as": by, "json": as_json}
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


COMMANDS = (
    requesting,
    importing,
    acting,
    reading,
    listing,
    staff_day,
    duplicates,
    many,
    supervising,
    digesting,
    notes,
    tasks,
    notices,
    victim_details,
    agencies,
    staff,
    asks,
    inbox,
    verifying,
    reconciling,
    tokens,
    running,
)
for module in COMMANDS:
    module.register(app)
