"""The commands of `rj`: the module of a command is loaded when that command is used."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import typer

from cli.errors import run_to_exit_code
from cli.output import Json

MODULES = {
    "cli.requesting": ("request",),
    "cli.acting": ("move", "hold", "resume", "withdraw"),
    "cli.reading": ("show", "explain", "stuck"),
    "cli.listing": ("list",),
    "cli.staff_day": ("due", "allowed-events", "told"),
    "cli.duplicates": ("duplicates",),
    "cli.many": ("extend", "reassign", "chase", "correct", "cover"),
    "cli.supervising": ("board", "report"),
    "cli.digesting": ("digest",),
    "cli.notes": ("notes",),
    "cli.tasks": ("tasks",),
    "cli.notices": ("notices",),
    "cli.victim_details": ("victim-details",),
    "cli.agencies": ("agency",),
    "cli.register_of_staff": ("staff",),
    "cli.asks": ("asks",),
    "cli.tokens": ("token",),
    "cli.operator.services": ("worker", "serve", "up", "demo"),
    "cli.operator.import_file": ("import",),
    "cli.operator.inbox": ("inbox",),
    "cli.operator.verify": ("verify",),
    "cli.operator.reconcile": ("reconcile",),
}
MODULE_OF = {command: module for module, commands in MODULES.items() for command in commands}


class RjGroup(typer.core.TyperGroup):
    """Loads each command when it is used, and ends the process with one line on standard error where it fails."""

    def list_commands(self, _context: Any) -> list[str]:
        """The commands in the order of `--help`."""
        return list(MODULE_OF)

    def get_command(self, _context: Any, name: str) -> Any:
        """The command of this name; None where there is none."""
        if name not in MODULE_OF:
            return None
        app = typer.Typer(rich_markup_mode=None)
        import_module(MODULE_OF[name]).register(app)
        app.callback()(lambda: None)
        return typer.main.get_group(app).commands[name]

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run the command that the arguments name, and end the process; where not `standalone_mode`, give its code."""
        run = super().main
        code = run_to_exit_code(lambda: run(args, prog_name, complete_var, False, windows_expand_args, **extra))
        if standalone_mode:
            raise SystemExit(code)
        return code


app = typer.Typer(
    name="rj",
    cls=RjGroup,
    help="Manage restorative justice cases from request to outcome.",
    no_args_is_help=False,
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def common(context: typer.Context, by: str = typer.Option("", "--as", hidden=True), as_json: Json = False) -> None:
    """Read the options that may come before a command's name as well as after it."""
    context.obj = {"as": by, "json": as_json}
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
