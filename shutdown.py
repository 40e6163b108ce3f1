"""How processes are stopped, and how they end without a crash."""

import os
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    import asyncio

# A staff command of rj ends here too, and loads neither asyncio nor logging.
# ruff: noqa: PLC0415


def stop_event() -> "asyncio.Event":
    """An event that SIGINT or SIGTERM sets from now on; for the running loop."""
    import asyncio

    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    return stopped


def hard_exit(code: int) -> NoReturn:
    """End the process at once with this exit code, after flushing its output.

    Call it last: nothing that is still open gets closed. The native part of temporalio 1.35 sometimes aborts while the
    interpreter shuts down (exit code 134 or 139 in about one run of eleven), which would make a good run look like a
    crash. So that stage is left out.
    """
    if "logging" in sys.modules:
        sys.modules["logging"].shutdown()
    for stream in (sys.stdout, sys.stderr):
        # The reader of a pipe may have gone already.
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)
