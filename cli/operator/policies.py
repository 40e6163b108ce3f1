"""The policies: how long each wait lasts. They are data, and a version that was loaded never changes."""

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.errors import fail
from cli.operator.connections import database, run, settings
from cli.output import JsonOption, Output, output

if TYPE_CHECKING:
    from domain.policy import Policy

# ruff: noqa: PLC0415 - a command loads what it uses

commands = typer.Typer()
policies = typer.Typer(no_args_is_help=True, help="Check, load and list the policies: how long each wait lasts.")
commands.add_typer(policies, name="policies")

PolicyFile = Annotated[Path, typer.Argument(metavar="FILE", help="The policies, in TOML: docs/operating.md.")]


@policies.command("check")
def check(context: typer.Context, file: PolicyFile, as_json: JsonOption = False) -> None:
    """Check a file of policies; nothing is stored."""
    found = _read(file)
    _show(found, output(context, as_json))


@policies.command("load")
def load(context: typer.Context, file: PolicyFile, as_json: JsonOption = False) -> None:
    """Load a file of policies: cases that begin from now on are under them.

    A version that is loaded never changes. Open cases keep the policy that they carry, until rules_adopted.
    """
    found, to = _read(file), output(context, as_json)

    async def load_policies() -> None:
        from adapters.postgres.policies import PolicyDiffers, PostgresPolicies

        async with database(settings()) as pool:
            try:
                new = await PostgresPolicies(pool).load(found, f"operator:{getpass.getuser()}")
            except PolicyDiffers as error:
                fail(f"Another value is loaded as {', '.join(error.labels)}: give the changed policy a new version")
        _show(new, to, nothing="Every one of these is loaded already.")

    run(load_policies())


@policies.command("list")
def list_all(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the policies under which a case may begin."""

    async def list_policies() -> None:
        from adapters.postgres.policies import PostgresPolicies

        async with database(settings()) as pool:
            _show(await PostgresPolicies(pool).list_policies(), output(context, as_json))

    run(list_policies())


def _read(file: Path) -> "tuple[Policy, ...]":
    from adapters.policy_files import InvalidPolicyFile, read_policies

    try:
        return read_policies(file.read_bytes())
    except OSError as error:
        fail(f"{file}: {error.strerror}")
    except InvalidPolicyFile as error:
        fail("\n".join(error.problems))


def _show(found: "tuple[Policy, ...]", to: Output, nothing: str = "There are none.") -> None:
    from domain.json_values import to_json_object

    rows = [
        (to_json_object(policy), (policy.label, policy.area or "any", policy.route or "any", policy.disposal or "any"))
        for policy in found
    ]
    to.rows(("policy", "area", "route", "disposal"), rows, nothing)
