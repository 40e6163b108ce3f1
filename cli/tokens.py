"""Tokens of the embedded stack's own issuer, to try the HTTP API with. In service your own issuer gives them."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.errors import fail
from cli.run_file import RUN_SETTINGS
from cli.run_file import read_stack_settings as stack_settings
from cli.output import Json, output

# ruff: noqa: PLC0415 - a command loads what it uses

SECONDS_TO_ANSWER = 5.0
ISSUER_FOLDER = "LOCAL_ISSUER_FOLDER"
"""The name under which the stack's settings say where its issuer keeps what tokens are given for."""


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(token)


def token(
    context: typer.Context,
    role: Annotated[
        list[str] | None, typer.Option("--role", help="caseworker, supervisor, auditor or admin; more than one may be.")
    ] = None,
    area: Annotated[
        list[str] | None, typer.Option("--area", help="Where they work, such as eastmoor.", show_default="every area")
    ] = None,
    person: Annotated[
        str, typer.Option("--person", metavar="ID", help="Whose token; one of rj staff list needs no role.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Print a token for the HTTP API.

    Of the embedded stack's own issuer, and only while that runs: for trying things out.
    """
    from domain.people import StaffRole

    if not role and not person:
        fail("whose token: --role supervisor --area eastmoor, or --person s.lindqvist")
    for each in role or ():
        if each not in set(StaffRole):
            fail(f"--role {each!r}: it is one of {', '.join(StaffRole)}")
    made = given(local_stack(), person, tuple(role or ()), tuple(area or ()))
    output(context, as_json).answer(made, made["access_token"])


def local_stack(run_file: Path = RUN_SETTINGS) -> Mapping[str, str]:
    """What the running embedded stack says of itself, by a file or in the environment.

    Raises UsageError where the settings are of another service.
    """
    kept = os.environ if os.environ.get("RJ_DATABASE_URL") else stack_settings(run_file)
    if kept is None or ISSUER_FOLDER not in kept:
        fail("rj token is for the embedded stack, which does not run here: in service ask the issuer in RJ_OIDC_ISSUER")
    return kept


def given(stack: Mapping[str, str], person: str, roles: tuple[str, ...], areas: tuple[str, ...]) -> dict[str, Any]:
    """What the issuer of `stack` answers, which has the token. Raises UsageError."""
    import httpx

    issuer, form = stack["RJ_OIDC_ISSUER"], _form(person, roles, areas)
    form["client_secret"] = Path(stack[ISSUER_FOLDER], "secret").read_text().strip()
    try:
        answer = httpx.post(f"{issuer}/token", data=form, timeout=SECONDS_TO_ANSWER)
    except httpx.HTTPError:
        fail(f"the issuer at {issuer} does not answer: is `rj up` running?")
    made: dict[str, Any] = answer.json()
    if answer.status_code != httpx.codes.OK:
        fail(f"the issuer gives no token ({made['error']}): without --role a person is one of `rj staff list`")
    return made


def _form(person: str, roles: tuple[str, ...], areas: tuple[str, ...]) -> dict[str, str]:
    from devstack.sample_staff import account_for
    from ports.staff import ALL_AREAS

    form = {"grant_type": "client_credentials", "roles": " ".join(roles), "client_id": person}
    if roles or areas:
        form["areas"] = " ".join(areas or (ALL_AREAS,))
    if not person:
        form["client_id"] = account_for(frozenset(roles), frozenset(areas or (ALL_AREAS,)))
    return form
