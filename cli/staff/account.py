"""Signing in and out, and who is signed in."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.errors import fail
from cli.output import JsonOption, output, printable
from cli.staff.client import connect, find_token
from cli.staff.issuer import discover
from cli.staff.service import ISSUER_FOLDER, Service, find_service
from cli.staff.sessions import Session

commands = typer.Typer()

AsOption = Annotated[
    str, typer.Option("--as", metavar="ACCOUNT", help="Only in the embedded stack: one of its invented people.")
]


@commands.command()
def login(context: typer.Context, account: AsOption = "", as_json: JsonOption = False) -> None:
    """Sign in.

    Open the address that is printed, in any browser, and enter the code. Set RJ_SERVER and RJ_OIDC_ISSUER first, and
    RJ_OIDC_CLIENT_ID where rj is registered under another name. Scripts set RJ_TOKEN instead.
    """
    service, to = find_service(), output(context, as_json)
    if account:
        session = _sign_in_as(service, account)
    else:
        issuer = discover(service)
        device = issuer.begin_device_authorization()
        address, code = printable(device["verification_uri"]), printable(device["user_code"])
        to.answer(
            {name: device[name] for name in ("verification_uri", "user_code", "expires_in")},
            f"Open {address} and enter the code {code}",
            "Waiting for you to approve it …",
        )
        sys.stdout.flush()
        session = issuer.await_approval(device)
    service.store.save(service.url, session)
    whoami(context, as_json)


@commands.command()
def logout(context: typer.Context, as_json: JsonOption = False) -> None:
    """Sign out.

    The stored tokens are deleted, and withdrawn where the issuer offers it.
    """
    service, to = find_service(), output(context, as_json)
    session = service.store.find(service.url)
    if session is None:
        to.answer({"signed_out": False}, "You were not signed in.")
        return
    service.store.delete(service.url)
    discover(service).sign_out(session)
    to.answer({"signed_out": True}, "Signed out.")


@commands.command()
def whoami(context: typer.Context, as_json: JsonOption = False) -> None:
    """Show who is signed in.

    With their roles and areas, and at which service.
    """
    with connect() as api:
        me = api.get("/me")
    areas = "all areas" if me["areas"] is None else ", ".join(me["areas"]) or "no areas"
    to = output(context, as_json)
    to.answer({**me, "server": api.url}, f"{me['id']}: {', '.join(me['roles'])}; {areas}; at {api.url}")


@commands.command()
def token(context: typer.Context, account: AsOption = "", as_json: JsonOption = False) -> None:
    """Print your access token, for scripts.

    As in: curl --header "Authorization: Bearer $(rj token)"
    """
    service = find_service()
    access = _sign_in_as(service, account).access_token if account else find_token(service)
    output(context, as_json).answer({"access_token": access}, access)


def _sign_in_as(service: Service, account: str) -> Session:
    folder = service.settings.get(ISSUER_FOLDER) or os.environ.get(ISSUER_FOLDER)
    if not folder:
        fail("--as is only for the embedded stack, which is not running here: run rj login")
    return discover(service).sign_in_as(account, Path(folder, "secret").read_text().strip())
