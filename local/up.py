"""`rj up`: the embedded stack stays up until it is stopped, and keeps its data across restarts."""

import asyncio
import signal
import sys

from local.directory import AREAS
from local.finding import findable
from local.stack import LOCAL, REAL_DAY, STABLE, Stack, embedded_stack
from log import configure_logging


async def run_up() -> int:
    """Run until SIGINT or SIGTERM; 0."""
    configure_logging("console", "warning")
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with embedded_stack(LOCAL, ports=STABLE, day_seconds=REAL_DAY, ui=True, durable=True) as stack:
        with findable(stack.settings, instead_of_another=True):
            sys.stdout.write(_where(stack))
            sys.stdout.flush()
            await stopped.wait()
    return 0


def _where(stack: Stack) -> str:
    """Where everything is found, for whoever started it."""
    return f"""
The restorative justice casework service is running.

  API                 {stack.api_url}
  its documentation   {stack.api_url}/docs
  Temporal's web UI   {stack.ui_url}
  sample agencies     {stack.agencies_url}, in the areas {", ".join(AREAS)}
  their signing keys  {stack.folder / "agencies.json"}
  data and logs       {stack.folder}

In another terminal: .venv/bin/rj import local/requests.jsonl, then .venv/bin/rj list
Ctrl-C stops it; the data stays.
"""
