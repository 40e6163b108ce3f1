"""`rj up`: the embedded stack runs until it is stopped, and keeps its data across restarts."""

import asyncio
import fcntl
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from adapters.migrations import MigrationError
from devstack.directory import AREAS
from devstack.discovery import RUN_SETTINGS, publish_settings
from devstack.processes import EmbeddedError
from devstack.secret_files import write_secret
from devstack.stack import (
    LOCAL,
    MAIL,
    Stack,
    chosen_ports,
    embedded_stack,
)
from log import configure_logging
from shutdown import stop_event

SIGNED_IN_AS = "w.sesay"
SESSIONS = RUN_SETTINGS.with_name("sessions.json")
"""Where `rj` stores who is signed in to the stack."""
CANNOT_START = 2


async def run_up(*, as_json: bool, folder: Path = LOCAL) -> int:
    """Run until SIGINT or SIGTERM; 0. Prints where everything is, for people or as one JSON object.

    2 where it cannot start: one sentence on standard error says why, and what to do.
    """
    configure_logging("json", "warning")
    try:
        with _only_one(folder):
            await _run(folder, as_json=as_json)
    except (EmbeddedError, MigrationError) as error:
        tell(str(error))
    except PermissionError as error:
        tell(f"{error.filename} cannot be used ({error.strerror}). Run this as its owner, or remove {folder}.")
    except asyncio.CancelledError:
        tell("Stopped before everything had started. Nothing is lost: start it again with rj up.")
        raise
    else:
        return 0
    return CANNOT_START


def tell(sentence: str) -> None:
    """Write a sentence for the user to standard error."""
    sys.stderr.write(f"rj: {sentence}\n")
    sys.stderr.flush()


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Raise EmbeddedError where a stack is running in this folder already."""
    for directory in (folder, folder / "run"):
        directory.mkdir(exist_ok=True, mode=0o700)
    with (folder / "run" / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            process = lock.read().strip() or "another process"
            raise EmbeddedError(
                f"The stack is running already (process {process}). Use it, or stop it with Ctrl-C in its terminal."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


async def _run(folder: Path, *, as_json: bool) -> None:
    async with embedded_stack(folder, ports=chosen_ports(), ui=True, durable=True, report=tell) as stack:
        # Only now: until everything has started, Ctrl-C is to cancel the start.
        stopped = stop_event()
        await _sign_in(stack)
        with publish_settings(stack.settings, replace_other=True):
            addresses = {
                "api": stack.api_url,
                "documentation": f"{stack.api_url}/docs",
                "temporal_ui": stack.ui_url,
                "issuer": stack.issuer_url,
                "agencies": stack.agencies_url,
                "signing_keys": str(stack.folder / "agencies.json"),
                "mail": str(stack.folder / MAIL),
                "data": str(stack.folder),
                "signed_in_as": SIGNED_IN_AS,
            }
            sys.stdout.write(json.dumps(addresses) + "\n" if as_json else _summary(stack))
            sys.stdout.flush()
            await stopped.wait()


async def _sign_in(stack: Stack) -> None:
    """Sign the user in to `rj` as an invented supervisor."""
    form = {"grant_type": "client_credentials", "client_id": SIGNED_IN_AS, "client_secret": stack.issuer_secret}
    async with httpx.AsyncClient() as http:
        answer = await http.post(f"{stack.issuer_url}/token", data=form)
    token = answer.raise_for_status().json()
    session = {
        "access_token": token["access_token"],
        "expires_at": time.time() + token["expires_in"],
        "issuer": stack.issuer_url,
        "client_id": SIGNED_IN_AS,
    }
    write_secret(SESSIONS, json.dumps({stack.api_url: session}, indent=2).encode())


def _summary(stack: Stack) -> str:
    return f"""
The restorative justice casework service is running.

  API and documentation  {stack.api_url}/docs
  Temporal's web UI      {stack.ui_url}
  sample agencies        in {", ".join(AREAS)}
  mails, data and logs   {stack.folder}

You are signed in as {SIGNED_IN_AS}, an invented supervisor of all areas. In another
terminal:

  .venv/bin/rj import devstack/requests.jsonl
  .venv/bin/rj list
  .venv/bin/rj mail                   the emails that were sent
  .venv/bin/rj login --as c.okafor    sign in as an invented caseworker

Ctrl-C stops the stack; its data stays.
"""
