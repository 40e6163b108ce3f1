"""The commands of `rj`: the module of a command is loaded when that command is used."""

from collections import UserDict
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, Any

import typer

from cli.errors import run_to_exit_code
from cli.output import JsonOption

WORK, SUPERVISION, ADMINISTRATION = "Cases", "Supervision", "Administration"
ACCOUNT, OPERATION = "Signing in", "Operating the service (needs the database)"

MODULES: dict[str, tuple[str, tuple[str, ...]]] = {
    "cli.staff.worklist": (WORK, ("due", "tasks", "notifications")),
    "cli.staff.cases": (WORK, ("list", "show", "allowed-events", "explain", "messages", "duplicates")),
    "cli.staff.record": (WORK, ("record", "hold", "resume", "withdraw")),
    "cli.staff.requests": (WORK, ("request",)),
    "cli.staff.imports": (WORK, ("import",)),
    "cli.staff.personal": (WORK, ("notes", "victim-details", "offender-details", "victim-link")),
    "cli.staff.supervision": (SUPERVISION, ("stuck", "transfers", "digest")),
    "cli.staff.reports": (SUPERVISION, ("board", "report")),
    "cli.staff.monitoring": (SUPERVISION, ("offer", "offers", "characteristics")),
    "cli.staff.bulk": (SUPERVISION, ("extend", "reassign", "chase", "correct", "cover")),
    "cli.staff.inbox": (SUPERVISION, ("inbox",)),
    "cli.staff.refused": (SUPERVISION, ("refused",)),
    "cli.staff.agencies": (ADMINISTRATION, ("agency",)),
    "cli.staff.register": (ADMINISTRATION, ("staff",)),
    "cli.staff.areas": (ADMINISTRATION, ("areas",)),
    "cli.staff.account": (ACCOUNT, ("login", "logout", "whoami", "token")),
    "cli.operator.services": (OPERATION, ("up", "demo", "serve", "worker")),
    "cli.operator.setup": (OPERATION, ("migrate", "mail")),
    "cli.operator.policies": (OPERATION, ("policies",)),
    "cli.operator.checks": (OPERATION, ("verify", "reconcile")),
}
"""Which module has which commands, and under which heading the help lists them."""

PLACES = {name: (module, panel) for module, (panel, names) in MODULES.items() for name in names}


class CommandTable(UserDict[str, Any]):
    """The commands by name, in the order of the help; each is loaded when it is looked up."""

    def __init__(self) -> None:
        super().__init__(dict.fromkeys(PLACES))

    def __getitem__(self, name: str) -> Any:
        """Load the command of this name. Raises KeyError."""
        module, panel = PLACES[name]
        command = _load(module, name)
        command.rich_help_panel = panel
        if name == "staff":
            # The one command of this group that needs the database instead of the API.
            command.commands["add-first-admin"] = _load("cli.operator.setup", "add-first-admin")
        return command


class RjGroup(typer.core.TyperGroup):
    """The commands of `rj`. One that fails ends the process with a code and one line on standard error."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.commands = CommandTable()

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


def _load(module: str, name: str) -> Any:
    commands: typer.Typer = import_module(module).commands
    commands.callback()(lambda: None)
    command = typer.main.get_group(commands).commands[name]
    for explained in (command, *getattr(command, "commands", {}).values()):
        # The help is as wide as the terminal, and not as the source.
        paragraphs = (explained.help or "").split("\n\n")
        explained.help = "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
    return command


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415 - only this needs it

        typer.echo(f"rj {version('restorative-justice')}")
        raise typer.Exit


app = typer.Typer(
    name="rj",
    cls=RjGroup,
    help="Manage restorative justice cases from request to outcome.",
    invoke_without_command=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

VersionOption = Annotated[
    bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version.")
]


@app.callback()
def common(context: typer.Context, as_json: JsonOption = False, version: VersionOption = False) -> None:
    """Read the options that may come before a command's name as well as after it."""
    context.obj = {"json": as_json}
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
