"""Who acts: `--as ROLE:ID`, trusted as it is given."""

import getpass
import re
from typing import TYPE_CHECKING, Annotated

import typer

from cli.errors import fail

if TYPE_CHECKING:
    from domain.events import Actor

As = Annotated[
    str,
    typer.Option(
        "--as",
        metavar="ROLE:ID",
        help="Who acts: caseworker, supervisor or service.  [default: caseworker:<login name>]",
        show_default=False,
    ),
]

ROLES = ("caseworker", "supervisor", "service")
"""Who works through the command line. Agencies speak for themselves, or somebody records on their behalf."""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,99}")


def actor(context: typer.Context, given: str, on_behalf_of: str | None = None) -> "Actor":
    """The actor that the command's options name, before or after its name. Raises UsageError."""
    from domain.events import Actor  # noqa: PLC0415 - a command that only reads does not load it
    from domain.vocabulary import AgencyRef, Role  # noqa: PLC0415

    text = given or (context.obj or {}).get("as") or f"caseworker:{_login()}"
    role, _, id = text.partition(":")
    if role not in ROLES:
        known = ", ".join(f"{role}:ID" for role in ROLES)
        fail(f"--as {text!r}: who acts is one of {known}; an agency's answer is recorded --on-behalf-of it")
    if not _ID.fullmatch(id):
        fail(f"--as {text!r}: after the role comes an id of letters, digits and . _ @ -, as in caseworker:c.okafor")
    return Actor(Role(role), id, on_behalf_of=AgencyRef(on_behalf_of) if on_behalf_of else None)


def account(actor: "Actor") -> str:
    """The actor as the vault and the inbox know them."""
    return f"staff:{actor.id}"


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return fail("nobody is logged in here: say who acts with --as ROLE:ID")
