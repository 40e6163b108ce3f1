"""`rj up`: the embedded stack stays up until it is stopped, and keeps its data across restarts."""

import json
import sys

from devstack.directory import AREAS
from devstack.discovery import publish_settings
from devstack.stack import LOCAL, REAL_DAY, STACK_PORTS, Stack, embedded_stack
from log import configure_logging
from shutdown import stop_event


async def run_up(*, as_json: bool) -> int:
    """Run until SIGINT or SIGTERM; 0. Says where everything is found, for people or as one JSON object."""
    configure_logging("console", "warning")
    stopped = stop_event()
    async with embedded_stack(LOCAL, ports=STACK_PORTS, day_seconds=REAL_DAY, ui=True, durable=True) as stack:
        with publish_settings(stack.settings, replace_other=True):
            sys.stdout.write(json.dumps(_addresses(stack)) + "\n" if as_json else _where(stack))
            sys.stdout.flush()
            await stopped.wait()
    return 0


def _addresses(stack: Stack) -> dict[str, str | None]:
    return {
        "api": stack.api_url,
        "documentation": f"{stack.api_url}/docs",
        "temporal_ui": stack.ui_url,
        "issuer": stack.issuer_url,
        "agencies": stack.agencies_url,
        "signing_keys": str(stack.folder / "agencies.json"),
        "data": str(stack.folder),
    }


def _where(stack: Stack) -> str:
    """Where everything is found, for whoever started it."""
    return f"""
The restorative justice casework service is running.

  API                 {stack.api_url}
  its documentation   {stack.api_url}/docs
  staff sign in at    {stack.issuer_url}, with tokens of rj token
  Temporal's web UI   {stack.ui_url}
  sample agencies     {stack.agencies_url}, in the areas {", ".join(AREAS)}
  their signing keys  {stack.folder / "agencies.json"}
  data and logs       {stack.folder}

In another terminal: .venv/bin/rj import devstack/requests.jsonl, then .venv/bin/rj list
Over HTTP: curl --header "Authorization: Bearer $(.venv/bin/rj token --role supervisor --area eastmoor)" \\
  {stack.api_url}/api/v1/staff
Ctrl-C stops it; the data stays.
"""
